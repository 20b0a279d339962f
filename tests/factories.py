"""Valid rows by default; a test names only what it is about. All people are synthetic."""

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlmodel import Session

from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.examinations.models import Examination, Outcome
from registry.jobs import services as jobs
from registry.jobs.models import Job
from registry.model import new_id
from registry.pilgrims import services as pilgrims
from registry.pilgrims.models import Pilgrim, PilgrimDetails, Sex
from registry.pilgrims.rows import RegistrationDetails
from registry.staff.models import Assignment, ScopeKind, Staff
from registry.trust.models import ImportedList
from registry.vaccinations.models import Dose
from registry.vaccinations.rows import Occasion
from registry.vaccines import services as vaccines
from registry.vaccines.models import Lot, Route, Site

NOW = datetime(2025, 12, 25, 4, 0, tzinfo=UTC)  # 10:00 in Bishkek, the day of the notice
TODAY = date(2025, 12, 25)
CAMPAIGN = "HAJJ-1447H-2026"
NARYN, BISHKEK, OSH = "VP-NRN", "VP-BSK", "VP-OSH"
_numbers: Iterator[int] = count(1)
SPREAD = 3_650  # days of birth: the last pilgrim of a long run is of the same age as the first, and asked the same


def the_campaign(session: Session) -> Campaign:
    return campaigns.get_campaign(session, CAMPAIGN)


def make_staff(
    session: Session,
    role: str = "vaccinator",
    *,
    point: str | None = None,
    region: str | None = None,
    name: str = "Медайым Окуубаева",
    must_change_password: bool = False,
) -> Staff:
    """An account with one role: at a point, in a region, or national."""
    staff = Staff(
        username=f"{role}-{next(_numbers)}",
        name=name,
        latin_name="M. OKUUBAEVA",
        password_hash="not a hash: signs in by cookie only",
        must_change_password=must_change_password,
        language="en",
        training=True,
    )
    session.add(staff)
    session.flush()
    kind = ScopeKind.POINT if point else ScopeKind.REGION if region else ScopeKind.COUNTRY
    session.add(
        Assignment(
            staff_id=staff.id,
            role_code=role,
            scope_kind=kind,
            scope_code=point or region or "",
            from_on=date(2025, 1, 1),
        )
    )
    session.flush()
    return staff


def pilgrim_details(**changes: Any) -> PilgrimDetails:
    number = next(_numbers)
    values: dict[str, Any] = {
        "latin_surname": "ASANBEKOVA",
        "latin_given_name": "AIGUL",
        "surname": "Асанбекова",
        "given_name": "Айгүл",
        "patronymic": "Токтогуловна",
        "birth_on": date(1960, 1, 1) + timedelta(days=number % SPREAD),
        "sex": Sex.FEMALE,
        "nationality": "KGZ",
        "passport_number": f"PE{number:07d}",
        "pin": None,
        "phone": None,
    }
    return PilgrimDetails.model_validate({**values, **changes})


def make_pilgrim(
    session: Session,
    *,
    region: str = "KG-N",
    arrival_on: date | None = date(2026, 5, 11),
    by: uuid.UUID | None = None,
    at: datetime = NOW,
    **details: Any,
) -> Pilgrim:
    """A registered pilgrim of Naryn."""
    return pilgrims.register_pilgrim(
        session,
        pilgrim_details(**details),
        RegistrationDetails(region_code=region, arrival_on=arrival_on, group_name="", point_code=""),
        id=new_id(),
        campaign=the_campaign(session),
        by=by or new_id(),
        at=at,
        confirmed={".LikelyDuplicate"},
    )


def make_lot(
    session: Session,
    *,
    product: str = "MENQUADFI",
    point: str = NARYN,
    doses: int = 20,
    expires_on: date = date(2026, 12, 31),
    number: str | None = None,
    season: str | None = None,
) -> Lot:
    """A lot with doses on hand at a point."""
    return vaccines.receive_lot(
        session,
        id=new_id(),
        product_code=product,
        number=number or f"LOT{next(_numbers):05d}",
        expires_on=expires_on,
        season_code=season,
        point_code=point,
        doses=doses,
        document="",
        by=new_id(),
        at=NOW - timedelta(days=10),
    )


