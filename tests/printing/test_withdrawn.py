"""Room F2: a paper that was withdrawn or replaced is printed from no pile, finished or begun."""

import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.certificates import services as certificates
from registry.certificates import sheet
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.commands import print_run, worker
from registry.db import Database
from registry.jobs.models import Job
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.printing import plans, queries, services
from registry.printing.queries import Paper
from registry.settings import Settings
from registry.staff.models import Staff
from tests.certificates.test_withdrawn_papers import Act, decided, not_covered, replaced, stolen
from tests.conftest import SignIn
from tests.factories import NARYN, NOW
from tests.printing.piles import codes_on, holder, texts_of
from tests.printing.test_commands import Desk, desk  # noqa: F401 - a fixture
from tests.statements import statements

FORM = {"point": "", "day": "", "group": "", "codes": "", "order": "group", "paper": "sheets", "counted": "3"}
HEADING = "The file holds certificates that count no more"


class Office:
    """A registrar with a finished print of three certificates."""

    def __init__(self, session: Session, issuer: Issuer, database: Database, browser: FlaskClient) -> None:
        self.session, self.issuer, self.database, self.browser = session, issuer, database, browser
        self.pile = [holder(session, issuer, name) for name in ("ALIEVA", "BEKOVA", "CHOLOEVA")]
        session.commit()

    def print(self, **chosen: str) -> str:
        return self.done(self.browser.post("/print", data={**FORM, **chosen}).location)

    def done(self, page: str) -> str:
        assert worker.run_next(self.database)
        return page

    def end(self, act: Act, *papers: Certificate) -> None:
        for paper in papers:
            act(self.session, self.issuer, self.session.get_one(Pilgrim, paper.pilgrim_id), paper)
        self.session.commit()

    def fetch(self, page: str) -> Any:
        return self.browser.get(f"{page}/sheets.pdf", buffered=True)

    def anew(self, page: str) -> list[str]:
        """The codes on the list of the file that the button makes."""
        newer = self.done(self.browser.post(f"{page}/anew").location)
        return codes_on(texts_of(self.fetch(newer).data)[0])


@pytest.fixture
def office(session: Session, issuer: Issuer, database: Database, nurse: Staff, sign_in: SignIn) -> Office:
    return Office(session, issuer, database, sign_in(nurse))


@pytest.mark.parametrize("act", [decided, not_covered, stolen, replaced])
def test_f2_a_finished_pile_gives_no_withdrawn_paper_out(office: Office, act: Act) -> None:
    page = office.print(point=NARYN)
    assert office.fetch(page).mimetype == "application/pdf"
    office.end(act, *office.pile[:2])
    told = " ".join(office.browser.get(page).text.split())
    assert HEADING in told
    assert "withdrawn or replaced since: 2." in told
    assert "Open the file" not in told
    refused = office.fetch(page)
    assert (refused.status_code, refused.location) == (302, page)
    fetched = [row for row in office.session.exec(select(AuditEvent)) if "found" in row.detail]
    assert len([row for row in fetched if row.action == Action.CERTIFICATE_PRINTED]) == 1


@pytest.mark.parametrize(
    ("chosen", "newer_too"), [({}, True), ({"paper": "pocket"}, True), ({"by_codes": "yes"}, False)], ids=str
)
def test_f2_the_button_makes_the_pile_of_today(office: Office, chosen: dict[str, str], *, newer_too: bool) -> None:
    """What was chosen by point, day or group is chosen anew; of a list, whose codes are forgotten, the rest is left."""
    listed = {"codes": "\n".join(paper.code for paper in office.pile)}
    page = office.print(**(listed if chosen.get("by_codes") else {"point": NARYN, **chosen}))
    office.end(decided, office.pile[0])
    office.end(replaced, office.pile[1])
    told = office.browser.get(page).text
    assert ("certificates in force today" in told, "without these" in told) == (newer_too, not newer_too)
    found = office.anew(page)
    last = office.session.exec(select(Certificate).where(Certificate.replaces_id == office.pile[1].id)).one()
    assert found == [*([last.code] if newer_too else []), office.pile[2].code]


