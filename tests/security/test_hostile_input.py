"""Text that wants to be code: in fields, searches, keys and bodies."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlmodel import Session

from registry.audit import services as audit
from registry.audit.models import Action
from registry.pilgrims.models import Correction, Subject
from registry.vaccinations.models import DoseNotGiven, NotGivenReason
from registry.vaccines import services as vaccines
from registry.vaccines.models import HoldKind
from tests.conftest import SignIn
from tests.factories import CAMPAIGN, NOW, TODAY, make_lot, make_pilgrim
from tests.security.doors import DOORS, address, knock
from tests.security.world import ROLES, World, pilgrim_form, visit_form

EVIL = "\"'><script>alert(1)</script>{{7*7}}<img src=x>"  # fits the narrowest column
ESCAPED = str(escape(EVIL))


def plant(session: Session, world: World, text: str) -> None:
    """The text in every free field of the rows that pages show, past the rules that would refuse it."""
    place = world.naryn
    pilgrim, registered_by = place.pilgrim, world.staff["lead"]
    for field in ("latin_surname", "latin_given_name", "surname", "given_name", "patronymic"):
        setattr(pilgrim, field, text)
    for staff in (world.bystander, *world.staff.values()):
        staff.name = text
    make_pilgrim(session, passport_number="PE9999999", group_name="x")
    lot = make_lot(session, point=place.point)
    lot.number = text[:20]
    vaccines.hold_lot(session, lot, HoldKind.RECALL, text, by=registered_by.id, at=NOW)
    session.add(
        DoseNotGiven(
            pilgrim_id=pilgrim.id,
            campaign_code=CAMPAIGN,
            point_code=place.point,
            visit_id=lot.id,
            antigen_code="MENACWY",
            reason=NotGivenReason.OUT_OF_STOCK,
            note=text,
            decided_on=TODAY,
            recorded_by_id=registered_by.id,
            recorded_at=NOW,
        )
    )
    session.add(
        Correction(
            pilgrim_id=pilgrim.id,
            subject=Subject.PILGRIM,
            subject_id=pilgrim.id,
            changes=[{"field": "surname", "old": text, "new": text}],
            reason=text,
            corrected_at=NOW,
            corrected_by_id=registered_by.id,
        )
    )
    audit.record(session, Action.SIGN_IN_FAILED, by=None, at=NOW, subject=text, note=text)
    session.commit()


def pages(app: Flask, sign_in: SignIn, world: World) -> Iterator[tuple[str, str]]:
    names = world.naryn.names(world.bystander.id)
    for method, endpoint in DOORS:
        for role in ROLES:
            if role in DOORS[method, endpoint].roles:
                answer = knock(app, sign_in(world.staff[role]), method, endpoint, names)
                if answer.mimetype == "text/html":
                    yield f"{role}: {method} {endpoint}", answer.text
                break


def test_stored_text_is_shown_as_text_on_every_page(
    app: Flask, session: Session, sign_in: SignIn, world: World
) -> None:
    plant(session, world, EVIL)
    seen_on = set()
    for page, html in pages(app, sign_in, world):
        assert "<script>alert" not in html, page
        assert "<img src=x" not in html, page
        assert ">49<" not in html, page
        if ESCAPED in html or "&lt;script&gt;alert" in html:
            seen_on.add(page.split()[-1])
    # Names, numbers, reasons and notes: the corpus reaches the pages that show them.
    assert seen_on >= {
        "room.show", "room.visit", "corrections.correct_pilgrim", "staff.index", "staff.audit", "vaccines.index",
    }  # fmt: skip


def test_sent_text_comes_back_as_text(sign_in: SignIn, world: World) -> None:
    place = world.naryn
    sent: list[tuple[str, str, dict[str, Any]]] = [
        ("registrar", "/pilgrims", {"text": EVIL}),
        ("registrar", "/pilgrims/new/from-search", {"text": EVIL}),
        ("registrar", "/pilgrims/new", dict.fromkeys(pilgrim_form(place.pilgrim), EVIL)),
        ("vaccinator", f"/pilgrims/{place.waiting.id}/visit", dict.fromkeys(visit_form(place, world.bystander), EVIL)),
        ("lead", f"/pilgrims/{place.pilgrim.id}/correct", dict.fromkeys(pilgrim_form(place.pilgrim), EVIL)),
        ("lead", "/stock/receive", dict.fromkeys(("point", "product", "number", "season", "doses", "document"), EVIL)),
        ("doctor", f"/pilgrims/{place.waiting.id}/examine", {"remark": EVIL, "temperature_c": EVIL, "outcome": EVIL}),
        ("registrar", "/sign-in", {"username": EVIL, "password": "x"}),
        ("registrar", "/check", {"code": EVIL[:50], "birth_year": EVIL[:9]}),
    ]
    for role, path, data in sent:
        answer = sign_in(world.staff[role]).post(path, data=data)
        assert answer.status_code in {200, 401, 404}, path
        assert "<script>alert" not in answer.text, path


def test_an_address_with_code_in_it_is_not_repeated_as_code(client: FlaskClient) -> None:
    for path in ("/%3Cscript%3Ealert(1)%3C/script%3E", "/v/%3Cscript%3Ealert(1)", "/sign-in?next=%22%3E%3Cscript%3E"):
        assert "<script>" not in client.get(path).text


@pytest.mark.parametrize("text", ["%", "_", "%%%", "А%а", "' OR '1'='1", "'; DROP TABLE pilgrim; --", '"', "\\", "*"])
def test_no_searched_sign_is_a_wildcard_or_an_instruction(sign_in: SignIn, world: World, text: str) -> None:
    answer = sign_in(world.staff["registrar"]).post("/pilgrims", data={"text": text})
    assert answer.status_code == 200
    assert f"/pilgrims/{world.naryn.pilgrim.id}" not in answer.text


NASTY = ("NaN", "x" * 50, "99999999999999999999")


@pytest.mark.parametrize("value", NASTY, ids=lambda value: value[:8].encode("unicode_escape").decode())
def test_no_value_of_a_field_breaks_a_page(sign_in: SignIn, world: World, value: str) -> None:
    """Signs that no database holds, numbers that no column holds, texts longer than any column."""
    place, nurse = world.naryn, world.staff["vaccinator"]
    correct = f"/pilgrims/{place.pilgrim.id}/correct"
    visit, examine = (f"/pilgrims/{place.waiting.id}/{end}" for end in ("visit", "examine"))
    forms: list[tuple[str, str, dict[str, Any]]] = [
        ("registrar", "/pilgrims/new", pilgrim_form(place.pilgrim.model_copy(update={"passport_number": "PE5550009"}))),
        ("lead", correct, pilgrim_form(place.pilgrim, reason="so")),
        ("lead", f"/pilgrims/{place.pilgrim.id}/doses/{place.dose.id}/withdraw", {"reason": "so"}),
        ("vaccinator", visit, visit_form(place, nurse, **{"menacwy-not_given": "out_of_stock", "menacwy-note": "x"})),
        ("lead", "/stock/receive", received()),
        ("lead", f"/stock/lots/{place.lot.id}/hold", {"kind": "recall", "reason": "so"}),
        ("immunologist", f"/pilgrims/{place.pilgrim.id}/certificates/{place.certificate.id}/revoke", {"reason": "so"}),
        ("doctor", examine, {"point": place.point, "pulse": "72", "systolic": "120", "temperature_c": "36.6"}),
        ("registrar", "/pilgrims", {"text": "x"}),
        ("registrar", "/check", {"code": "x", "birth_year": "1950"}),
        ("registrar", "/password", {"current_password": "x", "password": "y", "repeated": "y"}),
        ("registrar", "/sign-in", {"username": "x", "password": "y"}),
    ]
    broken = []
    for role, path, data in forms:
        browser = sign_in(world.staff[role])
        for field in {*data, "idempotency_key", "confirmed"}:
            answer = browser.post(path, data={**data, field: value})
            if answer.status_code >= 500:
                broken.append(f"{path} {field}")
    assert broken == []


def received() -> dict[str, Any]:
    box = {"number": "N1", "expires_on": ["1", "1", "2027"], "doses": "5", "document": "D1", "season": ""}
    return {"point": "VP-NRN", "product": "MENQUADFI", **box}


@pytest.mark.parametrize("key", ["pilgrim_id", "dose_id", "certificate_id", "lot_id", "staff_id"])
def test_an_id_that_does_not_exist_is_not_found(app: Flask, sign_in: SignIn, world: World, key: str) -> None:
    names = world.naryn.names(world.bystander.id) | {key: "0190d0e0-0000-7000-8000-000000000000"}
    arguments = {rule.endpoint: rule.arguments for rule in app.url_map.iter_rules()}
    for method, endpoint in DOORS:
        if key in arguments[endpoint]:
            role = DOORS[method, endpoint].roles.split()[0]
            answer = knock(app, sign_in(world.staff[role]), method, endpoint, names)
            assert answer.status_code == 404, address(app, endpoint, names)


def test_a_sign_that_no_database_holds_is_refused_wherever_it_comes_from(client: FlaskClient, app: Flask) -> None:
    answers = [
        client.post("/check", data={"code": "a\0b", "birth_year": "1955"}),
        client.post("/check", data={"a\0b": "1955"}),
        client.get("/v/%00"),
        client.get("/sign-in?next=%00"),
    ]
    assert [answer.status_code for answer in answers] == [400, 200, 400, 400]


def test_bodies_too_large_are_refused_in_words(client: FlaskClient) -> None:
    whole = client.post("/check", data=b"x" * (11 * 1024 * 1024), content_type="application/x-www-form-urlencoded")
    fields = client.post(
        "/check", data={f"f{number}": "x" for number in range(600)}, content_type="multipart/form-data"
    )
    assert [whole.status_code, fields.status_code] == [413, 413]
    assert "<h1" in whole.text


def test_a_year_before_christ_or_after_all_is_no_date(sign_in: SignIn, world: World) -> None:
    """Python's calendar has both ends; the pages have sentences."""
    browser = sign_in(world.staff["registrar"])
    for born in (["1", "1", "1"], ["31", "12", "9999"], ["1", "1", "10000"], ["0", "0", "0"]):
        data = pilgrim_form(world.naryn.pilgrim, birth_on=born, arrival_on=born)
        assert browser.post("/pilgrims/new", data=data).status_code == 200
    lead = sign_in(world.staff["lead"])
    assert (
        lead.post("/stock/receive", data={**received(), "expires_on": ["", "12", str(date.max.year)]}).status_code < 500
    )
