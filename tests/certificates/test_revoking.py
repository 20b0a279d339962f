"""A revocation that meets a replaced paper (faults FA2)."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlmodel import Session

from registry.certificates import queries, services
from registry.certificates.decisions import AlreadyReplaced
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.certificates.rules import State
from registry.corrections import services as corrections
from registry.db import Database
from registry.model import new_id
from registry.pilgrims import queries as pilgrims
from registry.pilgrims.models import Pilgrim, PilgrimDetails
from registry.pilgrims.rows import RegistrationDetails
from tests.certificates.roads import ARRIVAL, FRAUD
from tests.certificates.stories import (
    LATER,
    certify,
    change_lot,
    refresh,
)
from tests.factories import CAMPAIGN, make_lot, the_campaign


def test_fa2_revoking_a_replaced_paper_refuses_and_names_the_newer_one(session: Session, issuer: Issuer) -> None:
    pilgrim, old = certify(session, issuer)
    newer = []
    for number in ("NEWLOT77", "NEWLOT78"):
        change_lot(session, pilgrim, make_lot(session, number=number))
        newer.append(refresh(session, pilgrim, issuer, at=LATER))
    assert newer[-1] is not None
    code = newer[-1].code
    with pytest.raises(AlreadyReplaced) as refused:
        services.revoke_certificate(session, old, reason=FRAUD, by=new_id(), at=LATER)
    assert refused.value.facts == {"newer": f"{code[:4]}-{code[4:8]}-{code[8:]}"}
    assert queries.standing(session, newer[-1], on=ARRIVAL).state is State.VALID


@pytest.mark.real_commit
def test_fa2_a_revocation_and_a_correction_at_once_end_in_one_of_two_ways(
    real_database: Database, issuer: Issuer
) -> None:
    """Either the correction came first and the person is told of the newer paper, or nothing stands."""
    for _round in range(4):
        with real_database.open_session(writes=True) as session:
            pilgrim, certificate = certify(session, issuer)
            session.commit()
        told, papers = _at_once(
            real_database,
            partial(_is_told_of_newer, certificate=certificate),
            partial(_correct, pilgrim_id=pilgrim.id, issuer=issuer),
        )
        with real_database.open_session(writes=False) as session:
            live = queries.live_certificate(session, pilgrim.id, CAMPAIGN)
        if told:
            assert papers is not None
            assert live is not None
        else:
            assert live is None


def _at_once(database: Database, *works: Callable[[Session], Any]) -> list[Any]:
    barrier = Barrier(len(works))

    def work(one: Callable[[Session], Any]) -> Any:
        barrier.wait()
        return database.run_transaction(one)

    with ThreadPoolExecutor(len(works)) as desks:
        return [*desks.map(work, works)]


def _is_told_of_newer(session: Session, certificate: Certificate) -> bool:
    """Whether the person who revokes is told of a newer paper."""
    try:
        services.revoke_certificate(session, session.merge(certificate), reason=FRAUD, by=new_id(), at=LATER)
    except AlreadyReplaced:
        return True
    session.commit()
    return False


def _correct(session: Session, pilgrim_id: uuid.UUID, issuer: Issuer) -> Certificate | None:
    """Correct a name; what stands then."""
    pilgrim = session.get_one(Pilgrim, pilgrim_id)
    registration = pilgrims.get_registration(session, pilgrim.id, CAMPAIGN)
    corrections.correct_pilgrim(
        session,
        pilgrim,
        PilgrimDetails.model_validate({**pilgrim.model_dump(), "latin_given_name": "AIGULI"}),
        RegistrationDetails(registration.region_code, registration.arrival_on),
        id=new_id(),
        campaign=the_campaign(session),
        issuer=issuer,
        reason="As in the passport",
        by=new_id(),
        at=LATER,
    )
    live = queries.live_certificate(session, pilgrim.id, CAMPAIGN)
    session.commit()
    return live
