"""What people do on the way from the desk to a certificate, as steps of a journey."""

import re
from dataclasses import dataclass

import pypdfium2
import zxingcpp

from tests.journeys.conftest import Visitor


def confirm_doubts(visitor: Visitor) -> None:
    """Tick what the registry asks to check, as a clerk does who has looked."""
    boxes = visitor.page.locator("input[type=checkbox][name=confirmed]")
    if boxes.count():
        for box in boxes.all():
            box.check()
        visitor.submit()


def register(visitor: Visitor, passport: str, birth_year: int) -> str:
    """Search first, then register; the path of the pilgrim's page."""
    page = visitor.page
    visitor.go("/pilgrims")
    visitor.look()
    page.fill("#text", passport)
    visitor.submit()
    visitor.look()
    visitor.press("main form[action*='from-search'] button[type=submit] >> nth=-1")
    visitor.look()
    assert page.input_value("#passport_number") == passport
    page.fill("#latin_surname", "TOKTOGULOVA")
    page.fill("#latin_given_name", "GULNARA")
    page.fill("#surname", "Токтогулова")
    page.fill("#given_name", "Гүлнара")
    for part, value in (("day", "14"), ("month", "3"), ("year", str(birth_year))):
        page.fill(f"#birth_on-{part}", value)
    page.check("input[name=sex][value=female]")
    visitor.submit()
    confirm_doubts(visitor)
    visitor.look()
    return page.url.removeprefix(visitor.installation.url)


def examine(visitor: Visitor, pilgrim: str) -> None:
    page = visitor.page
    visitor.go(f"{pilgrim}/examine")
    visitor.look()
    visitor.submit()  # nothing answered: every question says so, nothing is lost
    assert page.locator(".govuk-error-summary li").count() > 10
    visitor.look()
    for answer in page.locator("input[type=radio][value=no]").all():
        answer.check()
    page.check("input[name=consent]")
    page.locator("input[name=conditions]").last.check()
    page.fill("#temperature_c", "36,6")
    page.check("input[name=outcome][value=fit]")
    visitor.submit()
    assert page.url.endswith(pilgrim), page.inner_text("main")


def vaccinate(visitor: Visitor, pilgrim: str) -> None:
    page = visitor.page
    visitor.go(f"{pilgrim}/visit")
    visitor.look()
    take_vials(visitor)
    visitor.submit()
    assert page.locator(".govuk-error-summary a[href='#identity_checked']").count() == 1
    visitor.look()
    take_vials(visitor)
    page.check("input[name=identity_checked]")
    visitor.submit()
    assert page.url.endswith(pilgrim), page.inner_text("main")
    visitor.look()


def take_vials(visitor: Visitor) -> None:
    """Choose each vaccine's lot, where none is kept from earlier today."""
    for lot in visitor.page.locator("select[name$='-lot']").all():
        if not lot.input_value():
            lot.select_option(index=1)


@dataclass(frozen=True)
class Paper:
    """A printed certificate: what a scanner and a reader find on it."""

    pilgrim: str
    codes: list[str]
    text: str

    @property
    def signed(self) -> list[str]:
        return [code for code in self.codes if code.startswith("HC1:")]

    @property
    def link(self) -> str:
        (link,) = [code for code in self.codes if code.startswith("http")]
        return link

    @property
    def code(self) -> str:
        found = re.search(r"\b[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){2}\b", self.text)
        assert found is not None
        return found[0]


def read_paper(pilgrim: str, pdf: bytes) -> Paper:
    """The first page, rendered as an office printer would."""
    page = pypdfium2.PdfDocument(pdf)[0]
    picture = page.render(scale=200 / 72).to_pil().convert("L")
    codes = [found.text for found in zxingcpp.read_barcodes(picture)]
    return Paper(pilgrim, codes, page.get_textpage().get_text_range())


def print_certificate(visitor: Visitor, pilgrim: str) -> Paper:
    """Open the newest certificate's PDF on the pilgrim's page."""
    visitor.go(pilgrim)
    link = visitor.page.locator("main a[href$='.pdf']").first.get_attribute("href")
    assert link is not None
    answer = visitor.context.request.get(visitor.installation.url + link)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    return read_paper(pilgrim, answer.body())


def walk(visitor: Visitor, passport: str, birth_year: int) -> Paper:
    """From the desk to the paper, by three people one after the other."""
    visitor.sign_in("registrar")
    pilgrim = register(visitor, passport, birth_year)
    visitor.sign_out()
    visitor.sign_in("doctor")
    examine(visitor, pilgrim)
    visitor.sign_out()
    visitor.sign_in("vaccinator")
    vaccinate(visitor, pilgrim)
    paper = print_certificate(visitor, pilgrim)
    visitor.sign_out()
    return paper


def correct_the_name(visitor: Visitor, pilgrim: str) -> None:
    page = visitor.page
    visitor.go(f"{pilgrim}/correct")
    visitor.look()
    page.fill("#latin_given_name", "GULNARA-AIDA")
    visitor.submit()
    assert page.locator(".govuk-error-summary a[href='#reason']").count() == 1  # no correction without a reason
    page.fill("#reason", "Written with a mistake: the passport says GULNARA-AIDA.")
    visitor.submit()
    confirm_doubts(visitor)
    assert page.url.endswith(pilgrim), page.inner_text("main")
    visitor.look()
    assert "GULNARA-AIDA" in page.inner_text("main")
    assert "Written with a mistake" in page.inner_text("main")
