"""Form fields with the accessible widgets, in the reader's language."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxesInput,
    GovCheckboxInput,
    GovDateInput,
    GovFileInput,
    GovPasswordInput,
    GovRadioInput,
    GovSelect,
    GovTextArea,
    GovTextInput,
)
from wtforms import (
    BooleanField,
    DecimalField,
    Field,
    FileField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import StopValidation

from registry.web.lengths import AtMost, OneOf, SomeOf, Unseen, refuse_longer

NO_SCREEN_READER_PREFIX = {"errorMessage": {"visuallyHiddenText": _l("Error")}}


class Stated:
    """Validator: something must be typed or chosen. `field_flags` stays empty: the browser's own bubbles speak its
    language, not the reader's."""

    field_flags: dict[str, Any] = {}  # noqa: RUF012 - WTForms reads it as it is

    def __init__(self, message: Any) -> None:
        self.message = message

    def __call__(self, _form: Any, field: Field) -> None:
        if field.data is None or field.data == "" or (isinstance(field.data, str) and not field.data.strip()):
            # A field that could not be read has said so already: one sentence is enough.
            if field.errors:
                raise StopValidation
            raise StopValidation(self.message)


class Chosen:
    """Validator for radios and selects: one of the choices, with our own sentence instead of the package's."""

    field_flags: dict[str, Any] = {}  # noqa: RUF012 - WTForms reads it as it is

    def __init__(self, message: Any) -> None:
        self.message = message

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data not in {choice.value for choice in field.iter_choices()}:
            raise StopValidation(self.message)


def _translated(widget: type) -> Any:
    """A widget that speaks the reader's language throughout (the package has a hidden "Error:" in English only)."""

    class Translated(widget):  # type: ignore[misc]  # the package is untyped
        def map_gov_params(self, field: Field, **kwargs: Any) -> dict[str, Any]:
            params: dict[str, Any] = super().map_gov_params(field, **kwargs)
            # A page that styles the legend must not lose its words.
            if "legend" in params.get("fieldset", {}):
                # Copied: many questions may share the page's one style.
                legend = {"text": field.label.text, **params["fieldset"]["legend"]}
                params["fieldset"] = {**params["fieldset"], "legend": legend}
            if "errorMessage" in params:
                params["errorMessage"]["visuallyHiddenText"] = gettext("Error")
            if not (params.get("hint") or {}).get("text"):
                params.pop("hint", None)
            return params

    return Translated


class Text(AtMost, StringField):
    widget = _translated(GovTextInput)()


class LongText(AtMost, TextAreaField):
    most = 2_000
    widget = _translated(GovTextArea)()


class Password(AtMost, PasswordField):
    widget = _translated(GovPasswordInput)()


class Hidden(Unseen, HiddenField):
    pass


class _AskingSelect(_translated(GovSelect)):  # type: ignore[misc]  # the package is untyped
    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        items = kwargs["items"]
        if not any(item["selected"] or item["value"] == field.unchosen for item in items):
            first = {"text": field.prompt, "value": field.unchosen, "selected": True}
            kwargs["items"] = [first, *items]
        params: dict[str, Any] = super().map_gov_params(field, **kwargs)
        return params


class Choice(OneOf, SelectField):
    """A list. Where nothing in it is chosen, or what was sent is not in it, it begins with `prompt`.

    Without that the browser would choose its first line, and the next press of the button would record it. `unchosen`
    is what the prompt sends: no choice, so that `Chosen` refuses it.
    """

    widget = _AskingSelect()

    def __init__(self, *args: Any, prompt: Any = None, unchosen: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prompt, self.unchosen = prompt or _l("Choose"), unchosen


class Radios(OneOf, RadioField):
    widget = _translated(GovRadioInput)()


class Tick(BooleanField):
    widget = _translated(GovCheckboxInput)()


class Ticks(SomeOf, SelectMultipleField):
    widget = _translated(GovCheckboxesInput)()


class HiddenTicks(SomeOf, SelectMultipleField):
    """Boxes that the page draws itself."""


class Upload(FileField):
    widget = _translated(GovFileInput)()


class Whole(IntegerField):
    most = 9  # digits: what a column of whole numbers takes on every engine
    widget = _translated(GovTextInput)()

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            self.data = None
            return
        self.data = None
        refuse_longer(text, self.most)
        try:
            self.data = int(text)
        except ValueError:
            raise ValueError(gettext("Write a whole number, for example 72.")) from None


class Measured(DecimalField):
    """A number with decimals; a comma is as good as a point."""

    most = 20
    widget = _translated(GovTextInput)()

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip().replace(",", ".") if valuelist else ""
        self.data = None
        if not text:
            return
        refuse_longer(text, self.most)
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        # "NaN" is a number to the decimal module, not to a thermometer.
        if not number.is_finite():
            raise ValueError(gettext("Write a number, for example 36.6."))
        self.data = number


class _DateBoxesWidget(_translated(GovDateInput)):  # type: ignore[misc]  # the package is untyped
    def map_gov_params(self, field: Field, **kwargs: Any) -> dict[str, Any]:
        day, month, year = getattr(field, "boxes", ("", "", ""))
        wrong = " govuk-input--error" if field.errors else ""
        parts = (
            ("day", gettext("Day"), day),
            ("month", gettext("Month"), month),
            ("year", gettext("Year"), year),
        )
        # The three inputs share one name; the base widget must not unpack raw_data itself.
        field.raw_data = [day, month, year]
        params: dict[str, Any] = super().map_gov_params(field, **kwargs)
        params["items"] = [
            {
                "label": text,
                "id": f"{field.name}-{part}",
                "name": field.name,
                "value": value,
                "classes": f"govuk-input--width-{width}{wrong}",
                "attributes": {"inputmode": "numeric", "maxlength": str(width)},
            }
            for (part, text, value), width in zip(parts, DateBoxes.widths, strict=True)
        ]
        return params


class DateBoxes(Field):
    """A date in three boxes: an <input type=date> shows the machine's language, not the reader's.

    With `partial`, the day, or day and month, may stay empty ("only the year is known"): `data` is then the first
    day of what is known, and `precision` says how much that is ("day", "month", "year").
    """

    widths = (2, 2, 4)  # digits of each box
    most = sum(widths)
    widget = _DateBoxesWidget()
    boxes: tuple[str, str, str] = ("", "", "")
    precision = "day"

    def __init__(self, label: Any = None, validators: Any = None, *, partial: bool = False, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.partial = partial

    def _value(self) -> str:
        return ""  # the boxes carry the parts

    def process_data(self, value: Any) -> None:
        self.data = value
        if isinstance(value, date):
            self.boxes = (f"{value.day}", f"{value.month}", f"{value.year}")

    def process_formdata(self, valuelist: list[str]) -> None:
        given = [text.strip() for text in valuelist[:3]] + ["", "", ""]
        self.boxes = (given[0], given[1], given[2])
        self.data = None
        if not any(self.boxes):
            return
        day, month, year = self.boxes
        if self.partial and not day:
            self.precision = "month" if month else "year"
        filled = "1" if self.partial else ""
        try:
            numbers = map(_number, (day or filled, month or filled, year), self.widths)
            self.data = date(*reversed(list(numbers)))
        except ValueError:
            raise ValueError(gettext("Write a real date: day, month, year, for example 25 12 1960.")) from None


def _number(text: str, most: int) -> int:
    # Only ASCII digits: int() would also read Arabic-Indic ones, which a clerk cannot have meant here.
    if len(text) > most or not (text.isascii() and text.isdigit()):
        raise ValueError
    return int(text)
