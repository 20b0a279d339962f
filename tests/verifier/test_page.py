"""The page at /verify, in a browser: every way in, every language, small, accessible, and silent."""

import gzip
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from registry.certificates.keys import Issuer
from registry.certificates.rules import new_code
from registry.hcert import KeySigner
from registry.web.assets import load_manifest
from tests.accessibility import violations
from tests.conftest import CHROMIUM
from tests.factories import NOW
from tests.scanner import CYRILLIC, send_keys
from tests.verifier.cases import texts
from tests.verifier.conftest import Officer, Served, choose_photo, watch
from tests.verifier.pictures import film_of, photo_of

pytestmark = pytest.mark.browser
BUDGET = 40_000
SHIFTED = {"$": "Digit4", "%": "Digit5", "*": "Digit8", "+": "Equal", ":": "Semicolon"}
PLAIN = {" ": "Space", "-": "Minus", ".": "Period", "/": "Slash"}
LANGUAGES = ["en", "ar", "ru", "ky"]
# What a scan must not do: press the button that has the focus, or end a line in the field.
WATCH_SLIPS = """() => {
  window.slips = [];
  document.addEventListener("click", ({ target }) => window.slips.push(target.id));
  document.addEventListener("keydown", (event) => {
    if (event.code === "Enter" && !event.defaultPrevented) window.slips.push("Enter");
  });
}"""


def test_the_page_answers_before_it_is_asked_for_the_scanner(officer: Officer, codes: list[str]) -> None:
    officer.visit()
    officer.paste(codes[0])
    assert officer.word == "CHECK"  # the doses count from the tenth day
    assert "valid from 04 JAN 2026" in officer.answer
    for fact in ("ASANBEKOVA AIGUL", "PE0", "Meningococcal", "MenQuadfi, Conjugate", "25 DEC 2025", "LOT"):
        assert fact in officer.answer
    assert re.search(r"\b\d\d [A-Z]{3} 19\d\d\b", officer.answer), "the date of birth"
    assert "This is a training certificate" in officer.answer


def test_the_whole_page_is_under_forty_kilobytes(officer: Officer, client: FlaskClient) -> None:
    officer.visit()
    own = {url.removeprefix(officer.served.url) for url in officer.requests}
    sent = {path: _compressed(client, path) for path in own}
    data = {"/verify/bundle", "/revocation-list", "/verify-sw.js"}
    page = {path: size for path, size in sent.items() if path not in data}
    assert {Path(path).suffix for path in page} >= {"", ".css", ".js"}
    assert not [path for path in page if "scanner" in path or path.endswith(".wasm")]
    assert sum(page.values()) < BUDGET, page


def _compressed(client: FlaskClient, path: str) -> int:
    answer = client.get(path, headers={"Accept-Encoding": "gzip"})
    return len(answer.data if "Content-Encoding" in answer.headers else gzip.compress(answer.data))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [360, 1024])
def test_it_is_accessible_and_fits_in_each_language(
    regular: Officer, codes: list[str], language: str, width: int
) -> None:
    regular.page.set_viewport_size({"width": width, "height": 800})
    regular.visit(language)
    assert regular.page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
    _look(regular)
    regular.paste(codes[0])
    _look(regular)
    regular.page.click("#next")
    regular.paste("passport")
    _look(regular)


def _look(officer: Officer) -> None:
    assert violations(officer.page) == []
    sizes = officer.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert sizes[0] <= sizes[1], sizes


def test_only_the_keyboard_is_needed(regular: Officer, codes: list[str]) -> None:
    regular.visit()
    regular.page.focus("#text")
    regular.page.keyboard.insert_text(codes[0])
    regular.page.keyboard.press("Enter")
    regular.page.wait_for_selector("#answer:not([hidden])")
    assert regular.page.evaluate("document.activeElement.tagName") == "H1"
    regular.page.keyboard.press("Tab")
    assert regular.page.evaluate("document.activeElement.id") == "next"
    regular.page.keyboard.press("Enter")
    assert regular.page.is_visible("#ways")
    assert regular.page.evaluate("document.activeElement.id") == "text"


