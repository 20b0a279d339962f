"""Role by place by page: who may open what, and what answers otherwise."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.pilgrims.models import AccessGrant
from registry.staff.models import Assignment, ScopeKind
from tests.conftest import SignIn
from tests.factories import NOW, TODAY, make_staff
from tests.security.doors import DOORS, in_order, knock, knocks
from tests.security.world import ROLES, Place, World


def test_every_endpoint_has_its_row_and_every_row_its_endpoint(app: Flask) -> None:
    assert knocks(app) == set(DOORS), "write into tests/security/doors.py who may open the new page"


def walk(app: Flask, browser: FlaskClient, role: str, world: World, place: Place) -> dict[str, tuple[int, int]]:
    """Knock at every door of a place. Returns where the answer was another than the table's: (answered, expected)."""
    names = place.names(world.bystander.id)
    astray = {}
    for method, endpoint, door in in_order():
        if place is world.osh and not door.scoped:
            continue
        expected = door.answer if role in door.roles.split() else 302 if role == "nobody" else 403
        if role in door.roles.split() and door.scoped and place is world.osh:
            expected = 404
        answer = knock(app, browser, method, endpoint, names)
        turned_away = answer.status_code == 302 and (answer.location or "").startswith("/sign-in")
        knows_nobody = role == "nobody" and role not in door.roles.split()
        if answer.status_code != expected or turned_away != (knows_nobody or endpoint == "staff.sign_out"):
            astray[f"{role}: {method} {endpoint}"] = (answer.status_code, expected)
    return astray


@pytest.mark.parametrize("role", ["nobody", *ROLES])
def test_each_role_opens_its_own_doors_only(app: Flask, sign_in: SignIn, world: World, role: str) -> None:
    for place in (world.naryn, world.osh):
        browser = app.test_client() if role == "nobody" else sign_in(world.staff[role])
        assert walk(app, browser, role, world, place) == {}


def test_a_full_passport_number_opens_a_pilgrim_of_elsewhere_for_a_shift_and_is_noted(
    session: Session, sign_in: SignIn, world: World
) -> None:
    nurse, stranger = world.staff["vaccinator"], world.osh.pilgrim
    browser, page = sign_in(nurse), f"/pilgrims/{stranger.id}"
    browser.post("/pilgrims", data={"text": stranger.surname})
    assert browser.get(page).status_code == 404
    browser.post("/pilgrims", data={"text": stranger.passport_number})
    assert [browser.get(page + end).status_code for end in ("", "/visit", "/correct")] == [200, 200, 403]
    looked_for = session.exec(select(AuditEvent).where(AuditEvent.action == Action.SEARCHED_BY_IDENTIFIER)).all()
    assert [(event.by_id, event.pilgrim_id) for event in looked_for] == [(nurse.id, stranger.id)]
    grants = session.exec(select(AccessGrant).where(AccessGrant.staff_id == nurse.id)).all()
    assert [grant.pilgrim_id for grant in grants] == [stranger.id]
    assert grants[0].until == NOW + timedelta(hours=12)
    grants[0].until = NOW
    session.commit()
    assert browser.get(page).status_code == 404


def test_the_grant_is_of_one_person(sign_in: SignIn, world: World) -> None:
    sign_in(world.staff["vaccinator"]).post("/pilgrims", data={"text": world.osh.pilgrim.passport_number})
    assert sign_in(world.staff["registrar"]).get(f"/pilgrims/{world.osh.pilgrim.id}").status_code == 404


def test_another_pilgrims_dose_or_certificate_is_not_reached_through_an_own_pilgrim(
    sign_in: SignIn, world: World
) -> None:
    own = f"/pilgrims/{world.naryn.pilgrim.id}"
    lead, immunologist = sign_in(world.staff["lead"]), sign_in(world.staff["immunologist"])
    for path in (f"/doses/{world.osh.dose.id}/correct", f"/doses/{world.osh.dose.id}/withdraw"):
        assert {lead.get(own + path).status_code, lead.post(own + path, data={"reason": "mine"}).status_code} == {404}
    assert lead.get(f"{own}/certificates/{world.osh.certificate.id}.pdf").status_code == 404
    assert immunologist.post(f"{own}/certificates/{world.osh.certificate.id}/revoke").status_code == 404


@pytest.mark.parametrize("national", ["auditor", "ministry", "administrator"])
def test_a_national_office_does_not_widen_the_place_of_a_clinical_one(
    session: Session, sign_in: SignIn, world: World, national: str
) -> None:
    both = make_staff(session, national)
    session.add(
        Assignment(
            staff_id=both.id,
            role_code="vaccinator",
            scope_kind=ScopeKind.POINT,
            scope_code=world.naryn.point,
            from_on=TODAY,
        )
    )
    session.commit()
    browser = sign_in(both)
    assert browser.get(f"/pilgrims/{world.naryn.pilgrim.id}").status_code == 200
    assert browser.get(f"/pilgrims/{world.osh.pilgrim.id}").status_code == 404
    assert "Ошбековна" not in browser.post("/pilgrims", data={"text": world.osh.pilgrim.surname}).text
    assert browser.get(f"/pilgrims/{world.naryn.pilgrim.id}/visit?point={world.osh.point}").status_code == 200


def test_a_search_by_name_shows_the_own_region_only(sign_in: SignIn, world: World) -> None:
    found = sign_in(world.staff["registrar"]).post("/pilgrims", data={"text": "ASANBEKOVA"}).text
    assert str(world.naryn.pilgrim.id) in found
    assert str(world.osh.pilgrim.id) not in found
    assert "Ошбековна" not in found
