"""Verifies a certificate's text against the keys one trusts, at a given instant, step by step, and says why not."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from registry.hcert import base45, envelope
from registry.hcert.claims import Claims, Kind
from registry.hcert.cose import Sign1, find_signer, read_sign1
from registry.hcert.dvc import VaccinationClaim, read_vaccinations
from registry.hcert.reasons import UNKNOWN_CONTENT, UNKNOWN_DIALECT, BadHcert, Reason, Step
from registry.hcert.trust import CLOCK_SKEW, TrustedKey, TrustList, is_within
from registry.hcert.usage import usages_needed

_CANNOT_TELL = UNKNOWN_DIALECT | UNKNOWN_CONTENT | {Reason.UNKNOWN_KEY, Reason.BROKEN_CHAIN}


class Verdict(StrEnum):
    """The answer. Whether a certificate is revoked is for whoever holds the revocation list to add."""

    VALID = "valid"
    NOT_VALID = "not_valid"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. `reason` belongs to the one step that is False; steps after it are None.

    Content is filled as soon as the signature is known to be good, so that an expired certificate still says whose
    it is; believe it only together with the verdict.
    """

    verdict: Verdict
    reason: Reason | None
    steps: dict[str, bool | None]
    sign1: Sign1 | None
    claims: Claims | None
    key: TrustedKey | None
    vaccinations: tuple[VaccinationClaim, ...]

    @property
    def training(self) -> bool:
        """Whether a training key signed it: then it proves nothing about a person."""
        return self.key is not None and self.key.training


@dataclass(slots=True)
class _Walk:
    sign1: Sign1 | None = None
    claims: Claims | None = None
    key: TrustedKey | None = None
    vaccinations: tuple[VaccinationClaim, ...] = field(default=())


def verify(text: str, trust: TrustList, *, at: datetime) -> Verification:
    """The whole walk. `at` is an aware instant. Never raises for what the text contains."""
    walk = _Walk()
    failed = None
    try:
        _take_steps(walk, text, trust, at)
    except BadHcert as bad:
        failed = bad
    reached = list(Step).index(failed.step) if failed else len(Step)
    return Verification(
        verdict=verdict_of(failed.reason) if failed else Verdict.VALID,
        reason=failed.reason if failed else None,
        steps={step.value: True if i < reached else False if i == reached else None for i, step in enumerate(Step)},
        sign1=walk.sign1,
        claims=walk.claims,
        key=walk.key,
        vaccinations=walk.vaccinations,
    )


def _take_steps(walk: _Walk, text: str, trust: TrustList, at: datetime) -> None:
    walk.sign1 = read_sign1(envelope.inflate(base45.decode(envelope.strip_prefix(text))))
    walk.claims = envelope.open_claims(walk.sign1)
    walk.key = find_signer(walk.sign1, trust)
    unreadable = None
    try:
        walk.vaccinations = read_content(walk.claims)
    except BadHcert as bad:
        unreadable = bad
    check_issuer(walk.claims, walk.vaccinations, walk.key, trust)
    check_key_usage(walk.claims, walk.key)
    check_time(walk.claims, at=at)
    check_key_period(walk.claims, walk.key, at=at)
    if unreadable:
        raise unreadable


def check_issuer(claims: Claims, vaccinations: tuple[VaccinationClaim, ...], key: TrustedKey, trust: TrustList) -> None:
    """A code names no country but its signer's. Only the key says who signed: names are written by anybody.

    Of a key without a country, or of a dose's issuer (which may be any word), only that it is no other listed country.
    """
    others = trust.countries - key.countries
    named = claims.issuer.upper() if claims.issuer else None
    is_of_another = named is not None and (named not in key.countries if key.countries else named in others)
    if is_of_another or any(one.issuer and one.issuer.upper() in others for one in vaccinations):
        raise BadHcert(Step.KEY_USAGE, Reason.WRONG_ISSUER)


def check_key_usage(claims: Claims, key: TrustedKey) -> None:
    """A signer limited to some contents may sign only those."""
    if key.usages and not usages_needed(claims) <= key.usages:
        raise BadHcert(Step.KEY_USAGE, Reason.WRONG_KEY_USAGE)


def check_time(claims: Claims, *, at: datetime) -> None:
    """Issued, begun and not yet expired; clocks may differ by a minute where a certificate begins, never at its end."""
    if claims.issued_at is None:
        raise BadHcert(Step.TIME, Reason.NO_ISSUE_TIME)
    if claims.expires_at is None:
        raise BadHcert(Step.TIME, Reason.NO_EXPIRY)
    if claims.issued_at > at + CLOCK_SKEW:
        raise BadHcert(Step.TIME, Reason.ISSUED_IN_FUTURE)
    if claims.not_before is not None and claims.not_before > at + CLOCK_SKEW:
        raise BadHcert(Step.TIME, Reason.NOT_YET_VALID)
    if claims.expires_at < at:
        raise BadHcert(Step.TIME, Reason.EXPIRED)


def check_key_period(claims: Claims, key: TrustedKey, *, at: datetime) -> None:
    """Shell model: authority and key are valid now, were when it signed, and it signed nothing that outlives it."""
    if not is_within(key.authority_period, at):
        raise BadHcert(Step.TIME, Reason.AUTHORITY_NOT_CURRENT)
    if not key.is_current(at):
        raise BadHcert(Step.TIME, Reason.KEY_NOT_CURRENT)
    begins, ends = key.not_before, key.not_after
    if begins is not None and claims.issued_at is not None and claims.issued_at < begins:
        raise BadHcert(Step.TIME, Reason.ISSUED_BEFORE_KEY)
    if ends is not None and claims.expires_at is not None and claims.expires_at > ends:
        raise BadHcert(Step.TIME, Reason.OUTLIVES_KEY)


def read_content(claims: Claims) -> tuple[VaccinationClaim, ...]:
    """The vaccinations of a DVC; other kinds are genuine but not ours to read."""
    if claims.kind is not Kind.DVC:
        raise BadHcert(Step.CONTENT, Reason.KIND_NOT_INTERPRETED)
    return read_vaccinations(claims.content)


def verdict_of(reason: Reason) -> Verdict:
    """The answer that belongs to a fault."""
    return Verdict.CANNOT_TELL if reason in _CANNOT_TELL else Verdict.NOT_VALID
