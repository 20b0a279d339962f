"""One synthetic pilgrim's vaccination: what tests of codec and verifier sign."""

from datetime import date

from registry.hcert import VaccinationClaim, VaccineType

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
    valid_from=date(2026, 3, 12),
    valid_until=date(2031, 3, 1),
)
