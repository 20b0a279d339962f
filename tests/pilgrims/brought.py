"""Lists of pilgrims as a lead brings them, and what became of them."""

import uuid
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlmodel import Session, col, select

from registry.jobs.models import Job
from registry.pilgrims.models import Pilgrim

HEADER = "latin_surname;latin_given_name;surname;given_name;birth_on;sex;passport_number;region"
BAKYT = "USONOV;BAKYT;Үсөнов;Бакыт;02.01.1960;male;PE0055001;KG-N"
AIGUL = "ASANOVA;AIGUL;Асанова;Айгүл;03.01.1960;female;PE0055002;KG-O"
NAMELESS = ";;;;32.01.1960;female;PE0055003;Atlantis"
DOUBTFUL = AIGUL.replace("Асанова", "Асaнова").replace("PE0055002", "PE0055004")  # one Latin letter in it

Upload = Callable[..., str]


def approve(desk: FlaskClient, page: str, **ticked: str) -> str:
    answer = desk.post(page, data=ticked)
    assert answer.status_code == 302
    return str(answer.location)


def job_of(session: Session, page: str) -> Job:
    job = session.get_one(Job, uuid.UUID(page.rpartition("/")[2]), populate_existing=True)
    session.commit()
    return job


def passports(session: Session) -> list[str]:
    found = session.exec(select(Pilgrim.passport_number).order_by(col(Pilgrim.passport_number))).all()
    session.commit()
    return list(found)
