"""A recalled lot is shown beside the certificates that name it, and takes no certificate's force away."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry import hcert
from registry.certificates import queries
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.certificates.rules import State
from registry.commands import verify
from registry.model import new_id
from registry.staff.models import Staff
from registry.vaccines.models import HoldKind, Lot
from registry.vaccines.services import hold_lot
from registry.verification.queries import Means, verify_text
from tests.certificates.stories import certify
from tests.factories import NOW

SignIn = Callable[[Staff], FlaskClient]
ARRIVAL = datetime(2026, 5, 11, 6, 0, tzinfo=UTC)


@pytest.fixture
def certificate(session: Session, issuer: Issuer) -> Certificate:
    _pilgrim, certificate = certify(session, issuer)
    return certificate


def hold(session: Session, certificate: Certificate, kind: HoldKind) -> None:
    named = certificate.facts["doses"][0]["lot"]
    lot = session.exec(select(Lot).where(Lot.number == named)).one()
    hold_lot(session, lot, kind, "The maker's letter", by=new_id(), at=NOW)


def test_every_way_to_check_says_so_and_none_changes_its_verdict(
    session: Session, issuer: Issuer, certificate: Certificate
) -> None:
    hold(session, certificate, HoldKind.RECALL)
    means = Means(session, issuer.trust, signers=issuer.trust)
    codes = [dose["signed_code"] for dose in certificate.facts["doses"]]
    for shown in (*codes, certificate.code, certificate.facts["verify_url"]):
        found = verify_text(shown, means, at=ARRIVAL, timezone="Asia/Bishkek")
        assert (found.verdict.value, found.reason, found.recalled_on) == ("valid", "in_force", NOW.date())
    assert queries.standing(session, certificate, on=ARRIVAL.date()).state is State.VALID
    hold(session, certificate, HoldKind.RELEASE)
    assert verify_text(certificate.code, means, at=ARRIVAL, timezone="Asia/Bishkek").recalled_on is None


def test_the_command_line_says_it_beside_the_verdict(
    session: Session, issuer: Issuer, certificate: Certificate, capsys: pytest.CaptureFixture[str]
) -> None:
    hold(session, certificate, HoldKind.RECALL)
    means = Means(session, issuer.trust, signers=issuer.trust)
    found = verify_text(certificate.code, means, at=ARRIVAL, timezone="Asia/Bishkek")
    verify.tell(found, means, as_json=False)
    assert "VALID: Genuine and in force" in (told := capsys.readouterr().out)
    assert "NOTICE: a lot that it names was recalled on 25 DEC 2025" in told
    verify.tell(found, means, as_json=True)
    assert json.loads(capsys.readouterr().out)["recalled_on"] == "2025-12-25"


def test_a_quarantine_is_no_recall(session: Session, certificate: Certificate) -> None:
    hold(session, certificate, HoldKind.QUARANTINE)
    assert queries.find_recall(session, certificate, timezone="Asia/Bishkek") is None


def test_the_room_warns_the_staff_until_the_lot_is_released(
    session: Session, sign_in: SignIn, nurse: Staff, certificate: Certificate
) -> None:
    browser, page = sign_in(nurse), f"/pilgrims/{certificate.pilgrim_id}"
    assert "was recalled on" not in browser.get(page).text
    hold(session, certificate, HoldKind.RECALL)
    assert "was recalled on" in browser.get(page).text
    hold(session, certificate, HoldKind.RELEASE)
    assert "was recalled on" not in browser.get(page).text


def test_the_published_list_names_the_lot_as_the_signed_code_does(
    session: Session, issuer: Issuer, certificate: Certificate
) -> None:
    hold(session, certificate, HoldKind.RECALL)
    (recalled,) = queries.list_recalled_lots(session, timezone="Asia/Bishkek")
    (claim,) = hcert.verify(certificate.facts["doses"][0]["signed_code"], issuer.trust, at=ARRIVAL).vaccinations
    assert (recalled.brand, recalled.lot, recalled.on) == (claim.brand, claim.lot, NOW.date())