def make_flu_lot(session: Session, **changes: Any) -> Lot:
    return make_lot(session, **{"product": "VAXIGRIPTETRA", "season": "NH-2025-2026", **changes})


def make_examination(
    session: Session, pilgrim: Pilgrim, *, point: str = NARYN, on: date = TODAY, at: datetime = NOW, **changes: Any
) -> Examination:
    """A pilgrim found fit on a day."""
    values: Mapping[str, Any] = {
        "examined_on": on,
        "consent": True,
        "answers": {},
        "conditions": {},
        "temperature_c": Decimal("36.6"),
        "outcome": Outcome.FIT,
        "contraindicated": [],
        **changes,
    }
    examination = Examination(
        pilgrim_id=pilgrim.id,
        campaign_code=CAMPAIGN,
        point_code=point,
        examined_by_id=new_id(),
        recorded_at=at,
        **values,
    )
    session.add(examination)
    session.flush()
    return examination


def make_occasion(session: Session, *, by: uuid.UUID | None = None, at: datetime = NOW, point: str = NARYN) -> Occasion:
    """A visit at a point, in which doses are given or not given."""
    campaign = the_campaign(session)
    return Occasion(visit_id=new_id(), campaign=campaign, point_code=point, by=by or new_id(), at=at)


def make_dose(
    session: Session,
    pilgrim: Pilgrim,
    *,
    antigen: str = "MENACWY",
    lot: Lot | None = None,
    examination: Examination | None = None,
    given_by: Staff | None = None,
    given_on: date = TODAY,
    point: str = NARYN,
    at: datetime = NOW,
    **changes: Any,
) -> Dose:
    """A bare dose row: no stock, tally, log or certificate follows. Use room.services for a whole visit."""
    lot = lot or (make_lot if antigen == "MENACWY" else make_flu_lot)(session, point=point)
    examination = examination or make_examination(session, pilgrim, on=given_on, point=point)
    given_by = given_by or make_staff(session, point=point)
    values: Mapping[str, Any] = {
        "antigen_code": antigen,
        "product_code": lot.product_code,
        "lot_id": lot.id,
        "given_on": given_on,
        "route": Route.INTRAMUSCULAR,
        "site": Site.LEFT_UPPER_ARM,
        "volume_ml": Decimal("0.5"),
        **changes,
    }
    dose = Dose(
        pilgrim_id=pilgrim.id,
        campaign_code=CAMPAIGN,
        point_code=point,
        visit_id=new_id(),
        examination_id=examination.id,
        given_by_id=given_by.id,
        recorded_by_id=given_by.id,
        recorded_at=at,
        **values,
    )
    session.add(dose)
    session.flush()
    return dose


def make_imported_list(session: Session, did: str = "did:web:other.example", **changes: Any) -> ImportedList:
    """A list of another publisher, without keys unless the test brings a `document`."""
    values: Mapping[str, Any] = {
        "created_at": NOW - timedelta(days=1),
        "document": b'{"verificationMethod": []}',
        "digest": "0" * 64,
        "proof_key": "0" * 64,
        "imported_at": NOW,
        "imported_by_id": new_id(),
        **changes,
    }
    imported = ImportedList(did=did, **values)
    session.add(imported)
    session.flush()
    return imported


def make_job(
    session: Session,
    kind: str = "count",
    *,
    by: uuid.UUID | None = None,
    at: datetime = NOW,
    attachment: bytes | None = None,
    **payload: Any,
) -> Job:
    """A job in the queue, free for the next worker."""
    return jobs.enqueue(session, kind, payload, id=new_id(), by=by or new_id(), at=at, attachment=attachment)
