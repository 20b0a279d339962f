"""Anyone checks a certificate, by link or by code. And the log, for those who watch over it."""

from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import force_locale
from werkzeug.wrappers import Response

from registry import clock, db
from registry.audit import services as audit
from registry.audit.models import Action
from registry.certificates.sheet import SheetFacts
from registry.certificates.sheet.wording import spell_code, spell_term
from registry.errors import N_, Refusal
from registry.immunization_log import queries as log_queries
from registry.staff.guards import actor, requires
from registry.staff.models import Permission
from registry.verification import queries, services
from registry.verification.forms import CheckForm
from registry.verification.rules import (
    Finding,
    NothingFound,
    Reason,
    Verdict,
    finding,
    spell,
    spell_birth,
)
from registry.web import spoken
from registry.web.access import public
from registry.web.installation import address_key, settings
from registry.web.languages import choose, say
from registry.web.spoken import speak

blueprint = Blueprint("verification", __name__)

RECALLED = N_(
    "A vaccine lot on this certificate was recalled on %(date)s. Ask the authority that issued it what follows."
)
# In the order of the words under the verdict.
READ_IN = {"en": "English", "ar": "العربية", "ru": "Русский", "ky": "Кыргызча"}
BANDS = {
    Verdict.VALID: "valid",
    Verdict.CHECK: "check",
    Verdict.NOT_VALID: "not-valid",
    Verdict.CANNOT_TELL: "unknown",
}


@blueprint.get("/v/<token>")
@blueprint.get("/v/<token>/<any(en, ar, ru, ky):language>")
@public
def show(token: str, language: str | None = None) -> tuple[str, int]:
    """What the QR code on the paper opens: no cookie, no script, no session."""
    g.offers_arabic = True
    at = clock.now()
    today = clock.local_date(at, settings().timezone)
    language, address = language or choose(), url_for(".show", token=token)
    held = queries.find_held(db.session(), [token]).get(token)
    if held is None or held.certificate.token != token:
        return _answer("verification/unknown.html", language, finding(Reason.UNKNOWN_LINK), address=address), 404
    certificate, found = held.certificate, queries.weigh(held, on=today, training=settings().training)
    context = {
        "address": address,
        "facts": SheetFacts.from_json(certificate.facts),
        "birth": spell_birth(certificate.facts),
        "code": spell_code(certificate.code),
        "spell_term": spell_term,
        "told": partial(say, language=language),
        "training_certificate": found.training,
        "recalled": speak(language, RECALLED, date=spell(found.recalled_on)) if found.recalled_on else None,
        "checked_at": f"{at.astimezone(ZoneInfo(settings().timezone)):%d %b %Y, %H:%M UTC%z}".upper(),
    }
    return _answer("verification/show.html", language, found, **context), 200


def _answer(template: str, language: str, found: Finding, **context: Any) -> str:
    """A finding under its band, in the language of the address, else in the one the browser asks for."""
    spelt = {name: spell(day) for name, day in found.facts.items()}
    reason = speak(language, found.sentence, **spelt)
    return spoken.render(template, language, read_in=READ_IN, band=BANDS[found.verdict], reason=reason, **context)


def _page(template: str, language: str | None, **context: Any) -> str:
    """A page with a form, in the language of its address, else in the one the browser asks for."""
    g.offers_arabic = True
    with force_locale(language or choose()):
        return render_template(template, read_in=READ_IN, address=url_for(request.endpoint or ""), **context)


@blueprint.route("/check", methods=["GET", "POST"])
@blueprint.route("/check/<any(en, ar, ru, ky):language>", methods=["GET", "POST"])
@public
def check_code(language: str | None = None) -> str | Response | tuple[str, int]:
    """Plan B for a paper whose QR code cannot be read: its code and the year of birth, both."""
    form = CheckForm()
    if not form.sent():
        return _page("verification/check_code.html", language, form=form)
    session, at, address = db.session(writes=True), clock.now(), address_key()
    typed = form.code.data or ""
    try:
        services.check_throttle(session, typed, address=address, at=at)
        certificate = services.match_code(session, typed, form.year(), address=address, at=at)
        session.commit()
        if certificate is None:
            raise NothingFound
    except Refusal as refusal:
        status = 404 if isinstance(refusal, NothingFound) else 429
        return _refused(form, refusal, language), status
    return redirect(url_for("verification.show", token=certificate.token, language=language), 303)


def _refused(form: CheckForm, refusal: Refusal, language: str | None) -> str:
    g.offers_arabic = True
    with force_locale(language or choose()):
        form.refuse(refusal)
    return _page("verification/check_code.html", language, form=form)


@blueprint.get("/log")
@requires(Permission.VIEW_LOG, writes=True)
def log() -> str:
    """How long each stream is and what was added last: commitments only, nobody's name."""
    session = db.session()
    audit.record(session, Action.LOG_VIEWED, by=actor().id, at=clock.now())
    session.commit()
    heads, entries = log_queries.list_heads(session), log_queries.list_newest_entries(session)
    return render_template("verification/log.html", heads=heads, entries=entries)


@blueprint.get("/log/proof")
@requires(Permission.VIEW_LOG, writes=True)
def prove_log() -> str:
    """Walk every stream and compare each logged row with the register."""
    session = db.session()
    audit.record(session, Action.LOG_VIEWED, by=actor().id, at=clock.now(), what="proof")
    session.commit()
    heads = queries.list_streams(session)
    entries = sum(head.size for head in heads)
    breaks = [found for head in heads if (found := queries.find_first_break(session, head))]
    unlogged = sum(1 for _row in queries.list_unlogged(session))
    return render_template(
        "verification/proof.html", entries=entries, breaks=breaks, unlogged=unlogged, checked_at=clock.now()
    )
