"""The page of a visit, as it opens and as it was refused."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from flask import render_template, request

from registry import clock, db
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Antigen, Campaign, VaccinationPoint
from registry.errors import N_, Doubt, Refusal
from registry.examinations import queries as examinations
from registry.examinations.models import Examination
from registry.examinations.rules import ExaminationTooOld, counting_on, usability_faults
from registry.pilgrims.models import Pilgrim
from registry.room import queries
from registry.room.days import day_fault
from registry.room.forms import VaccineForm, VisitForm, suggest, visit_form
from registry.room.rules import Decided, DoctorFirst
from registry.staff.guards import actor
from registry.vaccinations import queries as vaccinations
from registry.vaccinations.rules import moments_before
from registry.vaccines import queries as vaccines
from registry.vaccines.rules import HeldMeanwhile, hold_fault
from registry.web.sentences import sentence


class PointNotYours(Refusal):
    sentence = N_(
        "You may no longer vaccinate at the point that this page was opened for. Nothing was recorded. The page shows "
        "another point now: choose yours, and look at its lots."
    )


class VisitPage:
    """The form of a visit, filled with what this point has and what this pilgrim still needs."""

    def __init__(self, pilgrim: Pilgrim, campaign: Campaign, point: VaccinationPoint, *, at: datetime) -> None:
        session = db.session()
        self.pilgrim, self.campaign, self.point, self.at = pilgrim, campaign, point, at
        self.record = queries.get_record(session, pilgrim, campaign, at=at)
        every = campaigns.list_antigens(session, campaign.code)
        self.every = {antigen.code: antigen for antigen in every}
        self.antigens = self._due(every)
        # A vaccine keeps its side, so that the one given alone later does not land where the first one went.
        self.sides = {antigen.code: side for side, antigen in enumerate(every)}
        self.form: VisitForm = visit_form(self.antigens)
        on = self._given_on(clock.local_date(at, campaign.timezone))
        self.examination: Examination | None = counting_on(on, self.record.examined.listed)
        self.present = moments_before(self.examination, registered_at=pilgrim.registered_at, recorded_at=at)
        self.blocked = self._offer(on)

    def _due(self, antigens: Sequence[Antigen]) -> list[Antigen]:
        """What is due, what still wants its reason, what was asked for again, and what this form was opened with."""
        wanted = {one.evaluation.antigen_code for one in self.record.positions if one.to_record}
        wanted.add(request.args.get("again", ""))
        return [a for a in antigens if a.code in wanted or f"{a.code.lower()}-not_given" in request.form]

    def _given_on(self, today: date) -> date:
        """Today, unless a dose given earlier is entered late.

        A day that cannot be meant is refused, and the rest of the page stays as for today: a slip of the hand neither
        hides what the doctor found nor takes people and lots away.
        """
        opened = request.method == "GET"
        asked = request.args.get("on", type=date.fromisoformat) if opened else self.form.given_on.data
        fault = self._day_fault(asked) if asked else None
        on = asked if asked and not fault else today
        if opened:
            self.form.given_on.process_data(on)
        else:
            self.form.day_fault = fault
        return on

    def _day_fault(self, on: date) -> Refusal | None:
        examined, days = self.record.examined, self.campaign.examination_valid_days

        def is_usable(one: Examination) -> bool:
            of_another = one.id in examined.of_another
            return not any(usability_faults(one, of_another=of_another, on=on, valid_days=days, antigen_code=""))

        latest = clock.local_date(self.at + vaccinations.CLOCK_SKEW, self.campaign.timezone)
        return day_fault(on, today=latest, examined=examined.listed, usable=is_usable)

    def _offer(self, on: date) -> list[Refusal]:
        """Fill the form's choices. Returns why none of the vaccines may be given, or nothing."""
        session = db.session()
        self.people = vaccinations.list_vaccinators(session, self.point.code, on=on)
        self.form.given_by.choices = [(str(person.id), person.name) for person in self.people]
        in_hand = self._lots_in_hand(on)
        blockers: list[Refusal | None] = []
        questioned = {
            one.evaluation.antigen_code: DoctorFirst()
            for one in self.record.positions
            if one.decided is Decided.QUESTIONED
        }
        for antigen, vaccine in zip(self.antigens, self.form.vaccines, strict=True):
            faults = usability_faults(
                self.examination,
                of_another=self._of_another(),
                on=on,
                valid_days=self.campaign.examination_valid_days,
                antigen_code=antigen.code,
            )
            blocker = next(faults, questioned.get(antigen.code))
            place = {"point_code": self.point.code, "timezone": self.campaign.timezone}
            lots = vaccines.list_usable_lots(session, antigen_code=antigen.code, on=on, present=self.present, **place)
            aside = vaccines.list_held_lots(session, antigen_code=antigen.code, **place)
            vaccine.held = {
                lot.number: sentence(hold_fault(lot, held, on=on, present=self.present)) for lot, held in aside
            }
            vaccine.shortage_sentence = self._shortage(vaccine, on)
            vaccine.offer(
                antigen, lots, in_hand=in_hand.get(antigen.code), side=self.sides[antigen.code], blocked=blocker
            )
            blockers.append(blocker)
        return [b for b in blockers if b] if all(blockers) else []

    def _of_another(self) -> bool:
        return self.examination is not None and self.examination.id in self.record.examined.of_another

    def _lots_in_hand(self, on: date) -> dict[str, uuid.UUID]:
        """What this person uses at this point today; what was used on an earlier day is looked up on its paper."""
        timezone = self.campaign.timezone
        if clock.local_date(self.at, timezone) != on:
            return {}
        midnight = clock.first_instant(on, timezone)
        return vaccinations.find_lots_in_hand(
            db.session(), point_code=self.point.code, by=actor().id, on=on, since=midnight
        )

    def _shortage(self, vaccine: VaccineForm, on: date) -> str:
        """Why the lot that was sent is no longer among the choices: its last dose was taken, or it is on hold."""
        try:
            lot_id = uuid.UUID(vaccine.lot.data or "")
        except ValueError:
            return ""
        shortage = vaccines.find_shortage(
            db.session(),
            point_code=self.point.code,
            lot_id=lot_id,
            on=on,
            timezone=self.campaign.timezone,
            present=self.present,
        )
        return sentence(shortage) if shortage else ""

    def _late_on(self) -> date | None:
        """The day of an examination that no longer counts: the vaccines may have been given on it, on paper."""
        too_old = self.blocked and isinstance(self.blocked[0], ExaminationTooOld)
        return self.examination.examined_on if too_old and self.examination else None

    def refuse(self, refusal: Refusal) -> None:
        db.stop_writing()
        self.form.refuse(refusal)
        # Of a held lot the doubt asks for the vial itself: no second press alone may give it.
        if not all(isinstance(one, Doubt) and not isinstance(one, HeldMeanwhile) for one in refusal.all):
            self.form.put_down()

    def render(self, points: Sequence[VaccinationPoint]) -> str:
        suggest(self.form, self.people, me=actor().id, opened=request.method == "GET")
        return render_template(
            "room/visit.html",
            form=self.form,
            pilgrim=self.pilgrim,
            antigens=self.antigens,
            all_antigens=self.every,
            examination=self.examination,
            found=examinations.describe(self.examination, self.campaign) if self.examination else None,
            blocked=sentence(self.blocked[0]) if self.blocked else "",
            late_on=self._late_on(),
            point=self.point,
            points=points,
            record=self.record,
            sentence=sentence,
        )
