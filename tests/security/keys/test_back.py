"""What waits for the signer's key is issued when it is back, and a start without it is refused (faults FA4)."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from registry import clock
from registry.certificates import queries, services
from registry.certificates.key_files import SIGNER_KEY
from registry.certificates.keys import Issuer, Keyless
from registry.certificates.models import CertificateRevocation
from registry.certificates.rules import KeysFault
from registry.commands import doctor, training, worker
from registry.db import Database
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.settings import Settings
from tests.certificates.stories import certified, certify, refresh, set_right, vaccinate
from tests.factories import CAMPAIGN, NOW, make_staff, the_campaign
from tests.security.keys.losing import come_back, jobs, lock_otherwise, spoil, take_key


def test_fa4_a_token_that_is_pulled_out_while_signing_leaves_nothing_half_done(
    session: Session, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pilgrim = vaccinate(session)

    def gone(*_args: object) -> str:
        raise KeysFault

    with monkeypatch.context() as pulled:
        pulled.setattr("registry.certificates.services.issuing.encode", gone)
        assert refresh(session, pilgrim, issuer) is None
        assert queries.list_certificates(session, pilgrim.id) == []
        assert len(jobs(session)) == 1
    assert refresh(session, pilgrim, issuer) is not None
    assert certified(session) == 1


@pytest.mark.real_commit
def test_fa4_the_worker_waits_for_the_key_however_long_and_needs_no_restart(
    real_database: Database, settings: Settings, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(settings.var_dir))
    away = Keyless(issuer.authority, issuer.training, KeysFault())
    with real_database.open_session(writes=True) as session:
        people = [vaccinate(session).id for _ in range(2)]
        for person in people:
            pilgrim = session.get_one(Pilgrim, person)
            services.refresh(session, pilgrim, campaign=the_campaign(session), issuer=away, by=new_id(), at=NOW)
        session.commit()
    take_key(settings.keys_dir)
    for minute in range(1, 6):  # more often than a job may fail
        with clock.set_to(NOW + timedelta(minutes=minute)):
            assert worker.run_next(real_database)
            assert not worker.run_next(real_database), "the other one waits as well: nobody asks for each by itself"
    (settings.var_dir / "away.key").rename(settings.keys_dir / SIGNER_KEY)
    with clock.set_to(NOW + timedelta(minutes=7)):
        assert worker.run_next(real_database)
        assert worker.run_next(real_database)
    with real_database.open_session(writes=False) as session:
        assert [queries.live_certificate(session, person, CAMPAIGN) is not None for person in people] == [True, True]
        assert all(job.finished_at and not job.failed_at for job in jobs(session))


def test_fa4_the_doctor_says_how_many_certificates_wait(session: Session, issuer: Issuer) -> None:
    away = Keyless(issuer.authority, issuer.training, KeysFault())
    for _ in range(2):
        pilgrim = vaccinate(session)
        services.refresh(session, pilgrim, campaign=the_campaign(session), issuer=away, by=new_id(), at=NOW)
    (found,) = doctor.late_papers(session)
    assert found.sentence.startswith("2 certificates wait for the signing key since 25.12.2025 04:00 UTC.")


@pytest.mark.parametrize("away", [take_key, lock_otherwise, spoil])
def test_fa4_a_start_without_the_key_is_refused_and_says_what_to_do(
    real_database: Database, settings: Settings, away: Callable[[Path], None]
) -> None:
    away(settings.keys_dir)
    with pytest.raises(KeysFault) as refused:
        training.prepare(settings, real_database)
    assert "Restore it from its safe place" in str(refused.value) or "REGISTRY_KEYS_PASSPHRASE" in str(refused.value)


def test_b1_the_job_issues_nothing_after_a_person_revoked(session: Session, issuer: Issuer) -> None:
    pilgrim, certificate = certify(session, issuer)
    set_right(session, pilgrim, latin_given_name="AIGULI")
    away = Keyless(issuer.authority, issuer.training, KeysFault())
    services.refresh(session, pilgrim, campaign=the_campaign(session), issuer=away, by=new_id(), at=NOW)
    come_back(session, issuer)
    live = queries.live_certificate(session, pilgrim.id, CAMPAIGN)
    assert live is not None
    assert live.id != certificate.id
    services.revoke_certificate(session, live, reason="Shown by another", by=make_staff(session).id, at=NOW)
    come_back(session, issuer)
    assert queries.live_certificate(session, pilgrim.id, CAMPAIGN) is None
    assert len(session.exec(select(CertificateRevocation)).all()) == 2
