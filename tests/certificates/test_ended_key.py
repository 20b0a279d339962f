"""A signing key whose certificate has ended: what it signs would be over before it is printed."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from registry.certificates import queries
from registry.certificates.keys import Issuer, Keyless, SignerEnded, find_issuer, load_signing
from registry.settings import Settings
from tests.certificates.stories import certified, certify, refresh, set_right, vaccinate
from tests.security.keys.losing import jobs


def test_c11_nothing_is_signed_after_the_keys_end_and_the_paper_follows(session: Session, issuer: Issuer) -> None:
    """Papers were issued whose codes had ended months before, and the night called each of them altered."""
    pilgrim = vaccinate(session)
    assert refresh(session, pilgrim, issuer, at=issuer.signs_until) is None
    assert queries.list_certificates(session, pilgrim.id) == []
    assert len(jobs(session)) == 1
    assert refresh(session, pilgrim, issuer, at=issuer.signs_until - timedelta(seconds=1)) is not None
    assert certified(session) == 1


def test_c11_a_correction_after_the_keys_end_withdraws_what_is_no_longer_true(session: Session, issuer: Issuer) -> None:
    pilgrim, certificate = certify(session, issuer)
    set_right(session, pilgrim, latin_given_name="AIGULI")
    assert refresh(session, pilgrim, issuer, at=issuer.signs_until) is None
    assert queries.standing(session, certificate, on=certificate.issued_at.date()).revocation is not None
    assert certified(session) == 0


def test_c11_whoever_asks_for_the_issuer_is_told_which_day_it_ended(settings: Settings, issuer: Issuer) -> None:
    ended = find_issuer(settings, at=issuer.signs_until)
    assert isinstance(ended, Keyless)
    with pytest.raises(SignerEnded, match=r"03\.07\.2026"):
        load_signing(settings, at=issuer.signs_until)
    assert isinstance(find_issuer(settings, at=issuer.signs_until - timedelta(days=1)), Issuer)
