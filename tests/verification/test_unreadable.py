"""Security M1: what a writer of the database made unreadable is "cannot be ascertained", with an alarm, and no 500."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from registry import clock
from registry.certificates import services as certificates
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.model import new_id
from tests.certificates.spoiling import id_of, spoil
from tests.certificates.stories import certify
from tests.factories import NOW
from tests.verification.test_ghosts import ENTRY, SENTENCE, alarms, ask

OWN = ["certificate.valid_until", "certificate.valid_from", "certificate.issued_at"]


@pytest.fixture(params=[*OWN, "certificate_revocation.revoked_at", "certificate_revocation.cause", "handle"])
def spoilt(session: Session, certificate: Certificate, request: pytest.FixtureRequest) -> tuple[Certificate, str]:
    """A certificate in hand, as it was, and the name of what was spoilt of it."""
    held = Certificate.model_validate(certificate.model_dump())
    if request.param.startswith("certificate_revocation"):
        certificates.revoke_certificate(session, certificate, reason="Shown by somebody else", by=new_id(), at=NOW)
        session.flush()
    table, _, name = request.param.partition(".")
    if table == "handle":
        strange = id_of(session, new_id()).strip("'")
        spoil(session, "certificate_handle.certificate_id", strange, f"pilgrim_id = {id_of(session, held.pilgrim_id)}")
    else:
        key = "id" if table == "certificate" else "certificate_id"
        spoil(session, request.param, "mood" if name == "cause" else None, f"{key} = {id_of(session, held.id)}")
    session.commit()
    return held, {"certificate": name, "handle": "handle"}.get(table, "line")


@pytest.mark.parametrize("where", ["link", "typed", "sheet"])
def test_m1_nobody_can_tell_and_the_alarm_is_raised(
    client: FlaskClient, session: Session, spoilt: tuple[Certificate, str], where: str
) -> None:
    held, what = spoilt
    assert SENTENCE in ask(client, held, where)
    (alarm,) = alarms(session)
    assert alarm.detail == {"differing": [what]}
    assert (alarm.subject, alarm.pilgrim_id) == (held.id.hex, UUID(str(held.pilgrim_id)))


def test_m1_the_others_of_a_list_are_answered(
    client: FlaskClient, session: Session, issuer: Issuer, spoilt: tuple[Certificate, str]
) -> None:
    held, _what = spoilt
    others = [certify(session, issuer)[1].code for _ in range(4)]
    session.commit()
    with clock.set_to(ENTRY):
        sent = "\n".join([*others[:2], held.code, *others[2:]])
        answer = client.post("/check/group/en", data={"codes": sent, "answer": "csv"})
    assert answer.status_code == 200
    assert answer.text.count("ready") == len(others)
    assert answer.text.count(SENTENCE) == 1
