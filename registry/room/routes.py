"""The page of one pilgrim, and the visit at which the vaccines are given."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from registry import clock, db
from registry.audit import services as audit
from registry.audit.models import Action
from registry.campaigns import queries as campaigns
from registry.campaigns.models import Antigen, Campaign, VaccinationPoint
from registry.certificates.keys import find_issuer
from registry.certificates.sheet import render_note
from registry.certificates.sheet.wording import spell_code
from registry.errors import Doubt, NotFound, Refusal
from registry.examinations import queries as examinations
from registry.examinations.models import Examination
from registry.examinations.rules import ExaminationTooOld, usability_faults
from registry.pilgrims import queries as pilgrims
from registry.pilgrims import services as pilgrim_services
from registry.pilgrims.histories import OpenedForAnother, is_opened_for_another
from registry.pilgrims.models import Pilgrim
from registry.pilgrims.rules import mask_pin
from registry.room import queries, services
from registry.room.forms import VaccineForm, VisitForm, offer_vaccinators, visit_form
from registry.room.mapping import note_facts
from registry.room.rules import Decided, DoctorFirst
from registry.staff.guards import actor, record_apart, requires
from registry.staff.models import Permission
from registry.vaccinations import queries as vaccinations
from registry.vaccinations.rules import moments_before
from registry.vaccines import queries as vaccines
from registry.vaccines.rules import HeldMeanwhile, hold_fault
from registry.web.installation import settings
from registry.web.labels import stored_label
from registry.web.redirects import to_record
from registry.web.sentences import day, sentence

blueprint = Blueprint("room", __name__)


@blueprint.get("/pilgrims/<uuid:pilgrim_id>")
@requires(Permission.FIND_PILGRIMS)
def show(pilgrim_id: uuid.UUID) -> str:
    """Everything recorded about a pilgrim, and what to do next."""
    session, at = db.session(), clock.now()
    campaign, pilgrim = _opened(pilgrim_id, at=at)
    record_apart(lambda apart: pilgrim_services.record_look(apart, pilgrim.id, by=actor().id, at=at))
    record = queries.get_record(session, pilgrim, campaign, at=at)
    return render_template(
        "room/show.html",
        record=record,
        sentence=sentence,
        translated=_,
        spell_code=spell_code,
        spell_stored=_spell_stored,
        pilgrim=pilgrim,
        campaign=campaign,
        masked_pin=mask_pin(pilgrim.pin) if pilgrim.pin else "",
        antigens={antigen.code: antigen for antigen in campaigns.list_antigens(session, campaign.code)},
        points={point.code: point for point in campaigns.list_points(session, campaign.code)},
        regions={region.code: region for region in campaigns.list_regions(session)},
    )


@blueprint.get("/pilgrims/<uuid:pilgrim_id>/doctors-note.pdf")
@requires(Permission.FIND_PILGRIMS)
def doctors_note(pilgrim_id: uuid.UUID) -> Response:
    """The paper for a vaccine that is contraindicated. Who examines prints it too: it needs the doctor's signature."""
    session, at = db.session(), clock.now()
    campaign, pilgrim = _opened(pilgrim_id, at=at)
    record = queries.get_record(session, pilgrim, campaign, at=at)
    try:
        facts = note_facts(
            record,
            antigens={antigen.code: antigen for antigen in campaigns.list_antigens(session, campaign.code)},
            points={point.code: point for point in campaigns.list_points(session, campaign.code)},
            doctors=queries.find_doctors(session, record),
            authority=settings().authority_words,
            printed_on=clock.local_date(at, campaign.timezone),
            training=settings().training,
        )
    except Refusal as refusal:
        return to_record(pilgrim.id, refusal)
    record_apart(lambda apart: audit.record(apart, Action.NOTE_PRINTED, by=actor().id, at=at, pilgrim=pilgrim.id))
    headers = {"Content-Disposition": 'inline; filename="doctors-note.pdf"'}
    return Response(render_note(facts), mimetype="application/pdf", headers=headers)


