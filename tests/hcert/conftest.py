"""A country's two certificates, a signer, its trust list, and one synthetic pilgrim's vaccination."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from registry.hcert import (
    Claims,
    KeySigner,
    Kind,
    TrustList,
    VaccinationClaim,
    VaccineType,
    encode,
    make_dsc,
    make_sca,
    new_key,
    trust_certificates,
    write_vaccination,
)

BEGINS = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def now() -> datetime:
    """An hour after the certificates of the country were made."""
    return BEGINS + timedelta(hours=1)


@pytest.fixture(scope="session")
def sca_key() -> ec.EllipticCurvePrivateKey:
    return new_key()


@pytest.fixture(scope="session")
def sca(sca_key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return make_sca(sca_key, country="KG", organisation="Ministry of Health", name="KG SCA 1", at=BEGINS)


@pytest.fixture(scope="session")
def signer(sca: x509.Certificate, sca_key: ec.EllipticCurvePrivateKey) -> KeySigner:
    key = new_key()
    return KeySigner(key, make_dsc(key.public_key(), sca=sca, sca_key=sca_key, name="KG DSC 1", at=BEGINS))


@pytest.fixture(scope="session")
def training_signer(sca: x509.Certificate, sca_key: ec.EllipticCurvePrivateKey) -> KeySigner:
    key = new_key()
    dsc = make_dsc(key.public_key(), sca=sca, sca_key=sca_key, name="KG DSC T", at=BEGINS, training=True)
    return KeySigner(key, dsc)


@pytest.fixture(scope="session")
def trust(sca: x509.Certificate, signer: KeySigner) -> TrustList:
    """Only `signer`, checked against its authority."""
    dsc = signer.certificate.public_bytes(Encoding.DER)
    return trust_certificates([dsc], sca=sca.public_bytes(Encoding.PEM), source="our own list")


@pytest.fixture(scope="session")
def claim() -> VaccinationClaim:
    """A meningococcal conjugate dose, as generation 3 states it."""
    return VaccinationClaim(
        name="ASANBEKOVA AIGUL",
        birth_date="1968-03-14",
        sex="female",
        nationality="KGZ",
        document_number="PE1234567",
        document_type="PPN",
        product_id="MeningococcalACYW135TetaProduct85e37fdf8b368c828f1e3bf048f6ca6d",
        given_on=date(2026, 3, 2),
        issuer="KGZ",
        lot="AB1234A",
        disease="1C1C",
        brand="MenQuadfi",
        vaccine_type=VaccineType.CONJUGATE,
        issued_on=date(2026, 3, 2),
        valid_from=date(2026, 3, 12),
        valid_until=date(2031, 3, 1),
    )


@pytest.fixture(scope="session")
def claims(claim: VaccinationClaim, now: datetime) -> Claims:
    return Claims(
        kind=Kind.DVC,
        content=write_vaccination(claim),
        issuer="KG",
        issued_at=now,
        expires_at=now + timedelta(days=365),
        cti=UUID("0f8a3c52-1d77-7e10-9a61-3f1d5a2b7c44").bytes,
    )


@pytest.fixture
def seal(signer: KeySigner, claims: Claims) -> Callable[..., str]:
    """Signs the claims, changed as asked: seal(expires_at=...)."""

    def seal_changed(**changes: Any) -> str:
        return encode(replace(claims, **changes), signer)

    return seal_changed
