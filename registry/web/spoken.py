"""Pages that many strangers open at once: each template is compiled once for each language, its words and its parts
already in it.

Looked up for each answer anew, the words and the parts of a small page cost more than all the rest of it.
"""

import re
from collections import deque
from collections.abc import Iterator
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any, cast

from babel.support import NullTranslations, Translations
from flask import current_app, request, url_for
from jinja2 import BaseLoader, Environment
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from registry.web.assets import asset_url
from registry.web.installation import settings
from registry.web.languages import direction, say

FOLDER = Path(__file__).parent / "translations"
_CALL = ("name", "lparen", "string", "rparen")
_INCLUDE = re.compile(r'{% include "([^"]+)" %}')


@cache
def _catalogue(language: str) -> NullTranslations:
    return Translations.load(FOLDER, [language])


def speak(language: str, sentence: str, **facts: object) -> str:
    """A sentence of the code in a language, its facts filled in."""
    spoken = _catalogue(language).gettext(sentence)
    return spoken % facts if facts else spoken


class Spoken(Extension):
    """Puts the translation into the place of each `_("...")`, the language into that of `current_locale`, and the part
    itself into that of each `include`.

    A call with facts stays, and fails: use `speak`.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return _INCLUDE.sub(self._write_out, source)

    def _write_out(self, include: re.Match[str]) -> str:
        loader = cast(BaseLoader, self.environment.loader)
        return self.preprocess(loader.get_source(self.environment, include[1])[0], include[1])

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        language = str(self.environment.globals["current_locale"])
        tokens = deque(stream)
        while tokens:
            read = list(islice(tokens, len(_CALL)))
            if tuple(token.type for token in read) == _CALL and read[0].value == "_":
                for _token in read:
                    tokens.popleft()
                yield Token(read[0].lineno, "string", speak(language, read[2].value))
            elif read[0].test("name:current_locale"):
                yield Token(tokens.popleft().lineno, "string", language)
            else:
                yield tokens.popleft()


def render(template: str, language: str, **context: Any) -> str:
    """A page without forms, in a language. What frames every page needs no context processor here."""
    return _environment(language).get_template(template).render(context)


@cache
def _asset(_root: str, name: str) -> str:
    """Every page names the same few files."""
    return asset_url(name)


def _environment(language: str) -> Environment:
    made = cast(dict[str, Environment], current_app.extensions.setdefault("spoken", {}))
    if language not in made:
        made[language] = _make_environment(language)
    return made[language]


def _make_environment(language: str) -> Environment:
    spoken = current_app.jinja_env.overlay()
    # No other: every answer and every macro's file that it opens goes through all of them.
    spoken.globals = {
        "request": request,
        "url_for": url_for,
        "current_locale": language,
        "text_direction": direction(language),
        "training": settings().training,
        "installation_name": say(settings().authority_words, language),
        "help_phone": settings().help_phone,
        "asset": lambda name: _asset(request.script_root, name),
    }
    spoken.filters = {**spoken.filters, "words": partial(say, language=language)}
    spoken.add_extension(Spoken)
    return spoken
