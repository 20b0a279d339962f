"""Security M1: where this register's own keys cannot be read no certificate of it is called VALID, nor printed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry import create_app
from registry.audit.models import Action, AuditEvent
from registry.certificates.keys import Issuer
from registry.certificates.keys.issuer import _LastKnown
from registry.certificates.models import Certificate
from registry.certificates.services import revoke_certificate
from registry.commands import cli
from registry.db import Database
from registry.model import new_id
from registry.settings import Settings
from registry.staff.models import Staff
from registry.verification.queries import Means, verify_text
from tests.certificates.ghosts import forge
from tests.certificates.stories import certify
from tests.conftest import SignIn
from tests.printing.piles import texts_of
from tests.verification.test_ghosts import ENTRY, ask

UNREAD = "The keys of this register cannot be read just now"
DIFFER = "do not say what the register says of it"
PUBLIC = ["link", "typed", "group", "group by link", "signed", "sheet", "pocket"]


@pytest.fixture
def certificate(session: Session, issuer: Issuer) -> Certificate:
    _pilgrim, certificate = certify(session, issuer)
    session.commit()
    return certificate


def take_keys_away(settings: Settings) -> None:
    settings.keys_dir.rename(settings.var_dir / "away")


@pytest.fixture
def unread(settings: Settings, certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that were away already when this process began, after the certificate was issued."""
    assert certificate.facts
    take_keys_away(settings)
    monkeypatch.setattr(_LastKnown, "trust", {})


