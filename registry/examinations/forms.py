"""The doctor's page. No answer is preselected: a question that was not asked must be seen."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field
from wtforms.validators import StopValidation

from registry.campaigns.models import Antigen, Campaign, VaccinationPoint
from registry.examinations.models import ExaminationDetails, Outcome, Question, VitalSign
from registry.web.fields import Choice, Chosen, DateBoxes, LongText, Measured, Radios, Stated, Tick, Ticks, Whole
from registry.web.forms import Form
from registry.web.labels import choices, label
from registry.web.languages import say

NONE = "none"
# None stands for what was not asked in a full room, or what the pilgrim would rather not say.
ANSWERS = {"yes": True, "no": False, "unsaid": None}
ANSWER_CHOICES = [("yes", _l("Yes")), ("no", _l("No")), ("unsaid", _l("No answer"))]


class Between:
    """Validator: an optional number within what a living person can have."""

    field_flags: dict[str, Any] = {}  # noqa: RUF012 - WTForms reads it as it is

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def __call__(self, _form: Any, field: Field) -> None:
        if field.data is not None and not self.low <= field.data <= self.high:
            message = gettext(
                "Write a number from %(low)s to %(high)s, or leave it empty.", low=self.low, high=self.high
            )
            raise StopValidation(message)


class ExaminationForm(Form):
    point = Choice(_l("Vaccination point"), validate_choice=False, validators=[Chosen(_l("Choose your point."))])
    examined_on = DateBoxes(_l("Day of the examination"), [Stated(_l("Write the day of the examination."))])
    consent = Tick(_l("The pilgrim was informed and agrees to the examination and the vaccines"))
    conditions = Ticks(_l("Conditions that bar from the Hajj"), validate_choice=False)
    temperature_c = Measured(label(VitalSign.TEMPERATURE), [Between(30, 45)])
    systolic = Whole(label(VitalSign.SYSTOLIC), [Between(50, 300)])
    diastolic = Whole(label(VitalSign.DIASTOLIC), [Between(20, 200)])
    pulse = Whole(label(VitalSign.PULSE), [Between(20, 250)])
    spo2 = Whole(label(VitalSign.SPO2), [Between(40, 100)])
    weight_kg = Measured(label(VitalSign.WEIGHT), [Between(1, 350)])
    outcome = Radios(
        _l("Outcome"), [Chosen(_l("Choose the outcome."))], choices=choices(Outcome), validate_choice=False
    )
    deferred_until = DateBoxes(_l("Come back on"), description=_l("Only when deferred."))
    contraindicated = Ticks(_l("Vaccines that are contraindicated"), validate_choice=False)
    note = LongText(_l("Note"), most=2_000)

    questions: tuple[str, ...] = ()
    barring: tuple[str, ...] = ()
    antigens: tuple[str, ...] = ()

    def validate_conditions(self, field: Field) -> None:
        """Nothing ticked is not the same as nothing found."""
        if not field.data:
            raise StopValidation(_l("Tick what was found, or None of these."))
        if NONE in field.data and len(field.data) > 1:
            raise StopValidation(_l("None of these is ticked together with a condition. Leave only what is right."))

    def details(self) -> ExaminationDetails:
        """What the doctor decided, once the shape is right."""
        deferred = self.outcome.data == Outcome.DEFERRED
        found, ticked = self.conditions.data or [], self.contraindicated.data or []
        return ExaminationDetails(
            examined_on=self.examined_on.data,
            consent=bool(self.consent.data),
            answers={code: ANSWERS[self[f"answer_{code}"].data] for code in self.questions},
            conditions={code: code in found for code in self.barring},
            temperature_c=_rounded(self.temperature_c.data),
            systolic=self.systolic.data,
            diastolic=self.diastolic.data,
            pulse=self.pulse.data,
            spo2=self.spo2.data,
            weight_kg=_rounded(self.weight_kg.data),
            outcome=Outcome(self.outcome.data),
            deferred_until=self.deferred_until.data if deferred else None,
            contraindicated=[code for code in self.antigens if code in ticked],
            note=(self.note.data or "").strip(),
        )


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(Decimal("0.1"))


def examination_form(
    questions: Sequence[Question],
    campaign: Campaign,
    antigens: Sequence[Antigen],
    points: Sequence[VaccinationPoint],
    *,
    cannot_apply: Collection[str] = (),
) -> ExaminationForm:
    """The page's form: radios for each question, the campaign's conditions and antigens as boxes.

    `cannot_apply`: codes of conditions that this pilgrim cannot have.
    """
    asked = {
        f"answer_{question.code}": Radios(
            f"{number}. {say(question.words)}",
            [Chosen(_l("Ask question %(number)s and mark the answer.", number=number))],
            choices=ANSWER_CHOICES,
            description=say(question.effect),
            validate_choice=False,
        )
        for number, question in enumerate(questions, 1)
    }
    form: ExaminationForm = type("ExaminationForm", (ExaminationForm,), asked)()
    form.questions = tuple(question.code for question in questions)
    barring = [condition for condition in campaign.barring_conditions if condition["code"] not in cannot_apply]
    form.barring = tuple(condition["code"] for condition in barring)
    form.antigens = tuple(antigen.code for antigen in antigens)
    form.point.choices = [(point.code, say(point.name)) for point in points]
    if len(points) == 1 and not form.is_submitted():
        form.point.data = points[0].code
    form.conditions.choices = [
        *((condition["code"], say(condition["words"])) for condition in barring),
        (NONE, _l("None of these")),
    ]
    form.contraindicated.choices = [(antigen.code, say(antigen.name)) for antigen in antigens]
    return form
