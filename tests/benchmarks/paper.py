"""The certificate as a PDF, alone and beside the obvious way of making one."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import cycle, islice
from typing import Any

from registry.certificates.sheet import SheetFacts, render_sheet
from tests.benchmarks import obvious
from tests.benchmarks.installation import Installation
from tests.benchmarks.measure import AT_LEAST, Row, p95, settle, take_times

SHEETS, PAIRS, WARM_UP = 200, 40, 10


def measure(installation: Installation) -> list[Row]:
    """Different certificates, from the facts as they are stored."""
    stored = [certificate.facts for certificate in installation.list_certificates()]
    settle()
    times = take_times(
        lambda facts: render_sheet(SheetFacts.from_json(facts)), islice(cycle(stored), SHEETS), warm_up=WARM_UP
    )
    return [Row("One certificate as PDF, p95", "ms", p95(times), 60), *compare(stored)]


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
