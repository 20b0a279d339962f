"""The signed code within a text: quoted, forwarded, wrapped over lines, indented, encoded for a mail, in bold, in small
letters, or written out for a web address.

Where a code ends cannot be seen, for a full stop and a capital letter may belong to it. But it carries a checksum: what
can be unpacked is a code, so a few likely ends are tried. What is found is then judged as any other code, signature
and all.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from registry.hcert.envelope import MAX_CHARACTERS, PREFIX, can_be_unpacked, may_go_on

# As it is issued, in small letters, with Cyrillic letters that look alike, or written out for a web address.
_PREFIX = re.compile(r"[HhНн][CcСс]1(?::|%3[Aa])")
_RUN = re.compile(r"[0-9A-Z $%*+\-./:]*", re.ASCII)
_RUN_OF_ANY_CASE = re.compile(r"[0-9A-Za-z $%*+\-./:]*", re.ASCII)
_WRITTEN_OUT = re.compile(r"%([0-9A-Fa-f]{2})")
# Mails put a = where they break a line, which is no letter of base45, and = and two digits for what might not survive:
# of its letters the space, the dollar and the full stop.
_ENCODED = re.compile(r"=(20|24|2E)")
# A code whose first letters were lost has no beginning to know it by. But three letters of base45 are two bytes, so the
# third is never above W, and all of its letters come about equally often: no words, numbers or base32 are so.
_LETTERS = re.compile(r"[0-9A-Z $%*+\-./:]{100,}", re.ASCII)
_GROUPS = re.compile(r"(?:[0-9A-Z $%*+\-./:]{2}[0-9A-W]){30}", re.ASCII)
_GROUPS_WITHIN = 1_000
_SIGNS, _FEWEST_SIGNS = "$%*+", 2
_MOST_SPACES = 0.1  # of its letters; words have more
# Named as another system names its codes; a rest of HC1: names nothing.
_NAMED_OTHERWISE = re.compile(r"(?<![0-9A-Z])(?!H?C?1?:)[0-9A-Z]{1,6}:([0-9A-Z $%*+\-./:]{100,})", re.ASCII)
# What may be a piece of a code that somebody cut up: nobody writes so.
_PIECE = re.compile(r"[0-9A-Z $%*+\-./:]{30,}", re.ASCII)
_MARKS = " *.:-/"
MOST_CODES, MOST_TRIES = 4, 48
MOST_TRIED = 30_000  # characters of a text: 48 tries of a usual code, seven of the longest
MOST_LINES = 100  # of a code
SHORTEST = 60  # characters: what is shorter is somebody's sentence about codes


def may_hold_signed(text: str) -> bool:
    """Whether a signed code may stand in a text, found quickly."""
    return bool(_PREFIX.search(text))


def lacks_beginning(text: str) -> bool:
    """Whether a text is a signed code without its first letters, as far as that can be seen. `text` is cleaned."""
    if not _LETTERS.fullmatch(text) or text.count(" ") > _MOST_SPACES * len(text):
        return False
    return sum(sign in text for sign in _SIGNS) >= _FEWEST_SIGNS and bool(_GROUPS.search(text[:_GROUPS_WITHIN]))


def is_named_otherwise(text: str) -> bool:
    """Whether what stands behind another word than HC1 is packed as a signed code is. `text` is cleaned."""
    found = _NAMED_OTHERWISE.search(text)
    ends = (found[1].strip(" "), found[1].rstrip(_MARKS)) if found else ()
    return any(can_be_unpacked(PREFIX + end) for end in ends)


def find_signed(lines: Sequence[str]) -> list[str]:
    """The signed codes in a text that can be unpacked, each once, as they were issued."""
    found, left = dict[str, None](), MOST_TRIED
    for readings in islice(_begun(_pieces(lines)), MOST_CODES):
        for one in islice(_likely(readings), MOST_TRIES):
            left -= len(one)
            if left < 0:
                return list(found)
            if can_be_unpacked(one):
                found[one] = None
                break
    return list(found)


def whole_after(lines: Sequence[str], *, start: int = 1) -> tuple[int | None, int]:
    """After how many of these lines the code that the first one begins is whole, and how many characters were tried.

    `start`: it is not whole after fewer.
    """
    readings, tried = _begun_by_first(lines), 0
    for count in range(start, len(lines) + 1):
        for end in _ends(readings, count):
            tried += len(end)
            if can_be_unpacked(PREFIX + end):
                return count, tried
    return None, tried


def goes_on(lines: Sequence[str], *, is_certain: bool) -> bool:
    """Whether the code that the first of these lines begins may go on after the last.

    `is_certain`: only where nothing in it is wrong so far.
    """
    # An empty line after them is reached only by what fills all of them.
    filled = [one for one in _begun_by_first([*lines, ""]) if len(one) > len(lines)]
    return any(not is_certain or may_go_on(PREFIX + end) for end in _ends(filled, len(lines)))


def meant_as_signed(lines: Sequence[str], text: str) -> list[str]:
    """What should have been a signed code but cannot be unpacked, or nothing. `text` is the whole of it, cleaned."""
    if text.startswith(PREFIX):
        return [text]
    begun = next(_begun(_pieces(lines)), [])
    first = PREFIX + "".join(begun[0]) if begun else ""
    return [first.strip(" ")] if len(first) >= SHORTEST or (first and _PREFIX.match(text)) else []


def is_cut_up(lines: Sequence[str], text: str) -> bool:
    """Whether a code that cannot be unpacked goes on over the end of its line: nobody knows what was lost there.

    `text` is the whole of it, cleaned.
    """
    pieces = _pieces(lines)
    if text.startswith(PREFIX) and can_be_unpacked(text):
        return False
    for number, line in enumerate(pieces):
        for begin in _PREFIX.finditer(line):
            return _goes_over(begin, line, pieces[number + 1 :])
    return len(pieces) > 1


def _goes_over(begin: re.Match[str], line: str, following: Sequence[str]) -> bool:
    run = _run_of(begin)
    if not following or not run.fullmatch(line, begin.end()) or _PREFIX.search(following[0]):
        return False
    return bool(run.fullmatch(following[0])) or any(map(_PIECE.search, following))


def _pieces(lines: Sequence[str]) -> list[str]:
    """The lines that are not empty, as they were before a mail encoded them."""
    return [piece for line in lines for piece in _decoded(line).split("=") if piece.strip(" ")]


def _decoded(line: str) -> str:
    return _ENCODED.sub(lambda code: chr(int(code[1], 16)), line) if "=" in line else line


def _unbroken(line: str) -> str:
    """Without the = of a soft line end; a space before it is the code's own."""
    ended = _decoded(line).rstrip(" ")
    return ended[:-1] if ended.endswith("=") else _decoded(line)


