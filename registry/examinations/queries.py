"""Reads of examinations, and the questions that every one of them asks."""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files

from sqlmodel import Session, col, select

from registry.campaigns.models import Campaign
from registry.examinations import rules
from registry.examinations.models import Examination, Question, VitalSign
from registry.model import Words
from registry.pilgrims import histories
from registry.pilgrims.models import Pilgrim


@dataclass(frozen=True)
class Reading:
    """A vital sign as measured; `usual` False where a doctor would look twice."""

    sign: VitalSign
    value: int | Decimal
    usual: bool


@dataclass(frozen=True)
class Findings:
    """What the doctor entered that matters before a needle: each Yes, each question without an answer, and so on."""

    yes: tuple[Question, ...]
    unsaid: tuple[Question, ...]
    conditions: tuple[Words, ...]
    readings: tuple[Reading, ...]


@cache
def list_questions() -> tuple[Question, ...]:
    """The twelve screening questions in the order they are asked (Immunize.org p4065 with WHO contraindications)."""
    rows = json.loads(files("registry.examinations").joinpath("data/questions.json").read_text())
    return tuple(Question(**row) for row in rows)


def list_examinations(session: Session, pilgrim_id: uuid.UUID, campaign_code: str) -> Sequence[Examination]:
    """All examinations of a pilgrim in a campaign: the latest day first, on one day the latest recorded."""
    query = (
        select(Examination)
        .where(Examination.pilgrim_id == pilgrim_id, Examination.campaign_code == campaign_code)
        .order_by(col(Examination.examined_on).desc(), col(Examination.recorded_at).desc(), col(Examination.id).desc())
    )
    return session.exec(query).all()


def find_latest_examination(
    session: Session, pilgrim_id: uuid.UUID, campaign_code: str, *, on: date | None = None
) -> Examination | None:
    """The examination that stands, or stood on a day: a paper of yesterday entered late does not undo today's."""
    listed = list_examinations(session, pilgrim_id, campaign_code)
    return rules.counting_on(on or date.max, listed)


def list_of_another(
    session: Session, pilgrim: Pilgrim, listed: Iterable[Examination], *, vaccinated_at: datetime | None = None
) -> frozenset[uuid.UUID]:
    """Ids of a pilgrim's examinations that were made while the record named another person, as `is_of_another`."""
    states = histories.list_states(session, pilgrim)
    return frozenset(one.id for one in listed if _is_of_another(states, one, vaccinated_at))


def is_of_another(
    session: Session, pilgrim: Pilgrim, examination: Examination | None, *, vaccinated_at: datetime | None = None
) -> bool:
    """Whether an examination was made while the record named another person than now.

    `vaccinated_at`: when the pilgrim's first dose was recorded; who had that one is the same person still, though
    married since and with a new passport.
    """
    if examination is None:
        return False
    return _is_of_another(histories.list_states(session, pilgrim), examination, vaccinated_at)


def _is_of_another(states: Sequence[histories.State], examination: Examination, vaccinated_at: datetime | None) -> bool:
    return histories.was_another(states, examination.recorded_at) and (
        vaccinated_at is None or histories.was_another(states, examination.recorded_at, than=vaccinated_at)
    )


def list_questions_for(sex: str, birth_on: date, campaign: Campaign) -> list[Question]:
    """The questions that can apply to a pilgrim. One day decides for the whole campaign: a form opened in December
    asks what a service of January expects."""
    return list(_list_questions_for(sex, birth_on, campaign.starts_on))


@lru_cache(maxsize=2_000)
def _list_questions_for(sex: str, birth_on: date, on: date) -> tuple[Question, ...]:
    return tuple(q for q in list_questions() if rules.is_asked(q, sex=sex, birth_on=birth_on, on=on))


def describe(examination: Examination, campaign: Campaign) -> Findings:
    """What an examination found; a code that is no longer in the data is shown as it is, never left out."""
    questions = {question.code: question for question in list_questions()}
    conditions = {condition["code"]: condition["words"] for condition in campaign.barring_conditions}
    return Findings(
        yes=tuple(_question(questions, code) for code, answer in examination.answers.items() if answer),
        unsaid=tuple(_question(questions, code) for code, answer in examination.answers.items() if answer is None),
        conditions=tuple(conditions.get(code, {"en": code}) for code, found in examination.conditions.items() if found),
        readings=tuple(
            Reading(sign, value, rules.is_usual(sign, value)) for sign, value in rules.measured(examination)
        ),
    )


def _question(known: dict[str, Question], code: str) -> Question:
    return known.get(code) or Question(code, words={"en": code}, finding={"en": code}, effect={})
