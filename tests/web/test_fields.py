"""Fields keep what a page needs of them."""

from datetime import date

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from registry.web.fields import DateBoxes, Measured, Radios, Whole
from registry.web.forms import Form


class Sample(Form):
    answer = Radios("Are you ill today?", choices=[("yes", "Yes"), ("no", "No")])
    other = Radios("Any allergy?", choices=[("yes", "Yes"), ("no", "No")])
    day = DateBoxes("Day")
    birth = DateBoxes("Birth date", partial=True)
    temperature = Measured("Temperature")
    pulse = Whole("Pulse")


def filled(app: Flask, **values: str | list[str]) -> Sample:
    with app.test_request_context("/", method="POST"):
        form = Sample(formdata=MultiDict(values))
        form.validate()
        return form


def test_a_styled_legend_keeps_its_question(app: Flask) -> None:
    style = {"fieldset": {"legend": {"classes": "govuk-fieldset__legend--s"}}}
    with app.test_request_context("/"):
        form = Sample()
        first, second = form.answer(params=style), form.other(params=style)
    assert "Are you ill today?" in first
    assert "Any allergy?" in second
    assert "govuk-fieldset__legend--s" in second


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        (["25", "12", "2025"], date(2025, 12, 25)),
        ([" 1 ", "2", "1960"], date(1960, 2, 1)),
        (["", "", ""], None),
        (["31", "2", "1960"], None),
        (["١", "٢", "١٩٦٠"], None),
        (["", "2", "1960"], None),
    ],
)
def test_a_date_is_read_from_three_boxes_in_plain_digits(app: Flask, boxes: list[str], expected: date | None) -> None:
    form = filled(app, day=boxes)
    is_refused = any(boxes) and expected is None
    assert form.day.data == expected
    assert bool(form.day.errors) == is_refused


@pytest.mark.parametrize(
    ("boxes", "expected", "precision"),
    [
        (["", "", "1955"], date(1955, 1, 1), "year"),
        (["", "7", "1955"], date(1955, 7, 1), "month"),
        (["9", "7", "1955"], date(1955, 7, 9), "day"),
    ],
)
def test_a_birth_date_may_be_known_in_part(app: Flask, boxes: list[str], expected: date, precision: str) -> None:
    form = filled(app, birth=boxes)
    assert (form.birth.data, form.birth.precision) == (expected, precision)


def test_what_was_typed_comes_back_after_a_fault(app: Flask) -> None:
    with app.test_request_context("/", method="POST"):
        form = Sample(formdata=MultiDict({"day": ["31", "2", "1960"]}))
        form.validate()
        html = form.day()
    assert 'value="31"' in html
    assert 'value="1960"' in html


@pytest.mark.parametrize(("typed", "value"), [("36,6", "36.6"), ("36.6", "36.6"), ("", None), ("warm", None)])
def test_a_comma_is_as_good_as_a_point(app: Flask, typed: str, value: str | None) -> None:
    form = filled(app, temperature=typed)
    assert (None if form.temperature.data is None else str(form.temperature.data)) == value
    assert bool(form.temperature.errors) == (typed == "warm")


def test_a_forged_idempotency_key_is_replaced(app: Flask) -> None:
    form = filled(app, idempotency_key="not a key")
    assert str(form.key) == form.idempotency_key.data
