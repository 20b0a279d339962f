"""Stories recorded as `registry simulate` does, in a test's own transaction."""

from collections.abc import Sequence

from sqlmodel import Session

from registry.campaigns.models import Campaign
from registry.certificates.keys import Issuer
from registry.commands.cohort import Story
from registry.commands.shares import gather


def record(session: Session, campaign: Campaign, issuer: Issuer, stories: Sequence[Story]) -> None:
    batch, _stages = gather(session, campaign, issuer, stories)
    batch.write(session)
