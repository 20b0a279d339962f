"""Who signs here, read from the folder of keys."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from werkzeug.utils import import_string

from registry.certificates import key_files as files
from registry.certificates.keys.refusals import (
    KeysExposed,
    KeysMissing,
    KeysOfAnotherKind,
    KeysUnusable,
    SignerKeyMissing,
)
from registry.certificates.rules import KeysFault
from registry.hcert import KeySigner, Signer, TrustList, key_id, trust_certificates
from registry.hcert.authority import is_training
from registry.model import Words
from registry.settings import Settings


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


def find_own_trust(settings: Settings) -> TrustList | None:
    """The own signers, also while the private key is away: to believe takes no secret. None where they are unknown."""
    try:
        return load_issuer(settings).trust
    except KeysFault:
        folder = settings.keys_dir
        try:
            sca = files.pem_of(files.read_certificate(folder / files.AUTHORITY))
            return trust_certificates(map(files.pem_of, read_signers(folder)), source=settings.authority, sca=sca)
        except (KeysFault, OSError, ValueError):
            return None


def _version_of(folder: Path) -> tuple[int, ...]:
    """Another one after each change of the folder, and in each process: a token's session is not inherited."""
    try:
        # Two changes within one tick of the file system's clock still differ in the file that dsc.pem is.
        return os.getpid(), folder.stat().st_mtime_ns, (folder / files.SIGNER).stat().st_ino
    except OSError:
        raise KeysMissing(folder=folder) from None


@lru_cache(maxsize=8)
def _load(settings: Settings, _version: tuple[int, ...]) -> Issuer:
    folder = settings.keys_dir
    if not settings.training and (exposed := files.find_exposed_key(folder)):
        raise KeysExposed(file=exposed)
    try:
        sca = files.read_certificate(folder / files.AUTHORITY)
        dscs = tuple(read_signers(folder))
        if is_training(dscs[0]) is not settings.training:
            raise KeysOfAnotherKind(folder=folder)
        signer = _open_signer(settings, dscs[0])
        trust = trust_certificates(map(files.pem_of, dscs), source=settings.authority, sca=files.pem_of(sca))
    except OSError:
        raise KeysMissing(folder=folder) from None
    except ValueError as error:
        raise KeysUnusable(folder=folder, why=str(error).rstrip(".")) from None
    return Issuer(
        signer=signer,
        trust=trust,
        country=settings.issuer,
        url=settings.url,
        authority=settings.authority_words,
        training=settings.training,
        dvc_generation=settings.dvc_generation,
        sca=sca,
        dscs=dscs,
    )


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
