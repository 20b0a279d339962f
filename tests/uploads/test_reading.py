"""A file of rows costs no more than its limits, whatever it holds: security B4."""

import os
import resource
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from registry.errors import Refusal
from registry.uploads import reading
from registry.uploads.limits import PUBLIC, STAFF
from registry.uploads.reading import FileTooLarge, FileUnreadable, read_rows
from tests.uploads.hostile import MAIN, cells, sheet, strings, unseen_cells, workbook

BOMB = '<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
SHARED = "<c t='s'><v>0</v></c>"

# name: (the file, what is said of it, processor seconds that it may take)
HOSTILE: dict[str, tuple[Callable[[], bytes], type[Refusal], float]] = {
    "a thousand cells a row": (lambda: cells(450, 1_001, "<c><v>1</v></c>"), FileTooLarge, 1.0),
    "many cells": (lambda: cells(2_100, 50), FileTooLarge, 1.0),
    "cells with a prefix": (lambda: cells(60, 1_100).replace(b"<c ", b"<x:c "), FileTooLarge, 1.9),
    "cells that no count sees": (unseen_cells, FileTooLarge, 1.9),
    "shared strings": (
        lambda: cells(1, 1, strings=strings("<si><t>a text of some length</t></si>" * 60_000)),
        FileTooLarge,
        1.0,
    ),
    "one text in every cell": (
        lambda: cells(600, 60, SHARED, strings=strings(f"<si><t>{'я' * 30_000}</t></si>")),
        FileTooLarge,
        1.0,
    ),
    "styles": (
        lambda: workbook(sheet(""), styles=f"<styleSheet {MAIN}><cellXfs>{'<xf/>' * 190_000}</cellXfs></styleSheet>"),
        FileTooLarge,
        1.9,
    ),
    "a bomb of entities": (lambda: workbook(BOMB + sheet("<row><c t='str'><v>&b;</v></c></row>")), FileUnreadable, 1.0),
    "columns of a text": (lambda: b"," * 500_000, FileTooLarge, 1.0),
    "a quote without an end": (lambda: b'a,"' + b"x" * 1_900_000, FileUnreadable, 1.0),
    "more than may be sent": (lambda: b"x" * (PUBLIC.size + 1), FileTooLarge, 0.1),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_b4_a_hostile_file_is_refused_within_its_limits(kind: str) -> None:
    make, refusal, seconds = HOSTILE[kind]
    content = make()
    limits = replace(PUBLIC, cpu=1, size=4_000_000 if kind != "more than may be sent" else PUBLIC.size)
    before, own = spent_by_children(), time.process_time()
    with pytest.raises(refusal):
        list(read_rows(content, limits))
    assert spent_by_children() - before <= seconds
    assert time.process_time() - own <= 0.2, "next to nothing is done in the process that serves"


@pytest.mark.parametrize("row", [1_048_576, 40_000])
def test_b4_a_row_far_below_costs_nothing(row: int) -> None:
    far = workbook(sheet(f'<row r="1"><c r="A1"><v>1</v></c></row><row r="{row}"><c r="A{row}"><v>2</v></c></row>'))
    before = spent_by_children()
    assert list(read_rows(far, PUBLIC)) == [(1, ["1"]), (row, ["2"])]
    assert spent_by_children() - before < 1.5


def test_b4_memory_has_a_limit() -> None:
    content = cells(50, 50)
    assert len(list(read_rows(content, PUBLIC))) == 50
    with pytest.raises((FileTooLarge, FileUnreadable)):
        read_rows(content, replace(PUBLIC, memory=24 * 1024 * 1024))


def test_b4_a_process_that_takes_too_long_is_ended_and_none_is_left(tmp_path: Path) -> None:
    content = unseen_cells()
    with pytest.raises(FileTooLarge):
        read_rows(content, replace(STAFF, wall=1))
    children = subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "args="], check=True, stdout=subprocess.PIPE)
    assert b"child.py" not in children.stdout
    assert b"defunct" not in children.stdout


def test_a_list_as_long_as_staff_may_bring_is_read() -> None:
    line = "USONOV;BAKYT;Үсөнов;Бакыт;02.01.1960;male;PE0055001;20201196000017;0555 000 123;KG-N;;\n"
    assert sum(1 for _row in read_rows((line * 20_000).encode(), STAFF)) == 20_000


def test_what_a_workbook_says_of_its_size_is_not_believed() -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row>'
    content = f'<worksheet {MAIN}><dimension ref="A1"/><sheetData>{rows}</sheetData></worksheet>'
    assert list(read_rows(workbook(content), PUBLIC)) == [
        (1, ["1"]),
        (2, ["", "2"]),
    ]


def test_the_process_imports_nothing_of_the_registry_and_is_cheap() -> None:
    assert "import registry" not in reading.CHILD.read_text()
    assert "from registry" not in reading.CHILD.read_text()
    before = spent_by_children()
    assert list(read_rows(b"a;b\n", PUBLIC)) == [(1, ["a", "b"])]
    assert spent_by_children() - before < 0.3


def spent_by_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
