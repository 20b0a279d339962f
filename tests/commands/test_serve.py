"""Starting and ending the server: what is printed, what is refused, what is left behind."""

import os
import re
import signal
import socket
import time

import pytest

from registry.commands.serve import END_WITHIN
from registry.db.patience import PATIENCE
from registry.uploads import limits, turns
from tests.commands.conftest import CommandLine
from tests.commands.serving import (
    END,
    START,
    connected,
    ended_by,
    free_port,
    get,
    group_ends,
    living,
    only_worker,
    serving,
    stop,
)


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
