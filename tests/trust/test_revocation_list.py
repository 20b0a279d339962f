"""What was withdrawn stands in the next list, and nothing else about anybody does."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from registry import clock
from registry.certificates import services as certificates
from registry.certificates.keys import Issuer, create_keys, load_issuer
from registry.certificates.models import Certificate
from registry.hcert.revocations import RevocationList, Withdrawal, Withdrawn, read_revocation_list
from registry.model import new_id
from registry.settings import Settings
from registry.trust import queries
from registry.vaccinations import queries as vaccinations
from registry.vaccines import services as vaccines
from registry.vaccines.models import HoldKind, Lot
from tests.certificates.stories import certify, change_lot, refresh
from tests.factories import NOW, make_lot
from tests.statements import statements

LATER = NOW + timedelta(days=3, hours=2)


def build(session: Session, settings: Settings, at: datetime = LATER) -> bytes:
    return queries.build_revocation_list(session, settings, at=at)


def read(session: Session, settings: Settings, at: datetime = LATER) -> RevocationList:
    return read_revocation_list(build(session, settings, at), load_issuer(settings).trust, at=at)


def revoke(session: Session, certificate: Certificate, at: datetime = LATER) -> None:
    certificates.revoke_certificate(session, certificate, reason="Lost in the bazaar", by=new_id(), at=at)


def test_a_certificate_in_force_is_not_in_the_list(session: Session, settings: Settings, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    revocations = read(session, settings)
    assert len(revocations) == 0
    assert revocations.find(certificate.id) is None
    assert revocations.issuer == "KG"


def test_a_revoked_certificate_stands_in_the_next_list_with_its_day(
    session: Session, settings: Settings, issuer: Issuer
) -> None:
    _pilgrim, certificate = certify(session, issuer)
    revoke(session, certificate)
    assert read(session, settings).find(certificate.id) == Withdrawn(Withdrawal.REVOKED, LATER.date())


def test_a_replaced_certificate_stands_in_the_next_list_with_the_day_of_its_successor(
    session: Session, settings: Settings, issuer: Issuer
) -> None:
    pilgrim, certificate = certify(session, issuer)
    change_lot(session, pilgrim, make_lot(session))
    newer = refresh(session, pilgrim, issuer, at=LATER)
    assert newer is not None
    revocations = read(session, settings)
    assert revocations.find(certificate.id) == Withdrawn(Withdrawal.REPLACED, LATER.date())
    assert revocations.find(newer.id) is None


def test_a_recalled_lot_is_named_as_the_paper_names_it(session: Session, settings: Settings, issuer: Issuer) -> None:
    pilgrim, certificate = certify(session, issuer)
    lot = session.get_one(Lot, vaccinations.list_live_doses(session, pilgrim.id)[0].lot_id)
    vaccines.hold_lot(session, lot, HoldKind.RECALL, "The maker asked", by=new_id(), at=NOW)
    revocations = read(session, settings)
    named = {(dose["product"], dose["lot"]): dose["lot"] == lot.number for dose in certificate.facts["doses"]}
    assert {pair: revocations.find_recall(*pair) is not None for pair in named} == named
    assert revocations.find(certificate.id) is None, "a recall flags, it does not revoke"


def test_the_list_holds_nothing_else_of_anybody(session: Session, settings: Settings, issuer: Issuer) -> None:
    pilgrim, certificate = certify(session, issuer, phone="+996555000123")
    revoke(session, certificate)
    data, facts = build(session, settings), certificate.facts
    named = [certificate.id.bytes, certificate.id.hex, str(certificate.id), pilgrim.id.bytes, certificate.code]
    named += [certificate.token, pilgrim.passport_number, pilgrim.latin_surname, pilgrim.surname, "996555000123"]
    named += ["bazaar", facts["birth_date"], *(dose["lot"] for dose in facts["doses"])]
    for name in named:
        assert (name if isinstance(name, bytes) else str(name).encode()) not in data, name


def test_one_more_withdrawn_certificate_is_eight_bytes(session: Session, settings: Settings, issuer: Issuer) -> None:
    held = [certify(session, issuer)[1] for _ in range(3)]
    revoke(session, held[0])
    one = len(build(session, settings))
    for certificate in held[1:]:
        revoke(session, certificate)
    assert len(build(session, settings)) - one == 2 * 8 + 1, "and one more for the length of the day's string"


def test_the_number_of_queries_does_not_grow_with_the_withdrawn(
    session: Session, settings: Settings, issuer: Issuer
) -> None:
    counts = []
    for _ in range(3):
        revoke(session, certify(session, issuer)[1])
        session.flush()
        session.expunge_all()
        with statements(session.get_bind()) as asked:
            build(session, settings)
        counts.append(len(asked))
    assert counts == [2, 2, 2]


def test_the_same_register_and_hour_give_the_same_content(session: Session, settings: Settings, issuer: Issuer) -> None:
    revoke(session, certify(session, issuer)[1], at=NOW)
    hour = LATER.replace(minute=0)
    contents = [build(session, settings, hour + timedelta(minutes=minute))[:-64] for minute in (0, 1, 59, 60)]
    assert contents[0] == contents[1] == contents[2] != contents[3]


def test_the_list_is_dated_by_its_hour_and_ends_with_its_age(session: Session, settings: Settings) -> None:
    revocations = read(session, settings, LATER + timedelta(minutes=25))
    assert revocations.issued_at == LATER
    assert revocations.expires_at == LATER + timedelta(days=settings.list_max_age_days)


def test_a_list_never_predates_its_key_nor_outlives_it(session: Session, settings: Settings) -> None:
    fresh = settings.model_copy(update={"var_dir": settings.var_dir / new_id().hex, "env": "production"})
    made_at = NOW + timedelta(minutes=20)
    create_keys(fresh, at=made_at)
    assert read(session, fresh, made_at + timedelta(minutes=1)).issued_at == made_at
    ends = load_issuer(fresh).signs_until
    assert read(session, fresh, ends - timedelta(hours=2)).expires_at == ends


@pytest.fixture
def revoked(session: Session, issuer: Issuer) -> Certificate:
    _pilgrim, certificate = certify(session, issuer)
    revoke(session, certificate, at=NOW)
    session.commit()
    return certificate


def test_the_list_is_served_as_a_signed_message(client: FlaskClient, issuer: Issuer, revoked: Certificate) -> None:
    answer = client.get("/revocation-list")
    assert (answer.status_code, answer.mimetype) == (200, "application/cose")
    assert read_revocation_list(answer.data, issuer.trust, at=NOW).find(revoked.id)


def test_what_is_revoked_now_is_served_some_minutes_later_with_another_tag(
    client: FlaskClient, session: Session, issuer: Issuer
) -> None:
    _pilgrim, certificate = certify(session, issuer)
    session.commit()
    before = client.get("/revocation-list")
    revoke(session, certificate, at=NOW)
    session.commit()
    at = NOW + timedelta(minutes=6)
    with clock.set_to(at):
        after = client.get("/revocation-list", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert read_revocation_list(before.data, issuer.trust, at=NOW).find(certificate.id) is None
    assert read_revocation_list(after.data, issuer.trust, at=at).find(certificate.id)
