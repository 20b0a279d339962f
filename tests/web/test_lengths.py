"""No text is longer than its field takes, and none that was typed is lost: security B3."""

import re

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from registry.web.fields import (
    Choice,
    DateBoxes,
    Hidden,
    LongText,
    Measured,
    Password,
    Radios,
    Stated,
    Text,
    Ticks,
    Whole,
)
from registry.web.forms import Form

FLOOD = "ж" * 200_000


class Sample(Form):
    text = Text("Text", [Stated("Write something.")])
    short = Text("Short", most=5, too_long="Five letters.")
    long = LongText("Long")
    password = Password("Password", [Stated("Write a password.")])
    choice = Choice("Choice", choices=[("", "None"), ("a", "A")])
    unchecked = Choice("Unchecked", choices=[("", "Given"), ("a", "A")], validate_choice=False)
    radios = Radios("Radios", choices=[("a", "A")], validate_choice=False)
    ticks = Ticks("Ticks", choices=[("a", "A")], validate_choice=False)
    hidden = Hidden()
    whole = Whole("Whole")
    measured = Measured("Measured")
    day = DateBoxes("Day")


def filled(app: Flask, **values: str | list[str]) -> Sample:
    with app.test_request_context("/", method="POST", headers={"Accept-Language": "en"}):
        form = Sample(formdata=MultiDict({"text": "x", "password": "x", "choice": "", **values}))
        form.validate()
        return form


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("text", "ж" * 201, "This is too long. Use at most 200 characters."),
        ("text", " " * 201, "This is too long. Use at most 200 characters."),
        ("text", FLOOD, "This is too long. Use at most 200 characters."),
        ("short", "ж" * 6, "Five letters."),
        ("long", "ж" * 2_001, "This is too long. Use at most 2000 characters."),
        ("password", FLOOD, "This is too long. Use at most 200 characters."),
        ("choice", FLOOD, "This is too long. Use at most 200 characters."),
        ("unchecked", FLOOD, "This is too long. Use at most 200 characters."),
        ("radios", FLOOD, "This is too long. Use at most 200 characters."),
        ("whole", "7" * 10, "This is too long. Use at most 9 characters."),
        ("whole", "7" * 490_000, "This is too long. Use at most 9 characters."),
        ("measured", "1" * 21, "This is too long. Use at most 20 characters."),
        ("measured", "1." * 200_000, "This is too long. Use at most 20 characters."),
        ("day", ["1", "1", "2" * 490_000], "Write a real date: day, month, year, for example 25 12 1960."),
        # A year of eleven digits broke the page: it is too large for the number of a date.
        ("day", ["001", "1", "1960"], "Write a real date: day, month, year, for example 25 12 1960."),
        ("day", ["1", "1", "99999999999"], "Write a real date: day, month, year, for example 25 12 1960."),
    ],
)
def test_b3_a_text_longer_than_its_field_takes_is_one_fault(
    app: Flask, field: str, text: str | list[str], sentence: str
) -> None:
    form = filled(app, **{field: text})
    assert form.errors == {field: [sentence]}
    assert not form[field].data  # no rule sees it


@pytest.mark.parametrize(("field", "most"), [("text", 200), ("short", 5), ("long", 2_000), ("password", 200)])
def test_b3_a_text_as_long_as_its_field_takes_is_read(app: Flask, field: str, most: int) -> None:
    form = filled(app, **{field: "ж" * most})
    assert form.errors == {}
    assert form[field].data == "ж" * most


def test_b3_a_choice_longer_than_any_is_not_the_empty_one(app: Flask) -> None:
    assert filled(app, unchecked=FLOOD).unchecked.data is None


def test_b3_what_nobody_typed_is_left_out_when_it_is_too_long(app: Flask) -> None:
    form = filled(app, hidden=FLOOD, confirmed=["age", FLOOD], ticks=["a", FLOOD], idempotency_key=FLOOD)
    assert form.errors == {}
    assert (form.hidden.data, form.confirmed.data, form.ticks.data) == ("", ["age"], ["a"])
    assert form.idempotency_key.data == str(form.key)


@pytest.mark.parametrize("field", ["text", "short", "long"])
def test_b3_what_is_too_long_stays_in_its_box(app: Flask, field: str) -> None:
    with app.test_request_context("/", method="POST"):
        form = Sample(formdata=MultiDict({field: FLOOD}))
        form.validate()
        assert FLOOD in form[field]()


def test_b3_the_page_cuts_nothing_that_its_field_would_take(app: Flask) -> None:
    """A browser cuts what is pasted or scanned at `maxlength` without a word: only the boxes of a date have it, for
    as many digits as are read. A text that is too long is given back whole, with its sentence."""
    with app.test_request_context("/"):
        drawn = {
            field.name: re.findall(r'maxlength="(\d+)"', str(field()))
            for field in Sample()
            if field.name != "csrf_token"
        }
    assert {name: tuple(map(int, found)) for name, found in drawn.items() if found} == {"day": DateBoxes.widths}
