"""What speaks against changing a dose that was given: the same rules as for a new one, in words of a record.

Whoever corrects a dose holds no vial. "Do not give it again" would send somebody away who came to set a day right.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from registry.errors import N_, Refusal
from registry.examinations import rules as examinations
from registry.vaccinations.models import Dose, DoseStatus
from registry.vaccinations.rules import DoseChangedMeanwhile
from registry.vaccines import rules as vaccines

# {column: the field's name where a correction is shown}, in the order of the form.
_SHOWN = {"given_on": "given_on", "lot_id": "lot", "site": "site", "route": "route", "product_code": "product_code"}


class DoseCorrectedMeanwhile(DoseChangedMeanwhile):
    """`fields`: names of what was changed since the version that a page showed; `by` did it last, at `at`."""

    sentence = N_(
        "%(by)s corrected this dose on %(at)s, after your page was opened: %(fields)s. Nothing of yours was recorded. "
        "Look at the record as it is now, then correct or withdraw what is still wrong."
    )

    def __init__(self, fields: Sequence[str], *, by: str, at: object) -> None:
        self.fields = fields
        super().__init__(fields=", ".join(fields), by=by, at=at)


class DoseWithdrawnMeanwhile(DoseChangedMeanwhile):
    sentence = N_(
        "%(by)s withdrew this dose on %(at)s, so it no longer counts. Nothing of yours was recorded. "
        "Look at the record as it is now."
    )


class DoseNotAsLogged(Refusal):
    sentence = N_(
        "A dose of this pilgrim is not in the register as it was logged when it was recorded: somebody changed the "
        "database. Nothing was changed now, for a correction would hide it. Tell the administrator."
    )


class AnotherDoseThatDay(Refusal):
    sentence = N_(
        "Another dose of this vaccine is recorded for %(given_on)s already, by %(by)s. Nothing was changed. Compare "
        "both with the paper: write the right day, or withdraw the dose that was not given."
    )
    field = "given_on"


class NotExaminedThen(examinations.NoExamination):
    sentence = N_(
        "No examination of %(given_on)s or of an earlier day is recorded, so no dose can be recorded for that day. "
        "Nothing was changed. Check the day; an examination that was made on paper is entered first."
    )
    field = "given_on"


class ExaminationTooOldThen(examinations.ExaminationTooOld):
    sentence = N_(
        "The last examination before that day is of %(examined_on)s and does not count on %(on)s. Nothing was "
        "changed. Check the day; an examination that was made on paper is entered first."
    )


class NotAllowedThen(Refusal):
    sentence = N_(
        "The examination that counts on %(given_on)s does not allow this vaccine. Nothing was changed. Check the day; "
        "if the dose was not given, withdraw it; if the examination is wrong, ask the doctor."
    )
    field = "given_on"


class NoneLeftInStock(vaccines.OutOfStock):
    sentence = N_(
        "By the records no dose of this lot is left at this point. Nothing was changed. Compare the lot with the "
        "paper; if it is right, receive the delivery first, or correct the dose that was recorded from it by mistake."
    )


class AboveLabelAgeThen(vaccines.AboveLabelAge):
    sentence = N_(
        "The label of %(product)s ends at the age of %(years)s years. Compare the lot with the paper; confirm if it "
        "was given all the same."
    )


class OfOtherSeason(vaccines.OtherSeason):
    sentence = N_(
        "This lot was made for the season %(lot_season)s, not %(season)s. Compare the lot with the paper; confirm if "
        "it was given all the same."
    )


_SAID_INSTEAD: Mapping[type[Refusal], type[Refusal]] = {
    examinations.NoExamination: NotExaminedThen,
    examinations.ExaminationTooOld: ExaminationTooOldThen,
    examinations.Deferred: NotAllowedThen,
    examinations.NeedsSpecialist: NotAllowedThen,
    examinations.Unfit: NotAllowedThen,
    examinations.ContraindicatedFor: NotAllowedThen,
    vaccines.OutOfStock: NoneLeftInStock,
    vaccines.LastDoseTaken: NoneLeftInStock,
    vaccines.AboveLabelAge: AboveLabelAgeThen,
    vaccines.OtherSeason: OfOtherSeason,
}


def of_a_given_dose(faults: Iterable[Refusal], *, given_on: date) -> Iterator[Refusal]:
    """The faults of a visit as they are said to somebody who corrects a record; `given_on`: the corrected day."""
    said = set()
    for fault in faults:
        instead = _SAID_INSTEAD.get(type(fault))
        if instead is not None:
            facts: dict[str, Any] = {"given_on": given_on, **fault.facts}
            fault = instead(**facts)  # noqa: PLW2901 - the same fault, in other words
        if fault.code not in said:
            yield fault
        said.add(fault.code)


def changed_since(versions: Sequence[Dose], *, by: str) -> DoseChangedMeanwhile | None:
    """What to say of a page that shows the first of a dose's versions, where that is not what stands.

    `versions`: that one and all later ones in their order; `by`: the name of who recorded the last.
    """
    last = versions[-1]
    if last.status is DoseStatus.ENTERED_IN_ERROR:
        return DoseWithdrawnMeanwhile(by=by, at=last.recorded_at)
    if len(versions) == 1:
        return None
    fields = [name for column, name in _SHOWN.items() if _differ(versions, column)]
    return DoseCorrectedMeanwhile(fields, by=by, at=last.recorded_at)


def _differ(versions: Sequence[Dose], column: str) -> bool:
    """Whether some step changed a column, also where a later one changed it back."""
    return any(getattr(one, column) != getattr(after, column) for one, after in pairwise(versions))
