"""What the registry writes into a table is never run by the program that opens it (security m2)."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.commands.pilgrims import write_template
from registry.pilgrims.intake import template_csv
from registry.spreadsheets import begins_formula, plain_cell

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "＝1+1",  # full width
    "＋1",
    "－1",
    "＠SUM(A1)",
    "﹦1+1",  # small
    "﹢1",
    "﹣1",
    "﹫SUM",
    "⁼1",  # raised and lowered
    "⁺1",
    "₋1",
    "−1",  # the minus of typography
    "\n=1",
    "\r=1",
    "\t=1",
    " =1",
    "\u00a0=1",
    "\u3000＝1",
    "\u200b=1",
    "\ufeff=1",
    "\u200e=1",
    "\u00ad＝1",
    "\x0b=1",
    "\x00=1",
    " \t\n\u00a0\u200b＠SUM",
]


@pytest.mark.parametrize("cell", FORMULAS, ids=ascii)
def test_m2_a_formula_in_any_spelling_is_text(cell: str) -> None:
    assert begins_formula(cell)
    written = plain_cell(cell)
    assert written.startswith("'")
    assert not begins_formula(written)
    assert written.replace("'", "") == cell, "nothing of it is lost"


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("ASANBEKOVA AIGUL", "ASANBEKOVA AIGUL"),
        ("", ""),
        ("7K3M-9QXD-2RTB", "7K3M-9QXD-2RTB"),
        ("a = b", "a = b"),
        ("14.03.1968", "14.03.1968"),
        ("'=1", "'=1"),
        # Where a program takes another character for the end of a cell, another one begins there.
        ("a,=1", "a,'=1"),
        ("a;\u00a0＝1", "a;'\u00a0＝1"),
        ("a\n=1", "a\n'=1"),
        ("a\t@SUM", "a\t'@SUM"),
        ("Osh, Naryn", "Osh, Naryn"),
        # A reader of that separator drops the quotes.
        ('a,"=1+1,"', 'a,"\'=1+1,"'),
        ('a\t"=1+1"', 'a\t"\'=1+1"'),
        ('a|"+1"', 'a|"\'+1"'),
        ('a; "@SUM(A1)";b', 'a; "\'@SUM(A1)";b'),
        ('"=1"', '"\'=1"'),
        ('a,"""=1"', 'a,"""\'=1"'),
        ("a\u2028=1", "a\u2028'=1"),
        ("a\x0b=1", "a\x0b'=1"),
        ('ОсОО "Ак-Суу", Ош', 'ОсОО "Ак-Суу", Ош'),
        ("\tAIGUL", "'\tAIGUL"),
    ],
    ids=ascii,
)
def test_m2_whatever_is_no_formula_stays_as_it_was_given(cell: str, written: str) -> None:
    assert plain_cell(cell) == written


@given(st.text(st.sampled_from("=+-@＝＋ \t\n\r,;|\u00a0\u200ba1'\"")))
def test_m2_no_part_of_a_cell_begins_a_formula(cell: str) -> None:
    written = plain_cell(cell)
    for separator in ",;|\t\r\n":
        assert not any(begins_formula(part) for part in written.split(separator))


@given(st.text(st.sampled_from("=+-@＝ \t\r\n,;|\u00a0\u200ba1'\"")), st.sampled_from(",;|\t"))
def test_m2_no_reader_of_another_separator_sees_a_formula(cell: str, separator: str) -> None:
    """Each reads the written file line by line as its own: with its separator, and with or without quotes."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=";").writerow(["a", plain_cell(cell)])
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        for skips in (False, True):
            lines = file.getvalue().splitlines(keepends=True)
            rows = csv.reader(lines, delimiter=separator, quoting=quoting, skipinitialspace=skips)
            assert not [part for row in rows for part in row if begins_formula(part.strip('"'))]


def test_m2_the_empty_list_holds_no_formula(tmp_path: Path) -> None:
    rows = [*csv.reader(io.StringIO(template_csv().decode("utf-8-sig")), delimiter=";")]
    write_template(tmp_path / "list.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "list.xlsx").worksheets[0]
    cells = [cell for row in [*rows, *sheet.iter_rows(values_only=True)] for cell in row if isinstance(cell, str)]
    assert len(cells) > len(rows[0])
    assert not [cell for cell in cells if plain_cell(cell) != cell]
