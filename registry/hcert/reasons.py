"""The steps a certificate is walked through, and the codes that say why it stopped at one of them."""

from enum import StrEnum


class Step(StrEnum):
    """In the order they are taken; a verification answers each with True, False or None (not reached)."""

    PREFIX = "prefix"
    BASE45 = "base45"
    INFLATE = "inflate"
    COSE = "cose"
    CLAIMS = "claims"
    KEY = "key"
    SIGNATURE = "signature"
    KEY_USAGE = "key_usage"
    TIME = "time"
    CONTENT = "content"


class Reason(StrEnum):
    """Stable codes: pages and commands translate them into sentences."""

    TOO_LONG = "too_long"
    WRONG_PREFIX = "wrong_prefix"
    NOT_BASE45 = "not_base45"
    NOT_COMPRESSED = "not_compressed"
    TOO_LARGE = "too_large"
    NOT_CBOR = "not_cbor"
    NOT_SIGNED = "not_signed"
    CRITICAL_HEADER = "critical_header"
    NO_ALGORITHM = "no_algorithm"
    UNSUPPORTED_ALGORITHM = "unsupported_algorithm"
    NO_KEY_ID = "no_key_id"
    WRONG_KEY_ID = "wrong_key_id"
    REVOCATION_LIST = "revocation_list"
    NOT_CLAIMS = "not_claims"
    WRONG_CLAIM = "wrong_claim"
    NO_HEALTH_CERTIFICATE = "no_health_certificate"
    SEVERAL_KINDS = "several_kinds"
    UNKNOWN_KEY = "unknown_key"
    BROKEN_CHAIN = "broken_chain"
    UNSUITABLE_KEY = "unsuitable_key"
    WRONG_SIGNATURE = "wrong_signature"
    WRONG_KEY_USAGE = "wrong_key_usage"
    WRONG_ISSUER = "wrong_issuer"
    NO_ISSUE_TIME = "no_issue_time"
    NO_EXPIRY = "no_expiry"
    ISSUED_IN_FUTURE = "issued_in_future"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    AUTHORITY_NOT_CURRENT = "authority_not_current"
    KEY_NOT_CURRENT = "key_not_current"
    ISSUED_BEFORE_KEY = "issued_before_key"
    OUTLIVES_KEY = "outlives_key"
    KIND_NOT_INTERPRETED = "kind_not_interpreted"
    UNKNOWN_SHAPE = "unknown_shape"
    UNREADABLE_CONTENT = "unreadable_content"


# The text was read whole, and its checksum is right: it is another dialect, or no certificate, but not damaged. Nothing
# was proved against it either.
UNKNOWN_DIALECT = frozenset(
    {
        Reason.TOO_LARGE,
        Reason.NOT_CBOR,
        Reason.NOT_SIGNED,
        Reason.CRITICAL_HEADER,
        Reason.NO_ALGORITHM,
        Reason.UNSUPPORTED_ALGORITHM,
        Reason.NO_KEY_ID,
        Reason.WRONG_KEY_ID,
        Reason.REVOCATION_LIST,
        Reason.NOT_CLAIMS,
        Reason.WRONG_CLAIM,
        Reason.NO_HEALTH_CERTIFICATE,
        Reason.SEVERAL_KINDS,
        Reason.NO_ISSUE_TIME,
        Reason.NO_EXPIRY,
    }
)
# Signed by a trusted key, about something that is not read here.
UNKNOWN_CONTENT = frozenset({Reason.KIND_NOT_INTERPRETED, Reason.UNKNOWN_SHAPE, Reason.UNREADABLE_CONTENT})


class BadHcert(Exception):  # noqa: N818 -- a fact, named like the house's refusals
    """The only exception that decoding raises, whatever bytes or text it is given."""

    def __init__(self, step: Step, reason: Reason) -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step
        self.reason = reason
