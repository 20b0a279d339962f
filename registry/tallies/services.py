"""Count with the event, in its transaction."""

from datetime import date

from sqlmodel import Session

from registry import db
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
    """Add to one counter; a negative count takes back what a correction moved elsewhere."""
    row = {
        "campaign_code": campaign,
        "measure": measure,
        "antigen_code": antigen,
        "region_code": region,
        "point_code": point,
        "day": day,
        "count": count,
    }
    db.upsert(session, Tally, [row], add="count")
