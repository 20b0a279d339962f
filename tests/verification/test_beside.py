"""A text may name two certificates by different means: one by its signed code, another by a link or a typed code."""

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.verification.queries import Means, verify_text
from tests.certificates.stories import certify
from tests.hcert.examples import make_signer
from tests.verification.offline_cases import ABROAD, FOREIGN, Country, believed
from tests.verification.test_pasted import ENTRY, SITE, group


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{signed}\n{other_code}", "several_codes"),
        ("{other_code} {signed}", "several_codes"),
        ("{signed}\n{other_link}", "several_codes"),
        ("{signed}\n{link}\n{code}\n{other_code}", "several_codes"),
        ("{signed}\n{link}\n{other_link}", "several_codes"),
        ("{link}\n{other_code}", "several_codes"),
        ("{abroad}\n{other_code}", "several_codes"),
        ("{small}\nкод: {other_code}", "several_codes"),
        # One certificate, or nothing that the register knows: answered as without it.
        ("{signed}\n{link}\n{code}", "in_force"),
        ("{link} {code}", "in_force"),
        ("{signed}\n7K3M-9QXD-2RTB", "in_force"),
        ("{signed}\n/v/AAAAAAAAAAAAAAAAAAAAAA", "in_force"),
        ("{signed}\nhttps://example.org/v/{other_token}", "in_force"),
        ("{stranger}\n{other_code}", "unknown_key"),
        ("/v/AAAAAAAAAAAAAAAAAAAAAA {other_code}", "unknown_link"),
    ],
)
def test_m1_a_code_of_another_certificate_beside_a_signed_one_is_told(
    session: Session, issuer: Issuer, text: str, reason: str
) -> None:
    """security M1: one person's signed code beside another's typed code or link was answered VALID."""
    (_pilgrim, one), (_pilgrim, other) = certify(session, issuer), certify(session, issuer)
    signed = one.facts["doses"][0]["signed_code"]
    named = {
        "signed": signed, "link": one.facts["verify_url"], "code": one.code, "small": signed.lower(),
        "other_code": other.code, "other_token": other.token, "other_link": other.facts["verify_url"],
        "abroad": Country(ABROAD, "KZ").sign(FOREIGN), "stranger": Country(make_signer("UZ"), "UZ").sign(FOREIGN),
    }  # fmt: skip
    means = Means(session, believed(issuer.trust), own=issuer.trust, signers=issuer.trust, url=SITE)
    assert verify_text(text.format(**named), means, at=ENTRY, timezone="Asia/Bishkek").reason == reason


def test_m1_two_certificates_in_one_line_of_a_group_are_told(
    client: FlaskClient, session: Session, issuer: Issuer, certificate: Certificate
) -> None:
    _pilgrim, other = certify(session, issuer)
    session.commit()
    signed, link = certificate.facts["doses"][0]["signed_code"], certificate.facts["verify_url"]
    rows = group(client, f"{signed} {other.code}\n{link} {other.code}\n{signed} {link} {certificate.code}")
    assert [row["status"] for row in rows] == ["unknown", "unknown", "ready"]
    assert "Several different codes" in rows[0]["reason"]


@pytest.mark.parametrize("box", ["/check/en", "/my-certificate/en"])
def test_m1_the_box_for_a_code_takes_no_two_certificates(
    client: FlaskClient, session: Session, issuer: Issuer, certificate: Certificate, box: str
) -> None:
    _pilgrim, other = certify(session, issuer)
    session.commit()
    fields = {"birth_year": "1955", "birth_on": ["12", "3", "1955"]}
    answer = client.post(box, data={"code": f"{certificate.facts['verify_url']} {other.code}", **fields})
    assert "Several different codes" in answer.text
    assert "ASANBEKOVA" not in answer.text
