"""Coverage of a campaign, read from the tallies only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from registry.campaigns import queries as campaigns
from registry.campaigns.models import Antigen, Campaign, VaccinationPoint
from registry.coverage import rules
from registry.coverage.rules import DayFigures, Figures
from registry.model import Words
from registry.staff.models import ScopeKind
from registry.staff.queries import Actor
from registry.tallies.queries import list_tallies


@dataclass(frozen=True)
class PlaceFigures:
    """A region or a point. A point's pilgrims are measured against those registered in the regions it serves."""

    code: str
    name: Words
    figures: Figures


@dataclass(frozen=True)
class Coverage:
    campaign: Campaign
    as_of: datetime
    antigens: tuple[Antigen, ...]
    total: Figures
    regions: tuple[PlaceFigures, ...]
    points: tuple[PlaceFigures, ...]
    days: tuple[DayFigures, ...]


@dataclass(frozen=True)
class Sight:
    """The places whose figures a person sees; None sees the country."""

    regions: frozenset[str]
    points: frozenset[str]


def sight_of(session: Session, actor: Actor) -> Sight | None:
    if actor.is_national:
        return None
    points = set(actor.codes(ScopeKind.POINT))
    regions = set(actor.codes(ScopeKind.REGION)) | campaigns.region_codes_of_points(session, points)
    points |= campaigns.point_codes_of_regions(session, set(actor.codes(ScopeKind.REGION)))
    return Sight(frozenset(regions), frozenset(points))


def coverage_of(session: Session, campaign: Campaign, *, at: datetime, sight: Sight | None = None) -> Coverage:
    """All figures of a campaign: four small reads, whatever the number of pilgrims."""
    antigens = tuple(campaigns.list_antigens(session, campaign.code))
    codes = [antigen.code for antigen in antigens]
    tallies = list(list_tallies(session, campaign.code))
    regions = {region.code: region.name for region in campaigns.list_regions(session)}
    points = {point.code: _placed(point) for point in campaigns.list_points(session, campaign.code)}
    if sight is not None:
        tallies = rules.within(tallies, regions=sight.regions, points=sight.points)
        regions = {code: name for code, name in regions.items() if code in sight.regions}
        points = {code: name for code, name in points.items() if code in sight.points}
    by_region = rules.figures_by(tallies, codes, lambda tally: tally.region_code, regions)
    by_point = rules.figures_by(tallies, codes, lambda tally: tally.point_code, points)
    served = campaigns.regions_by_point(session)
    for code, figures in by_point.items():
        figures.registered = sum(by_region[region].registered for region in served[code] if region in by_region)
    own = tallies if sight is None else [tally for tally in tallies if tally.region_code in sight.regions]
    return Coverage(
        campaign=campaign,
        as_of=at,
        antigens=antigens,
        total=rules.figures(own, codes),
        regions=_places(regions, by_region),
        points=_places(points, by_point),
        days=tuple(rules.by_day(own, codes)),
    )


def _placed(point: VaccinationPoint) -> Words:
    """The notice calls several points "regional family medicine centre": the settlement tells them apart."""
    return {language: f"{point.settlement.get(language, '')}: {name}" for language, name in point.name.items()}


def _places(names: Mapping[str, Words], figures: Mapping[str, Figures]) -> tuple[PlaceFigures, ...]:
    return tuple(PlaceFigures(code, names[code], figures[code]) for code in names)
