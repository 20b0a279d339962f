"""Installations whose keys may be taken away."""

import shutil
from pathlib import Path

import pytest

from registry.certificates.keys import Issuer, load_issuer
from registry.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, lasting_settings: Settings) -> Settings:
    """An installation of its own with the keys that signed the world: they may be taken away."""
    settings = Settings(var_dir=tmp_path / "var")
    shutil.copytree(lasting_settings.keys_dir, settings.keys_dir)
    shutil.copy2(lasting_settings.var_dir / "secret_key", settings.var_dir)  # which locks the keys
    return settings


@pytest.fixture
def issuer(settings: Settings) -> Issuer:
    return load_issuer(settings)
