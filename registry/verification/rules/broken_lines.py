"""Lines that belong together: a chat or a mail broke a long code or link over them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, takewhile

from registry.verification.rules.links import TOKEN_LENGTH
from registry.verification.rules.signed_texts import goes_on, may_hold_signed, whole_after
from registry.verification.rules.texts import plain_lines

MOST_JOINED = 80  # lines of one code: the longest has 4,296 characters
MOST_TRIED = 5_000_000  # characters of a whole list; 500 codes in lines of 76 are a million
WIDEST_MAIL = 100  # characters of a line that a mail may have broken; codes that a scanner reads are longer
_OPEN, _WHOLE = "open", "whole"
_CONTINUES = re.compile(r"[0-9A-Za-z $%*+\-./:=]|\Z", re.ASCII)
_NOBODY_TYPES = re.compile(r"[0-9A-Z $%*+\-./:]{30,}=?", re.ASCII)
# In small letters too, but these with too many digits and signs for a sentence, and no link.
_BEGINS_SMALL = re.compile("[HhНн][cс]1[:%]")
_NOBODY_TYPES_SMALL = re.compile(r"(?=(?:[^0-9$%*+]*[0-9$%*+]){5})(?!.*/v/)[0-9a-z $%*+\-./:]{30,}=?", re.ASCII)
_BROKEN_LINK = re.compile(r"/v/([\w-]*)=?\Z", re.ASCII)
_BROKEN_SITE = re.compile(r"https?:[^ ]*=\Z", re.ASCII | re.IGNORECASE)
_LEAD = re.compile(r"\A[\t >|]+")
_REST_OF_LINK = re.compile(r"[\w-]+", re.ASCII)


def join_broken(lines: Sequence[str]) -> Iterator[str]:
    """The lines, those of one code as one line, with the breaks still in it."""
    number, tried = 0, 0
    while number < len(lines):
        some = lines[number : number + MOST_JOINED]
        count = 2 if _is_one_link(some) else 1
        if count == 1 and tried < MOST_TRIED:
            count, more = _lines_of_code(some)
            tried += more
        yield "\n".join([_unmarked(some[0]), *map(_untabbed, some[1:count])])
        number += count


def join_as_they_come(lines: Iterable[str]) -> Iterator[str]:
    """As `join_broken`, for lines that come one by one, for hours perhaps: each is answered as soon as it is whole, and
    held back only while it may be the beginning of a code or link that the next line goes on with."""
    held: list[str] = []
    for line in lines:
        state = _state([*held, line])
        if held and state is None:
            yield from join_broken(held)
            held, state = [], _state([line])
        held.append(line)
        if state != _OPEN:
            yield from join_broken(held)
            held = []
    yield from join_broken(held)


def _state(lines: Sequence[str]) -> str | None:
    """Whether these lines are one code or link, or the beginning of one; None: nothing that goes over lines."""
    plain = plain_lines(lines)
    if len(lines) == 1:
        if _may_begin_link(plain[0].strip()):
            return _OPEN
    elif _is_one_link(lines):
        return _WHOLE
    elif not _continues(lines[-1]):
        return None
    if len(lines) > MOST_JOINED or not may_hold_signed(plain[0]):
        return None
    if whole_after(plain, start=len(lines))[0] is not None:
        return _WHOLE
    # What cannot be unpacked is one row all the same, and a short first line was broken, whatever it holds.
    is_of_mail = len(plain[0]) <= WIDEST_MAIL and _alike(plain) == len(plain)
    return _OPEN if goes_on(plain, is_certain=not is_of_mail) else None


def _is_one_link(lines: Sequence[str]) -> bool:
    if len(lines) < 2 or "\t" in _untabbed(lines[1]):  # noqa: PLR2004 -- a link's two lines
        return False
    first, second = (line.strip() for line in plain_lines([lines[0].rstrip().rpartition("\t")[2], lines[1]]))
    begun, rest = _BROKEN_LINK.search(first), _REST_OF_LINK.match(second)
    if begun and rest:
        return 0 < TOKEN_LENGTH - len(begun[1]) == len(rest[0])
    return bool(_BROKEN_SITE.search(first)) and "/v/" in second


def _may_begin_link(line: str) -> bool:
    begun = _BROKEN_LINK.search(line)
    return bool(_BROKEN_SITE.search(line)) or (begun is not None and len(begun[1]) < TOKEN_LENGTH)


def _lines_of_code(lines: Sequence[str]) -> tuple[int, int]:
    """How many of these lines, the first among them, are one signed code, and how many characters were tried."""
    first = lines[0].rpartition("\t")[2]
    if not may_hold_signed(first):
        return 1, 0
    plain = plain_lines([first, *takewhile(_continues, lines[1:])])
    count, tried = whole_after(plain)
    return count or _alike(plain), tried


def _alike(plain: Sequence[str]) -> int:
    """How many of these lines look like pieces of one code: what cannot be unpacked is one row all the same."""
    looks = _NOBODY_TYPES_SMALL if _BEGINS_SMALL.search(plain[0]) else _NOBODY_TYPES
    return 1 + len(list(takewhile(lambda two: looks.fullmatch(two[1]) or _leads_on(two[0]), pairwise(plain))))


def _leads_on(line: str) -> bool:
    return line.rstrip(" ").endswith("=")


def _continues(line: str) -> bool:
    """Whether a line may be the middle or the end of a signed code."""
    (plain,) = plain_lines([line])
    is_row = "\t" in _untabbed(line)
    return not is_row and bool(_CONTINUES.match(plain)) and not may_hold_signed(plain[:4])


def _untabbed(line: str) -> str:
    """Without the tabs of an indentation, or behind the marks of a quotation: those that are left part cells."""
    return _LEAD.sub(lambda lead: lead[0].replace("\t", ""), line, count=1).rstrip("\t")


def _unmarked(line: str) -> str:
    """A first line's tab behind the mark of a quotation is none of a table; one before it may follow an empty cell."""
    return _untabbed(line) if line.lstrip("\t ").startswith((">", "|")) else line
