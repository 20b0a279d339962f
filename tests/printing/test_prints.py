"""The worker prints: in order, below a list, only what stands; what is cancelled or failed leaves nothing."""

import re
import stat
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.certificates import services as certificates
from registry.certificates import sheet
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.commands import print_run, prints, worker
from registry.db import Database
from registry.jobs import services as jobs
from registry.jobs.models import Job
from registry.model import new_id
from registry.printing import services
from registry.printing.rules import KEEP, Order, PrintRequest, Selection
from registry.settings import Settings
from registry.staff.models import Assignment, Staff
from tests.factories import NOW
from tests.printing.piles import AT_NARYN, ask, codes_on, holder, spelt, texts_of

NAMES = ("ALIEVA", "BEKOVA", "CHOLOEVA", "ZULPUEVA", "ASANBEKOVA")


@dataclass(frozen=True)
class Office:
    """Five certificates of Naryn in the order of their pile, which a nurse prints."""

    session: Session
    database: Database
    prints_dir: Path
    nurse: Staff
    pile: list[Certificate]

    def ask(self, request: PrintRequest = AT_NARYN) -> Job:
        return ask(self.session, self.nurse, request)

    def work(self) -> None:
        assert worker.run_next(self.database)

    def folder(self, job: Job) -> Path:
        return services.folder_of(self.prints_dir, job.id)

    def read(self, job: Job) -> list[str]:
        return texts_of(self.folder(job) / services.SHEETS)

    def ended(self, job: Job) -> Job:
        found = self.session.get_one(Job, job.id, populate_existing=True)
        self.session.commit()
        return found

    def printed(self) -> list[AuditEvent]:
        wanted = select(AuditEvent).where(AuditEvent.action == Action.CERTIFICATE_PRINTED)
        found = list(self.session.exec(wanted).all())
        self.session.commit()
        return found


