"""A lead prints what the point has: chooses, counts, follows, opens the file; with and without JavaScript."""

import re
from dataclasses import replace

import pypdfium2
import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Installation, Visitor
from tests.journeys.prepared import certify, let_in

pytestmark = pytest.mark.browser
LONG = 30_000  # milliseconds: the worker begins within a second, a busy machine later


@pytest.fixture(scope="module", autouse=True)
def _certificates(installation: Installation) -> None:
    """Four of Naryn."""
    for number in range(4):
        certify(installation, f"PE440000{number}", 1956 + number)


def choose_the_own_point(visitor: Visitor) -> int:
    """On the page that counts; how many certificates it found."""
    visitor.go("/print")
    visitor.look()
    visitor.page.select_option("#point", "VP-NRN")
    visitor.submit()
    visitor.look()
    found = re.search(r"Certificates found: (\d+)", visitor.page.inner_text("h1"))
    assert found, visitor.page.inner_text("main")
    return int(found[1])


def open_file(visitor: Visitor) -> list[str]:
    """The text of every page of the file."""
    address = visitor.page.get_attribute("main a[href$='/sheets.pdf']", "href")
    answer = visitor.context.request.get(f"{visitor.installation.url}{address}")
    with pypdfium2.PdfDocument(answer.body()) as document:
        return [page.get_textpage().get_text_range() for page in document]


def test_a_lead_prints_the_pile_of_the_point(visitor: Visitor) -> None:
    let_in(visitor, "lead")
    visitor.go("/print")
    visitor.submit()
    assert "Choose a point, a day or a group" in visitor.page.inner_text(".govuk-error-summary")
    visitor.look()
    count = choose_the_own_point(visitor)
    visitor.submit()
    visitor.look()
    expect(visitor.page.locator("h1")).to_have_text("The file is ready to print", timeout=LONG)
    visitor.look()
    cover, *sheets = open_file(visitor)
    assert f"Certificates: {count}." in cover
    assert len(sheets) == count
    visitor.page.fill("#start", str(count + 1))
    visitor.submit()
    assert "Write one of these numbers" in visitor.page.inner_text(".govuk-error-summary")
    visitor.look()
    visitor.go("/print")
    assert "Made" in visitor.page.inner_text("main table")
    visitor.look()


def test_printing_needs_no_javascript(visitor: Visitor) -> None:
    assert visitor.context.browser
    context = visitor.context.browser.new_context(java_script_enabled=False)
    plain = replace(visitor, context=context, page=context.new_page())
    plain.look = lambda: None  # type: ignore[method-assign]  # axe is a script; here none may run
    let_in(plain, "lead")
    count = choose_the_own_point(plain)
    plain.submit()
    expect(plain.page.locator("h1")).to_have_text("The file is ready to print", timeout=LONG)
    assert len(open_file(plain)) == count + 1
    context.close()
