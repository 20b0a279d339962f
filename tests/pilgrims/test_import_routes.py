"""A list brought in the browser: checked by a worker, approved by a person, imported once."""

import csv
import io
import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, col, select

from registry.audit.models import Action, AuditEvent
from registry.commands import worker
from registry.db import Database
from registry.jobs import services as jobs
from registry.jobs.models import Job
from registry.pilgrims import intake, services
from registry.pilgrims.models import Pilgrim, Sex
from registry.staff.models import Assignment, ScopeKind, Staff
from tests.conftest import SignIn
from tests.factories import NARYN, NOW, OSH, TODAY, make_job, make_pilgrim, make_staff

HEADER = "latin_surname;latin_given_name;surname;given_name;birth_on;sex;passport_number;region"
BAKYT = "USONOV;BAKYT;Үсөнов;Бакыт;02.01.1960;male;PE0055001;KG-N"
AIGUL = "ASANOVA;AIGUL;Асанова;Айгүл;03.01.1960;female;PE0055002;KG-O"
NAMELESS = ";;;;32.01.1960;female;PE0055003;Atlantis"
DOUBTFUL = AIGUL.replace("Асанова", "Асaнова").replace("PE0055002", "PE0055004")  # one Latin letter in it

Upload = Callable[..., str]


@pytest.fixture
def desk(naryn_lead: Staff, sign_in: SignIn) -> FlaskClient:
    return sign_in(naryn_lead)


@pytest.fixture
def upload(desk: FlaskClient) -> Upload:
    """Send a list; the address of the page that follows its check."""

    def send(*rows: str, header: str = HEADER) -> str:
        content = "\n".join([header, *rows]).encode()
        answer = desk.post("/pilgrims/import", data={"file": (io.BytesIO(content), "Үсөнов Бакыт.csv")})
        assert answer.status_code == 302
        return str(answer.location)

    return send


@pytest.fixture
def desk_session(upload: Upload, session: Session, sign_in: SignIn) -> tuple[Upload, Session, SignIn]:
    return upload, session, sign_in


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


def test_a_good_list_is_checked_approved_and_imported(
    desk: FlaskClient, upload: Upload, session: Session, database: Database, naryn_lead: Staff
) -> None:
    page = upload(BAKYT, AIGUL)
    waiting = desk.get(page).text
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in waiting, "with JavaScript nothing jumps"
    assert "data-follow" in waiting
    assert "waits for its turn" in waiting
    assert worker.run_next(database)
    checked = desk.get(page).text
    assert "Every row is good. Rows: 2." in checked
    assert "refresh" not in checked
    assert passports(session) == []
    importing = approve(desk, page)
    assert worker.run_next(database)
    assert "Registered now: 2" in desk.get(importing).text
    assert passports(session) == ["PE0055001", "PE0055002"]
    event = session.exec(select(AuditEvent).where(AuditEvent.action == Action.IMPORTED)).one()
    assert event.by_id == naryn_lead.id
    assert event.detail["registered"] == 2
    assert [job_of(session, each).attachment for each in (page, importing)] == [None, None]


def test_every_fault_is_shown_with_its_row_and_nothing_can_be_imported(
    desk: FlaskClient, upload: Upload, session: Session, database: Database
) -> None:
    page = upload(BAKYT, NAMELESS)
    worker.run_next(database)
    checked = desk.get(page).text
    cells = [re.sub(r"<[^>]+>|\s+", " ", row).split() for row in re.findall(r"<tr.*?</tr>", checked, re.DOTALL)]
    assert {cell[0] for cell in cells[1:]} == {"3"}
    for fault in ("This is not a date.", "This region is not known.", "Rows with faults: 1"):
        assert fault in checked
    assert "Import 2 rows" not in checked
    assert desk.post(page, data={"doubts_checked": "y"}).status_code == 200
    assert not worker.run_next(database)
    assert passports(session) == []


def test_the_attachment_of_a_faulty_list_is_erased_with_its_check(
    upload: Upload, session: Session, database: Database
) -> None:
    page = upload(NAMELESS)
    worker.run_next(database)
    assert job_of(session, page).attachment is None


def test_doubtful_rows_are_imported_only_when_a_person_says_they_are_right(
    desk: FlaskClient, upload: Upload, session: Session, database: Database
) -> None:
    page = upload(DOUBTFUL)
    worker.run_next(database)
    assert "mixes Latin and Cyrillic letters" in desk.get(page).text
    assert "Tick this when you have compared them" in desk.post(page, data={}).text
    importing = approve(desk, page, doubts_checked="y")
    worker.run_next(database)
    assert "Registered now: 1" in desk.get(importing).text
    assert passports(session) == ["PE0055004"]


