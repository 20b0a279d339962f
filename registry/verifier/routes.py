"""The offline verifier's page and its data."""

from flask import Blueprint

blueprint = Blueprint("verifier", __name__)
