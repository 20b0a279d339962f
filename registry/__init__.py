"""A vaccination campaign registry. This is its table of contents."""

from flask import Flask
from werkzeug.utils import import_string

from registry import db
from registry.settings import Settings
from registry.web import setup

FEATURES = (
    "web",
    "staff",
    "vaccines",
    "pilgrims",
    "examinations",
    "certificates",
    "printing",
    "corrections",
    "room",
    "trust",
    "verification",
    "verifier",
    "coverage",
    "interop",
)


def create_app(settings: Settings | None = None, database: db.Database | None = None) -> Flask:
    """The application: settings, one database, then each feature's routes, run again where two met."""
    settings = settings or Settings()
    app = Flask(__name__, template_folder=setup.templates_folder(), static_folder=None)
    setup.init_app(app, settings)
    db.init_app(app, database or db.Database(settings.database, limited=True))
    for feature in FEATURES:
        app.register_blueprint(import_string(f"registry.{feature}.routes:blueprint"))
    db.from_the_start(app)
    return app