def scan(officer: Officer, text: str) -> None:
    """Type as a USB scanner does, on a Cyrillic layout, and end with Enter."""
    keyboard = officer.context.new_cdp_session(officer.page)
    start, events = time.time(), []
    for number, (code, typed, shift) in enumerate([*map(_key, text), ("Enter", "\r", False)]):
        key = {"code": code, "key": code if code == "Enter" else typed, "timestamp": start + number / 500}
        # A space or Enter presses a button only when it comes with its number.
        key |= {"modifiers": 8 if shift else 0, "windowsVirtualKeyCode": {"Space": 32, "Enter": 13}.get(code, 0)}
        events += [{"type": "keyDown", "text": typed, **key}, {"type": "keyUp", **key}]
    send_keys(keyboard, events)


def _key(character: str) -> tuple[str, str, bool]:
    """(position, what the layout makes of it, with Shift)."""
    if character in PLAIN:
        return PLAIN[character], character, False
    if character in SHIFTED:
        return SHIFTED[character], "№", True
    return (
        (f"Digit{character}", character, False)
        if character.isdigit()
        else (f"Key{character}", CYRILLIC[character], True)
    )


@pytest.fixture
def desk(served: Served, browser: Browser) -> Iterator[Officer]:
    """An officer whose browser has the real clock: with another one, keys would not say when they were pressed."""
    context = browser.new_context()
    yield watch(served, context)
    context.close()


@pytest.mark.parametrize("focused", ["body", "#text", "#camera"])
def test_a_usb_scanner_is_understood_wherever_the_caret_is(desk: Officer, codes: list[str], focused: str) -> None:
    desk.visit()
    desk.page.evaluate(WATCH_SLIPS)
    if focused != "body":
        desk.page.focus(focused)
    scan(desk, codes[0])
    desk.page.wait_for_selector("#answer:not([hidden])")
    assert "Meningococcal" in desk.answer
    scan(desk, codes[1])  # the next traveller, without a click
    desk.page.wait_for_selector("#answer >> text=Influenza")
    assert desk.page.evaluate("window.slips") == []


def test_what_a_person_types_is_no_scan(desk: Officer) -> None:
    desk.visit()
    desk.page.keyboard.type("HC1:ABCDEFGH", delay=90)
    desk.page.keyboard.press("Enter")
    assert desk.page.is_visible("#ways")
    assert desk.page.is_hidden("#answer")


def test_both_codes_of_a_photographed_paper_make_one_answer(regular: Officer, codes: list[str]) -> None:
    regular.visit()
    link = f"https://emdoo.example/v/{'A' * 22}"
    regular.photograph(*codes, link)
    assert regular.page.locator("#findings article").count() == 1
    assert "Meningococcal" in regular.answer
    assert "Influenza" in regular.answer


@pytest.mark.parametrize(
    ("content", "complaint"), [(b"no picture", "cannot be read"), (photo_of("1")[:900], "cannot be read")]
)
def test_a_file_that_is_no_picture_is_refused_in_words(regular: Officer, content: bytes, complaint: str) -> None:
    regular.visit()
    choose_photo(regular.page, content)
    regular.page.wait_for_selector("#complaint:not([hidden])")
    assert complaint in regular.page.inner_text("#complaint")


def test_a_damaged_code_and_a_forged_one_are_told_apart_in_words(regular: Officer, issuer: Issuer) -> None:
    assert isinstance(issuer.signer, KeySigner)
    found = {case.story: case.text for case in texts(issuer.signer)}
    regular.visit()
    regular.paste(found["cut off"])
    assert regular.word == "NOT VALID"
    assert "damaged or was not read whole. Scan it again from the paper" in regular.answer
    assert "Step that failed: unpacking the code (inflate: not_compressed)" in regular.answer
    regular.page.click("#next")
    regular.paste(found["a changed payload"])
    assert "the code is forged" in regular.answer
    assert "Step that failed: the signature (signature: wrong_signature)" in regular.answer


@pytest.mark.parametrize("missing", ["verify-scanner.js", "zxing_reader.wasm"])
def test_a_scanner_that_does_not_come_is_not_blamed_on_the_picture(
    officer: Officer, codes: list[str], missing: str
) -> None:
    officer.served.answers[f"/static/{load_manifest()[missing]}"] = 503, b"", "text/html"
    officer.visit()
    choose_photo(officer.page, photo_of(codes[0]))
    officer.page.wait_for_selector("#complaint:not([hidden])")
    assert "scanner has not come over the network" in officer.page.inner_text("#complaint")
    officer.served.answers.clear()
    officer.photograph(codes[0])
    assert "ASANBEKOVA AIGUL" in officer.answer


