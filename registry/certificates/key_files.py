"""Private keys and certificates as files: readable by their owner only, keys locked, each change all or nothing."""

import os
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from registry.certificates.rules import KeysFault
from registry.errors import N_
from registry.hcert import key_id
from registry.settings import Settings
from registry.web.installation import secret_key

OTHERS_MAY_LOOK = 0o077
DRAFT = ".draft-"
AUTHORITY, AUTHORITY_KEY = "sca.pem", "sca.key"
SIGNER, SIGNER_KEY, NEXT = "dsc.pem", "dsc.key", "next.pem"
HSM = "registry.certificates.hsm"  # read only where a token is set: most machines have none


class KeysLocked(KeysFault):
    sentence = N_(
        "The keys in %(folder)s cannot be opened: they were locked with another REGISTRY_KEYS_PASSPHRASE or "
        "REGISTRY_SECRET_KEY. Start the registry with that one, or lock them anew with: "
        "registry keys lock --before FILE"
    )


class KeyFileUnusable(KeysFault):
    sentence = N_(
        "The file %(file)s cannot be used: it is neither a key nor a certificate in PEM. Restore it from its safe "
        "place."
    )


def passphrase_of(settings: Settings) -> bytes:
    """What locks private keys: the one that was set, else one that follows from the installation's secret."""
    if settings.keys_passphrase:
        return settings.keys_passphrase.get_secret_value().encode()
    return derive_passphrase(secret_key(settings))


def derive_passphrase(secret: bytes) -> bytes:
    """The passphrase that follows from an installation's secret."""
    derived = HKDF(SHA256(), length=32, salt=None, info=b"registry: private keys at rest").derive(secret)
    return urlsafe_b64encode(derived)


def pem_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def lock_key(key: EllipticCurvePrivateKey, passphrase: bytes) -> bytes:
    """PKCS#8 in PEM, encrypted (AES-256), as openssl reads it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))


def read_key(path: Path, passphrase: bytes) -> EllipticCurvePrivateKey:
    """A private key, locked or (older training installations) not. OSError, KeysLocked or KeyFileUnusable."""
    content = path.read_bytes()
    try:
        key = load_pem_private_key(content, password=passphrase if is_locked(content) else None)
    except ValueError:
        raise KeysLocked(folder=path.parent) if is_locked(content) else KeyFileUnusable(file=path) from None
    if not isinstance(key, EllipticCurvePrivateKey):
        raise KeyFileUnusable(file=path)
    return key


def is_locked(content: bytes) -> bool:
    return b"ENCRYPTED" in content


def read_certificate(path: Path) -> x509.Certificate:
    """OSError or KeyFileUnusable."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError:
        raise KeyFileUnusable(file=path) from None


def name_of_retired(certificate: x509.Certificate) -> str:
    """Where a signer's certificate stays when another one signs."""
    return f"dsc-{key_id(certificate).hex()}.pem"


def name_of_new_key(certificate: x509.Certificate) -> str:
    """Where a signer's key waits until its certificate is the one that signs."""
    return f"dsc-{key_id(certificate).hex()}.key"


def find_key_file(folder: Path, certificate: x509.Certificate) -> Path | None:
    """The file that should hold this signer's key: in the middle of a rotation the new key has its own name still."""
    named = [folder / name_of_new_key(certificate), folder / SIGNER_KEY]
    return next((path for path in named if path.exists()), None)


def find_exposed_key(folder: Path) -> Path | None:
    """A private key that other users of the machine can read."""
    keys = sorted(folder.glob("*.key"))
    return next((path for path in keys if path.stat().st_mode & OTHERS_MAY_LOOK), None)


def write_file(path: Path, content: bytes) -> None:
    """The whole content in one step, for its owner only: no reader ever meets half of it."""
    draft = path.with_name(f"{DRAFT}{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    keep_names(path.parent)


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """All files or none: they are written beside their place, which the folder then takes in one step."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    draft.mkdir(mode=0o700)
    for name, content in files.items():
        write_file(draft / name, content)
    draft.rename(folder)
    keep_names(folder.parent)


def keep_names(folder: Path) -> None:
    """A name given or taken in the folder survives a power cut from here on."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Of two that change the folder the second waits."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        flock(descriptor, LOCK_EX)
        yield
    finally:
        os.close(descriptor)
