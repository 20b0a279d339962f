"""What people complained of in other countries' certificates, each made impossible here.

Numbered as the complaints were collected; the sources are the issue trackers named beside each.
"""

import re
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from flask.testing import FlaskClient
from pydantic import ValidationError
from sqlmodel import Session, select

from registry import clock, hcert
from registry.campaigns.models import Antigen
from registry.certificates import services
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.certificates.sheet import SheetFacts, render_sheet
from registry.errors import Refusal
from registry.hcert import plain_cbor
from registry.hcert.reasons import Step
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.vaccines.models import Product
from registry.verification.queries import Means, verify_text
from registry.verification.rules import Finding, Reason, judge_signed
from tests.certificates.stories import certify, refresh, set_right
from tests.factories import make_pilgrim
from tests.verification.offline_cases import ARRIVAL as CLOCK
from tests.verification.offline_cases import Country

ARRIVAL = datetime(2026, 5, 11, 6, 0, tzinfo=UTC)


@pytest.fixture
def paper(session: Session, issuer: Issuer) -> tuple[Pilgrim, Certificate]:
    pilgrim, certificate = certify(session, issuer)
    session.commit()
    return pilgrim, certificate


def codes(certificate: Certificate) -> list[str]:
    return [dose["signed_code"] for dose in certificate.facts["doses"]]


def held(certificate: Certificate) -> list[str]:
    """All that somebody may show: signed codes, link, typed code."""
    return [*codes(certificate), certificate.facts["verify_url"], certificate.code]


def check(session: Session, issuer: Issuer, shown: str) -> Finding:
    return verify_text(shown, Means(session, issuer.trust, signers=issuer.trust), at=ARRIVAL, timezone="Asia/Bishkek")


def published(client: FlaskClient, issuer: Issuer, *, at: datetime = ARRIVAL) -> hcert.RevocationList:
    with clock.set_to(at):
        return hcert.read_revocation_list(client.get("/revocation-list").data, issuer.trust, at=at)


def judge_offline(text: str, issuer: Issuer, held: hcert.RevocationList, *, at: datetime = ARRIVAL) -> Reason:
    checked = hcert.verify(text, issuer.trust, at=ARRIVAL)
    judged = judge_signed(checked, held, {}, on=ARRIVAL.date(), at=at, training=True)
    assert judged is not None
    return judged[0]


def correct_name(session: Session, issuer: Issuer, pilgrim: Pilgrim) -> Certificate:
    set_right(session, pilgrim, latin_given_name="AIGULI")
    new = refresh(session, pilgrim, issuer, at=clock.now() + timedelta(hours=1))
    assert new is not None
    session.commit()
    return new


def test_1_a_revoked_certificate_is_valid_nowhere(
    session: Session, client: FlaskClient, issuer: Issuer, paper: tuple[Pilgrim, Certificate]
) -> None:
    """DIVOC 862, 524, 816: the revocation named a dose by its number; here it names the certificate."""
    _pilgrim, certificate = paper
    assert {check(session, issuer, one).verdict.value for one in held(certificate)} == {"valid"}
    services.revoke_certificate(session, certificate, reason="Shown by another", by=new_id(), at=clock.now())
    session.commit()
    for one in held(certificate):
        found = check(session, issuer, one)
        assert (found.verdict.value, found.reason) == ("not_valid", "revoked")
    listed = published(client, issuer)
    assert {judge_offline(code, issuer, listed) for code in codes(certificate)} == {Reason.REVOKED}


def test_2_a_corrected_name_makes_a_new_paper_at_once_and_the_old_one_is_never_called_forged(
    session: Session, client: FlaskClient, issuer: Issuer, paper: tuple[Pilgrim, Certificate]
) -> None:
    """DIVOC 698, 665, 672: thirteen days later the certificate was still the old one."""
    pilgrim, old = paper
    new = correct_name(session, issuer, pilgrim)
    assert new.facts["latin_name"] == "ASANBEKOVA AIGULI"
    listed = published(client, issuer)
    for one in held(old):
        found = check(session, issuer, one)
        assert (found.verdict.value, found.reason, found.facts) == ("check", "replaced", {"date": date(2025, 12, 25)})
    assert {judge_offline(code, issuer, listed) for code in codes(old)} == {Reason.REPLACED}
    assert {judge_offline(code, issuer, listed) for code in codes(new)} == {Reason.IN_FORCE}


def test_3_the_page_behind_the_code_is_light_and_needs_no_script(
    client: FlaskClient, paper: tuple[Pilgrim, Certificate]
) -> None:
    """DIVOC 625, 769, 923: the page hung in the airport."""
    answer = client.get(f"/v/{paper[1].token}")
    assert answer.status_code == 200
    assert len(answer.data) < 20_000
    assert b"<script" not in answer.data


def test_4_the_code_that_any_telephone_reads_is_a_plain_short_address(paper: tuple[Pilgrim, Certificate]) -> None:
    """DIVOC 847: ordinary readers could do nothing with it."""
    assert re.fullmatch(r"https?://[a-z0-9.:-]+/v/[\w-]{22}", paper[1].facts["verify_url"])


