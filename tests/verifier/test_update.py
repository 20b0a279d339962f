"""A new version of the page arrives on the next visit, whole or not at all; a server in trouble takes nothing away."""

import re

import pytest

from registry.web.assets import DIST, load_manifest
from tests.verifier.conftest import Officer

pytestmark = pytest.mark.browser
NEW = "verify-0123456789.js"
ONLY_THE_NEW_IS_KEPT = """async () => {
  for (let look = 0; look < 200; look += 1) {
    const versions = (await caches.keys()).filter((name) => name.startsWith("verifier-page-"));
    if (versions.join() === "verifier-page-new") return true;
    await new Promise((done) => setTimeout(done, 50));
  }
  return false;
}"""


def deploy(officer: Officer) -> None:
    """Another build of the page's script, under another name."""
    client = officer.served.app.test_client()
    old = load_manifest()["verify.js"]
    answers = officer.served.answers
    for path, kind in {"/verify/en": "text/html", "/verify": "text/html", "/verify-sw.js": "text/javascript"}.items():
        content = client.get(path).text.replace(old, NEW)
        answers[path] = 200, re.sub(r'"version": "\w+"', '"version": "new"', content).encode(), kind
    answers[f"/static/{NEW}"] = 200, (DIST / old).read_bytes(), "text/javascript"


def opens_with(officer: Officer) -> str:
    return str(officer.page.get_attribute("script[type=module]", "src")).removeprefix("/static/")


def reload(officer: Officer, until: str = "lists") -> None:
    officer.page.reload()
    officer.wait(until)


def test_a_new_version_arrives_on_the_next_visit_and_works_without_a_network(
    officer: Officer, codes: list[str]
) -> None:
    officer.visit(until="offline")
    deploy(officer)
    reload(officer, "offline")
    assert opens_with(officer) == NEW
    assert officer.page.evaluate(ONLY_THE_NEW_IS_KEPT)
    officer.context.set_offline(True)
    reload(officer)
    assert opens_with(officer) == NEW
    officer.photograph(codes[0])
    assert "ASANBEKOVA AIGUL" in officer.answer


def test_a_network_lost_within_the_visit_leaves_the_old_version_whole(officer: Officer, codes: list[str]) -> None:
    officer.visit(until="offline")
    old = opens_with(officer)
    deploy(officer)
    officer.served.answers["/verify-sw.js"] = 503, b""
    reload(officer)
    assert opens_with(officer) == NEW
    officer.context.new_cdp_session(officer.page).send("Network.clearBrowserCache")
    officer.context.set_offline(True)
    reload(officer)
    assert opens_with(officer) == old
    officer.paste(codes[0])
    assert "ASANBEKOVA AIGUL" in officer.answer


@pytest.mark.parametrize("status", [404, 502])
def test_a_server_in_trouble_leaves_the_page_that_is_kept(officer: Officer, codes: list[str], status: int) -> None:
    officer.visit(until="offline")
    officer.served.answers["/verify/en"] = status, b"Bad gateway", "text/html"
    reload(officer)
    officer.paste(codes[0])
    assert "ASANBEKOVA AIGUL" in officer.answer
