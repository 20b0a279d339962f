"""Printing in the browser: choose, count, follow, fetch; a file is for who asked for it."""

import io
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, col, select
from werkzeug.test import TestResponse

from registry.audit.models import Action, AuditEvent
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.certificates.rules import new_code
from registry.commands import worker
from registry.db import Database
from registry.jobs import services as jobs
from registry.jobs.models import Job
from registry.printing import services
from registry.settings import Settings
from registry.staff.models import Assignment, Staff
from tests.conftest import SignIn
from tests.factories import NARYN, NOW, OSH, make_job, make_staff
from tests.printing.piles import codes_on, holder, texts_of

Begin = Callable[..., str]


@pytest.fixture
def desk(nurse: Staff, sign_in: SignIn) -> FlaskClient:
    return sign_in(nurse)


@pytest.fixture
def pile(session: Session, issuer: Issuer) -> list[Certificate]:
    papers = [holder(session, issuer, name, group="Нарын 3") for name in ("ALIEVA", "BEKOVA")]
    session.commit()
    return papers


@pytest.fixture
def begin(desk: FlaskClient, pile: list[Certificate]) -> Begin:
    """Ask as the page that counts does; the address of the page that follows the work."""

    def send(**chosen: str) -> str:
        answer = desk.post("/print", data={**form(**(chosen or {"point": NARYN})), "counted": "2"})
        assert answer.status_code == 302, answer.text
        return str(answer.location)

    return send


@pytest.fixture
def ready(begin: Begin, database: Database) -> str:
    """The page of a print that is done."""
    page = begin()
    assert worker.run_next(database)
    return page


def fetch(browser: FlaskClient, page: str) -> TestResponse:
    return browser.get(f"{page}/sheets.pdf", buffered=True)


def form(**chosen: str) -> dict[str, str]:
    return {"point": "", "day": "", "group": "", "codes": "", "order": "group", "paper": "sheets", **chosen}


def job_of(session: Session, page: str) -> Job:
    job = session.get_one(Job, uuid.UUID(page.rpartition("/")[2]), populate_existing=True)
    session.commit()
    return job


def folder_of(settings: Settings, page: str) -> Path:
    return services.folder_of(settings.prints_dir, uuid.UUID(page.rpartition("/")[2]))


def test_first_the_sheets_are_counted_and_nothing_begins(
    desk: FlaskClient, pile: list[Certificate], session: Session
) -> None:
    shown = desk.post("/print", data=form(point=NARYN)).text
    assert "Certificates found: 2" in shown
    assert "It takes less than a minute." in shown
    assert session.exec(select(Job)).all() == []


def test_what_the_count_page_sends_begins_the_print(
    desk: FlaskClient, pile: list[Certificate], session: Session
) -> None:
    shown = desk.post("/print", data=form(group="Нарын 3", order="name")).text
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown))
    answer = desk.post("/print", data=sent)
    assert answer.status_code == 302
    job = job_of(session, answer.location)
    assert (job.payload["group"], job.payload["order"]) == ("Нарын 3", "name")
    assert desk.post("/print", data=sent).location == answer.location, "sent twice, it is one print"


def test_the_pile_is_followed_fetched_and_audited(
    desk: FlaskClient, begin: Begin, pile: list[Certificate], session: Session, database: Database
) -> None:
    page = begin()
    waiting = desk.get(page).text
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in waiting, "with JavaScript nothing jumps"
    assert "data-follow" in waiting
    assert "The print waits for its turn." in waiting
    assert worker.run_next(database)
    ready = desk.get(page).text
    assert "The file is ready to print" in ready
    assert "refresh" not in ready
    assert "26.12.2025 10:00" in ready, "when it is erased"
    answer = fetch(desk, page)
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("application/pdf", "no-store")
    assert answer.headers["Content-Disposition"] == "inline; filename=certificates-2025-12-25.pdf"
    assert codes_on(texts_of(answer.data)[0]) == [paper.code for paper in pile]
    events = session.exec(select(AuditEvent).where(AuditEvent.action == Action.CERTIFICATE_PRINTED)).all()
    fetched = [event for event in events if event.pilgrim_id is None]
    assert len(events) == 3
    assert (fetched[0].detail["job"], fetched[0].detail["found"]) == (page.rpartition("/")[2], 2)


def test_progress_is_told_in_certificates(desk: FlaskClient, begin: Begin, session: Session) -> None:
    page = begin()
    job = jobs.claim(session, at=NOW, lease=worker.LEASE)
    assert job
    jobs.report_progress(session, job, done=1200, total=6000, at=NOW, lease=worker.LEASE)
    session.commit()
    shown = " ".join(desk.get(page).text.split())
    assert "1,200 of 6,000 certificates. About 2 minutes left." in shown
    assert '<progress max="6000" value="1200"' in shown
    assert 'role="status"' in shown


def test_the_page_promises_no_scanning(desk: FlaskClient) -> None:
    assert "not a scanned QR code" in desk.get("/print").text


