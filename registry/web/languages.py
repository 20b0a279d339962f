"""The reader's language: chosen, remembered, or asked of the browser."""

from collections.abc import Mapping
from functools import lru_cache

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_locale
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

LANGUAGES = {"ky": "Кыргызча", "ru": "Русский", "en": "English"}
COOKIE = "language"
# What strangers read, in the order of the words under a verdict.
READ_IN = {"en": LANGUAGES["en"], "ar": "العربية", "ru": LANGUAGES["ru"], "ky": LANGUAGES["ky"]}
_RIGHT_TO_LEFT = {"ar"}


def init_app(app: Flask) -> None:
    app.config["BABEL_DEFAULT_LOCALE"] = "ky"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "web/translations"
    Babel(app, locale_selector=choose)


def choose() -> str:
    """The address's language, else the cookie's, a signed-in person's own or the browser's; Arabic where offered."""
    if not has_request_context():
        return "en"
    offered = READ_IN if g.get("offers_arabic") else LANGUAGES
    for chosen in (
        g.get("language_of_address"),
        (request.view_args or {}).get("language"),  # a request refused before its page was reached
        request.cookies.get(COOKIE),
        getattr(g.get("staff"), "language", None),
    ):
        if chosen in offered:
            return str(chosen)
    asked = _best_match(request.headers.get("Accept-Language", ""), tuple(offered))
    return asked or ("en" if g.get("offers_arabic") else "ky")


def settle(language: str | None) -> str:
    """The language of a stranger's page, Arabic among them: its address names it, or else it is chosen."""
    g.offers_arabic, g.language_of_address = True, language
    return choose()


@lru_cache(maxsize=256)
def _best_match(accepted: str, offered: tuple[str, ...]) -> str | None:
    """Browsers send the same few headers again and again."""
    return parse_accept_header(accepted, LanguageAccept).best_match(offered)


def current() -> str:
    return str(get_locale() or "en")


def direction(language: str) -> str:
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"


def say(words: Mapping[str, str] | str, language: str | None = None) -> str:
    """Words of the database in the reader's language, or the nearest one they exist in."""
    if isinstance(words, str):
        return words
    for code in (language or current(), "ru", "en", "ky"):
        if words.get(code):
            return words[code]
    return next(iter(words.values()), "")