def test_approving_twice_imports_once(desk: FlaskClient, upload: Upload, session: Session, database: Database) -> None:
    page = upload(BAKYT)
    worker.run_next(database)
    assert approve(desk, page) == approve(desk, page)
    assert worker.run_next(database)
    assert not worker.run_next(database)
    assert passports(session) == ["PE0055001"]


def test_the_same_list_again_changes_nothing(
    desk: FlaskClient, upload: Upload, session: Session, database: Database
) -> None:
    for expected in ("Registered now: 1", "Registered before, unchanged: 1"):
        page = upload(BAKYT)
        worker.run_next(database)
        importing = approve(desk, page)
        worker.run_next(database)
        assert expected in desk.get(importing).text
    assert passports(session) == ["PE0055001"]


def test_a_list_that_the_registry_overtook_shows_its_new_faults_and_is_not_imported(
    desk: FlaskClient, upload: Upload, session: Session, database: Database
) -> None:
    page = upload(BAKYT, AIGUL)
    worker.run_next(database)
    make_pilgrim(session, passport_number="PE0055001")
    session.commit()
    importing = approve(desk, page)
    worker.run_next(database)
    shown = desk.get(importing).text
    assert "The list was not imported" in shown
    assert "This number is registered with another name" in shown
    assert passports(session) == ["PE0055001"]


def test_progress_is_shown_in_rows(desk: FlaskClient, upload: Upload, session: Session) -> None:
    page = upload(BAKYT)
    job = jobs.claim(session, at=NOW, lease=worker.LEASE)
    assert job
    jobs.report_progress(session, job, done=4200, total=6000, at=NOW, lease=worker.LEASE)
    session.commit()
    shown = desk.get(page).text
    assert "4,200 of 6,000 rows" in shown
    assert '<progress max="6000" value="4200"' in shown


def test_a_file_that_is_no_list_is_refused_with_a_sentence(
    desk: FlaskClient, upload: Upload, database: Database
) -> None:
    page = upload("Бакыт", header="name")
    worker.run_next(database)
    shown = desk.get(page).text
    assert "These columns are missing in the list" in shown
    assert "Could not be checked" in desk.get("/pilgrims/import").text


def test_without_a_file_the_form_says_so(desk: FlaskClient) -> None:
    assert "Choose the file that holds the list." in desk.post("/pilgrims/import", data={}).text


