"""Without a network, after one visit, everything works; and nothing that is read leaves the device."""

from urllib.parse import urlsplit

import pytest

from tests.verifier.conftest import Officer

pytestmark = pytest.mark.browser


def test_after_one_visit_it_works_without_a_network(officer: Officer, codes: list[str]) -> None:
    officer.visit("en", until="offline")
    assert "would work without one too" in officer.page.inner_text("#network")
    # What the browser happens to have cached by itself may be gone at any time.
    officer.context.new_cdp_session(officer.page).send("Network.clearBrowserCache")
    officer.context.set_offline(True)
    officer.page.reload()
    officer.wait()
    assert "There is no network now. This page works without one." in officer.page.inner_text("#network")
    officer.paste(codes[0])
    assert "valid from 04 JAN 2026" in officer.answer
    officer.page.click("#next")
    officer.photograph(codes[1])
    assert "Influenza" in officer.answer


@pytest.mark.parametrize("language", ["ar", "ky", "ru"])
def test_every_language_is_there_without_a_network(officer: Officer, codes: list[str], language: str) -> None:
    officer.visit("en", until="offline")
    officer.context.set_offline(True)
    officer.page.click(f"header a[lang={language}]")
    officer.wait()
    assert officer.page.get_attribute("html", "lang") == language
    officer.paste(codes[0])
    assert "ASANBEKOVA AIGUL" in officer.answer


def test_nothing_that_is_read_leaves_the_device(officer: Officer, codes: list[str]) -> None:
    officer.visit(until="offline")
    officer.served.asked.clear()
    officer.requests.clear()
    officer.paste(codes[0])
    officer.page.click("#next")
    officer.photograph(*codes)
    officer.page.click("#next")
    officer.paste("https://emdoo.example/v/AAAAAAAAAAAAAAAAAAAAAAAA")
    assert officer.served.asked == []
    # The scanner is asked for, and comes from the browser's own cache.
    asked_for = {urlsplit(url).path.split("-")[0] for url in officer.requests if url.startswith("http")}
    assert asked_for <= {"/static/verify", "/static/zxing_reader"}
    kept = "(async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length])()"
    assert officer.page.evaluate(kept) == [0, 0, 0]
    assert officer.context.cookies() == []


def test_the_scanner_is_kept_without_holding_up_the_first_answer(officer: Officer, codes: list[str]) -> None:
    officer.context.route("**/zxing_reader-*", lambda _route: None)  # a network too slow for it
    officer.visit()
    officer.paste(codes[0])
    assert "ASANBEKOVA" in officer.answer


def test_the_worker_keeps_only_the_page_and_is_new_when_a_file_is(officer: Officer) -> None:
    answer = officer.served.app.test_client().get("/verify-sw.js")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.mimetype == "text/javascript"
    told = answer.text.splitlines()[0]
    for kept in ("/verify/ar", "/static/verify-", "/static/zxing_reader-"):
        assert kept in told
    assert "/pilgrims" not in told
