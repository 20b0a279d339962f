"""Reads of what is handed on."""

import uuid
from dataclasses import dataclass

from sqlmodel import Session

from registry.campaigns import queries as campaigns
from registry.campaigns.models import Antigen, VaccinationPoint
from registry.staff import queries as staff
from registry.staff.models import Staff
from registry.vaccinations import queries as vaccinations
from registry.vaccinations.models import Dose
from registry.vaccines import queries as vaccines
from registry.vaccines.models import Lot, Product


@dataclass(frozen=True)
class RecordedDose:
    """A dose with all that another system needs to know of it."""

    dose: Dose
    product: Product
    lot: Lot
    antigen: Antigen
    point: VaccinationPoint
    vaccinator: Staff


def list_recorded_doses(session: Session, pilgrim_id: uuid.UUID) -> list[RecordedDose]:
    """The doses that count, of every campaign, the oldest first: another system cannot know what we withdrew."""
    return [
        RecordedDose(
            dose=dose,
            product=vaccines.get_product(session, dose.product_code),
            lot=vaccines.get_lot(session, dose.lot_id),
            antigen=campaigns.get_antigen(session, dose.antigen_code),
            point=campaigns.get_point(session, dose.point_code),
            vaccinator=staff.get_staff(session, dose.given_by_id),
        )
        for dose in vaccinations.list_live_doses(session, pilgrim_id)
    ]
