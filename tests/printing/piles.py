"""Certificates to print, a print to ask for, and eyes that read the file."""

import re
from pathlib import Path

import pypdfium2
from sqlmodel import Session

from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.certificates.sheet.wording import spell_code
from registry.jobs.models import Job
from registry.model import new_id
from registry.pilgrims import queries as pilgrims
from registry.printing import services
from registry.printing.rules import PrintRequest, Selection
from registry.staff.models import Staff
from tests.certificates.stories import certify
from tests.factories import CAMPAIGN, NARYN, NOW

AT_NARYN = PrintRequest(Selection(point=NARYN))
CODE = re.compile(r"\b[2-9A-HJ-NP-Z]{4}(?:-[2-9A-HJ-NP-Z]{4}){2}\b")


SURNAMES = {
    "ALIEVA": "Алиева",
    "ASANBEKOVA": "Асанбекова",
    "BEKOVA": "Бекова",
    "CHOLOEVA": "Чолоева",
    "ZULPUEVA": "Зулпуева",
}


def holder(
    session: Session, issuer: Issuer, surname: str = "ASANBEKOVA", *, group: str = "", region: str = "KG-N"
) -> Certificate:
    """A pilgrim of a group, vaccinated in Naryn; their certificate."""
    pilgrim, certificate = certify(session, issuer, latin_surname=surname, surname=SURNAMES[surname], region=region)
    registration = pilgrims.get_registration(session, pilgrim.id, CAMPAIGN)
    registration.group_name = group
    session.add(registration)
    session.flush()
    return certificate


def ask(session: Session, by: Staff, request: PrintRequest = AT_NARYN) -> Job:
    job = services.request_print(session, request, id=new_id(), campaign_code=CAMPAIGN, by=by.id, at=NOW)
    session.commit()
    return job


def texts_of(file: Path | bytes) -> list[str]:
    """The text of every page."""
    with pypdfium2.PdfDocument(file) as document:
        return [page.get_textpage().get_text_range() for page in document]


def codes_on(page: str) -> list[str]:
    return list(dict.fromkeys(code.replace("-", "") for code in CODE.findall(page)))


def spelt(certificate: Certificate) -> str:
    return spell_code(certificate.code)
