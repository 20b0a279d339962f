"""What copying leaves around a text, taken off before anybody asks what it is."""

import re

# Line breaks, tabs, and what cannot be seen: added by papers, chats and spreadsheets, and no part of a link or a code.
_STRAY = re.compile("[\t-\r\u0085\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")


def clean_text(text: str) -> str:
    """The text as it was issued. A signed code may have spaces within, which chats turn into others, but none at its
    end: 36, a space in base45, is too much for the last place."""
    return _SPACES.sub(" ", _STRAY.sub("", text)).strip(" ")
