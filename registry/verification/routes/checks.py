"""Anyone checks certificates: a link, a code, a list. Their holders get them again."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from registry import clock, db
from registry.certificates import services as certificate_services
from registry.certificates.codes import Alarm, CodesDiffer, KeysUnreadable
from registry.certificates.histories import Standing
from registry.certificates.keys import find_own_trust
from registry.certificates.models import Certificate
from registry.certificates.papers import draw_paper
from registry.certificates.sheet import SheetFacts
from registry.certificates.sheet.wording import spell_code, spell_term
from registry.clock import spell_date
from registry.errors import Refusal
from registry.staff.guards import record_apart
from registry.uploads.limits import PUBLIC
from registry.uploads.turns import AnotherIsRead
from registry.verification import mapping, queries, services
from registry.verification.forms import BirthDateForm, CheckForm, GroupForm, OwnCertificateForm
from registry.verification.intake import Listed, read_group
from registry.verification.queries import Held
from registry.verification.rules import (
    RECALLED,
    BirthDateNeeded,
    Finding,
    HolderNotFound,
    LinkElsewhere,
    NothingFound,
    Reason,
    TooManyChecks,
    Verdict,
    WrongDatesOften,
    finding,
    mended_path,
    spell_birth,
    spell_year,
)
from registry.web import spoken
from registry.web.access import public
from registry.web.bodies import takes_file
from registry.web.forms import Form
from registry.web.installation import address_key, settings
from registry.web.languages import READ_IN, settle
from registry.web.spoken import speak

blueprint = Blueprint("verification", __name__)

STATUS: dict[type[Refusal], int] = {
    NothingFound: 404,
    HolderNotFound: 404,
    LinkElsewhere: 404,
    TooManyChecks: 429,
    WrongDatesOften: 429,
    AnotherIsRead: 503,
}
BANDS = {
    Verdict.VALID: "valid",
    Verdict.CHECK: "check",
    Verdict.NOT_VALID: "not-valid",
    Verdict.CANNOT_TELL: "unknown",
}


@blueprint.get("/v/<token>")
@blueprint.get("/v/<token>/<any(en, ar, ru, ky):language>")
@blueprint.get("/v/<path:path>")
@public
def show(token: str = "", language: str | None = None, path: str = "") -> tuple[str, int] | Response:
    """What the QR code on the paper opens: no cookie, no script, no session."""
    mended = mended_path(path or token)
    if mended and mended[0] != token:
        return redirect(url_for(".show", token=mended[0], language=language or mended[1]))
    token = token or path
    at = clock.now()
    language, address = settle(language), url_for(".show", token=token)
    held = _find(token)
    if held is None:
        return _answer("verification/unknown.html", language, finding(Reason.UNKNOWN_LINK), address=address), 404
    return _shown(held, language, at=at, address=address, spell=spell_birth), 200


def _find(token: str) -> Held | None:
    with db.database().reading() as connection:
        held = queries.find_held(connection, [token], timezone=settings().timezone).get(token)
    return held if held is not None and held.certificate.token == token else None


def _shown(held: Held, language: str, *, at: datetime, address: str, spell: Callable[[Mapping[str, Any]], str]) -> str:
    """The certificate under its verdict. `spell` writes as much of the date of birth as the asker may see."""
    certificate, signers, zone = held.certificate, find_own_trust(settings()), settings().timezone
    found = queries.weigh(held, at=at, timezone=zone, signers=signers, training=settings().training)
    if found.alarm:
        _tell(found.alarm, at=at)
    if found.alarm or signers is None:
        return _answer("verification/differs.html", language, found, address=address)
    context = {
        "address": address,
        "facts": SheetFacts.from_json(certificate.facts),
        "birth": spell(certificate.facts),
        "dates_stand": found.dates_stand,
        "code": spell_code(certificate.code),
        "spell_term": spell_term,
        "training_certificate": found.training,
        "recalled": speak(language, RECALLED, date=spell_date(found.recalled_on)) if found.recalled_on else None,
        "checked_at": f"{at.astimezone(ZoneInfo(settings().timezone)):%d %b %Y, %H:%M UTC%z}".upper(),
    }
    return _answer("verification/show.html", language, found, **context)


def _tell(alarm: Alarm, *, at: datetime) -> None:
    """The page was read without a session: what is wrong with a certificate is written down by one of its own."""
    record_apart(lambda apart: certificate_services.raise_alarms(apart, [alarm], at=at))


def _answer(template: str, language: str, found: Finding, **context: Any) -> str:
    """A finding under its band, in the language of the address, else in the one the browser asks for."""
    spelt = {name: spell_date(day) for name, day in found.facts.items()}
    reason = speak(language, found.sentence, **spelt)
    return spoken.render(template, language, read_in=READ_IN, band=BANDS[found.verdict], reason=reason, **context)


def _page(template: str, **context: Any) -> str:
    """A page with a form, in the language that was settled."""
    return render_template(template, read_in=READ_IN, address=url_for(request.endpoint or "", language=None), **context)


@blueprint.route("/check", methods=["GET", "POST"])
@blueprint.route("/check/<any(en, ar, ru, ky):language>", methods=["GET", "POST"])
@public
def check_code(language: str | None = None) -> str | Response | tuple[str, int]:
    """Plan B for a paper whose QR code cannot be read: its code and the year of birth, both.

    The answer has no address of its own and shows the year only: who guessed a year must not learn the day, with which
    the whole paper is handed out.
    """
    language = settle(language)
    form = BirthDateForm() if "exact" in request.form else CheckForm()
    if not form.sent():
        return _page("verification/check_code.html", form=form)
    at, typed = clock.now(), form.code.data or ""
    try:
        held = _matched(form, at=at, ask_for_date=isinstance(form, CheckForm))
        if held is None:
            raise NothingFound if isinstance(form, CheckForm) else HolderNotFound
    except BirthDateNeeded as refusal:
        asked = BirthDateForm(MultiDict({"code": typed, "exact": "1"}))
        return _refused("verification/check_code.html", asked, refusal)
    except Refusal as refusal:
        return _refused("verification/check_code.html", form, refusal)
    found = _find(held.certificate.token) or held
    return _shown(found, language, at=at, address=url_for(".check_code"), spell=spell_year)


def _matched(form: CheckForm | BirthDateForm, *, at: datetime, ask_for_date: bool) -> Held | None:
    """The certificate of a typed code: read without the write lock, told in the turn in which failures are counted."""
    beside = services.YEAR if isinstance(form, CheckForm) else services.DATE
    asked = services.Asked(form.code.data or "", beside, address_key(), at, date_instead=ask_for_date)
    with db.database().open_session(writes=False) as reading:
        services.check_limits(reading, asked)  # whoever must wait takes no turn
        found = services.match_code(reading, asked.typed, form.fits, home=settings().url)
    session = db.start_writing()
    needed = services.count_check(session, asked, right=isinstance(found, Held))
    session.commit()
    refusal = needed or (found if isinstance(found, Refusal) else None)
    if refusal is not None:
        raise refusal
    return found if isinstance(found, Held) else None


def _refused(template: str, form: Form, refusal: Refusal) -> tuple[str, int]:
    db.stop_writing()
    form.refuse(refusal)
    return _page(template, form=form), STATUS.get(type(refusal), 200)


@blueprint.route("/check/group", methods=["GET", "POST"])
@blueprint.route("/check/group/<any(en, ar, ru, ky):language>", methods=["GET", "POST"])
@public
@takes_file(PUBLIC.size)
def check_group(language: str | None = None) -> str | Response | tuple[str, int]:
    """A leader's or an airline's whole list. Nothing of it is kept, and nobody learns more than each line's verdict."""
    language, form = settle(language), GroupForm()
    if not form.sent():
        return _page("verification/group.html", form=form)
    at, address = clock.now(), address_key()
    try:
        with db.database().open_session(writes=False) as reading:
            services.check_group_throttle(reading, address=address, at=at)
        # Counted before it is read: a list that is refused costs as much.
        record_apart(lambda apart: services.count_sending(apart, address=address, at=at))
        listed = _read_list(form, address=address, at=at)
        # Read by a session of its own: a list must not hold up those who record doses.
        with db.database().open_session(writes=False) as reading:
            checked = services.check_group(reading, listed.entries, settings(), at=at)
    except Refusal as refusal:
        return _refused("verification/group.html", form, refusal)
    session = db.session(writes=True)
    services.record_group(session, checked, address=address, at=at)
    session.commit()
    if request.form.get("answer") == "csv":
        content = mapping.write_csv(listed, checked, language)
        return Response(
            content, mimetype="text/csv", headers={"Content-Disposition": "attachment; filename=checked.csv"}
        )
    return _page("verification/group_result.html", **mapping.tell_group(listed, checked, language))


