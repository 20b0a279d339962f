"""A real server for tests: started as a terminal does it, asked, told to end, and counted."""

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

PROGRAM = [sys.executable, "-c", "from registry.commands import main\nif __name__ == '__main__': main()", "serve"]
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
