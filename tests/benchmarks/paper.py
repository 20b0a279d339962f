"""The certificate as a PDF: alone, in bulk, and beside two other ways of making one."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from itertools import cycle, islice
from typing import Any

from registry.certificates.sheet import SheetFacts, render_sheet, render_sheets
from tests.benchmarks import browser_print, obvious
from tests.benchmarks.installation import Installation
from tests.benchmarks.measure import AT_LEAST, Row, p95, settle, take_times

BULK = 50
SHEETS, PAIRS, BROWSED, WARM_UP = 200, 40, 8, 10


def measure(installation: Installation) -> list[Row]:
    """Different certificates, from the facts as they are stored."""
    stored = [certificate.facts for certificate in installation.list_certificates()]
    settle()
    times = take_times(
        lambda facts: render_sheet(SheetFacts.from_json(facts)), islice(cycle(stored), SHEETS), warm_up=WARM_UP
    )
    return [Row("One certificate as PDF, p95", "ms", p95(times), 60), *compare(stored), *compare_with_browser(stored)]


def compare(stored: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    """Both ways in turn, so that a busy moment of the machine falls on both. Without the marks of a training sheet."""
    ours, naive = list[float](), list[float]()
    for facts in islice(cycle(stored), PAIRS):
        real = replace(SheetFacts.from_json(facts), training=False)
        ours += take_times(render_sheet, [real], warm_up=0)
        naive += take_times(obvious.render, [real], warm_up=0)
    ours_median, naive_median = statistics.median(ours), statistics.median(naive)
    yield Row("One certificate as PDF, median", "ms", ours_median)
    yield Row("The same facts the obvious way, median", "ms", naive_median)
    yield Row("Our sheet against the obvious way", "times as fast", naive_median / ours_median, 5, AT_LEAST)


def compare_with_browser(stored: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    """In turn with our bulk printing, as a run of many certificates is made in either way."""
    sheets = [replace(SheetFacts.from_json(facts), training=False) for facts in islice(cycle(stored), BULK)]
    bulk, kept, started = list[float](), list[float](), list[float]()
    with browser_print.driver() as playwright:
        browser = browser_print.start_browser(playwright)
        page = browser.new_page()
        for facts in sheets[:BROWSED]:
            bulk += take_times(render_bulk, [sheets], warm_up=0)
            kept += take_times(lambda one: browser_print.render(page, one), [facts], warm_up=0)
            started += take_times(lambda one: browser_print.render_in_new_browser(playwright, one), [facts], warm_up=0)
        browser.close()
    ours = statistics.median(bulk) / BULK
    yield Row("Sheets in bulk, one process", "1/s", 1000 / ours, 100, AT_LEAST)
    yield Row("Printed from HTML, a browser for each, median", "ms", statistics.median(started))
    yield Row("Printed from HTML, one browser kept, median", "ms", statistics.median(kept))
    yield Row("Our bulk against a browser for each", "times as fast", statistics.median(started) / ours, 20, AT_LEAST)
    yield Row("Our bulk against one browser kept", "times as fast", statistics.median(kept) / ours)


def render_bulk(sheets: Sequence[SheetFacts]) -> None:
    render_sheets(sheets, BytesIO(), title="bench")
