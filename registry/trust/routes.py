"""Public lists: keys and withdrawn certificates."""

from flask import Blueprint

blueprint = Blueprint("trust", __name__)
