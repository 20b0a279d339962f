"""What a correction must bring along."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import Any

from registry.errors import N_, Doubt, Refusal
from registry.pilgrims.identity import Change, compare
from registry.pilgrims.models import PilgrimDetails, Sex
from registry.pilgrims.names import NAME_FIELDS

SHORTEST_REASON = 3
LONGEST_REASON = 500
REPLACED_A_MINUTE = 1_000  # said to people before they confirm: less than is measured on a busy machine


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
        "Certificates in force that name this lot: %(count)s. All of them are replaced, one after the other, in about "
        "%(minutes)s min; nobody has to wait for it. Their pilgrims need the new paper."
    )

    def __init__(self, count: int) -> None:
        super().__init__(count=count, minutes=ceil(count / REPLACED_A_MINUTE))


class LotNotCounted(Refusal):
    sentence = N_(
        "The certificates that name this lot are still being counted. Nothing was changed. Wait a few seconds, "
        "then send the form again."
    )


def reason_faults(reason: str) -> Iterator[Refusal]:
    if len(reason.strip()) < SHORTEST_REASON:
        yield ReasonMissing()
    elif len(reason.strip()) > LONGEST_REASON:
        yield ReasonTooLong(most=LONGEST_REASON)


def change_faults(changes: Sequence[dict[str, Any]]) -> Iterator[Refusal]:
    if not changes:
        yield NothingChanged()


class ChangeOfPerson(Refusal):
    sentence = N_(
        "This would make another person of the record. Somebody was vaccinated under it, so compared with the first "
        "dose and the first certificate only one of these may change, also after the doses were withdrawn: name, "
        "birth date, sex, passport number, PIN. If somebody else was vaccinated, or the record was wrong from the "
        "beginning: withdraw the doses here. If that person's passport number or PIN stands in this record, choose "
        "“Registered by mistake” here then: it frees the numbers. Register that person as a new pilgrim, examine them "
        "there, and enter the doses there with their days."
    )


class NumbersStay(Refusal):
    sentence = N_(
        "A person revoked this pilgrim's certificate, so the passport number and the PIN stay in this record: with "
        "another number the same person could be registered anew and get a new paper. Nothing was changed. Ask one of "
        "those who may decide: %(names)s."
    )
    field = "passport_number"


class NobodyFreesNumbers(Refusal):
    sentence = N_(
        "A person revoked this pilgrim's certificate, so the passport number and the PIN stay in this record, and "
        "nobody else may decide about it for this pilgrim. Nothing was changed. Ask the administrator to appoint a "
        "second immunologist, for the region or the whole country."
    )
    field = "passport_number"


class NothingToUndo(Refusal):
    sentence = N_(
        "No dose was ever recorded here, so every detail of this record can still be set right. Nothing was changed. "
        "Correct the details instead."
    )


class DosesStandHere(Refusal):
    sentence = N_(
        "Doses still count in this record. Nothing was changed. Withdraw every dose that was not given to this "
        "pilgrim; a certificate that rested on them loses its force by itself. Then send this again."
    )


class NameSlip(Doubt):
    sentence = N_(
        "The name differs a little from the first certificate. Compare it with the passport; tick if it was only a "
        "slip in typing."
    )
    field = "latin_surname"


class BirthSlip(Doubt):
    sentence = N_(
        "The birth date differs in one place from the first certificate. Compare it with the passport; tick if it was "
        "only a slip in typing."
    )
    field = "birth_on"


class PassportSlip(Doubt):
    sentence = N_(
        "The passport number differs in one place from the first certificate. Compare it with the passport; tick if it "
        "was only a slip in typing."
    )
    field = "passport_number"


class PinSlip(Doubt):
    sentence = N_(
        "The PIN differs in one place from the one first recorded. Compare it with the passport; tick if it was only a "
        "slip in typing."
    )
    field = "pin"


class PassportReissued(Doubt):
    sentence = N_(
        "This is another passport number than on the first certificate. Look at both passports, or at the note in the "
        "new one; tick if the same person has a new passport."
    )
    field = "passport_number"


_COLUMNS = {
    "name": NAME_FIELDS,
    "birth": ("birth_on", "birth_precision"),
    "sex": ("sex",),
    "passport": ("passport_number",),
    "pin": ("pin",),
}
_SLIPS: dict[str, type[Doubt]] = {"name": NameSlip, "birth": BirthSlip, "passport": PassportSlip, "pin": PinSlip}


def identity_faults(
    first: PilgrimDetails, now: PilgrimDetails, then: PilgrimDetails, *, since: Sequence[PilgrimDetails] = ()
) -> Iterator[Refusal]:
    """What speaks against calling `then` the person who was vaccinated.

    `first`: the details at the first dose or on the first certificate; several small steps are one large one. `now`: as
    they stand; what a correction leaves alone, or sets back to what it was at first, is not held against it. `since`:
    what the record said after the first, the oldest first.
    """
    changes = compare(first, then)
    if not any(changes[fact] for fact, columns in _COLUMNS.items() if _differ(now, then, columns)):
        return
    whole = [fact for fact, change in changes.items() if change >= Change.SURNAME]
    asked = [fact for fact, change in changes.items() if change in {Change.SLIP, Change.REISSUED}]
    alone = changes["passport"] is Change.REISSUED and not _goes_with_a_passport(first, changes)
    if len(whole) > 1 or alone or _is_married_again(first, then, changes, since=[*since, now]):
        yield ChangeOfPerson()
    elif len(whole) + len(asked) > 1:
        for fact in asked:
            yield PassportReissued() if changes[fact] is Change.REISSUED else _SLIPS[fact]()


def _is_married_again(
    first: PilgrimDetails, then: PilgrimDetails, changes: Mapping[str, Change], *, since: Sequence[PilgrimDetails]
) -> bool:
    """Whether a new surname and a new passport were taken together before, and this is another surname or passport.

    They may be taken once. Later only a slip in them is set right: otherwise each step would lead to one more person.
    """
    both = {"name": Change.SURNAME, "passport": Change.REISSUED}
    taken = next((one for one in since if both.items() <= compare(first, one).items()), None)
    if taken is None:
        return False
    again = compare(taken, then)
    return any(changes[fact] is not Change.NONE and again[fact] > Change.SLIP for fact in both)


def _goes_with_a_passport(first: PilgrimDetails, changes: Mapping[str, Change]) -> bool:
    """A new number stands alone, beside one slip in name or birth date, or beside a woman's new surname.

    Beside more it is another person's passport. A new passport often brings a new spelling of the name with it.
    """
    beside = {fact: change for fact, change in changes.items() if fact != "passport" and change is not Change.NONE}
    married = first.sex is Sex.FEMALE and beside == {"name": Change.SURNAME}
    return not beside or married or beside in ({"name": Change.SLIP}, {"birth": Change.SLIP})


def _differ(one: PilgrimDetails, other: PilgrimDetails, columns: Sequence[str]) -> bool:
    return any(getattr(one, column) != getattr(other, column) for column in columns)


def leaving(now: PilgrimDetails, then: PilgrimDetails) -> bool:
    """Whether a number that leads to a record would leave it. One that was not known is learnt."""
    return now.passport_number != then.passport_number or (now.pin is not None and now.pin != then.pin)
