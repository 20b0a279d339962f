"""Whether what was corrected explains how a person's record differs from what a certificate prints of them. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from pydantic_core import to_jsonable_python

from registry.pilgrims.models import PilgrimDetails

_FIELDS = {
    "latin_name": ("latin_surname", "latin_given_name"),
    "cyrillic_name": ("surname", "given_name", "patronymic"),
    "birth_date": ("birth_on",),
    "birth_precision": ("birth_precision",),
    "sex": ("sex",),
    "nationality": ("nationality",),
    "passport_number": ("passport_number",),
}
"""{what is printed of a person: the fields that it is made of}."""


def find_unexplained(
    facts: Mapping[str, Any], details: PilgrimDetails, changes: Iterable[Mapping[str, Any]]
) -> tuple[str, ...]:
    """Names of the printed facts that no chain of changes leads from to the details as they are now.

    The order of the changes is not asked for: what another page recorded at the same moment may be dated before it.
    """
    before: dict[str, set[tuple[Any, Any]]] = {}
    for change in changes:
        before.setdefault(change["field"], set()).add((change["old"], change["new"]))
    now = {field: to_jsonable_python(getattr(details, field)) for fields in _FIELDS.values() for field in fields}
    earlier = {field: _reached_from(value, before.get(field, set())) for field, value in now.items()}
    # Papers of earlier releases print less.
    return tuple(
        fact
        for fact, fields in _FIELDS.items()
        if fact in facts and facts[fact] not in _spellings([earlier[field] for field in fields])
    )


def _spellings(parts: Sequence[set[Any]]) -> Iterator[str]:
    return (" ".join(filter(None, chosen)) for chosen in product(*parts))


def _reached_from(value: Any, changes: Iterable[tuple[Any, Any]]) -> set[Any]:
    """A field's value and all that it was before, as far back as each change begins where another ended."""
    known, found = {value}, {value}
    while found:
        found = {old for old, new in changes if new in found} - known
        known |= found
    return known
