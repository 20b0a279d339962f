"""Whatever happens to a pilgrim, paper, counters and stock agree with the doses."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from registry.campaigns.rules import covers
from registry.certificates import queries as certificates
from registry.certificates import services as certificate_services
from registry.certificates.keys import Issuer
from registry.commands.agreement import find_disagreements
from registry.commands.recount import differences
from registry.corrections import services
from registry.errors import Refusal
from registry.model import new_id
from registry.pilgrims.models import PilgrimDetails
from registry.pilgrims.rows import RegistrationDetails
from registry.staff.models import Staff
from registry.tallies.models import Measure, Tally
from registry.vaccinations.models import Dose, DoseDetails
from registry.vaccinations.queries import list_live_doses
from registry.vaccines.models import Lot
from registry.vaccines.services import LotDetails
from tests.certificates.stories import open_second_campaign, register_in
from tests.corrections.followers import follow_all
from tests.factories import NARYN, NOW, TODAY, make_flu_lot, make_lot, make_staff, the_campaign
from tests.room.test_services import Room

# A polysaccharide instead of a conjugate: other years of validity. And another influenza vaccine.
OTHER_PRODUCTS = {"MENQUADFI": "MPSV4-CAMPAIGN", "VAXIGRIPTETRA": "INFLUVAC-TETRA"}
OTHER_PRODUCTS |= {other: usual for usual, other in OTHER_PRODUCTS.items()}
YESTERDAY = TODAY - timedelta(days=1)


class History(Room):
    """A pilgrim examined on two days, a point with two lots of each vaccine, and everything that staff may do."""

    def __init__(self, session: Session, issuer: Issuer, nurse: Staff) -> None:
        super().__init__(session, issuer, nurse)
        self.examine(on=YESTERDAY, at=NOW + timedelta(minutes=1))
        self.lots = {"MENACWY": [self.menacwy, make_lot(session)], "INFLUENZA": [self.influenza, make_flu_lot(session)]}
        self.umrah = open_second_campaign(session)
        register_in(session, self.pilgrim, self.umrah)

    def options(self) -> dict[str, Any]:
        campaign = the_campaign(self.session)
        return {
            "id": new_id(),
            "campaign": campaign,
            "issuer": self.issuer,
            "reason": "As it really was",
            "by": self.nurse.id,
            "at": NOW,
        }

    def live(self) -> list[Dose]:
        return list(list_live_doses(self.session, self.pilgrim.id))

    def give(self, number: int) -> None:
        """One vaccine or both."""
        doses = self.visit.doses
        self.record(replace(self.visit, doses=[doses, doses[:1], doses[1:]][number % 3]))

    def withdraw(self, number: int) -> None:
        if self.live():
            services.withdraw_dose(self.session, self.live()[number % len(self.live())], **self.options())

    def correct(self, number: int, change: Callable[[Dose], dict[str, Any]]) -> None:
        if self.live():
            dose = self.live()[number % len(self.live())]
            details = DoseDetails.model_validate({**dose.model_dump(), **change(dose)})
            services.correct_dose(self.session, dose, details, **self.options())

    def another_lot(self, number: int) -> None:
        self.correct(number, lambda dose: {"lot_id": self.lots[dose.antigen_code][number // 2 % 2].id})

    def another_day(self, number: int) -> None:
        self.correct(number, lambda _dose: {"given_on": [TODAY, YESTERDAY][number // 2 % 2]})

    def another_person(self, number: int) -> None:
        """A name, a region, a day of arrival, or several at once."""
        name, region, late = ["AIGUL", "AIGULIA"][number % 2], ["KG-N", "KG-T"][number // 2 % 2], number // 4 % 2
        details = PilgrimDetails.model_validate({**self.pilgrim.model_dump(), "latin_given_name": name})
        # In 2032 no dose of today counts any more: the certificate goes.
        place = RegistrationDetails(
            region, arrival_on=TODAY.replace(year=2032 if late else 2026, month=12 if late else 5)
        )
        services.correct_pilgrim(self.session, self.pilgrim, details, place, **self.options())

    def the_lot_itself(self, number: int) -> None:
        """Its number was misread, or the box was of another product."""
        lots = [lot for own in self.lots.values() for lot in own]
        lot = lots[number % len(lots)]
        product = [lot.product_code, OTHER_PRODUCTS[lot.product_code]][number // 4 % 2]
        season = lot.season_code
        details = LotDetails(product, f"{lot.number[:8]}{number}", lot.expires_on, season)
        options = {name: value for name, value in self.options().items() if name != "id"}
        services.correct_lot(self.session, lot, details, confirmed=[".CertificatesWillBeReplaced"], **options)
        follow_all(self.session, self.issuer, at=NOW)

    def certify_elsewhere(self, _number: int) -> None:
        """The other journey's paper, of the same doses."""
        certificate_services.refresh(
            self.session, self.pilgrim, campaign=self.umrah, issuer=self.issuer, by=self.nurse.id, at=NOW
        )


ACTS = [
    History.the_lot_itself,
    History.certify_elsewhere,
    History.give,
    History.withdraw,
    History.another_lot,
    History.another_day,
    History.another_person,
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 2), story=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 7)), max_size=7))
def test_certificate_counters_and_stock_agree_with_the_doses_after_any_history(
    session: Session, issuer: Issuer, start: int, story: list[tuple[Callable[[History, int], None], int]]
) -> None:
    before = session.begin_nested()
    history = History(session, issuer, make_staff(session, point=NARYN))
    for act, number in [(History.give, start), *story]:
        with suppress(Refusal):
            act(history, number)
    assert_certificate_agrees(history)
    session.flush()
    assert [one.why for one in find_disagreements(session, issuer=issuer, at=NOW)] == []
    assert_counters_agree(history)
    assert_stock_agrees(history)
    before.rollback()


def assert_certificate_agrees(history: History) -> None:
    session, campaign = history.session, the_campaign(history.session)
    assessment = certificates.assess(session, history.pilgrim, campaign=campaign)
    live = certificates.live_certificate(session, history.pilgrim.id, campaign.code)
    assert (live is not None) is all(covers(evaluation) for evaluation in assessment.evaluations)
    if live is not None:
        doses = {d.id: d for d in history.live()}
        shown = [doses[evaluation.dose_id] for evaluation in assessment.evaluations if evaluation.dose_id]
        numbers = {lot.id: lot.number for lots in history.lots.values() for lot in lots}
        assert [(d["lot"], d["given_on"]) for d in live.facts["doses"]] == [
            (numbers[dose.lot_id], dose.given_on.isoformat()) for dose in shown
        ]
        assert history.pilgrim.latin_given_name in live.facts["latin_name"]


def assert_counters_agree(history: History) -> None:
    session, campaign = history.session, the_campaign(history.session)
    wrong = [d for d in differences(session, campaign) if d.key.measure is not Measure.CERTIFIED]
    assert wrong == []
    certified = session.exec(
        select(Tally).where(Tally.measure == Measure.CERTIFIED, Tally.campaign_code == campaign.code)
    ).all()
    live = certificates.live_certificate(session, history.pilgrim.id, campaign.code)
    assert sum(tally.count for tally in certified) == (live is not None)


def assert_stock_agrees(history: History) -> None:
    given = [dose.lot_id for dose in history.live()]
    lots: list[Lot] = [lot for lots in history.lots.values() for lot in lots]
    assert [history.on_hand(lot) for lot in lots] == [20 - given.count(lot.id) for lot in lots]
