"""A measured row, its target, and how times are taken."""

import gc
import os
import platform
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

T = TypeVar("T")
AT_MOST, AT_LEAST = "<=", ">="


@dataclass(frozen=True)
class Row:
    """`limit` is in `unit`; None: told for information, and met whatever it is."""

    name: str
    unit: str
    value: float
    limit: float | None = None
    sign: str = AT_MOST

    @property
    def target(self) -> str:
        return "none" if self.limit is None else f"{self.sign} {self.limit:g}"

    @property
    def met(self) -> bool:
        if self.limit is None:
            return True
        return self.value <= self.limit if self.sign == AT_MOST else self.value >= self.limit

    def to_json(self, *, machine: str, date: str) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "value": round(self.value, 3),
            "target": self.target,
            "met": self.met,
            "machine": machine,
            "date": date,
        }


def take_times(work: Callable[[T], object], cases: Iterable[T], *, warm_up: int) -> list[float]:
    """Milliseconds of `work` for each case after the first `warm_up` ones. The garbage collector is left alone."""
    times = []
    for number, case in enumerate(cases):
        began = time.perf_counter()
        work(case)
        if number >= warm_up:
            times.append((time.perf_counter() - began) * 1000)
    return times


def p95(times: Sequence[float]) -> float:
    """The time that 95 of 100 did not exceed."""
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def settle() -> None:
    """Collect what earlier measurements left behind: a later one must not pay for it."""
    gc.collect()


def machine() -> str:
    return (
        f"{platform.platform()}, {os.cpu_count()} CPU, "
        f"{platform.python_implementation()} {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def today() -> str:
    return datetime.now(UTC).date().isoformat()
