"""Everything the web needs, put onto the application in one place."""

from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from flask import Flask, g
from flask_wtf import CSRFProtect
from govuk_frontend_wtf.main import WTFormsHelpers
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from werkzeug.middleware.proxy_fix import ProxyFix

from registry.settings import Settings
from registry.web import access, assets, bodies, error_pages, headers, languages, sentences
from registry.web.installation import secret_key
from registry.web.labels import field_label, label
from registry.web.navigation import navigation


def init_app(app: Flask, settings: Settings) -> None:
    app.extensions["settings"] = settings
    prefix = "__Host-" if settings.uses_tls else ""
    app.config.update(
        SECRET_KEY=secret_key(settings),
        SESSION_COOKIE_NAME=f"{prefix}form",  # holds nothing but the CSRF token
        SESSION_COOKIE_SECURE=settings.uses_tls,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_absolute_hours),
        WTF_CSRF_TIME_LIMIT=None,  # a form left open over lunch must not lose what was typed
        WTF_CSRF_SSL_STRICT=False,  # no Referer is sent (Referrer-Policy: no-referrer)
    )
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    bodies.init_app(app)
    CSRFProtect(app)
    languages.init_app(app)
    access.init_app(app)
    headers.init_app(app, tls=settings.uses_tls)
    error_pages.init_app(app)
    _set_up_templates(app, settings)


def _set_up_templates(app: Flask, settings: Settings) -> None:
    WTFormsHelpers(app)
    app.jinja_loader = ChoiceLoader(
        [
            *([app.jinja_loader] if app.jinja_loader else []),
            PrefixLoader(
                {
                    "govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja"),
                    "govuk_frontend_wtf": PackageLoader("govuk_frontend_wtf"),
                }
            ),
        ]
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        day=sentences.day,
        moment=sentences.moment,
        latin_day=sentences.latin_day,
        whole_days=sentences.whole_days,
        words=languages.say,
        label=label,
        field_label=field_label,
        shown=sentences.shown,
    )
    app.jinja_env.globals.update(asset=assets.asset_url, version=version("registry"))

    @app.context_processor
    def frame() -> dict[str, object]:
        locale = languages.current()
        return {
            "current_locale": locale,
            "text_direction": languages.direction(locale),
            "languages": list(languages.LANGUAGES.items()),
            "training": settings.training,
            "navigation": navigation(),
            "signed_in": g.get("staff"),
            "actor": g.get("actor"),
            "installation_name": languages.say(settings.authority_words),
            "help_phone": settings.help_phone,
        }


def templates_folder() -> str:
    """The project's templates/ beside the package."""
    return str(Path(__file__).parents[2] / "templates")
