"""What a text is: a signed code, a verification link, a code for typing, another system's paper, or none of them.

People paste what they have: with a greeting before it, quoted, in a sentence. What names a certificate is found within,
signed codes before links before typed codes. Where a text names two of one sort nobody can know which is meant: that is
said, not guessed. Whether two of different sorts are one certificate only a register can say: for it what stands beside
is kept.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice

from registry.certificates.rules import clean_code, fold_letters, plain_letters, read_code
from registry.verification.rules.kinds import Kind, kind_of_text
from registry.verification.rules.links import Link, find_links
from registry.verification.rules.signed_texts import (
    find_signed,
    is_cut_up,
    is_named_otherwise,
    lacks_beginning,
    may_hold_signed,
    meant_as_signed,
)
from registry.verification.rules.texts import clean_text, readable_lines, unwrapped_lines


class Form(StrEnum):
    SIGNED = "signed"
    LINK = "link"
    CODE = "code"
    OTHER = "other"
    SEVERAL = "several"
    CUT_UP = "cut_up"
    NONE = "none"


@dataclass(frozen=True)
class Given:
    """A text as it was understood: `text` is the signed code, the token or the code in it, else the whole, cleaned.

    `site`: of a link, as in `Link`. `kind`: the other system that made it. `beside`: the links and typed codes that
    stand beside a signed code, and the typed codes beside a link.
    """

    form: Form
    text: str
    site: str | None = None
    kind: Kind | None = None
    beside: tuple["Given", ...] = ()


# What a code looks like where it is not alone: three groups of four, parted alike. Three short words are none; a word
# of twelve letters is one only in capitals, as printed, or where nothing with a digit or with hyphens is.
_LETTER = "[2-9A-HJ-NP-Z]"
_HYPHEN = "[ ]?[-\u2010-\u2015\u2212][ ]?"
_GROUPS = re.compile(
    rf"(?<![^\W_])(?=({_LETTER}{{4}}(?:(?:{_HYPHEN})(?:{_LETTER}{{4}})(?:{_HYPHEN})"
    rf"|[ ]?{_LETTER}{{4}}[ ]?){_LETTER}{{4}})(?![^\W_]))"
)
_NUMBER_SIGNS = re.compile("[№#]")
LONGEST_SENTENCE = 2_000  # characters in which a typed code is looked for
MOST_BESIDE = 4  # of each sort: more is no message about a certificate
LONGEST_LOOK = 10_000  # characters of a text that are looked at: two of the longest codes, and some conversation


def understand(given: str) -> Given:
    """What a text names. Signed codes outweigh links, and links outweigh typed codes."""
    given = given[:LONGEST_LOOK]
    text, lines = clean_text(given), readable_lines(given)
    unwrapped = unwrapped_lines(lines)
    signed = find_signed(lines) if may_hold_signed(given) else []
    found = (
        _only(Form.SIGNED, signed, text)
        or _of_another_system(text)
        or _link(find_links(unwrapped), text)
        or _meant(lines, text)
        or _only(Form.CODE, find_codes(" ".join(unwrapped)), text)
        or Given(Form.NONE, text)
    )
    return replace(found, beside=tuple(_beside(found, unwrapped)))


def _beside(found: Given, lines: Sequence[str]) -> Iterator[Given]:
    """What else names a certificate, of the sorts that the one found outweighs."""
    if found.form is Form.SIGNED:
        yield from (Given(Form.LINK, link.token, site=link.site) for link in find_links(lines))
    if found.form in (Form.SIGNED, Form.LINK):
        within = plain_letters(found.text)  # letters of a signed code may look like a typed one
        codes = (code for code in find_codes(" ".join(lines), within=LONGEST_LOOK) if code not in within)
        yield from (Given(Form.CODE, code) for code in islice(codes, MOST_BESIDE))


def _only(form: Form, found: Sequence[str], text: str) -> Given | None:
    if len(found) > 1:
        return Given(Form.SEVERAL, text)
    return Given(form, found[0]) if found else None


def _meant(lines: Sequence[str], text: str) -> Given | None:
    """What somebody cut up proves nothing against a certificate; what is in one piece is judged as it is."""
    meant = meant_as_signed(lines, text)
    is_in_pieces = is_cut_up(lines, text) if meant else lacks_beginning(text)
    return Given(Form.CUT_UP, text) if is_in_pieces else _only(Form.SIGNED, meant, text)


def _of_another_system(text: str) -> Given | None:
    kind = kind_of_text(text) or (Kind.OTHER_NAME if is_named_otherwise(text) else None)
    return Given(Form.OTHER, text, kind=kind) if kind else None


def _link(links: Sequence[Link], text: str) -> Given | None:
    only = _only(Form.LINK, [link.token for link in links], text)
    return replace(only, site=links[0].site) if only and only.form is Form.LINK else only


def find_codes(text: str, *, within: int = LONGEST_SENTENCE) -> list[str]:
    """The codes for typing that stand in the first so many characters of a text, each once."""
    whole = read_code(text)
    if whole:
        return [whole]
    folded = fold_letters(_NUMBER_SIGNS.sub(" ", text[:within]))
    named = [found for found in _GROUPS.findall(folded) if read_code(found)]
    plain = [found for found in named if re.search(r"[2-9]|[^ A-Z]", found) or (" " not in found and found in text)]
    return list(dict.fromkeys(clean_code(found) for found in plain or named if plain or " " not in found))


def typed_name(typed: str) -> Given:
    """The code or link in what somebody put into the field for a code, words around it perhaps; else all of it."""
    given = understand(typed)
    return given if given.form in (Form.LINK, Form.CODE) else Given(Form.NONE, clean_code(typed))


def names_certificate(cell: str) -> bool:
    """Whether a cell of a list seems to name a certificate, found quickly."""
    return may_hold_signed(cell) or "/v/" in cell or bool(find_codes(cell[:200]))
