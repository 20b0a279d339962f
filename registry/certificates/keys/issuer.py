"""Who signs here, read from the folder of keys."""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from cryptography import x509
from werkzeug.utils import import_string

from registry.certificates import key_files as files
from registry.certificates.keys.refusals import (
    KeysExposed,
    KeysMissing,
    KeysOfAnotherKind,
    KeysUnusable,
    SignerEnded,
    SignerKeyMissing,
)
from registry.certificates.rules import KeysFault
from registry.hcert import KeySigner, Signer, TrustList, key_id, trust_certificates
from registry.hcert.authority import is_training
from registry.model import Words
from registry.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Issuer:
    """Who issues certificates here. `country` is the ISO 3166-1 alpha-2 code signed as issuer.

    `sca` and `dscs` are the certificates behind `trust`; the first of `dscs` is the one that signs.
    """

    signer: Signer
    trust: TrustList
    country: str
    url: str
    authority: Words
    training: bool
    dvc_generation: int
    sca: x509.Certificate
    dscs: tuple[x509.Certificate, ...]

    @property
    def signs_until(self) -> datetime:
        """No signature may outlive the certificate of the key that made it."""
        key = self.trust.list_signers(self.signer.kid)[0]
        if key.not_after is None:
            raise KeysUnusable(folder=key.source, why="the signer's certificate has no end")
        return key.not_after

    def check_signs(self, at: datetime) -> None:
        """Raises SignerEnded: a code that is over when it is made proves nothing."""
        if at >= self.signs_until:
            raise SignerEnded(ended_on=self.signs_until.date())


@dataclass(frozen=True)
class Keyless:
    """An installation whose signing key is away: what its papers say is known, and why none can be signed."""

    authority: Words
    training: bool
    fault: KeysFault


def find_issuer(settings: Settings, *, at: datetime) -> Issuer | Keyless:
    """Who issues here, or what can be said without a key: a dose in an arm is recorded all the same."""
    try:
        return load_signing(settings, at=at)
    except KeysFault as fault:
        log.warning("certificates wait for the signing key: %s", fault)
        return Keyless(settings.authority_words, settings.training, fault)


def load_signing(settings: Settings, *, at: datetime) -> Issuer:
    """The issuer, if its key may still sign. Raises KeysFault."""
    issuer = load_issuer(settings)
    issuer.check_signs(at)
    return issuer


def load_issuer(settings: Settings) -> Issuer:
    """The installation's issuer. Raises KeysFault.

    Read once, and again when the folder changed: a running server signs with a rotated key from then on.
    """
    version = _version_of(settings.keys_dir)
    try:
        return _load(settings, version)
    except KeysFault:
        changed = _version_of(settings.keys_dir)
        if changed == version:
            raise
        return _load(settings, changed)  # a rotation passed between two of the reads


def _version_of(folder: Path) -> tuple[int, ...]:
    """Another one after each change of the folder, and in each process: a token's session is not inherited."""
    try:
        # Two changes within one tick of the file system's clock still differ in the file that dsc.pem is.
        return os.getpid(), folder.stat().st_mtime_ns, (folder / files.SIGNER).stat().st_ino
    except OSError:
        raise KeysMissing(folder=folder) from None


@dataclass(frozen=True)
class _Certificates:
    sca: x509.Certificate
    dscs: tuple[x509.Certificate, ...]
    trust: TrustList


@lru_cache(maxsize=8)
def _load(settings: Settings, version: tuple[int, ...]) -> Issuer:
    folder = settings.keys_dir
    if not settings.training and (exposed := files.find_exposed_key(folder)):
        raise KeysExposed(file=exposed)
    own = _load_certificates(settings, version)
    try:
        signer = _open_signer(settings, own.dscs[0])
    except OSError:
        raise KeysMissing(folder=folder) from None
    except ValueError as error:
        raise KeysUnusable(folder=folder, why=str(error).rstrip(".")) from None
    return Issuer(
        signer=signer,
        trust=own.trust,
        country=settings.issuer,
        url=settings.url,
        authority=settings.authority_words,
        training=settings.training,
        dvc_generation=settings.dvc_generation,
        sca=own.sca,
        dscs=own.dscs,
    )


@lru_cache(maxsize=8)
def _load_certificates(settings: Settings, _version: tuple[int, ...]) -> _Certificates:
    """What is public of the folder: it is enough to check what was signed here."""
    folder = settings.keys_dir
    try:
        sca = files.read_certificate(folder / files.AUTHORITY)
        dscs = tuple(read_signers(folder))
        if is_training(dscs[0]) is not settings.training:
            raise KeysOfAnotherKind(folder=folder)
        trust = trust_certificates(map(files.pem_of, dscs), source=settings.authority, sca=files.pem_of(sca))
    except OSError:
        raise KeysMissing(folder=folder) from None
    except ValueError as error:
        raise KeysUnusable(folder=folder, why=str(error).rstrip(".")) from None
    return _Certificates(sca, dscs, trust)


class _LastKnown:
    """The own keys as this process last read them, by folder: what they signed stays genuine while they are away."""

    trust: ClassVar[dict[Path, TrustList]] = {}


_NOTHING = TrustList()


def find_own_trust(settings: Settings) -> TrustList | None:
    """The own signers, also while the private key is away: to believe takes no secret.

    While the folder is away these are the last that were read; None where none ever were.
    """
    folder = settings.keys_dir
    try:
        trust = _LastKnown.trust[folder] = _load_certificates(settings, _version_of(folder)).trust
    except KeysFault as fault:
        log.warning("the own certificates cannot be read, the last known ones are used if there are any: %s", fault)
        return _LastKnown.trust.get(folder)
    return trust


def own_trust(settings: Settings) -> TrustList:
    """The same; empty where they are unknown."""
    known = find_own_trust(settings)
    return _NOTHING if known is None else known


def read_signers(folder: Path) -> Iterator[x509.Certificate]:
    """Each own signer once, first the one that signs: in the middle of a rotation one may stand in two files."""
    known = set()
    for path in (folder / files.SIGNER, *sorted(folder.glob("dsc-*.pem")), folder / files.NEXT):
        if path.name == files.NEXT and not path.exists():
            continue
        certificate = files.read_certificate(path)
        if key_id(certificate) not in known:
            known.add(key_id(certificate))
            yield certificate


def _open_signer(settings: Settings, dsc: x509.Certificate) -> Signer:
    path = files.find_key_file(settings.keys_dir, dsc)
    if path is not None:
        key = files.read_key(path, files.passphrase_of(settings))
        if key.public_key() == dsc.public_key() or not settings.hsm_module:
            return KeySigner(key, dsc)
        # Otherwise the file is what a rotation to the token left behind when it was cut short.
    if settings.hsm_module:
        signer: Signer = import_string(files.HSM + ":open_signer")(settings, dsc)
        return signer
    raise SignerKeyMissing(file=settings.keys_dir / files.SIGNER_KEY)
