"""Records altered past the registry, papers with them: only the signed codes stay true, and the night tells."""

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from click.testing import CliRunner
from sqlmodel import Session, select, text

from registry import clock
from registry.audit.models import Action
from registry.audit.queries import list_events
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.commands import agreement, cli
from registry.commands.agreement import find_disagreements
from registry.commands.worker import run_next
from registry.db import Database
from registry.jobs.queries import find_last_done
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
}


@pytest.mark.parametrize("what", ALTERED)
def test_m1_a_record_altered_with_its_paper_is_an_alarm(session: Session, issuer: Issuer, what: str) -> None:
    _pilgrim, certificate = certify(session, issuer)
    ALTERED[what](session, certificate)
    session.flush()
    session.expire_all()
    (found,) = find_disagreements(session, issuer=issuer, at=LATER)
    assert "says something else than the paper" in found.why
    assert found.alarm is not None
    assert what in found.alarm.differing


def test_m1_the_night_tells_of_what_somebody_altered_and_nothing_signs_it(
    real_database: Database,
    settings: Settings,
    issuer: Issuer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", real_database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(settings.var_dir))
    with real_database.open_session(writes=True) as session:
        certify(session, issuer)
        _pilgrim, certificate = certify(session, issuer, latin_given_name="NURGUL", given_name="Нургүл")
        ghost = "UPDATE pilgrim SET latin_surname = 'GHOST', latin_given_name = '' WHERE latin_given_name = 'NURGUL'"
        alter(ghost, latin_name="GHOST")(session, certificate)
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
    assert "the signed codes of 1 certificates differ" in caplog.text
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
