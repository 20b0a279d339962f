"""What a person decided about one campaign's certificate, and the papers of the others (room F2, security B1)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session

from registry.campaigns import queries as campaigns
from registry.campaigns.models import Campaign
from registry.certificates import queries, services
from registry.certificates.decisions import NobodyElseDecides, NothingToIssueAgain, RevokedByYourself
from registry.certificates.keys import Issuer
from registry.certificates.models import Cause, Certificate, CertificateRevocation
from registry.certificates.rules import State
from registry.certificates.services.withdrawing import REVOKED_ELSEWHERE
from registry.certificates.withheld import list_counting
from registry.commands.recount import differences
from registry.model import new_id
from registry.staff.models import Staff
from registry.tallies.models import Measure
from registry.vaccinations.models import Dose
from registry.vaccinations.queries import list_live_doses
from registry.vaccinations.services import supersede_dose
from tests.certificates import roads
from tests.certificates.roads import ARRIVAL, EVENING, FRAUD, YESTERDAY, certified_room
from tests.certificates.stories import LATER, certified, change_lot, give, open_second_campaign, refresh, register_in
from tests.corrections.test_services import details_of, dose_of
from tests.factories import CAMPAIGN, NOW, TODAY, make_lot, make_staff, the_campaign
from tests.room.test_services import Room

AN_HOUR = timedelta(hours=1)


@dataclass
class Two:
    """A pilgrim with a paper of each of two campaigns: a person revokes the one of `decided`, `other` has the other."""

    room: Room
    decided: Campaign
    other: Campaign

    @property
    def session(self) -> Session:
        return self.room.session

    def paper(self, campaign: Campaign) -> Certificate:
        return queries.get_last(self.session, self.room.pilgrim.id, campaign.code)[0]

    def live(self, campaign: Campaign) -> Certificate | None:
        return queries.live_certificate(self.session, self.room.pilgrim.id, campaign.code)

    def decide(self, campaign: Campaign | None = None, *, at: datetime = LATER) -> CertificateRevocation:
        by = make_staff(self.session, "immunologist").id
        paper = self.paper(campaign or self.decided)
        return services.revoke_certificate(self.session, paper, reason=FRAUD, by=by, at=at)

    def issue_again(self, campaign: Campaign, **changes: object) -> Certificate:
        changes = {"campaign": self.other, "at": EVENING, **changes}
        return roads.issue_again(self.room, self.paper(campaign), **changes)

    def counting(self) -> list[Certificate]:
        return list_counting(self.session, self.room.pilgrim, self.paper(self.decided), at=EVENING)


@pytest.fixture
def room(session: Session, issuer: Issuer, nurse: Staff) -> Room:
    return certified_room(session, issuer, nurse)


@pytest.fixture(params=["the first campaign", "the second campaign"])
def two(request: pytest.FixtureRequest, room: Room) -> Two:
    first, umrah = the_campaign(room.session), open_second_campaign(room.session)
    register_in(room.session, room.pilgrim, umrah)
    assert refresh(room.session, room.pilgrim, room.issuer, campaign=umrah, at=NOW + AN_HOUR)
    return Two(room, first, umrah) if request.param == "the first campaign" else Two(room, umrah, first)


CHANGES: dict[str, Callable[[Room], None]] = {
    "a name": roads.name,
    "a lot": roads.lot_corrected,
    "the days": roads.days_corrected,
    "the key away": roads.key_away,
}


@pytest.mark.parametrize("change", CHANGES)
def test_b1_a_paper_of_another_campaign_is_withdrawn_and_not_replaced_after_a_decision(two: Two, change: str) -> None:
    two.decide(at=NOW + AN_HOUR)
    old = two.paper(two.other)
    CHANGES[change](two.room)
    for campaign in (two.decided, two.other):
        assert refresh(two.session, two.room.pilgrim, two.room.issuer, campaign=campaign, at=EVENING) is None
    last, revocation = queries.get_last(two.session, two.room.pilgrim.id, two.other.code)
    assert last == old
    assert revocation is not None
    assert (revocation.cause, revocation.reason) == (Cause.OUTDATED, REVOKED_ELSEWHERE)
    assert certified(two.session) == 0
    for campaign in (two.decided, two.other):
        found = differences(two.session, campaign)
        assert [one for one in found if one.key.measure is Measure.CERTIFIED] == []


def test_b1_a_paper_that_stays_true_stays_and_is_named_beside_the_decision(two: Two) -> None:
    assert two.counting() == [two.paper(two.other)], "the page that revokes tells of it"
    two.decide()
    roads.telephone(two.room)
    assert two.live(two.other) == two.paper(two.other)
    assert two.counting() == [two.paper(two.other)]
    two.decide(two.other, at=EVENING)
    assert two.counting() == []


def test_b1_an_ended_paper_does_not_count_beside_a_decision(two: Two) -> None:
    two.decide()
    years_later = NOW + timedelta(days=365 * 6)
    assert list_counting(two.session, two.room.pilgrim, two.paper(two.decided), at=years_later) == []


@pytest.mark.parametrize("cause", [Cause.LOST, Cause.STOLEN])
def test_b1_a_lost_paper_says_nothing_about_the_doses_of_another(two: Two, cause: Cause) -> None:
    """Nor where the new one was revoked by the registry itself, or the doses are no longer enough for it."""
    lost = {"id": new_id(), "reason": "In the bazaar", "issuer": two.room.issuer, "by": new_id(), "at": NOW + AN_HOUR}
    services.replace_lost(two.session, two.room.pilgrim, two.paper(two.decided), cause=cause, **lost)  # type: ignore[arg-type]
    roads.name(two.room)
    for campaign in (two.decided, two.other):
        live = two.live(campaign)
        assert live is not None
        assert live.facts["latin_name"] == "ASANBEKOVA AIGULI"
    services.revoke_certificate(two.session, two.paper(two.decided), cause=cause, reason=FRAUD, by=new_id(), at=LATER)
    roads.lot_corrected(two.room)
    assert two.live(two.other) is not None


def test_b1_the_other_campaigns_paper_follows_when_somebody_else_issues_the_revoked_one_again(two: Two) -> None:
    two.decide(at=NOW + AN_HOUR)
    roads.name(two.room)
    two.issue_again(two.decided)
    live = two.live(two.other)
    assert live is not None
    assert (live.number, live.reissue_reason) == (2, None)
    assert certified(two.session) == 2


def test_b1_somebody_else_issues_the_withdrawn_paper_of_the_other_campaign_again(two: Two) -> None:
    decision = two.decide(at=NOW + AN_HOUR)
    with pytest.raises(NothingToIssueAgain):
        two.issue_again(two.other)
    roads.name(two.room)
    with pytest.raises((RevokedByYourself, NobodyElseDecides)):
        two.issue_again(two.other, by=decision.revoked_by_id)
    new = two.issue_again(two.other)
    assert new.campaign_code == two.other.code
    assert two.live(two.other) == new
    assert two.live(two.decided) is None, "about that paper nobody decided otherwise"
    roads.lot_corrected(two.room)
    assert two.live(two.other) is not None, "that decision is the newer one"
    assert two.live(two.other) != new


def test_b1_revoking_and_issuing_again_locks_no_campaign_for_ever(two: Two) -> None:
    for day in range(3):
        at = NOW + timedelta(days=4 + day)
        two.decide(at=at)
        two.decide(two.other, at=at + AN_HOUR)
        two.issue_again(two.decided, at=at + 2 * AN_HOUR)
        two.issue_again(two.other, at=at + 3 * AN_HOUR)
    roads.lot_corrected(two.room)
    for campaign in (two.decided, two.other):
        live = two.live(campaign)
        assert live is not None
        assert "OTHER123" in {dose["lot"] for dose in live.facts["doses"]}
        assert queries.standing(two.session, live, on=ARRIVAL).state is State.VALID
    two.decide(at=NOW + timedelta(days=8))
    roads.name(two.room)
    assert (two.live(two.decided), two.live(two.other)) == (None, None)
    two.issue_again(two.other, at=NOW + timedelta(days=8, hours=2))
    assert two.live(two.other) is not None


# Several doses of one kind.


def only_meningitis(session: Session) -> Campaign:
    umrah = open_second_campaign(session)
    for requirement in campaigns.list_requirements(session, umrah.code):
        if requirement.antigen_code != "MENACWY":
            session.delete(requirement)
    session.flush()
    return umrah


def another_dose(room: Room, *, given_on: date = YESTERDAY, at: datetime = NOW) -> Dose:
    """One more of the same kind, as a doctor orders it."""
    room.examine(on=given_on, at=at)
    return give(
        room.session,
        room.pilgrim,
        room.menacwy,
        given_on=given_on,
        at=at,
        override_reason="A doctor ordered it",
        confirmed=[".ManyDoses", "lot.ManyDoses"],
    )


def before_the_paper(room: Room) -> None:
    give(room.session, room.pilgrim, room.influenza)
    give(room.session, room.pilgrim, room.menacwy)
    another_dose(room)
    assert refresh(room.session, room.pilgrim, room.issuer)
    roads.decide(room)


def after_the_paper(room: Room) -> None:
    room.record()
    another_dose(room, at=NOW + AN_HOUR)
    refresh(room.session, room.pilgrim, room.issuer, at=NOW + AN_HOUR)
    roads.decide(room)


def shown_by_an_earlier_paper(room: Room) -> None:
    give(room.session, room.pilgrim, room.influenza)
    another_dose(room)
    assert refresh(room.session, room.pilgrim, room.issuer)
    another_dose(room, given_on=TODAY, at=NOW + AN_HOUR)
    refresh(room.session, room.pilgrim, room.issuer, at=NOW + AN_HOUR)
    roads.decide(room)


def after_the_decision(room: Room) -> None:
    room.record()
    roads.decide(room, at=NOW + AN_HOUR)
    another_dose(room, at=NOW + 2 * AN_HOUR)


def moved_past_the_decision(room: Room) -> None:
    """The shown one, by a correction of its day."""
    room.record()
    roads.decide(room, at=NOW)
    dose, tomorrow = dose_of(room), TODAY + timedelta(days=1)
    supersede_dose(room.session, dose, details_of(dose, given_on=tomorrow), by=new_id(), at=LATER)


MORE_DOSES: dict[str, Callable[[Room], None]] = {
    "recorded before the paper": before_the_paper,
    "recorded after the paper": after_the_paper,
    "shown by an earlier paper": shown_by_an_earlier_paper,
    "recorded after the decision": after_the_decision,
    "its day corrected past the decision": moved_past_the_decision,
}


@pytest.mark.parametrize("doses", MORE_DOSES)
@pytest.mark.parametrize("withdrawn", ["the newer", "the older", "none"])
def test_b1_another_dose_of_the_same_kind_is_no_way_around(
    session: Session, issuer: Issuer, nurse: Staff, doses: str, withdrawn: str
) -> None:
    room = Room(session, issuer, nurse)
    MORE_DOSES[doses](room)
    live = [dose for dose in list_live_doses(session, room.pilgrim.id) if dose.antigen_code == "MENACWY"]
    for dose in {"the newer": live[1:], "the older": live[:1] if len(live) > 1 else [], "none": []}[withdrawn]:
        supersede_dose(session, dose, None, by=new_id(), at=EVENING)
    umrah = only_meningitis(session)
    register_in(session, room.pilgrim, umrah)
    assert queries.assess(session, room.pilgrim, campaign=umrah).covered
    assert refresh(session, room.pilgrim, issuer, campaign=umrah, at=EVENING) is None


def test_b1_a_first_paper_is_issued_where_the_revoked_one_is_no_longer_earned(room: Room) -> None:
    session, pilgrim, first = room.session, room.pilgrim, queries.get_last(room.session, room.pilgrim.id, CAMPAIGN)[0]
    decision = roads.decide(room)
    supersede_dose(session, dose_of(room, "INFLUENZA"), None, by=new_id(), at=LATER)
    umrah = only_meningitis(session)
    register_in(session, pilgrim, umrah)
    assert refresh(session, pilgrim, room.issuer, campaign=umrah, at=LATER) is None
    with pytest.raises((RevokedByYourself, NobodyElseDecides)):
        roads.issue_again(room, first, campaign=umrah, by=decision.revoked_by_id)
    new = roads.issue_again(room, first, campaign=umrah, at=EVENING)
    assert (new.campaign_code, new.number) == (umrah.code, 1)
    assert queries.live_certificate(session, pilgrim.id, CAMPAIGN) is None
    change_lot(session, pilgrim, make_lot(session, number="NEWLOT77"))
    newer = refresh(session, pilgrim, room.issuer, campaign=umrah, at=EVENING + AN_HOUR)
    assert newer is not None
    assert newer.replaces_id == new.id, "what was decided holds for what follows it"
