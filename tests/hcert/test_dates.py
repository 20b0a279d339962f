"""The dates that count: of the certificate, of the key that signed it, and of the authority behind that key."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from registry.hcert import (
    Claims,
    KeySigner,
    Reason,
    Step,
    TrustList,
    VaccinationClaim,
    Verdict,
    encode,
    make_dsc,
    make_sca,
    new_key,
    trust_certificates,
    verify,
)
from registry.hcert.authority import SCA_LIFE
from tests.hcert.answers import assert_stops

DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("life", "reason"),
    [
        pytest.param((timedelta(), timedelta()), None, id="issued and expiring this second"),
        pytest.param((MINUTE, HOUR), None, id="issued by a clock that is a minute fast"),
        pytest.param((MINUTE + SECOND, HOUR), Reason.ISSUED_IN_FUTURE, id="issued later"),
        pytest.param((-HOUR, -SECOND), Reason.EXPIRED, id="expired a second ago"),
        pytest.param((-HOUR, timedelta(days=729)), None, id="until shortly before its key ends"),
        pytest.param((-HOUR, timedelta(days=730)), Reason.OUTLIVES_KEY, id="longer than its key"),
        pytest.param((-HOUR - SECOND, HOUR), Reason.ISSUED_BEFORE_KEY, id="issued before its key began"),
    ],
)
def test_a_certificate_counts_from_its_issue_to_its_expiry_within_its_keys_life(
    seal: Callable[..., str],
    trust: TrustList,
    now: datetime,
    life: tuple[timedelta, timedelta],
    reason: Reason | None,
) -> None:
    issued, expires = life

    verification = verify(seal(issued_at=now + issued, expires_at=now + expires), trust, at=now)

    assert verification.reason is reason
    assert verification.steps["time"] is (reason is None)


def test_a_certificate_must_say_when_it_was_issued_and_when_it_ends(
    seal: Callable[..., str], trust: TrustList, now: datetime
) -> None:
    assert_stops(verify(seal(issued_at=None), trust, at=now), Step.TIME, Reason.NO_ISSUE_TIME, Verdict.CANNOT_TELL)
    assert_stops(verify(seal(expires_at=None), trust, at=now), Step.TIME, Reason.NO_EXPIRY, Verdict.CANNOT_TELL)
    later = seal(not_before=now + timedelta(days=1))
    assert_stops(verify(later, trust, at=now), Step.TIME, Reason.NOT_YET_VALID)


def test_a_key_counts_only_while_it_is_valid_itself(
    seal: Callable[..., str], trust: TrustList, claims: Claims, now: datetime
) -> None:
    (key,) = trust.keys
    ended = TrustList((replace(key, not_after=now - SECOND),))
    to_come = TrustList((replace(key, not_before=now + HOUR),))

    assert_stops(verify(seal(), ended, at=now), Step.TIME, Reason.KEY_NOT_CURRENT)
    assert_stops(verify(seal(), to_come, at=now), Step.TIME, Reason.KEY_NOT_CURRENT)


def test_clocks_may_differ_by_a_minute_where_a_key_begins_and_never_at_its_end(trust: TrustList, now: datetime) -> None:
    (key,) = trust.keys

    assert replace(key, not_before=now + MINUTE, not_after=now + DAY).is_current(now)
    assert not replace(key, not_before=now + MINUTE + SECOND, not_after=now + DAY).is_current(now)
    assert replace(key, not_after=now).is_current(now)
    assert not replace(key, not_after=now - SECOND).is_current(now)


@pytest.mark.parametrize(
    ("authority_begins", "reason"),
    [
        pytest.param(-HOUR, None, id="both are valid"),
        pytest.param(MINUTE + SECOND, Reason.AUTHORITY_NOT_CURRENT, id="the authority is not valid yet"),
        pytest.param(-SCA_LIFE - SECOND, Reason.AUTHORITY_NOT_CURRENT, id="the authority has ended"),
        pytest.param(-SCA_LIFE + 30 * DAY, Reason.OUTLIVES_KEY, id="the authority ends before the certificate"),
    ],
)
def test_a_key_does_not_count_while_its_authority_is_out_of_date(
    claims: Claims,
    sca_key: ec.EllipticCurvePrivateKey,
    now: datetime,
    authority_begins: timedelta,
    reason: Reason | None,
) -> None:
    # Two certificates of one authority: the signer was certified under the first and is listed with the second.
    first, second = (
        make_sca(sca_key, country="KG", organisation="M", name="S", at=begins)
        for begins in (now - HOUR, now + authority_begins)
    )
    key = new_key()
    dsc = make_dsc(key.public_key(), sca=first, sca_key=sca_key, name="D", at=now - HOUR)
    ders = [certificate.public_bytes(Encoding.DER) for certificate in (dsc, second)]
    trust = trust_certificates(ders[:1], sca=ders[1], source="test")

    verification = verify(encode(claims, KeySigner(key, dsc)), trust, at=now)

    assert verification.reason is reason


def test_an_expired_certificate_still_says_whose_it_is(
    seal: Callable[..., str], trust: TrustList, claim: VaccinationClaim, now: datetime
) -> None:
    verification = verify(seal(expires_at=now), trust, at=now + SECOND)

    assert_stops(verification, Step.TIME, Reason.EXPIRED)
    assert verification.vaccinations == (claim,)
