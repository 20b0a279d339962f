"""Security M1: a certificate's signed codes say what its facts say, or nobody relies on it."""

import json
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from registry.certificates.codes import CodesDiffer, KeysUnreadable, check_codes, find_contradictions, find_differences
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.hcert import decode, encode, read_vaccinations, trust_certificates
from tests.certificates.ghosts import altered
from tests.certificates.stories import certify
from tests.hcert.examples import make_signer

BEFORE = Path(__file__).parent / "before"


@pytest.fixture
def certificate(session: Session, issuer: Issuer) -> Certificate:
    _pilgrim, certificate = certify(session, issuer)
    return certificate


def test_a_certificate_as_it_was_issued_differs_in_nothing(certificate: Certificate, issuer: Issuer) -> None:
    assert find_differences(certificate, issuer.trust) == ()
    check_codes(certificate, issuer.trust)


@pytest.mark.parametrize(
    ("differing", "facts", "dose"),
    [
        ("name", {"latin_name": "GHOST NEVERSEEN"}, {}),
        ("birth_date", {"birth_date": "1971-03-14"}, {}),
        ("birth_date", {"birth_precision": "year"}, {}),
        ("document", {"passport_number": "PE7777777"}, {}),
        ("lot", {}, {"lot": "SOLD-0001"}),
        ("given_on", {}, {"given_on": "2025-11-04"}),
        # What the finding does not name.
        ("sex", {"sex": "male"}, {}),
        ("nationality", {"nationality": "UZB"}, {}),
        ("product", {}, {"product": "Nimenrix"}),
        ("vaccine_type", {}, {"vaccine_type": "polysaccharide"}),
        ("disease", {}, {"disease": {"en": "Yellow fever"}}),
        ("disease", {}, {"disease": {"en": "Meningococcal disease ACWY", "ar": "الحمى الصفراء"}}),
        ("disease", {}, {"disease": {"en": "COVID-19", "ru": "Менингококковая инфекция ACWY"}}),
        ("issued_on", {"issued_on": "2025-11-01"}, {}),
        ("printed_days", {"entry_until": "2030-12-25"}, {}),
        ("signature", {}, {"signed_code": "HC1:6BF"}),
        ("facts", {}, {"signed_code": None}),
        ("facts", {"doses": [{}]}, {}),
    ],
)
def test_each_altered_fact_is_named(
    certificate: Certificate, issuer: Issuer, differing: str, facts: dict[str, Any], dose: dict[str, Any]
) -> None:
    forged = altered(certificate, facts, dose=dose)
    assert find_differences(forged, issuer.trust) == (differing,)
    with pytest.raises(CodesDiffer) as refused:
        check_codes(forged, issuer.trust)
    assert refused.value.alarm.differing == (differing,)
    assert "GHOST" not in str(refused.value), "an alarm names facts, never what they say"


def test_days_of_entry_moved_in_their_column_alone_are_named(certificate: Certificate, issuer: Issuer) -> None:
    certificate.valid_until = date(2030, 12, 25)
    assert find_differences(certificate, issuer.trust) == ("entry_days", "printed_days", "doses")


@pytest.mark.parametrize("generation", [3, 1])
def test_m1_a_dose_cut_out_or_doubled_is_named(session: Session, issuer: Issuer, generation: int) -> None:
    """Each code is true. Where a dose that ends later was cut out the rest adds up: the log tells (test_altered)."""
    _pilgrim, certificate = certify(session, replace(issuer, dvc_generation=generation))
    later, sooner = certificate.facts["doses"]
    assert "doses" in find_differences(altered(certificate, {"doses": [later]}), issuer.trust)
    assert "doses" in find_differences(altered(certificate, {"doses": [later, sooner, later]}), issuer.trust)
    assert "doses" in find_differences(altered(certificate, {"doses": [later, sooner, sooner]}), issuer.trust)


def test_m1_words_that_the_register_does_not_know_are_no_difference(certificate: Certificate, issuer: Issuer) -> None:
    """A campaign file words its diseases as it likes: a paper keeps its words when the file changes them."""
    for words in ({"en": "Meningitis of four kinds"}, {"en": "Meningococcal Disease ACWY "}, {"xx": "Грипп A"}):
        assert find_differences(altered(certificate, {}, dose={"disease": words}), issuer.trust) == ()


@pytest.mark.parametrize("doses", [None, "none", ["a dose"], [None], [[]]])
def test_m1_doses_that_are_none_have_no_codes_to_believe(certificate: Certificate, issuer: Issuer, doses: Any) -> None:
    certificate.facts = {**certificate.facts, "doses": doses}
    assert find_differences(certificate, issuer.trust) == ("facts",)


def test_a_code_that_another_key_signed_is_none(certificate: Certificate, issuer: Issuer) -> None:
    """Whoever can write to the database can also write a code, but not sign it with our key."""
    (first, _second) = certificate.facts["doses"]
    signer = make_signer()
    forged = altered(certificate, {}, dose={"signed_code": encode(decode(first["signed_code"]).claims, signer)})
    assert find_differences(forged, issuer.trust) == ("signature",)
    assert find_contradictions(forged) == (), "what is said agrees"
    with pytest.raises(KeysUnreadable):  # and proves nothing
        check_codes(forged, None)


def test_a_certificate_without_doses_has_no_codes_to_believe(certificate: Certificate, issuer: Issuer) -> None:
    certificate.facts = {**certificate.facts, "doses": []}
    assert find_differences(certificate, issuer.trust) == ("facts",)


def test_comparing_is_cheap(certificate: Certificate, issuer: Issuer) -> None:
    """Measured 0.2 ms a dose, in processor time; the margin is wide, for the machine is shared."""
    begun = time.process_time()
    for _ in range(50):
        find_differences(certificate, issuer.trust)
    assert (time.process_time() - begun) / 50 < 0.005


def test_codes_of_generation_1_state_each_dose_and_together_the_certificate(session: Session, issuer: Issuer) -> None:
    """Certificate C5."""
    _pilgrim, certificate = certify(session, replace(issuer, dvc_generation=1))
    signed = [read_vaccinations(decode(one["signed_code"]).claims.content)[0] for one in certificate.facts["doses"]]
    assert [str(one.valid_until) for one in signed] == ["2030-12-25", "2026-12-25"]
    assert find_differences(certificate, issuer.trust) == ()
    longer = altered(certificate, {}, dose={"valid_until": "2035-12-25"})
    assert find_differences(longer, issuer.trust) == ("entry_days",)
    other_maker = altered(certificate, {}, dose={"manufacturer": "Somebody"})
    assert find_differences(other_maker, issuer.trust) == ("manufacturer",)


@pytest.mark.parametrize("generation", [3, 1])
def test_certificates_issued_before_the_codes_had_days_of_their_own_still_agree(generation: int) -> None:
    stored = json.loads((BEFORE / f"generation_{generation}.json").read_text("utf-8"))
    trust = trust_certificates([stored["signer"].encode()], source="before", sca=stored["authority"].encode())
    certificate = Certificate.model_validate(stored["certificate"])
    assert find_differences(certificate, trust) == ()
    assert find_differences(altered(certificate, {"entry_until": "2027-01-01"}), trust) == ("printed_days",)
