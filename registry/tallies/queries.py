"""Reads of the counters."""

from collections.abc import Sequence

from sqlmodel import Session, select

from registry.tallies.models import Tally


def list_tallies(session: Session, campaign: str) -> Sequence[Tally]:
    """All counters of a campaign: points x days x antigens, some hundred rows whatever the number of pilgrims."""
    return session.exec(select(Tally).where(Tally.campaign_code == campaign)).all()
