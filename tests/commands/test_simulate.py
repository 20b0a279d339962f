"""A simulated cohort is what the services would have recorded: the same rows in every table."""

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic_core import to_jsonable_python
from sqlmodel import Session, select

from registry import hcert
from registry.certificates.keys import Issuer
from registry.commands import cohort, recount, shares, simulate
from registry.commands.cohort import Cohort, Story
from registry.commands.synthetic import MOST, PASSPORTS, TooManySynthetic, synthetic_pilgrims
from registry.db import Database
from registry.errors import Refusals
from registry.model import metadata, new_id
from registry.pilgrims import rules as pilgrim_rules
from registry.pilgrims.models import Pilgrim
from registry.settings import Settings
from registry.vaccines import services as vaccines
from registry.vaccines.models import HoldKind
from registry.verification.queries import find_first_break, list_streams, list_unlogged
from tests.commands import by_services, in_bulk
from tests.commands.conftest import CommandLine
from tests.factories import CAMPAIGN, the_campaign

PEOPLE = 30
REGIONS = ["KG-O", "KG-N", "KG-GB"]
# Random, or chained to what is random: proved by the log's own proof, and by decoding the codes.
DRAWN = {"salt", "commitment", "hash", "previous_hash"}
WITHOUT_A_NAME = {"audit_event", "stock_movement"}  # whose ids nothing else names


@pytest.fixture
def stories(session: Session, monkeypatch: pytest.MonkeyPatch) -> Sequence[Story]:
    """Some of everything: who stays away, is put off, refuses a vaccine, is certified."""
    monkeypatch.setattr(cohort, "DEFERRED", 0.2)
    monkeypatch.setattr(cohort, "REFUSES_ONE", 0.2)
    campaign = the_campaign(session)
    points = simulate.prepare_points(session, campaign, doses=PEOPLE)
    return list(Cohort(PEOPLE, seed=5, finished=0.9).stories(campaign, points))


def test_a_simulated_cohort_is_row_for_row_what_the_services_record(
    session: Session, issuer: Issuer, stories: Sequence[Story]
) -> None:
    campaign = the_campaign(session)
    with session.begin_nested() as undone:
        by_services.record(session, campaign, issuer, stories)
        recorded = everything(session, issuer)
        undone.rollback()
    in_bulk.record(session, campaign, issuer, stories)
    simulated = everything(session, issuer)
    for table in metadata.tables:
        assert simulated[table] == recorded[table], table
    written = {"examination", "dose", "dose_not_given", "certificate", "log_entry", "stock_movement", "tally"}
    assert {table for table in written if not simulated[table]} == set()
    assert [broken for head in list_streams(session) if (broken := find_first_break(session, head))] == []
    assert list(list_unlogged(session)) == []
    assert list(recount.differences(session, campaign)) == []


def everything(session: Session, issuer: Issuer) -> dict[str, list[str]]:
    """{table: its rows as text}, with names in place of ids, codes and links, and with what the signed codes say."""
    session.flush()
    names = dict(named(session))
    pattern = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    found = {}
    for name, table in metadata.tables.items():
        rows = []
        for row in session.connection().execute(table.select()).mappings():
            kept = {key: value for key, value in row.items() if key not in DRAWN}
            if name in WITHOUT_A_NAME:
                del kept["id"]
            text = json.dumps(opened(to_jsonable_python(kept), issuer), sort_keys=True, ensure_ascii=False)
            rows.append(pattern.sub(lambda match: names[match[0]], text))
        found[name] = sorted(rows)
    return found


def named(session: Session) -> Iterator[tuple[str, str]]:
    """What a random value belongs to: each is named by the pilgrim's passport."""
    passports = {pilgrim.id: pilgrim.passport_number for pilgrim in session.exec(select(Pilgrim))}
    yield from ((str(one), passport) for one, passport in passports.items())
    for name, table in metadata.tables.items():
        if not {"pilgrim_id", "id"} <= set(table.columns.keys()) or name in WITHOUT_A_NAME:
            continue
        for row in session.connection().execute(table.select()).mappings():
            own = f"{name} {row.get('antigen_code', '')} of {passports[row['pilgrim_id']]}"
            for column in {"id", "visit_id", "code", "token"} & row.keys():
                yield str(row[column]), f"{own}: {column}" if column != "visit_id" else f"visit of {own[-10:]}"
            yield row["id"].hex, f"{own}: hex"


CLAIMS = ("kind", "content", "issuer", "issued_at", "expires_at", "not_before")


def opened(value: Any, issuer: Issuer) -> Any:
    """The same with every signed code verified and replaced by what it says."""
    match value:
        case dict():
            return {
                key: said(one, issuer) if key == "signed_code" else opened(one, issuer) for key, one in value.items()
            }
        case list():
            return [opened(one, issuer) for one in value]
    return value


def said(code: str, issuer: Issuer) -> Any:
    claims = hcert.decode(code).claims
    assert claims.issued_at is not None
    assert hcert.verify(code, issuer.trust, at=claims.issued_at).reason is None
    return to_jsonable_python({**{name: getattr(claims, name) for name in CLAIMS}, "of": str(claims.certificate_id)})