def test_a_broken_worker_is_said_not_to_be_the_lists_fault(
    desk: FlaskClient, upload: Upload, session: Session, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = upload(BAKYT)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(BAKYT)

    monkeypatch.setattr(intake, "check_list", broken)
    monkeypatch.setattr(worker, "PAUSE", worker.PAUSE * 0)
    while worker.run_next(database):
        pass
    job = job_of(session, page)
    assert (job.attempts, job.failure, job.attachment) == (jobs.MAX_ATTEMPTS, "RuntimeError", None)
    assert "Something went wrong here, not in your list." in desk.get(page).text


def test_a_list_that_nobody_imported_within_a_day_is_uploaded_again(
    desk: FlaskClient, upload: Upload, session: Session, database: Database
) -> None:
    page = upload(BAKYT)
    worker.run_next(database)
    jobs.sweep(session, at=NOW + jobs.KEEP_ATTACHMENT)
    session.commit()
    assert approve(desk, page) == "/pilgrims/import"
    assert "erased" in desk.get("/pilgrims/import").text


def test_the_template_is_a_list_that_names_nobody(desk: FlaskClient) -> None:
    answer = desk.get("/pilgrims/import/template.csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=pilgrims.csv"
    assert list(intake.read_lines(answer.data)) == []
    header = next(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert header == [column.name for column in intake.COLUMNS]


@pytest.mark.parametrize(
    ("role", "point", "status"),
    [
        ("lead", NARYN, 404),
        ("lead", OSH, 404),
        ("immunologist", None, 200),
        ("vaccinator", NARYN, 403),
        ("ministry", None, 403),
    ],
)
def test_a_list_is_seen_by_who_brought_it_and_who_imports_everywhere(
    desk_session: tuple[Upload, Session, SignIn], role: str, point: str | None, status: int
) -> None:
    upload, session, sign_in = desk_session
    page = upload(BAKYT)
    other = sign_in(make_staff(session, role, point=point))
    assert other.get(page).status_code == status
    assert other.post(page, data={}).status_code == status


def test_work_of_another_kind_is_no_list(desk: FlaskClient, session: Session, naryn_lead: Staff) -> None:
    job = make_job(session, "count", by=naryn_lead.id)
    session.commit()
    assert desk.get(f"/pilgrims/import/{job.id}").status_code == 404


def test_the_name_of_the_file_is_kept_nowhere(upload: Upload, session: Session) -> None:
    job = job_of(session, upload(BAKYT))
    assert "csv" not in f"{job.payload} {job.kind} {job.result}"


def test_the_search_offers_lists_only_to_who_may_import(desk: FlaskClient, nurse: Staff, sign_in: SignIn) -> None:
    assert 'href="/pilgrims/import"' in desk.get("/pilgrims").text
    assert 'href="/pilgrims/import"' not in sign_in(nurse).get("/pilgrims").text


def test_m5_a_check_is_audited_and_tells_of_other_regions_only_a_number(
    desk: FlaskClient, upload: Upload, session: Session, database: Database, naryn_lead: Staff
) -> None:
    """Security M5: a list of other people's passports told of each whether it is registered, and left no trace."""
    make_pilgrim(session, passport_number="PE0055001", region="KG-O")
    make_pilgrim(session, passport_number="PE0055002", region="KG-N")
    session.commit()
    page = upload(BAKYT, AIGUL)
    worker.run_next(database)
    checked = desk.get(page).text
    rows = re.findall(r"<tr.*?</tr>", checked, re.DOTALL)
    assert [re.sub(r"<[^>]+>|\s+", " ", row).split()[0] for row in rows[1:]] == ["3"], "row 2 is of another region"
    assert "Rows that meet a pilgrim of another region: 1." in checked
    event = session.exec(select(AuditEvent).where(AuditEvent.action == Action.LIST_CHECKED)).one()
    assert event.by_id == naryn_lead.id
    assert {name: event.detail[name] for name in ("rows", "found", "conflicts", "elsewhere")} == {
        "rows": 2,
        "found": 0,
        "conflicts": 2,
        "elsewhere": 1,
    }


def test_m5_somebody_alike_in_another_region_is_a_number_too(
    desk: FlaskClient, upload: Upload, session: Session, database: Database
) -> None:
    latin: dict[str, Any] = {
        "latin_surname": "USONOV",
        "latin_given_name": "BAKYT",
        "surname": "Үсөнов",
        "given_name": "Бакыт",
    }
    make_pilgrim(session, region="KG-O", birth_on=date(1960, 1, 2), sex=Sex.MALE, **latin)
    session.commit()
    page = upload(BAKYT)
    worker.run_next(database)
    checked = desk.get(page).text
    assert "Rows that meet a pilgrim of another region: 1." in checked
    assert "very like this" not in checked


def test_m5_who_imports_for_the_country_is_told_each_row(
    upload: Upload, session: Session, database: Database, naryn_lead: Staff, sign_in: SignIn
) -> None:
    make_pilgrim(session, passport_number="PE0055001", region="KG-O")
    session.add(
        Assignment(staff_id=naryn_lead.id, role_code="immunologist", scope_kind=ScopeKind.COUNTRY, from_on=TODAY)
    )
    session.commit()
    page = upload(BAKYT)
    worker.run_next(database)
    assert "registered with another name" in sign_in(naryn_lead).get(page).text


def test_m5_a_list_that_cannot_be_read_is_audited_as_well(upload: Upload, session: Session, database: Database) -> None:
    upload(BAKYT, header="nothing;known")
    worker.run_next(database)
    event = session.exec(select(AuditEvent).where(AuditEvent.action == Action.LIST_CHECKED)).one()
    assert event.detail["rows"] == 0


def test_m5_one_person_has_so_many_lists_checked_a_day(
    desk: FlaskClient, upload: Upload, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "LISTS_A_DAY", 2)
    first = upload(BAKYT)
    upload(AIGUL)
    answer = desk.post("/pilgrims/import", data={"file": (io.BytesIO(b"x"), "x.csv")})
    assert "You have sent 2 lists today" in answer.text
    job = job_of(session, first)
    job.created_at -= timedelta(hours=11)  # the evening before
    session.add(job)
    session.commit()
    assert upload(BAKYT)
