"""How the worker for long work ends with its server."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from registry.commands import worker
from registry.settings import Settings

READS_A_FILE = """
import sys
from pathlib import Path
from registry.commands.worker import _stop_on_signals
from registry.uploads.reading import run_child
stop = _stop_on_signals()
print(run_child(Path(sys.argv[1]), {}, b"", wall=60).decode(), stop.wait(5), flush=True)
"""
READER = """
import time
from pathlib import Path
here = Path(__file__).parent
(here / "begun").touch()
while not (here / "told").exists():
    time.sleep(0.05)
print("the whole file", end="")
"""


def test_a_file_that_is_being_read_at_the_end_is_no_bad_file(tmp_path: Path) -> None:
    """Ctrl-C and `systemctl stop` tell its reader too: half an answer was told as a list that holds too much."""
    reader = tmp_path / "reader.py"
    reader.write_text(READER)
    command = [sys.executable, "-c", READS_A_FILE, str(reader)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        wait_for(tmp_path / "begun")
        for number in worker.ENDS:
            os.killpg(process.pid, number)
        (tmp_path / "told").touch()
        assert process.communicate(timeout=60)[0] == "the whole file True\n"


def test_a_worker_that_does_not_end_is_killed(settings: Settings) -> None:
    """The server waited for it without a limit."""
    began = children()
    with worker.beside(settings, end_within=0.2):
        give_up = time.monotonic() + 60
        while not (born := [number for number in children() - began if is_worker(number)]):
            assert time.monotonic() < give_up
            time.sleep(0.05)
        os.kill(born[0], signal.SIGSTOP)
    assert born[0] not in children()


def children() -> set[int]:
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(number) for file in tasks for number in file.read_text().split()}


def is_worker(number: int) -> bool:
    return b"multiprocessing.spawn" in Path(f"/proc/{number}/cmdline").read_bytes()


def wait_for(file: Path) -> None:
    give_up = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < give_up
        time.sleep(0.05)
