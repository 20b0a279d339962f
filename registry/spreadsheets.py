"""Cells that a spreadsheet shows and never runs."""

import re
import unicodedata

# What begins a formula; the minus of typography too, which LibreOffice reads as one.
_SIGNS = frozenset("=+-@\u2212")
# Where a program with other settings than ours would begin another cell or line, and what it may skip there.
_BETWEEN = r",;|\"\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029"
_SEPARATOR = re.compile(f"(?<=[{_BETWEEN}])(?=[^{_BETWEEN}])")
_TEXT = "'"


def plain_cell(text: str) -> str:
    """The cell as it was given; with an apostrophe before whatever some program could take for a formula."""
    cell = "".join(_TEXT + part if begins_formula(part) else part for part in _SEPARATOR.split(text))
    odd = begins_formula(text) or unicodedata.category(text[:1] or "a") == "Cc"
    return _TEXT + cell if odd and not cell.startswith(_TEXT) else cell


def begins_formula(text: str) -> bool:
    """Whether the first character that is seen is a sign of a formula, in whatever width or size it is written."""
    for character in text:
        if not character.isspace() and unicodedata.category(character) not in {"Cc", "Cf"}:
            return unicodedata.normalize("NFKC", character)[:1] in _SIGNS
    return False
