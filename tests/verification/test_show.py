"""What a telephone sees: one light page, in four languages, that keeps nothing and gives nothing away."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlmodel import Session, select

from registry import clock, create_app
from registry.certificates import services as certificates
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.model import new_id
from registry.pilgrims.models import BirthPrecision
from registry.settings import Environment, Settings
from registry.vaccines.models import HoldKind, Lot, LotHold
from tests.certificates.stories import certify, refresh, set_right
from tests.factories import NOW
from tests.statements import statements

ARRIVAL = datetime(2026, 5, 11, 6, 0, tzinfo=UTC)
SECRET = "0123456789abcdef0123456789abcdef"
LANGUAGES = ("en", "ar", "ru", "ky")


def open_link(client: FlaskClient, certificate: Certificate, suffix: str = "/en", *, at: datetime = ARRIVAL) -> str:
    with clock.set_to(at):
        answer = client.get(f"/v/{certificate.token}{suffix}")
    assert answer.status_code == 200
    return answer.text


def test_the_page_shows_what_an_officer_compares(client: FlaskClient, certificate: Certificate) -> None:
    page = open_link(client, certificate)
    for shown in (
        "ASANBEKOVA AIGUL",
        "12 MAR 1955",
        "•••• 4321",
        "Meningococcal disease",
        "Influenza",
        "MenQuadfi",
        "Conjugate",
        "25 DEC 2025",
        "25 DEC 2030",
        "04 JAN 2026",
        "25 DEC 2026",
        "-".join((certificate.code[:4], certificate.code[4:8], certificate.code[8:])),
        "11 MAY 2026, 12:00 UTC+0600",
        "Ministry of Health of the Kyrgyz Republic",
    ):
        assert shown in page, shown
    assert "PE7654321" not in page
    assert "Асанбекова" not in page


def test_a_training_certificate_says_so_twice_beside_its_verdict(client: FlaskClient, certificate: Certificate) -> None:
    page = open_link(client, certificate)
    assert "TRAINING INSTALLATION" in page
    assert "It says nothing about a real person." in page
    assert "app-verdict--valid" in page


def make_real(session: Session, certificate: Certificate) -> None:
    certificate.facts = {**certificate.facts, "training": False}
    session.add(certificate)
    session.commit()


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (ARRIVAL, ("app-verdict--valid", "The vaccination requirements are met today.")),
        (datetime(2026, 1, 3, 6, tzinfo=UTC), ("app-verdict--check", "valid from 04 JAN 2026")),
        (datetime(2026, 12, 26, 6, tzinfo=UTC), ("app-verdict--not-valid", "valid until 25 DEC 2026")),
    ],
    ids=["in force", "not yet", "ended"],
)
def test_the_band_follows_the_day(
    client: FlaskClient, session: Session, certificate: Certificate, at: datetime, told: tuple[str, str]
) -> None:
    make_real(session, certificate)
    page = open_link(client, certificate, at=at)
    assert all(words in page for words in told)
    assert ("The paper says" in page) is ("app-verdict--not-valid" in page)


SAID = [
    ("ky", "Кагазда: талаптар аткарылган күнгө чейин", "Талаптар аткарылган күнгө чейин"),
    ("ru", "На бумаге: требования выполнены по", "Требования выполнены по"),
    ("ar", "مكتوب في الورقة: الشروط مستوفاة حتى", ">الشروط مستوفاة حتى"),
]


def says_itself(page: str, said: str, met: str) -> None:
    """C15: below NOT VALID stood from when until when the requirements are met."""
    assert said in page
    assert met not in page


def test_a_revoked_certificate_is_red(client: FlaskClient, session: Session, certificate: Certificate) -> None:
    certificates.revoke_certificate(session, certificate, reason="Shown by another", by=new_id(), at=NOW)
    session.commit()
    page = open_link(client, certificate)
    assert "app-verdict--not-valid" in page
    assert "withdrawn on 25 DEC 2025" in page
    says_itself(page, "The paper says: requirements met from", "Requirements met from")
    for language, said, met in SAID:
        says_itself(open_link(client, certificate, f"/{language}"), said, met)
    assert "Shown by another" not in page


def test_a_replaced_certificate_asks_for_the_new_paper(client: FlaskClient, session: Session, issuer: Issuer) -> None:
    pilgrim, old = certify(session, issuer)
    set_right(session, pilgrim, latin_given_name="AIGULI")
    new = refresh(session, pilgrim, issuer, at=NOW + timedelta(days=2))
    session.commit()
    assert new is not None
    page = open_link(client, old)
    assert "app-verdict--check" in page
    assert "replaced by a newer certificate of 27 DEC 2025" in page
    assert new.token not in page


def test_only_the_known_part_of_a_birth_date_is_shown(client: FlaskClient, session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer, birth_on=date(1955, 1, 1), birth_precision=BirthPrecision.YEAR)
    session.commit()
    page = open_link(client, certificate)
    assert "1955" in page
    assert "01 JAN 1955" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_verdict_stands_in_all_four_languages_whichever_is_read(
    client: FlaskClient, certificate: Certificate, language: str
) -> None:
    page = open_link(client, certificate, f"/{language}")
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page
    for word in ("VALID", "صالحة", "ДЕЙСТВИТЕЛЕН", "ЖАРАКТУУ"):
        assert word in page
    assert "ASANBEKOVA AIGUL" in page
    assert ("app.rtl" in page) is (language == "ar")


@pytest.mark.parametrize(
    ("accepted", "language"), [("ar-SA,ar;q=0.9", "ar"), ("ru", "ru"), ("ky-KG,ky", "ky"), ("fr", "en"), ("", "en")]
)
def test_without_a_language_in_the_address_the_browser_is_asked(
    client: FlaskClient, certificate: Certificate, accepted: str, language: str
) -> None:
    page = client.get(f"/v/{certificate.token}", headers={"Accept-Language": accepted}).text
    assert f'<html lang="{language}"' in page


def test_the_page_is_light_and_keeps_nothing(client: FlaskClient, certificate: Certificate) -> None:
    for suffix in ("", *(f"/{language}" for language in LANGUAGES)):
        answer = client.get(f"/v/{certificate.token}{suffix}")
        assert len(answer.data) < 20_000
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "<script" not in answer.text
        assert "<form" not in answer.text
        assert "HC1:" not in answer.text


def test_a_look_costs_one_read_and_no_write(
    app: Flask, client: FlaskClient, session: Session, certificate: Certificate
) -> None:
    with statements(session.get_bind().engine) as asked:
        open_link(client, certificate)
    words = [one.text.split()[0] for one in asked]
    assert [word for word in words if word in {"SELECT", "INSERT", "UPDATE", "DELETE"}] == ["SELECT"]


@pytest.mark.parametrize("suffix", ["", "/ar"])
def test_an_unknown_link_is_grey_and_not_found(client: FlaskClient, suffix: str) -> None:
    answer = client.get(f"/v/AAAAAAAAAAAAAAAAAAAAAA{suffix}")
    assert answer.status_code == 404
    assert "app-verdict--unknown" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_neither_code_nor_id_opens_the_link(client: FlaskClient, certificate: Certificate) -> None:
    for guess in (certificate.code, certificate.id.hex, str(certificate.id)):
        assert client.get(f"/v/{guess}").status_code == 404


def test_a_recalled_lot_is_told_beside_the_verdict_and_does_not_change_it(
    client: FlaskClient, session: Session, certificate: Certificate
) -> None:
    hold_lot(session, HoldKind.RECALL)
    page = open_link(client, certificate)
    assert "app-verdict--valid" in page
    assert "A vaccine lot on this certificate was recalled on 25 DEC 2025." in re.sub(r"<[^>]+>", "", page)
    hold_lot(session, HoldKind.RELEASE)
    assert "recalled" not in open_link(client, certificate)


def hold_lot(session: Session, kind: HoldKind) -> None:
    lot = session.exec(select(Lot)).first()
    assert lot is not None
    session.add(LotHold(lot_id=lot.id, kind=kind, reason="so", by_id=new_id(), at=NOW))
    session.commit()


def test_elsewhere_a_training_certificate_is_not_valid(
    settings: Settings, app: Flask, certificate: Certificate
) -> None:
    real = Settings(
        var_dir=settings.var_dir, env=Environment.PRODUCTION, secret_key=SecretStr(SECRET), public_url="https://e.kg"
    )
    client = create_app(real, app.extensions["database"]).test_client()
    page = open_link(client, certificate)
    assert "app-verdict--not-valid" in page
    assert "This is a training certificate." in page
    assert "TRAINING INSTALLATION" not in page


def test_the_help_telephone_stands_on_the_page(settings: Settings, app: Flask, certificate: Certificate) -> None:
    client = create_app(
        Settings(var_dir=settings.var_dir, help_phone="+996 312 000 000"), app.extensions["database"]
    ).test_client()
    for path in (f"/v/{certificate.token}/en", "/v/unknown/en", "/check/en", "/how-to-check/en"):
        assert "+996 312 000 000" in client.get(path).text, path


def test_every_public_page_leads_to_the_others(client: FlaskClient, certificate: Certificate) -> None:
    places = ("how-to-check", "check", "check/group", "verify", "my-certificate")
    for page in (f"/v/{certificate.token}", "/check", "/check/group", "/my-certificate", "/how-to-check"):
        text = client.get(f"{page}/ar").text
        assert [place for place in places if f'href="/{place}/ar"' not in text] == [], page
    for place in places:
        assert client.get(f"/{place}/ar").status_code == 200
