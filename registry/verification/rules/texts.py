"""What copying leaves around a text and within it, taken off before anybody asks what it is."""

import re

# What cannot be seen: added by papers, chats and spreadsheets, and no part of a link or a code.
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_BREAKS = re.compile("[\t-\r\u0085\u2028\u2029]+")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_ENTITY = re.compile(r"&(?:#([0-9]{1,6})|#[xX]([0-9a-fA-F]{1,5})|(nbsp|amp|lt|gt|quot|apos));")
_NAMED = {"nbsp": " ", "amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
# What mail programs put before each line that they quote.
_QUOTED = re.compile(r"(?:[ \t]*[>|])+ ?")

MOST_LINES = 500


def clean_text(text: str) -> str:
    """The text as it was issued. A signed code may have spaces within, which chats turn into others, but none at its
    end: 36, a space in base45, is too much for the last place."""
    return _SPACES.sub(" ", _BREAKS.sub("", _UNSEEN.sub("", text))).strip(" ")


def readable_lines(text: str) -> list[str]:
    """The lines of a text, without the marks of a quotation; the characters that web pages spell out are characters."""
    plain = _SPACES.sub(" ", _UNSEEN.sub("", text))
    if "&" in plain:
        plain = _ENTITY.sub(_spell, plain)
    return [_unquoted(line) for line in _BREAKS.split(plain)[:MOST_LINES]]


def _unquoted(line: str) -> str:
    found = _QUOTED.match(line)
    return line[found.end() :] if found else line


def _spell(entity: re.Match[str]) -> str:
    decimal, hexadecimal, name = entity.groups()
    if name:
        return _NAMED[name]
    number = int(decimal) if decimal else int(hexadecimal, 16)
    # What is no printable character of the first plane stays as it was written.
    return chr(number) if 31 < number < 0xD800 else entity[0]  # noqa: PLR2004 -- where control characters end
