"""What the sheet says and in which order, which an authority may change as data; how dates and codes are spelt."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from registry.certificates.facts import Words

PACKAGED_FILE = Path(__file__).parent.parent / "data" / "sheet.json"


class Order(NamedTuple):
    """What comes first.

    `label` holds the languages of each line of a label, Arabic standing apart at the right. `value` holds the
    languages of what is known in several, the first in large type; `paragraph` those of sentences below each other.
    `person` and `dose` hold the facts in the order of their rows, those of a person two to a row.
    """

    label: Sequence[Sequence[str]]
    value: Sequence[str]
    paragraph: Sequence[str]
    person: Sequence[str]
    dose: Sequence[str]


@dataclass(frozen=True, eq=False)
class Template:
    """The content of a template file that was read without a fault."""

    content: Mapping[str, Any]

    @cached_property
    def order(self) -> Order:
        return Order(**self.content["order"])

    @cached_property
    def labels(self) -> Mapping[str, Words]:
        labels: Mapping[str, Words] = self.content["labels"]
        return labels

    def words(self, *path: str) -> Words:
        """The words under these keys."""
        found: Any = self.content
        for key in path:
            found = found[key]
        words: Words = found
        return words

    def term(self, kind: str, value: str) -> Words:
        """The words of a coded value, or the code itself where there are none: a sheet never hides a fact."""
        plain = value.replace("_", " ")
        words: Words = self.content[kind].get(value, {"ky": plain, "ru": plain, "en": plain})
        return words


PACKAGED = Template(json.loads(PACKAGED_FILE.read_text("utf-8")))


def spell_code(code: str) -> str:
    """Twelve characters in groups of four: 7K3M-9QXD-2RTB."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def spell_term(kind: str, value: str) -> Words:
    """A coded value in the packaged words, for pages."""
    return PACKAGED.term(kind, value)


def join_words(words: Words, languages: Iterable[str]) -> str:
    """The words of those languages that there are on one line, once only where languages share them."""
    return " · ".join(dict.fromkeys(words[language] for language in languages if language in words))
