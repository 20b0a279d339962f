"""A served registry with its own clock, and Debian's chromium before it."""

import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page
from sqlmodel import Session
from werkzeug.serving import make_server

from registry import create_app, hcert
from registry.certificates.keys import Issuer
from registry.db import Database
from registry.settings import Settings
from registry.verification.rules import Terms
from registry.verifier.rules import tell_keys, tell_terms
from tests.certificates.stories import certify
from tests.engines import Engine
from tests.factories import NOW
from tests.verifier.pictures import photo_of

# What a file that stands in its own folder would be: the page's module, imported once more, is the same module.
IMPORT = "await import(document.querySelector('script[type=module]').src)"
CHECK = f"""async ({{texts, trust, lists, terms, facts, at}}) => {{
  const {{ check, readRevocations }} = {IMPORT};
  const told = JSON.parse(document.getElementById("facts").content.textContent);
  const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const revocations = lists.revocations
    ? {{ list: await readRevocations(bytes(lists.revocations), trust, at), fault: null }}
    : {{ list: null, fault: lists.fault }};
  const bundle = {{ list: {{ ...trust, terms, issuedAt: lists.keysOf }}, fault: null }};
  const found = [];
  for (const text of texts) found.push(await check(text, {{ bundle, revocations }}, {{ ...told, ...facts }}, at));
  return found.map(({{ verdict, reason, kind, days, training, recalledOn, failed, steps, vaccinations }}) =>
    ({{ verdict, reason, kind, days, training, recalledOn, failed, steps: steps ?? null, vaccinations }}));
}}"""

Found = dict[str, Any]


@dataclass
class Served:
    """A registry on 127.0.0.1. `answers` replaces what an address answers: {path: (status, body[, media type])}."""

    url: str
    app: Flask
    database: Database
    answers: dict[str, tuple[int, bytes] | tuple[int, bytes, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def _server(engine: Engine, settings: Settings) -> Iterator[Served]:
    database = Database(engine.fresh("verifier"))
    app = create_app(settings, database)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    served = Served(f"http://127.0.0.1:{server.server_port}", app, database)
    flask_answers = app.wsgi_app

    def answer(environ: Any, start_response: Any) -> Any:
        path = environ["PATH_INFO"]
        served.asked.append(path)
        if path not in served.answers:
            return flask_answers(environ, start_response)
        status, body, *kinds = served.answers[path]
        kind = str(kinds[0]) if kinds else "application/cose"
        start_response(f"{status} -", [("Content-Type", kind), ("Cache-Control", "no-store")])
        return [body]

    app.wsgi_app = answer  # type: ignore[method-assign]  # the application as its server sees it
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield served
    server.shutdown()
    server.server_close()  # its sockets end with it
    thread.join()
    database.engine.dispose()


@pytest.fixture
def served(_server: Served) -> Iterator[Served]:
    _server.answers.clear()
    _server.asked.clear()
    yield _server
    _server.answers.clear()


@dataclass
class Officer:
    """Somebody at a browser. Everything the browser complains of, and asks the network for, is kept."""

    served: Served
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def visit(self, language: str = "en", *, until: str = "lists") -> None:
        self.page.goto(f"{self.served.url}/verify/{language}")
        self.wait(until)

    def wait(self, what: str = "lists") -> None:
        """`lists`: they were read; `offline`: page and scanner are kept."""
        value = {"lists": "read", "offline": "ready"}[what]
        self.page.wait_for_selector(f"html[data-{what}={value}]", state="attached", timeout=20_000)

    def paste(self, text: str) -> None:
        self.page.fill("#text", text)
        self.page.click("#typed button")
        self.page.wait_for_selector("#answer:not([hidden])")

    def photograph(self, *codes: str) -> None:
        choose_photo(self.page, photo_of(*codes))
        self.page.wait_for_selector("#answer:not([hidden])")

    @property
    def answer(self) -> str:
        return self.page.inner_text("#answer")

    @property
    def word(self) -> str:
        return self.page.inner_text("#answer h1")


def choose_photo(page: Page, content: bytes) -> None:
    page.set_input_files("#photo", FilePayload(name="paper.jpg", mimeType="image/jpeg", buffer=content))


@pytest.fixture
def officer(served: Served, browser: Browser) -> Iterator[Officer]:
    context = browser.new_context(viewport={"width": 360, "height": 800}, locale="en", timezone_id="Asia/Riyadh")
    context.clock.set_fixed_time(NOW)
    yield (person := watch(served, context))
    context.close()
    assert not person.complaints, person.complaints


@pytest.fixture(scope="session")
def _window(_server: Served, browser: Browser) -> Officer:
    context = browser.new_context(viewport={"width": 360, "height": 800}, locale="en", timezone_id="Asia/Riyadh")
    context.clock.set_fixed_time(NOW)
    return watch(_server, context)


@pytest.fixture
def regular(served: Served, _window: Officer) -> Iterator[Officer]:
    """An officer whose browser had the page open before, so that page, scanner and lists are kept in it.

    For what the page does with a paper. What it fetches and keeps is tested with an `officer`, whose browser is new.
    """
    _window.page.set_viewport_size({"width": 360, "height": 800})
    _window.requests.clear()
    yield _window
    complaints, _window.complaints[:] = list(_window.complaints), []
    _window.page.goto("about:blank")
    assert not complaints, complaints


def watch(served: Served, context: BrowserContext) -> Officer:
    page = context.new_page()
    person = Officer(served, context, page)
    page.on("pageerror", lambda error: person.complaints.append(str(error)))
    page.on("request", lambda request: person.requests.append(request.url))
    page.on(
        "console",
        lambda said: (
            person.complaints.append(said.text)
            if said.type == "error" and "Failed to load resource" not in said.text
            else None
        ),
    )
    return person


@pytest.fixture(scope="session")
def codes(_server: Served, issuer: Issuer) -> list[str]:
    """The two signed codes of one certificate, issued at NOW."""
    with _server.database.open_session(writes=True) as session:
        texts = signed_codes(session, issuer)
        session.commit()
    return texts


def signed_codes(session: Session, issuer: Issuer, **details: Any) -> list[str]:
    _pilgrim, certificate = certify(session, issuer, **details)
    return [dose["signed_code"] for dose in certificate.facts["doses"]]


Ask = Callable[..., list[Found]]


@pytest.fixture
def ask(regular: Officer) -> Ask:
    """What the browser's own code finds: ask(texts, trust, at=, revocations=, fault=, terms=, keys_of=, **facts)."""
    regular.visit()

    def ask_browser(
        texts: list[str],
        trust: hcert.TrustList,
        *,
        at: datetime,
        revocations: bytes | None = None,
        fault: str | None = None,
        terms: Terms | None = None,
        keys_of: datetime | None = None,
        **facts: Any,
    ) -> list[Found]:
        told = {
            "texts": texts,
            "trust": {"keys": tell_keys(trust), "brokenChains": [kid.hex() for kid in trust.broken_chains]},
            "lists": {
                "revocations": b64encode(revocations).decode() if revocations else None,
                "fault": fault,
                "keysOf": (keys_of or at).timestamp(),
            },
            "terms": tell_terms(terms or {}),
            "facts": {"issuer": "KG", "timezone": "UTC", "entryTimezone": "UTC", "training": True, **facts},
            "at": at.timestamp(),
        }
        found: list[Found] = regular.page.evaluate(CHECK, json.loads(json.dumps(told)))
        return found

    return ask_browser
