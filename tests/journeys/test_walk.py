"""The walk: a pilgrim comes to the point, is examined, vaccinated, certified; a stranger checks the paper."""

from itertools import count

import pytest

from tests.journeys.conftest import Visitor
from tests.journeys.steps import correct_the_name, print_certificate, register, walk

pytestmark = pytest.mark.browser
_numbers = count(1)


def test_from_the_desk_to_a_certificate_that_a_stranger_can_check(visitor: Visitor) -> None:
    passport = f"PE77{next(_numbers):02d}{visitor.width:04d}"[:9]
    birth_year = 1950 + next(_numbers)
    paper = walk(visitor, passport, birth_year)
    assert len(paper.signed) == 2

    stranger = paper.link.removeprefix(visitor.installation.url)
    for language in ("", "/en", "/ar", "/ru", "/ky"):
        visitor.go(stranger + language)
        visitor.look()
        assert "TOKTOGULOVA GULNARA" in visitor.page.inner_text("main")
        assert passport not in visitor.page.content()
        assert passport[-4:] in visitor.page.inner_text("main")

    visitor.sign_in("lead")
    correct_the_name(visitor, paper.pilgrim)
    newer = print_certificate(visitor, paper.pilgrim)
    visitor.sign_out()
    visitor.go(stranger + "/en")
    visitor.look()
    assert "replaced by a newer certificate" in visitor.page.inner_text("main")
    visitor.go(newer.link.removeprefix(visitor.installation.url))
    assert "TOKTOGULOVA GULNARA-AIDA" in visitor.page.inner_text("main")


PLACES = {
    "registrar": ["/pilgrims"],
    "lead": ["/pilgrims", "/stock", "/stock/receive", "/coverage"],
    "immunologist": ["/pilgrims", "/coverage"],
    "ministry": ["/coverage", "/log"],
    "auditor": ["/audit", "/log"],
    "administrator": ["/staff"],
}


@pytest.mark.parametrize("width", [360], indirect=True, ids=["both widths"])
@pytest.mark.parametrize("language", ["ky", "ru", "en"])
def test_each_role_works_in_each_language(visitor: Visitor, language: str) -> None:
    for username, paths in PLACES.items():
        visitor.sign_in(username, language)
        for path in paths:
            visitor.go(path)
            assert visitor.page.get_attribute("html", "lang") == language
            visitor.look_at_both_widths()
        visitor.sign_out()


def test_a_typed_code_needs_the_birth_year_too(visitor: Visitor) -> None:
    visitor.go("/check")
    visitor.look()
    visitor.page.fill("#code", "7K3M-9QXD-2RTB")
    visitor.page.fill("#birth_year", "1955")
    visitor.submit()
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
    visitor.hurried = True
    return register(visitor, f"PE88{next(_numbers):02d}{visitor.width:04d}"[:9], 1940 + next(_numbers))
