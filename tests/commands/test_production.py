"""What production refuses to start with, and how it serves behind its proxy."""

import signal

import pytest
from sqlalchemy import text

from registry.certificates.keys import create_keys
from registry.commands.private_files import close_to_others
from registry.db import Database
from registry.settings import Settings
from registry.staff.models import Staff
from tests.commands.conftest import CommandLine
from tests.commands.serving import ended_by, free_port, get, serving

SECRET = "0123456789abcdef" * 4


@pytest.fixture
def production(registry: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """All that production needs."""
    for name, value in {
        "REGISTRY_ENV": "production",
        "REGISTRY_SECRET_KEY": SECRET,
        "REGISTRY_PUBLIC_URL": "https://registry.example",
        "REGISTRY_PORT": str(free_port()),
        "REGISTRY_BEHIND_PROXY": "true",
    }.items():
        monkeypatch.setenv(name, value)
    create_keys(Settings())
    close_to_others(Settings())
    return registry


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REGISTRY_SECRET_KEY", ""),
        ("REGISTRY_SECRET_KEY", "too short"),
        ("REGISTRY_SECRET_KEY", "a" * 64),
        ("REGISTRY_PUBLIC_URL", ""),
        ("REGISTRY_PUBLIC_URL", "http://registry.example"),
    ],
)
def test_production_refuses_settings_for_play(
    production: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert name in production.refuse("serve")


def test_production_refuses_a_key_that_others_can_read(production: CommandLine) -> None:
    (production.var / "keys" / "dsc.key").chmod(0o644)
    assert production.refuse("serve").startswith("Other users of this machine can read the key")


@pytest.mark.parametrize(
    ("name", "mode"), [(".", 0o755), ("prints", 0o750), ("secret_key", 0o604), ("old.sqlite", 0o640)]
)
def test_production_refuses_files_that_others_can_read(production: CommandLine, name: str, mode: int) -> None:
    """Security M12: a folder made by the operator stayed 0755, and everything in it 0644."""
    path = production.var / name
    if name == "prints":
        path.mkdir(exist_ok=True)
    elif name != ".":
        path.touch()
    path.chmod(mode)
    sentence = production.refuse("serve")
    assert sentence == f"Other users of this machine can look into {path}. Run: chmod -R go= {path}"
    assert f"GRAVE  {sentence}" in production.run("doctor").stdout


def test_production_refuses_to_start_without_keys(production: CommandLine) -> None:
    for file in (production.var / "keys").iterdir():
        file.unlink()
    assert production.refuse("serve").startswith("There are no keys")


def test_production_never_migrates_by_itself(production: CommandLine, real_database: Database) -> None:
    with real_database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert production.refuse("serve").endswith("Run: registry db upgrade")


def test_production_refuses_training_accounts(production: CommandLine, real_database: Database) -> None:
    with real_database.open_session(writes=True) as session:
        session.add(Staff(username="play", name="П", latin_name="P", password_hash="none", training=True))
        session.commit()
    assert production.refuse("serve").startswith("This database has training accounts (play).")


def test_production_serves_behind_its_proxy(production: CommandLine) -> None:
    port = Settings().port
    with serving(port) as process:
        answer = get(port, "/sign-in", X_Forwarded_Proto="https", X_Forwarded_Host="registry.example")
        assert answer is not None
        status, headers = answer
        assert status == 200
        assert headers["Set-Cookie"].startswith("__Host-form=")
        assert "Secure" in headers["Set-Cookie"]
        assert headers["Connection"] == "close", "a proxy would keep it, and meet a worker that ends"
        assert ended_by(process, signal.SIGTERM) == (0, "Registry on https://registry.example - Ctrl-C stops it.\n", "")
