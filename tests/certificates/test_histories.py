"""Whatever happens to a record, in whatever order, its certificate agrees with it."""

import random
from datetime import date, timedelta

import pytest
from sqlmodel import Session

from registry.certificates import queries, services
from registry.certificates.keys import Issuer
from registry.certificates.rules import State
from registry.model import new_id
from registry.vaccinations import queries as vaccinations
from registry.vaccinations.models import Dose
from registry.vaccinations.services import supersede_dose
from tests.certificates.stories import certified, details_of, give, refresh, set_right, worth
from tests.factories import CAMPAIGN, NOW, TODAY, make_flu_lot, make_lot, make_pilgrim, the_campaign

BOTH = 2


class History:
    """Things that happen to one pilgrim's record, in any order; each ends, as everywhere, in `refresh`."""

    def __init__(self, session: Session, issuer: Issuer, seed: int) -> None:
        self.session, self.issuer, self.random = session, issuer, random.Random(seed)
        self.pilgrim = make_pilgrim(session)
        self.at = NOW
        self.revoked = False  # by a person, and nobody has decided otherwise

    def live(self) -> list[Dose]:
        return list(vaccinations.list_live_doses(self.session, self.pilgrim.id))

    def vaccinate(self) -> None:
        missing = {"MENACWY": make_lot, "INFLUENZA": make_flu_lot}
        for dose in self.live():
            missing.pop(dose.antigen_code)
        if missing:
            make = self.random.choice([*missing.values()])
            give(self.session, self.pilgrim, make(self.session), at=self.at)

    def withdraw(self) -> None:
        if self.live():
            supersede_dose(self.session, self.random.choice(self.live()), None, by=new_id(), at=self.at)

    def correct_dose(self) -> None:
        if self.live():
            dose = self.random.choice(self.live())
            given_on = TODAY - timedelta(days=self.random.randrange(3))
            supersede_dose(self.session, dose, details_of(dose, given_on=given_on), by=new_id(), at=self.at)

    def correct_name(self) -> None:
        set_right(self.session, self.pilgrim, latin_given_name=self.random.choice(["AIGUL", "AIGULI"]))

    def revoke(self) -> None:
        live = queries.live_certificate(self.session, self.pilgrim.id, CAMPAIGN)
        if live:
            services.revoke_certificate(self.session, live, reason="Shown by another", by=new_id(), at=self.at)
            self.revoked = True

    def issue_again(self) -> None:
        """A second immunologist decides otherwise, where the doses count."""
        if self.revoked and len(self.live()) == BOTH:
            last, _revocation = queries.get_last(self.session, self.pilgrim.id, CAMPAIGN)
            services.issue_again(
                self.session,
                self.pilgrim,
                last,
                id=new_id(),
                campaign=the_campaign(self.session),
                issuer=self.issuer,
                reason="Looked at again",
                by=new_id(),
                at=self.at,
            )
            self.revoked = False

    def step(self) -> None:
        self.at += timedelta(minutes=1)
        acts = (self.vaccinate, self.vaccinate, self.withdraw, self.correct_dose, self.correct_name, self.revoke)
        self.random.choice([*acts, self.issue_again, self.issue_again])()
        refresh(self.session, self.pilgrim, self.issuer, at=self.at)


@pytest.mark.parametrize("seed", range(6))
def test_no_history_leaves_a_certificate_that_disagrees_with_its_doses(
    session: Session, issuer: Issuer, seed: int
) -> None:
    history = History(session, issuer, seed)
    for _step in range(12):
        history.step()
        live = queries.live_certificate(session, history.pilgrim.id, CAMPAIGN)
        doses = {dose.antigen_code: dose for dose in history.live()}
        assert (live is not None) == (len(doses) == BOTH and not history.revoked)
        assert certified(session) == (live is not None)
        if live is not None:
            assert live.facts["latin_name"] == f"ASANBEKOVA {history.pilgrim.latin_given_name}"
            printed = {dose["antigen"]: dose["given_on"] for dose in live.facts["doses"]}
            assert printed == {code: dose.given_on.isoformat() for code, dose in doses.items()}
        older = [one for one in queries.list_certificates(session, history.pilgrim.id) if one != live]
        assert all(worth(session, one, on=date(2026, 5, 11)) is not State.VALID for one in older)
