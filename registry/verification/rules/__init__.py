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
)
from registry.verification.rules.births import spell_birth, spell_year, was_born_in, was_born_on
from registry.verification.rules.broken_lines import join_as_they_come, join_broken
from registry.verification.rules.groups import (
    MOST,
    NothingListed,
    Readiness,
    TooManyRows,
    looks_like_guessing,
    readiness,
)
from registry.verification.rules.kinds import KINDS, Kind, kind_of_claims
from registry.verification.rules.links import leads_to, mended_path
from registry.verification.rules.reading import Form, Given, names_certificate, typed_name, understand
from registry.verification.rules.refusals import (
    BirthDateNeeded,
    HolderNotFound,
    LinkElsewhere,
    NamesTwo,
    NothingFound,
    TooManyChecks,
    WrongDatesOften,
)
from registry.verification.rules.signed_texts import may_hold_signed
from registry.verification.rules.texts import clean_text
from registry.verification.rules.verdicts import OUT_OF_TIME, Term, Terms, find_recall, judge, judge_signed

__all__ = [
    "ANSWERS",
    "KINDS",
    "MOST",
    "OUT_OF_TIME",
    "RECALLED",
    "SIGNED_FAULTS",
    "STEPS",
    "BirthDateNeeded",
    "Finding",
    "Form",
    "Given",
    "HolderNotFound",
    "Kind",
    "LinkElsewhere",
    "NamesTwo",
    "NothingFound",
    "NothingListed",
    "Readiness",
    "Reason",
    "Term",
    "Terms",
    "TooManyChecks",
    "TooManyRows",
    "Verdict",
    "WrongDatesOften",
    "clean_text",
    "find_recall",
    "finding",
    "join_as_they_come",
    "join_broken",
    "judge",
    "judge_signed",
    "kind_of_claims",
    "leads_to",
    "looks_like_guessing",
    "may_hold_signed",
    "mended_path",
    "names_certificate",
    "readiness",
    "signed_fault",
    "spell_birth",
    "spell_year",
    "typed_name",
    "understand",
    "was_born_in",
    "was_born_on",
]
