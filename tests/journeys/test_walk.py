"""The walk: a pilgrim comes to the point, is examined, vaccinated, certified; a stranger checks the paper."""

from itertools import count

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Page

from tests.journeys.conftest import Visitor

pytestmark = pytest.mark.browser
_numbers = count(1)


def submit(page: Page) -> None:
    page.click("main form button[type=submit] >> nth=-1")


def confirm_doubts(page: Page) -> None:
    """Tick what the registry asks to check, as a clerk does who has looked."""
    boxes = page.locator("input[type=checkbox][name=confirmed]")
    if boxes.count():
        for box in boxes.all():
            box.check()
        submit(page)


def register(visitor: Visitor, passport: str, birth_year: int) -> str:
    """Search first, then register; the path of the pilgrim's page."""
    page = visitor.page
    visitor.go("/pilgrims")
    visitor.look()
    page.fill("#text", passport)
    submit(page)
    visitor.look()
    page.click("main form[action*='from-search'] button[type=submit]")
    visitor.look()
    assert page.input_value("#passport_number") == passport
    page.fill("#latin_surname", "TOKTOGULOVA")
    page.fill("#latin_given_name", "GULNARA")
    page.fill("#surname", "Токтогулова")
    page.fill("#given_name", "Гүлнара")
    for part, value in (("day", "14"), ("month", "3"), ("year", str(birth_year))):
        page.fill(f"#birth_on-{part}", value)
    page.check("input[name=sex][value=female]")
    submit(page)
    confirm_doubts(page)
    visitor.look()
    return page.url.removeprefix(visitor.installation.url)


def examine(visitor: Visitor, pilgrim: str) -> None:
    page = visitor.page
    visitor.go(f"{pilgrim}/examine")
    visitor.look()
    submit(page)  # nothing answered: every question says so, nothing is lost
    assert page.locator(".govuk-error-summary li").count() > 10
    visitor.look()
    for answer in page.locator("input[type=radio][value=no]").all():
        answer.check()
    page.check("input[name=consent]")
    page.locator("input[name=conditions]").last.check()
    page.fill("#temperature_c", "36,6")
    page.check("input[name=outcome][value=fit]")
    submit(page)
    assert page.url.endswith(pilgrim), page.inner_text("main")


def vaccinate(visitor: Visitor, pilgrim: str) -> None:
    page = visitor.page
    visitor.go(f"{pilgrim}/visit")
    visitor.look()
    submit(page)
    assert page.locator(".govuk-error-summary a[href='#identity_checked']").count() == 1
    visitor.look()
    page.check("input[name=identity_checked]")
    submit(page)
    confirm_doubts(page)
    assert page.url.endswith(pilgrim), page.inner_text("main")
    visitor.look()


def codes_of(pdf: bytes) -> list[str]:
    """What a scanner reads from the first page, rendered as an office printer would."""
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=200 / 72).to_pil().convert("L")
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def print_certificate(visitor: Visitor) -> list[str]:
    """Open the newest certificate's PDF; the texts of its codes."""
    link = visitor.page.locator("main a[href$='.pdf']").first.get_attribute("href")
    assert link is not None
    answer = visitor.context.request.get(visitor.installation.url + link)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    return codes_of(answer.body())


def test_from_the_desk_to_a_certificate_that_a_stranger_can_check(visitor: Visitor) -> None:
    passport = f"PE77{next(_numbers):02d}{visitor.width:04d}"[:9]
    birth_year = 1950 + next(_numbers)
    visitor.sign_in("registrar")
    pilgrim = register(visitor, passport, birth_year)
    visitor.sign_out()
    visitor.sign_in("doctor")
    examine(visitor, pilgrim)
    visitor.sign_out()
    visitor.sign_in("vaccinator")
    vaccinate(visitor, pilgrim)
    codes = print_certificate(visitor)
    links = [text for text in codes if text.startswith("http")]
    assert len([text for text in codes if text.startswith("HC1:")]) == 2
    assert len(links) == 1
    visitor.sign_out()

    stranger = links[0].removeprefix(visitor.installation.url)
    for language in ("", "/en", "/ar", "/ru", "/ky"):
        visitor.go(stranger + language)
        visitor.look()
        assert "TOKTOGULOVA GULNARA" in visitor.page.inner_text("main")
        assert passport not in visitor.page.content()
        assert passport[-4:] in visitor.page.inner_text("main")

    visitor.sign_in("lead")
    correct_the_name(visitor, pilgrim)
    new_link = next(text for text in print_certificate(visitor) if text.startswith("http"))
    visitor.sign_out()
    visitor.go(stranger + "/en")
    visitor.look()
    assert "replaced by a newer certificate" in visitor.page.inner_text("main")
    visitor.go(new_link.removeprefix(visitor.installation.url))
    assert "TOKTOGULOVA GULNARA-AIDA" in visitor.page.inner_text("main")


def correct_the_name(visitor: Visitor, pilgrim: str) -> None:
    page = visitor.page
    visitor.go(f"{pilgrim}/correct")
    visitor.look()
    page.fill("#latin_given_name", "GULNARA-AIDA")
    submit(page)
    assert page.locator(".govuk-error-summary a[href='#reason']").count() == 1  # no correction without a reason
    page.fill("#reason", "Written with a mistake: the passport says GULNARA-AIDA.")
    submit(page)
    confirm_doubts(page)
    assert page.url.endswith(pilgrim), page.inner_text("main")
    visitor.look()
    assert "GULNARA-AIDA" in page.inner_text("main")
    assert "Written with a mistake" in page.inner_text("main")


PLACES = {
    "registrar": ["/pilgrims"],
    "lead": ["/pilgrims", "/stock", "/stock/receive", "/coverage"],
    "immunologist": ["/pilgrims", "/coverage"],
    "ministry": ["/coverage", "/log"],
    "auditor": ["/audit", "/log"],
    "administrator": ["/staff"],
}


@pytest.mark.parametrize("language", ["ky", "ru", "en"])
def test_each_role_works_in_each_language(visitor: Visitor, language: str) -> None:
    for username, paths in PLACES.items():
        visitor.sign_in(username, language)
        for path in paths:
            visitor.go(path)
            assert visitor.page.get_attribute("html", "lang") == language
            visitor.look()
        visitor.sign_out()


def test_a_typed_code_needs_the_birth_year_too(visitor: Visitor) -> None:
    visitor.go("/check")
    visitor.look()
    visitor.page.fill("#code", "7K3M-9QXD-2RTB")
    visitor.page.fill("#birth_year", "1955")
    submit(visitor.page)
    assert "No certificate has this code" in visitor.page.inner_text("main")


def test_the_walk_needs_no_javascript(visitor: Visitor) -> None:
    context = visitor.context.browser.new_context(java_script_enabled=False) if visitor.context.browser else None
    assert context is not None
    plain = Visitor(visitor.installation, context, context.new_page(), visitor.width)
    plain.go("/check")
    assert plain.page.locator("#code").is_visible()
    plain.sign_in("registrar")
    pilgrim = register_without_axe(plain)
    assert plain.page.url.endswith(pilgrim)
    context.close()


def register_without_axe(visitor: Visitor) -> str:
    """axe is a script; here none may run."""
    visitor.look = lambda: None  # type: ignore[method-assign]  # this browser cannot be examined
    return register(visitor, f"PE88{next(_numbers):02d}{visitor.width:04d}"[:9], 1940 + next(_numbers))
