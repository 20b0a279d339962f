"""When an examination may be recorded, and when it opens the way to a dose. Each row is a story."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from registry.examinations import rules
from registry.examinations.models import Examination, ExaminationDetails, Outcome, VitalSign
from registry.examinations.queries import list_questions
from registry.model import new_id
from tests.factories import CAMPAIGN, NARYN, NOW, TODAY

BORN = date(1960, 1, 1)
QUESTIONS = [question for question in list_questions() if question.code in {"ill_today", "chronic"}]
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def details(**changes: Any) -> ExaminationDetails:
    values = {
        "examined_on": TODAY,
        "consent": True,
        "answers": {"ill_today": False, "chronic": False},
        "conditions": {"DIALYSIS": False},
        "temperature_c": Decimal("36.6"),
        "outcome": Outcome.FIT,
        **changes,
    }
    return ExaminationDetails.model_validate(values)


def examination(**changes: Any) -> Examination:
    return Examination(
        **details(**changes).model_dump(),
        pilgrim_id=new_id(),
        campaign_code=CAMPAIGN,
        point_code=NARYN,
        examined_by_id=new_id(),
        recorded_at=NOW,
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [], id="a healthy pilgrim who agreed"),
        pytest.param({"consent": False}, ["consent.ConsentMissing"], id="nobody asked for consent"),
        pytest.param({"answers": {}}, [".QuestionUnanswered"], id="a question was left out"),
        pytest.param({"answers": {"ill_today": False}}, [".QuestionUnanswered"], id="one question was left out"),
        pytest.param({"examined_on": TOMORROW}, ["examined_on.ExaminedInFuture"], id="dated tomorrow"),
        pytest.param({"examined_on": date(1959, 12, 31)}, ["examined_on.ExaminedBeforeBirth"], id="before birth"),
        pytest.param({"temperature_c": Decimal("37.9")}, [], id="a little warm"),
        pytest.param({"temperature_c": Decimal("38.0")}, ["outcome.FitWithFever"], id="fever, yet fit"),
        pytest.param(
            {"temperature_c": Decimal("39.0"), "outcome": Outcome.DEFERRED, "deferred_until": TOMORROW},
            [],
            id="fever and deferred",
        ),
        pytest.param({"temperature_c": None}, [], id="no thermometer"),
        pytest.param({"conditions": {"DIALYSIS": True}}, ["outcome.FitWithBarringCondition"], id="dialysis, yet fit"),
        pytest.param({"conditions": {"DIALYSIS": True}, "outcome": Outcome.UNFIT}, [], id="dialysis and unfit"),
        pytest.param({"outcome": Outcome.DEFERRED}, ["deferred_until.DeferredUntilMissing"], id="deferred for ever"),
        pytest.param(
            {"outcome": Outcome.DEFERRED, "deferred_until": TODAY},
            ["deferred_until.DeferredUntilTooEarly"],
            id="deferred until the same day",
        ),
    ],
)
def test_what_speaks_against_recording_an_examination(changes: dict[str, Any], expected: list[str]) -> None:
    faults = rules.exam_faults(details(**changes), questions=QUESTIONS, today=TODAY, birth_on=BORN)
    assert [fault.code for fault in faults] == expected


def answers(**changes: bool | None) -> dict[str, bool | None]:
    return {**{question.code: False for question in list_questions()}, **changes}


WEIGHING = ["ill_today", "allergy", "reaction", "nervous_system", "pregnant", "recent_vaccine"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        *(
            pytest.param({"answers": answers(**{code: True})}, [f"answer_{code}.FitDespiteYes"], id=f"yes: {code}")
            for code in WEIGHING
        ),
        *(
            pytest.param(
                {"answers": answers(**{code: None})}, [f"answer_{code}.FitWithoutAnswer"], id=f"unsaid: {code}"
            )
            for code in WEIGHING
        ),
        pytest.param({"answers": answers(chronic=True, bleeding=True, immune=None)}, [], id="no bar to a vaccine"),
        pytest.param({"answers": answers(allergy=True), "note": "Pollen only."}, [], id="the note says why"),
        pytest.param(
            {"answers": answers(allergy=True), "note": "  "}, ["answer_allergy.FitDespiteYes"], id="an empty note"
        ),
        pytest.param(
            {"answers": answers(reaction=True), "contraindicated": ["INFLUENZA"]}, [], id="the vaccine is left out"
        ),
        pytest.param(
            {"answers": answers(ill_today=True), "outcome": Outcome.DEFERRED, "deferred_until": TOMORROW},
            [],
            id="ill and deferred",
        ),
        pytest.param({"answers": answers(ill_today=True), "outcome": Outcome.UNFIT}, [], id="ill and unfit"),
        pytest.param({"temperature_c": Decimal("35.0")}, ["temperature_c.FitWithVitalSign"], id="cold"),
        pytest.param({"temperature_c": Decimal("35.1")}, [], id="the lowest usual temperature"),
        pytest.param({"systolic": 180}, ["systolic.FitWithVitalSign"], id="pressure of grade 3"),
        pytest.param({"systolic": 179, "diastolic": 109}, [], id="pressure just below grade 3"),
        pytest.param({"systolic": 90, "diastolic": 60}, ["systolic.FitWithVitalSign"], id="low pressure"),
        pytest.param(
            {"systolic": 150, "diastolic": 110}, ["diastolic.FitWithVitalSign"], id="lower pressure of grade 3"
        ),
        pytest.param({"pulse": 40}, ["pulse.FitWithVitalSign"], id="slow pulse"),
        pytest.param({"pulse": 111}, ["pulse.FitWithVitalSign"], id="fast pulse"),
        pytest.param({"spo2": 91}, ["spo2.FitWithVitalSign"], id="too little oxygen"),
        pytest.param({"spo2": 92}, [], id="little oxygen, as in Naryn"),
        pytest.param({"spo2": 60, "outcome": Outcome.NEEDS_SPECIALIST}, [], id="too little oxygen and not fit"),
        pytest.param({"weight_kg": 200}, [], id="a weight is never doubted"),
        pytest.param({"systolic": 95, "diastolic": 105}, ["diastolic.PressureReversed"], id="pressures exchanged"),
        pytest.param({"systolic": 100, "diastolic": 100}, ["diastolic.PressureReversed"], id="the same figure twice"),
        pytest.param({"diastolic": 80}, [], id="only one of the two was read"),
    ],
)
def test_room_f1_a_yes_or_an_odd_figure_beside_fit_is_asked_about(changes: dict[str, Any], expected: list[str]) -> None:
    given = details(**{"answers": answers(), **changes})
    faults = rules.exam_faults(given, questions=list_questions(), today=TODAY, birth_on=BORN)
    assert [fault.code for fault in faults] == expected


@pytest.mark.parametrize(
    ("sex", "born", "asked"),
    [
        pytest.param("male", 1949, False, id="a man of 76"),
        pytest.param("male", 1995, False, id="a young man"),
        pytest.param("female", 1995, True, id="a woman of 30"),
        pytest.param("female", 1970, True, id="a woman in the year of her 55th birthday"),
        pytest.param("female", 1969, False, id="a woman of 56"),
        pytest.param("female", 2015, True, id="a girl of 10"),
        pytest.param("female", 2016, False, id="a child"),
    ],
)
def test_room_f1_nobody_is_asked_what_cannot_apply(*, sex: str, born: int, asked: bool) -> None:
    found = [q.code for q in list_questions() if rules.is_asked(q, sex=sex, birth_on=date(born, 7, 1), on=TODAY)]
    assert ("pregnant" in found, len(found)) == (asked, 12 if asked else 11)


def test_a_vital_sign_at_the_edge_is_usual_and_beyond_it_is_not() -> None:
    for sign, (low, high) in rules.USUAL.items():
        assert [rules.is_usual(sign, value) for value in (low - 1, low, high, high + 1)] == [False, True, True, False]
    assert rules.is_usual(VitalSign.WEIGHT, 300)


@pytest.mark.parametrize(
    ("changes", "valid_days", "expected"),
    [
        pytest.param({}, 0, [], id="examined the same day"),
        pytest.param({"examined_on": YESTERDAY}, 0, [rules.ExaminationTooOld], id="examined yesterday, same day asked"),
        pytest.param({"examined_on": YESTERDAY}, 1, [], id="examined yesterday, one day allowed"),
        pytest.param({"examined_on": YESTERDAY - timedelta(days=1)}, 1, [rules.ExaminationTooOld], id="two days old"),
        pytest.param({"examined_on": TOMORROW}, 3, [rules.ExaminedAfterDose], id="examined after the dose"),
        pytest.param({"consent": False}, 0, [rules.ConsentMissing], id="no consent on record"),
        pytest.param(
            {"outcome": Outcome.DEFERRED, "deferred_until": TOMORROW}, 0, [rules.Deferred], id="deferred until tomorrow"
        ),
        pytest.param({"outcome": Outcome.NEEDS_SPECIALIST}, 0, [rules.NeedsSpecialist], id="a specialist first"),
        pytest.param({"outcome": Outcome.UNFIT}, 0, [rules.Unfit], id="unfit for the Hajj"),
        pytest.param({"contraindicated": ["MENACWY"]}, 0, [rules.ContraindicatedFor], id="this one contraindicated"),
        pytest.param({"contraindicated": ["INFLUENZA"]}, 0, [], id="only the other one contraindicated"),
    ],
)
def test_what_keeps_an_examination_from_opening_the_way_to_a_dose(
    changes: dict[str, Any], valid_days: int, expected: list[type]
) -> None:
    faults = rules.usability_faults(
        examination(**changes), of_another=False, on=TODAY, valid_days=valid_days, antigen_code="MENACWY"
    )
    assert [type(fault) for fault in faults] == expected


def test_without_an_examination_there_is_no_dose() -> None:
    faults = list(rules.usability_faults(None, of_another=False, on=TODAY, valid_days=0, antigen_code="MENACWY"))
    assert [type(fault) for fault in faults] == [rules.NoExamination]


def test_a_deferral_says_until_when() -> None:
    deferred = examination(outcome=Outcome.DEFERRED, deferred_until=TOMORROW)
    (fault,) = rules.usability_faults(deferred, of_another=False, on=TODAY, valid_days=0, antigen_code="MENACWY")
    assert "26.12.2025" in str(fault)
