"""One page to print and keep at the gate."""

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize("language", ["en", "ar", "ru", "ky"])
def test_the_page_is_light_keeps_nothing_and_speaks_each_language(client: FlaskClient, language: str) -> None:
    answer = client.get(f"/how-to-check/{language}")
    assert answer.status_code == 200
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in answer.text
    assert len(answer.data) < 20_000
    assert "Set-Cookie" not in answer.headers
    assert "<script" not in answer.text


def test_it_names_the_verdicts_and_the_addresses(client: FlaskClient) -> None:
    page = client.get("/how-to-check/en").text
    for told in ("VALID", "CHECK", "NOT VALID", "COULD NOT CHECK", "Compare with the passport", "Without a network"):
        assert told in page
    for path in ("/verify", "/check", "/check/group"):
        assert f"http://127.0.0.1:8000{path}</bdi>" in page
