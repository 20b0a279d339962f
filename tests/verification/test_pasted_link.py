"""The boxes for a code understand a link with words around it, and say of other things what they are (input N42)."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.certificates.models import Certificate

GREETING = "Ассалому алейкум! Бул менин апамдын сертификаты, текшерип коёсузбу, эртең учабыз: "
WORDS = [
    "{link}", "  {link}  ", "<{link}>", "{link}.", "{link}/ru", "{bare}", "/v/{token}", "Шилтеме: {link}",
    GREETING + "{link} Рахмат!", "> {link}", "Look at {link}, please", "{link} {printed}", "{begun}=\r\n{rest}",
    "  {begun}\n  {rest}", "{link}?from=3Dchat", "{printed}", "Код: {printed}", "№ {printed}", GREETING + "{printed}",
]  # fmt: skip
FIELDS: dict[str, dict[str, Any]] = {
    "/check/en": {"birth_year": "1955"},
    "/check/en exact": {"birth_on": ["12", "3", "1955"], "exact": "1"},
    "/my-certificate/en": {"birth_on": ["12", "3", "1955"]},
}


def given(certificate: Certificate, words: str) -> str:
    link, code = str(certificate.facts["verify_url"]), certificate.code
    return words.format(
        link=link,
        bare=link.partition("//")[2],
        site=link.split("/")[2],
        token=certificate.token,
        begun=link[:-6],
        rest=link[-6:],
        printed=f"{code[:4]}-{code[4:8]}-{code[8:]}",
    )


def failures(session: Session) -> int:
    session.rollback()
    return len(session.exec(select(AuditEvent).where(AuditEvent.action == Action.CHECK_FAILED)).all())


@pytest.mark.parametrize("box", FIELDS)
def test_a_link_with_words_around_it_is_understood(client: FlaskClient, certificate: Certificate, box: str) -> None:
    for words in WORDS:
        answer = client.post(box.partition(" ")[0], data={"code": given(certificate, words), **FIELDS[box]})
        found = answer.mimetype == "application/pdf" or "ASANBEKOVA" in answer.text
        assert (answer.status_code, found) == (200, True), words


@pytest.mark.parametrize("box", FIELDS)
def test_a_link_opens_only_with_the_birth_date_too(
    client: FlaskClient, session: Session, certificate: Certificate, box: str
) -> None:
    wrong = FIELDS[box] | ({"birth_on": ["13", "3", "1955"]} if "birth_on" in FIELDS[box] else {"birth_year": "1956"})
    unknown = str(certificate.facts["verify_url"])[:-4] + "AAAA"
    for link, fields in ((given(certificate, "{link}"), wrong), (unknown, FIELDS[box])):
        answer = client.post(box.partition(" ")[0], data={"code": link, **fields})
        assert answer.status_code == 404
        assert "No certificate has this code together with" in answer.text
        assert "ASANBEKOVA" not in answer.text
    assert failures(session) == 2


@pytest.mark.parametrize(
    "words", ["https://stranger.example/v/{token}", "See https://{site}.stranger.example/v/{token}"]
)
def test_a_true_token_behind_another_address_is_refused_aloud(
    client: FlaskClient, session: Session, certificate: Certificate, words: str
) -> None:
    link = given(certificate, words)
    for box, fields in FIELDS.items():
        answer = client.post(box.partition(" ")[0], data={"code": link, **fields})
        assert answer.status_code == 404
        assert "This link leads to another site" in answer.text
        assert "ASANBEKOVA" not in answer.text
    assert failures(session) == len(FIELDS)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("{signed}", "the text of the large QR code"),
        ("Look: {signed}", "the text of the large QR code"),
        ("{cut}", "the text of the large QR code"),
        ("{link} and {other}", "Several different codes or links"),
        ("shc:/56762909524320603460", "belongs to another system"),
        ("a" * 1_001, "This is too long"),
        ("a " * 400, "together with"),
    ],
)
def test_what_is_no_code_for_typing_is_said_so(
    client: FlaskClient, certificate: Certificate, words: str, answer: str
) -> None:
    signed, link = certificate.facts["doses"][0]["signed_code"], str(certificate.facts["verify_url"])
    cut = f"{signed[:60]}\n{signed[70:130]}\n{signed[130:200]}"
    for box, fields in FIELDS.items():
        code = words.format(signed=signed, cut=cut, link=link, other=f"{link[:-4]}AAAA")
        page = client.post(box.partition(" ")[0], data={"code": code, **fields}).text
        assert answer in page, box


def test_the_box_for_a_group_understands_the_same(client: FlaskClient, certificate: Certificate) -> None:
    lines = [given(certificate, words) for words in WORDS]
    answer = client.post("/check/group/en", data={"codes": "\n".join([*lines, "JUNK"]), "answer": "csv"}).text
    assert (answer.count(";not_yet;"), answer.count(";unknown;")) == (len(WORDS), 1)
