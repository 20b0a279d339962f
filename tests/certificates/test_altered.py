"""Records altered past the registry, papers with them: signed codes and the log stay true, and the night tells."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlmodel import Session, select, text

from registry import clock
from registry.audit.models import Action
from registry.audit.queries import list_events
from registry.certificates.codes import find_differences
from registry.certificates.keys import Issuer
from registry.certificates.logged import find_changes
from registry.certificates.models import Certificate
from registry.commands import agreement, cli
from registry.commands.agreement import find_disagreements
from registry.commands.worker import run_next
from registry.db import Database
from registry.immunization_log.models import LogRecord
from registry.jobs.queries import find_last_done
from registry.model import new_id
from registry.settings import Settings
from tests.certificates.stories import LATER, certify

Change = Callable[[Session, Certificate], None]


def alter(statement: str, **facts: Any) -> Change:
    """Whoever can write to the database changes the record and what the paper prints, alike."""

    def change(session: Session, certificate: Certificate) -> None:
        doses = [{name: facts.get(name, value) for name, value in dose.items()} for dose in certificate.facts["doses"]]
        printed = {name: facts.get(name, value) for name, value in certificate.facts.items()}
        certificate.facts = {**printed, "doses": doses}
        session.flush()
        session.execute(text(statement))

    return change


def alter_facts(**facts: Any) -> Change:
    def change(_session: Session, certificate: Certificate) -> None:
        certificate.facts = {**certificate.facts, **facts}

    return change


def cut_dose(kept: int) -> Change:
    """Of the two doses the second ends sooner: without it the other one alone seems to count for longer."""

    def change(_session: Session, certificate: Certificate) -> None:
        certificate.facts = {**certificate.facts, "doses": [certificate.facts["doses"][kept]]}

    return change


ALTERED = {
    "name": alter("UPDATE pilgrim SET latin_surname = 'GHOST', latin_given_name = ''", latin_name="GHOST"),
    "birth_date": alter("UPDATE pilgrim SET birth_on = '1971-02-03'", birth_date="1971-02-03"),
    "document": alter("UPDATE pilgrim SET passport_number = 'PE7777777'", passport_number="PE7777777"),
    "lot": alter("UPDATE lot SET number = 'SOLD0001'", lot="SOLD0001"),
    "given_on": alter("UPDATE dose SET given_on = '2025-12-24'", given_on="2025-12-24"),
    # What security M1 does not name.
    "sex": alter("UPDATE pilgrim SET sex = 'male'", sex="male"),
    "nationality": alter("UPDATE pilgrim SET nationality = 'KAZ'", nationality="KAZ"),
    "product": alter("UPDATE product SET latin_name = 'Water'", product="Water"),
    "disease": alter("SELECT 1", disease={"en": "Yellow fever"}),
    "doses": cut_dose(0),
}
# What no signed code states: only the log keeps it.
LOGGED = {
    "cyrillic_name": alter(
        "UPDATE pilgrim SET surname = 'Байтик', given_name = '', patronymic = ''", cyrillic_name="Байтик"
    ),
    "authority": alter("SELECT 1", authority={"en": "Another ministry"}),
    "vaccinator": alter("UPDATE staff SET latin_name = 'N. OBODY'", vaccinator="N. OBODY"),
    "place": alter("SELECT 1", place={"en": "Nowhere"}),
    "manufacturer": alter("UPDATE product SET manufacturer = 'Somebody'", manufacturer="Somebody"),
    "disease": alter("SELECT 1", disease={"en": "A disease that is on no list"}),
    "verify_url": alter("SELECT 1", verify_url="https://example.org/v/abc"),
    "doses": cut_dose(1),
    # What no record holds either.
    "issued_at": lambda _session, certificate: setattr(certificate, "issued_at", LATER),
    "reissue_reason": lambda _session, certificate: setattr(certificate, "reissue_reason", "Because"),
    "note": alter_facts(note="Cured"),
}


def alarm_after(change: Change, session: Session, issuer: Issuer) -> tuple[str, tuple[str, ...]]:
    """What the night says of a paper after a change, and in what it differs."""
    _pilgrim, certificate = certify(session, issuer)
    change(session, certificate)
    session.flush()
    session.expire_all()
    (found,) = find_disagreements(session, issuer=issuer, at=LATER)
    assert found.alarm is not None
    return found.why, found.alarm.differing


@pytest.mark.parametrize("what", ALTERED)
def test_m1_a_record_altered_with_its_paper_is_an_alarm(session: Session, issuer: Issuer, what: str) -> None:
    why, differing = alarm_after(ALTERED[what], session, issuer)
    assert "says something else than the paper" in why
    assert what in differing


@pytest.mark.parametrize("what", LOGGED)
def test_m1_what_no_code_states_is_held_against_the_log(session: Session, issuer: Issuer, what: str) -> None:
    why, differing = alarm_after(LOGGED[what], session, issuer)
    assert differing == (what,)
    assert why == f"it says something else than was logged when it was issued: {what}"


def test_m1_no_fact_of_a_paper_can_be_altered_without_an_alarm(session: Session, issuer: Issuer) -> None:
    """Each fact, each fact of each dose and each column, one at a time, whatever this registry comes to print."""
    _pilgrim, certificate = certify(session, issuer)
    whole = certificate.model_dump()

    def alarms(**changes: Any) -> tuple[str, ...]:
        forged = Certificate.model_construct(**{**deepcopy(whole), **changes})
        return (*find_differences(forged, issuer.trust), *find_changes(session, forged))

    facts = whole["facts"]
    others = {name: {**facts, name: other_than(value)} for name, value in facts.items()}
    for place, dose in enumerate(facts["doses"]):
        for name, value in dose.items():
            doses = [*facts["doses"][:place], {**dose, name: other_than(value)}, *facts["doses"][place + 1 :]]
            others[f"{name} of dose {place}"] = {**facts, "doses": doses}
    missed = [name for name, forged in others.items() if not alarms(facts=forged)]
    missed += [name for name, value in whole.items() if name != "facts" and not alarms(**{name: other_than(value)})]
    assert alarms() == ()
    assert len(others) > 40
    assert missed == []


def other_than(value: Any) -> Any:
    """Another value of the same kind."""
    match value:
        case int():  # and a yes
            return 1 - value
        case date():  # and a moment
            return value + timedelta(days=1)
        case UUID():
            return new_id()
        case list():
            return [*value, {}]
        case dict():
            return {**value, "en": "Something else"}
    return f"{value}X"


def shorten_log(session: Session, _certificate: Certificate) -> None:
    session.execute(text("DELETE FROM log_record"))


def alter_log_too(session: Session, certificate: Certificate) -> None:
    """Paper and logged record alike: the entry, which the database lets nobody change, commits to the true one."""
    for record in session.exec(select(LogRecord).where(LogRecord.record_id == certificate.id)):
        changed = {**record.content["facts"], "cyrillic_name": "Байтик"}
        record.content = {**record.content, "facts": changed}
        certificate.facts = changed


def spoil_log(session: Session, certificate: Certificate) -> None:
    for record in session.exec(select(LogRecord).where(LogRecord.record_id == certificate.id)):
        record.content = {"facts": 1}


@pytest.mark.parametrize("change", [shorten_log, alter_log_too, spoil_log])
def test_m1_a_paper_whose_logged_issue_was_altered_is_an_alarm(
    session: Session, issuer: Issuer, change: Change
) -> None:
    assert alarm_after(change, session, issuer)[1] == ("log",)


@pytest.mark.parametrize("facts", [[], 1, {}, {"doses": 7}, {"doses": [7]}])
def test_m1_facts_that_are_none_stop_no_nightly_check(session: Session, issuer: Issuer, facts: Any) -> None:
    _why, differing = alarm_after(lambda _session, paper: setattr(paper, "facts", facts), session, issuer)
    assert differing[0] == "facts"


def test_m1_the_number_of_a_dose_is_held_against_its_record(session: Session, issuer: Issuer) -> None:
    """Codes of generation 1 state it, papers do not."""
    oldest = replace(issuer, dvc_generation=1)
    certify(session, oldest)
    assert list(find_disagreements(session, issuer=oldest, at=LATER)) == []
    session.execute(text("UPDATE dose SET number = 2"))
    session.expire_all()
    (found,) = find_disagreements(session, issuer=oldest, at=LATER)
    assert found.alarm is not None
    assert found.alarm.differing == ("number",)


@pytest.mark.parametrize("paper_too", [True, False], ids=["the paper too", "the row alone"])
def test_m1_the_night_tells_of_what_somebody_altered_and_nothing_signs_it(
    real_database: Database,
    settings: Settings,
    issuer: Issuer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    paper_too: bool,
) -> None:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", real_database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(settings.var_dir))
    with real_database.open_session(writes=True) as session:
        certify(session, issuer)
        _pilgrim, certificate = certify(session, issuer, latin_given_name="NURGUL", given_name="Нургүл")
        ghost = "UPDATE pilgrim SET latin_surname = 'GHOST', latin_given_name = '' WHERE latin_given_name = 'NURGUL'"
        alter(ghost, **({"latin_name": "GHOST"} if paper_too else {}))(session, certificate)
        agreement.enqueue_nightly(session, at=clock.now())
        session.commit()
    while run_next(real_database, stop=Event()):
        pass
    with real_database.open_session(writes=False) as session:
        job = find_last_done(session, agreement.CHECK)
        assert job is not None
        assert (job.result["disagreements"], job.result["altered"]) == (1, 1)
        (alarm,) = [event for event in list_events(session) if event.action is Action.CODES_DIFFER]
        assert alarm.subject == certificate.id.hex
    assert "the signed codes or the logged issue of 1 certificates differ" in caplog.text
    for personal in ("GHOST", "NURGUL", certificate.code, certificate.token):
        assert personal not in caplog.text
    doctor = CliRunner().invoke(cli, ["doctor"])
    assert (doctor.exit_code, "somebody altered the database" in doctor.stdout) == (1, True)
    for command in ("check", "refresh"):
        answer = CliRunner().invoke(cli, ["certificates", command])
        assert answer.exit_code == 1
        assert "somebody altered the database" in answer.stderr
    with real_database.open_session(writes=False) as session:
        assert len(session.exec(select(Certificate)).all()) == 2, "a new paper would sign the other name"