@pytest.fixture
def fresh(
    settings: Settings, database: Database, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> FlaskClient:
    """A worker of which nothing was asked before its keys went: it read the certificates when it was made."""
    assert certificate.facts
    monkeypatch.setattr(_LastKnown, "trust", {})
    app = create_app(settings, database)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    take_keys_away(settings)
    return app.test_client()


def alarms(session: Session) -> list[AuditEvent]:
    session.rollback()
    return list(session.exec(select(AuditEvent).where(AuditEvent.action == Action.CODES_DIFFER)))


def answer(client: FlaskClient, certificate: Certificate, where: str) -> str:
    if where != "signed":
        return ask(client, certificate, where)
    return client.post("/check/group/en", data={"codes": certificate.facts["doses"][0]["signed_code"]}).text


@pytest.mark.parametrize("forged", [False, True], ids=["true", "forged"])
@pytest.mark.parametrize("where", PUBLIC)
@pytest.mark.usefixtures("unread")
def test_m1_a_fresh_worker_without_keys_ascertains_nothing(
    client: FlaskClient, session: Session, certificate: Certificate, where: str, forged: bool
) -> None:
    if forged:
        forge(certificate, "GHOST NEVERSEEN")
        session.commit()
    told = answer(client, certificate, where)
    assert UNREAD in told
    assert "app-verdict--valid" not in told
    assert not {"GHOST", "ASANBEKOVA"} & set(told.split()), "nothing is shown as if it were true"
    assert alarms(session) == [], "nobody knows yet that anything is wrong"


@pytest.mark.parametrize("where", PUBLIC)
def test_m1_keys_that_go_after_the_start_are_remembered(
    fresh: FlaskClient, session: Session, certificate: Certificate, where: str
) -> None:
    true = answer(fresh, certificate, where)
    assert UNREAD not in true
    assert DIFFER not in true
    forge(certificate, "GHOST NEVERSEEN")
    session.commit()
    forged = answer(fresh, certificate, where)
    if where == "signed":  # itself signed by nobody's key
        assert "not in the trust list" in forged
    else:
        assert DIFFER in forged
        assert len(alarms(session)) == 1


@pytest.mark.usefixtures("unread")
def test_m1_what_contradicts_its_codes_is_an_alarm_without_keys_too(
    client: FlaskClient, session: Session, certificate: Certificate
) -> None:
    certificate.facts = {**certificate.facts, "latin_name": "GHOST NEVERSEEN"}
    session.commit()
    assert DIFFER in ask(client, certificate, "link")
    assert [one.detail for one in alarms(session)] == [{"differing": ["name"]}]


@pytest.mark.usefixtures("unread")
def test_m1_a_withdrawn_certificate_stays_withdrawn_and_shows_nothing(
    client: FlaskClient, session: Session, certificate: Certificate
) -> None:
    revoke_certificate(session, certificate, reason="Forged", by=new_id(), at=ENTRY)
    session.commit()
    page = ask(client, certificate, "link")
    assert "app-verdict--not-valid" in page
    assert "ASANBEKOVA" not in page


@pytest.mark.parametrize("language", ["ky", "ru", "ar"])
@pytest.mark.usefixtures("unread")
def test_m1_it_is_told_in_every_language(client: FlaskClient, certificate: Certificate, language: str) -> None:
    page = client.get(f"/v/{certificate.token}/{language}").text
    assert UNREAD not in page
    assert "app-verdict--unknown" in page


@pytest.mark.usefixtures("unread")
def test_m1_staff_print_nothing_and_the_exchanged_record_has_no_paper(
    sign_in: SignIn, session: Session, nurse: Staff, certificate: Certificate
) -> None:
    browser, record = sign_in(nurse), f"/pilgrims/{certificate.pilgrim_id}"
    for paper in (f"{certificate.id}.pdf", f"{certificate.id}/pocket.pdf"):
        printed = browser.get(f"{record}/certificates/{paper}", follow_redirects=True)
        assert (printed.mimetype, UNREAD in printed.text) == ("text/html", True)
    fhir = browser.get(f"{record}/record.fhir.json")
    assert (fhir.status_code, "DocumentReference" in fhir.text) == (200, False)
    assert alarms(session) == []


def test_m1_commands_confirm_and_print_nothing(
    real_database: Database, settings: Settings, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", real_database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(settings.var_dir))
    with real_database.open_session(writes=True) as session:
        _pilgrim, certificate = certify(session, issuer)
        session.commit()
        code = certificate.code
    codes, paper, pile = tmp_path / "codes", tmp_path / "one.pdf", tmp_path / "pile.pdf"
    codes.write_text(code)
    signer = settings.var_dir / "signer.pem"
    signer.write_bytes((settings.keys_dir / "dsc.pem").read_bytes())
    take_keys_away(settings)
    monkeypatch.setattr(_LastKnown, "trust", {})

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli, list(arguments))
        assert done.exit_code == 1
        return done.output

    assert UNREAD in run("certificate", "pdf", code, "-o", str(paper))
    assert UNREAD in run("certificates", "print", "--codes", str(codes), "-o", str(pile))
    assert not paper.exists()
    assert not pile.exists()
    assert "signers to believe are unknown" in run("verify", code)
    assert json.loads(run("verify", code, "--trust", str(signer), "--json"))["reason"] == "keys_away"
    (settings.var_dir / "away").rename(settings.keys_dir)
    assert CliRunner().invoke(cli, ["certificates", "print", "--codes", str(codes), "-o", str(pile)]).exit_code == 0
    assert "ASANBEKOVA" in "".join(texts_of(pile))


@pytest.mark.parametrize("spoilt", ["HC1:6BF", None])
def test_a_code_spoilt_in_the_register_breaks_no_answer(
    session: Session, issuer: Issuer, certificate: Certificate, spoilt: str | None, app: Flask
) -> None:
    first, second = certificate.facts["doses"]
    certificate.facts = {**certificate.facts, "doses": [{**first, "signed_code": spoilt}, second]}
    session.commit()
    means = Means(session, issuer.trust, signers=issuer.trust)
    for shown, reason in ((first["signed_code"], "not_in_register"), (second["signed_code"], "codes_differ")):
        found = verify_text(shown, means, at=ENTRY, timezone="Asia/Bishkek")
        assert found.reason == reason
    assert DIFFER in ask(app.test_client(), certificate, "link")