@blueprint.route("/pilgrims/<uuid:pilgrim_id>/visit", methods=["GET", "POST"])
@requires(Permission.VACCINATE)
def visit(pilgrim_id: uuid.UUID) -> str | Response:
    """Both vaccines on one page, one button; the certificate follows by itself."""
    session, at = db.session(), clock.now()
    campaign, pilgrim = _opened(pilgrim_id, at=at)
    pilgrims.get_registration(session, pilgrim.id, campaign.code)
    points = campaigns.list_points_in_scope(session, campaign.code, actor())
    point = _chosen(points)
    page = _VisitPage(pilgrim, campaign, point, at=at)
    if not page.form.sent():
        db.stop_writing()
        if request.method == "POST":
            if is_opened_for_another(session, pilgrim, page.form.key):
                return to_record(pilgrim.id, OpenedForAnother())
            page.form.say_once()
            page.form.put_down()
        else:
            record_apart(lambda apart: pilgrim_services.record_look(apart, pilgrim.id, by=actor().id, at=at))
        return page.render(points)
    try:
        result = services.record_visit(
            session,
            pilgrim,
            page.form.visit(),
            id=page.form.key,
            campaign=campaign,
            point_code=point.code,
            issuer=find_issuer(settings()),
            by=actor().id,
            at=at,
            confirmed=page.form.confirmed.data or [],
        )
    except OpenedForAnother as refusal:
        return to_record(pilgrim.id, refusal)
    except Refusal as refusal:
        db.stop_writing()
        page.form.refuse(refusal)
        # Of a held lot the doubt asks for the vial itself: no second press alone may give it.
        if not all(isinstance(one, Doubt) and not isinstance(one, HeldMeanwhile) for one in refusal.all):
            page.form.put_down()
        return page.render(points)
    session.commit()
    _tell_recorded(result)
    return redirect(url_for("room.show", pilgrim_id=pilgrim.id))


def _chosen(points: Sequence[VaccinationPoint]) -> VaccinationPoint:
    """The point that the page was asked for, else the person's first."""
    if not points:
        raise NotFound  # a vaccinator of no point of this campaign
    return next((point for point in points if point.code == request.values.get("point")), points[0])


def _tell_recorded(result: services.VisitResult) -> None:
    if result.certificate:
        code = spell_code(result.certificate.code)
        flash(_("Recorded. Certificate %(code)s is issued: print it.", code=code), "success")
    else:
        flash(_("The visit was recorded."), "success")
    if result.waits_for_key:
        flash(
            _(
                "The certificate follows by itself as soon as the signing key is back. Write a paper note for the "
                "pilgrim, and ask them to come back for the certificate."
            ),
            "error",
        )


def _spell_stored(field: str, value: str | None) -> str:
    """A value as a correction stored it (JSON), as staff read it; a PIN stays masked here too."""
    if not value:
        return "–"
    if field == "pin":
        return mask_pin(value)
    if field.endswith("_on"):
        return day(date.fromisoformat(value))
    return stored_label(field, value) or value


def _opened(pilgrim_id: uuid.UUID, *, at: datetime) -> tuple[Campaign, Pilgrim]:
    session = db.session()
    campaign = campaigns.current_campaign(session, settings().campaign)
    return campaign, pilgrims.get_pilgrim(session, pilgrim_id, actor=actor(), at=at)


class _VisitPage:
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
        self.examination: Examination | None = examinations.find_latest_examination(
            session, pilgrim.id, campaign.code, on=on
        )
        self.present = moments_before(self.examination, registered_at=pilgrim.registered_at, recorded_at=at)
        self.blocked = self._offer(on)

    def _due(self, antigens: Sequence[Antigen]) -> list[Antigen]:
        """What is due, what still wants its reason, what was asked for again, and what this form was opened with."""
        wanted = {one.evaluation.antigen_code for one in self.record.positions if one.to_record}
        wanted.add(request.args.get("again", ""))
        return [a for a in antigens if a.code in wanted or f"{a.code.lower()}-not_given" in request.form]

    def _given_on(self, today: date) -> date:
        """Today, unless a dose given earlier is entered late."""
        if self.form.given_on.data is None and request.method == "GET":
            late = request.args.get("on", type=date.fromisoformat)
            self.form.given_on.process_data(late or today)
        return self.form.given_on.data or today

    def _offer(self, on: date) -> list[Refusal]:
        """Fill the form's choices. Returns why none of the vaccines may be given, or nothing."""
        session = db.session()
        people = vaccinations.list_vaccinators(session, self.point.code, on=on)
        offer_vaccinators(self.form, people, me=actor().id)
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

    def render(self, points: Sequence[VaccinationPoint]) -> str:
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
