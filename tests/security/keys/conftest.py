"""Installations whose keys may be taken away."""

from pathlib import Path

import pytest

from registry.certificates.keys import Issuer, create_keys, load_issuer
from registry.settings import Settings
from tests.factories import NOW


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation of its own, whose keys may be taken away."""
    settings = Settings(var_dir=tmp_path / "var")
    create_keys(settings, at=NOW)
    return settings


@pytest.fixture
def issuer(settings: Settings) -> Issuer:
    return load_issuer(settings)