def test_5_every_code_reads_from_a_grey_print_of_200_dpi(paper: tuple[Pilgrim, Certificate]) -> None:
    """cwa-app-android 3514 and 3452: too fine to be read from paper."""
    with pypdfium2.PdfDocument(BytesIO(render_sheet(SheetFacts.from_json(paper[1].facts)))) as document:
        picture = document[0].render(scale=200 / 72, grayscale=True).to_pil()
    assert {code.text for code in zxingcpp.read_barcodes(picture)} == {*codes(paper[1]), paper[1].facts["verify_url"]}


def test_6_the_name_is_the_passports_own_line_on_paper_and_in_the_code(
    session: Session, issuer: Issuer, paper: tuple[Pilgrim, Certificate]
) -> None:
    """cwa-wishlist 551, 573: only the local alphabet."""
    pilgrim, certificate = paper
    line = f"{pilgrim.latin_surname} {pilgrim.latin_given_name}"
    with pypdfium2.PdfDocument(BytesIO(render_sheet(SheetFacts.from_json(certificate.facts)))) as document:
        printed = document[0].get_textpage().get_text_range()
    assert line in printed
    assert "Асанбекова" in printed
    for code in codes(certificate):
        assert hcert.verify(code, issuer.trust, at=ARRIVAL).vaccinations[0].name == line


@pytest.mark.parametrize("name", ["", " ", "АЙГУЛЬ", "AIGUL 2"])
def test_7_a_latin_name_is_read_from_the_passport_never_made_from_another_alphabet(session: Session, name: str) -> None:
    """certification-apis 209, covpass-ios 115, cwa-app-android 3670: each made it in another way."""
    with pytest.raises((ValidationError, Refusal)):
        make_pilgrim(session, latin_surname=name)


def test_8_a_list_that_is_stale_empty_or_broken_neither_passes_nor_condemns_everybody(
    issuer: Issuer, paper: tuple[Pilgrim, Certificate]
) -> None:
    """dgca-verifier-app-android 283, 285, 288: revocations never ended, or all were revoked."""
    code, country = codes(paper[1])[0], Country(issuer.signer)

    def judged(content: bytes, *, at: datetime = ARRIVAL) -> Reason:
        return judge_offline(code, issuer, hcert.read_revocation_list(content, issuer.trust, at=at), at=at)

    assert judged(country.list_of()) is Reason.IN_FORCE
    assert judged(country.list_of(), at=CLOCK + timedelta(days=8)) is Reason.LISTS_TOO_OLD
    with pytest.raises(hcert.BadRevocationList):
        judged(country.list_of()[:-1])
    newer = hcert.read_revocation_list(country.list_of(), issuer.trust, at=ARRIVAL)
    older = country.list_of(issued_at=ARRIVAL - timedelta(hours=1))
    with pytest.raises(hcert.RolledBack):
        hcert.newest(newer, hcert.read_revocation_list(older, issuer.trust, at=ARRIVAL))


def test_9_the_revocation_list_is_public_from_the_first_day(client: FlaskClient, issuer: Issuer) -> None:
    """covpass-ios 19: no revocation in the first year."""
    assert len(published(client, issuer)) == 0


def test_10_what_we_sign_passes_our_own_reading_and_names_only_known_values(
    session: Session, issuer: Issuer, paper: tuple[Pilgrim, Certificate]
) -> None:
    """dgc-testdata 81: official certificates with unknown codes, empty fields and stray spaces."""
    antigens = session.exec(select(Antigen)).all()
    products = {*session.exec(select(Product.who_product_id)), *(antigen.icd11_vaccine for antigen in antigens)}
    for code in codes(paper[1]):
        (claim,) = hcert.verify(code, issuer.trust, at=ARRIVAL).vaccinations
        assert claim.product_id in products
        assert claim.disease in {antigen.icd11_disease for antigen in antigens}
        for value in vars_of(claim):
            assert value == value.strip() != ""


def vars_of(claim: hcert.VaccinationClaim) -> list[str]:
    values = (getattr(claim, name) for name in claim.__dataclass_fields__)
    return [value for value in values if isinstance(value, str)]


def test_11_no_dose_is_called_one_of_two(paper: tuple[Pilgrim, Certificate]) -> None:
    """cwa-wishlist 731: 1/2, 2/2, 1/2 where doses came from two countries."""
    for code in codes(paper[1]):
        content = plain_cbor.load(hcert.decode(code).sign1.payload, step=Step.CLAIMS)
        assert not {"dn", "sd"} & keys_in(content)
    with pypdfium2.PdfDocument(BytesIO(render_sheet(SheetFacts.from_json(paper[1].facts)))) as document:
        printed = document[0].get_textpage().get_text_range()
    assert not re.search(r"\b[12]\s?/\s?[12]\b|\b[12] of [12]\b", printed)


def keys_in(content: object) -> set[object]:
    if not isinstance(content, dict):
        return set()
    return {*content}.union(*(keys_in(value) for value in content.values()))
