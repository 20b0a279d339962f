"""Of a list: who sees it, what its check tells of other regions, and the trace that it leaves."""

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.commands import worker
from registry.db import Database
from registry.pilgrims import services
from registry.pilgrims.models import Sex
from registry.staff.models import Assignment, ScopeKind, Staff
from tests.conftest import SignIn
from tests.factories import NARYN, OSH, TODAY, make_job, make_pilgrim, make_staff
from tests.pilgrims.brought import AIGUL, BAKYT, Upload, job_of


@pytest.fixture
def desk_session(upload: Upload, session: Session, sign_in: SignIn) -> tuple[Upload, Session, SignIn]:
    return upload, session, sign_in


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
