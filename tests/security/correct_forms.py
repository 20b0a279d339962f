"""For every page that takes a form: one that it takes, as long as its fields may be and as costly as it can be."""

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import openpyxl
import pyotp
from sqlmodel import Session, col, func, select

from registry.certificates import services as certificates
from registry.certificates.models import Cause, Certificate
from registry.examinations.queries import list_questions
from registry.settings import Settings
from registry.staff import second_factor
from registry.staff import services as staff_services
from registry.staff.models import Staff
from registry.vaccinations.models import Dose
from registry.vaccinations.queries import list_live_doses
from registry.vaccinations.services import supersede_dose
from registry.vaccines.models import Lot
from registry.web.installation import secret_key
from tests.factories import NOW, TODAY, pilgrim_details
from tests.security.world import World, pilgrim_form, visit_form
from tests.staff.accounts import PASSWORD, make_account

NO_FORM_OF_ONES_OWN = {
    "staff.sign_in_code": "nobody of this world has a second factor",
    "staff.remove_second_factor": "nobody of this world has a second factor",
    "pilgrims.approve_import": "the job is another's: answered 404",
    "printing.again": "the job is another's: answered 404",
    "printing.anew": "the job is another's: answered 404",
    "printing.cancel": "the job is another's: answered 404",
}
LONGEST_REASON, LONGEST_NOTE, LONGEST_NAME = "Ж" * 500, "Ж" * 2_000, 60
MOST_LISTED = 500


@dataclass(frozen=True)
class Correct:
    """`of`: whose page it is, where it is not that of the world's pilgrim. A field may be read off the page."""

    fields: Mapping[str, Any]
    files: Mapping[str, bytes] | None = None
    of: Mapping[str, Any] | None = None


Make = Callable[[Session, World, Settings], Correct]


def day(given: Any) -> list[str]:
    return [str(given.day), str(given.month), str(given.year)]


def nothing(*_: object) -> Correct:
    return Correct({})


def reason(*_: object) -> Correct:
    return Correct({"reason": LONGEST_REASON})


def sign_in(session: Session, _world: World, _settings: Settings) -> Correct:
    return Correct({"username": make_account(session, "a" * 64).username, "password": PASSWORD})


def with_password(session: Session, person: Staff) -> None:
    hashed = staff_services.new_hash(PASSWORD, username=person.username)
    staff_services.change_password(session, person, password_hash=hashed, at=NOW)
    session.commit()


def change_password(session: Session, world: World, _settings: Settings) -> Correct:
    with_password(session, world.staff["registrar"])
    new = "kymyz tulpar ala-too " * 6
    return Correct({"current_password": PASSWORD, "password": new[:128].strip(), "repeated": new[:128].strip()})


def own_second_factor(session: Session, world: World, settings: Settings) -> Correct:
    person = world.staff["registrar"]
    with_password(session, person)

    def code(page: str) -> str:
        sealed = re.search(r'name="sealed"[^>]*value="([^"]+)"', page)
        assert sealed
        return pyotp.TOTP(second_factor.unseal(sealed[1], person.id, key=secret_key(settings))).at(NOW)

    return Correct({"current_password": PASSWORD, "code": code})


def receive(*_: object) -> Correct:
    delivery = {"product": "VAXIGRIPTETRA", "number": "A" * 20, "season": "NH-2025-2026", "doses": "5000"}
    return Correct({**delivery, "expires_on": ["31", "12", "2026"], "document": "Ж" * 80, "point": "VP-NRN"})


def new_pilgrim(*_: object) -> Correct:
    names = {"surname": "Ж", "given_name": "Ы", "patronymic": "Щ", "latin_surname": "Z", "latin_given_name": "Y"}
    typed = pilgrim_form(pilgrim_details(passport_number="PE99999999"), group_name="Ж" * 80)  # type: ignore[arg-type]  # has the same fields
    return Correct({**typed, **{name: letter * LONGEST_NAME for name, letter in names.items()}})


def import_list(*_: object) -> Correct:
    header = "latin_surname;latin_given_name;surname;given_name;birth_on;sex;passport_number;region\n"
    rows = "".join(f"USONOV;BAKYT;Үсөнов;Бакыт;02.01.1960;male;PE{n:07};KG-N\n" for n in range(20_000))
    return Correct({}, {"file": (header + rows).encode()})


def visit(_session: Session, world: World, _settings: Settings) -> Correct:
    note = {"influenza-not_given": "refused", "influenza-note": LONGEST_REASON}
    fields = visit_form(world.naryn, world.staff["vaccinator"], **note)
    return Correct(fields, of={"pilgrim_id": world.naryn.waiting.id})


def examine(_session: Session, world: World, _settings: Settings) -> Correct:
    answers = {f"answer_{question.code}": "no" for question in list_questions()}
    found = {"consent": "y", "conditions": ["none"], "temperature_c": "36,6", "systolic": "120", "outcome": "fit"}
    fields = {**answers, **found, "point": "VP-NRN", "examined_on": day(TODAY), "note": LONGEST_NOTE}
    return Correct(fields, of={"pilgrim_id": world.naryn.waiting.id})


