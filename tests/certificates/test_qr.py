"""QR symbols: what a scanner reads back, and what a strict page may contain."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import zxingcpp

from registry.certificates.qr import QUIET_ZONE, qr_matrix, qr_operators, qr_svg
from tests.certificates.sheets import BASE45, signed_text

ADDRESS = "https://verify.example.kg/v/7K3M9QXD2RTB"


def symbol(text: str, level: str = "M") -> np.ndarray:
    return np.array([list(row) for row in qr_matrix(text, level)], dtype=bool)


def scan(black: np.ndarray, module: int = 4) -> str:
    """Read a symbol of square modules, with white around it."""
    framed = np.pad(black, QUIET_ZONE)
    picture = np.kron(np.where(framed, 0, 255), np.ones((module, module))).astype(np.uint8)
    (code,) = zxingcpp.read_barcodes(picture)
    return code.text


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
@pytest.mark.parametrize("text", [signed_text(1), ADDRESS, "Эмдөө", "0", BASE45.strip()])
def test_a_scanner_reads_back_the_text_it_was_given(text: str, level: str) -> None:
    assert scan(symbol(text, level)) == text


def test_signed_text_is_encoded_as_alphanumeric_and_so_stays_at_version_13() -> None:
    assert len(qr_matrix(signed_text(1), "M")) == 69
    assert len(qr_matrix(signed_text(1).lower(), "M")) > 69


@pytest.mark.parametrize(
    ("text", "version"),
    [("A" * 335, 9), ("A" * 336, 10), ("a" * 230, 9), ("a" * 231, 10), ("1" * 552, 9), ("1" * 553, 10)],
)
def test_each_text_gets_the_smallest_symbol_that_holds_it(text: str, version: int) -> None:
    assert len(qr_matrix(text, "L")) == 17 + 4 * version


def test_a_web_symbol_is_the_same_symbol_with_a_quiet_zone() -> None:
    svg = ET.fromstring(qr_svg(ADDRESS))  # noqa: S314 - our own text, made one line above
    side = int(svg.attrib["viewBox"].split()[2])
    black = np.zeros((side, side), dtype=bool)
    for column, row, length in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg[1].attrib["d"]):
        black[int(row), int(column) : int(column) + int(length)] = True
    assert not black[:QUIET_ZONE].any()
    assert not black[:, :QUIET_ZONE].any()
    assert np.array_equal(black[QUIET_ZONE:-QUIET_ZONE, QUIET_ZONE:-QUIET_ZONE], symbol(ADDRESS))


def test_a_web_symbol_breaks_no_content_security_policy_and_no_page() -> None:
    svg = qr_svg(ADDRESS, label='Certificate "7K3M" <b>')
    assert "style" not in svg
    assert "script" not in svg
    assert ET.fromstring(svg).attrib["aria-label"] == 'Certificate "7K3M" <b>'  # noqa: S314 - our own text


def test_printed_rectangles_cover_the_black_modules_and_no_others() -> None:
    matrix = symbol(ADDRESS)
    printed = np.zeros_like(matrix)
    for column, up, length in re.findall(r"(\d+) (\d+) (\d+) 1 re", qr_operators(qr_matrix(ADDRESS))):
        row = len(matrix) - 1 - int(up)
        assert not printed[row, int(column) : int(column) + int(length)].any()
        printed[row, int(column) : int(column) + int(length)] = True
    assert np.array_equal(printed, matrix)
