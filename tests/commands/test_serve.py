"""Starting and ending the server: what is printed, what is refused, what is left behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path

import pytest
from sqlalchemy import text

from registry.certificates.keys import create_keys
from registry.commands.private_files import close_to_others
from registry.commands.serve import END_WITHIN
from registry.db import Database
from registry.db.patience import PATIENCE
from registry.settings import Settings
from registry.staff.models import Staff
from registry.uploads import limits, turns
from tests.commands.conftest import CommandLine

PROGRAM = [sys.executable, "-c", "from registry.commands import main\nif __name__ == '__main__': main()", "serve"]
SECRET = "0123456789abcdef" * 4
START, END = 60, 15  # seconds, on a busy machine
# granian asks whether a worker lives while another of its threads is burying it, and then takes it for alive. Who truly
# refuses is killed after END_WITHIN, which is longer than END.
FALSE_ALARM = r"\[WARNING\] Killing worker-\d after it refused to gracefully stop\n"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def serving(port: int) -> Iterator[subprocess.Popen[str]]:
    """A server in a session of its own, as a terminal starts it, that answers already."""
    process = subprocess.Popen(
        PROGRAM, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        give_up = time.monotonic() + START
        while get(port, "/check") is None:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < give_up, "it did not start"
            time.sleep(0.1)
        yield process
    finally:
        with suppress(ProcessLookupError):  # also where the server died before its workers
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def get(port: int, path: str, **headers: str) -> tuple[int, HTTPMessage] | None:
    """(status, headers); None while nobody answers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=START)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
    except OSError:
        return None
    else:
        return response.status, response.headers
    finally:
        connection.close()


def ended_by(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str, str]:
    """(exit code, what it printed, what it complained of). Ctrl-C goes to the whole group, SIGTERM to the one."""
    (os.killpg if number is signal.SIGINT else os.kill)(process.pid, number)
    printed, complaints = process.communicate(timeout=END)
    return process.returncode, re.sub(FALSE_ALARM, "", printed), complaints


def group_ends(process: subprocess.Popen[str]) -> bool:
    """Nobody of the server's group is left; python's own tracker of resources goes a moment after the others."""
    give_up = time.monotonic() + END
    while time.monotonic() < give_up:
        if not living(process.pid):
            return True
        time.sleep(0.1)
    return False


def living(group: int) -> list[str]:
    """The processes of a group; dead ones that nobody has buried yet do not count."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _parent, of_group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue  # it has just ended
        if int(of_group) == group and state not in {"Z", "X"}:
            found.append(folder.name)
    return found


def test_the_first_run_tells_the_accounts_and_the_second_keeps_them(
    empty: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("REGISTRY_PORT", str(port))
    with serving(port) as first:
        code, printed, complaints = ended_by(first, signal.SIGINT)
        assert (code, complaints) == (0, "")
        assert len(re.findall(r"^  \w+ +\S{16}$", printed, re.MULTILINE)) == 9
        assert group_ends(first)
    before = empty.read("staff", "list")
    with serving(port) as second:
        code, printed, complaints = ended_by(second, signal.SIGTERM)
        assert (code, complaints) == (0, "")
        assert printed == f"Training installation on http://127.0.0.1:{port} - Ctrl-C stops it.\n"
        assert group_ends(second)
    assert empty.read("staff", "list") == before


def test_fa11_new_workers_take_over_without_a_refused_request_and_fa5_none_outlives_its_server(
    empty: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker killed, then SIGHUP as `systemctl reload` sends it; then the server is killed, and its workers end.

    Whoever was connected and had no answer yet gets it from the next worker: those who stood in the queue of the killed
    one were refused, and those who had not sent their request when the other one ended.
    """
    port = free_port()
    monkeypatch.setenv("REGISTRY_PORT", str(port))
    monkeypatch.setenv("REGISTRY_WORKERS", "1")
    with serving(port) as process, connected(port, 4) as (late, *waiting):
        killed = only_worker(process)
        stop(killed)
        for connection in waiting:
            connection.request("GET", "/check")
        os.kill(killed, signal.SIGKILL)
        assert {connection.getresponse().status for connection in waiting} == {200}
        old = only_worker(process)
        late.connect()
        process.send_signal(signal.SIGHUP)
        answers, give_up = [], time.monotonic() + START
        while str(old) in living(process.pid):
            answers.append(get(port, "/check"))
            assert time.monotonic() < give_up, "no new worker took over"
        late.request("GET", "/check")
        assert late.getresponse().status == 200
        answers += [get(port, "/check") for _ in range(20)]
        assert {answer[0] if answer else None for answer in answers} == {200}
        process.kill()
        process.wait(END)
        assert group_ends(process), "web workers answered on without their server"
        assert get(port, "/check") is None


@contextmanager
def connected(port: int, many: int) -> Iterator[list[HTTPConnection]]:
    with ExitStack() as stack:
        connections = [HTTPConnection("127.0.0.1", port, timeout=START) for _ in range(many)]
        yield [stack.enter_context(closing(connection)) for connection in connections]


def stop(number: int) -> None:
    """Until each of its threads stands still: one that runs for a moment more takes a connection from the queue."""
    os.kill(number, signal.SIGSTOP)
    give_up = time.monotonic() + END
    while any(
        (thread / "stat").read_text().rpartition(")")[2].split()[0] != "T"
        for thread in Path(f"/proc/{number}/task").iterdir()
    ):
        assert time.monotonic() < give_up, "it does not stop"
        time.sleep(0.01)


def only_worker(process: subprocess.Popen[str]) -> int:
    """The process that answers: it alone was forked, and runs the program that its parent runs."""
    program = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    [found] = [
        int(number)
        for number in living(process.pid)
        if int(number) != process.pid and Path(f"/proc/{number}/cmdline").read_bytes() == program
    ]
    return found


def test_a_worker_that_ends_has_time_for_the_longest_request() -> None:
    """Killed after five seconds, an old worker cut off who had ten to wait for a lock."""
    assert PATIENCE + turns.WAIT + limits.PUBLIC.cpu <= END_WITHIN
    assert END < END_WITHIN


def test_an_installation_prepared_by_hand_gets_its_training_accounts(
    registry: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("REGISTRY_PORT", str(port))
    registry.read("simulate", "--pilgrims", "1")
    with serving(port) as process:
        _code, printed, _complaints = ended_by(process, signal.SIGTERM)
    assert "administrator" in printed


def test_a_busy_port_is_named(empty: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("REGISTRY_PORT", str(port))
        assert empty.refuse("serve").startswith(f"Port {port} on 127.0.0.1 cannot be used")


@pytest.mark.parametrize("port", ["0", "99999999"])
def test_a_number_that_is_no_port_is_refused(empty: CommandLine, monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("REGISTRY_PORT", port)
    assert "REGISTRY_PORT" in empty.refuse("serve")


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
