"""Fixtures: both engines, a stopped clock, a signed-in cast."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import Environment, FileSystemBytecodeCache
from jinja2.bccache import Bucket
from playwright.sync_api import Browser, sync_playwright
from sqlmodel import Session

from registry import clock, create_app
from registry.certificates.keys import Issuer, create_keys, load_issuer
from registry.db import Database
from registry.model import new_id
from registry.settings import Settings
from registry.staff import services as staff_services
from registry.staff.models import Staff
from tests import holding, ordering, serializable
from tests.engines import Engine, PostgresqlEngine, SharedConnection, SqliteEngine
from tests.factories import BISHKEK, NARYN, NOW, make_staff

SignIn = Callable[[Staff], FlaskClient]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class CompiledTemplates(FileSystemBytecodeCache):
    """Also of pages whose words are put in when they are compiled (registry/web/spoken.py): one for each language."""

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        language = environment.globals.get("current_locale", "")
        return super().get_bucket(environment, f"{language} {name}", filename, source)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=["sqlite", "postgresql"], default="sqlite", help="database for the whole run")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What opens no database, and what a browser does with a page, is the same on both: it runs once, with SQLite.

    Journeys are whole stories, so they run on both.
    """
    if config.getoption("engine") == "sqlite":
        return
    alike = [item for item in items if is_alike(item)]
    if len(alike) < len(items):  # who asks for such a test by name gets it
        items[:] = [item for item in items if item not in set(alike)]
        config.hook.pytest_deselected(items=alike)


def is_alike(item: pytest.Item) -> bool:
    of_a_page = item.get_closest_marker("browser") is not None and "journeys" not in item.path.parts
    return of_a_page or "engine" not in getattr(item, "fixturenames", ())


def pytest_report_header(config: pytest.Config) -> str:
    strict = ", SERIALIZABLE with injected conflicts" if serializable.ASKED else ""
    return f"database engine: {config.getoption('engine')}{strict}"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process of several tells the one that reports what it injected."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["injected"] = serializable.injected


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    serializable.injected += getattr(node, "workeroutput", {}).get("injected", [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if serializable.ASKED:
        terminalreporter.write_line(f"serialization failures injected: {len(serializable.injected)}")


@pytest.fixture(autouse=True)
def _stopped_clock() -> Iterator[None]:
    """Every test begins at 10:00 in Bishkek on the day of the notice."""
    with clock.set_to(NOW):
        yield


@pytest.fixture(scope="session", autouse=True)
def _templates_are_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each test has an application of its own, and compiling its templates again took half of all the time."""
    Flask.jinja_options = {"bytecode_cache": CompiledTemplates(str(tmp_path_factory.mktemp("templates")))}


@pytest.fixture(scope="session", autouse=True)
def real_hasher() -> Iterator[PasswordHasher]:
    """Passwords are hashed with the least work: twenty milliseconds each otherwise. The one that is for real."""
    real = staff_services._hasher
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staff_services, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield real


@pytest.fixture(scope="session", autouse=True)
def _watching() -> Iterator[None]:
    with holding.watching(), ordering.watching(), serializable.serializable():
        yield


@pytest.fixture(autouse=True)
def _nobody_waits_for_what_is_slow() -> Iterator[None]:
    """Security M6, M15; speed S0.1, S0.2; faults FA3: no page is drawn, nothing hashed or parsed by who writes."""
    holding.watch.seen.clear()
    yield
    held, holding.watch.seen[:] = list(holding.watch.seen), []
    assert not held, f"{held}: db.stop_writing() before it, or db.start_writing() after it."


@pytest.fixture(autouse=True)
def _all_take_their_locks_in_one_order() -> Iterator[None]:
    """Faults FA1: whatever services a test calls, no transaction takes a lock that comes before one it has."""
    ordering.faults.clear()
    yield
    wrong, ordering.faults[:] = list(ordering.faults), []
    assert not wrong, f"{wrong}: the order of locks stands in registry/db/order.py."


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    if request.config.getoption("engine") == "sqlite":
        return SqliteEngine(tmp_path_factory.mktemp("sqlite"))
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    # The folder above a worker's own is shared by all workers of the run.
    shared = tmp_path_factory.getbasetemp().parent if worker != "main" else tmp_path_factory.getbasetemp()
    return PostgresqlEngine(shared / "postgresql", worker)


@pytest.fixture(scope="session")
def _template_database(engine: Engine) -> Iterator[Database]:
    database = Database(engine.fresh("shared"))
    yield database
    database.engine.dispose()


@pytest.fixture
def database(_template_database: Database) -> Iterator[Database]:
    """A database whose changes are undone at the end of the test."""
    with _template_database.engine.connect() as connection:
        transaction = connection.begin()
        yield SharedConnection(connection)
        transaction.rollback()


@pytest.fixture
def real_database(engine: Engine) -> Iterator[Database]:
    """A database of its own, with real commits: for races, servers and commands."""
    database = Database(engine.fresh(f"own_{new_id().hex[-12:]}"))
    yield database
    database.engine.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.open_session(writes=True) as session:
        yield session


@pytest.fixture(scope="session")
def lasting_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A training installation with keys of its own, which no test changes."""
    settings = Settings(var_dir=Path(tmp_path_factory.mktemp("var")))
    create_keys(settings, at=NOW)
    return settings


@pytest.fixture(scope="session")
def settings(lasting_settings: Settings) -> Settings:
    return lasting_settings


@pytest.fixture(scope="session")
def issuer(settings: Settings) -> Issuer:
    return load_issuer(settings)


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    app = create_app(settings, database)
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=True, WTF_CSRF_ENABLED=False)
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask, session: Session) -> SignIn:
    """A browser in which this person is signed in, in English."""

    def open_browser(staff: Staff) -> FlaskClient:
        session_id = staff_services.open_session(session, staff, at=NOW, lifetime=timedelta(hours=12), address="test")
        session.commit()
        client = app.test_client()
        client.set_cookie("session", session_id)
        return client

    return open_browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium, one for all browser tests of a process: playwright allows no second."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing: in continuous integration the browser tests must run")
        pytest.skip("CHROMIUM IS MISSING: this browser test did not run (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


# The cast: each has a meaning.


@pytest.fixture
def nurse(session: Session) -> Staff:
    """Vaccinates in Naryn."""
    return make_staff(session, "vaccinator", point=NARYN)


@pytest.fixture
def doctor(session: Session) -> Staff:
    """Examines in Naryn."""
    return make_staff(session, "doctor", point=NARYN, name="Дарыгер Окуубаев")


@pytest.fixture
def naryn_lead(session: Session) -> Staff:
    return make_staff(session, "lead", point=NARYN)


@pytest.fixture
def ministry(session: Session) -> Staff:
    return make_staff(session, "ministry")


@pytest.fixture
def auditor(session: Session) -> Staff:
    return make_staff(session, "auditor")


@pytest.fixture
def outsider(session: Session) -> Staff:
    """Vaccinates in Bishkek: must see nothing of Naryn."""
    return make_staff(session, "vaccinator", point=BISHKEK)
