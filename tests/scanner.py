"""A keyboard of real key events with their own times, and a browser whose pages this process answers."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from playwright.sync_api import Browser, CDPSession, Page, Route

CYRILLIC = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ФИСВУАПРШОЛДЬТЩЗЙКЫЕГМЦЧНЯ", strict=True))
MARKS = {" ": "Space", "-": "Minus", "<": "Comma", "\n": "Enter", "\t": "Tab"}
NUMBERS = {"\n": 13, "\t": 9, " ": 32}
SCAN_MS, SLOW_SCAN_MS, PERSON_MS = 5, 50, 150
SHIFT, CONTROL = 8, 2
ORIGIN = "http://registry.test"


KeyEvent = dict[str, Any]


def send_keys(keyboard: CDPSession, events: Sequence[KeyEvent]) -> None:
    """Send key events in their order, and wait for all of them at once.

    The library's own `send` waits for each, which costs three times the processor's work. All come at times of their
    own, which the page reads.
    """

    async def send() -> None:
        waiting = [keyboard._impl_obj.send("Input.dispatchKeyEvent", event, timeout=None) for event in events]
        await asyncio.gather(*waiting)

    keyboard._sync(send())


class Keyboard:
    """Presses keys at times of its own: a scan and a slow hand cost a test the same moment."""

    def __init__(self, page: Page, *, cyrillic: bool = False) -> None:
        self.page, self.keyboard, self.cyrillic = page, page.context.new_cdp_session(page), cyrillic
        self.at_ms = 0.0

    def press(self, character: str, *, after_ms: float = PERSON_MS) -> None:
        send_keys(self.keyboard, self._events(character, after_ms))

    def _events(self, character: str, after_ms: float) -> list[KeyEvent]:
        self.at_ms += after_ms
        code, text, modifiers = self._key(character)
        key = {"code": code, "key": {"\n": "Enter", "\t": "Tab"}.get(text, text), "modifiers": modifiers}
        key |= {"timestamp": self.at_ms / 1000, "windowsVirtualKeyCode": NUMBERS.get(text, 0)}
        typed = "" if modifiers == CONTROL or text == "\t" else text.replace("\n", "\r")
        return [{"type": "keyDown", "text": typed, **key}, {"type": "keyUp", **key}]

    def scan(self, text: str, *, every_ms: float = SCAN_MS) -> None:
        self.at_ms = max(self.at_ms, float(self.page.evaluate("performance.timeOrigin + performance.now()")))
        pauses = [PERSON_MS, *[every_ms] * (len(text) - 1)]
        send_keys(self.keyboard, [event for key in zip(text, pauses, strict=True) for event in self._events(*key)])

    def type(self, text: str) -> None:
        self.scan(text, every_ms=PERSON_MS)

    def _key(self, character: str) -> tuple[str, str, int]:
        if character == "\x1d":  # Ctrl+], as scanners send the separator of a GS1 code
            return "BracketRight", "]", CONTROL
        if character in MARKS:
            return MARKS[character], character, SHIFT if character == "<" else 0
        if character.isdigit():
            return f"Digit{character}", character, 0
        return f"Key{character}", CYRILLIC[character] if self.cyrillic else character, SHIFT


class Window:
    """A page of chromium whose address is ORIGIN, answered by this process for whoever sits before it.

    One is kept for many tests: to open another takes as long as all that a test does in it.
    """

    def __init__(self, browser: Browser, **options: object) -> None:
        self.context = browser.new_context(locale="en", **options)  # type: ignore[arg-type]  # the library's own
        self.page = self.context.new_page()
        # The browser asks before a form is left that was begun. Who stays would not see that a scan leads away.
        self.page.on("dialog", lambda dialog: dialog.accept())

    @contextmanager
    def answered_by(self, client: FlaskClient) -> Iterator[Page]:
        """The page, while the person of `client` is signed in; empty before and afterwards."""
        self.context.route(f"{ORIGIN}/**", lambda route: _answer(route, client))
        yield self.page
        self.page.goto("about:blank")
        self.context.unroute_all(behavior="ignoreErrors")
        self.context.clear_cookies()


@contextmanager
def answered_here(browser: Browser, client: FlaskClient, **options: object) -> Iterator[Page]:
    """The page of a window of its own."""
    window = Window(browser, **options)
    with window.answered_by(client) as page:
        yield page
    window.context.close()


def _answer(route: Route, client: FlaskClient) -> None:
    asked, url = route.request, urlsplit(route.request.url)
    if url.path.startswith("/static/"):
        status, headers, body = _static(client, url.path)
    else:
        status, headers, body = _ask(
            client,
            f"{url.path}?{url.query}",
            method=asked.method,
            data=asked.post_data_buffer,
            content_type=asked.headers.get("content-type"),
        )
    route.fulfill(status=status, headers=headers, body=body)


Answer = tuple[int, dict[str, str], bytes]
_files: dict[str, Answer] = {}


def _static(client: FlaskClient, path: str) -> Answer:
    """A file of the front end, whose name changes with its content. The browser keeps nothing that is answered here."""
    if path not in _files:
        _files[path] = _ask(client, path)
    return _files[path]


def _ask(client: FlaskClient, path: str, **options: Any) -> Answer:
    found = client.open(path, follow_redirects=True, **options)
    answer = found.status_code, dict(found.headers), found.data
    found.close()
    return answer
