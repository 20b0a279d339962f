"""What the revocation list is made of: the same answer as the register's, for each certificate that may be shown."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlmodel import Session

from registry.certificates import queries, services
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.hcert import RecalledLot, Withdrawal, Withdrawn
from registry.model import new_id
from registry.vaccines.models import HoldKind, Lot
from registry.vaccines.services import hold_lot
from tests.certificates.stories import LATER, certify, change_lot, read_papers, refresh
from tests.certificates.test_histories import History
from tests.factories import NOW, make_lot

ARRIVAL = date(2026, 5, 11)


def listed(session: Session) -> dict[object, Withdrawn]:
    return dict(queries.read_withdrawn(session, at=LATER, timezone="Asia/Bishkek"))


def revoke(session: Session, certificate: Certificate) -> None:
    services.revoke_certificate(session, certificate, reason="Shown by somebody else", by=new_id(), at=LATER)


def test_revoked_and_replaced_certificates_are_listed_with_their_day(session: Session, issuer: Issuer) -> None:
    _pilgrim, revoked = certify(session, issuer)
    revoke(session, revoked)
    pilgrim, replaced = certify(session, issuer)
    change_lot(session, pilgrim, make_lot(session))
    refresh(session, pilgrim, issuer, at=LATER)
    certify(session, issuer)
    assert listed(session) == {
        revoked.id: Withdrawn(Withdrawal.REVOKED, LATER.date()),
        replaced.id: Withdrawn(Withdrawal.REPLACED, LATER.date()),
    }


def test_what_no_signature_carries_any_more_is_not_listed(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    revoke(session, certificate)
    assert certificate.valid_until is not None
    last = datetime.combine(certificate.valid_until, time(12), UTC)
    for days, listed in ((0, 1), (2, 1), (3, 0)):
        at = last + timedelta(days=days)
        assert len(dict(queries.read_withdrawn(session, at=at, timezone="Asia/Bishkek"))) == listed


@pytest.mark.parametrize("seed", range(6))
def test_the_list_and_the_register_agree_after_any_history(session: Session, issuer: Issuer, seed: int) -> None:
    for start in range(3):
        history = History(session, issuer, seed * 10 + start)
        for _step in range(10):
            history.step()
    found = dict(queries.read_withdrawn(session, at=LATER, timezone="Asia/Bishkek"))
    for certificate, _state in read_papers(session, "HAJJ-1447H-2026", on=ARRIVAL):
        standing = queries.standing(session, certificate, on=ARRIVAL)
        if standing.revocation:
            assert found.pop(certificate.id) == Withdrawn(Withdrawal.REVOKED, standing.revocation.revoked_at.date())
        elif standing.replaced_by:
            issued_on = date.fromisoformat(standing.replaced_by.facts["issued_on"])
            assert found.pop(certificate.id) == Withdrawn(Withdrawal.REPLACED, issued_on)
    assert found == {}


def test_a_recall_flags_the_papers_that_name_the_lot_until_it_is_released(session: Session, issuer: Issuer) -> None:
    pilgrim, certificate = certify(session, issuer)
    lot = make_lot(session, number="RECALL77")
    change_lot(session, pilgrim, lot)
    new = refresh(session, pilgrim, issuer, at=LATER)
    assert new is not None
    hold(session, lot, HoldKind.RECALL)
    assert list(queries.list_recalled_lots(session, timezone="Asia/Bishkek")) == [
        RecalledLot("MenQuadfi", "RECALL77", NOW.date())
    ]
    assert queries.find_recall(session, new, timezone="Asia/Bishkek") == NOW.date()
    assert queries.find_recall(session, certificate, timezone="Asia/Bishkek") is None
    assert queries.live_certificate(session, pilgrim.id, new.campaign_code) == new
    hold(session, lot, HoldKind.RELEASE)
    assert list(queries.list_recalled_lots(session, timezone="Asia/Bishkek")) == []
    assert queries.find_recall(session, new, timezone="Asia/Bishkek") is None


def hold(session: Session, lot: Lot, kind: HoldKind) -> None:
    hold_lot(session, lot, kind, "The maker's letter", by=new_id(), at=NOW)
