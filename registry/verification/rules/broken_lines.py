"""Lines of a list that belong together: a chat or a mail broke a long code or link over them."""

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from registry.verification.rules.links import TOKEN_LENGTH
from registry.verification.rules.signed_texts import may_hold_signed, whole_after
from registry.verification.rules.texts import readable_lines

MOST_JOINED = 80  # lines of one code: the longest has 4,296 characters
MOST_TRIED = 5_000_000  # characters of a whole list; 500 codes in lines of 76 are a million
_CONTINUES = re.compile(r"[0-9A-Za-z $%*+\-./:]", re.ASCII)
_NOBODY_TYPES = re.compile(r"[0-9A-Z $%*+\-./:]{30,}", re.ASCII)
_BROKEN_LINK = re.compile(r"/v/([\w-]*)\Z", re.ASCII)
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
        yield "\n".join(some[:count])
        number += count


def _is_one_link(lines: Sequence[str]) -> bool:
    begun = _BROKEN_LINK.search(lines[0].rstrip())
    rest = _REST_OF_LINK.match(_unquoted(lines[1]).strip()) if begun and len(lines) > 1 else None
    if not begun or not rest:
        return False
    missing = TOKEN_LENGTH - len(begun[1])
    return 0 < missing == len(rest[0])


def _lines_of_code(lines: Sequence[str]) -> tuple[int, int]:
    """How many of these lines, the first among them, are one signed code, and how many characters were tried."""
    first = lines[0].rpartition("\t")[2]
    if not may_hold_signed(first):
        return 1, 0
    following = [_unquoted(line) for line in takewhile(_continues, lines[1:])]
    count, tried = whole_after([_unquoted(first), *following])
    # A code that cannot be unpacked is one row all the same.
    return count or 1 + len(list(takewhile(_NOBODY_TYPES.fullmatch, following))), tried


def _unquoted(line: str) -> str:
    return "".join(readable_lines(line))


def _continues(line: str) -> bool:
    """Whether a line may be the middle or the end of a signed code."""
    plain = _unquoted(line)
    return "\t" not in line and bool(_CONTINUES.match(plain)) and not may_hold_signed(plain[:4])
