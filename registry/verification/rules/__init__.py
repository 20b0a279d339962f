"""What a check answers, why, and in which words."""

from registry.verification.rules.answers import (
    ANSWERS,
    SIGNED_FAULTS,
    Finding,
    Reason,
    Verdict,
    finding,
    signed_fault,
    spell,
    spell_birth,
)
from registry.verification.rules.refusals import CodeTriedTooOften, NothingFound, TooManyChecks
from registry.verification.rules.verdicts import Term, Terms, find_recall, judge, judge_signed

__all__ = [
    "ANSWERS",
    "SIGNED_FAULTS",
    "CodeTriedTooOften",
    "Finding",
    "NothingFound",
    "Reason",
    "Term",
    "Terms",
    "TooManyChecks",
    "Verdict",
    "find_recall",
    "finding",
    "judge",
    "judge_signed",
    "signed_fault",
    "spell",
    "spell_birth",
]
