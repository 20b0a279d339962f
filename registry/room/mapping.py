"""A record as the facts of a doctor's note."""

import uuid
from collections.abc import Mapping
from datetime import date

from registry.campaigns.models import Antigen, VaccinationPoint
from registry.certificates.rules import latin_name
from registry.certificates.sheet import Contraindication, NoteFacts
from registry.examinations.models import Examination
from registry.examinations.rules import ExaminationOfAnother
from registry.model import Words
from registry.room.queries import Examined, Record
from registry.room.rules import Decided, NothingContraindicated
from registry.staff.models import Staff


def note_facts(
    record: Record,
    *,
    antigens: Mapping[str, Antigen],
    points: Mapping[str, VaccinationPoint],
    doctors: Mapping[uuid.UUID, Staff],
    authority: Words,
    printed_on: date,
    training: bool,
) -> NoteFacts:
    """What the note says of each vaccine that is exempt. Raises NothingContraindicated, ExaminationOfAnother."""
    pilgrim, examined = record.pilgrim, record.examined
    if examined.listed and examined.standing is None:
        raise ExaminationOfAnother(on=examined.listed[0].examined_on)
    exempt = [one.evaluation.antigen_code for one in record.positions if one.decided is Decided.CONTRAINDICATED]
    if not exempt:
        raise NothingContraindicated
    return NoteFacts(
        latin_name=latin_name(pilgrim),
        cyrillic_name=" ".join(filter(None, (pilgrim.surname, pilgrim.given_name, pilgrim.patronymic))),
        birth_date=pilgrim.birth_on,
        birth_precision=pilgrim.birth_precision.value,
        sex=pilgrim.sex.value,
        nationality=pilgrim.nationality,
        passport_number=pilgrim.passport_number,
        authority=authority,
        contraindications=[
            _contraindication(antigens[code].name, _first_to_say_so(examined, code), points, doctors) for code in exempt
        ],
        printed_on=printed_on,
        training=training,
    )


def _first_to_say_so(examined: Examined, antigen_code: str) -> Examination:
    """The first of the newest examinations in a row that mark the vaccine for this person; the newest one does."""
    first, *older = examined.listed
    for examination in older:
        if antigen_code not in examination.contraindicated or examination.id in examined.of_another:
            break
        first = examination
    return first


def _contraindication(
    vaccine: Words, found: Examination, points: Mapping[str, VaccinationPoint], doctors: Mapping[uuid.UUID, Staff]
) -> Contraindication:
    doctor, point = doctors.get(found.examined_by_id), points.get(found.point_code)
    return Contraindication(
        vaccine=vaccine,
        since=found.examined_on,
        doctor_latin_name=doctor.latin_name if doctor else "",
        doctor_name=doctor.name if doctor else "",
        place=point.name if point else {"en": found.point_code},
    )
