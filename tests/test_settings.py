"""A setting nobody can use is refused before anything starts."""

import pytest
from pydantic import ValidationError

from registry.settings import Settings

SECRET = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": 0},
        {"port": 70_000},
        {"workers": 0},
        {"dvc_generation": 2},
        {"timezone": "Mars/Base"},
        {"env": "production"},
        {"env": "production", "secret_key": "short", "public_url": "https://registry.example"},
        {"env": "production", "secret_key": "a" * 64, "public_url": "https://registry.example"},
        {"env": "production", "secret_key": SECRET, "public_url": "http://registry.example"},
    ],
)
def test_what_cannot_be_used_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(wrong)


def test_production_starts_with_a_real_secret_and_an_address_by_https() -> None:
    settings = Settings.model_validate(
        {"env": "production", "secret_key": SECRET, "public_url": "https://registry.example/"}
    )
    assert (settings.training, settings.uses_tls, settings.url) == (False, True, "https://registry.example")


def test_nobody_changes_a_running_installation() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 9  # type: ignore[misc]  # the point of the test


def test_a_plain_postgresql_address_uses_the_installed_driver() -> None:
    assert Settings(database_url="postgresql://u@h/d").database == "postgresql+psycopg://u@h/d"