def test_a_code_that_needs_the_register_says_so_and_where_it_is(regular: Officer) -> None:
    regular.visit()
    regular.paste(new_code())
    assert regular.word == "COULD NOT CHECK"
    assert "only where the register is" in regular.answer
    assert str(regular.page.get_attribute("#answer a", "href")).endswith("/check")


def test_what_a_mail_cut_up_is_told_so_with_what_to_do(regular: Officer, codes: list[str]) -> None:
    """certificate C7: it was NOT VALID and "damaged"."""
    lines = [f"> {codes[0][at : at + 60]}" for at in range(0, len(codes[0]), 60)]
    regular.visit("ky")
    regular.paste("\n".join(lines))
    assert "ASANBEKOVA AIGUL" in regular.answer
    regular.page.click("#next")
    regular.paste("\n".join(lines[:2] + lines[3:]))
    assert "Код толук окулган жок" in regular.answer
    assert violations(regular.page) == []


def test_another_systems_paper_is_named_and_nothing_of_it_is_fetched(regular: Officer) -> None:
    """certificate C6"""
    regular.visit("ru")
    regular.requests.clear()
    regular.paste("https://viewer.example/#shlink:/eyJ1cmwiOiJodHRwczovL2V4YW1wbGUuY29tIn0")
    assert "SMART Health Link" in regular.answer
    assert regular.page.locator("#answer a:visible").count() == 0
    assert regular.requests == []
    assert violations(regular.page) == []


@pytest.fixture
def photographer(served: Served, browser: Browser, codes: list[str], tmp_path: Path) -> Iterator[Officer]:
    """An officer whose camera sees the first code."""
    film = tmp_path / "seen.y4m"
    film.write_bytes(film_of(codes[0]))
    fakes = [f"--use-{fake}-for-media-stream" for fake in ("fake-ui", "fake-device")]
    camera = browser.browser_type.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", *fakes, f"--use-file-for-fake-video-capture={film}"]
    )
    context = camera.new_context(permissions=["camera"])
    context.clock.set_fixed_time(NOW)
    yield watch(served, context)
    camera.close()


def test_the_camera_reads_one_code_after_another(photographer: Officer) -> None:
    photographer.visit()
    photographer.page.click("#camera")
    photographer.page.wait_for_selector("#answer:not([hidden])", timeout=20_000)
    assert "ASANBEKOVA AIGUL" in photographer.answer
    photographer.page.click("#next")  # the camera opens again by itself
    photographer.page.wait_for_selector("#answer:not([hidden])", timeout=20_000)


SLOW_CAMERA = """
  navigator.mediaDevices.getUserMedia = async () => {
    document.documentElement.dataset.camera = "asked";
    await new Promise((done) => { window.allow = done; });
    const canvas = document.createElement("canvas");
    canvas.getContext("2d").fillRect(0, 0, 9, 9);
    window.stream = canvas.captureStream();
    return window.stream;
  };
"""
ALLOW_AND_SEE = """async () => {
  window.allow();
  for (let look = 0; look < 100; look += 1) {
    await new Promise((done) => setTimeout(done, 20));
    if (window.stream && !window.stream.active) return "off";
  }
  return "on";
}"""


@pytest.mark.parametrize("how", ["stopped", "answered"])
def test_a_camera_that_opens_too_late_is_switched_off(officer: Officer, codes: list[str], how: str) -> None:
    officer.context.add_init_script(SLOW_CAMERA)
    officer.visit()
    officer.page.click("#camera")
    officer.page.wait_for_selector("html[data-camera=asked]", state="attached")
    if how == "stopped":
        officer.page.click("#stop")
    else:
        officer.paste(codes[0])
    assert officer.page.evaluate(ALLOW_AND_SEE) == "off"
    assert officer.page.is_hidden("#complaint")


def test_a_camera_that_is_refused_leaves_the_other_ways(regular: Officer) -> None:
    regular.visit()
    regular.page.click("#camera")
    regular.page.wait_for_selector("#complaint:not([hidden])")
    assert "The camera cannot be used here" in regular.page.inner_text("#complaint")
    assert regular.page.is_visible("#typed")
