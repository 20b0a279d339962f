"""A country's two certificates, a signer, its trust list, and one synthetic pilgrim's vaccination."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
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
    encode,
    make_dsc,
    make_sca,
    new_key,
    trust_certificates,
    write_vaccination,
)
from tests.hcert.examples import CLAIM

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
    return CLAIM


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
