"""The pages of corrections as a browser uses them: opened, then sent with what they hold unseen."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def seen_on(page: str) -> str:
    """What a page says that it showed of its record."""
    found = re.search(r'<input[^>]*name="seen"[^>]*value="([^"]*)"', page)
    assert found, "the page does not say what it showed"
    return found[1]


def open_and_send(browser: FlaskClient, path: str, data: dict[str, Any], **options: Any) -> TestResponse:
    """Open a page and send its form, with what it says that it showed, where it shows a record to correct."""
    page = browser.get(path).text
    unseen = {"seen": seen_on(page)} if 'name="seen"' in page else {}
    return browser.post(path, data={**unseen, **data}, **options)