def _read_list(form: GroupForm, *, address: str, at: datetime) -> Listed:
    """The list, or why it is refused; what it cost is counted in both cases."""
    try:
        return read_group(form.rows(address))
    finally:
        more = services.checks_more(form.turn.seconds) if form.turn else 0
        if more:
            record_apart(lambda apart: services.record_sending(apart, address=address, at=at, times=more))


@blueprint.route("/my-certificate", methods=["GET", "POST"])
@blueprint.route("/my-certificate/<any(en, ar, ru, ky):language>", methods=["GET", "POST"])
@public
def my_certificate(language: str | None = None) -> str | Response | tuple[str, int]:
    """The pilgrim's paper again, for who knows its code and the date of birth: never for one of them alone."""
    settle(language)
    form = OwnCertificateForm()
    if not form.sent():
        return _page("verification/my_certificate.html", form=form)
    at = clock.now()
    try:
        held, standing = _matched(form, at=at, ask_for_date=False), None
        if held is not None:
            session = db.start_writing()
            standing = services.hand_over(session, held, at=at)
            session.commit()
        if held is None or standing is None:
            raise HolderNotFound
    except Refusal as refusal:
        return _not_handed_over(form, refusal, at=at)
    certificate, newer = held.certificate, standing.replaced_by
    if standing.revocation is not None or (newer is not None and not form.fits(newer.facts)):
        return _page("verification/no_certificate.html", standing=standing)
    if newer is not None and not form.newest.data:
        replaced_on = spell_date(clock.local_date(newer.issued_at, settings().timezone))
        return _page("verification/replaced.html", form=form, replaced_on=replaced_on)
    newest = newer or certificate
    try:
        # `standing` is that of the paper that was typed; what took its place, and was not revoked, stands.
        return _paper(newest, replace(standing, replaced_by=None), pocket=request.form.get("paper") == "pocket")
    except (CodesDiffer, KeysUnreadable) as refusal:
        return _not_handed_over(form, refusal, at=at)


def _not_handed_over(form: Form, refusal: Refusal, *, at: datetime) -> tuple[str, int]:
    db.stop_writing()
    if isinstance(refusal, CodesDiffer):
        _tell(refusal.alarm, at=at)
    return _refused("verification/my_certificate.html", form, refusal)


def _paper(certificate: Certificate, standing: Standing, *, pocket: bool) -> Response:
    name = f"certificate-{certificate.code}.pdf"
    paper = draw_paper(certificate, standing, settings(), pocket=pocket)
    return Response(paper, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


@blueprint.get("/how-to-check")
@blueprint.get("/how-to-check/<any(en, ar, ru, ky):language>")
@public
def how_to_check(language: str | None = None) -> str:
    """One page to print and keep at the gate."""
    address = url_for(".how_to_check")
    return spoken.render(
        "verification/how_to_check.html", settle(language), read_in=READ_IN, address=address, site=settings().url
    )
