"""Reads of doses, and of what they are worth for entry."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from registry import clock
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.campaigns.rules import Evaluation, GivenDose, Result, covers, evaluate
from registry.errors import NotFound, Refusal
from registry.examinations import queries as examinations
from registry.examinations.models import Examination
from registry.pilgrims import queries as pilgrims
from registry.pilgrims.models import Pilgrim, Registration
from registry.staff import queries as staff_queries
from registry.staff.models import Assignment, Permission, ScopeKind, Staff
from registry.vaccinations import rules
from registry.vaccinations.models import Dose, DoseDetails, DoseNotGiven, DoseStatus
from registry.vaccines import queries as vaccines
from registry.vaccines.models import Product

CLOCK_SKEW = timedelta(hours=2)
LATER = aliased(Dose)  # made once: an alias made for each call costs 1 ms, and a visit asks nine times


def get_dose(session: Session, pilgrim_id: uuid.UUID, dose_id: uuid.UUID) -> Dose:
    found = session.get(Dose, (pilgrim_id, dose_id))
    if found is None:
        raise NotFound
    return found


def list_live_doses(session: Session, pilgrim_id: uuid.UUID, *, campaign_code: str | None = None) -> Sequence[Dose]:
    """Doses that count: given, and not superseded by a later version. Oldest first, of all campaigns or one."""
    query = live_doses().where(Dose.pilgrim_id == pilgrim_id)
    if campaign_code is not None:
        query = query.where(Dose.campaign_code == campaign_code)
    return session.exec(query.order_by(col(Dose.given_on), col(Dose.antigen_code), col(Dose.number))).all()


def list_recipients(session: Session, lot_id: uuid.UUID) -> Sequence[tuple[uuid.UUID, str]]:
    """[(pilgrim, campaign), ...] with a dose of the lot that counts."""
    doses = live_doses().where(Dose.lot_id == lot_id).with_only_columns(col(Dose.pilgrim_id), col(Dose.campaign_code))
    return sorted({(pilgrim_id, campaign_code) for pilgrim_id, campaign_code in session.execute(doses)})


def live_doses() -> SelectOfScalar[Dose]:
    """Asks for doses that were given and are not superseded by a later version."""
    later = (col(LATER.pilgrim_id) == Dose.pilgrim_id) & (col(LATER.supersedes_id) == Dose.id)
    return select(Dose).outerjoin(LATER, later).where(Dose.status == DoseStatus.COMPLETED, col(LATER.id).is_(None))


def list_dose_versions(session: Session, pilgrim_id: uuid.UUID) -> Sequence[Dose]:
    """Every version of every dose, those superseded or entered in error included, as they were recorded."""
    query = select(Dose).where(Dose.pilgrim_id == pilgrim_id).order_by(col(Dose.recorded_at), col(Dose.id))
    return session.exec(query).all()


def list_not_given(session: Session, pilgrim_id: uuid.UUID) -> Sequence[DoseNotGiven]:
    query = (
        select(DoseNotGiven)
        .where(DoseNotGiven.pilgrim_id == pilgrim_id)
        .order_by(col(DoseNotGiven.recorded_at), col(DoseNotGiven.id))
    )
    return session.exec(query).all()


def list_doses_of_visit(session: Session, pilgrim_id: uuid.UUID, visit_id: uuid.UUID) -> Sequence[Dose]:
    """What one visit recorded, corrections of it left out."""
    query = select(Dose).where(Dose.pilgrim_id == pilgrim_id, Dose.visit_id == visit_id, Dose.version == 1)
    return session.exec(query).all()


def find_lots_in_hand(
    session: Session, *, point_code: str, by: uuid.UUID, on: date, since: datetime
) -> dict[str, uuid.UUID]:
    """{antigen code: the lot of the last dose that this person gave on a day at a point, and recorded at a visit}.

    `since` is the day's first instant. What was entered late for another day, or corrected since, says nothing of the
    vial in the hand.
    """
    own = (Dose.point_code == point_code, Dose.recorded_by_id == by, Dose.given_by_id == by, Dose.given_on == on)
    query = live_doses().where(*own, Dose.recorded_at >= since, Dose.version == 1).order_by(col(Dose.recorded_at))
    return {dose.antigen_code: dose.lot_id for dose in session.exec(query)}


def next_number(session: Session, pilgrim_id: uuid.UUID, campaign_code: str, antigen_code: str) -> int:
    """The number of the next dose. Void doses keep theirs: the paper cannot be re-printed."""
    query = select(func.max(Dose.number)).where(
        Dose.pilgrim_id == pilgrim_id, Dose.campaign_code == campaign_code, Dose.antigen_code == antigen_code
    )
    return (session.exec(query).one() or 0) + 1


def list_given(session: Session, doses: Sequence[Dose]) -> list[GivenDose]:
    """Doses as the rules of entry see them."""
    codes = {dose.product_code for dose in doses}
    products = {product.code: product for product in session.exec(select(Product).where(col(Product.code).in_(codes)))}
    return [GivenDose(d.id, d.antigen_code, products[d.product_code].vaccine_type, d.given_on) for d in doses]


def evaluate_requirements(
    session: Session, pilgrim: Pilgrim, campaign: Campaign, live: Sequence[Dose], *, arrival_on: date
) -> list[Evaluation]:
    """How the pilgrim's live doses, of any campaign, meet each mandatory requirement of this one.

    What the examination that stands advises against exempts from a requirement that no dose covers. It is read only
    where there is one: a correction of a lot asks this of thousands who have both vaccines.
    """
    doses, requirements = list_given(session, live), campaigns.list_requirements(session, campaign.code)
    judge = partial(evaluate, doses=doses, arrival_on=arrival_on, birth_on=pilgrim.birth_on)
    found = [judge(requirement) for requirement in requirements]
    if all(covers(one) or one.result is Result.NOT_APPLICABLE for one in found):
        return found
    examination = examinations.find_latest_examination(session, pilgrim.id, campaign.code)
    advised = examination.contraindicated if examination else []
    if advised and examinations.is_of_another(session, pilgrim, examination):
        advised = []
    return [judge(requirement, contraindicated=requirement.antigen_code in advised) for requirement in requirements]


def arrival_of(registration: Registration, campaign: Campaign) -> date:
    """The day of arrival: the pilgrim's own, else the one assumed for all, else the campaign's last day."""
    return registration.arrival_on or campaign.default_arrival_on or campaign.ends_on


def list_vaccinators(session: Session, point_code: str, *, on: date) -> Sequence[Staff]:
    """Who may give a dose at a point on a day, by name."""
    regions = campaigns.region_codes_of_points(session, [point_code])
    assigned = {
        assignment.staff_id
        for assignment, role in staff_queries.list_assignments(session, on=on)
        if Permission.VACCINATE in role.permissions and _reaches(assignment, point_code, regions)
    }
    query = select(Staff).where(col(Staff.id).in_(assigned), col(Staff.disabled_at).is_(None))
    return session.exec(query.order_by(Staff.name, Staff.username)).all()


def _reaches(assignment: Assignment, point_code: str, regions: set[str]) -> bool:
    match assignment.scope_kind:
        case ScopeKind.POINT:
            return assignment.scope_code == point_code
        case ScopeKind.REGION:
            return assignment.scope_code in regions
        case ScopeKind.COUNTRY:
            return True


def list_dose_faults(
    session: Session,
    pilgrim: Pilgrim,
    details: DoseDetails,
    *,
    campaign: Campaign,
    examination: Examination | None,
    at: datetime,
    vaccinated_at: datetime | None = None,
    recorded_at: datetime | None = None,
) -> Iterator[Refusal]:
    """What a dose must satisfy whether it is new or corrected. `vaccinated_at`: as `examinations.is_of_another`.

    `recorded_at`: when a dose that is corrected was first recorded.
    """
    lot = vaccines.get_lot(session, details.lot_id)
    seasons = {r.antigen_code: r.season_code for r in campaigns.list_requirements(session, campaign.code)}
    yield from rules.dose_faults(
        details,
        examination,
        lot,
        vaccines.get_product(session, lot.product_code),
        vaccines.find_held(session, lot.id, timezone=campaign.timezone),
        of_another=examinations.is_of_another(session, pilgrim, examination, vaccinated_at=vaccinated_at),
        birth_on=pilgrim.birth_on,
        season_code=seasons.get(details.antigen_code),
        campaign=campaign,
        today=clock.local_date(at + CLOCK_SKEW, campaign.timezone),
        present=rules.moments_before(examination, registered_at=pilgrim.registered_at, recorded_at=recorded_at or at),
    )


def list_place_faults(
    session: Session, details: DoseDetails, *, campaign: Campaign, point_code: str, given_by: uuid.UUID
) -> Iterator[Refusal]:
    if point_code not in {point.code for point in campaigns.list_points(session, campaign.code)}:
        yield rules.PointNotInCampaign()
    elif given_by not in {s.id for s in list_vaccinators(session, point_code, on=details.given_on)}:
        yield rules.VaccinatorUnknown()


def list_repeat_faults(
    session: Session,
    pilgrim: Pilgrim,
    details: DoseDetails,
    live: Sequence[Dose],
    *,
    campaign: Campaign,
    reason: str,
) -> Iterator[Refusal]:
    registration = pilgrims.get_registration(session, pilgrim.id, campaign.code)
    given = list_given(session, live)
    given_on = {dose.id: dose.given_on for dose in live}
    arrival_on = arrival_of(registration, campaign)
    for requirement in campaigns.list_requirements(session, campaign.code):
        if requirement.antigen_code == details.antigen_code:
            earlier = evaluate(requirement, given, arrival_on=arrival_on, birth_on=pilgrim.birth_on)
            last = given_on[earlier.dose_id] if earlier.dose_id else None
            yield from rules.repeat_faults(requirement, earlier, given_on=last, override_reason=reason)
    yield from rules.number_faults(1 + sum(dose.campaign_code == campaign.code for dose in live))
