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
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import StopValidation

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


class Text(StringField):
    widget = _translated(GovTextInput)()


class LongText(TextAreaField):
    widget = _translated(GovTextArea)()


class Password(PasswordField):
    widget = _translated(GovPasswordInput)()


class Choice(SelectField):
    widget = _translated(GovSelect)()


class Radios(RadioField):
    widget = _translated(GovRadioInput)()


class Tick(BooleanField):
    widget = _translated(GovCheckboxInput)()


class Ticks(SelectMultipleField):
    widget = _translated(GovCheckboxesInput)()


class Upload(FileField):
    widget = _translated(GovFileInput)()


class Whole(IntegerField):
    widget = _translated(GovTextInput)()

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            self.data = None
            return
        try:
            self.data = int(text)
        except ValueError:
            self.data = None
            raise ValueError(gettext("Write a whole number, for example 72.")) from None


class Measured(DecimalField):
    """A number with decimals; a comma is as good as a point."""

    widget = _translated(GovTextInput)()

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip().replace(",", ".") if valuelist else ""
        self.data = None
        if not text:
            return
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
        boxes = (
            ("day", gettext("Day"), day, 2),
            ("month", gettext("Month"), month, 2),
            ("year", gettext("Year"), year, 4),
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
            for part, text, value, width in boxes
        ]
        return params


class DateBoxes(Field):
    """A date in three boxes: an <input type=date> shows the machine's language, not the reader's.

    With `partial`, the day, or day and month, may stay empty ("only the year is known"): `data` is then the first
    day of what is known, and `precision` says how much that is ("day", "month", "year").
    """

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
        try:
            self.data = date(_number(year), _number(month or self._filled()), _number(day or self._filled()))
        except ValueError:
            raise ValueError(gettext("Write a real date: day, month, year, for example 25 12 1960.")) from None

    def _filled(self) -> str:
        return "1" if self.partial else ""


def _number(text: str) -> int:
    # Only ASCII digits: int() would also read Arabic-Indic ones, which a clerk cannot have meant here.
    if not (text.isascii() and text.isdigit()):
        raise ValueError
    return int(text)
