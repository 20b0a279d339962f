"""Security M1: a person slipped in past the registry, with another's signed codes, is VALID nowhere."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry import clock
from registry.audit.models import Action, AuditEvent
from registry.certificates.codes import find_differences
from registry.certificates.keys import Issuer, find_own_trust
from registry.certificates.models import Certificate
from registry.certificates.services import revoke_certificate
from registry.model import new_id
from registry.settings import Settings
from registry.staff.models import Staff
from registry.verification.queries import Means, verify_text
from tests.certificates.ghosts import haunt
from tests.conftest import SignIn

ENTRY = datetime(2026, 5, 11, 6, 0, tzinfo=UTC)
Alter = Callable[[dict[str, Any], dict[str, Any]], list[dict[str, Any]]]
SENTENCE = "do not say what the register says of it"


@pytest.fixture
def ghost(session: Session, certificate: Certificate) -> Certificate:
    return haunt(session, certificate)


def alarms(session: Session) -> list[AuditEvent]:
    session.rollback()
    return list(session.exec(select(AuditEvent).where(AuditEvent.action == Action.CODES_DIFFER)))


def ask(client: FlaskClient, ghost: Certificate, where: str) -> str:
    born = [str(int(part)) for part in reversed(ghost.facts["birth_date"].split("-"))]
    with clock.set_to(ENTRY):
        match where:
            case "link":
                return client.get(f"/v/{ghost.token}/en").text
            case "typed":
                sent = {"code": ghost.code, "birth_year": born[-1]}
                return client.post("/check/en", data=sent, follow_redirects=True).text
            case "group" | "group by link":
                named = ghost.code if where == "group" else ghost.facts["verify_url"]
                return client.post("/check/group/en", data={"codes": named}).text
        own = {"code": ghost.code, "birth_on": born, "paper": where}
        return client.post("/my-certificate/en", data=own).get_data().decode(errors="replace")


@pytest.mark.parametrize("where", ["link", "typed", "group", "group by link", "sheet", "pocket"])
def test_every_public_answer_is_grey_and_raises_the_alarm(
    client: FlaskClient,
    session: Session,
    ghost: Certificate,
    where: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = ask(client, ghost, where)
    assert SENTENCE in answer
    assert "GHOST" not in answer, "nothing of it is shown as if it were true"
    (alarm,) = alarms(session)
    assert (alarm.subject, alarm.pilgrim_id) == (ghost.id.hex, ghost.pilgrim_id)
    assert alarm.detail == {"differing": ["certificate", "name", "document"]}
    # A set: a page that runs again after a conflict of transactions tells it again.
    (line,) = {record.getMessage() for record in caplog.records if "signed codes" in record.getMessage()}
    assert not {"GHOST", "ASANBEKOVA", ghost.facts["passport_number"], ghost.code} & set(line.split())


def test_the_alarm_of_a_certificate_is_written_once_a_day(
    client: FlaskClient, session: Session, ghost: Certificate
) -> None:
    for _ in range(3):
        ask(client, ghost, "link")
    assert len(alarms(session)) == 1


@pytest.mark.parametrize(
    ("differing", "alter"),
    [
        ("disease", lambda first, second: [first, second | {"disease": {"en": "Yellow fever"}}]),
        ("doses", lambda first, _second: [first]),
        ("doses", lambda first, second: [first, second, second]),
        ("product", lambda first, second: [first | {"product": "Stamaril"}, second]),
    ],
)
@pytest.mark.parametrize("where", ["link", "group", "sheet"])
def test_m1_an_own_paper_that_says_another_thing_of_its_doses_is_grey(
    client: FlaskClient, session: Session, certificate: Certificate, *, differing: str, alter: Alter, where: str
) -> None:
    certificate.facts = {**certificate.facts, "doses": alter(*certificate.facts["doses"])}
    session.add(certificate)
    session.commit()
    answer = ask(client, certificate, where)
    assert SENTENCE in answer
    assert "Yellow fever" not in answer
    (alarm,) = alarms(session)
    assert differing in alarm.detail["differing"]


@pytest.mark.parametrize("language", ["ky", "ru", "ar"])
def test_the_answer_is_told_in_every_language(client: FlaskClient, ghost: Certificate, language: str) -> None:
    with clock.set_to(ENTRY):
        page = client.get(f"/v/{ghost.token}/{language}").text
    assert SENTENCE not in page
    assert "app-verdict--unknown" in page


def test_the_command_line_and_the_bundle_of_texts_answer_alike(
    session: Session, issuer: Issuer, certificate: Certificate, ghost: Certificate
) -> None:
    means = Means(session, issuer.trust, signers=issuer.trust)
    for text in (ghost.code, ghost.facts["verify_url"]):
        found = verify_text(text, means, at=ENTRY, timezone="Asia/Bishkek")
        assert (found.verdict, found.reason, found.payload) == ("cannot_tell", "codes_differ", None)
    # The true owner's paper has the same codes, and says the same as they do.
    for dose in certificate.facts["doses"]:
        assert verify_text(dose["signed_code"], means, at=ENTRY, timezone="Asia/Bishkek").reason == "in_force"


def test_staff_print_no_paper_that_contradicts_its_codes(
    sign_in: SignIn, session: Session, nurse: Staff, ghost: Certificate
) -> None:
    answer = sign_in(nurse).get(f"/pilgrims/{ghost.pilgrim_id}/certificates/{ghost.id}.pdf", follow_redirects=True)
    assert SENTENCE in answer.text
    assert len(alarms(session)) == 1


def test_the_exchanged_record_names_no_such_paper(
    sign_in: SignIn, session: Session, nurse: Staff, ghost: Certificate
) -> None:
    answer = sign_in(nurse).get(f"/pilgrims/{ghost.pilgrim_id}/record.fhir.json")
    assert (answer.status_code, "DocumentReference" in answer.text) == (200, False)
    assert len(alarms(session)) == 1


def test_a_withdrawn_ghost_stays_withdrawn(client: FlaskClient, session: Session, ghost: Certificate) -> None:
    """What is refused already is not made uncertain again; the alarm is raised all the same."""
    revoke_certificate(session, ghost, reason="Nobody of this name was vaccinated", by=new_id(), at=ENTRY)
    session.commit()
    assert "app-verdict--not-valid" in ask(client, ghost, "link")
    assert len(alarms(session)) == 1


def test_while_the_private_key_is_away_true_certificates_stay_valid_and_ghosts_do_not(
    certificate: Certificate, ghost: Certificate, settings: Settings, tmp_path: Path
) -> None:
    """To believe takes no secret: the public halves are enough."""
    away = Settings(var_dir=tmp_path)
    assert find_own_trust(away) is None
    away.keys_dir.mkdir(parents=True)
    for name in ("sca.pem", "dsc.pem"):
        copy(settings.keys_dir / name, away.keys_dir / name)
    trust = find_own_trust(away)
    assert trust is not None
    assert find_differences(certificate, trust) == ()
    assert find_differences(ghost, trust) == ("certificate", "name", "document")
