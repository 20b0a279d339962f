"""A list is imported while others go on recording: speed S0.2, faults FA13."""

import csv
import io
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlmodel import Session, SQLModel, select

from registry import clock
from registry.commands import worker
from registry.commands.pilgrims import command
from registry.commands.synthetic import SyntheticPilgrim, synthetic_pilgrims
from registry.db import Database
from registry.db.sessions import TurningSession
from registry.jobs.models import Job
from registry.jobs.services import MAX_ATTEMPTS
from registry.model import new_id
from registry.pilgrims import intake, lists, names, rows, services
from registry.pilgrims.intake import COLUMNS, IMPORT_LIST
from registry.pilgrims.models import IdentifierKind, Pilgrim, PilgrimIdentifier, PilgrimSearchKey, Registration
from registry.pilgrims.rows import RegistrationDetails
from registry.tallies.models import Tally
from tests.factories import CAMPAIGN, NOW, make_job, make_pilgrim, make_staff, the_campaign
from tests.pilgrims.test_commands import REGIONS

Bring = Callable[[bytes], dict[str, Any]]
"""Imports a list, again until nothing is left to do; what came of it."""


@pytest.fixture(params=["job", "command"])
def bring(
    request: pytest.FixtureRequest, real_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Bring:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", real_database.engine.url.render_as_string(hide_password=False))

    def by_job(content: bytes) -> dict[str, Any]:
        with real_database.open_session(writes=True) as session:
            by = make_staff(session, "immunologist").id  # for the country: each row's fault is told
            job = make_job(session, IMPORT_LIST, by=by, attachment=content, campaign=CAMPAIGN)
            session.commit()
        for attempt in range(MAX_ATTEMPTS):
            with clock.set_to(NOW + attempt * 2 * worker.PAUSE):
                worker.run_next(real_database)
        with real_database.open_session(writes=False) as session:
            done = session.get_one(Job, job.id)
        assert done.finished_at, done.failure
        faults = [fault["sentence"] for fault in done.result.get("faults", [])]
        refusal = done.result.get("refusal", {}).get("sentence")
        return {"imported": done.result.get("imported"), "faults": [*faults, *([refusal] if refusal else [])]}

    def by_command(content: bytes) -> dict[str, Any]:
        file = tmp_path / "list.csv"
        file.write_bytes(content)
        answer = CliRunner().invoke(command, ["import", str(file), "--json"])
        if not answer.stdout.startswith("{"):
            return {"imported": None, "faults": [answer.output.removeprefix("Error: ").strip()]}
        done = json.loads(answer.stdout)
        counts = {name: done[name] for name in ("registered", "returning", "unchanged") if name in done}
        return {"imported": counts or None, "faults": [fault["problem"] for fault in done["faults"]]}

    return by_job if request.param == "job" else by_command


def people(count: int) -> list[SyntheticPilgrim]:
    return list(synthetic_pilgrims(count, 7, REGIONS))


def as_list(some: list[SyntheticPilgrim]) -> bytes:
    text = io.StringIO()
    written = csv.writer(text, delimiter=";")
    written.writerow(column.name for column in COLUMNS)
    for person in some:
        values = {**person.details.model_dump(mode="json"), "region": person.region_code, "arrival_on": ""}
        written.writerow(values.get(column.name, "") for column in COLUMNS)
    return text.getvalue().encode()


class Held:
    """What happened while a session that writes had its transaction open: processor time, and slow acts by name."""

    def __init__(self) -> None:
        self.since: float | None = None
        self.seconds = 0.0
        self.acts: Counter[str] = Counter()

    def begun(self, session: TurningSession) -> None:
        if session.writes:
            self.since = time.thread_time()

    def ended(self, session: TurningSession) -> None:
        if session.writes and self.since is not None:
            self.seconds += time.thread_time() - self.since
            self.since = None


@contextmanager
def holding(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    held = Held()

    def watched(act: Callable[..., Any], name: str) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            held.acts[name] += held.since is not None
            return act(*args, **kwargs)

        return wrapped

    def noted(act: Callable[..., None], note: Callable[[TurningSession], None]) -> Callable[..., None]:
        def wrapped(session: TurningSession) -> None:
            act(session)
            note(session)

        return wrapped

    with monkeypatch.context() as patches:
        for owner, name in (
            (names, "fold"),
            (names, "search_keys"),
            (names, "sort_name"),
            (rows, "registration_row"),
            (intake, "read_lines"),
            (intake, "understand"),
            (intake, "sort_out"),
        ):
            patches.setattr(owner, name, watched(getattr(owner, name), name))
        patches.setattr(TurningSession, "_begun", noted(TurningSession._begun, held.begun))
        patches.setattr(TurningSession, "_ended", noted(TurningSession._ended, held.ended))
        yield held


def test_s0_2_fa13_the_lock_is_held_to_write_a_list_and_for_nothing_else(
    bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = as_list(people(1_000))
    with holding(monkeypatch) as held:
        began = time.thread_time()
        assert bring(content)["imported"] == {"registered": 1_000, "returning": 0, "unchanged": 0}
        whole = time.thread_time() - began
    assert not +held.acts, "a list is read, checked and made into rows before the transaction that writes it"
    assert held.seconds < whole / 2, f"{held.seconds:.2f} of {whole:.2f} s with the lock: it was 0.75 of all, and more"


def test_s0_2_others_write_between_the_check_and_the_write(
    bring: Bring, real_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that writes waits for the lock a tenth of a second here, not ten."""
    page = Database(real_database.engine.url.render_as_string(hide_password=False), limited=True)
    if page.lock:
        monkeypatch.setattr(page.lock, "_patience", 0.1)

    def register(session: Session) -> None:
        make_pilgrim(session, passport_number="AC1234567")

    between(monkeypatch, page, register)
    assert bring(as_list(people(5)))["imported"] == {"registered": 5, "returning": 0, "unchanged": 0}
    with page.open_session(writes=False) as session:
        assert len(session.exec(select(Pilgrim.id)).all()) == 6
    page.engine.dispose()


def between(
    monkeypatch: pytest.MonkeyPatch, database: Database, act: Callable[[Session], None], *, times: int = 1
) -> None:
    """Somebody commits `act` when a list has been checked: the first `times` lists."""
    left, sort_out = [act] * times, intake.sort_out

    def overtaken(*args: Any, **kwargs: Any) -> Any:
        if left:
            with database.open_session(writes=True) as session:
                left.pop()(session)
                session.commit()
        return sort_out(*args, **kwargs)

    monkeypatch.setattr(intake, "sort_out", overtaken)


def same_person(session: Session, person: SyntheticPilgrim) -> None:
    services.register_pilgrim(
        session, person.details, RegistrationDetails(person.region_code),
        id=new_id(), campaign=the_campaign(session), by=new_id(), at=NOW,
    )  # fmt: skip


def same_passport(session: Session, person: SyntheticPilgrim) -> None:
    make_pilgrim(session, passport_number=person.details.passport_number)


def somebody_alike(session: Session, person: SyntheticPilgrim) -> None:
    changes = {"passport_number": "AC1234567", "pin": None, "phone": None}
    make_pilgrim(session, **(person.details.model_dump() | changes))


def corrected_to_be_alike(session: Session, person: SyntheticPilgrim) -> None:
    other = session.exec(select(Pilgrim).where(Pilgrim.passport_number == "AC7654321")).one()
    details = person.details.model_copy(update={"passport_number": "AC7654321", "pin": None, "phone": None})
    services.change_details(session, other, details, campaign=the_campaign(session), at=NOW)


OVERTAKEN = {
    "the same person by a form": (same_person, {"registered": 4, "returning": 0, "unchanged": 1}, ""),
    "the passport of another": (same_passport, None, "This number is registered with another name"),
    "somebody alike": (somebody_alike, None, "Somebody very like this is registered already"),
    "a correction makes somebody alike": (corrected_to_be_alike, None, "Somebody very like this"),
}


@pytest.mark.parametrize("case", OVERTAKEN)
def test_fa13_a_list_overtaken_after_its_check_is_checked_again(
    case: str, bring: Bring, real_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    act, imported, fault = OVERTAKEN[case]
    some = people(5)
    with real_database.open_session(writes=True) as session:
        make_pilgrim(session, passport_number="AC7654321", birth_on="1950-05-05")
        session.commit()
    between(monkeypatch, real_database, lambda session: act(session, some[2]))
    done = bring(as_list(some))
    assert done["imported"] == imported
    assert [sentence[: len(fault)] for sentence in done["faults"]] == ([fault] if fault else [])


def test_fa13_a_list_overtaken_again_and_again_is_a_sentence_and_nothing_is_written(
    bring: Bring, real_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(session: Session, *_: Any) -> frozenset[Any]:
        return frozenset({("", new_id())})

    monkeypatch.setattr(lists, "_met", overtaken)
    done = bring(as_list(people(2)))
    assert done["imported"] is None
    assert [sentence[:40] for sentence in done["faults"]] == ["Somebody registered a pilgrim of this li"]
    with real_database.open_session(writes=False) as session:
        for table in (Pilgrim, PilgrimIdentifier, PilgrimSearchKey, Registration, Tally):
            assert session.exec(select(table)).all() == []


def test_fa13_a_number_committed_after_the_last_look_is_refused_by_its_constraint(session: Session) -> None:
    """In PostgreSQL alone: there another may commit between the look and the insert."""
    (person, *_others) = some = people(3)
    listed = intake.check_list(session, intake.read_lines(as_list(some)), campaign=the_campaign(session), on=NOW.date())
    ready = lists.prepare(session, listed, campaign=the_campaign(session), by=new_id(), at=NOW)
    session.add(
        PilgrimIdentifier(kind=IdentifierKind.PASSPORT, value=person.details.passport_number, pilgrim_id=new_id())
    )
    session.flush()
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(lists, "_met", lambda *_: ready.clues.met)
        with pytest.raises(lists.ListOvertaken):
            lists.import_list(session, ready)
    assert session.exec(select(Pilgrim)).all() == []


def test_s0_2_a_list_brings_row_for_row_what_the_form_does(session: Session) -> None:
    some, by = people(20), new_id()
    tables: list[type[SQLModel]] = [Pilgrim, PilgrimIdentifier, PilgrimSearchKey, Registration, Tally]

    def written() -> list[list[dict[str, Any]]]:
        session.flush()
        found = [[row.model_dump() for row in session.exec(select(table)).all()] for table in tables]
        ids = {row["id"]: row["passport_number"] for row in found[0]}
        plain = [[_named(row, ids) for row in table] for table in found]
        return [sorted(table, key=repr) for table in plain]

    with session.begin_nested() as undone:
        for person in some:
            services.register_pilgrim(
                session, person.details, RegistrationDetails(person.region_code),
                id=new_id(), campaign=the_campaign(session), by=by, at=NOW,
            )  # fmt: skip
        by_form = written()
        undone.rollback()
    session.expire_all()
    listed = intake.check_list(session, intake.read_lines(as_list(some)), campaign=the_campaign(session), on=NOW.date())
    lists.import_list(session, lists.prepare(session, listed, campaign=the_campaign(session), by=by, at=NOW))
    assert written() == by_form


def _named(row: dict[str, Any], ids: dict[Any, str]) -> dict[str, Any]:
    """Without the row's own id; its pilgrim by passport."""
    if "pilgrim_id" in row:
        row["pilgrim_id"] = ids[row["pilgrim_id"]]
    return {name: value for name, value in row.items() if name != "id"}
