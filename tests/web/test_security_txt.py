"""Whom to tell of a weakness: RFC 9116."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import ValidationError

from registry import create_app
from registry.settings import Settings
from tests.factories import NOW

ADDRESS = "/.well-known/security.txt"


def test_a_named_contact_is_told_with_a_day_on_which_it_ends(settings: Settings, app: Flask) -> None:
    """Security m11."""
    named = settings.model_copy(update={"security_contact": "mailto:security@example.org"})
    answer = create_app(named, app.extensions["database"]).test_client().get(ADDRESS)
    assert answer.content_type == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert fields["Contact"] == "mailto:security@example.org"
    assert fields["Canonical"] == f"{settings.url}{ADDRESS}"
    assert 0 < (datetime.fromisoformat(fields["Expires"]) - NOW).days < 365


def test_nobody_is_promised_where_nobody_was_named(client: FlaskClient) -> None:
    assert client.get(ADDRESS).status_code == 404


@pytest.mark.parametrize("contact", ["security@example.org", "http://example.org", "mailto:a@example.org\nContact: x"])
def test_a_contact_that_the_format_does_not_know_is_refused(contact: str) -> None:
    with pytest.raises(ValidationError, match="SECURITY_CONTACT"):
        Settings(security_contact=contact)
