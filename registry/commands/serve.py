"""`registry serve`: run the registry."""

import multiprocessing
import os
import signal
import socket
import time
from threading import Thread

import click
from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from registry import create_app
from registry.certificates.keys import KeysFault, load_issuer
from registry.commands import db, training, worker
from registry.commands.output import open_database
from registry.commands.private_files import close_to_others, list_open_to_others
from registry.db.patience import PATIENCE
from registry.db.places import THREADS
from registry.settings import Settings
from registry.staff import queries as staff_queries

HIGHEST_PORT = 65_535
# Seconds for what a worker is just answering: its database has PATIENCE, a file of /check/group waits for its turn.
END_WITHIN = 3 * int(PATIENCE)


@click.command()
def command() -> None:
    """Serve on REGISTRY_HOST:REGISTRY_PORT. A training installation sets itself up on its first run."""
    settings = Settings()
    check_port(settings)
    if settings.training:
        db.prepare(settings)
        close_to_others(settings)
        training.prepare(settings, open_database(settings))
    else:
        check_production(settings)
    kind = "Training installation" if settings.training else "Registry"
    click.echo(f"{kind} on {settings.url} - Ctrl-C stops it.")
    with worker.beside(settings):
        serve(settings)


def check_port(settings: Settings) -> None:
    if not 1 <= settings.port <= HIGHEST_PORT:
        raise click.ClickException(f"REGISTRY_PORT must be a number from 1 to {HIGHEST_PORT}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise click.ClickException(
                f"Port {settings.port} on {settings.host} cannot be used ({error.strerror}). "
                "Stop what uses it, or choose another one in REGISTRY_PORT."
            ) from None


def check_production(settings: Settings) -> None:
    """Refuse to serve real people on a training footing, or from files that others can read."""
    if exposed := list_open_to_others(settings):
        raise click.ClickException(
            f"Other users of this machine can look into {exposed[0]}. "
            f"Run: chmod -R go= {' '.join(str(path) for path in exposed)}"
        )
    database = open_database(settings)
    try:
        load_issuer(settings)
    except KeysFault as fault:
        raise click.ClickException(str(fault)) from None
    with database.open_session(writes=False) as session:
        training_accounts = [person.username for person in staff_queries.list_staff(session) if person.training]
    database.engine.dispose()
    if training_accounts:
        raise click.ClickException(
            f"This database has training accounts ({', '.join(training_accounts)}). "
            "Production needs a database of its own."
        )


def serve(settings: Settings) -> None:
    Granian(
        "registry.commands.serve:create_worker_app",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=THREADS,
        log_level=LogLevels.warning,
        log_access=False,  # addresses of verify links would be in it
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=END_WITHIN,
    ).serve()


def create_worker_app() -> Flask:
    """The application of one web worker, which ends with the server: else it would keep the port and answer on."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # While it is starting the server's own handler is not heard, and nothing is being answered.
        signal.signal(number, lambda *_: os._exit(0))
    Thread(target=_end_with_parent, daemon=True).start()
    return create_app()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    parent.join()  # also when it was killed
    os.kill(os.getpid(), signal.SIGTERM)  # what is being answered is answered
    time.sleep(END_WITHIN)
    os._exit(1)
