"""From a scanned text to the answer on the page, in Debian's chromium: signature, lists, rules, and the words shown."""

import shutil
import statistics
from collections.abc import Sequence
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from playwright.sync_api import Page, Route, sync_playwright

from tests.benchmarks.installation import Installation
from tests.benchmarks.measure import Row, settle
from tests.factories import NOW

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TEXTS, WARM_UP, LIMIT_MS = 200, 20, 50
ORIGIN = "https://registry.test"  # answered in this process: a secure address, as signatures demand
# Waits as a person would, for the answer to stand there.
ANSWER = """async (texts) => {
  const [field, form, answer, next] = ["text", "typed", "answer", "next"].map((id) => document.getElementById(id));
  const times = [];
  for (const text of texts) {
    const began = performance.now();
    field.value = text;
    form.requestSubmit();
    while (answer.hidden) await new Promise((resolve) => { const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve; port2.postMessage(null); });
    times.push(performance.now() - began);
    if (!answer.innerText.includes(" 20")) throw new Error("no dates in the answer: " + answer.innerText);
    next.click();
  }
  return times;
}"""


def measure(installation: Installation) -> list[Row]:
    texts = [dose["signed_code"] for row in installation.list_certificates() for dose in row.facts["doses"]][:TEXTS]
    settle()
    median = measure_browser(installation.app.test_client(), texts)
    return [Row("Scanned text verified and shown in the browser, median", "ms", median, LIMIT_MS)]


def measure_browser(client: FlaskClient, texts: Sequence[str]) -> float:
    """Median milliseconds; the page's files come from `client`, its clock stands in the campaign's days."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.add_init_script(f"Date.now = () => {int(NOW.timestamp() * 1000)}")
        times = _times(page, client, texts)
        browser.close()
    return statistics.median(times[WARM_UP:])


def _times(page: Page, client: FlaskClient, texts: Sequence[str]) -> list[float]:
    def answer(route: Route) -> None:
        found = client.get(urlsplit(route.request.url).path)
        route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.data)

    page.route(f"{ORIGIN}/**", answer)
    page.goto(f"{ORIGIN}/verify/en")
    page.wait_for_selector("html[data-lists=read]", state="attached")
    times: list[float] = page.evaluate(ANSWER, list(texts))
    return times
