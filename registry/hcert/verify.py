"""Verifies a certificate's text against the keys one trusts, at a given instant, step by step, and says why not."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from registry.hcert import base45, envelope
from registry.hcert.claims import Claims, Kind, read_claims
from registry.hcert.dvc import VaccinationClaim, read_vaccinations
from registry.hcert.envelope import Sign1
from registry.hcert.reasons import BadHcert, Reason, Step
from registry.hcert.signer import Algorithm
from registry.hcert.trust import TrustedKey, TrustList
from registry.hcert.usage import usages_needed

CLOCK_SKEW = timedelta(seconds=60)
MIN_RSA_BITS = 2048
_P256_BYTES = 32
_CANNOT_TELL = {Reason.UNKNOWN_KEY, Reason.KIND_NOT_INTERPRETED}


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
        verdict=_verdict(failed.reason if failed else None),
        reason=failed.reason if failed else None,
        steps={step.value: True if i < reached else False if i == reached else None for i, step in enumerate(Step)},
        sign1=walk.sign1,
        claims=walk.claims,
        key=walk.key,
        vaccinations=walk.vaccinations,
    )


def _take_steps(walk: _Walk, text: str, trust: TrustList, at: datetime) -> None:
    walk.sign1 = envelope.read_sign1(envelope.inflate(base45.decode(envelope.strip_prefix(text))))
    walk.claims = read_claims(walk.sign1.payload)
    walk.key = find_signer(walk.sign1, trust)
    unreadable = None
    try:
        walk.vaccinations = read_content(walk.claims)
    except BadHcert as bad:
        unreadable = bad
    check_key_usage(walk.claims, walk.key)
    check_time(walk.claims, at=at)
    check_key_period(walk.claims, walk.key, at=at)
    if unreadable:
        raise unreadable


def find_signer(sign1: Sign1, trust: TrustList) -> TrustedKey:
    """The trusted key that made this signature: every key with its kid is tried."""
    candidates = trust.list_signers(sign1.kid)
    if not candidates:
        raise BadHcert(Step.KEY, Reason.UNKNOWN_KEY)
    fitting = [key for key in candidates if _fits(key, sign1.algorithm)]
    if not fitting:
        raise BadHcert(Step.KEY, Reason.UNSUITABLE_KEY)
    for key in fitting:
        if is_signed_by(sign1, key):
            return key
    raise BadHcert(Step.SIGNATURE, Reason.WRONG_SIGNATURE)


def is_signed_by(sign1: Sign1, key: TrustedKey) -> bool:
    """Whether the signature over the received bytes is this key's."""
    message = envelope.to_be_signed(sign1.protected, sign1.payload)
    signature = sign1.signature
    try:
        if isinstance(key.public_key, rsa.RSAPublicKey):
            pss = padding.PSS(padding.MGF1(SHA256()), salt_length=SHA256.digest_size)
            key.public_key.verify(signature, message, pss, SHA256())
        elif len(signature) != 2 * _P256_BYTES:
            return False
        else:
            r, s = (int.from_bytes(half, "big") for half in (signature[:_P256_BYTES], signature[_P256_BYTES:]))
            key.public_key.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


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
    """Shell model: the key is valid now, was when it signed, and signed nothing that outlives it."""
    begins, ends = key.not_before, key.not_after
    if (begins is not None and begins > at + CLOCK_SKEW) or (ends is not None and ends < at):
        raise BadHcert(Step.TIME, Reason.KEY_NOT_CURRENT)
    if begins is not None and claims.issued_at is not None and claims.issued_at < begins:
        raise BadHcert(Step.TIME, Reason.ISSUED_BEFORE_KEY)
    if ends is not None and claims.expires_at is not None and claims.expires_at > ends:
        raise BadHcert(Step.TIME, Reason.OUTLIVES_KEY)


def read_content(claims: Claims) -> tuple[VaccinationClaim, ...]:
    """The vaccinations of a DVC; other kinds are genuine but not ours to read."""
    if claims.kind is not Kind.DVC:
        raise BadHcert(Step.CONTENT, Reason.KIND_NOT_INTERPRETED)
    return read_vaccinations(claims.content)


def _fits(key: TrustedKey, algorithm: Algorithm) -> bool:
    if isinstance(key.public_key, rsa.RSAPublicKey):
        return algorithm is Algorithm.PS256 and key.public_key.key_size >= MIN_RSA_BITS
    return algorithm is Algorithm.ES256 and isinstance(key.public_key.curve, ec.SECP256R1)


def _verdict(reason: Reason | None) -> Verdict:
    if reason is None:
        return Verdict.VALID
    return Verdict.CANNOT_TELL if reason in _CANNOT_TELL else Verdict.NOT_VALID
