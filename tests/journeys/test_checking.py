"""A paper in the world: at the airline's desk, lost, corrected, and after the signing key changed."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation, Visitor
from tests.journeys.prepared import certified, let_in
from tests.journeys.steps import correct_the_name, print_certificate, read_paper

pytestmark = pytest.mark.browser
_numbers = count(1)
REGISTRY = str(Path(sys.executable).with_name("registry"))


def a_passport(visitor: Visitor) -> str:
    return f"PE66{next(_numbers):02d}{visitor.width:04d}"[:9]


def run(installation: Installation, *words: str, lines: Sequence[str] = ()) -> list[dict[str, str]]:
    """What a command answers, one object a line; the exit code of `verify` follows the verdict."""
    done = subprocess.run(
        [REGISTRY, *words, "--json"],
        env=installation.environment,
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def row_of(page: Page, code: str) -> str:
    return page.locator("tr", has_text=code).inner_text()


def check_by_paste(page: Page, text: str, *, says: str) -> None:
    """Let the offline verifier answer, and be ready for the next paper."""
    page.wait_for_selector("html[data-lists=read]", state="attached")
    page.fill("#text", text)
    page.click("#typed button")
    expect(page.locator("#answer")).to_contain_text(says, timeout=20_000)
    page.click("#next")
    expect(page.locator("#answer")).to_be_hidden()


@pytest.mark.parametrize("width", [1024], indirect=True)
def test_an_airline_clerk_checks_a_manifest(visitor: Visitor, tmp_path: Path) -> None:
    paper = certified(visitor, a_passport(visitor), 1951)
    today = date.today()  # noqa: DTZ011 - the served registry has the machine's clock too
    sooner, later = today + timedelta(days=2), today + timedelta(days=40)
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(
        "seat,code,arrival_on\n"
        f"12A,{paper.code},{later:%d.%m.%Y}\n12B,{paper.code},{sooner:%d.%m.%Y}\n12C,2222-3333-4444,{later:%d.%m.%Y}\n"
    )
    visitor.go("/check/group/en")
    visitor.look()
    visitor.page.set_input_files("#manifest", manifest)
    visitor.press("main form button[type=submit] >> nth=0")
    visitor.look()
    assert "Ready" in row_of(visitor.page, "12A")
    assert "Not yet: from" in row_of(visitor.page, "12B")
    assert "Unknown" in row_of(visitor.page, "12C")
    assert "TOKTOGULOVA" not in visitor.page.content(), "the list brought no name, so the answer has none"

    visitor.go("/check/group/en")
    visitor.page.fill("#codes", f"{paper.link}\n{paper.signed[0]}")
    with visitor.page.expect_download() as download:
        visitor.page.click("main form button[name=answer]")
    listed = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert len(listed) == 3
    assert all("not_yet" in line for line in listed[1:]), listed


@pytest.mark.parametrize("width", [360], indirect=True)
def test_a_pilgrim_who_lost_the_paper_gets_it_again(visitor: Visitor) -> None:
    paper = certified(visitor, a_passport(visitor), 1952)
    page = visitor.page
    visitor.go("/my-certificate/en")
    visitor.look()

    def ask(year: str) -> None:
        page.fill("#code", paper.code.lower())
        for part, value in (("day", "14"), ("month", "3"), ("year", year)):
            page.fill(f"#birth_on-{part}", value)

    ask("1953")
    visitor.press("main form button[type=submit] >> nth=0")
    visitor.look()
    assert "No certificate has this code together with this date of birth" in page.inner_text("main")
    ask("1952")
    with page.expect_response(lambda response: "my-certificate" in response.url) as answered:
        page.click("main form button[type=submit] >> nth=0")
    answer = answered.value
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    # The browser's viewer keeps the bytes to itself: the same form once more, read by the page.
    visitor.go("/my-certificate/en")
    ask("1952")
    pdf = page.evaluate(
        """async () => {
          const form = document.querySelector("main form");
          const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
          return Array.from(new Uint8Array(await answer.arrayBuffer()));
        }"""
    )
    assert read_paper("", bytes(pdf)).codes == paper.codes


@pytest.mark.parametrize("width", [360], indirect=True)
def test_a_corrected_name_reaches_every_way_of_checking(visitor: Visitor, tmp_path: Path) -> None:
    old = certified(visitor, a_passport(visitor), 1953)
    let_in(visitor, "lead")
    correct_the_name(visitor, old.pilgrim)
    new = print_certificate(visitor, old.pilgrim)
    visitor.sign_out()

    visitor.go("/check/group/en")
    visitor.page.fill("#codes", f"{old.code}\n{new.code}")
    visitor.press("main form button[type=submit] >> nth=0")
    assert "replaced by a newer certificate" in row_of(visitor.page, old.code)
    assert "replaced" not in row_of(visitor.page, new.code)

    for told in run(visitor.installation, "verify", old.signed[0]):
        assert (told["verdict"], told["reason"]) == ("check", "replaced"), told
    stick = tmp_path / "verifier.html"
    run(visitor.installation, "verifier", "export", str(stick))
    browser = visitor.context.browser
    assert browser is not None
    with browser.new_context(viewport={"width": visitor.width, "height": 800}, offline=True) as laptop:
        page = laptop.new_page()
        page.goto(stick.as_uri())
        for text, word in ((old.signed[1], "replaced by a newer certificate"), (new.signed[1], "GULNARA-AIDA")):
            check_by_paste(page, text, says=word)


@pytest.mark.parametrize("width", [1024], indirect=True)
def test_an_administrator_rotates_the_signing_key(visitor: Visitor) -> None:
    before = certified(visitor, a_passport(visitor), 1954)
    (made,) = run(visitor.installation, "keys", "rotate")
    after = certified(visitor, a_passport(visitor), 1955)
    texts = [text for paper in (before, after) for text in (*paper.signed, paper.link)]
    answers = run(visitor.installation, "verify", "-", lines=texts)
    assert [(told["verdict"], told["reason"]) for told in answers] == [("check", "entry_not_yet")] * 6
    for paper in (before, after):
        visitor.go(paper.link.removeprefix(visitor.installation.url) + "/en")
        assert "TOKTOGULOVA GULNARA" in visitor.page.inner_text("main")
    keys = json.dumps(run(visitor.installation, "keys", "list"))
    assert str(made["key_id"]) in keys

    visitor.go("/verify/en")
    for text in (before.signed[0], after.signed[0]):
        check_by_paste(visitor.page, text, says="TOKTOGULOVA GULNARA")
