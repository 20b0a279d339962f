"""What a USB scanner types arrives as it was meant, whatever the keyboard layout."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from registry.web.assets import DIST, load_manifest

pytestmark = pytest.mark.browser

CYRILLIC = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ФИСВУАПРШОЛДЬТЩЗЙКЫЕГМЦЧНЯ", strict=True))
SCAN_MS, PERSON_MS = 5, 120


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_content('<input data-scan autofocus><input id="plain">')
    page.add_script_tag(content=(DIST / load_manifest()["scan.js"]).read_text(encoding="utf-8"), type="module")
    page.focus("input")
    yield page
    page.close()


def press(keyboard: CDPSession, code: str, text: str, *, modifiers: int = 0, at_ms: float = 0) -> None:
    key = {"code": code, "key": text, "modifiers": modifiers, "timestamp": at_ms / 1000}
    keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": "" if modifiers == 2 else text, **key})
    keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})


def type_in_cyrillic(page: Page, text: str, *, every_ms: float) -> None:
    """Press the keys of `text` on a Cyrillic layout; "\\x1d" is Ctrl+], as scanners send it."""
    keyboard = page.context.new_cdp_session(page)
    start_ms = page.evaluate("performance.timeOrigin + performance.now()")
    for number, character in enumerate(text):
        at_ms = start_ms + number * every_ms
        if character == "\x1d":
            press(keyboard, "BracketRight", "]", modifiers=2, at_ms=at_ms)
        elif character.isdigit():
            press(keyboard, f"Digit{character}", character, at_ms=at_ms)
        else:
            press(keyboard, f"Key{character}", CYRILLIC[character], modifiers=8, at_ms=at_ms)


def test_a_passport_scanned_on_a_cyrillic_layout_comes_out_latin(page: Page) -> None:
    type_in_cyrillic(page, "AC1234567", every_ms=SCAN_MS)
    assert page.input_value("input") == "AC1234567"


def test_the_separator_of_a_gs1_code_survives(page: Page) -> None:
    type_in_cyrillic(page, "10AB12C\x1d21SN01", every_ms=SCAN_MS)
    assert page.input_value("input") == "10AB12C\x1d21SN01"


def test_a_scan_goes_where_the_caret_is(page: Page) -> None:
    page.fill("input", "()")
    page.press("input", "ArrowLeft")
    type_in_cyrillic(page, "KG123", every_ms=SCAN_MS)
    assert page.input_value("input") == "(KG123)"


def test_a_person_who_types_cyrillic_gets_cyrillic(page: Page) -> None:
    type_in_cyrillic(page, "FQUEK", every_ms=PERSON_MS)
    assert page.input_value("input") == "АЙГУЛ"


def test_an_input_that_is_not_for_scanning_is_left_alone(page: Page) -> None:
    page.focus("#plain")
    type_in_cyrillic(page, "AC123", every_ms=SCAN_MS)
    assert page.input_value("#plain") == "ФС123"
