"""Where prints lie: the same folder for the worker, which reads the environment, and for the pages."""

import pytest

from registry.settings import Settings


@pytest.fixture(autouse=True)
def _same_folder(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(settings.var_dir))
