"""The language a reader chooses, and whether the registry is alive."""

from datetime import timedelta
from mimetypes import guess_type

from flask import Blueprint, Response, abort, g, redirect, request, send_from_directory
from sqlalchemy import text
from werkzeug.wrappers import Response as BaseResponse

from registry import clock, db
from registry.web.access import public
from registry.web.assets import DIST, load_compressed
from registry.web.installation import settings
from registry.web.languages import COOKIE, READ_IN
from registry.web.redirects import local_path

blueprint = Blueprint("web", __name__)
A_YEAR = 365 * 24 * 3600
SPOKEN_FOR = timedelta(days=180)  # RFC 9116 asks for less than a year


@blueprint.post("/language/<language>")
@public
def set_language(language: str) -> BaseResponse:
    if language not in READ_IN:
        abort(404)
    answer = redirect(local_path(request.form.get("next")))
    answer.set_cookie(COOKIE, language, max_age=A_YEAR, secure=settings().uses_tls, httponly=True, samesite="Lax")
    return answer


@blueprint.get("/static/<name>")
@public
def asset(name: str) -> BaseResponse:
    """A built file. Its name changes with its content, so a browser may keep it for ever."""
    g.may_be_cached = True
    if request.accept_encodings.best_match(["gzip", "identity"]) == "gzip":
        try:
            answer = Response(load_compressed(name), mimetype=guess_type(name)[0])
        except KeyError:
            abort(404)
        answer.headers["Content-Encoding"] = "gzip"
    else:
        answer = send_from_directory(DIST, name)
    answer.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    answer.headers["Vary"] = "Accept-Encoding"
    return answer


@blueprint.get("/health")
@public
def health() -> Response:
    """200 when the database answers; the error page says 503 when it does not."""
    db.session().execute(text("SELECT 1"))
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/.well-known/security.txt")
@public
def security_txt() -> Response:
    """Whom to tell of a weakness (RFC 9116). 404 until REGISTRY_SECURITY_CONTACT names somebody."""
    if not settings().security_contact:
        abort(404)
    lines = {
        "Contact": settings().security_contact,
        "Expires": f"{clock.now() + SPOKEN_FOR:%Y-%m-%dT00:00:00Z}",
        "Preferred-Languages": ", ".join(READ_IN),
        "Canonical": f"{settings().url}/.well-known/security.txt",
    }
    text = "".join(f"{name}: {value}\n" for name, value in lines.items())
    return Response(text, content_type="text/plain; charset=utf-8")
