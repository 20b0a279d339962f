"""A keyboard of real key events with their own times, and a browser whose pages this process answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, Route

CYRILLIC = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ФИСВУАПРШОЛДЬТЩЗЙКЫЕГМЦЧНЯ", strict=True))
MARKS = {" ": "Space", "-": "Minus", "<": "Comma", "\n": "Enter", "\t": "Tab"}
NUMBERS = {"\n": 13, "\t": 9, " ": 32}
SCAN_MS, SLOW_SCAN_MS, PERSON_MS = 5, 50, 150
SHIFT, CONTROL = 8, 2
ORIGIN = "http://registry.test"


class Keyboard:
    """Presses keys at times of its own: a scan and a slow hand cost a test the same moment."""

    def __init__(self, page: Page, *, cyrillic: bool = False) -> None:
        self.page, self.keyboard, self.cyrillic = page, page.context.new_cdp_session(page), cyrillic
        self.at_ms = 0.0

    def press(self, character: str, *, after_ms: float = PERSON_MS) -> None:
        self.at_ms += after_ms
        code, text, modifiers = self._key(character)
        key = {"code": code, "key": {"\n": "Enter", "\t": "Tab"}.get(text, text), "modifiers": modifiers}
        key |= {"timestamp": self.at_ms / 1000, "windowsVirtualKeyCode": NUMBERS.get(text, 0)}
        typed = "" if modifiers == CONTROL or text == "\t" else text.replace("\n", "\r")
        self.keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": typed, **key})
        self.keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})

    def scan(self, text: str, *, every_ms: float = SCAN_MS) -> None:
        self.at_ms = max(self.at_ms, float(self.page.evaluate("performance.timeOrigin + performance.now()")))
        for number, character in enumerate(text):
            self.press(character, after_ms=every_ms if number else PERSON_MS)

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


@contextmanager
def answered_here(browser: Browser, client: FlaskClient, **options: object) -> Iterator[Page]:
    """A page of a browser in which the person of `client` is signed in; the address is ORIGIN."""
    context = browser.new_context(locale="en", **options)  # type: ignore[arg-type]  # options are the library's own

    def answer(route: Route) -> None:
        asked, url = route.request, urlsplit(route.request.url)
        found = client.open(
            f"{url.path}?{url.query}",
            method=asked.method,
            data=asked.post_data_buffer,
            content_type=asked.headers.get("content-type"),
            follow_redirects=True,
        )
        route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.data)
        found.close()

    context.route(f"{ORIGIN}/**", answer)
    page = context.new_page()
    yield page
    context.close()
