"""A whole group before its journey: who is ready, who not yet, and whose row somebody must look at."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from registry.errors import N_, Refusal
from registry.verification.rules.answers import Finding, Reason, Verdict

MOST = 500
TYPOS_IN = 10  # one line of so many may lead nowhere before a list looks like guessing


class Readiness(StrEnum):
    """In the order in which the rows ask for attention."""

    NOT_VALID = "not_valid"
    CHECK = "check"
    UNKNOWN = "unknown"
    NOT_YET = "not_yet"
    READY = "ready"


class TooManyRows(Refusal):
    sentence = N_("This list has more than %(rows)s rows. Divide it into several lists.")


class NothingListed(Refusal):
    sentence = N_("This list names no certificate. Write one code, link or signed code a line, or choose a file.")


_OF_REASON: Mapping[str, Readiness] = {Reason.ENTRY_NOT_YET: Readiness.NOT_YET}
_OF_VERDICT = {
    Verdict.VALID: Readiness.READY,
    Verdict.CHECK: Readiness.CHECK,
    Verdict.NOT_VALID: Readiness.NOT_VALID,
    Verdict.CANNOT_TELL: Readiness.UNKNOWN,
}
_NOWHERE = {Reason.UNKNOWN_CODE, Reason.UNKNOWN_LINK, Reason.FOREIGN_LINK, Reason.NOT_A_CERTIFICATE}


def readiness(found: Finding) -> Readiness:
    return _OF_REASON.get(found.reason, _OF_VERDICT[found.verdict])


def looks_like_guessing(found: Sequence[Finding]) -> bool:
    """Whether more lines lead nowhere than a true list has typing mistakes."""
    nowhere = sum(1 for one in found if one.reason in _NOWHERE)
    return nowhere * TYPOS_IN > len(found)
