"""The trust list of the WHO's network, with all its oddities."""

import json
from base64 import b64decode, b64encode, urlsafe_b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from registry.hcert import (
    BadTrustList,
    KeySigner,
    TrustList,
    key_id,
    new_key,
    read_trust_list,
)
from registry.hcert.trust import Role

REAL_LIST = Path(__file__).parent / "vectors" / "trustlists" / "dev-v2-trustlist.did.json"


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def java_bytes(number: int) -> str:
    """A coordinate as Java's BigInteger writes it: no leading zeros, but one where the first bit is set."""
    return urlsafe_b64encode(number.to_bytes(number.bit_length() // 8 + 1, "big")).decode().rstrip("=")


def entry(jwk: dict[str, Any], *, usage: str = "#DSC") -> dict[str, Any]:
    return {
        "id": "did:web:example.org#a2lkIGtpZCE=",
        "publicKeyJwk": {"kid": "a2lkIGtpZCE=", **jwk},
        "participant": {"code": "#KGZ"},
        "keyusage": {"code": usage},
    }


def listed(*entries: Any) -> TrustList:
    return read_trust_list(json.dumps({"verificationMethod": list(entries)}), source="test")


def ec_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    numbers = key.public_key().public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": java_bytes(numbers.x), "y": java_bytes(numbers.y)}


def test_lists_join_and_keys_with_one_kid_are_all_found(trust: TrustList) -> None:
    (key,) = trust.keys
    twice = trust | trust | listed(entry(ec_jwk(new_key())))

    assert twice.list_signers(key.kid) == (key, key)
    assert len(twice.list_signers(b"kid kid!")) == 1
    assert twice.list_signers(b"nobody's") == ()


def test_a_real_list_loads() -> None:
    trust = read_trust_list(REAL_LIST.read_bytes(), source="GDHCN DEV")

    assert len(trust.keys) == 254
    # Its second certificate is not the one that signed the first: nobody can say whose key this is.
    assert trust.skipped == (
        ("did:web:tng-cdn-dev.who.int:v2:trustlist:PH4H:XXN:DSC#AtZqPn8uzus=", "not signed by the authority it names"),
    )
    assert trust.broken_chains == {b64decode("AtZqPn8uzus=")}
    assert sum(key.role is Role.DSC for key in trust.keys) == 108
    assert sum(key.role is Role.SCA for key in trust.keys) == 139
    assert {len(key.kid) for key in trust.keys} <= {6, 8}


def test_expired_keys_of_a_real_list_are_kept_with_their_dates() -> None:
    trust = read_trust_list(REAL_LIST.read_bytes(), source="GDHCN DEV")
    day = datetime(2026, 8, 22, tzinfo=UTC)

    assert any(key.not_after is not None and key.not_after < day for key in trust.keys)


def test_bare_keys_of_a_real_list_are_those_of_its_certificates() -> None:
    document = json.loads(REAL_LIST.read_bytes())
    certified = {key.kid: key.public_key for key in read_trust_list(json.dumps(document), source="x5c").keys}
    for method in document["verificationMethod"]:
        method["publicKeyJwk"].pop("x5c", None)

    bare = read_trust_list(json.dumps(document), source="jwk")

    assert len(bare.keys) == 253
    assert [why for _, why in bare.skipped] == ["a key of the kind EC UNKNOWN CURVE"] * 2
    assert all(certified.get(key.kid, key.public_key) == key.public_key for key in bare.keys)


def test_an_authority_in_a_list_is_no_signer() -> None:
    trust = listed(entry(ec_jwk(new_key()), usage="#CSCA"))

    assert trust.keys[0].role is Role.SCA
    assert trust.list_signers(b"kid kid!") == ()


@pytest.mark.parametrize("x", [1 << 255, 1 << 256, 7])
def test_a_coordinate_that_is_not_on_the_curve_is_skipped(x: int) -> None:
    assert listed(entry({**ec_jwk(new_key()), "x": java_bytes(x)})).keys == ()


def test_keys_are_read_whatever_zeros_lead_their_numbers() -> None:
    keys = [new_key() for _ in range(20)]  # one coordinate in two has its first bit set
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    numbers = rsa_key.public_numbers()

    trust = listed(
        *(entry(ec_jwk(key)) for key in keys),
        entry({"kty": "RSA", "n": java_bytes(numbers.n), "e": java_bytes(numbers.e)}),
    )

    assert [key.public_key for key in trust.keys] == [*(key.public_key() for key in keys), rsa_key]
    assert {(key.participant, key.not_after) for key in trust.keys} == {("KGZ", None)}


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ("did:web:example.com#key", "a reference to another list"),
        (None, "a reference to another list"),
        (7, "a reference to another list"),
        ({}, "publicKeyJwk is missing or unknown"),
        ({**entry(ec_jwk(new_key())), "participant": None}, "a part of another shape than the network's"),
        ({**entry(ec_jwk(new_key())), "keyusage": {"code": "#NEW"}}, "NEW is missing or unknown"),
        (entry({}), "a key of the kind unknown"),
        (entry({**ec_jwk(new_key()), "x": 7}), "a part of another shape than the network's"),
        (entry({**ec_jwk(new_key()), "x": "not base64!"}), "a coordinate that is not base64url"),
        (entry({**ec_jwk(new_key()), "kid": "not base64!"}), "Only base64 data is allowed"),
        (entry({"x5c": ["AAAA"]}), "not an X.509 certificate"),
        (entry({"x5c": [7]}), "a part of another shape than the network's"),
        (entry({"x5c": "MIIB"}), "a key of the kind unknown"),
    ],
)
def test_an_odd_entry_is_skipped_with_a_word_why_and_the_others_stay(odd: Any, why: str) -> None:
    trust = listed(odd, entry(ec_jwk(new_key())))

    assert len(trust.keys) == 1
    assert [said for _name, said in trust.skipped] == [why]


def test_a_certified_entry_carries_the_dates_of_its_certificate(sca: x509.Certificate, signer: KeySigner) -> None:
    chain = [b64encode(der(certificate)).decode() for certificate in (signer.certificate, sca)]

    (key,) = listed(entry({"x5c": chain, "kid": b64encode(key_id(signer.certificate)).decode()})).keys

    assert (key.kid, key.not_after) == (signer.kid, signer.certificate.not_valid_after_utc)
    assert key.participant == "KGZ"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"verificationMethod": {}}', "[" * 100_000, b"\xff"])
def test_what_is_no_trust_list_is_refused(text: str | bytes) -> None:
    with pytest.raises(BadTrustList):
        read_trust_list(text, source="test")