def test_f2_what_the_file_never_held_does_not_close_it(office: Office) -> None:
    """Withdrawn before it was made, or above the sheet from which it was printed again."""
    page = office.print(point=NARYN)
    rest = office.done(office.browser.post(page, data={"start": "3"}).location)
    office.end(decided, office.pile[0])
    assert office.fetch(rest).status_code == 200
    again = office.done(office.browser.post(page, data={"start": "1"}).location)
    assert office.fetch(again).status_code == 200
    office.end(decided, office.pile[2])
    assert [office.fetch(one).status_code for one in (page, rest, again)] == [302] * 3
    assert office.anew(again) == [office.pile[1].code]


@pytest.mark.parametrize("act", [decided, replaced])
def test_f2_a_paper_withdrawn_while_the_file_is_made_is_not_in_it(
    office: Office, act: Act, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(print_run, "CHUNK", 2)
    draw, drawn = sheet.render_sheets, list[int]()

    def end_the_first(facts: Any, to: Any, **more: Any) -> None:
        drawn.append(len(facts))
        if len(drawn) == 2:
            office.end(act, office.pile[0])
        draw(facts, to, **more)

    monkeypatch.setattr(print_run, "render_sheets", end_the_first)
    page = office.print(point=NARYN)
    assert drawn == [2, 1, 1], "only the first chunk is drawn anew"
    shown = texts_of(office.fetch(page).data)
    assert [codes_on(text)[0] for text in shown[1:]] == [paper.code for paper in office.pile[1:]]
    job = office.session.get_one(Job, uuid.UUID(page.rpartition("/")[2]), populate_existing=True)
    assert (job.result["sheets"], job.result["withdrawn"]) == (2, 1)
    assert plans.read_shown(services.folder_of(settings.prints_dir, job.id)) == [
        Paper(paper.pilgrim_id, paper.id) for paper in office.pile[1:]
    ]


NOTHING_COUNTS = "None of these certificates counts any more"
NONE_FOUND = "No certificate in force was found"


def codes_of(office: Office) -> dict[str, str]:
    return {"codes": "\n".join(paper.code for paper in office.pile)}


def list_made_anew(office: Office, _: pytest.MonkeyPatch, **chosen: str) -> str:
    page = office.print(**codes_of(office), **chosen)
    office.end(decided, *office.pile)
    return office.done(office.browser.post(f"{page}/anew").location)


def cards_made_anew(office: Office, patch: pytest.MonkeyPatch) -> str:
    return list_made_anew(office, patch, paper="pocket")


def point_made_anew(office: Office, _: pytest.MonkeyPatch) -> str:
    page = office.print(point=NARYN)
    office.end(decided, *office.pile)
    return office.done(office.browser.post(f"{page}/anew").location)


def from_that_sheet_on(office: Office, _: pytest.MonkeyPatch) -> str:
    """The first still counts, above the sheet that is asked for."""
    page = office.print(point=NARYN)
    office.end(decided, *office.pile[1:])
    return office.done(office.browser.post(page, data={"start": "2"}).location)


def rest_made_anew(office: Office, _: pytest.MonkeyPatch) -> str:
    page = office.print(point=NARYN)
    rest = office.done(office.browser.post(page, data={"start": "2"}).location)
    office.end(replaced, *office.pile[1:])
    return office.done(office.browser.post(f"{rest}/anew").location)


def before_the_worker(office: Office, _: pytest.MonkeyPatch) -> str:
    asked = office.browser.post("/print", data={**FORM, **codes_of(office)}).location
    office.end(decided, *office.pile)
    return office.done(asked)


def while_it_is_drawn(office: Office, patch: pytest.MonkeyPatch) -> str:
    draw = sheet.render_sheets

    def end_all(*drawn: Any, **more: Any) -> None:
        office.end(decided, *office.pile)
        draw(*drawn, **more)

    with patch.context() as meanwhile:
        meanwhile.setattr(print_run, "render_sheets", end_all)
        return office.print(**codes_of(office))


def contradicting_their_codes(office: Office, _: pytest.MonkeyPatch) -> str:
    for paper in office.pile:
        paper.facts = {**paper.facts, "latin_name": "SOMEBODY ELSE"}
        office.session.add(paper)
    office.session.commit()
    return office.print(**codes_of(office))


@pytest.mark.parametrize(
    ("ended", "told"),
    [
        (list_made_anew, NOTHING_COUNTS),
        (cards_made_anew, NOTHING_COUNTS),
        (point_made_anew, NONE_FOUND),
        (from_that_sheet_on, NOTHING_COUNTS),
        (rest_made_anew, NOTHING_COUNTS),
        (before_the_worker, NONE_FOUND),
        (while_it_is_drawn, NOTHING_COUNTS),
        (contradicting_their_codes, NOTHING_COUNTS),
    ],
)
def test_f2_of_a_pile_of_which_nothing_counts_nothing_is_printed(
    office: Office,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    ended: Callable[[Office, pytest.MonkeyPatch], str],
    told: str,
) -> None:
    """It ended with "The file is ready to print", "Certificates: 0" and a button that opened a list of nobody."""
    page = ended(office, monkeypatch)
    shown = " ".join(office.browser.get(page).text.split())
    assert told in shown
    assert "<h1" in shown
    assert "Nothing was printed" in shown.partition("<h1")[2].partition("</h1>")[0]
    for lure in ("Certificates: 0", "Open the file", "Make the file anew", "from that sheet on"):
        assert lure not in shown
    assert office.fetch(page).location == page
    assert not services.folder_of(settings.prints_dir, uuid.UUID(page.rpartition("/")[2])).exists()


def broken(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("where", ["render_cover", "bind"])
def test_f2_the_command_goes_on_without_what_was_withdrawn_meanwhile(
    desk: Desk,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    with monkeypatch.context() as stopped:
        stopped.setattr(print_run, where, broken)
        assert desk.run("certificates", "print", "--point", NARYN, "-o", str(desk.file)).exit_code == 1
    end_first(desk)
    done = desk.print("--point", NARYN)
    assert (done["sheets"], done["withdrawn"]) == (2, 1)
    assert desk.printed() == [desk.pile[n].code for n in (2, 1)]


def test_f2_nor_is_a_bound_file_taken_that_shows_it(
    desk: Desk,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as stopped:
        stopped.setattr("registry.commands.certificates.copy_whole", broken)
        assert desk.run("certificates", "print", "--point", NARYN, "-o", str(desk.file)).exit_code == 1
    end_first(desk)
    desk.print("--point", NARYN)
    assert desk.printed() == [desk.pile[n].code for n in (2, 1)]


def end_first(desk: Desk) -> None:  # noqa: F811 - as above
    with desk.database.open_session(writes=True) as session:
        certificates.revoke_certificate(session, desk.pile[0], reason="Mistaken identity", by=new_id(), at=NOW)
        session.commit()


def test_f2_ten_thousand_papers_are_looked_up_in_a_few_reads(session: Session, issuer: Issuer, tmp_path: Path) -> None:
    own = holder(session, issuer)
    papers = [Paper(own.pilgrim_id, own.id), *(Paper(new_id(), new_id()) for _ in range(10_000))]
    with (tmp_path / plans.PLAN).open("wb") as file:
        plans.write_papers(papers, file)
    assert plans.read_plan(tmp_path, range(1, 10_002)) == papers
    began = time.process_time()
    with statements(session.get_bind().engine) as asked:
        assert queries.list_withdrawn(session, papers) == papers[1:]
    assert time.process_time() - began < 5
    assert len(asked) <= 25


def test_m1_no_pile_holds_papers_whose_rows_somebody_altered(office: Office) -> None:
    torn = office.session.get_one(Certificate, (office.pile[0].pilgrim_id, office.pile[0].id))
    torn.number = 7
    office.session.commit()
    page = office.print(point=NARYN)
    found = codes_on(texts_of(office.fetch(page).data)[0])
    assert found == [paper.code for paper in office.pile[1:]]
    (alarm,) = office.session.exec(select(AuditEvent).where(AuditEvent.action == Action.CODES_DIFFER))
    assert (alarm.subject, alarm.detail) == (torn.id.hex, {"differing": ["history"]})
