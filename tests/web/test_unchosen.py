"""Room F5: a list chooses nothing by itself, whatever was sent: first the lists of every form, then the field alone."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session
from werkzeug.datastructures import MultiDict
from wtforms import Form

from registry.staff.models import Staff
from registry.web.fields import Choice, Chosen
from tests.conftest import SignIn
from tests.factories import (
    BISHKEK,
    NARYN,
    make_dose,
    make_examination,
    make_flu_lot,
    make_lot,
    make_pilgrim,
    make_staff,
)

FIRST = re.compile(r"<option[^>]*>(.*?)</option>", re.DOTALL)


def shown(html: str, name: str) -> str:
    """The line that a browser shows of a list: the chosen one, else the first."""
    (options,) = re.findall(rf'<select[^>]*name="{name}".*?</select>', html, re.DOTALL)
    chosen = re.findall(r"<option[^>]*\bselected\b[^>]*>(.*?)</option>", options, re.DOTALL)
    return str((chosen or FIRST.findall(options))[0]).strip()


@pytest.mark.parametrize(
    ("sent", "first", "refused"),
    [
        pytest.param({}, "Choose", True, id="nothing"),
        pytest.param({"where": ""}, "Choose", True, id="the empty line"),
        pytest.param({"where": "c"}, "Choose", True, id="what is not listed"),
        pytest.param({"where": "b"}, "B", False, id="what is listed"),
    ],
)
def test_f5_a_list_asks_where_nothing_of_it_is_chosen(
    app: Flask, sent: dict[str, str], first: str, refused: bool
) -> None:
    class Places(Form):
        where = Choice(
            "Where", [Chosen("Say where.")], choices=[("a", "A"), ("b", "B")], validate_choice=False, prompt="Choose"
        )

    with app.test_request_context():
        form = Places(MultiDict(sent))
        assert form.validate() is not refused
        assert shown(str(form.where()), "where") == first


@pytest.mark.parametrize("sent", ["point", "product"])
def test_f5_a_delivery_is_of_no_first_point_or_product(sign_in: SignIn, session: Session, sent: str) -> None:
    lead = make_staff(session, "lead")
    session.commit()
    page = sign_in(lead).post("/stock/receive", data={sent: "gone"}).text
    assert (shown(page, "point"), shown(page, "product")) == ("Choose", "Choose")
    assert f'href="#{sent}"' in page


@pytest.mark.parametrize("name", ["point", "group"])
def test_f5_a_pile_that_is_not_listed_becomes_no_pile_of_everybody(
    sign_in: SignIn, session: Session, name: str
) -> None:
    lead = make_staff(session, "lead", point=NARYN)
    session.commit()
    page = sign_in(lead).post("/print", data={name: "gone", "order": "group", "paper": "sheets"}).text
    assert shown(page, name) == "Choose"
    assert f'href="#{name}"' in page
    assert f'href="#{name}"' in sign_in(lead).post("/print", data={name: "-", "order": "group", "paper": "sheets"}).text


@pytest.mark.parametrize("points", [[NARYN], [NARYN, BISHKEK]])
def test_f5_an_examination_takes_no_first_point(sign_in: SignIn, session: Session, points: list[str]) -> None:
    doctor = make_staff(session, "doctor") if len(points) > 1 else make_staff(session, "doctor", point=NARYN)
    pilgrim = make_pilgrim(session)
    session.commit()
    browser, address = sign_in(doctor), f"/pilgrims/{pilgrim.id}/examine"
    page = browser.get(address).text
    assert (shown(page, "point") == "Choose") if len(points) > 1 else f'value="{NARYN}"' in page
    page = browser.post(address, data={"point": "gone"}).text
    assert shown(page, "point") == "Choose"
    assert "Choose your point." in page


@pytest.mark.parametrize(("field", "gone"), [("lot", "7"), ("site", "left_ear"), ("route", "by mouth")])
def test_f5_a_correction_takes_no_first_line(
    sign_in: SignIn, session: Session, naryn_lead: Staff, field: str, gone: str
) -> None:
    pilgrim = make_pilgrim(session)
    dose: Any = make_dose(session, pilgrim, lot=make_lot(session), examination=make_examination(session, pilgrim))
    make_flu_lot(session)
    session.commit()
    now = {"lot": str(dose.lot_id), "site": dose.site.value, "route": dose.route.value, "reason": "The day was wrong."}
    page = sign_in(naryn_lead).post(f"/pilgrims/{pilgrim.id}/doses/{dose.id}/correct", data={**now, field: gone}).text
    assert shown(page, field) == "Choose"
    assert f'href="#{field}"' in page
