"""Recording an examination."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from registry.errors import Refusals
from registry.examinations import queries, services
from registry.examinations.models import Examination, ExaminationDetails, Outcome
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.tallies.models import Measure, Tally
from tests.factories import CAMPAIGN, NARYN, NOW, TODAY, make_pilgrim, the_campaign


def record(session: Session, pilgrim: Pilgrim, **changes: Any) -> Examination:
    options = {"id": new_id(), "confirmed": (), **{k: changes.pop(k) for k in ("id", "confirmed") if k in changes}}
    values: dict[str, Any] = {
        "examined_on": TODAY,
        "consent": True,
        "answers": {question.code: False for question in queries.list_questions()},
        "conditions": {},
        "outcome": Outcome.FIT,
        **changes,
    }
    details = ExaminationDetails.model_validate(values)
    return services.record_examination(
        session, pilgrim, details, campaign=the_campaign(session), point_code=NARYN, by=new_id(), at=NOW, **options
    )


def test_twelve_questions_are_asked_in_three_languages() -> None:
    questions = queries.list_questions()
    assert len({question.code for question in questions}) == 12
    assert all(set(question.words) == set(question.effect) == {"ky", "ru", "en"} for question in questions)


def test_an_examined_pilgrim_counts_once_however_often_examined(session: Session) -> None:
    pilgrim = make_pilgrim(session)
    record(session, pilgrim, outcome=Outcome.NEEDS_SPECIALIST)
    record(session, pilgrim)
    counted = session.exec(select(Tally).where(Tally.measure == Measure.EXAMINED)).one()
    assert (counted.count, counted.region_code, counted.point_code) == (1, "KG-N", NARYN)


def test_the_examination_recorded_last_is_the_one_that_stands(session: Session) -> None:
    pilgrim = make_pilgrim(session)
    record(session, pilgrim, outcome=Outcome.NEEDS_SPECIALIST)
    last = record(session, pilgrim)
    assert queries.find_latest_examination(session, pilgrim.id, CAMPAIGN) == last


def test_an_examination_of_yesterday_entered_late_does_not_undo_todays(session: Session) -> None:
    pilgrim, yesterday = make_pilgrim(session), TODAY - timedelta(days=1)
    today = record(session, pilgrim)
    late = record(session, pilgrim, examined_on=yesterday, outcome=Outcome.NEEDS_SPECIALIST)
    assert queries.find_latest_examination(session, pilgrim.id, CAMPAIGN) == today
    assert queries.find_latest_examination(session, pilgrim.id, CAMPAIGN, on=yesterday) == late


def test_the_same_form_sent_twice_is_one_examination(session: Session) -> None:
    pilgrim, key = make_pilgrim(session), new_id()
    assert record(session, pilgrim, id=key) is record(session, pilgrim, id=key)
    assert len(queries.list_examinations(session, pilgrim.id, CAMPAIGN)) == 1


def test_a_doubt_is_passed_by_whoever_confirms_it(session: Session) -> None:
    pilgrim = make_pilgrim(session)
    with pytest.raises(Refusals) as refused:
        record(session, pilgrim, temperature_c=38.5)
    codes = {fault.code for fault in refused.value.all}
    assert record(session, pilgrim, temperature_c=38.5, confirmed=codes).outcome is Outcome.FIT
