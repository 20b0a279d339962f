"""A training installation of its own in a temporary folder, with as many pilgrims as a campaign has."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry import create_app
from registry.campaigns import queries as campaigns
from registry.certificates.models import Certificate
from registry.commands import db
from registry.commands.campaign import HAJJ_2026, load_everything, read_document
from registry.commands.simulate import issuer_of, play
from registry.commands.synthetic import SyntheticPilgrim, synthetic_pilgrims
from registry.db import Database
from registry.settings import Settings
from registry.staff import services as staff
from tests.factories import CAMPAIGN, NOW, make_staff

PILGRIMS, PLAYED, SEED = 6_000, 1_000, 1
LISTED = PILGRIMS - PLAYED


@dataclass(frozen=True)
class Installation:
    settings: Settings
    database: Database
    app: Flask

    @cached_property
    def people(self) -> list[SyntheticPilgrim]:
        """Everybody; the first `PLAYED` lived through the campaign, the others come by a list."""
        with self.reading() as session:
            regions = sorted({code for served in campaigns.regions_by_point(session).values() for code in served})
        return list(synthetic_pilgrims(PILGRIMS, SEED, regions))

    @property
    def listed(self) -> list[SyntheticPilgrim]:
        return list(islice(self.people, PLAYED, None))

    def reading(self) -> Session:
        return self.database.open_session(writes=False)

    def list_certificates(self) -> list[Certificate]:
        with self.reading() as session:
            return list(session.exec(select(Certificate)))

    def sign_in(self, role: str, *, point: str | None = None) -> FlaskClient:
        """A browser in which a person of this role is signed in. Tokens against forgery stay switched on."""
        with self.database.open_session(writes=True) as session:
            person = make_staff(session, role, point=point)
            cookie = staff.open_session(session, person, at=NOW, lifetime=timedelta(hours=12), address="bench")
            session.commit()
        client = self.app.test_client()
        client.set_cookie("session", cookie)
        return client


@contextmanager
def installed() -> Iterator[Installation]:
    """Migrations, reference data, keys, and the part of the cohort that is simulated. Gone afterwards."""
    with TemporaryDirectory(prefix="registry-bench-") as folder, patch.dict(os.environ, environment_for(Path(folder))):
        for name in [name for name in os.environ if name.startswith("REGISTRY_") and name not in OWN]:
            del os.environ[name]
        settings = Settings()
        db.prepare(settings)
        issuer_of(settings)
        database = Database(settings.database)
        with database.open_session(writes=True) as session:
            load_everything(session, read_document(HAJJ_2026), by=None, at=NOW)
            session.commit()
        play(database, settings, pilgrims=PLAYED, seed=SEED, campaign_code=CAMPAIGN)
        yield Installation(settings, database, create_app(settings, database))
        database.engine.dispose()


OWN = {"REGISTRY_VAR_DIR", "REGISTRY_PORT", "REGISTRY_WORKERS"}


def environment_for(folder: Path) -> dict[str, Any]:
    return {"REGISTRY_VAR_DIR": str(folder / "var"), "REGISTRY_PORT": str(free_port()), "REGISTRY_WORKERS": "2"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
