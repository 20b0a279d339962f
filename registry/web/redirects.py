"""Redirect only to this site's own pages."""

import uuid
from urllib.parse import urlsplit

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from registry.errors import Refusal
from registry.web.sentences import sentence


def local_path(target: str | None, default: str = "/") -> str:
    """`target` if it is a plain path of this site, else `default`: `//evil`, `/\\evil`, `https:evil` lead nowhere."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return default
    if any(character in target for character in "\\\r\n\t") or not target.isprintable():
        return default
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else default


def to_record(pilgrim_id: uuid.UUID, refusal: Refusal) -> Response:
    """Away from a page from which nothing more can be sent, to the record as it is now, with the reason above it."""
    flash(sentence(refusal), "error")
    return redirect(url_for("room.show", pilgrim_id=pilgrim_id))
