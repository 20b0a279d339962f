"""The list of places in the header: only those a person may enter."""

from typing import NamedTuple

from flask import g, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString


class Place(NamedTuple):
    label: LazyString
    endpoint: str
    permission: str


PLACES = (
    Place(_l("Pilgrims"), "pilgrims.index", "find_pilgrims"),
    Place(_l("Printing"), "printing.index", "print_certificates"),
    Place(_l("Stock"), "vaccines.index", "manage_stock"),
    Place(_l("Coverage"), "coverage.index", "view_coverage"),
    Place(_l("Log"), "verification.log", "view_log"),
    Place(_l("Audit"), "staff.audit", "view_audit"),
    Place(_l("Staff"), "staff.index", "manage_staff"),
)


def places_of(permissions: frozenset[str]) -> list[Place]:
    return [place for place in PLACES if place.permission in permissions]


def navigation() -> list[tuple[LazyString, str, bool]]:
    """[(label, url, active)] for the signed-in person."""
    actor = g.get("actor")
    if actor is None:
        return []
    return [(p.label, url_for(p.endpoint), _is_here(p.endpoint)) for p in places_of(actor.permissions)]


def _is_here(endpoint: str) -> bool:
    here = request.endpoint or ""
    if here in {place.endpoint for place in PLACES}:
        return here == endpoint
    return here.split(".")[0] == endpoint.split(".", maxsplit=1)[0]