def test_codes_come_from_the_box_and_from_a_file(
    desk: FlaskClient, pile: list[Certificate], session: Session, database: Database
) -> None:
    unknown = new_code()
    file = (io.BytesIO(f"code\n{pile[0].code}\n{unknown}\n".encode()), "codes.csv")
    answer = desk.post("/print", data={**form(codes=pile[1].code, order="listed"), "file": file})
    assert "Certificates found: 2" in answer.text
    assert "Codes of your list that are left out: 1." in answer.text
    assert f"<bdi>{unknown}</bdi>" in answer.text
    listed = re.findall(r'name="codes" value="([^"]*)"', answer.text)[0]
    assert listed.split() == [pile[1].code, pile[0].code, unknown]
    page = desk.post("/print", data={**form(codes=listed, order="listed"), "counted": "2"}).location
    worker.run_next(database)
    printed = texts_of(fetch(desk, page).data)
    assert codes_on(printed[0]) == [pile[1].code, pile[0].code]
    assert pile[0].code not in str(job_of(session, page).payload)


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({}, "Choose a point, a day or a group, or give a list of codes."),
        ({"day": "32"}, "Write a real date"),
        ({"codes": "7K3M-9QXD-2RTZ"}, "These are no certificate codes: 7K3M-9QXD-2RTZ."),
        ({"point": NARYN, "order": "listed"}, "There is no list of codes whose order could be kept."),
        ({"point": OSH}, "Choose a point from the list, or all points."),
        ({"order": "random", "point": NARYN}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_printed_is_said_beside_its_field(
    desk: FlaskClient, pile: list[Certificate], session: Session, chosen: dict[str, str], sentence: str
) -> None:
    answer = desk.post("/print", data={**form(**chosen), "counted": "2"})
    assert sentence in answer.text
    assert "There is a problem" in answer.text
    assert session.exec(select(Job)).all() == []


def test_a_nurse_finds_none_of_another_regions_certificates(
    pile: list[Certificate], outsider: Staff, sign_in: SignIn
) -> None:
    elsewhere = sign_in(outsider)
    assert (
        "No certificate in force was found"
        in elsewhere.post("/print", data=form(day="") | {"day": ["25", "12", "2025"]}).text
    )
    assert "Нарын 3" not in elsewhere.get("/print").text


def test_a_print_does_not_exist_for_anybody_else(
    begin: Begin, database: Database, session: Session, sign_in: SignIn
) -> None:
    page = begin()
    worker.run_next(database)
    for other in (make_staff(session, "vaccinator", point=NARYN), make_staff(session, "immunologist")):
        browser = sign_in(other)
        assert browser.get(page).status_code == fetch(browser, page).status_code == 404
        assert browser.post(page).status_code == browser.post(f"{page}/cancel").status_code == 404


@pytest.mark.parametrize("loss", [("registrar", OSH, 404), ("doctor", NARYN, 403)], ids=["place", "permission"])
def test_the_file_is_closed_to_who_lost_the_place_or_the_permission(
    desk: FlaskClient, ready: str, nurse: Staff, session: Session, loss: tuple[str, str, int]
) -> None:
    assert fetch(desk, ready).status_code == 200
    assignment = session.exec(select(Assignment).where(Assignment.staff_id == nurse.id)).one()
    assignment.role_code, assignment.scope_code, status = loss
    session.add(assignment)
    session.commit()
    assert fetch(desk, ready).status_code == status


def test_a_cancelled_print_is_over_at_once(
    desk: FlaskClient, begin: Begin, settings: Settings, database: Database
) -> None:
    page = begin()
    folder_of(settings, page).mkdir(parents=True)
    assert desk.post(f"{page}/cancel").location == "/print"
    assert not folder_of(settings, page).exists()
    assert not worker.run_next(database)
    assert "The print was cancelled" in desk.get(page).text
    assert "Cancelled" in desk.get("/print").text


def test_a_finished_print_cannot_be_cancelled_any_more(desk: FlaskClient, begin: Begin, database: Database) -> None:
    page = begin()
    worker.run_next(database)
    desk.post(f"{page}/cancel")
    assert fetch(desk, page).status_code == 200


def test_an_erased_file_is_said_to_be_erased(
    desk: FlaskClient, begin: Begin, settings: Settings, database: Database
) -> None:
    page = begin()
    worker.run_next(database)
    services.erase(folder_of(settings, page))
    assert "The file was erased" in desk.get(page).text
    assert fetch(desk, page).location == page
    assert "Erased" in desk.get("/print").text


def test_the_rest_of_a_pile_is_printed_again(
    desk: FlaskClient, begin: Begin, pile: list[Certificate], database: Database
) -> None:
    page = begin()
    worker.run_next(database)
    for wrong in ("0", "3", "-1"):
        assert "The pile has the sheets 1 to 2." in desk.post(page, data={"start": wrong}).text
    assert "Write the number of the first sheet" in desk.post(page, data={"start": ""}).text
    rest = desk.post(page, data={"start": "2"}).location
    worker.run_next(database)
    assert codes_on(texts_of(fetch(desk, rest).data)[0]) == [pile[1].code]
    assert "The pile has the sheets 2 to 2." in desk.post(rest, data={"start": "1"}).text


def test_a_refused_print_says_why(
    desk: FlaskClient, begin: Begin, nurse: Staff, session: Session, database: Database
) -> None:
    page = begin()
    for assignment in session.exec(select(Assignment).where(col(Assignment.staff_id) == nurse.id)):
        assignment.until_on = (NOW - timedelta(days=1)).date()
        session.add(assignment)
    session.commit()
    worker.run_next(database)
    session.exec(select(Assignment).where(col(Assignment.staff_id) == nurse.id)).one().until_on = None
    session.commit()
    shown = desk.get(page).text
    assert "Nothing was printed" in shown
    assert "Whoever asked for this print may no longer print certificates." in shown


def test_work_of_another_kind_is_no_print(desk: FlaskClient, session: Session, nurse: Staff) -> None:
    job = make_job(session, "count", by=nurse.id)
    session.commit()
    assert desk.get(f"/print/{job.id}").status_code == 404


def test_printing_is_offered_only_to_who_may_print(desk: FlaskClient, doctor: Staff, sign_in: SignIn) -> None:
    assert 'href="/print"' in desk.get("/pilgrims").text
    assert 'href="/print"' not in sign_in(doctor).get("/pilgrims").text
