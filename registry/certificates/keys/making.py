"""Makes an authority and its signers, and puts one signer in the place of another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from werkzeug.utils import import_string

from registry import clock
from registry.certificates import key_files as files
from registry.certificates.keys.refusals import (
    AuthorityEnded,
    AuthorityKeyMissing,
    KeysExist,
    KeysOfAnotherKind,
    KeysUnusable,
)
from registry.hcert import make_dsc, make_sca, new_key
from registry.hcert.authority import is_training
from registry.settings import Settings

# A training installation rehearses campaigns of the past: what it signs for last winter must not predate its key.
TRAINING_BEGINS_EARLIER = timedelta(days=540)


@dataclass(frozen=True)
class Authority:
    certificate: x509.Certificate
    key: EllipticCurvePrivateKey


def create_keys(settings: Settings, *, at: datetime | None = None, token_key: str | None = None) -> None:
    """Make an authority and its signer, readable by their owner only. Raises KeysExist rather than overwrite.

    With a token in the settings the signer's key is made there, or is the one labelled `token_key`.
    """
    folder, begins = settings.keys_dir, at or clock.now()
    if folder.exists() and any(folder.iterdir()):
        raise KeysExist(folder=folder)
    if settings.training:
        begins -= TRAINING_BEGINS_EARLIER
    authority = _make_authority(settings, begins)
    dsc, key = _make_signer(settings, authority, number=1, begins=begins, token_key=token_key)
    passphrase = files.passphrase_of(settings)
    content = {
        files.AUTHORITY: files.pem_of(authority.certificate),
        files.AUTHORITY_KEY: files.lock_key(authority.key, passphrase),
        files.SIGNER: files.pem_of(dsc),
    }
    if key is not None:
        content[files.SIGNER_KEY] = files.lock_key(key, passphrase)
    files.write_folder(folder, content)


def prepare_signer(settings: Settings, *, at: datetime, token_key: str | None = None) -> x509.Certificate:
    """Make the signer of the next rotation; its certificate is believed from now on. The one that waits already stays.

    Raises AuthorityKeyMissing, AuthorityEnded or another KeysFault.
    """
    folder = settings.keys_dir
    with files.alone_in(folder):
        return _prepare(settings, folder, at=at, token_key=token_key)


def rotate_signer(settings: Settings, *, at: datetime, token_key: str | None = None) -> x509.Certificate:
    """Let a new signer, or the one made ready, sign from now on; its certificate.

    Cut short at any point, the folder holds either signer whole. The old private key is erased, the old certificate
    stays: what it signed is believed until its dates end.
    """
    folder = settings.keys_dir
    with files.alone_in(folder):
        dsc = _prepare(settings, folder, at=at, token_key=token_key)
        old = files.read_certificate(folder / files.SIGNER)
        files.write_file(folder / files.name_of_retired(old), files.pem_of(old))
        (folder / files.NEXT).replace(folder / files.SIGNER)  # the turn: before it the old one signs, after it the new
        files.keep_names(folder)
        _erase_old_key(folder, folder / files.name_of_new_key(dsc))
        _erase_strays(folder)  # the old key, where an earlier rotation was cut short before it got its usual name
    return dsc


def lock_keys(settings: Settings, *, before: bytes | None = None) -> list[str]:
    """Lock every private key with the passphrase of the settings; the names of the files that changed.

    `before` is the passphrase, or the installation's secret, that locked them until now; keys of older installations
    are not locked at all. Raises KeysLocked or KeyFileUnusable before anything was changed.
    """
    folder, passphrase = settings.keys_dir, files.passphrase_of(settings)
    tried = [passphrase, *([before, files.derive_passphrase(before)] if before else [])]
    with files.alone_in(folder):
        opened = {path: _open_with(tried, path) for path in sorted(folder.glob("*.key"))}
        changed = [path for path, (_key, right) in opened.items() if right != passphrase]
        for path in changed:
            files.write_file(path, files.lock_key(opened[path][0], passphrase))
    return [path.name for path in changed]


def _open_with(passphrases: Sequence[bytes], path: Path) -> tuple[EllipticCurvePrivateKey, bytes | None]:
    """The key and the passphrase that was right; None where it is not locked."""
    for passphrase in passphrases:
        try:
            key = files.read_key(path, passphrase)
        except files.KeysLocked:
            continue
        return key, passphrase if files.is_locked(path.read_bytes()) else None
    raise files.KeysLocked(folder=path.parent)


def _prepare(settings: Settings, folder: Path, *, at: datetime, token_key: str | None) -> x509.Certificate:
    _erase_strays(folder)
    if (folder / files.NEXT).exists():
        return files.read_certificate(folder / files.NEXT)
    authority = _open_authority(settings, folder, at=at)
    begins = at
    if settings.training:
        begins = max(at - TRAINING_BEGINS_EARLIER, authority.certificate.not_valid_before_utc)
    number = 2 + len(list(folder.glob("dsc-*.pem")))
    dsc, key = _make_signer(settings, authority, number=number, begins=begins, token_key=token_key)
    if key is not None:
        locked = files.lock_key(key, files.passphrase_of(settings))
        files.write_file(folder / files.name_of_new_key(dsc), locked)
    files.write_file(folder / files.NEXT, files.pem_of(dsc))
    return dsc


def _erase_old_key(folder: Path, new_key_file: Path) -> None:
    """The signer's key takes its usual name; on a token it has no file."""
    if new_key_file.exists():
        new_key_file.replace(folder / files.SIGNER_KEY)
    else:
        (folder / files.SIGNER_KEY).unlink(missing_ok=True)
    files.keep_names(folder)


