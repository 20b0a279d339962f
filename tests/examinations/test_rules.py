"""When an examination may be recorded, and when it opens the way to a dose. Each row is a story."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from registry.examinations import rules
from registry.examinations.models import Examination, ExaminationDetails, Outcome
from registry.model import new_id
from tests.factories import CAMPAIGN, NARYN, NOW, TODAY

BORN = date(1960, 1, 1)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def details(**changes: Any) -> ExaminationDetails:
    values = {
        "examined_on": TODAY,
        "consent": True,
        "answers": {"ill_today": False},
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
        pytest.param({"answers": {"ill_today": True}}, [], id="a Yes is for the doctor to weigh"),
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
    faults = rules.exam_faults(details(**changes), questions=["ill_today"], today=TODAY, birth_on=BORN)
    assert [fault.code for fault in faults] == expected


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
    faults = rules.usability_faults(examination(**changes), on=TODAY, valid_days=valid_days, antigen_code="MENACWY")
    assert [type(fault) for fault in faults] == expected


def test_without_an_examination_there_is_no_dose() -> None:
    faults = list(rules.usability_faults(None, on=TODAY, valid_days=0, antigen_code="MENACWY"))
    assert [type(fault) for fault in faults] == [rules.NoExamination]


def test_a_deferral_says_until_when() -> None:
    deferred = examination(outcome=Outcome.DEFERRED, deferred_until=TOMORROW)
    (fault,) = rules.usability_faults(deferred, on=TODAY, valid_days=0, antigen_code="MENACWY")
    assert "26.12.2025" in str(fault)
