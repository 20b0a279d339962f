"""Reads of examinations, and the questions that every one of them asks."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from sqlmodel import Session, col, select

from registry.examinations.models import Examination
from registry.model import Words


@dataclass(frozen=True)
class Question:
    """A screening question, and what a Yes means for the doctor."""

    code: str
    words: Words
    effect: Words


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
    return next((e for e in listed if on is None or e.examined_on <= on), None)
