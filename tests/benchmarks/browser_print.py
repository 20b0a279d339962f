"""The same facts printed from HTML by a headless browser.

The largest national system so far did so, with a browser started for each certificate (egovernments/DIVOC,
backend/certificate_api/src/services/pdf_service.js @ f4b9fb1b). Beside it the kinder way: one browser kept for all.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from registry.certificates.qr import qr_svg
from registry.certificates.sheet import SheetFacts
from tests.benchmarks.obvious import Fact, closing, facts_of_a_dose, facts_of_the_person

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
STYLE = "body{font:7pt 'Noto Sans',sans-serif}b{margin-left:2em}svg{width:40mm}"
LANGUAGES = ("ky", "ru", "en", "ar")


@contextmanager
def driver() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


def start_browser(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])


def render_in_new_browser(playwright: Playwright, facts: SheetFacts) -> bytes:
    browser = start_browser(playwright)
    printed = render(browser.new_page(), facts)
    browser.close()
    return printed


def render(page: Page, facts: SheetFacts) -> bytes:
    """A PDF. Its codes are drawn by our own encoder: the browser has none."""
    page.set_content(as_html(facts))
    return page.pdf(format="A4")


def as_html(facts: SheetFacts) -> str:
    doses = "".join(f"{qr_svg(dose.signed_code)}{_lines(list(facts_of_a_dose(dose)))}" for dose in facts.doses)
    body = f"{_lines(list(facts_of_the_person(facts)))}{doses}{qr_svg(facts.verify_url)}{_lines(list(closing(facts)))}"
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><style>{STYLE}</style><body>{body}</body></html>'


def _lines(facts: Sequence[Fact]) -> str:
    return "".join(
        f"<p>{' / '.join(escape(words[one]) for one in LANGUAGES if one in words)}<b>{escape(value)}</b></p>"
        for words, value in facts
    )
