"""The certificates behind a signature: how ours are made, and which of anybody's are trusted."""

from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from registry.hcert import (
    KeySigner,
    TrustList,
    UnusableCertificate,
    Usage,
    make_dsc,
    make_sca,
    new_key,
    trust_certificate,
    trust_certificates,
)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def test_a_signer_is_known_by_the_start_of_its_certificates_hash(signer: KeySigner, trust: TrustList) -> None:
    (key,) = trust.list_signers(sha256(der(signer.certificate)).digest()[:8])

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


def test_a_signer_cannot_make_signers(signer: KeySigner, now: datetime) -> None:
    key, dsc = new_key(), signer.certificate
    made = make_dsc(key.public_key(), sca=dsc, sca_key=signer.private_key, name="D", at=now)

    with pytest.raises(UnusableCertificate, match="may not sign certificates"):
        trust_certificate(der(made), sca=der(dsc), source="test")


def test_a_key_cannot_be_trusted_longer_than_its_authority(sca_key: ec.EllipticCurvePrivateKey, now: datetime) -> None:
    sca = make_sca(sca_key, country="KG", organisation="M", name="S", at=now)
    late = sca.not_valid_after_utc - timedelta(days=30)
    dsc = make_dsc(new_key().public_key(), sca=sca, sca_key=sca_key, name="D", at=late)

    assert dsc.not_valid_after_utc == sca.not_valid_after_utc
    assert trust_certificate(der(dsc), sca=der(sca), source="t").not_after == sca.not_valid_after_utc


def test_a_key_is_not_trusted_before_its_authority_begins(sca_key: ec.EllipticCurvePrivateKey, now: datetime) -> None:
    sca = make_sca(sca_key, country="KG", organisation="M", name="S", at=now)
    early = make_dsc(new_key().public_key(), sca=sca, sca_key=sca_key, name="D", at=now - timedelta(days=1))

    assert trust_certificate(der(early), sca=der(sca), source="t").not_before == now


@pytest.mark.parametrize("data", [b"", b"-----BEGIN CERTIFICATE-----", b"\x30\x03\x02\x01\x01"])
def test_what_is_no_certificate_is_refused(data: bytes) -> None:
    with pytest.raises(UnusableCertificate, match=r"not an X\.509 certificate"):
        trust_certificate(data, source="test")


def test_a_certificate_of_no_known_version_is_refused(signer: KeySigner) -> None:
    version_3, version_19 = b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x12"

    with pytest.raises(UnusableCertificate, match=r"not an X\.509 certificate"):
        trust_certificate(der(signer.certificate).replace(version_3, version_19), source="test")


@pytest.mark.parametrize("something_else", [b"\x46", b"\x03"], ids=["a type that nobody knows", "bits"])
def test_a_certificate_whose_names_cannot_be_read_is_refused(signer: KeySigner, something_else: bytes) -> None:
    name, text = b"\x55\x04\x03", b"\x0c"
    certificate = der(signer.certificate).replace(name + text, name + something_else)

    x509.load_der_x509_certificate(certificate)  # the parser has not looked at them yet
    with pytest.raises(UnusableCertificate, match="not an X"):
        trust_certificate(certificate, source="test")


@pytest.mark.parametrize(
    ("number", "value"),
    [
        pytest.param(b"\x25", b"\x30\x00", id="the usages twice"),
        pytest.param(b"\x11", b"\x30\x04\xa3\x02\x05\x00", id="a name of a kind that nobody knows"),
    ],
)
def test_usages_are_found_beside_extensions_that_the_parser_refuses(now: datetime, number: bytes, value: bytes) -> None:
    key, name = new_key(), x509.Name([])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    usage = x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.4.1.1847.2021.1.2")])
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.99"), value)
    builder = builder.add_extension(usage, critical=False).add_extension(odd, critical=False)
    # The builder writes nothing odd: the extension gets its true number afterwards.
    certificate = der(builder.sign(key, SHA256())).replace(b"\x55\x1d\x63", b"\x55\x1d" + number)

    with pytest.raises((x509.DuplicateExtension, x509.UnsupportedGeneralNameType)):
        _ = x509.load_der_x509_certificate(certificate).extensions
    assert trust_certificate(certificate, source="test").usages == {Usage.VACCINATION}


def test_a_key_of_another_family_is_refused(now: datetime) -> None:
    key = Ed25519PrivateKey.generate()
    name = x509.Name([])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))

    with pytest.raises(UnusableCertificate, match="neither elliptic curve nor RSA"):
        trust_certificate(der(builder.sign(key, None)), source="test")


@pytest.mark.parametrize("oid", ["1.3.6.1.4.1.1847.2021.1.2", "1.3.6.1.4.1.0.1847.2021.1.2"])
@pytest.mark.parametrize("false_spelt_out", [False, True])
def test_usages_are_found_in_both_spellings_even_where_the_parser_gives_up(
    now: datetime, oid: str, false_spelt_out: bool
) -> None:
    key, name = new_key(), x509.Name([])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid)]), critical=False)
    if false_spelt_out:
        false = x509.UnrecognizedExtension(x509.BasicConstraints.oid, b"\x30\x03\x01\x01\x00")
        builder = builder.add_extension(false, critical=False)
    certificate = builder.sign(key, SHA256())

    assert trust_certificate(der(certificate), source="test").usages == {Usage.VACCINATION}
    if false_spelt_out:
        with pytest.raises(ValueError, match="EncodedDefault"):
            _ = certificate.extensions


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


def test_a_signer_needs_a_key_of_the_one_curve_all_verifiers_know(
    sca: x509.Certificate, sca_key: ec.EllipticCurvePrivateKey, now: datetime
) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    dsc = make_dsc(key.public_key(), sca=sca, sca_key=sca_key, name="KG DSC 384", at=now)

    with pytest.raises(ValueError, match="not the P-256 key"):
        KeySigner(key, dsc)


def test_a_signer_does_not_show_its_key(signer: KeySigner) -> None:
    assert "private_key" not in repr(signer)
