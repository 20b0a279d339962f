"""With the signer's key away a dose is kept, and nobody reads a path of the server (security m4, faults FA4)."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from registry.certificates import queries, services
from registry.certificates.key_files import SIGNER_KEY
from registry.certificates.keys import Issuer
from registry.certificates.models import Cause
from registry.certificates.rules import State
from registry.model import new_id
from registry.settings import Settings
from tests.conftest import SignIn
from tests.corrections.pages import open_and_send
from tests.factories import CAMPAIGN, NOW, TODAY
from tests.security.keys.losing import come_back, jobs, lock_otherwise, spoil, take_folder, take_key
from tests.security.world import Place, World, doses_of, pilgrim_form, visit_form

PLAIN = "Certificates cannot be signed just now"


AWAY: dict[str, Callable[[Path], None]] = {
    "the key's file": take_key,
    "the whole folder": take_folder,
    "another passphrase": lock_otherwise,
    "a damaged file": spoil,
}


@pytest.fixture(params=AWAY)
def away(request: pytest.FixtureRequest, world: World, settings: Settings, issuer: Issuer) -> World:
    assert issuer.signer, "read before its key goes"
    AWAY[request.param](settings.keys_dir)
    return world


def assert_no_path(text: str, settings: Settings) -> None:
    assert str(settings.var_dir) not in text
    assert SIGNER_KEY not in text
    assert "REGISTRY_" not in text


def test_m4_fa4_a_dose_is_kept_and_its_certificate_follows(
    session: Session, sign_in: SignIn, away: World, settings: Settings, issuer: Issuer
) -> None:
    place, nurse = away.naryn, away.staff["vaccinator"]
    browser, record = sign_in(nurse), f"/pilgrims/{away.naryn.waiting.id}"
    answer = browser.post(f"{record}/visit", data=visit_form(place, nurse), follow_redirects=True)
    assert "The visit was recorded." in answer.text
    assert "The certificate follows by itself as soon as the signing key is back." in answer.text
    assert_no_path(answer.text, settings)
    session.rollback()
    assert len(doses_of(session, place.waiting)) == 2
    assert queries.list_certificates(session, place.waiting.id) == []
    assert "is not issued yet: it follows by itself" in browser.get(record).text
    come_back(session, issuer)
    live = queries.live_certificate(session, place.waiting.id, CAMPAIGN)
    assert live is not None
    assert live.issued_by_id == nurse.id


@pytest.mark.usefixtures("away")
def test_fa4_a_correction_is_kept_and_the_paper_that_no_longer_tells_the_truth_does_not_count(
    session: Session, sign_in: SignIn, world: World, settings: Settings, issuer: Issuer
) -> None:
    place = world.naryn
    form = pilgrim_form(place.pilgrim, latin_given_name="AIGULIA", reason="As in the passport")
    answer = open_and_send(sign_in(world.staff["lead"]), f"/pilgrims/{place.pilgrim.id}/correct", form)
    assert answer.status_code == 302
    session.rollback()
    standing = queries.standing(session, place.certificate, on=TODAY)
    assert standing.revocation is not None
    assert (standing.state, standing.revocation.cause) == (State.REVOKED, Cause.OUTDATED)
    come_back(session, issuer)
    live = queries.live_certificate(session, place.pilgrim.id, CAMPAIGN)
    assert live is not None
    assert live.facts["latin_name"] == "ASANBEKOVA AIGULIA"


def test_fa4_what_no_paper_prints_leaves_the_paper_in_force(
    session: Session, sign_in: SignIn, world: World, settings: Settings
) -> None:
    take_key(settings.keys_dir)
    place = world.naryn
    form = pilgrim_form(place.pilgrim, phone="+996555000999", reason="A new number")
    assert open_and_send(sign_in(world.staff["lead"]), f"/pilgrims/{place.pilgrim.id}/correct", form).status_code == 302
    session.rollback()
    live = queries.live_certificate(session, place.pilgrim.id, CAMPAIGN)
    assert live is not None
    assert live.id == place.certificate.id
    assert jobs(session) == []


def lost(place: Place) -> tuple[str, str, dict[str, object]]:
    path = f"/pilgrims/{place.pilgrim.id}/certificates/{place.certificate.id}/lost"
    return "immunologist", path, {"cause": "lost", "reason": "On the bus to Osh"}


def lot_corrected(place: Place) -> tuple[str, str, dict[str, object]]:
    season = "NH-2025-2026" if place.dose.antigen_code == "INFLUENZA" else ""
    data: dict[str, object] = {
        "product": place.dose.product_code,
        "number": "OTHER123",
        "expires_on": ["31", "12", "2026"],
        "season": season,
        "reason": "The box says otherwise",
        "confirmed": [".CertificatesWillBeReplaced"],
    }
    return "lead", f"/stock/lots/{place.dose.lot_id}/correct", data


@pytest.mark.parametrize("act", [lost, lot_corrected])
def test_fa4_what_cannot_wait_for_a_signature_is_refused_in_plain_words(
    session: Session,
    sign_in: SignIn,
    world: World,
    settings: Settings,
    act: Callable[[Place], tuple[str, str, dict[str, object]]],
) -> None:
    take_key(settings.keys_dir)
    role, path, data = act(world.naryn)
    answer = open_and_send(sign_in(world.staff[role]), path, data)
    assert PLAIN in answer.text
    assert_no_path(answer.text, settings)
    session.rollback()
    live = queries.live_certificate(session, world.naryn.pilgrim.id, CAMPAIGN)
    assert live is not None
    assert live.id == world.naryn.certificate.id


def test_fa4_a_new_certificate_after_a_revocation_waits_for_the_key(
    session: Session, sign_in: SignIn, world: World, settings: Settings
) -> None:
    place = world.naryn
    services.revoke_certificate(session, place.certificate, reason="Shown by another", by=new_id(), at=NOW)
    session.commit()
    take_key(settings.keys_dir)
    path = f"/pilgrims/{place.pilgrim.id}/certificates/{place.certificate.id}/issue-again"
    answer = sign_in(world.staff["immunologist"]).post(path, data={"reason": "It was a mistake"})
    assert PLAIN in answer.text
    assert_no_path(answer.text, settings)


PUBLIC = {
    "/verify": {200},
    "/verify/ru": {200},
    "/verify-sw.js": {200},
    "/verify/bundle": {503},
    "/v2/trustlist/did.json": {503},
    "/v2/trustlist/-/-/-/did.json": {503},
    "/.well-known/did.json": {200, 503},
    "/revocation-list": {503},
    "/check": {200},
    "/check/group": {200},
    "/my-certificate": {200},
    "/how-to-check": {200},
    "/health": {200},
}


@pytest.mark.parametrize("path", PUBLIC)
def test_fa4_no_public_page_breaks_and_none_names_a_path(
    client: FlaskClient, away: World, settings: Settings, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    caplog.set_level(logging.WARNING)
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client.get(path)
    assert answer.status_code in PUBLIC[path]
    assert_no_path(answer.text, settings)
    if answer.status_code == 503:
        assert str(settings.keys_dir) in caplog.text, "the operator finds it in the log"
    assert client.get(f"/v/{away.naryn.certificate.token}").status_code == 200


def test_fa4_the_last_signed_list_stands_in_and_signed_codes_are_still_believed(
    client: FlaskClient, world: World, settings: Settings
) -> None:
    signed, before = world.naryn.certificate.facts["doses"][0]["signed_code"], client.get("/revocation-list").data
    known = client.post("/check/group/en", data={"codes": signed, "answer": "csv"}).text
    take_folder(settings.keys_dir)
    assert "valid" in known.lower()
    assert client.get("/revocation-list").data == before
    assert client.post("/check/group/en", data={"codes": signed, "answer": "csv"}).text == known
