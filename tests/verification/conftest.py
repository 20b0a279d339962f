"""Where most stories of strangers begin: one certificate, made once."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlmodel import Session

from registry import clock
from registry.certificates.keys import load_issuer
from registry.certificates.models import Certificate
from registry.db import Database
from registry.settings import Settings
from tests.certificates.stories import certify
from tests.engines import Engine
from tests.factories import NOW
from tests.lasting import template_of


@pytest.fixture(scope="session")
def _certified(engine: Engine, lasting_settings: Settings) -> Iterator[tuple[Database, Certificate]]:
    """A database in which the certificate is committed, and its row without a session."""
    database = Database(engine.fresh("certified"))
    with clock.set_to(NOW), database.open_session(writes=True) as session:
        issuer, born = load_issuer(lasting_settings), date(1955, 3, 12)
        _pilgrim, certificate = certify(session, issuer, birth_on=born, passport_number="PE7654321")
        session.commit()
        session.refresh(certificate)
        session.expunge_all()
    yield database, certificate
    database.engine.dispose()


@pytest.fixture
def _template_database(request: pytest.FixtureRequest, _template_database: Database) -> Database:
    """Whoever asks for the certificate finds it in the database from the start."""
    return template_of(request, "_certified", _template_database)


@pytest.fixture
def certificate(session: Session, _certified: tuple[Database, Certificate]) -> Certificate:
    """Of a pilgrim born on 12 March 1955, passport PE7654321."""
    _database, certificate = _certified
    return session.merge(certificate, load=False)
