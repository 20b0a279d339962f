"""A campaign counted again from its events: every difference is named, and memory does not grow with the campaign."""

import tracemalloc
from collections.abc import Callable

import pytest
from sqlmodel import Session, select

from registry.certificates.keys import Issuer
from registry.commands import recount, simulate
from registry.commands.cohort import Cohort
from registry.pilgrims.models import Registration
from registry.tallies.models import Measure, Tally
from registry.vaccinations.models import Dose
from tests.commands import in_bulk
from tests.factories import the_campaign

FEW, MANY = 40, 400


def settle(session: Session, issuer: Issuer, pilgrims: int) -> None:
    """So many more people in the campaign."""
    campaign = the_campaign(session)
    points = simulate.prepare_points(session, campaign, doses=pilgrims)
    after = simulate.last_synthetic_number(session)
    in_bulk.record(session, campaign, issuer, list(Cohort(pilgrims, seed=7, after=after).stories(campaign, points)))
    session.flush()
    session.expunge_all()


def held(session: Session) -> int:
    """The most bytes that counting held at a time, beyond the counters it returns."""
    campaign = the_campaign(session)
    recount.count_events(session, campaign)  # statements are compiled, zones read
    tracemalloc.start()
    try:
        events = recount.count_events(session, campaign)
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert events
    return most - kept


def test_recounting_ten_times_as_many_pilgrims_holds_no_more(
    session: Session, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Speed: 4.2 GB at 220,000 pilgrims, when every certificate was a record in memory."""
    monkeypatch.setattr(recount, "CHUNK", 10)
    settle(session, issuer, FEW)
    few = held(session)
    settle(session, issuer, MANY - FEW)
    assert held(session) < 2 * few


def one_more(session: Session) -> None:
    tally = session.exec(select(Tally).where(Tally.measure == Measure.REGISTERED)).first()
    assert tally is not None
    tally.count += 1


def a_region_changed(session: Session) -> None:
    person = session.exec(select(Registration)).first()
    assert person is not None
    person.region_code = "KG-T" if person.region_code != "KG-T" else "KG-Y"


def a_counter_is_gone(session: Session) -> None:
    tally = session.exec(select(Tally).where(Tally.measure == Measure.CERTIFIED)).first()
    assert tally is not None
    session.delete(tally)


@pytest.mark.parametrize(
    ("change", "measures"),
    [
        (one_more, {Measure.REGISTERED}),
        (a_counter_is_gone, {Measure.CERTIFIED}),
        (a_region_changed, set(Measure)),
    ],
)
def test_every_counter_that_disagrees_is_named(
    session: Session, issuer: Issuer, change: Callable[[Session], None], measures: set[Measure]
) -> None:
    settle(session, issuer, 3)
    campaign = the_campaign(session)
    assert list(recount.differences(session, campaign)) == []
    change(session)
    session.flush()
    assert {found.key.measure for found in recount.differences(session, campaign)} == measures


def test_a_dose_of_somebody_who_is_not_registered_is_a_difference(session: Session, issuer: Issuer) -> None:
    """A fault in the data is counted at no region, not left out."""
    settle(session, issuer, 3)
    dose = session.exec(select(Dose)).first()
    assert dose is not None
    person = session.exec(select(Registration).where(Registration.pilgrim_id == dose.pilgrim_id)).one()
    session.delete(person)
    session.flush()
    nowhere = [found for found in recount.differences(session, the_campaign(session)) if not found.key.region_code]
    assert {found.key.measure for found in nowhere} >= {Measure.VACCINATED, Measure.EXAMINED}
    assert all(found.counted == 0 < found.events for found in nowhere)
