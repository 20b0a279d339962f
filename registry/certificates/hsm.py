"""The signer's key on a PKCS#11 token: made inside, usable by who knows the PIN, never to be taken out.

Loaded only where REGISTRY_HSM_MODULE is set. A key belongs to a certificate when the token's public key is the
certificate's; labels are for people.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

from registry.certificates.rules import KeysFault
from registry.errors import N_
from registry.hcert import Algorithm, key_id
from registry.settings import Settings

LABEL = "registry DSC"
_ID_BYTES = 8
_PIN_FAULTS = (pkcs11.PinExpired, pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked)


class TokenFault(KeysFault):
    sentence = N_(
        "The token %(token)s does not sign (%(why)s). See that it is there, and what REGISTRY_HSM_MODULE, "
        "REGISTRY_HSM_TOKEN and REGISTRY_HSM_PIN say."
    )


class ModuleUnusable(TokenFault):
    sentence = N_(
        "The file %(module)s is not a token's library, or cannot be loaded. See what REGISTRY_HSM_MODULE says."
    )


class TokenMissing(TokenFault):
    sentence = N_(
        "No token, or more than one, has the label %(token)s. Plug the right one in, and see what REGISTRY_HSM_TOKEN "
        "says."
    )


class PinRefused(TokenFault):
    sentence = N_(
        "The token %(token)s does not accept the PIN. See what REGISTRY_HSM_PIN says before you try again: a token "
        "locks itself after a few wrong ones."
    )


class KeyNotOnToken(TokenFault):
    sentence = N_(
        "The token %(token)s does not hold the key of the certificate dsc.pem. Plug in the token on which it was made; "
        "if that one is lost, make a new key with: registry keys rotate"
    )


class NoKeyOfLabel(TokenFault):
    sentence = N_(
        "The token %(token)s must have exactly one P-256 key with the label %(label)s. See with the token's own tool "
        "which keys it has."
    )


@dataclass(frozen=True)
class TokenSigner:
    """Signs on the token. One session serves all threads of a process, one after the other."""

    certificate: x509.Certificate
    token: str
    private_key: Any = field(repr=False)
    kid: bytes = field(init=False)
    algorithm: Algorithm = field(default=Algorithm.ES256, init=False)
    _turn: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kid", key_id(self.certificate))

    def sign(self, message: bytes) -> bytes:
        """Raw r||s, as tokens and COSE have it. Raises TokenFault when the token is gone."""
        digest = hashlib.sha256(message).digest()
        with self._turn, _faults_of(self.token):
            return bytes(self.private_key.sign(digest, mechanism=pkcs11.Mechanism.ECDSA))


def open_signer(settings: Settings, certificate: x509.Certificate) -> TokenSigner:
    """The signer of this certificate. Raises TokenFault."""
    missing = KeyNotOnToken(token=settings.hsm_token)
    with _faults_of(settings.hsm_token, missing):
        session = _open(settings)
        # All of them before the next question: a session searches for one thing at a time.
        for public in list(session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PUBLIC_KEY})):
            if _public_key(public) == certificate.public_key():
                private = session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, id=public.id)
                return TokenSigner(certificate, settings.hsm_token, private)
    raise missing


def make_key(settings: Settings, *, label: str | None = None) -> ec.EllipticCurvePublicKey:
    """The public half of a new P-256 key, or of the one that already has this `label` on the token."""
    missing = NoKeyOfLabel(token=settings.hsm_token, label=label or LABEL)
    with _faults_of(settings.hsm_token, missing):
        session = _open(settings, writes=True)
        if label is None:
            curve = encode_named_curve_parameters("secp256r1")
            domain = session.create_domain_parameters(
                pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: curve}, local=True
            )
            public, _private = domain.generate_keypair(
                store=True,
                id=os.urandom(_ID_BYTES),
                label=LABEL,
                private_template={pkcs11.Attribute.EXTRACTABLE: False, pkcs11.Attribute.SENSITIVE: True},
            )
        else:
            public = session.get_key(pkcs11.ObjectClass.PUBLIC_KEY, label=label)
        key = _public_key(public)
    if key is None or not isinstance(key.curve, ec.SECP256R1):
        raise missing
    return key


def _open(settings: Settings, *, writes: bool = False) -> Any:
    """A session, untyped as all on the token: the library's types do not say what a key found there can do."""
    pin = settings.hsm_pin.get_secret_value() if settings.hsm_pin else ""
    try:
        library = pkcs11.lib(str(settings.hsm_module))
    except pkcs11.PKCS11Error:
        raise ModuleUnusable(module=settings.hsm_module) from None
    if _Loaded.by != os.getpid():
        # A process born by fork has its parent's library without its parent's sessions.
        library.reinitialize()
        _Loaded.by = os.getpid()
    token = library.get_token(token_label=settings.hsm_token)
    try:
        return token.open(rw=writes, user_pin=pin)
    except pkcs11.UserAlreadyLoggedIn:  # all sessions of a process are signed in together
        return token.open(rw=writes)


class _Loaded:
    """Which process the library was set up in."""

    by = os.getpid()


def _public_key(public: Any) -> ec.EllipticCurvePublicKey | None:
    if public.key_type is not pkcs11.KeyType.EC:
        return None
    key = load_der_public_key(encode_ec_public_key(public))
    return key if isinstance(key, ec.EllipticCurvePublicKey) else None


@contextmanager
def _faults_of(token: str, missing: TokenFault | None = None) -> Iterator[None]:
    """`missing`: what to say where the key is not there."""
    try:
        yield
    except (pkcs11.NoSuchToken, pkcs11.MultipleTokensReturned):
        raise TokenMissing(token=token) from None
    except _PIN_FAULTS:
        raise PinRefused(token=token) from None
    except pkcs11.PKCS11Error as error:
        if missing and isinstance(error, (pkcs11.NoSuchKey, pkcs11.MultipleObjectsReturned)):
            raise missing from None
        raise TokenFault(token=token, why=str(error) or type(error).__name__) from None
