"""Who signs: anything that holds a document signer's key, in a file today, in an HSM tomorrow."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

KID_BYTES = 8
P256_SIGNATURE_BYTES = 64
_ECDSA = ec.ECDSA(SHA256())


class Algorithm(IntEnum):
    """COSE numbers of the two algorithms every verifier must know; all others are refused."""

    ES256 = -7
    PS256 = -37


class Signer(Protocol):
    """Signs for one document signer certificate (DSC)."""

    @property
    def kid(self) -> bytes:
        """First 8 bytes of the SHA-256 of the DSC in DER."""

    @property
    def algorithm(self) -> Algorithm:
        """How `sign` signs."""

    def sign(self, message: bytes) -> bytes:
        """The signature as COSE carries it; for ES256 the raw r||s, 64 bytes."""


@dataclass(frozen=True)
class KeySigner:
    """Signs with a P-256 key in memory. ValueError when key and certificate do not belong together."""

    private_key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate
    kid: bytes = field(init=False)
    algorithm: Algorithm = field(default=Algorithm.ES256, init=False)

    def __post_init__(self) -> None:
        is_p256 = isinstance(self.private_key.curve, ec.SECP256R1)
        if not is_p256 or self.private_key.public_key() != self.certificate.public_key():
            msg = "This private key is not the P-256 key that the certificate was made for."
            raise ValueError(msg)
        object.__setattr__(self, "kid", key_id(self.certificate))

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self.private_key.sign(message, _ECDSA))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def to_der(raw: bytes) -> bytes:
    """A signature as X.509 writes it, from COSE's raw r||s."""
    half = len(raw) // 2
    return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


def key_id(certificate: x509.Certificate) -> bytes:
    """The kid of a certificate: first 8 bytes of the SHA-256 of its DER (hcert_spec.md, appendix A.1)."""
    return certificate.fingerprint(SHA256())[:KID_BYTES]
