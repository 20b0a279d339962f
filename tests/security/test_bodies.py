"""Security B3, B4: a request is refused by its size before it is read, in whichever shape it comes."""

import io
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import SignIn
from tests.security.doors import DOORS, address
from tests.security.world import World

MB = 1024 * 1024
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


def parts(*named: tuple[str, bytes], file: bytes | None = None) -> bytes:
    heads = [(f'name="{name}"', content) for name, content in named]
    if file is not None:
        heads.append(('name="file"; filename="a.csv"', file))
    return b"".join(
        b"--x\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + content + b"\r\n"
        for head, content in heads
    ) + (b"--x--\r\n")


FLOODS = {
    "one field": (URLENCODED, b"code=" + b"A-" * 250_000),
    "ten megabytes": (URLENCODED, b"code=" + b"A-" * (5 * MB - 10)),
    "many fields": (URLENCODED, b"&".join([b"a=1"] * 501)),
    "many without a value": (URLENCODED, b"&" * 400_000),
    "its charset said too": (URLENCODED + "; charset=utf-8", b"code=" + b"x" * 500_000),
    "in capitals": (URLENCODED.upper(), b"code=" + b"x" * 500_000),
    "escaped": (URLENCODED, b"code=" + b"%41" * 166_666 + b"AA"),
    "one field of parts": (MULTIPART, parts(("code", b"x" * 500_001))),
    "a sum of parts": (MULTIPART, parts(*((f"f{number}", b"x" * 60_000) for number in range(9)))),
    "many parts": (MULTIPART, parts(*((f"f{number}", b"x") for number in range(501)))),
    "a file that nobody asked for": (MULTIPART, parts(file=b"x" * 600_000)),
}


@pytest.mark.parametrize("flood", FLOODS)
@pytest.mark.parametrize("chunked", [False, True], ids=["its length said", "chunked"])
def test_b3_a_form_larger_than_any_page_needs_is_not_read(client: FlaskClient, flood: str, chunked: bool) -> None:
    kind, body = FLOODS[flood]
    english = {"Accept-Language": "en"}
    if chunked:  # as the server hands over a body without a length
        how = {"input_stream": io.BytesIO(body), "environ_overrides": {"wsgi.input_terminated": True}}
        answer = client.post("/check", content_type=kind, headers=english, **how)
    else:
        answer = client.post("/check", content_type=kind, headers=english, data=body)
    assert answer.status_code == 413
    assert "The file or the text that you sent is larger than this page takes. Nothing was saved." in answer.text
    assert "Shorten what you wrote, or divide the list" in answer.text


@pytest.mark.parametrize(
    ("path", "said"),
    [("/check/ru", "Отправленный файл или текст больше"), ("/check/group/ky", "Сиз жөнөткөн файл же текст")],
)
def test_b3_what_is_too_large_is_said_in_the_language_of_the_address(client: FlaskClient, path: str, said: str) -> None:
    """It is refused before its page is reached, where the address is read."""
    answer = client.post(path, data={"code": "x" * 500_000}, headers={"Accept-Language": "en"})
    assert answer.status_code == 413
    assert said in answer.text


FILED = {"verification.check_group": 2 * MB, "pilgrims.import_list": 10 * MB, "printing.choose": 10 * MB}


def test_b4_only_pages_with_a_file_to_choose_take_one(app: Flask) -> None:
    marked = {name: view.largest_file for name, view in app.view_functions.items() if hasattr(view, "largest_file")}
    assert marked == FILED


@pytest.mark.parametrize("endpoint", FILED)
def test_b4_beside_a_file_the_text_is_bounded_as_in_any_form(
    app: Flask, sign_in: SignIn, world: World, endpoint: str
) -> None:
    most = FILED[endpoint]
    role = DOORS["POST", endpoint].roles.split()[0]
    browser = app.test_client() if role == "nobody" else sign_in(world.staff[role])
    path = address(app, endpoint, world.naryn.names(world.bystander.id))
    bodies = {
        "a file as large as may be": (MULTIPART, parts(file=b"x" * most), False),
        "larger": (MULTIPART, parts(file=b"x" * (most + 500_001)), True),
        "fields beside it": (MULTIPART, parts(*((f"f{n}", b"x" * 99_000) for n in range(6)), file=b"x"), True),
        "no parts": (URLENCODED, urlencode({"codes": "x" * 500_000}).encode(), True),
    }
    for name, (kind, body, refused) in bodies.items():
        answer = browser.post(path, data=body, content_type=kind)
        assert (answer.status_code == 413) is refused, (name, answer.status_code)
        assert answer.status_code < 500
