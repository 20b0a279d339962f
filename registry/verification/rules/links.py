"""Verification links within a text, and whose they are."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

_TOKEN = re.compile(r"/v/([\w-]{20,32})(?![\w-])", re.ASCII)
_REST = re.compile(r" *([\w-]+)", re.ASCII)
_DELIMITERS = re.compile("[<>\"'`“”„«»()\\[\\]{}|,;*]")
_SCHEME = re.compile("https?://", re.ASCII | re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/.*)?\Z")
# A word, or the number of a line: never the address of a site that leads on.
_LABEL = re.compile(r"(?:[0-9]{1,4}\.)?[^./?=&@#%\\]*")
_USUAL_PORT = re.compile(":(?:80|443)\\Z")
LONGEST_SITE, MOST_LOOKED_AT, TOKEN_LENGTH = 300, 50, 22


# What follows /v/ where a chat or a sentence left its marks behind a link.
_PATH = re.compile(r"([\w-]{20,32})(?:/(en|ar|ru|ky))?[^\w]*", re.ASCII)


class Link(NamedTuple):
    """`site`: host and path before /v/, plain; "" where only the path was given, None where it is some other thing."""

    site: str | None
    token: str


def find_links(lines: Sequence[str]) -> list[Link]:
    """The first two different links of a text; where no line has one, a link that is broken over lines."""
    following = [*lines[1:], ""]
    found = (link for line, after in zip(lines, following, strict=False) for link in _links(line, after))
    return _first_two(found) or _first_two(_links("".join(line.strip(" ") for line in lines)))


def _first_two(links: Iterator[Link]) -> list[Link]:
    first: dict[str, Link] = {}
    for link in islice(links, MOST_LOOKED_AT):
        first.setdefault(link.token, link)  # programs write an address twice: what is read, and what is opened
    return list(first.values())[:2]


def _links(line: str, after: str = "") -> Iterator[Link]:
    for match in _TOKEN.finditer(line):
        ahead = line[max(0, match.start() - LONGEST_SITE) : match.start()].rpartition(" ")[2]
        is_last = match.end() == len(line.rstrip(" "))
        yield Link(_site_in(ahead), _without_marks(_completed(match[1], after) if is_last else match[1]))


def _completed(token: str, after: str) -> str:
    """With its last letters from the next line, where the line broke before them."""
    rest = _REST.match(after)
    return token + rest[1] if rest and len(token) + len(rest[1]) == TOKEN_LENGTH else token


def _site_in(ahead: str) -> str | None:
    """The site that a browser would open; None where the address begins in a way that no link of a register does."""
    before = _DELIMITERS.split(ahead)[-1]
    # Within an address even a bracket is a part of it: what stands there may lead to a stranger's page first.
    if len(ahead) >= LONGEST_SITE or "/" in ahead.removesuffix(before):
        return None
    scheme = _SCHEME.search(before)
    if scheme:
        # What stands before the scheme may be a label, but not the address of a site that leads on to this one.
        return plain_site(before[scheme.end() :]) if _LABEL.fullmatch(before[: scheme.start()]) else None
    if "://" in before:
        return None
    host = _HOST.search(before)
    return plain_site(host[0]) if host else ""


def mended_path(path: str) -> tuple[str, str | None] | None:
    """Token and language of a link's path, or None where it is none: /v/TOKEN. leads where /v/TOKEN does."""
    found = _PATH.fullmatch(path)
    return (_without_marks(found[1]), found[2]) if found else None


def _without_marks(token: str) -> str:
    """Chats put _ around what leans; a token of another length is another register's."""
    return token if token[TOKEN_LENGTH:].strip("_-") else token[:TOKEN_LENGTH]


def leads_to(site: str | None, addresses: Iterable[str | None]) -> bool:
    """Whether a link's site is one of these. A path alone leads to any, and where none is known nobody can tell."""
    homes = {plain_site(one) for one in addresses if one}
    return not homes or site in {"", *homes}


def plain_site(address: str) -> str:
    """An address to be compared: without scheme, www. and the usual ports, its host in small letters."""
    host, slash, path = _SCHEME.sub("", address, count=1).rstrip("/").partition("/")
    return _USUAL_PORT.sub("", host.lower()).removeprefix("www.") + slash + path
