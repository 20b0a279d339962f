"""Figures are sums of counters."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from registry.coverage import rules
from registry.tallies.models import Measure, Tally

ANTIGENS = ["MENACWY", "INFLUENZA"]
DAY = date(2025, 12, 23)


def tally(measure: Measure, count: int = 1, *, region: str = "KG-N", point: str = "VP-NRN", antigen: str = "") -> Tally:
    return Tally(
        campaign_code="C",
        measure=measure,
        antigen_code=antigen,
        region_code=region,
        point_code=point,
        day=DAY,
        count=count,
    )


def test_a_correction_takes_back_what_it_moved() -> None:
    found = rules.figures(
        [
            tally(Measure.VACCINATED, 3, antigen="MENACWY"),
            tally(Measure.VACCINATED, -1, antigen="MENACWY"),
            tally(Measure.REGISTERED, 5),
        ],
        ANTIGENS,
    )
    assert (found.registered, found.vaccinated) == (5, {"MENACWY": 2, "INFLUENZA": 0})


def test_a_place_where_nothing_happened_is_shown_with_zeros() -> None:
    found = rules.figures_by([tally(Measure.EXAMINED)], ANTIGENS, lambda t: t.region_code, ["KG-N", "KG-T"])
    assert [(code, figures.examined) for code, figures in found.items()] == [("KG-N", 1), ("KG-T", 0)]


def test_days_grow_to_the_total() -> None:
    tallies = []
    for number, count in enumerate((4, 0, 2)):
        row = tally(Measure.COMPLETE, count)
        row.day = DAY + timedelta(days=number)
        tallies.append(row)
    assert [day.complete_so_far for day in rules.by_day(tallies, ANTIGENS)] == [4, 4, 6]


def test_an_immunologist_sees_the_own_regions_and_what_the_own_points_did() -> None:
    own, visitor, foreign = (
        tally(Measure.EXAMINED, region="KG-N", point="VP-OSH"),
        tally(Measure.EXAMINED, region="KG-O", point="VP-NRN"),
        tally(Measure.EXAMINED, region="KG-O", point="VP-OSH"),
    )
    assert rules.within([own, visitor, foreign], regions={"KG-N"}, points={"VP-NRN"}) == [own, visitor]


@given(st.lists(st.tuples(st.sampled_from(["KG-N", "KG-O", "KG-T"]), st.integers(-5, 50))))
def test_the_regions_add_up_to_the_country(counts: list[tuple[str, int]]) -> None:
    tallies = [tally(Measure.CERTIFIED, count, region=region) for region, count in counts]
    regions = rules.figures_by(tallies, ANTIGENS, lambda t: t.region_code, ["KG-N", "KG-O", "KG-T"])
    assert sum(f.certified for f in regions.values()) == rules.figures(tallies, ANTIGENS).certified
