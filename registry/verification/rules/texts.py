"""What copying leaves around a text and within it, taken off before anybody asks what it is."""

import re
from collections.abc import Sequence

# What cannot be seen: added by papers, chats and spreadsheets, and no part of a link or a code.
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_BREAKS = re.compile("[\t-\r\u0085\u2028\u2029]+")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_ENTITY = re.compile(r"&(?:#([0-9]{1,6})|#[xX]([0-9a-fA-F]{1,5})|(nbsp|amp|lt|gt|quot|apos));")
_NAMED = {"nbsp": " ", "amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
# What mail programs put before each line that they quote.
_QUOTED = re.compile(r"(?:[ \t]*[>|])+")

MOST_LINES = 500


def clean_text(text: str) -> str:
    """The text as it was issued. A signed code may have spaces within, which chats turn into others, but none at its
    end: 36, a space in base45, is too much for the last place."""
    return _SPACES.sub(" ", _BREAKS.sub("", _UNSEEN.sub("", text))).strip(" ")


def readable_lines(text: str) -> list[str]:
    """The lines of a text, without the marks of a quotation; the characters that web pages spell out are characters."""
    return _unquoted(_BREAKS.split(_plain(text))[:MOST_LINES])


def plain_lines(lines: Sequence[str]) -> list[str]:
    """As many lines, each as `readable_lines` reads it."""
    return _unquoted([_BREAKS.sub("", _plain(line)) for line in lines])


def unwrapped_lines(lines: Sequence[str]) -> list[str]:
    """The lines as they were before a mail encoded them: each piece but the last ends with =, and = is =3D."""
    whole: list[str] = []
    lead, goes_on = "", False
    for line in lines:
        ended = line.rstrip(" ")
        breaks = ended.endswith("=")
        piece = (ended[:-1] if breaks else line).replace("=3D", "=")
        if goes_on:
            whole[-1] += piece.removeprefix(lead)
        else:
            whole.append(piece)
            lead = line[: len(line) - len(line.lstrip(" "))]
        goes_on = breaks
    return whole


def _plain(text: str) -> str:
    plain = _SPACES.sub(" ", _UNSEEN.sub("", text))
    return _ENTITY.sub(_spell, plain) if "&" in plain else plain


def _unquoted(lines: Sequence[str]) -> list[str]:
    """Some programs put a space after their mark: only where each line has one is it none of the text's own."""
    marks = [found.end() if (found := _QUOTED.match(line)) else 0 for line in lines]
    quoted = [line[end] for line, end in zip(lines, marks, strict=True) if 0 < end < len(line)]
    gap = 1 if quoted and all(one == " " for one in quoted) else 0
    return [line[end + gap if end else 0 :] for line, end in zip(lines, marks, strict=True)]


def _spell(entity: re.Match[str]) -> str:
    decimal, hexadecimal, name = entity.groups()
    if name:
        return _NAMED[name]
    number = int(decimal) if decimal else int(hexadecimal, 16)
    # What is no printable character of the first plane stays as it was written.
    return chr(number) if 31 < number < 0xD800 else entity[0]  # noqa: PLR2004 -- where control characters end
