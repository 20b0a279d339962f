"""The verifier as one file: opens from a disk without a network, says how old it is, and cannot be changed unseen."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, Route

from registry import clock
from registry.certificates.keys import Issuer
from registry.commands import cli
from registry.db import Database
from registry.hcert.cose import write_sign1
from registry.settings import Settings
from registry.verifier.rules import FileChanged, FileOfUnknownKey, open_seal
from tests.accessibility import violations
from tests.engines import Engine
from tests.factories import NOW
from tests.verifier.conftest import choose_photo, signed_codes
from tests.verifier.pictures import photo_of

WEEK = timedelta(days=7)


@pytest.fixture(scope="session")
def database_of_file(engine: Engine) -> str:
    return engine.fresh("verifier_file")


@pytest.fixture(scope="session")
def file_codes(database_of_file: str, issuer: Issuer) -> list[str]:
    database = Database(database_of_file)
    with database.open_session(writes=True) as session:
        codes = signed_codes(session, issuer)
        session.commit()
    database.engine.dispose()
    return codes


@pytest.fixture
def environment(database_of_file: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", database_of_file)
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(settings.var_dir))


@pytest.fixture(scope="session")
def exported(
    tmp_path_factory: pytest.TempPathFactory, database_of_file: str, file_codes: list[str], settings: Settings
) -> Path:
    file = tmp_path_factory.mktemp("stick") / "verifier.html"
    environment = {"REGISTRY_DATABASE_URL": database_of_file, "REGISTRY_VAR_DIR": str(settings.var_dir)}
    with clock.set_to(NOW):
        done = CliRunner().invoke(cli, ["verifier", "export", str(file), "--json"], env=environment)
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["bytes"] == file.stat().st_size < 1_100_000
    return file


@pytest.fixture
def reader(browser: Browser, exported: Path) -> Iterator[Page]:
    """A browser without any network, the file open in it."""
    context = browser.new_context(viewport={"width": 360, "height": 800}, offline=True)
    context.clock.set_fixed_time(NOW)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(exported.as_uri())
    page.wait_for_selector("html[data-lists=read]", state="attached")
    yield page
    context.close()
    assert not complaints


def answer(page: Page, text: str) -> str:
    page.fill("#text", text)
    page.click("#typed button")
    page.wait_for_selector("#answer:not([hidden])")
    return page.inner_text("#answer")


@pytest.mark.browser
def test_it_verifies_from_a_disk_without_a_network(reader: Page, file_codes: list[str]) -> None:
    assert "This file uses no network." in reader.inner_text("#network")
    assert "25 DEC 2025, less than an hour old" in reader.inner_text(".app-lists")
    assert "valid from 04 JAN 2026" in answer(reader, file_codes[0])
    reader.click("#next")
    choose_photo(reader, photo_of(*file_codes))
    reader.wait_for_selector("#answer:not([hidden])")
    assert "Influenza" in reader.inner_text("#answer")


@pytest.mark.browser
def test_it_speaks_four_languages_and_is_accessible_in_each(reader: Page, file_codes: list[str]) -> None:
    for language in ("ar", "ru", "ky", "en"):
        reader.click(f"[data-speak={language}]")
        assert reader.get_attribute("html", "lang") == language
        assert reader.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
        assert "ASANBEKOVA AIGUL" in answer(reader, file_codes[0])
        assert violations(reader) == []


@pytest.mark.browser
def test_a_file_too_old_says_so_and_calls_nothing_valid(reader: Page, file_codes: list[str]) -> None:
    reader.context.clock.set_fixed_time(NOW + WEEK + timedelta(days=10))
    reader.reload()
    reader.wait_for_selector("html[data-lists=read]", state="attached")
    assert "age in days: 17" in reader.inner_text(".app-lists")
    found = answer(reader, file_codes[0])
    assert "COULD NOT CHECK" in found
    assert "the lists here are of 25 DEC 2025" in found


@pytest.mark.browser
def test_its_own_policy_lets_nothing_out(browser: Browser, exported: Path) -> None:
    context = browser.new_context()
    sent: list[str] = []

    def note(route: Route) -> None:
        sent.append(route.request.url)
        route.abort()

    context.route("http*://**", note)
    page = context.new_page()
    page.goto(exported.as_uri())
    page.wait_for_selector("html[data-lists=read]", state="attached")
    page.evaluate("fetch('https://example.org/').catch(() => null)")
    page.evaluate(
        "new Promise((done) => { const i = new Image(); i.onerror = done; i.src = 'https://example.org/a'; })"
    )
    assert sent == []
    content = exported.read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', content)
    assert policy
    assert "default-src &#39;none&#39;" in policy[1]
    assert "http" not in policy[1]
    context.close()


def test_check_says_of_which_day_a_whole_file_is(environment: None, exported: Path) -> None:
    done = CliRunner().invoke(cli, ["verifier", "check", str(exported)])
    assert (done.exit_code, "25.12.2025 04:00 UTC" in done.output) == (0, True), done.output


def test_a_changed_byte_is_detected_wherever_it_stands(exported: Path, issuer: Issuer) -> None:
    whole = exported.read_bytes()
    open_seal(whole, issuer.trust, name="whole")
    last_line = len(whole) - len(whole.rsplit(b"\n", 2)[1]) - 2
    places = [*range(0, last_line, last_line // 50), *range(last_line, len(whole))]
    for place in places:
        changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        with pytest.raises((FileChanged, FileOfUnknownKey)):
            open_seal(changed, issuer.trust, name="changed")


@pytest.mark.parametrize("change", ["append", "cut", "unsigned", "two signatures", "padding", "short", "a certificate"])
def test_a_file_that_is_longer_shorter_or_unsigned_is_detected(exported: Path, issuer: Issuer, change: str) -> None:
    whole = exported.read_bytes()
    body, seal = whole[: whole.rindex(b"\n<!-- sig")], whole[whole.rindex(b"\n<!-- sig") :]
    certificate = write_sign1(b"\xff" * 40, issuer.signer)
    changed = {
        "padding": whole.removesuffix(b" -->\n") + b"= -->\n",
        "short": whole.removesuffix(b" -->\n")[:-1] + b" -->\n",
        "a certificate": body + b"\n<!-- signature: " + b64encode(certificate) + b" -->\n",
        "append": whole + b"<script>",
        "cut": whole[:-1],
        "unsigned": body,
        "two signatures": body + b"<script>" + seal + seal,
    }
    with pytest.raises(FileChanged):
        open_seal(changed[change], issuer.trust, name=change)


def test_a_changed_file_fails_the_command(environment: None, exported: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.html"
    changed.write_bytes(exported.read_bytes().replace(b"not_valid", b"valid    "))
    done = CliRunner().invoke(cli, ["verifier", "check", str(changed)])
    assert done.exit_code == 1
    assert "is not as the registry wrote it" in done.output