@pytest.fixture
def office(
    session: Session, database: Database, nurse: Staff, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> Office:
    """Printed two by two."""
    monkeypatch.setattr(print_run, "CHUNK", 2)
    pile = [holder(session, issuer, name, group="Нарын 3") for name in sorted(NAMES)]
    session.commit()
    return Office(session, database, Settings().prints_dir, nurse, pile)


def test_every_sheet_is_there_once_below_the_list_in_its_order(office: Office) -> None:
    job = office.ask()
    office.work()
    cover, *sheets = office.read(job)
    assert [codes_on(sheet)[0] for sheet in sheets] == [paper.code for paper in office.pile]
    assert codes_on(cover) == [paper.code for paper in office.pile]
    for paper in office.pile:
        assert paper.facts["latin_name"] in cover
    for said in (
        "By group, then by surname in Latin letters",
        office.nurse.name,
        "25 DEC 2025 10:00",
        "Certificates: 5",
        "TRAINING, NOT VALID",
    ):
        assert said in " ".join(cover.split())
    done = office.ended(job)
    assert done.result["sheets"] == 5
    assert done.result["pages"] == 6
    assert done.result["regions"] == ["KG-N"]
    assert done.result["bytes"] == (office.folder(job) / services.SHEETS).stat().st_size
    assert (done.progress_done, done.progress_total) == (5, 5)


def test_every_printed_certificate_is_found_in_the_audit_by_its_pilgrim(office: Office) -> None:
    job = office.ask()
    office.work()
    events = office.printed()
    assert {event.pilgrim_id for event in events} == {paper.pilgrim_id for paper in office.pile}
    assert len(events) == 5
    assert all(event.by_id == office.nurse.id and event.detail["job"] == str(job.id) for event in events)


def test_only_the_owner_of_the_files_can_read_them_and_no_chunk_stays(office: Office) -> None:
    job = office.ask()
    office.work()
    assert stat.S_IMODE(office.folder(job).stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in office.folder(job).iterdir()} == {0o600}
    assert {file.name for file in office.folder(job).glob("*.pdf")} == {services.SHEETS}


def test_a_certificate_withdrawn_meanwhile_is_left_out_and_the_others_keep_their_numbers(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = office.ask()
    make = print_run.Run.make

    def revoke_then_make(*args: Any) -> print_run.Printed:
        for paper in office.pile[2:4]:  # the whole second chunk
            certificates.revoke_certificate(office.session, paper, reason="Mistaken identity", by=new_id(), at=NOW)
        office.session.commit()
        return make(*args)

    monkeypatch.setattr(print_run.Run, "make", revoke_then_make)
    office.work()
    cover, *sheets = office.read(job)
    assert [codes_on(sheet)[0] for sheet in sheets] == [office.pile[n].code for n in (0, 1, 4)]
    assert re.findall(rf"(\d)\s+{office.pile[4].facts['latin_name']}", cover) == ["5"]
    assert (office.ended(job).result["sheets"], office.ended(job).result["withdrawn"]) == (3, 2)


def test_the_same_pile_again_from_a_sheet_on(office: Office) -> None:
    job = office.ask()
    office.work()
    again = services.print_again(office.session, job, start=4, id=new_id(), at=NOW)
    office.session.commit()
    office.work()
    cover, *sheets = office.read(again)
    assert [codes_on(sheet)[0] for sheet in sheets] == [paper.code for paper in office.pile[3:]]
    assert re.findall(rf"(\d)\s+{office.pile[3].facts['latin_name']}", cover) == ["4"]
    assert "From sheet 4" in cover


def test_a_pile_that_was_erased_cannot_be_repeated(office: Office) -> None:
    job = office.ask()
    office.work()
    services.erase(office.folder(job))
    again = services.print_again(office.session, job, start=4, id=new_id(), at=NOW)
    office.session.commit()
    office.work()
    assert "erased" in office.ended(again).result["refusal"]["sentence"]
    assert not office.folder(again).exists()


def test_a_list_of_codes_is_printed_in_its_order_and_forgotten(office: Office) -> None:
    codes = tuple(paper.code for paper in reversed(office.pile))
    job = office.ask(PrintRequest(Selection(codes=codes, by_codes=True), Order.LISTED))
    office.work()
    assert codes_on(office.read(job)[0]) == [*codes]
    assert office.ended(job).attachment is None
    assert office.pile[0].code not in f"{job.payload} {job.result}"


def test_pocket_cards_have_a_list_too(office: Office) -> None:
    job = office.ask(replace(AT_NARYN, pocket=True))
    office.work()
    cover, *cards = office.read(job)
    assert "Pocket cards" in cover
    for paper in office.pile:
        assert spelt(paper) in cover
        assert any(spelt(paper) in card for card in cards)
    assert office.ended(job).result["pages"] == 1 + len(cards)


def test_who_may_no_longer_print_gets_nothing(office: Office) -> None:
    job = office.ask()
    for assignment in office.session.exec(select(Assignment).where(Assignment.staff_id == office.nurse.id)):
        office.session.delete(assignment)
    office.session.commit()
    office.work()
    assert "may no longer print" in office.ended(job).result["refusal"]["sentence"]
    assert not office.folder(job).exists()
    assert office.printed() == []


def test_nothing_to_print_is_said(office: Office, outsider: Staff) -> None:
    job = ask(office.session, outsider)
    office.work()
    assert "No certificate in force was found" in office.ended(job).result["refusal"]["sentence"]
    assert not office.folder(job).exists()


def test_a_cancelled_print_leaves_nothing_behind(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    job = office.ask()
    draw = sheet.render_sheets

    def then_cancel(*args: Any, **kwargs: Any) -> None:
        draw(*args, **kwargs)
        jobs.cancel(office.session, job, at=NOW)
        office.session.commit()

    monkeypatch.setattr(worker, "REPORT_EVERY", 0.0)
    monkeypatch.setattr(print_run, "render_sheets", then_cancel)
    office.work()
    assert not office.folder(job).exists()
    assert (office.ended(job).failure, office.ended(job).finished_at) == (jobs.CANCELLED, None)


def test_a_print_that_fails_every_time_leaves_nothing_behind(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    job = office.ask()

    def broken(*_: object, **__: object) -> bytes:
        raise RuntimeError

    monkeypatch.setattr(print_run, "render_cover", broken)
    monkeypatch.setattr(worker, "PAUSE", timedelta())
    kept = []
    while worker.run_next(office.database):
        kept.append(office.folder(job).exists())
    assert kept == [True, True, False]
    assert office.ended(job).failure == "RuntimeError"


def test_finished_files_are_erased_after_a_day_and_unfinished_ones_of_failed_prints_at_once(office: Office) -> None:
    finished, failed, waiting = (office.ask() for _ in range(3))
    office.work()
    for job in (failed, waiting):
        office.folder(job).mkdir()
    jobs.cancel(office.session, failed, at=NOW)
    office.session.commit()
    prints.sweep(office.database, at=NOW + KEEP - timedelta(seconds=1))
    assert [office.folder(job).exists() for job in (finished, failed, waiting)] == [True, False, True]
    prints.sweep(office.database, at=NOW + KEEP)
    assert [office.folder(job).exists() for job in (finished, failed, waiting)] == [False, False, True]


def test_what_a_command_left_unfinished_is_erased_after_a_day(database: Database, settings: Settings) -> None:
    left = settings.prints_dir / "command-0123456789abcdef"
    left.mkdir(parents=True)
    now = datetime.now(UTC)  # as the file system counts
    prints.sweep(database, at=now)
    assert left.exists()
    prints.sweep(database, at=now + KEEP)
    assert not left.exists()


def test_a_print_that_another_process_erases_meanwhile_stops_no_sweep(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [settings.prints_dir / f"command-{number}" for number in range(2)]
    for folder in left:
        folder.mkdir(parents=True)
    erase = services.erase
    monkeypatch.setattr(services, "erase", lambda _folder: [erase(folder) for folder in left])
    prints.sweep(database, at=datetime.now(UTC) + KEEP)
    assert not any(folder.exists() for folder in left)
