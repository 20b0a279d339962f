"""The signed code within a text: quoted, forwarded, wrapped over lines, in bold, in small letters, or written out for a
web address.

Where a code ends cannot be seen, for a full stop and a capital letter may belong to it. But it carries a checksum: what
can be unpacked is a code, so a few likely ends are tried. What is found is then judged as any other code, signature
and all.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from registry.hcert.envelope import MAX_CHARACTERS, PREFIX, can_be_unpacked

# As it is issued, in small letters, with Cyrillic letters that look alike, or written out for a web address.
_PREFIX = re.compile(r"[HhНн][CcСс]1(?::|%3[Aa])")
_RUN = re.compile(r"[0-9A-Z $%*+\-./:]*", re.ASCII)
_RUN_OF_ANY_CASE = re.compile(r"[0-9A-Za-z $%*+\-./:]*", re.ASCII)
_WRITTEN_OUT = re.compile(r"%([0-9A-Fa-f]{2})")
# The letters of base45, too many for a certificate's code: the first ones were lost or misread.
_MEANT = re.compile(r"[0-9A-Z $%*+\-./:]{100,}", re.ASCII)
_MARKS = " *.:-/"
MOST_CODES, MOST_TRIES = 4, 20
SHORTEST = 60  # characters: what is shorter is somebody's sentence about codes


def may_hold_signed(text: str) -> bool:
    """Whether a signed code may stand in a text, found quickly."""
    return bool(_PREFIX.search(text) or _MEANT.fullmatch(text))


def find_signed(lines: Sequence[str]) -> list[str]:
    """The signed codes in a text that can be unpacked, each once, as they were issued."""
    found: dict[str, None] = {}
    for segments in islice(_begun(lines), MOST_CODES):
        whole = next((one for one in islice(_likely(segments), MOST_TRIES) if can_be_unpacked(one)), None)
        if whole is not None:
            found[whole] = None
    return list(found)


def whole_after(lines: Sequence[str]) -> tuple[int | None, int]:
    """After how many of these lines the code that the first one begins is whole, and how many characters were tried."""
    segments, tried = next(_begun(lines), []), 0
    for count in range(1, len(segments) + 1):
        text = "".join(segments[:count]).strip(" ")
        for end in dict.fromkeys((text, text.rstrip(_MARKS))):
            tried += len(end)
            if can_be_unpacked(PREFIX + end):
                return count, tried
    return None, tried


def meant_as_signed(lines: Sequence[str], text: str) -> list[str]:
    """What should have been a signed code but cannot be unpacked, or nothing. `text` is the whole of it, cleaned."""
    if text.startswith(PREFIX) or _MEANT.fullmatch(text):
        return [text]
    first = next((PREFIX + "".join(segments).strip(" ") for segments in _begun(lines)), "")
    return [first] if len(first) >= SHORTEST or (first and _PREFIX.match(text)) else []


def _begun(lines: Sequence[str]) -> Iterator[list[str]]:
    """What follows each prefix, line by line, as far as it can belong to a code."""
    for number, line in enumerate(lines):
        for begin in _PREFIX.finditer(line):
            yield _follow(begin, line, lines[number + 1 :])


def _follow(begin: re.Match[str], line: str, following: Sequence[str]) -> list[str]:
    is_small = begin[0][1] in "cс"  # base45 knows no small letters: where they come, Caps Lock was on
    run = _RUN_OF_ANY_CASE if is_small else _RUN
    segments: list[str] = []
    length = 0
    for one in (line[begin.end() :], *following):
        found = run.match(one)
        segment = found[0] if found else ""
        if segment or not segments:
            segments.append(segment.upper() if is_small else segment)
        length += len(segment)
        if len(segment) < len(one) or length > MAX_CHARACTERS:
            break
    if "%" in begin[0]:
        return [_spelt_out(segment) for segment in segments]
    return segments


def _spelt_out(text: str) -> str:
    return _WRITTEN_OUT.sub(lambda code: chr(int(code[1], 16)), text)


def _likely(segments: Sequence[str]) -> Iterator[str]:
    """The texts that may be the code, the likeliest first, each with its prefix."""
    tried = set[str]()
    joined = [text.strip(" ") for text in _joined(segments)]
    for text in chain(joined, chain.from_iterable(map(_mended, joined))):
        if text and text not in tried:
            tried.add(text)
            yield PREFIX + text


def _joined(segments: Sequence[str]) -> Iterator[str]:
    """Of all lines, of all but the last ones, and of the first alone; then as if each break had taken a space."""
    count = len(segments)
    ends = dict.fromkeys(end for end in (count, count - 1, count - 2, 1) if end > 0)
    for end in ends:
        yield "".join(segments[:end])
    if count > 1:
        yield " ".join(segments[:2]) + "".join(segments[2:])
        yield " ".join(segments)
        yield " ".join(segments[: count - 1])


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
