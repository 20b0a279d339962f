"""What a USB scanner types arrives as it was meant, whatever the keyboard layout."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from registry.web.assets import DIST, load_manifest
from tests.scanner import Keyboard

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_content('<input data-scan autofocus><input id="plain">')
    page.add_script_tag(content=(DIST / load_manifest()["scan.js"]).read_text(encoding="utf-8"), type="module")
    page.focus("input")
    yield page
    page.close()


def test_a_passport_scanned_on_a_cyrillic_layout_comes_out_latin(page: Page) -> None:
    Keyboard(page, cyrillic=True).scan("AC1234567")
    assert page.input_value("input") == "AC1234567"


def test_the_separator_of_a_gs1_code_survives(page: Page) -> None:
    Keyboard(page, cyrillic=True).scan("10AB12C\x1d21SN01")
    assert page.input_value("input") == "10AB12C\x1d21SN01"


def test_a_scan_takes_the_place_of_what_stood_in_the_box(page: Page) -> None:
    """room F7: wherever the caret is, two numbers are never glued together."""
    page.fill("input", "()")
    page.press("input", "ArrowLeft")
    Keyboard(page, cyrillic=True).scan("KG123")
    assert page.input_value("input") == "KG123"


def test_a_person_who_types_cyrillic_gets_cyrillic(page: Page) -> None:
    Keyboard(page, cyrillic=True).type("FQUEK")
    assert page.input_value("input") == "АЙГУЛ"


def test_an_input_that_is_not_for_scanning_is_left_alone(page: Page) -> None:
    page.focus("#plain")
    Keyboard(page, cyrillic=True).scan("AC123")
    assert page.input_value("#plain") == "ФС123"
