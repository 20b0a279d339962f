"""Two places with all that belongs to them, and a person in every role: what the attacks are tried on."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Self

from sqlmodel import Session, select

from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.jobs import services as jobs
from registry.jobs.models import Job
from registry.model import new_id
from registry.pilgrims.intake import CHECK_LIST
from registry.pilgrims.models import Pilgrim
from registry.staff.models import Staff
from registry.vaccinations import queries as vaccinations
from registry.vaccinations.models import Dose
from registry.vaccines.models import Lot
from registry.web.assets import load_manifest
from tests.certificates.stories import certify
from tests.factories import NARYN, NOW, OSH, TODAY, make_examination, make_flu_lot, make_lot, make_pilgrim, make_staff

ROLES = ("registrar", "doctor", "vaccinator", "lead", "immunologist", "ministry", "auditor", "administrator")
NATIONAL = {"ministry", "auditor", "administrator"}


@dataclass(frozen=True)
class Place:
    """A point, its region, and one pilgrim of it with everything a pilgrim can have."""

    point: str
    region: str
    pilgrim: Pilgrim
    waiting: Pilgrim  # examined, not vaccinated yet
    certificate: Certificate
    dose: Dose
    lot: Lot
    flu: Lot
    job: Job  # a list that somebody else imports

    def names(self, staff_id: uuid.UUID) -> dict[str, Any]:
        """What fills the addresses of the pages about this place."""
        return {
            "pilgrim_id": self.pilgrim.id,
            "certificate_id": self.certificate.id,
            "dose_id": self.dose.id,
            "lot_id": self.lot.id,
            "job_id": self.job.id,
            "token": self.certificate.token,
            "staff_id": staff_id,
            "language": "en",
            "domain": "-",
            "participant": "-",
            "usage": "-",
            "name": load_manifest()["app.css"],
        }


@dataclass(frozen=True)
class World:
    naryn: Place
    osh: Place
    bystander: Staff
    staff: dict[str, Staff] = field(default_factory=dict)

    def rows(self) -> Iterator[Any]:
        for place in (self.naryn, self.osh):
            yield from (value for value in vars(place).values() if not isinstance(value, str))
        yield from (self.bystander, *self.staff.values())

    def apart(self, session: Session) -> Self:
        """With the rows as the database holds them, when no session has them any more."""
        for row in self.rows():
            session.refresh(row)
        session.expunge_all()
        return self

    def seen_by(self, session: Session) -> "World":
        """The same rows in a session whose database holds them, without asking it for each."""
        seen = {id(row): session.merge(row, load=False) for row in self.rows()}

        def see(place: Place) -> Place:
            return replace(place, **{name: seen[id(value)] for name, value in vars(place).items() if id(value) in seen})

        staff = {role: seen[id(one)] for role, one in self.staff.items()}
        return World(see(self.naryn), see(self.osh), seen[id(self.bystander)], staff)


def make_place(session: Session, issuer: Issuer, point: str, region: str, **details: Any) -> Place:
    pilgrim, certificate = certify(session, issuer, region=region, **details)
    waiting = make_pilgrim(session, region=region, latin_surname="TURGUNOVA", surname="Тургунова")
    make_examination(session, waiting, point=point)
    dose = vaccinations.list_live_doses(session, pilgrim.id)[0]
    lot, flu = make_lot(session, point=point), make_flu_lot(session, point=point)
    job = jobs.enqueue(session, CHECK_LIST, {}, id=new_id(), by=new_id(), at=NOW)
    return Place(point, region, pilgrim, waiting, certificate, dose, lot, flu, job)


def make_world(session: Session, issuer: Issuer) -> World:
    world = World(
        naryn=make_place(session, issuer, NARYN, "KG-N", passport_number="PE7654321", phone="+996555000123"),
        osh=make_place(session, issuer, OSH, "KG-O", passport_number="PE1234567", patronymic="Ошбековна"),
        bystander=make_staff(session, "registrar", point=NARYN, name="Карачы Күбөев"),
        staff={role: make_role(session, role) for role in ROLES},
    )
    session.commit()
    return world


def make_role(session: Session, role: str, *, point: str = NARYN, region: str = "KG-N") -> Staff:
    """A person in the kind of place where people of this role work."""
    if role in NATIONAL:
        return make_staff(session, role)
    return (
        make_staff(session, role, region=region) if role == "immunologist" else make_staff(session, role, point=point)
    )


def visit_form(place: Place, given_by: Staff, **changes: Any) -> dict[str, Any]:
    """Both vaccines, as the page of a visit sends them."""
    return {
        "identity_checked": "y",
        "given_on": [str(TODAY.day), str(TODAY.month), str(TODAY.year)],
        "given_by": str(given_by.id),
        "menacwy-not_given": "",
        "menacwy-lot": str(place.lot.id),
        "menacwy-route": "intramuscular",
        "menacwy-site": "left_upper_arm",
        "influenza-not_given": "",
        "influenza-lot": str(place.flu.id),
        "influenza-route": "intramuscular",
        "influenza-site": "right_upper_arm",
        **changes,
    }


def pilgrim_form(pilgrim: Pilgrim, *, region: str = "KG-N", **changes: Any) -> dict[str, Any]:
    """A person's details as the pages of registration and correction send them."""
    born = pilgrim.birth_on
    return {
        "latin_surname": pilgrim.latin_surname,
        "latin_given_name": pilgrim.latin_given_name,
        "surname": pilgrim.surname,
        "given_name": pilgrim.given_name,
        "patronymic": pilgrim.patronymic,
        "nationality": pilgrim.nationality,
        "birth_on": [str(born.day), str(born.month), str(born.year)],
        "sex": pilgrim.sex.value,
        "pin": pilgrim.pin or "",
        "passport_number": pilgrim.passport_number,
        "phone": pilgrim.phone or "",
        "region_code": region,
        "arrival_on": ["11", "5", "2026"],
        **changes,
    }


def doses_of(session: Session, pilgrim: Pilgrim) -> list[Dose]:
    session.expire_all()
    return list(session.exec(select(Dose).where(Dose.pilgrim_id == pilgrim.id)).all())
