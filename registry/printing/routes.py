"""Bulk printing."""

from flask import Blueprint

blueprint = Blueprint("printing", __name__)
