"""Every page says in its header how to read it in another language, without JavaScript."""

import re

import pytest
from flask.testing import FlaskClient


def test_a_page_for_staff_sends_the_choice_with_the_form_of_the_header(client: FlaskClient) -> None:
    page = client.get("/sign-in", headers={"Accept-Language": "en"}).text
    assert page.count('<form id="set-language"') == 1
    buttons = re.findall(r'<button type="submit"\s+form="set-language"[^>]+formaction="([^"]+)"', page)
    assert buttons == ["/language/ky", "/language/ru"]
    answer = client.post(buttons[1], data={"next": "/sign-in"}, follow_redirects=True)
    assert '<html lang="ru"' in answer.text


@pytest.mark.parametrize("address", ["/check", "/how-to-check", "/verify"])
def test_a_page_for_strangers_has_an_address_in_each_language(client: FlaskClient, address: str) -> None:
    page = client.get(f"{address}/ar").text
    header = page[page.index("<header") : page.index("</header>")]
    assert re.findall(r'hreflang="(\w\w)"\s+href="([^"]+)"', header) == [
        (code, f"{address}/{code}") for code in ("en", "ru", "ky")
    ]
    assert re.search(r'lang="ar" aria-current="true">العربية<', header)
    assert "set-language" not in page