def _begun(lines: Sequence[str]) -> Iterator[list[list[str]]]:
    """For each prefix the readings of what follows it: line by line, as far as it can belong to a code."""
    for number, line in enumerate(lines):
        for begin in _PREFIX.finditer(line):
            yield _readings(begin, line, lines[number + 1 :])


def _begun_by_first(lines: Sequence[str]) -> list[list[str]]:
    """The readings of the last code that the first line begins."""
    plain = [_unbroken(line) if "=" in line else line for line in lines]
    begun = list(_PREFIX.finditer(plain[0]))
    return _readings(begun[-1], plain[0], plain[1:]) if begun else []


def _readings(begin: re.Match[str], line: str, following: Sequence[str]) -> list[list[str]]:
    """As the lines stand; and without what stands before the code and before the others too, blanks or a mark."""
    readings = [_follow(begin, line, following)]
    lead = line[: begin.start()]
    if lead and following and following[0].startswith(lead):
        readings.append(_follow(begin, line, [one.removeprefix(lead) for one in following]))
    return readings


def _run_of(begin: re.Match[str]) -> re.Pattern[str]:
    """Base45 knows no small letters: where they come, Caps Lock was on."""
    return _RUN_OF_ANY_CASE if begin[0][1] in "cс" else _RUN


def _follow(begin: re.Match[str], line: str, following: Sequence[str]) -> list[str]:
    run = _run_of(begin)
    segments: list[str] = []
    length = 0
    for one in (line[begin.end() :], *following):
        found = run.match(one)
        segment = found[0] if found else ""
        segments.append(segment.upper() if run is _RUN_OF_ANY_CASE else segment)
        length += len(segment)
        if len(segment) < len(one) or length > MAX_CHARACTERS or len(segments) == MOST_LINES:
            break
    if "%" in begin[0]:
        return [_spelt_out(segment) for segment in segments]
    return segments


