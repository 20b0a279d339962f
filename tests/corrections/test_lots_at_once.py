"""A lot is corrected while nurses give doses of it: no paper keeps the wrong number."""

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import Session

from registry import clock
from registry.certificates import queries
from registry.certificates.keys import Issuer
from registry.commands.agreement import find_disagreements
from registry.commands.worker import run_next
from registry.corrections.services import correct_lot
from registry.db import Database, order
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.pilgrims.services import hold_registrations
from registry.settings import Settings
from registry.vaccines.models import Lot
from registry.vaccines.services import LotDetails
from tests.certificates.stories import LATER, certify, give, refresh
from tests.factories import CAMPAIGN, make_flu_lot, make_lot, make_pilgrim, the_campaign

NURSES = 6


@pytest.mark.real_commit
def test_whoever_is_vaccinated_meanwhile_gets_the_right_number_too(
    real_database: Database, issuer: Issuer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with real_database.open_session(writes=True) as session:
        lot, flu = make_lot(session, number="MISREAD1"), make_flu_lot(session)
        pilgrims = [make_pilgrim(session).id for _ in range(NURSES)]
        certify(session, issuer)
        lot_id, flu_id = lot.id, flu.id
        session.commit()

    def vaccinate(pilgrim_id: uuid.UUID) -> None:
        real_database.run_transaction(lambda session: _vaccinate(session, pilgrim_id, (lot_id, flu_id), issuer))

    def correct(number: str) -> None:
        real_database.run_transaction(lambda session: _correct(session, lot_id, number, issuer))

    with ThreadPoolExecutor(NURSES + 2) as desks:
        work = [desks.submit(vaccinate, one) for one in pilgrims[:3]]
        work += [desks.submit(correct, number) for number in ("READ12", "READ123")]
        work += [desks.submit(vaccinate, one) for one in pilgrims[3:]]
        for one in work:
            one.result()
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(settings.var_dir))
    with clock.set_to(LATER):
        while run_next(real_database):
            pass
    with real_database.open_session(writes=False) as session:
        assert list(find_disagreements(session, issuer=issuer, at=LATER)) == []
        numbers = {session.get_one(Lot, one).number for one in (lot_id, flu_id)}
        for pilgrim_id in pilgrims:
            paper = queries.live_certificate(session, pilgrim_id, CAMPAIGN)
            assert paper is not None
            assert {dose["lot"] for dose in paper.facts["doses"]} == numbers


def _vaccinate(session: Session, pilgrim_id: uuid.UUID, lots: Sequence[uuid.UUID], issuer: Issuer) -> None:
    pilgrim = session.get_one(Pilgrim, pilgrim_id)
    with order.act(session):  # as a visit does
        hold_registrations(session, pilgrim.id)
        for lot_id in lots:
            give(session, pilgrim, session.get_one(Lot, lot_id))
        refresh(session, pilgrim, issuer)
    session.commit()


def _correct(session: Session, lot_id: uuid.UUID, number: str, issuer: Issuer) -> None:
    lot = session.get_one(Lot, lot_id)
    correct_lot(
        session,
        lot,
        LotDetails(lot.product_code, number, lot.expires_on, lot.season_code),
        campaign=the_campaign(session),
        issuer=issuer,
        reason="The box says otherwise",
        by=new_id(),
        at=LATER,
        confirmed=[".CertificatesWillBeReplaced"],
    )
    session.commit()
