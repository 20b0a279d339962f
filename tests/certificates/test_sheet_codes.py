"""The codes on paper: how large they are, and that a scanner reads them however the paper is held."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.certificates.sheet import SheetFacts, render_pocket, render_sheet
from tests.certificates.scanning import looks, random_facts, unread
from tests.certificates.sheets import AIGUL, LONGEST, MENINGOCOCCAL, MM, SEVEN_DOSES, contents_of, signed_text

NUMBER = r"(-?[\d.]+)"
CODE = re.compile(rf"q {NUMBER} 0 0 {NUMBER} {NUMBER} {NUMBER} cm (\S+) g\n((?:\d+ \d+ \d+ 1 re\n)+)f\nQ")
WHITE = re.compile(rf"1 1 1 rg {NUMBER} {NUMBER} {NUMBER} {NUMBER} re f")
EDGE = 13


class Code(NamedTuple):
    """A symbol as the file draws it, in millimetres; `white` is the frame below it."""

    left: float
    foot: float
    module: float
    modules: int
    black: bool
    white: bool


def codes_of(paper: bytes) -> Iterator[Code]:
    for content in contents_of(paper):
        whites = [tuple(float(edge) / MM for edge in box) for box in WHITE.findall(content)]
        for across, up, x, y, grey, path in CODE.findall(content):
            assert across == up
            module, left, foot = float(across) / MM, float(x) / MM, float(y) / MM
            modules = max(int(start) + int(length) for start, _, length in re.findall(r"(\d+) (\d+) (\d+) 1 re", path))
            reach = 4 * module - 0.01
            framed = any(
                box[0] <= left - reach
                and box[1] <= foot - reach
                and box[0] + box[2] >= left + modules * module + reach
                and box[1] + box[3] >= foot + modules * module + reach
                for box in whites
            )
            yield Code(left, foot, module, modules, black=grey == "0", white=framed)


@pytest.mark.parametrize(
    "facts", [AIGUL, LONGEST, SEVEN_DOSES, *map(random_facts, range(6))], ids=lambda facts: facts.verify_url[-6:]
)
def test_every_module_is_large_black_and_the_code_stands_in_white(facts: SheetFacts) -> None:
    codes = list(codes_of(render_sheet(facts)))
    assert len(codes) == 1 + len(facts.doses)
    for code in codes:
        signed = code.modules > 45
        assert code.module >= (0.5 if not signed or code.modules <= 77 else 0.4)
        assert code.black
        assert code.white
        assert min(code.left, code.foot, 210 - code.left - code.modules * code.module) >= EDGE


def test_a_signed_code_of_nine_hundred_letters_still_has_four_tenths_of_a_millimetre_a_module() -> None:
    dose = replace(MENINGOCOCCAL, signed_code=signed_text(1, 900))
    signed, *_ = [code for code in codes_of(render_sheet(replace(AIGUL, doses=(dose,)))) if code.modules > 45]
    assert signed.module >= 0.4


@pytest.mark.parametrize("token", ["AbCdEfGhIjKlMnOpQrStUv", "A" * 70])
def test_the_address_on_a_pocket_card_has_half_a_millimetre_a_module(token: str) -> None:
    facts = replace(AIGUL, verify_url=f"https://verify.example.kg/v/{token}")
    address, signed = codes_of(render_pocket([facts]))
    assert address.module >= 0.5
    assert signed.module >= 0.45
    for code in (address, signed):
        assert code.black
        assert code.white


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(min_value=500), which=st.integers(2, 5))
def test_a_scanner_reads_every_code_of_a_turned_blurred_and_rescaled_sheet(seed: int, which: int) -> None:
    # The same on 500 certificates: python -m tests.certificates.scanning --count 500
    assert unread(random_facts(seed), list(looks(seed))[which]) == set()
