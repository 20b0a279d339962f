"""The same lives, recorded one by one by the services that the pages call: the measure of the simulation's rows."""

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from sqlmodel import Session

from registry.campaigns.models import Campaign
from registry.certificates.keys import Issuer
from registry.commands.cohort import Story
from registry.errors import Doubt, Refusal
from registry.examinations import services as examinations
from registry.model import new_id
from registry.pilgrims import services as pilgrims
from registry.pilgrims.models import Pilgrim
from registry.pilgrims.rows import RegistrationDetails
from registry.room.services import Given, NotGiven, Visit, record_visit
from registry.vaccinations.models import NotGivenReason

T = TypeVar("T")


def record(session: Session, campaign: Campaign, issuer: Issuer, stories: Sequence[Story]) -> None:
    for story in stories:
        pilgrim = register(session, campaign, story)
        if story.examination is not None:
            examine(session, campaign, story, pilgrim)
        if story.doses or story.refused:
            vaccinate(session, campaign, issuer, story, pilgrim)


def confirming(act: Callable[[Collection[str]], T]) -> T:
    """Do it as a person would who has checked every doubt; a real refusal stands."""
    confirmed: set[str] = set()
    while True:
        try:
            return act(confirmed)
        except Refusal as refusal:
            doubts = {one.code for one in refusal.all if isinstance(one, Doubt)} - confirmed
            if not doubts:
                raise
            confirmed |= doubts


def register(session: Session, campaign: Campaign, story: Story) -> Pilgrim:
    place = RegistrationDetails(story.person.region_code, story.person.arrival_on, point_code=story.point.place.code)
    return confirming(
        lambda confirmed: pilgrims.register_pilgrim(
            session,
            story.person.details,
            place,
            id=new_id(),
            campaign=campaign,
            by=story.point.vaccinator.id,
            at=story.at,
            confirmed=confirmed,
        )
    )


def examine(session: Session, campaign: Campaign, story: Story, pilgrim: Pilgrim) -> None:
    details = story.examination
    assert details is not None
    confirming(
        lambda confirmed: examinations.record_examination(
            session,
            pilgrim,
            details,
            id=new_id(),
            campaign=campaign,
            point_code=story.point.place.code,
            by=story.point.doctor.id,
            at=story.examined_at,
            confirmed=confirmed,
        )
    )


def vaccinate(session: Session, campaign: Campaign, issuer: Issuer, story: Story, pilgrim: Pilgrim) -> None:
    visit = Visit(
        given_by=story.point.vaccinator.id,
        identity_checked=True,
        doses=[Given(dose) for dose in story.doses],
        not_given=[NotGiven(antigen, NotGivenReason.REFUSED) for antigen in story.refused],
    )
    confirming(
        lambda confirmed: record_visit(
            session,
            pilgrim,
            visit,
            id=new_id(),
            campaign=campaign,
            point_code=story.point.place.code,
            issuer=issuer,
            by=story.point.vaccinator.id,
            at=story.vaccinated_at,
            confirmed=confirmed,
        )
    )
