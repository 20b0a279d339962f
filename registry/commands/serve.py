"""`registry serve`: run the registry."""

import logging
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable, Iterable
from threading import Event, Lock, Thread
from typing import Any

import click
from flask import Flask
from granian._granian import ListenerSpec
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer
from werkzeug.wsgi import ClosingIterator

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
# Seconds after the connection, as long as a request's head may take. A later one comes to a worker all the same.
REQUEST_WITHIN = 30
IDLE = 5  # seconds: nothing that came before the end is on its way any more


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
    with worker.beside(settings, end_within=END_WITHIN) as over:
        serve(settings, over)


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


def serve(settings: Settings, over: Event) -> None:
    """Serve until told to end, which sets `over`."""
    # It warns of more threads than processors; ours mostly wait, and how many may write is limited.
    logging.getLogger("_granian").addFilter(lambda record: "Python threads" not in record.getMessage())
    # A signal that arrives while a worker is born waits until it knows what to do with it.
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, worker.ENDS),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, worker.ENDS),
    )
    server = Server(
        "registry.commands.serve:create_worker_app",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        # A proxy that keeps a connection may send a request at the moment in which a worker that ends closes it.
        http1_settings=HTTP1Settings(keep_alive=not settings.behind_proxy),
        workers=settings.workers,
        blocking_threads=THREADS,
        log_level=LogLevels.warning,
        log_access=False,  # addresses of verify links would be in it
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=END_WITHIN,
    )
    server.over = over
    server.serve()


class Server(MPServer):
    """Its workers, and those that take their place, take connections from one queue.

    With a queue for each worker, as granian has it, whoever stood in that of a worker which ended got no answer.
    """

    over: Event
    _shd: Any  # a SocketHolder, where the workers share what they listen on

    def _init_shared_socket(self) -> None:
        if multiprocessing.get_start_method() != "fork":
            super()._init_shared_socket()  # type: ignore[no-untyped-call]  # granian's; a socket is not inherited then
            return
        self._shd, self._sso = ListenerSpec(self.bind_addr, self.bind_port, self.backlog).build(), None
        self._listening = socket.socket(fileno=self._shd.get_fd())
        # A connection waits in the kernel until its request is there: a worker that ends closes those without one.
        self._listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, REQUEST_WITHIN)

    def shutdown(self, exit_code: int = 0) -> None:
        self.over.set()  # the worker for long work ends beside the others, not after them
        super().shutdown(exit_code)  # type: ignore[no-untyped-call]

    def _drop_shared_socket(self) -> None:
        if self._shd is not None:
            self._listening.shutdown(socket.SHUT_RDWR)  # nobody may queue for workers that end


def create_worker_app() -> Flask:
    """The application of one web worker, which ends with the server: else it would keep the port and answer on."""
    for number in worker.ENDS:
        signal.signal(number, lambda *_: os._exit(0))  # at once, while it starts and answers nobody
    signal.pthread_sigmask(signal.SIG_BLOCK, worker.ENDS)  # in all threads that follow, and processes that read files
    Thread(target=_end_with_parent, daemon=True).start()
    app = create_app()
    answering = Answering(app.wsgi_app)
    app.wsgi_app = answering  # type: ignore[method-assign]  # Flask's own way of wrapping an application
    Thread(target=_end_when_told, args=(answering,), daemon=True).start()
    return app


class Answering:
    """How many requests are being answered, until the last byte was taken."""

    def __init__(self, answer: Callable[..., Iterable[bytes]]) -> None:
        self._answer, self._changing, self.count = answer, Lock(), 0

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        self._change(1)
        try:
            return ClosingIterator(self._answer(environ, start_response), [lambda: self._change(-1)])
        except BaseException:
            self._change(-1)
            raise

    def _change(self, by: int) -> None:
        with self._changing:
            self.count += by


def _end_when_told(answering: Answering) -> None:
    """Once: granian's own handler of signals waits for ever with the third one, and what is being answered with it.

    Nor is it always called: where the kernel gives the signal to another thread, the main one sleeps on. And of what
    was accepted at the last moment granian may begin nothing, and still wait for it.
    """
    signal.sigwait(worker.ENDS)
    handle: Any = signal.getsignal(signal.SIGTERM)
    handle(signal.SIGTERM, None)
    time.sleep(IDLE)
    while answering.count:
        time.sleep(0.1)
    os._exit(0)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    parent.join()  # also when it was killed
    os.kill(os.getpid(), signal.SIGTERM)  # what is being answered is answered
    time.sleep(END_WITHIN)
    os._exit(1)
