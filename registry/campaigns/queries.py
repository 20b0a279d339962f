"""Reads of campaigns, points, regions, requirements."""

from collections.abc import Collection, Sequence

from sqlmodel import Session, col, select

from registry.campaigns.models import (
    Antigen,
    Campaign,
    CampaignPoint,
    PointRegion,
    Region,
    Requirement,
    VaccinationPoint,
)
from registry.errors import NotFound
from registry.staff.models import ScopeKind
from registry.staff.queries import Actor


def get_campaign(session: Session, code: str) -> Campaign:
    found = session.get(Campaign, code)
    if found is None:
        raise NotFound
    return found


def current_campaign(session: Session, code: str | None) -> Campaign:
    """The campaign an installation names, else the one that began last."""
    if code:
        return get_campaign(session, code)
    newest = select(Campaign).order_by(col(Campaign.starts_on).desc(), col(Campaign.code).desc()).limit(1)
    found = session.exec(newest).first()
    if found is None:
        raise NotFound
    return found


def list_codes(session: Session) -> Sequence[str]:
    """The codes of all campaigns, the newest first."""
    return session.exec(select(Campaign.code).order_by(col(Campaign.starts_on).desc(), col(Campaign.code).desc())).all()


def list_points(session: Session, campaign_code: str) -> Sequence[VaccinationPoint]:
    """A campaign's points in the order of the document that named them."""
    query = (
        select(VaccinationPoint)
        .join(CampaignPoint, col(CampaignPoint.point_code) == VaccinationPoint.code)
        .where(CampaignPoint.campaign_code == campaign_code)
        .order_by(col(CampaignPoint.sort_order))
    )
    return session.exec(query).all()


def list_points_in_scope(session: Session, campaign_code: str, actor: Actor) -> Sequence[VaccinationPoint]:
    """The campaign's points where a person works: all, those that serve their regions, or their own."""
    points = list_points(session, campaign_code)
    if actor.is_national:
        return points
    own = {*actor.codes(ScopeKind.POINT), *point_codes_of_regions(session, actor.codes(ScopeKind.REGION))}
    return [point for point in points if point.code in own]


def get_point(session: Session, code: str) -> VaccinationPoint:
    found = session.get(VaccinationPoint, code)
    if found is None:
        raise NotFound
    return found


def list_campaign_points(session: Session, campaign_code: str) -> Sequence[CampaignPoint]:
    """What the founding document printed about each point, in its order."""
    query = select(CampaignPoint).where(CampaignPoint.campaign_code == campaign_code)
    return session.exec(query.order_by(col(CampaignPoint.sort_order))).all()


def list_regions(session: Session) -> Sequence[Region]:
    return session.exec(select(Region).order_by(col(Region.sort_order), col(Region.code))).all()


def regions_by_point(session: Session) -> dict[str, list[str]]:
    """{point code: codes of the regions it serves}, the regions in their usual order."""
    query = select(PointRegion).join(Region, col(Region.code) == PointRegion.region_code)
    found: dict[str, list[str]] = {}
    for served in session.exec(query.order_by(col(Region.sort_order), col(Region.code))):
        found.setdefault(served.point_code, []).append(served.region_code)
    return found


def region_codes_of_points(session: Session, point_codes: Collection[str]) -> set[str]:
    query = select(PointRegion.region_code).where(col(PointRegion.point_code).in_(point_codes))
    return set(session.exec(query))


def point_codes_of_regions(session: Session, region_codes: Collection[str]) -> set[str]:
    query = select(PointRegion.point_code).where(col(PointRegion.region_code).in_(region_codes))
    return set(session.exec(query))


def list_requirements(session: Session, campaign_code: str, *, mandatory_only: bool = True) -> Sequence[Requirement]:
    """The newest version of each requirement, by the order of their antigens."""
    query = (
        select(Requirement)
        .join(Antigen, col(Antigen.code) == Requirement.antigen_code)
        .where(Requirement.campaign_code == campaign_code)
        .order_by(col(Antigen.sort_order), col(Requirement.code), col(Requirement.version))
    )
    newest = {requirement.code: requirement for requirement in session.exec(query)}
    return [requirement for requirement in newest.values() if requirement.mandatory or not mandatory_only]


def list_antigens(session: Session, campaign_code: str) -> Sequence[Antigen]:
    """What the campaign vaccinates against: the antigens of its mandatory requirements."""
    codes = {requirement.antigen_code for requirement in list_requirements(session, campaign_code)}
    return session.exec(select(Antigen).where(col(Antigen.code).in_(codes)).order_by(col(Antigen.sort_order))).all()


def get_antigen(session: Session, code: str) -> Antigen:
    found = session.get(Antigen, code)
    if found is None:
        raise NotFound
    return found
