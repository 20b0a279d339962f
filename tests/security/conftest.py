"""The world that is attacked: made once, and as it was made for every test."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session

from registry import clock
from registry.certificates.keys import load_issuer
from registry.db import Database
from registry.settings import Settings
from tests.engines import Engine
from tests.factories import NOW
from tests.lasting import template_of
from tests.security.world import World, make_world


@pytest.fixture(scope="session")
def _inhabited(engine: Engine, lasting_settings: Settings) -> Iterator[tuple[Database, World]]:
    """A database in which the world is committed, and its rows without a session."""
    database = Database(engine.fresh("world"))
    with clock.set_to(NOW), database.open_session(writes=True) as session:
        world = make_world(session, load_issuer(lasting_settings)).apart(session)
    yield database, world
    database.engine.dispose()


@pytest.fixture
def _template_database(request: pytest.FixtureRequest, _template_database: Database) -> Database:
    """Whoever asks for the world finds it in the database from the start."""
    return template_of(request, "_inhabited", _template_database)


@pytest.fixture
def world(session: Session, _inhabited: tuple[Database, World]) -> World:
    _database, world = _inhabited
    return world.seen_by(session)
