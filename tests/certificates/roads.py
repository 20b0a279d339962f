"""Every road on which a new paper could follow a revoked one, and disguises of the doses that it showed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session

from registry.certificates import queries, services
from registry.certificates.decisions import (
    NobodyElseDecides,
    RevokedByYourself,
)
from registry.certificates.keys import Issuer, Keyless, KeysFault
from registry.certificates.models import Cause, Certificate, CertificateRevocation
from registry.commands import agreement, late_papers
from registry.corrections import services as corrections
from registry.model import new_id
from registry.pilgrims import lists
from registry.pilgrims.intake import Listed
from registry.pilgrims.models import PilgrimDetails
from registry.pilgrims.rows import RegistrationDetails
from registry.room.services import NotGiven
from registry.staff.models import Staff
from registry.vaccinations.models import NotGivenReason
from registry.vaccinations.services import supersede_dose
from registry.vaccines.models import Site
from registry.vaccines.services import LotDetails
from tests.certificates.stories import (
    LATER,
    give,
    open_second_campaign,
    refresh,
    register_in,
)
from tests.corrections.followers import follow_all
from tests.corrections.test_services import correct_person, details_of, dose_of, options
from tests.factories import CAMPAIGN, NOW, TODAY, make_job, make_staff, the_campaign
from tests.room.test_services import Room

ARRIVAL = date(2026, 5, 11)
EVENING = LATER + timedelta(hours=8)
FRAUD = "Forged: another person's passport"


def certified_room(session: Session, issuer: Issuer, nurse: Staff) -> Room:
    """A pilgrim with both doses and the certificate."""
    room = Room(session, issuer, nurse)
    room.record()
    return room


def revoked_room(session: Session, issuer: Issuer, nurse: Staff) -> Room:
    """A pilgrim with both doses whose certificate an immunologist revoked."""
    room = certified_room(session, issuer, nurse)
    decide(room, at=NOW)
    return room


def decide(room: Room, *, at: datetime = LATER) -> CertificateRevocation:
    """An immunologist revokes the last paper, whatever else was done to it."""
    last, _revocation = queries.get_last(room.session, room.pilgrim.id, CAMPAIGN)
    by = make_staff(room.session, "immunologist").id
    return services.revoke_certificate(room.session, last, reason=FRAUD, by=by, at=at)


def issue_again(room: Room, revoked: Certificate, **changes: object) -> Certificate:
    given: dict[str, object] = {
        "id": new_id(),
        "campaign": the_campaign(room.session),
        "issuer": room.issuer,
        "reason": "The passport was checked: it is the pilgrim's own",
        "at": LATER,
        **changes,
    }
    given.setdefault("by", new_id())
    return services.issue_again(room.session, room.pilgrim, revoked, **given)  # type: ignore[arg-type]  # keywords of a test


def revoked_of(room: Room) -> Certificate:
    return queries.get_last(room.session, room.pilgrim.id, CAMPAIGN)[0]


def visit_refused(room: Room) -> None:
    decision = NotGiven("MENACWY", NotGivenReason.REFUSED)
    room.record(replace(room.visit, doses=[], not_given=[decision]), at=LATER)


def visit_after_a_withdrawal(room: Room) -> None:
    corrections.withdraw_dose(room.session, dose_of(room), **options(room))
    room.record(replace(room.visit, doses=room.visit.doses[:1]), at=NOW + timedelta(hours=2))


def telephone(room: Room) -> None:
    correct_person(room, phone="+996555000123")


def name(room: Room) -> None:
    correct_person(room, latin_given_name="AIGULI")


def group(room: Room) -> None:
    place = RegistrationDetails(region_code="KG-N", arrival_on=ARRIVAL, group_name="Нарын 3")
    details = PilgrimDetails.model_validate(room.pilgrim.model_dump())
    corrections.correct_pilgrim(room.session, room.pilgrim, details, place, **options(room))


def region(room: Room) -> None:
    correct_person(room, region="KG-T")


def dose_corrected(room: Room) -> None:
    dose = dose_of(room)
    corrections.correct_dose(room.session, dose, details_of(dose, site=Site.LEFT_THIGH), **options(room))


def dose_withdrawn(room: Room) -> None:
    corrections.withdraw_dose(room.session, dose_of(room), **options(room))


def lot_corrected(room: Room) -> None:
    lot = room.menacwy
    details = LotDetails(lot.product_code, "OTHER123", lot.expires_on, lot.season_code)
    given = {key: value for key, value in options(room).items() if key != "id"}
    confirmed = (".CertificatesWillBeReplaced",)
    corrections.correct_lot(room.session, lot, details, **given, confirmed=confirmed)
    follow_all(room.session, room.issuer, at=LATER)


def refresh_command(room: Room) -> None:
    row = {"pilgrim_id": room.pilgrim.id, "campaign": CAMPAIGN}
    room.session.commit = room.session.flush  # type: ignore[method-assign]  # the command's own commit, undone here
    agreement._refresh(room.session, row=row, issuer=room.issuer, at=LATER)


def late_paper(room: Room) -> None:
    job = make_job(room.session, "issue_certificate")
    job.payload = {"pilgrim": str(room.pilgrim.id), "campaign": CAMPAIGN, "by": str(room.nurse.id)}
    late_papers.refresh(room.session, job, room.issuer)


def listed_again(room: Room) -> None:
    details = PilgrimDetails.model_validate(room.pilgrim.model_dump())
    row = Listed(number=2, details=details, region_code="KG-N", arrival_on=None, group_name="", known=room.pilgrim.id)
    campaign = the_campaign(room.session)
    ready = lists.prepare(room.session, [row], campaign=campaign, by=room.nurse.id, at=LATER)
    lists.import_list(room.session, ready)
    refresh(room.session, room.pilgrim, room.issuer, at=LATER)


def another_campaign(room: Room) -> None:
    umrah = open_second_campaign(room.session)
    register_in(room.session, room.pilgrim, umrah)
    services.refresh(room.session, room.pilgrim, campaign=umrah, issuer=room.issuer, by=new_id(), at=LATER)


def issued_again_by_the_same(room: Room) -> None:
    revoked, revocation = queries.get_last(room.session, room.pilgrim.id, CAMPAIGN)
    assert revocation is not None
    with pytest.raises((RevokedByYourself, NobodyElseDecides)):
        issue_again(room, revoked, by=revocation.revoked_by_id)


ROADS: dict[str, Callable[[Room], None]] = {
    "registry.room.services.record_visit: refused": visit_refused,
    "registry.room.services.record_visit: a dose given anew": visit_after_a_withdrawal,
    "registry.corrections.services.pilgrim.correct_pilgrim: telephone": telephone,
    "registry.corrections.services.pilgrim.correct_pilgrim: name": name,
    "registry.corrections.services.pilgrim.correct_pilgrim: group": group,
    "registry.corrections.services.pilgrim.correct_pilgrim: region": region,
    "registry.corrections.services.dose.correct_dose": dose_corrected,
    "registry.corrections.services.dose.withdraw_dose": dose_withdrawn,
    "registry.corrections.services.lot.follow_lot": lot_corrected,
    "registry.commands.agreement._refresh": refresh_command,
    "registry.commands.late_papers.refresh": late_paper,
    "registry.certificates.services.deciding.issue_again": issued_again_by_the_same,
    "an import of the same person": listed_again,
    "a campaign of the same winter": another_campaign,
}


YESTERDAY = TODAY - timedelta(days=1)
AN_HOUR_LATER = NOW + timedelta(hours=1)


def days_corrected(room: Room) -> None:
    room.examine(on=YESTERDAY, at=AN_HOUR_LATER)
    for antigen in ("MENACWY", "INFLUENZA"):
        dose = dose_of(room, antigen)
        corrections.correct_dose(room.session, dose, details_of(dose, given_on=YESTERDAY), **options(room))


def days_corrected_twice(room: Room) -> None:
    days_corrected(room)
    room.examine(on=YESTERDAY - timedelta(days=1), at=AN_HOUR_LATER)
    for antigen in ("MENACWY", "INFLUENZA"):
        dose = dose_of(room, antigen)
        earlier = details_of(dose, given_on=YESTERDAY - timedelta(days=1))
        corrections.correct_dose(room.session, dose, earlier, **options(room, at=AN_HOUR_LATER + timedelta(hours=1)))


def entered_again(room: Room, day: date = TODAY) -> None:
    if day < TODAY:
        room.examine(on=day, at=AN_HOUR_LATER)
    for antigen in ("MENACWY", "INFLUENZA"):
        supersede_dose(room.session, dose_of(room, antigen), None, by=new_id(), at=AN_HOUR_LATER)
    for lot in (room.menacwy, room.influenza):
        give(room.session, room.pilgrim, lot, given_on=day, at=AN_HOUR_LATER)


DISGUISES: dict[str, Callable[[Room], None]] = {
    "the days corrected": days_corrected,
    "the days corrected twice": days_corrected_twice,
    "the site corrected": dose_corrected,
    "the lot's number corrected": lot_corrected,
    "entered again for the same day": entered_again,
    "entered again for another day": lambda room: entered_again(room, YESTERDAY),
}


# What the registry withdrew by itself, and the roads on which the doses count again.


def key_away(room: Room, *, at: datetime = LATER) -> None:
    """A correction while the signing key is away."""
    away = Keyless(room.issuer.authority, room.issuer.training, KeysFault())
    details = PilgrimDetails.model_validate({**room.pilgrim.model_dump(), "latin_given_name": "AIGULI"})
    place = RegistrationDetails(region_code="KG-N", arrival_on=ARRIVAL)
    corrections.correct_pilgrim(room.session, room.pilgrim, details, place, **options(room, issuer=away, at=at))


def correct_arrival(room: Room, arrival_on: date, **changes: object) -> None:
    place = RegistrationDetails(region_code="KG-N", arrival_on=arrival_on)
    details = PilgrimDetails.model_validate(room.pilgrim.model_dump())
    corrections.correct_pilgrim(room.session, room.pilgrim, details, place, **options(room, **changes))


def arrives_too_late(room: Room) -> None:
    correct_arrival(room, ARRIVAL.replace(year=2031))


def arrives_in_time(room: Room) -> None:
    correct_arrival(room, ARRIVAL, at=EVENING)


def dose_entered_again(room: Room) -> None:
    give(room.session, room.pilgrim, room.menacwy, at=AN_HOUR_LATER)
    refresh(room.session, room.pilgrim, room.issuer, at=EVENING)


def entered_for_another_campaign(room: Room) -> None:
    give(room.session, room.pilgrim, room.menacwy, at=AN_HOUR_LATER)
    another_campaign(room)


def visit_again(room: Room) -> None:
    room.record(replace(room.visit, doses=room.visit.doses[:1]), at=AN_HOUR_LATER)


WITHDRAWN_BY_ITSELF: dict[str, tuple[Cause, Callable[[Room], None], Callable[[Room], None]]] = {
    "the dose is entered again": (Cause.NOT_COVERED, dose_withdrawn, dose_entered_again),
    "the visit is recorded again": (Cause.NOT_COVERED, dose_withdrawn, visit_again),
    "the fact is corrected": (Cause.NOT_COVERED, arrives_too_late, arrives_in_time),
    "the dose is entered again for another campaign": (Cause.NOT_COVERED, dose_withdrawn, entered_for_another_campaign),
    "the key is back: the job": (Cause.OUTDATED, key_away, late_paper),
    "the key is back: another correction": (Cause.OUTDATED, key_away, telephone),
    "the key is back: another dose's correction": (Cause.OUTDATED, key_away, dose_corrected),
    "the key is back: a lot's correction": (Cause.OUTDATED, key_away, lot_corrected),
    "the key is back: a visit": (Cause.OUTDATED, key_away, visit_refused),
    "the key is back: an import": (Cause.OUTDATED, key_away, listed_again),
    "the key is back: another campaign": (Cause.OUTDATED, key_away, another_campaign),
    "the key is back: the command": (Cause.OUTDATED, key_away, refresh_command),
}
"""{how the doses count again: (why the registry withdrew the paper, by what, the road back)}."""
