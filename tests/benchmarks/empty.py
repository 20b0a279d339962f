"""The least that an answer can cost: by the framework alone, and as a route of our own server with all its hooks."""

from flask import Flask

import registry
from registry.web.access import public

app = Flask(__name__)


@app.get("/")
@public
def nothing() -> str:
    return ""


def create_registry() -> Flask:
    """The registry with an empty route beside its own."""
    made = registry.create_app()
    made.add_url_rule("/empty", view_func=nothing)
    return made
