"""Makes the two certificates behind a signature: the country's authority (SCA) and its document signer (DSC).

Rules: WHO smart-trust, concepts_certificate_governance.md. Exactly two levels; the SCA is kept offline.
"""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID, ObjectIdentifier

from registry.hcert.usage import VACCINATION_OID

SCA_LIFE = timedelta(days=4 * 365)
DSC_LIFE = timedelta(days=2 * 365)
TRAINING_UNIT = "TRAINING"


def new_key() -> ec.EllipticCurvePrivateKey:
    """A fresh P-256 key, the only curve the trust network supports."""
    return ec.generate_private_key(ec.SECP256R1())


def make_sca(
    key: ec.EllipticCurvePrivateKey, *, country: str, organisation: str, name: str, at: datetime, training: bool = False
) -> x509.Certificate:
    """A self-signed authority for four years. `country` is ISO 3166-1 alpha-2; `name` must be the SCA's own."""
    subject = _subject(country, organisation, name, training=training)
    builder = _certificate(subject, subject, key.public_key(), begins=at, ends=at + SCA_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(key_usage(key_cert_sign=True, crl_sign=True), critical=True)
    return builder.sign(key, SHA256())


def make_dsc(
    public_key: ec.EllipticCurvePublicKey,
    *,
    sca: x509.Certificate,
    sca_key: ec.EllipticCurvePrivateKey,
    name: str,
    at: datetime,
    training: bool = False,
) -> x509.Certificate:
    """A signer of vaccination certificates for two years, but never longer than its authority lives."""
    country, organisation = (
        _one(sca.subject, NameOID.COUNTRY_NAME),
        _one(sca.subject, NameOID.ORGANIZATION_NAME),
    )
    ends = min(at + DSC_LIFE, sca.not_valid_after_utc)
    subject = _subject(country, organisation, name, training=training)
    builder = _certificate(subject, sca.subject, public_key, begins=at, ends=ends)
    authority = sca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority), critical=False
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(key_usage(digital_signature=True), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ObjectIdentifier(VACCINATION_OID)]), critical=False)
    return builder.sign(sca_key, SHA256())


def is_training(certificate: x509.Certificate) -> bool:
    """Whether the certificate says of itself that what it signs is practice."""
    units = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return any(unit.value == TRAINING_UNIT for unit in units)


def key_usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    """The extension with these usages and no other."""
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _subject(country: str, organisation: str, name: str, *, training: bool) -> x509.Name:
    attributes = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, country),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
        x509.NameAttribute(NameOID.COMMON_NAME, name),
    ]
    if training:
        attributes.insert(2, x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, TRAINING_UNIT))
    return x509.Name(attributes)


def _one(name: x509.Name, oid: ObjectIdentifier) -> str:
    return str(name.get_attributes_for_oid(oid)[0].value)
