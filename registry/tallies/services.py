"""Count with the event, in its transaction."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlmodel import Session, col, update

from registry import db
from registry.db import order
from registry.db.order import Rank
from registry.tallies.models import Measure, Tally


def add(
    session: Session,
    measure: Measure,
    *,
    campaign: str,
    region: str,
    day: date,
    point: str = "",
    antigen: str = "",
    count: int = 1,
) -> None:
    """Add to one counter, at the end of the act; a negative count takes back what a correction moved elsewhere."""
    key = {
        "campaign_code": campaign,
        "measure": measure,
        "antigen_code": antigen,
        "region_code": region,
        "point_code": point,
        "day": day,
    }
    order.at_end(session, Rank.COUNTER, tuple(str(part) for part in key.values()), lambda: _write(session, key, count))


def _write(session: Session, key: Mapping[str, Any], count: int) -> None:
    if count >= 0:
        db.upsert(session, Tally, [{**key, "count": count}], add="count")
    else:
        _take_back(session, key, -count)


def add_all(session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add to many counters at once: each row has a counter's key and the `count` to add."""
    db.upsert(session, Tally, rows, add="count")


def _take_back(session: Session, key: Mapping[str, Any], count: int) -> None:
    """An UPDATE of its own: the database judges "not negative" on the row an upsert proposes, before it adds."""
    lowered = update(Tally).filter_by(**key).values(count=col(Tally.count) - count)
    taken = session.exec(lowered.execution_options(synchronize_session=False))
    if taken.rowcount != 1:
        raise LookupError(f"nothing was counted under {dict(key)}")
