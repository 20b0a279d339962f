"""When an examination may be recorded, and when it opens the way to a dose."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from registry.errors import N_, Doubt, Refusal
from registry.examinations.models import Examination, ExaminationDetails, Outcome, Question, VitalSign
from registry.model import Words

FEVER_C = Decimal("38.0")
# An adult at rest. Outside lies what NEWS2 (Royal College of Physicians, 2017) scores with 3, a pulse that it scores
# with 2, and blood pressure of grade 3 (ESC and ESH, 2018). Naryn lies at 2,000 m: 92 % of oxygen is usual there.
USUAL: Mapping[VitalSign, tuple[Decimal, Decimal]] = {
    VitalSign.TEMPERATURE: (Decimal("35.1"), Decimal("37.9")),
    VitalSign.SYSTOLIC: (Decimal(91), Decimal(179)),
    VitalSign.DIASTOLIC: (Decimal(50), Decimal(109)),
    VitalSign.PULSE: (Decimal(41), Decimal(110)),
    VitalSign.SPO2: (Decimal(92), Decimal(100)),
}


class ConsentMissing(Refusal):
    sentence = N_(
        "The pilgrim's informed consent is not recorded. Explain the examination and the vaccines, ask for consent, "
        "then tick the box."
    )
    field = "consent"


class QuestionUnanswered(Refusal):
    sentence = N_(
        "Some screening questions are not marked. Ask each of them and mark Yes, No, or that there is no answer."
    )


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


class PressureReversed(Refusal):
    sentence = N_("The lower blood pressure must be below the upper one, %(systolic)s. Check both figures.")
    field = "diastolic"


class FitDespiteYes(Doubt):
    sentence = N_(
        "Yes is marked: %(finding)s. The outcome is fit, and neither a note nor a contraindication says why. "
        "Write a note, change the outcome, or confirm."
    )


class FitWithoutAnswer(Doubt):
    sentence = N_(
        "There is no answer: %(finding)s. The outcome is fit, and neither a note nor a contraindication says why. "
        "Ask again, write a note, or confirm."
    )


class FitWithVitalSign(Doubt):
    sentence = N_(
        "%(sign)s: %(value)s lies outside %(low)s to %(high)s, yet the outcome is fit. Measure again; then confirm, "
        "or change the outcome."
    )


class NoLongerContraindicated(Doubt):
    sentence = N_(
        "The examination of %(on)s marked a vaccine as contraindicated: %(vaccine)s. This one does not. "
        "Mark it again, or confirm that it may be given."
    )


class FitWithFever(Doubt):
    sentence = N_("The temperature is %(temperature)s °C, yet the outcome is fit. Confirm, or defer the pilgrim.")
    field = "outcome"


class FitWithBarringCondition(Doubt):
    sentence = N_(
        "A condition that bars from the Hajj is marked, yet the outcome is fit. Confirm, or change one of both."
    )
    field = "outcome"


class ExaminationOfAnother(Refusal):
    sentence = N_(
        "The examination of %(on)s was made before two or more of these changed in this record: name, birth date, sex, "
        "passport number, PIN. It no longer counts: nothing is given and no doctor's note is printed on it. Let the "
        "doctor examine the pilgrim again."
    )


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
    details: ExaminationDetails, *, questions: Collection[Question], today: date, birth_on: date
) -> Iterator[Refusal]:
    """What speaks against recording an examination. `questions` are those that can apply to the pilgrim; `today` allows
    for a clock that is a little off."""
    if not details.consent:
        yield ConsentMissing()
    if {question.code for question in questions} - details.answers.keys():
        yield QuestionUnanswered()
    if details.examined_on > today:
        yield ExaminedInFuture()
    if details.examined_on < birth_on:
        yield ExaminedBeforeBirth(birth_on=birth_on)
    if details.systolic is not None and details.diastolic is not None and details.diastolic >= details.systolic:
        yield PressureReversed(systolic=details.systolic)
    yield from _deferral_faults(details)
    if details.outcome is Outcome.FIT:
        yield from _fitness_doubts(details)
        yield from _answer_doubts(details, questions)


def _deferral_faults(details: ExaminationDetails) -> Iterator[Refusal]:
    if details.outcome is not Outcome.DEFERRED:
        return
    if details.deferred_until is None:
        yield DeferredUntilMissing()
    elif details.deferred_until <= details.examined_on:
        yield DeferredUntilTooEarly(examined_on=details.examined_on)


def _fitness_doubts(details: ExaminationDetails) -> Iterator[Refusal]:
    # Thresholds beyond fever are clinical judgement: a doubt that the doctor confirms, never a bar.
    for sign, value in measured(details):
        if sign is VitalSign.TEMPERATURE and value >= FEVER_C:
            yield FitWithFever(temperature=value)
        elif not is_usual(sign, value):
            low, high = USUAL[sign]
            yield FitWithVitalSign(field=sign.value, sign=sign, value=value, low=low, high=high)
    if any(details.conditions.values()):
        yield FitWithBarringCondition()


def _answer_doubts(details: ExaminationDetails, questions: Collection[Question]) -> Iterator[Refusal]:
    """A Yes to what decides on a vaccine, or no answer to it: a note or a contraindication says what came of it."""
    if details.note.strip() or details.contraindicated:
        return
    for question in questions:
        answer = details.answers.get(question.code, False)
        if question.weighs and answer is not False:
            doubt = FitDespiteYes if answer else FitWithoutAnswer
            yield doubt(field=f"answer_{question.code}", finding=question.finding)


def withdrawal_doubts(
    details: ExaminationDetails, earlier: Examination | None, *, vaccines: Mapping[str, Words]
) -> Iterator[Refusal]:
    """A contraindication that a newer examination leaves out, by oversight or on purpose. `vaccines`: names by code.

    `earlier` is the examination that stands; one of an older day, entered late, takes nothing back.
    """
    if earlier is None or details.examined_on < earlier.examined_on:
        return
    for code in earlier.contraindicated:
        if code not in details.contraindicated:
            name = vaccines.get(code, {"en": code})
            yield NoLongerContraindicated(field=f"contraindicated-{code.lower()}", vaccine=name, on=earlier.examined_on)


def is_asked(question: Question, *, sex: str, birth_on: date, on: date) -> bool:
    """False where a question cannot apply. Ages are counted by calendar years, so that who is near a limit is asked."""
    if not question.asked_of:
        return True
    youngest, oldest = question.asked_of["ages"]
    return bool(sex == question.asked_of["sex"] and youngest <= on.year - birth_on.year <= oldest)


def measured(details: ExaminationDetails) -> Iterator[tuple[VitalSign, int | Decimal]]:
    """The vital signs that were measured, in the order of the form."""
    for sign in VitalSign:
        value = getattr(details, sign)
        if value is not None:
            yield sign, value


def is_usual(sign: VitalSign, value: int | Decimal) -> bool:
    """True within what is usual for an adult at rest, and where nothing is (a weight)."""
    low, high = USUAL.get(sign, (value, value))
    return low <= value <= high


def counting_on(on: date, examined: Sequence[Examination]) -> Examination | None:
    """The examination that counts on a day, of those in `examined`, the latest first."""
    return next((one for one in examined if one.examined_on <= on), None)


def usability_faults(
    examination: Examination | None, *, of_another: bool, on: date, valid_days: int, antigen_code: str
) -> Iterator[Refusal]:
    """What keeps an examination from opening the way to a dose of an antigen on a day.

    `valid_days` 0 means the same day. Unfit for the Hajj and contraindicated for an antigen are kept apart.
    `of_another`: the record named another person when it was made; nothing that it says is about this one.
    """
    if examination is None:
        yield NoExamination()
        return
    if of_another:
        yield ExaminationOfAnother(on=examination.examined_on)
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