def test_what_the_rules_refuse_is_refused_to_a_synthetic_person_too(
    session: Session, issuer: Issuer, stories: Sequence[Story]
) -> None:
    campaign = the_campaign(session)
    story = next(story for story in stories if story.doses)
    unborn = replace(story.person, birth_on=date(2030, 1, 1))
    with pytest.raises(Refusals, match="birth date"):
        in_bulk.record(session, campaign, issuer, [replace(story, person=unborn)])
    assert story.examination is not None
    late = story.examination.model_copy(update={"outcome": "deferred", "deferred_until": date(2030, 1, 1)})
    with pytest.raises(Refusals, match="put off"):
        in_bulk.record(session, campaign, issuer, [replace(story, examination=late)])
    lot, _product = story.point.lots[story.doses[0].antigen_code]
    before = story.at - timedelta(days=1)
    vaccines.hold_lot(session, lot, HoldKind.QUARANTINE, "cold chain", by=new_id(), at=before)
    with pytest.raises(Refusals, match="cold chain"):
        in_bulk.record(session, campaign, issuer, [story])


def test_a_seed_makes_the_same_stories_again_and_the_next_run_other_people(session: Session) -> None:
    campaign = the_campaign(session)
    points = simulate.prepare_points(session, campaign, doses=10)
    once, again, after = (list(Cohort(10, 3, after=after).stories(campaign, points)) for after in (0, 0, 10))
    assert once == again
    passports = [story.person.details.passport_number for story in (*once, *after)]
    assert passports == [f"{PASSPORTS}{number:07d}" for number in range(1, 21)]
    days = [story.at.date() for story in once]
    assert days == sorted(days), "the log has them in the order of the campaign's days"


# Speed, section 6: PINs repeated after 100,000 people, passports after a million, telephones after a thousand.
@pytest.mark.parametrize("after", [0, 99_000, 100_000, 999_000, 1_500_000, MOST - 3_000])
def test_synthetic_people_have_numbers_of_their_own_up_to_two_million(after: int) -> None:
    people = list(synthetic_pilgrims(3_000, 1, REGIONS, after=after))
    for number in ("passport_number", "pin", "phone"):
        assert len({getattr(person.details, number) for person in people}) == len(people)
    serials = {person.details.pin[-5:]: person.details.birth_on.toordinal() % 20 for person in people}  # type: ignore[index]
    assert set(serials.values()) <= {(after + 1) // 100_000, (after + 3_000) // 100_000}
    details = pilgrim_rules.normalise(people[-1].details)
    assert list(pilgrim_rules.details_faults(details, on=date(2026, 1, 1))) == []
    assert len(details.passport_number) > 9, "no passport's line has room for such a number"


def test_there_are_no_more_than_two_million_synthetic_people(registry: CommandLine) -> None:
    with pytest.raises(TooManySynthetic):
        next(synthetic_pilgrims(2, 1, REGIONS, after=MOST - 1))
    registry.read("simulate", "--pilgrims", "2")
    assert "two million" in registry.refuse("simulate", "--pilgrims", str(MOST))


def test_an_interrupted_simulation_keeps_whole_batches(registry: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second batch ends as by Ctrl-C; what was there before is whole, and the next run goes on behind it."""
    gather = shares.gather

    def interrupted(session: Session, *others: Any) -> Any:
        if simulate.last_synthetic_number(session):
            raise KeyboardInterrupt
        return gather(session, *others)

    with monkeypatch.context() as patched:
        patched.setattr(shares, "BATCH", 4)
        patched.setattr(shares, "gather", interrupted)
        assert registry.run("simulate", "--pilgrims", "9").exit_code != 0
    done = registry.read("simulate", "--pilgrims", "3")
    assert done["registered"] == 3
    assert whole(registry) == 7


def test_every_core_takes_part_unless_there_is_too_little_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(40)))
    assert [simulate.fitting_processes(pilgrims) for pilgrims in (1, 999, 1_000, 5_500, 220_000)] == [1, 1, 2, 6, 16]
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 3})
    assert simulate.fitting_processes(220_000) == 2


def test_only_a_simulation_does_not_wait_for_the_disk(registry: CommandLine, real_database: Database) -> None:
    """Who practises after it in the same process keeps what is acknowledged, as everybody does."""
    if real_database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's server decides on it")
    full, normal = 2, 1

    def synchronous(database: Database) -> int:
        with database.engine.connect() as connection:
            return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    assert simulate.play(real_database, Settings(), pilgrims=2, seed=1)["registered"] == 2
    assert synchronous(real_database) == full
    with shares.bulk_database(str(real_database.engine.url)) as own:
        assert synchronous(own) == normal


def test_several_processes_share_a_simulation(registry: CommandLine) -> None:
    """What they record is counted, chained and certified as by one."""
    done = registry.read("simulate", "--pilgrims", "12", "--processes", "3")
    assert done["registered"] == 12 == whole(registry)
    assert done["certified"] == len(registry.read("certificates", "list"))


def whole(registry: CommandLine) -> int:
    """How many are registered, where log, counters and certificates are proved."""
    assert registry.read("log", "audit")["holds"]
    assert registry.read("certificates", "check") == []
    assert registry.run("coverage", "--recount", "--campaign", CAMPAIGN).exit_code == 0
    return int(registry.read("coverage", "--campaign", CAMPAIGN)["registered"])
