"""What keys there are, where their private halves lie, and what they are for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from cryptography import x509

from registry.certificates import key_files as files
from registry.certificates.keys.issuer import read_signers
from registry.certificates.keys.refusals import KeysMissing
from registry.hcert import key_id
from registry.hcert.trust import Role
from registry.settings import Settings


class KeyPlace(StrEnum):
    """Where the private key is."""

    LOCKED_FILE = "encrypted file"
    OPEN_FILE = "plain file"
    ON_TOKEN = "token"  # noqa: S105 - a place
    AWAY = "not here"


class KeyUse(StrEnum):
    SIGNS = "signs"
    NEXT = "signs after the next rotation"
    BELIEVED = "only believed"
    VOUCHES = "vouches for signers"


@dataclass(frozen=True)
class KnownKey:
    """`kid` in hexadecimal digits."""

    kid: str
    role: Role
    subject: str
    begins: datetime
    ends: datetime
    private_key: KeyPlace
    use: KeyUse


def list_keys(settings: Settings) -> list[KnownKey]:
    """The authority and every signer, without opening a private key. Raises KeysMissing or KeyFileUnusable."""
    folder = settings.keys_dir
    try:
        return list(_known(settings, folder))
    except OSError:
        raise KeysMissing(folder=folder) from None


def _known(settings: Settings, folder: Path) -> Iterator[KnownKey]:
    sca, signers = files.read_certificate(folder / files.AUTHORITY), list(read_signers(folder))
    yield _describe(sca, Role.SCA, _place(folder / files.AUTHORITY_KEY), KeyUse.VOUCHES)
    coming = key_id(files.read_certificate(folder / files.NEXT)) if (folder / files.NEXT).exists() else None
    for number, signer in enumerate(signers):
        if number == 0:
            path = files.find_key_file(folder, signer)
            yield _describe(signer, Role.DSC, _held(settings, path), KeyUse.SIGNS)
        elif key_id(signer) == coming:
            path = folder / files.name_of_new_key(signer)
            yield _describe(signer, Role.DSC, _held(settings, path), KeyUse.NEXT)
        else:
            yield _describe(signer, Role.DSC, KeyPlace.AWAY, KeyUse.BELIEVED)


def _held(settings: Settings, path: Path | None) -> KeyPlace:
    place = _place(path) if path else KeyPlace.AWAY
    return KeyPlace.ON_TOKEN if place is KeyPlace.AWAY and settings.hsm_module else place


def _place(path: Path) -> KeyPlace:
    if not path.exists():
        return KeyPlace.AWAY
    return KeyPlace.LOCKED_FILE if files.is_locked(path.read_bytes()) else KeyPlace.OPEN_FILE


def _describe(certificate: x509.Certificate, role: Role, place: KeyPlace, use: KeyUse) -> KnownKey:
    return KnownKey(
        kid=key_id(certificate).hex(),
        role=role,
        subject=certificate.subject.rfc4514_string(),
        begins=certificate.not_valid_before_utc,
        ends=certificate.not_valid_after_utc,
        private_key=place,
        use=use,
    )
