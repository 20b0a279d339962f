"""What a check answers, why, and in which words."""

from registry.verification.rules.answers import (
    ANSWERS,
    RECALLED,
    SIGNED_FAULTS,
    STEPS,
    Finding,
    Reason,
    Verdict,
    finding,
    signed_fault,
    spell_birth,
)
from registry.verification.rules.births import was_born_in, was_born_on
from registry.verification.rules.groups import (
    MOST,
    NothingListed,
    Readiness,
    TooManyRows,
    looks_like_guessing,
    readiness,
)
from registry.verification.rules.refusals import (
    BirthDateNeeded,
    HolderNotFound,
    NothingFound,
    TooManyChecks,
    TooManyGuesses,
)
from registry.verification.rules.texts import clean_text
from registry.verification.rules.verdicts import Term, Terms, find_recall, judge, judge_signed

__all__ = [
    "ANSWERS",
    "MOST",
    "RECALLED",
    "SIGNED_FAULTS",
    "STEPS",
    "BirthDateNeeded",
    "Finding",
    "HolderNotFound",
    "NothingFound",
    "NothingListed",
    "Readiness",
    "Reason",
    "Term",
    "Terms",
    "TooManyChecks",
    "TooManyGuesses",
    "TooManyRows",
    "Verdict",
    "clean_text",
    "find_recall",
    "finding",
    "judge",
    "judge_signed",
    "looks_like_guessing",
    "readiness",
    "signed_fault",
    "spell_birth",
    "was_born_in",
    "was_born_on",
]
