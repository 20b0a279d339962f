"""Whose signatures count: certificates with their chain, and the WHO network's list with all its oddities."""

import json
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from registry.hcert import (
    BadTrustList,
    KeySigner,
    TrustList,
    UnusableCertificate,
    Usage,
    key_id,
    make_dsc,
    make_sca,
    new_key,
    read_trust_list,
    trust_certificate,
    trust_certificates,
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


# -- certificates


def test_a_signer_is_known_by_the_start_of_its_certificates_hash(signer: KeySigner, trust: TrustList) -> None:
    (key,) = trust.list_signers(signer.certificate.fingerprint(SHA256())[:8])

    assert key.public_key == signer.certificate.public_key()
    assert (key.participant, key.source, key.training) == ("KG", "our own list", False)
    assert key.usages == {Usage.VACCINATION}
    assert (key.not_before, key.not_after) == (
        signer.certificate.not_valid_before_utc,
        signer.certificate.not_valid_after_utc,
    )


def test_a_signer_that_its_authority_did_not_sign_is_refused(signer: KeySigner, now: datetime) -> None:
    stranger = make_sca(new_key(), country="KG", organisation="Ministry of Health", name="KG SCA 1", at=now)

    with pytest.raises(UnusableCertificate, match="not signed by the authority"):
        trust_certificates([der(signer.certificate)], sca=der(stranger), source="test")


def test_a_key_cannot_be_trusted_longer_than_its_authority(sca_key: ec.EllipticCurvePrivateKey, now: datetime) -> None:
    sca = make_sca(sca_key, country="KG", organisation="M", name="S", at=now)
    late = sca.not_valid_after_utc - timedelta(days=30)
    dsc = make_dsc(new_key().public_key(), sca=sca, sca_key=sca_key, name="D", at=late)

    assert dsc.not_valid_after_utc == sca.not_valid_after_utc
    assert trust_certificate(der(dsc), sca=der(sca), source="t").not_after == sca.not_valid_after_utc


@pytest.mark.parametrize("data", [b"", b"-----BEGIN CERTIFICATE-----", b"\x30\x03\x02\x01\x01"])
def test_what_is_no_certificate_is_refused(data: bytes) -> None:
    with pytest.raises(UnusableCertificate, match=r"not an X\.509 certificate"):
        trust_certificate(data, source="test")


def test_a_key_of_another_family_is_refused(now: datetime) -> None:
    key = Ed25519PrivateKey.generate()
    name = x509.Name([])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))

    with pytest.raises(UnusableCertificate, match="neither elliptic curve nor RSA"):
        trust_certificate(der(builder.sign(key, None)), source="test")


def test_lists_join_and_keys_with_one_kid_are_all_found(trust: TrustList) -> None:
    (key,) = trust.keys
    twice = trust | trust | listed(entry(ec_jwk(new_key())))

    assert twice.list_signers(key.kid) == (key, key)
    assert len(twice.list_signers(b"kid kid!")) == 1
    assert twice.list_signers(b"nobody's") == ()


# -- authority


def test_an_authority_is_what_the_trust_network_demands(sca: x509.Certificate) -> None:
    extensions = sca.extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage).value

    assert sca.subject.rfc4514_string() == "CN=KG SCA 1,O=Ministry of Health,C=KG"
    assert extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)
    assert (usage.key_cert_sign, usage.crl_sign, usage.digital_signature) == (True, True, False)
    assert timedelta(days=2 * 365) <= sca.not_valid_after_utc - sca.not_valid_before_utc <= timedelta(days=4 * 365 + 1)
    sca.verify_directly_issued_by(sca)


def test_a_signer_is_what_the_trust_network_demands(sca: x509.Certificate, signer: KeySigner) -> None:
    dsc = signer.certificate
    extensions = dsc.extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    authority = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    eku = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    sca_id = sca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value

    assert dsc.subject.rfc4514_string() == "CN=KG DSC 1,O=Ministry of Health,C=KG"
    assert (usage.digital_signature, usage.key_cert_sign, usage.crl_sign) == (True, False, False)
    assert authority.key_identifier == sca_id.key_identifier
    assert [oid.dotted_string for oid in eku] == ["1.3.6.1.4.1.1847.2021.1.2"]
    assert dsc.not_valid_after_utc - dsc.not_valid_before_utc == timedelta(days=730)
    assert extensions.get_extension_for_class(x509.SubjectKeyIdentifier)


def test_a_training_signer_says_so_in_its_subject(training_signer: KeySigner) -> None:
    assert training_signer.certificate.subject.rfc4514_string() == "CN=KG DSC T,OU=TRAINING,O=Ministry of Health,C=KG"
    assert trust_certificate(der(training_signer.certificate), source="test").training


def test_a_signer_needs_the_key_of_its_certificate(signer: KeySigner) -> None:
    with pytest.raises(ValueError, match="not the P-256 key"):
        KeySigner(new_key(), signer.certificate)


def test_a_signer_does_not_show_its_key(signer: KeySigner) -> None:
    assert "private_key" not in repr(signer)


# -- the network's list


def test_a_real_list_loads() -> None:
    trust = read_trust_list(REAL_LIST.read_bytes(), source="GDHCN DEV")

    assert len(trust.keys) == 254
    # Its second certificate is not the one that signed the first: nobody can say whose key this is.
    assert trust.skipped == (
        ("did:web:tng-cdn-dev.who.int:v2:trustlist:PH4H:XXN:DSC#AtZqPn8uzus=", "not signed by the authority it names"),
    )
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
    "odd",
    [
        "did:web:example.com#key",
        None,
        7,
        {},
        {**entry(ec_jwk(new_key())), "participant": None},
        {**entry(ec_jwk(new_key())), "keyusage": {"code": "#NEW"}},
        entry({}),
        entry({**ec_jwk(new_key()), "x": 7}),
        entry({**ec_jwk(new_key()), "x": "not base64!"}),
        entry({**ec_jwk(new_key()), "kid": "not base64!"}),
        entry({"x5c": ["AAAA"]}),
        entry({"x5c": [7]}),
        entry({"x5c": "MIIB"}),
    ],
)
def test_an_odd_entry_is_skipped_and_the_others_stay(odd: Any) -> None:
    trust = listed(odd, entry(ec_jwk(new_key())))

    assert len(trust.keys) == 1
    assert len(trust.skipped) == 1


def test_a_certified_entry_carries_the_dates_of_its_certificate(sca: x509.Certificate, signer: KeySigner) -> None:
    chain = [b64encode(der(certificate)).decode() for certificate in (signer.certificate, sca)]

    (key,) = listed(entry({"x5c": chain, "kid": b64encode(key_id(signer.certificate)).decode()})).keys

    assert (key.kid, key.not_after) == (signer.kid, signer.certificate.not_valid_after_utc)
    assert key.participant == "KGZ"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"verificationMethod": {}}', "[" * 100_000, b"\xff"])
def test_what_is_no_trust_list_is_refused(text: str | bytes) -> None:
    with pytest.raises(BadTrustList):
        read_trust_list(text, source="test")
