"""A list brought in the browser: checked by a worker, approved by a person, imported once."""

import csv
import io
import re

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.commands import worker
from registry.db import Database
from registry.jobs import services as jobs
from registry.pilgrims import intake
from registry.staff.models import Staff
from tests.factories import NOW, make_pilgrim
from tests.pilgrims.brought import AIGUL, BAKYT, DOUBTFUL, NAMELESS, Upload, approve, job_of, passports


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
