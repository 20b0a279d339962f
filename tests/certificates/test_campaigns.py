"""A pilgrim of two campaigns holds two papers; whatever both show is corrected on both, at once."""

from datetime import UTC, date, datetime

import pytest
from sqlmodel import Session

from registry.campaigns.models import Campaign
from registry.certificates import queries, services
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.certificates.rules import State
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.vaccinations import queries as vaccinations
from registry.vaccinations.services import supersede_dose
from tests.certificates.stories import (
    LATER,
    certify,
    change_lot,
    details_of,
    open_second_campaign,
    refresh,
    register_in,
    set_right,
    worth,
)
from tests.factories import NOW, make_lot

ARRIVAL = date(2026, 5, 11)


@pytest.fixture
def umrah(session: Session) -> Campaign:
    return open_second_campaign(session)


def certify_twice(session: Session, issuer: Issuer, umrah: Campaign) -> tuple[Pilgrim, Certificate, Certificate]:
    """A pilgrim and their paper of each campaign."""
    pilgrim, first = certify(session, issuer)
    register_in(session, pilgrim, umrah)
    second = services.refresh(session, pilgrim, campaign=umrah, issuer=issuer, by=new_id(), at=NOW)
    assert second is not None
    return pilgrim, first, second


def stands_in(session: Session, pilgrim: Pilgrim, campaign: Campaign) -> Certificate:
    live = queries.live_certificate(session, pilgrim.id, campaign.code)
    assert live is not None
    return live


def test_a_corrected_name_replaces_the_papers_of_all_campaigns(
    session: Session, issuer: Issuer, umrah: Campaign
) -> None:
    pilgrim, first, second = certify_twice(session, issuer, umrah)
    set_right(session, pilgrim, latin_given_name="AIGULI")
    refresh(session, pilgrim, issuer, at=LATER)
    assert [worth(session, old, on=ARRIVAL) for old in (first, second)] == [State.REPLACED] * 2
    assert stands_in(session, pilgrim, umrah).facts["latin_name"] == "ASANBEKOVA AIGULI"


def test_a_dose_that_both_papers_show_is_corrected_on_both(session: Session, issuer: Issuer, umrah: Campaign) -> None:
    pilgrim, _first, second = certify_twice(session, issuer, umrah)
    change_lot(session, pilgrim, make_lot(session, number="NEWLOT77"))
    refresh(session, pilgrim, issuer, at=LATER)
    assert worth(session, second, on=ARRIVAL) is State.REPLACED
    assert "NEWLOT77" in {dose["lot"] for dose in stands_in(session, pilgrim, umrah).facts["doses"]}


def test_a_withdrawn_dose_takes_the_papers_of_all_campaigns_and_a_found_one_brings_them_back(
    session: Session, issuer: Issuer, umrah: Campaign
) -> None:
    pilgrim, first, second = certify_twice(session, issuer, umrah)
    dose = vaccinations.list_live_doses(session, pilgrim.id)[0]
    old = supersede_dose(session, dose, details_of(dose, given_on=date(2020, 1, 1)), by=new_id(), at=LATER)
    refresh(session, pilgrim, issuer, at=LATER)
    assert [worth(session, paper, on=ARRIVAL) for paper in (first, second)] == [State.REVOKED] * 2
    supersede_dose(session, old, details_of(dose), by=new_id(), at=LATER)
    refresh(session, pilgrim, issuer, at=LATER)
    assert worth(session, stands_in(session, pilgrim, umrah), on=ARRIVAL) is State.VALID


def test_what_a_person_took_away_does_not_come_back_by_itself(
    session: Session, issuer: Issuer, umrah: Campaign
) -> None:
    pilgrim, _first, second = certify_twice(session, issuer, umrah)
    services.revoke_certificate(session, second, reason="Shown by somebody else", by=new_id(), at=LATER)
    set_right(session, pilgrim, latin_given_name="AIGULI")
    refresh(session, pilgrim, issuer, at=LATER)
    assert queries.live_certificate(session, pilgrim.id, umrah.code) is None


def test_a_paper_that_has_ended_is_left_as_it_is(session: Session, issuer: Issuer, umrah: Campaign) -> None:
    pilgrim, first, _second = certify_twice(session, issuer, umrah)
    set_right(session, pilgrim, latin_given_name="AIGULI")
    after_all = datetime(2031, 1, 1, tzinfo=UTC)
    services.refresh(session, pilgrim, campaign=umrah, issuer=issuer, by=new_id(), at=after_all)
    assert worth(session, first, on=after_all.date()) is State.EXPIRED
