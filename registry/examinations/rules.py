"""When an examination may be recorded, and when it opens the way to a dose."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from decimal import Decimal

from registry.errors import N_, Doubt, Refusal
from registry.examinations.models import Examination, ExaminationDetails, Outcome

FEVER_C = Decimal("38.0")


class ConsentMissing(Refusal):
    sentence = N_(
        "The pilgrim's informed consent is not recorded. Explain the examination and the vaccines, ask for consent, "
        "then tick the box."
    )
    field = "consent"


class QuestionUnanswered(Refusal):
    sentence = N_("Some screening questions have no answer. Ask each of them and mark Yes or No.")


class ExaminedInFuture(Refusal):
    sentence = N_("The day of the examination is in the future. Write the day on which the pilgrim was examined.")
    field = "examined_on"


class ExaminedBeforeBirth(Refusal):
    sentence = N_("The pilgrim was born on %(birth_on)s, after the day of the examination. Check both dates.")
    field = "examined_on"


class DeferredUntilMissing(Refusal):
    sentence = N_("Write the day on which the pilgrim should come back.")
    field = "deferred_until"


class DeferredUntilTooEarly(Refusal):
    sentence = N_("The pilgrim should come back after the day of the examination, %(examined_on)s. Write a later day.")
    field = "deferred_until"


class FitWithFever(Doubt):
    sentence = N_("The temperature is %(temperature)s °C, yet the outcome is fit. Confirm, or defer the pilgrim.")
    field = "outcome"


class FitWithBarringCondition(Doubt):
    sentence = N_(
        "A condition that bars from the Hajj is marked, yet the outcome is fit. Confirm, or change one of both."
    )
    field = "outcome"


class NoExamination(Refusal):
    sentence = N_("The pilgrim has not been examined. Send them to the doctor before vaccinating.")


class ExaminedAfterDose(Refusal):
    sentence = N_("The examination is of %(examined_on)s, after the day of the dose. Check both dates.")
    field = "given_on"


class ExaminationTooOld(Refusal):
    sentence = N_(
        "The last examination, of %(examined_on)s, does not count on %(on)s. Send the pilgrim to the doctor again."
    )
    field = "given_on"


class Deferred(Refusal):
    sentence = N_(
        "The doctor put off the vaccination until %(until)s. Ask the pilgrim to come back then for a new examination."
    )


class NeedsSpecialist(Refusal):
    sentence = N_(
        "The doctor asked for a specialist's opinion first. Vaccinate after a new examination finds the pilgrim fit."
    )


class Unfit(Refusal):
    sentence = N_(
        "The doctor found the pilgrim unfit for the Hajj. Do not vaccinate; ask the doctor if this is a mistake."
    )


class ContraindicatedFor(Refusal):
    sentence = N_("The doctor marked this vaccine as contraindicated. Do not give it; record why it was not given.")
    field = "lot"


def exam_faults(
    details: ExaminationDetails, *, questions: Collection[str], today: date, birth_on: date
) -> Iterator[Refusal]:
    """What speaks against recording an examination. `today` allows for a clock that is a little off."""
    if not details.consent:
        yield ConsentMissing()
    if set(questions) - details.answers.keys():
        yield QuestionUnanswered()
    if details.examined_on > today:
        yield ExaminedInFuture()
    if details.examined_on < birth_on:
        yield ExaminedBeforeBirth(birth_on=birth_on)
    yield from _deferral_faults(details)
    if details.outcome is Outcome.FIT:
        yield from _fitness_doubts(details)


def _deferral_faults(details: ExaminationDetails) -> Iterator[Refusal]:
    if details.outcome is not Outcome.DEFERRED:
        return
    if details.deferred_until is None:
        yield DeferredUntilMissing()
    elif details.deferred_until <= details.examined_on:
        yield DeferredUntilTooEarly(examined_on=details.examined_on)


def _fitness_doubts(details: ExaminationDetails) -> Iterator[Refusal]:
    # Thresholds beyond fever are clinical judgement and raise nothing.
    if details.temperature_c is not None and details.temperature_c >= FEVER_C:
        yield FitWithFever(temperature=details.temperature_c)
    if any(details.conditions.values()):
        yield FitWithBarringCondition()


def usability_faults(
    examination: Examination | None, *, on: date, valid_days: int, antigen_code: str
) -> Iterator[Refusal]:
    """What keeps an examination from opening the way to a dose of an antigen on a day.

    `valid_days` 0 means the same day. Unfit for the Hajj and contraindicated for an antigen are kept apart.
    """
    if examination is None:
        yield NoExamination()
        return
    if not examination.consent:
        yield ConsentMissing()
    yield from _outcome_faults(examination)
    if examination.examined_on > on:
        yield ExaminedAfterDose(examined_on=examination.examined_on)
    elif on - examination.examined_on > timedelta(days=valid_days):
        yield ExaminationTooOld(examined_on=examination.examined_on, on=on)
    if antigen_code in examination.contraindicated:
        yield ContraindicatedFor()


def _outcome_faults(examination: Examination) -> Iterator[Refusal]:
    match examination.outcome:
        case Outcome.DEFERRED:
            yield Deferred(until=examination.deferred_until)
        case Outcome.NEEDS_SPECIALIST:
            yield NeedsSpecialist()
        case Outcome.UNFIT:
            yield Unfit()
