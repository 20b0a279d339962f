"""The codec against certificates, keys and a trust list that others published (see vectors/ORIGIN.md)."""

import json

import pytest

from registry.hcert import Reason, Verdict, trust_certificates, verify
from registry.hcert.claims import read_claims
from registry.hcert.cose import is_signed_by, read_sign1
from tests.hcert.published import ALL, VECTORS, Vector

HCERT = VECTORS / "hcert-testdata"


def test_the_published_collection_is_complete() -> None:
    assert len(ALL) == 92
    assert sum(len(vector.expected) for vector in ALL) == 485
    assert sum(not stage for vector in ALL for stage in vector.expected.values()) == 26


# The collection's known faults (its README names them) lie in vectors not copied here, but for SE/2: its date carries a
# CBOR tag, which we take off, so that it too agrees.
@pytest.mark.parametrize("vector", ALL, ids=lambda vector: vector.name)
def test_every_stage_agrees_with_what_the_vector_states(vector: Vector) -> None:
    assert vector.outcome() == vector.expected


def test_a_genuine_certificate_of_another_kind_is_verified_but_not_judged() -> None:
    vector = next(vector for vector in ALL if vector.name == "AT/1")

    verification = verify(vector.text, vector.trust, at=vector.clock)

    assert verification.verdict is Verdict.CANNOT_TELL
    assert verification.reason is Reason.KIND_NOT_INTERPRETED
    assert [step for step, passed in verification.steps.items() if not passed] == ["content"]


@pytest.mark.parametrize(("issuer", "signed"), [(1, True), (2, False), (3, False), (4, False)])
def test_the_raw_cose_message_verifies_with_the_key_of_issuer_1_only(issuer: int, signed: bool) -> None:
    sign1 = read_sign1((HCERT / "test1.bin").read_bytes())
    (key,) = trust_certificates([(HCERT / f"issuer{issuer}.crt").read_bytes()], source="PEM").keys

    assert is_signed_by(sign1, key) is signed
    assert read_claims(sign1.payload).content == json.loads((HCERT / "test1.json").read_text(encoding="utf-8"))
