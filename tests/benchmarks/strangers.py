"""The verify page of the real server, with the load generator on the same machine."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.installation import Installation, free_port
from tests.benchmarks.load import HOST, ask_at_rate, ask_without_pause
from tests.benchmarks.measure import AT_LEAST, Row, p95, settle

ROOT = Path(__file__).parents[2]
SERVE: list[str | Path] = [Path(sys.executable).with_name("registry"), "serve"]
# As `registry serve` starts it (registry/commands/serve.py).
GRANIAN = [
    sys.executable,
    "-m",
    "granian",
    "--interface",
    "wsgi",
    "--workers",
    "2",
    "--blocking-threads",
    "4",
    "--no-ws",
]
RATE, SECONDS, WARM_UP_SECONDS, CONNECTIONS = 200, 10, 2, 8
START_UP_SECONDS = 60


def measure(installation: Installation) -> list[Row]:
    """The last measurement: the served process then has the database to itself."""
    paths = [f"/v/{certificate.token}" for certificate in installation.list_certificates()]
    installation.database.engine.dispose()
    port = installation.settings.port
    settle()
    with served(SERVE, port):
        asyncio.run(ask_at_rate(port, paths[::-1], rate=RATE, seconds=WARM_UP_SECONDS))
        times = asyncio.run(ask_at_rate(port, paths, rate=RATE, seconds=SECONDS))
    ours, page = measure_rates(["--factory", f"{__package__}.empty:create_registry"], ["/empty"], paths)
    (bare,) = measure_rates([f"{__package__}.empty:app"], ["/"])
    return [
        Row(f"Verify page at {RATE} requests a second, p95", "ms", p95(times), 30),
        Row("Verify page, requests answered", "1/s", page),
        Row(
            "Verify page, share of the rate of an empty route of the same server", "%", 100 * page / ours, 25, AT_LEAST
        ),
        Row("Verify page, share of the rate of an empty application", "%", 100 * page / bare),
    ]


def measure_rates(application: Sequence[str], *groups: Sequence[str]) -> list[float]:
    """Answers in a second for each group of paths, asked of one running server in turn."""
    port = free_port()
    with served([*GRANIAN, "--port", str(port), *application], port):
        for paths in groups:
            asyncio.run(ask_without_pause(port, paths, connections=CONNECTIONS, seconds=1))
        return [asyncio.run(ask_without_pause(port, paths, connections=CONNECTIONS, seconds=5)) for paths in groups]


@contextmanager
def served(command: Sequence[str | Path], port: int) -> Iterator[None]:
    """A server of its own process, from its first answer until the end of the block."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(process, port)
            yield
        finally:
            process.terminate()


def wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    ends = time.monotonic() + START_UP_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server does not answer")
