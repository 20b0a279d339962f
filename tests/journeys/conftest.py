"""A real training installation, served as a user would start it, and Debian's chromium to visit it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Locator, Page, Request

from registry.model import new_id
from tests.accessibility import violations
from tests.engines import Engine, PostgresqlEngine

START_UP_SECONDS = 90
WIDTHS, HEIGHT = (360, 1024), 800
OWN_PASSWORD = "torgoi sary-chelek 41"


@dataclass
class Installation:
    """A served training installation; `passwords` by user name."""

    url: str
    var_dir: Path
    environment: dict[str, str]
    passwords: dict[str, str]
    changed: set[str] = field(default_factory=set)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(environment: dict[str, str]) -> tuple[subprocess.Popen[str], str]:
    """Run `registry serve`; what it printed before it was ready."""
    command = [str(Path(sys.executable).with_name("registry")), "serve"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if "Ctrl-C" in line:
            break
    return process, printed


def wait_until_it_answers(port: int) -> None:
    deadline = time.monotonic() + START_UP_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the server does not answer")


@pytest.fixture(scope="session")
def installation(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    port, var_dir = free_port(), tmp_path_factory.mktemp("installation")
    environment = {
        **os.environ,
        "REGISTRY_PORT": str(port),
        "REGISTRY_VAR_DIR": str(var_dir),
        "REGISTRY_WORKERS": "1",
        "PYTHONUNBUFFERED": "1",
    }
    if isinstance(engine, PostgresqlEngine):
        environment["REGISTRY_DATABASE_URL"] = engine.empty(f"served_{new_id().hex[-8:]}")
    process, printed = start(environment)
    wait_until_it_answers(port)
    passwords = dict(re.findall(r"^ +(\w+) +(\S{12,})$", printed, re.MULTILINE))
    yield Installation(f"http://127.0.0.1:{port}", var_dir, environment, passwords)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)


@pytest.fixture(params=WIDTHS, ids=["360px", "1024px"])
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@dataclass
class Visitor:
    """A person at a browser. Everything their browser complains of is kept in `complaints`."""

    installation: Installation
    context: BrowserContext
    page: Page
    width: int
    complaints: list[str] = field(default_factory=list)
    hurried: bool = False  # through pages that another journey has looked at

    def go(self, path: str) -> None:
        self.page.goto(self.installation.url + path)

    def press(self, button: str | Locator) -> None:
        """Press what leads to a page, and be there: a click alone does not wait for the answer of a busy server."""
        with self.page.expect_navigation():
            (self.page.locator(button) if isinstance(button, str) else button).click()

    def submit(self) -> None:
        """Press the last button of the page, as one who has filled all of its form."""
        self.press("main form button[type=submit] >> nth=-1")

    def sign_in(self, username: str, language: str = "en") -> None:
        """As a new user does: with the one-time password the first time, then with the own one."""
        self.go("/sign-in")
        self.choose(language)
        password = OWN_PASSWORD if username in self.installation.changed else self.installation.passwords[username]
        self.page.fill("#username", username)
        self.page.fill("#password", password)
        self.submit()
        if self.page.url.endswith("/password"):
            self.page.fill("#current_password", password)
            self.page.fill("#password", OWN_PASSWORD)
            self.page.fill("#repeated", OWN_PASSWORD)
            self.submit()
            self.installation.changed.add(username)
        assert "/sign-in" not in self.page.url, self.page.inner_text("main")
        self.choose(language)  # the account remembered what was chosen last

    def sign_out(self) -> None:
        self.press("header form[action='/sign-out'] button")
        assert "/sign-in" in self.page.url

    def choose(self, language: str) -> None:
        button = self.page.locator(f"button[formaction='/language/{language}']")
        if button.count():
            self.press(button)
        assert self.page.get_attribute("html", "lang") == language

    def look_at_both_widths(self) -> None:
        """The same page on a telephone and on a desk: nothing of ours asks how wide the screen is but its styles."""
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            self.look()

    def look(self) -> None:
        """What must hold for every page a person sees: axe finds nothing, nothing runs off the screen."""
        if self.hurried:
            return
        assert violations(self.page) == []
        sizes = self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert sizes[0] <= sizes[1], f"{self.page.url} is wider than the screen: {sizes}"
        assert not self.complaints, self.complaints


def is_fault(message: ConsoleMessage) -> bool:
    """An error of ours; the browser also logs every answer of 4xx, which the pages mean."""
    return message.type == "error" and "Failed to load resource" not in message.text


@pytest.fixture(scope="session")
def _screen(browser: Browser) -> Page:
    """One page for all visitors, who come one after another: to open another takes as long as a journey's ten pages."""
    return browser.new_context(locale="en").new_page()


@pytest.fixture
def visitor(installation: Installation, _screen: Page, width: int) -> Iterator[Visitor]:
    page = _screen
    page.set_viewport_size({"width": width, "height": HEIGHT})
    person = Visitor(installation, page.context, page, width)

    def hear(message: ConsoleMessage) -> None:
        if is_fault(message):
            person.complaints.append(message.text)

    def see(request: Request) -> None:
        if not request.url.startswith((installation.url, "data:")):
            person.complaints.append(request.url)

    def fail(error: Error) -> None:
        person.complaints.append(str(error))

    page.on("console", hear)
    page.on("pageerror", fail)
    page.on("request", see)
    yield person
    page.remove_listener("console", hear)
    page.remove_listener("pageerror", fail)
    page.remove_listener("request", see)
    page.goto("about:blank")
    page.context.clear_cookies()
