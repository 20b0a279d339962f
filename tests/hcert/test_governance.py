"""The network's rules for certificates: ours keep them all, and the breach of each is seen."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from registry.hcert import KeySigner, Role, new_key
from registry.hcert.governance import RULES, Fault, faults

YEAR, DAY = timedelta(days=365), timedelta(days=1)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def usage(**set_bits: bool) -> x509.KeyUsage:
    bits = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
            "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]  # fmt: skip
    return x509.KeyUsage(**{bit: set_bits.get(bit, False) for bit in bits})


def subject(*names: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in names])


GOOD_NAME = subject((NameOID.COUNTRY_NAME, "KG"), (NameOID.COMMON_NAME, "KG TEST"))


class Maker:
    """Makes certificates that keep every rule of a role but the one that a test changes."""

    def __init__(self, role: Role, at: datetime) -> None:
        self.at = at
        self.key: Key = new_key()
        self.name, self.life = GOOD_NAME, {Role.SCA: 4 * YEAR}.get(role, 2 * YEAR)
        self.extensions: dict[type[x509.ExtensionType], x509.ExtensionType | None] = {
            x509.KeyUsage: usage(key_cert_sign=True) if role is Role.SCA else usage(digital_signature=True),
            x509.BasicConstraints: x509.BasicConstraints(True, 0) if role is Role.SCA else None,
            x509.ExtendedKeyUsage: x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
            if role is Role.TLS
            else None,
        }

    def make(
        self, sca: x509.Certificate | None = None, sca_key: ec.EllipticCurvePrivateKey | None = None
    ) -> x509.Certificate:
        public_key = self.key.public_key()
        builder = x509.CertificateBuilder().subject_name(self.name).issuer_name(sca.subject if sca else self.name)
        builder = builder.public_key(public_key).serial_number(7)
        builder = builder.not_valid_before(self.at).not_valid_after(self.at + self.life)
        usual: dict[type[x509.ExtensionType], x509.ExtensionType | None] = {
            x509.SubjectKeyIdentifier: x509.SubjectKeyIdentifier.from_public_key(public_key)
        }
        if sca:
            usual[x509.AuthorityKeyIdentifier] = sca_identifier(sca)
        for extension in (usual | self.extensions).values():
            if extension:
                builder = builder.add_extension(extension, critical=False)
        return builder.sign(sca_key or self.key, SHA256())


def sca_identifier(sca: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = sca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def test_the_certificates_we_make_keep_every_rule(
    sca: x509.Certificate, signer: KeySigner, training_signer: KeySigner
) -> None:
    assert faults(sca, Role.SCA, country="KG") == []
    assert faults(signer.certificate, Role.DSC, country="KG", sca=sca) == []
    assert faults(training_signer.certificate, Role.DSC, country="KG", sca=sca) == []


def test_what_the_maker_of_these_tests_makes_keeps_every_rule(
    sca: x509.Certificate, sca_key: ec.EllipticCurvePrivateKey, now: datetime
) -> None:
    for role in (Role.SCA, Role.UP, Role.TLS):
        assert faults(Maker(role, now).make(), role, country="KG") == []
    assert faults(Maker(Role.DSC, now).make(sca, sca_key), Role.DSC, country="KG", sca=sca) == []


def name(*names: tuple[x509.ObjectIdentifier, str]) -> dict[str, Any]:
    return {"name": subject(*names)}


def extension(kind: type[x509.ExtensionType], value: x509.ExtensionType | None) -> dict[str, Any]:
    return {"extensions": {kind: value}}


C, CN = NameOID.COUNTRY_NAME, NameOID.COMMON_NAME
BREACHES = [
    *((role, change, fault) for role in (Role.SCA, Role.DSC) for change, fault in [
        (name((C, "KG")), Fault.NO_NAME),
        (name((C, "KG"), (CN, " ")), Fault.NO_NAME),
        (name((CN, "KG TEST")), Fault.WRONG_COUNTRY),
        (name((C, "KZ"), (CN, "KG TEST")), Fault.WRONG_COUNTRY),
        (name((C, "KG"), (C, "KG"), (CN, "KG TEST")), Fault.WRONG_COUNTRY),
    ]),
    (Role.SCA, extension(x509.BasicConstraints, x509.BasicConstraints(True, 1)), Fault.LONGER_CHAINS),
    (Role.SCA, extension(x509.BasicConstraints, x509.BasicConstraints(True, None)), Fault.LONGER_CHAINS),
    (Role.SCA, extension(x509.KeyUsage, usage(crl_sign=True)), Fault.CANNOT_SIGN_CERTIFICATES),
    (Role.SCA, extension(x509.KeyUsage, None), Fault.CANNOT_SIGN_CERTIFICATES),
    (Role.SCA, extension(x509.SubjectKeyIdentifier, None), Fault.NO_KEY_IDENTIFIER),
    (Role.SCA, {"key": ec.generate_private_key(ec.SECP224R1())}, Fault.WEAK_KEY),
    (Role.SCA, {"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)}, Fault.WEAK_KEY),
    (Role.SCA, {"life": 2 * YEAR - DAY}, Fault.WRONG_LIFE),
    (Role.SCA, {"life": 4 * YEAR + 2 * DAY}, Fault.WRONG_LIFE),
    (Role.DSC, extension(x509.KeyUsage, usage(key_cert_sign=True)), Fault.CANNOT_SIGN),
    (Role.DSC, {"key": ec.generate_private_key(ec.SECP384R1())}, Fault.WEAK_KEY),
    (Role.DSC, {"key": rsa.generate_private_key(public_exponent=65537, key_size=1024)}, Fault.WEAK_KEY),  # noqa: S505 -- weak on purpose
    (Role.DSC, extension(x509.AuthorityKeyIdentifier, None), Fault.ANOTHER_AUTHORITY_KEY),
    (Role.DSC, extension(x509.AuthorityKeyIdentifier, x509.AuthorityKeyIdentifier(b"another", None, None)),
     Fault.ANOTHER_AUTHORITY_KEY),
    (Role.DSC, {"life": 5 * YEAR}, Fault.OUTLIVES_AUTHORITY),
    *((role, change, fault) for role in (Role.UP, Role.TLS) for change, fault in [
        (extension(x509.KeyUsage, usage(key_agreement=True)), Fault.CANNOT_SIGN),
        ({"life": YEAR - DAY}, Fault.WRONG_LIFE),
        ({"life": 2 * YEAR + 2 * DAY}, Fault.WRONG_LIFE),
    ]),
    (Role.TLS, extension(x509.ExtendedKeyUsage, None), Fault.NOT_FOR_CLIENTS),
    (Role.TLS, extension(x509.ExtendedKeyUsage, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])),
     Fault.NOT_FOR_CLIENTS),
]  # fmt: skip


@pytest.mark.parametrize("breach", BREACHES, ids=[f"{role} {fault}" for role, _change, fault in BREACHES])
def test_the_breach_of_one_rule_is_the_one_fault(
    sca: x509.Certificate,
    sca_key: ec.EllipticCurvePrivateKey,
    now: datetime,
    breach: tuple[Role, dict[str, Any], Fault],
) -> None:
    role, change, fault = breach
    maker = Maker(role, now)
    vars(maker).update({**change, "extensions": maker.extensions | change.get("extensions", {})})

    certificate = maker.make(sca, sca_key) if role is Role.DSC else maker.make()

    assert faults(certificate, role, country="KG", sca=sca) == [fault]


def test_an_ordinary_certificate_is_no_authority(now: datetime) -> None:
    maker = Maker(Role.SCA, now)
    for constraints in (None, x509.BasicConstraints(False, None)):
        maker.extensions[x509.BasicConstraints] = constraints
        assert faults(maker.make(), Role.SCA, country="KG") == [Fault.NOT_AN_AUTHORITY, Fault.LONGER_CHAINS]


def test_a_signer_is_not_judged_without_its_authority(
    sca: x509.Certificate, sca_key: ec.EllipticCurvePrivateKey, signer: KeySigner, now: datetime
) -> None:
    stranger = Maker(Role.DSC, now).make(sca, new_key())

    assert faults(stranger, Role.DSC, country="KG", sca=sca) == [Fault.NOT_SIGNED_BY_AUTHORITY]
    assert faults(signer.certificate, Role.DSC, country="KG") == [
        Fault.NOT_SIGNED_BY_AUTHORITY,
        Fault.ANOTHER_AUTHORITY_KEY,
        Fault.OUTLIVES_AUTHORITY,
    ]


def test_a_certificate_that_cannot_be_read_is_said_to_be_so(now: datetime) -> None:
    maker = Maker(Role.UP, now)
    maker.extensions[x509.BasicConstraints] = x509.UnrecognizedExtension(
        x509.BasicConstraints.oid, b"\x30\x03\x01\x01\x00"
    )

    assert faults(maker.make(), Role.UP, country="KG") == [Fault.UNREADABLE]


def test_a_key_of_a_family_that_nobody_verifies_is_too_weak(now: datetime) -> None:
    maker = Maker(Role.SCA, now)
    authority_key: Any = Ed25519PrivateKey.generate()
    maker.key = authority_key

    certificate = maker.make(sca_key=new_key())

    assert faults(certificate, Role.SCA, country="KG") == [Fault.WEAK_KEY]


def test_every_rule_has_a_sentence_and_a_breach() -> None:
    assert set(RULES) == set(Fault)
    shown = {fault for _role, _change, fault in BREACHES}
    assert set(Fault) - shown == {Fault.UNREADABLE, Fault.NOT_AN_AUTHORITY, Fault.NOT_SIGNED_BY_AUTHORITY}
