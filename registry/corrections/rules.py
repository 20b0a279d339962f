"""What a correction must bring along."""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

from registry.errors import N_, Doubt, Refusal

SHORTEST_REASON = 3
LONGEST_REASON = 500
REPLACED_A_MINUTE = 3_000  # said to people before they confirm: a little less than is measured


class ReasonMissing(Refusal):
    sentence = N_("Write why the record is changed. The reason is kept and shown with the old and the new value.")
    field = "reason"


class ReasonTooLong(Refusal):
    sentence = N_("The reason is too long. Shorten it to %(most)s characters.")
    field = "reason"


class NothingChanged(Refusal):
    sentence = N_("Nothing differs from the record. Change what is wrong, then send the form again.")


class LotBeyondYourPoints(Refusal):
    sentence = N_(
        "This lot is also at vaccination points that are not yours, and one lot has one number everywhere. "
        "Ask the regional immunologist."
    )


class CertificatesWillBeReplaced(Doubt):
    sentence = N_(
        "Certificates in force that name this lot: %(count)s. All of them are replaced at once, in up to %(minutes)s "
        "min: leave the page open until it answers. Their pilgrims need the new paper."
    )

    def __init__(self, count: int) -> None:
        super().__init__(count=count, minutes=ceil(count / REPLACED_A_MINUTE))


def reason_faults(reason: str) -> Iterator[Refusal]:
    if len(reason.strip()) < SHORTEST_REASON:
        yield ReasonMissing()
    elif len(reason.strip()) > LONGEST_REASON:
        yield ReasonTooLong(most=LONGEST_REASON)


def change_faults(changes: Sequence[dict[str, Any]]) -> Iterator[Refusal]:
    if not changes:
        yield NothingChanged()
