"""`registry verify -` reads line by line, and as one what a mail broke over lines (certificate C7, input N44)."""

from collections.abc import Callable, Iterator

import pytest

from registry.certificates.keys import Issuer
from registry.hcert import KeySigner
from registry.verification.rules import join_as_they_come
from tests.verification.offline_cases import Country

Fold = Callable[[str], str]


def at_width(width: int, before: str = "", after: str = "") -> Fold:
    return lambda text: f"{after}\n".join(before + text[at : at + width] for at in range(0, len(text), width))


FOLDS: dict[str, Fold] = {
    "whole": str,
    "whole, quoted": lambda text: f"> {text}",
    "whole, in a sentence": lambda text: f"Look: {text} please",
    "at 60": at_width(60),
    "at 20": at_width(20),
    "at 76, quoted": at_width(76, "> "),
    "at 76, quoted without a space": at_width(76, ">"),
    "at 60, indented": at_width(60, "  "),
    "at 60, indented by a tab": at_width(60, "\t"),
    "at 60, quoted, then indented by a tab": at_width(60, ">\t"),
    "at 60, with blanks at the ends": at_width(60, after="  "),
    "at 300": at_width(300),
    "at 75, with soft ends": at_width(75, after="="),
    "at 75, with soft ends, quoted": at_width(75, "> ", "="),
    "at 60, with empty lines": at_width(60, after="\n"),
    "at 60, with quoted empty lines": at_width(60, "> ", "\n>"),
    "at 60, in small letters": lambda text: at_width(60)(text.lower()),
    "at 60, in bold": lambda text: at_width(60)(f"*{text}*"),
    "at 60, after a label": lambda text: at_width(60)(f"Code: {text}"),
}


@pytest.fixture
def signed(issuer: Issuer) -> str:
    assert isinstance(issuer.signer, KeySigner)
    return Country(issuer.signer).sign()


def heard(lines: list[str]) -> Iterator[tuple[int, str]]:
    """After how many lines each answer comes."""
    read = 0

    def typed() -> Iterator[str]:
        nonlocal read
        for line in lines:
            read += 1
            yield line

    for one in join_as_they_come(typed()):
        yield read, one


@pytest.mark.parametrize("story", FOLDS)
def test_a_code_over_lines_is_one_answer_as_soon_as_it_is_whole(signed: str, story: str) -> None:
    """certificate C7"""
    lines = [line for line in FOLDS[story](signed).split("\n") if line]
    answers = list(heard([*lines, "7K3M-9QXD-2RTB", *lines]))
    first, last = len(lines), 2 * len(lines) + 1
    assert [(read, text.count("\n") + 1) for read, text in answers] == [(first, first), (first + 1, 1), (last, first)]


@pytest.mark.parametrize(
    "line",
    [
        "7K3M-9QXD-2RTB", "https://emdoo.example/v/Abc-DEF_ghi123456789xy", "passport", "A" * 120, "shc:/567627",
        "Such codes begin with HC1: and are long.", "HC2:6BF", "Name\t7K3M-9QXD-2RTB",
    ],
)  # fmt: skip
def test_what_begins_no_code_is_answered_at_once(line: str) -> None:
    assert [read for read, _text in heard([line, "next", line])] == [1, 2, 3]


def test_a_damaged_scan_is_answered_at_once(signed: str) -> None:
    """What is wrong already does not get right by what follows: who scans must not wait for the next paper."""
    for at in (30, 90, 200):
        assert [read for read, _text in heard([signed[:at] + signed[at + 1 :], signed])] == [1, 2]


def test_what_may_go_on_waits_for_the_next_line_or_the_end(signed: str) -> None:
    link = "https://emdoo.example/v/Abc-DEF_ghi123456789xy"
    lines = [signed[:300], "nonsense", link[:-5], link[-5:], link[:-5], "nonsense", signed[:60], signed, signed[:60]]
    answers = [(read, text) for read, text in heard(lines)]
    assert answers == [
        (2, signed[:300]), (2, "nonsense"), (4, f"{link[:-5]}\n{link[-5:]}"), (6, link[:-5]), (6, "nonsense"),
        (8, signed[:60]), (8, signed), (9, signed[:60]),
    ]  # fmt: skip