def _erase_strays(folder: Path) -> None:
    """What an earlier change that was cut short left: drafts, and keys whose certificate was never written."""
    certificates = [folder / files.SIGNER, folder / files.NEXT]
    signers = [files.read_certificate(path) for path in certificates if path.exists()]
    in_use = {files.name_of_new_key(signer) for signer in signers}
    strays = [path for path in folder.glob("dsc-*.key") if path.name not in in_use]
    for path in (*strays, *folder.glob(f"{files.DRAFT}*")):
        path.unlink()


def _open_authority(settings: Settings, folder: Path, *, at: datetime) -> Authority:
    certificate = files.read_certificate(folder / files.AUTHORITY)
    if is_training(certificate) is not settings.training:
        raise KeysOfAnotherKind(folder=folder)
    if certificate.not_valid_after_utc <= at:
        raise AuthorityEnded(ended_on=certificate.not_valid_after_utc.date(), folder=folder)
    path = folder / files.AUTHORITY_KEY
    try:
        key = files.read_key(path, files.passphrase_of(settings))
    except FileNotFoundError:
        raise AuthorityKeyMissing(file=path) from None
    if key.public_key() != certificate.public_key():
        raise KeysUnusable(folder=folder, why=f"{path.name} does not belong to {files.AUTHORITY}")
    return Authority(certificate, key)


def _make_authority(settings: Settings, begins: datetime) -> Authority:
    key = new_key()
    certificate = make_sca(
        key,
        country=settings.issuer,
        organisation=settings.authority,
        name=f"{settings.issuer} vaccination registry SCA",
        at=begins,
        training=settings.training,
    )
    return Authority(certificate, key)


def _make_signer(
    settings: Settings, authority: Authority, *, number: int, begins: datetime, token_key: str | None
) -> tuple[x509.Certificate, EllipticCurvePrivateKey | None]:
    """The certificate and its private key; None where that stays on the token."""
    key: EllipticCurvePrivateKey | None = None
    if settings.hsm_module:
        public: EllipticCurvePublicKey = import_string(f"{files.HSM}:make_key")(settings, label=token_key)
    else:
        key = new_key()
        public = key.public_key()
    dsc = make_dsc(
        public,
        sca=authority.certificate,
        sca_key=authority.key,
        name=f"{settings.issuer} vaccination registry DSC {number}",
        at=begins,
        training=settings.training,
    )
    return dsc, key