def _spelt_out(text: str) -> str:
    return _WRITTEN_OUT.sub(lambda code: chr(int(code[1], 16)), text)


def _ends(readings: Sequence[Sequence[str]], count: int) -> list[str]:
    """What the first so many lines may be, where they are a code: each once, without its prefix."""
    several = [segments[:count] for segments in readings if count <= len(segments)]
    spaced = [" ".join(segments) for segments in several if count > 1]
    texts = [text.strip(" ") for text in chain(chain.from_iterable(map(_shapes, several)), spaced)]
    return list(dict.fromkeys(end for text in texts for end in (text, text.rstrip(_MARKS))))


def _likely(readings: Sequence[Sequence[str]]) -> Iterator[str]:
    """The texts that may be the code, the likeliest first, each with its prefix."""
    tried = set[str]()
    joined = [text.strip(" ") for text in _joined(readings)]
    for text in chain(joined, chain.from_iterable(map(_mended, joined))):
        if text and text not in tried:
            tried.add(text)
            yield PREFIX + text


def _joined(readings: Sequence[Sequence[str]]) -> Iterator[str]:
    """Of all lines, of all but the last ones, and of the first alone; then as if each break had taken a space."""
    for segments in readings:
        count = len(segments)
        for end in dict.fromkeys(end for end in (count, count - 1, count - 2, 1) if end > 0):
            yield from _shapes(segments[:end])
    for segments in readings:
        if len(segments) > 1:
            yield " ".join(segments[:2]) + "".join(segments[2:])
            yield " ".join(segments)
            yield " ".join(segments[:-1])
            yield " ".join(one.strip(" ") for one in segments)


def _shapes(segments: Sequence[str]) -> Iterator[str]:
    """As they stand, for a code has spaces of its own; without the indentation of the lines that follow, of all or of
    some, and without the blanks that a mail left at the end of each; and without every space at a line's edge."""
    yield "".join(segments)
    first, *rest = segments
    if not rest:
        return
    indents = [len(one) - len(one.lstrip(" ")) for one in rest]
    least, trail = min(indents), min(len(one) - len(one.rstrip(" ")) for one in segments[:-1])
    unled = [first, *(one[least:] for one in rest)]
    yield "".join(unled)
    if trail:
        yield "".join(one[:-trail] for one in unled[:-1]) + unled[-1]
    some = min(filter(None, indents), default=0)
    yield first + "".join(one.removeprefix(" " * some) for one in rest)
    yield "".join(one.strip(" ") for one in segments)


def _mended(text: str) -> Iterator[str]:
    """Without what stands after it; with the spaces that it had."""
    yield text.rstrip(_MARKS)
    if text and text[-1] in _MARKS:
        yield text[:-1]
    again = text.find(PREFIX)
    if again > 0:
        yield text[:again].rstrip(_MARKS)
    if "%20" in text:
        yield text.replace("%20", " ")
        yield _spelt_out(text)
    if "  " in text:
        yield re.sub(" {2,}", " ", text)
    first, _space, last = text.rpartition(" ")
    if len(last) < SHORTEST:
        yield first.rstrip(_MARKS)
