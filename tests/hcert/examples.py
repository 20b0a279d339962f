"""One synthetic pilgrim's vaccination: what tests of codec and verifier sign."""

from datetime import UTC, date, datetime

from cryptography.hazmat.primitives.serialization import Encoding

from registry.hcert import (
    KeySigner,
    TrustList,
    VaccinationClaim,
    VaccineType,
    make_dsc,
    make_sca,
    new_key,
    trust_certificates,
)

# A meningococcal conjugate dose, as generation 3 states it.
CLAIM = VaccinationClaim(
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
    entry_from=date(2026, 3, 12),
    entry_until=date(2031, 3, 1),
)


def make_signer(
    country: str = "KG", *, at: datetime = datetime(2025, 1, 1, tzinfo=UTC), training: bool = False
) -> KeySigner:
    """A signer whom nobody believes yet."""
    sca_key, key = new_key(), new_key()
    sca = make_sca(
        sca_key, country=country, organisation="Ministry of Health", name=f"{country} SCA", at=at, training=training
    )
    dsc = make_dsc(key.public_key(), sca=sca, sca_key=sca_key, name=f"{country} DSC", at=at, training=training)
    return KeySigner(key, dsc)


def believe(*signers: KeySigner) -> TrustList:
    """A trust list of exactly these."""
    return trust_certificates([one.certificate.public_bytes(Encoding.DER) for one in signers], source="test")