def printing(session: Session, world: World, _settings: Settings) -> Correct:
    codes = session.exec(select(Certificate.code).order_by(col(Certificate.code))).all()
    chosen = {"codes": "\n".join([*codes, world.naryn.certificate.code]), "counted": "1"}
    return Correct({**chosen, "order": "listed", "paper": "sheets", "point": "", "group": ""})


def issue_again(session: Session, world: World, _settings: Settings) -> Correct:
    revoked = world.naryn.certificate
    certificates.revoke_certificate(session, revoked, reason="A mistake", by=world.bystander.id, at=NOW)
    session.commit()
    return Correct({"reason": LONGEST_REASON})


def lost(*_: object) -> Correct:
    return Correct({"cause": "lost", "reason": LONGEST_REASON})


def correct_pilgrim(_session: Session, world: World, _settings: Settings) -> Correct:
    return Correct(pilgrim_form(world.naryn.pilgrim, latin_given_name="A" * LONGEST_NAME, reason=LONGEST_REASON))


def withdraw_registration(session: Session, world: World, _settings: Settings) -> Correct:
    by, paper = world.bystander.id, world.naryn.certificate
    for dose in list_live_doses(session, world.naryn.pilgrim.id):
        supersede_dose(session, dose, None, by=by, at=NOW)
    certificates.revoke_certificate(session, paper, reason="Withdrawn", by=by, at=NOW, cause=Cause.NOT_COVERED)
    session.commit()
    return Correct({"reason": LONGEST_REASON})


def correct_dose(_session: Session, world: World, _settings: Settings) -> Correct:
    dose = world.naryn.dose
    fields = {"given_on": day(dose.given_on), "lot": str(dose.lot_id), "route": dose.route.value}
    return Correct({**fields, "site": "right_upper_arm", "reason": LONGEST_REASON})


def correct_lot(session: Session, world: World, _settings: Settings) -> Correct:
    """The lot of this point that most people had a dose of."""
    here = select(Dose.lot_id).where(Dose.point_code == world.naryn.dose.point_code)
    most = here.group_by(col(Dose.lot_id)).order_by(func.count().desc()).limit(1)
    lot = session.get_one(Lot, session.exec(most).one())
    fields = {"product": lot.product_code, "number": "B" * 20, "expires_on": day(lot.expires_on)}
    more = {"season": lot.season_code or "", "reason": LONGEST_REASON, "confirmed": [".CertificatesWillBeReplaced"]}
    return Correct({**fields, **more}, of={"lot_id": lot.id})


def check_code(_session: Session, world: World, _settings: Settings) -> Correct:
    certificate = world.naryn.certificate
    return Correct({"code": certificate.code, "birth_year": certificate.facts["birth_date"][:4]})


def my_certificate(_session: Session, world: World, _settings: Settings) -> Correct:
    return Correct({"code": world.naryn.certificate.code, "birth_on": day(world.naryn.pilgrim.birth_on)})


def check_group(session: Session, _world: World, _settings: Settings) -> Correct:
    """A manifest whose every row has a signed code of its own and a day of travel."""
    book = openpyxl.Workbook()
    book.worksheets[0].append(["name", "code", "travel date"])
    for certificate in session.exec(select(Certificate).limit(MOST_LISTED)):
        signed = certificate.facts["doses"][0]["signed_code"]
        book.worksheets[0].append(["Ж" * 40, signed, "2026-05-11"])
    content = io.BytesIO()
    book.save(content)
    return Correct({"codes": ""}, {"manifest": content.getvalue()})


CORRECT: dict[str, Make] = {
    "web.set_language": lambda *_: Correct({"next": "/verify"}),
    "staff.sign_in": sign_in,
    "staff.sign_out": nothing,
    "staff.change_password": change_password,
    "staff.own_second_factor": own_second_factor,
    "staff.end_sessions": nothing,
    "staff.disable": nothing,
    "staff.enable": nothing,
    "vaccines.receive": receive,
    "vaccines.hold": lambda *_: Correct({"kind": "quarantine", "reason": LONGEST_REASON}),
    "pilgrims.search": lambda *_: Correct({"text": " ".join(["асанбекованын"] * 6)}),
    "pilgrims.new": new_pilgrim,
    "pilgrims.new_from_search": lambda *_: Correct({"text": "PE9999999"}),
    "pilgrims.import_list": import_list,
    "room.visit": visit,
    "examinations.examine": examine,
    "printing.choose": printing,
    "certificates.revoke": reason,
    "certificates.issue_again": issue_again,
    "certificates.lost": lost,
    "corrections.correct_lot": correct_lot,
    "corrections.correct_pilgrim": correct_pilgrim,
    "corrections.correct_dose": correct_dose,
    "corrections.withdraw_dose": reason,
    "corrections.withdraw_registration": withdraw_registration,
    "verification.check_code": check_code,
    "verification.check_group": check_group,
    "verification.my_certificate": my_certificate,
    "verification.start_proof": nothing,
}
