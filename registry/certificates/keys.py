"""The installation's keys: the country's authority (SCA) and the document signer (DSC) it vouches for, as files.

`keys_dir` holds sca.pem, sca.key, dsc.pem and dsc.key. After a rotation the old signer's certificate stays there as
dsc-*.pem, so that what it signed is still believed. sca.key is needed only to make a signer: keep it offline.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from registry import clock
from registry.errors import N_, Refusal
from registry.hcert import KeySigner, Signer, TrustList, make_dsc, make_sca, new_key, trust_certificates
from registry.hcert.authority import is_training
from registry.model import Words
from registry.settings import Settings

# A training installation rehearses campaigns of the past: what it signs for last winter must not predate its key.
TRAINING_BEGINS_EARLIER = timedelta(days=540)
OTHERS_MAY_LOOK = 0o077


class KeysFault(Refusal):
    """Whatever keeps an installation from signing."""


class KeysMissing(KeysFault):
    sentence = N_(
        "There are no keys to sign certificates with in %(folder)s. Restore them from their safe place; a new "
        "installation makes its own with: registry keys init"
    )


class KeysUnusable(KeysFault):
    sentence = N_("The keys in %(folder)s cannot be used: %(why)s. Restore them from their safe place.")


class KeysExposed(KeysFault):
    sentence = N_("Other users of this machine can read the key %(file)s. Run: chmod 600 %(file)s")


class KeysOfAnotherKind(KeysFault):
    sentence = N_(
        "The keys in %(folder)s were made for another kind of installation. Training keys never sign real "
        "certificates, nor real keys training ones: restore the right keys from their safe place."
    )


class KeysExist(KeysFault):
    sentence = N_("There are keys in %(folder)s already. They are never overwritten: certificates depend on them.")


@dataclass(frozen=True)
class Issuer:
    """Who issues certificates here. `country` is the ISO 3166-1 alpha-2 code signed as issuer."""

    signer: Signer
    trust: TrustList
    country: str
    url: str
    authority: Words
    training: bool
    dvc_generation: int

    @property
    def signs_until(self) -> datetime:
        """No signature may outlive the certificate of the key that made it."""
        key = self.trust.list_signers(self.signer.kid)[0]
        if key.not_after is None:
            raise KeysUnusable(folder=key.source, why="the signer's certificate has no end")
        return key.not_after


@lru_cache(maxsize=8)
def load_issuer(settings: Settings) -> Issuer:
    """The installation's issuer. Raises KeysMissing, KeysUnusable, KeysExposed or KeysOfAnotherKind."""
    folder = settings.keys_dir
    if not settings.training:
        _refuse_exposed(folder)
    try:
        sca = (folder / "sca.pem").read_bytes()
        dsc = x509.load_pem_x509_certificate((folder / "dsc.pem").read_bytes())
        signer = KeySigner(_load_key(folder / "dsc.key"), dsc)
        trust = trust_certificates(
            (path.read_bytes() for path in sorted(folder.glob("dsc*.pem"))), source=settings.authority, sca=sca
        )
    except OSError:
        raise KeysMissing(folder=folder) from None
    except ValueError as error:
        raise KeysUnusable(folder=folder, why=error) from None
    if is_training(dsc) is not settings.training:
        raise KeysOfAnotherKind(folder=folder)
    return Issuer(
        signer=signer,
        trust=trust,
        country=settings.issuer,
        url=settings.url,
        authority=settings.authority_words,
        training=settings.training,
        dvc_generation=settings.dvc_generation,
    )


def create_keys(settings: Settings, *, at: datetime | None = None) -> None:
    """Make an authority and its signer, readable by their owner only. Raises KeysExist rather than overwrite."""
    begins = at or clock.now()
    if settings.training:
        begins -= TRAINING_BEGINS_EARLIER
    sca_key, dsc_key = new_key(), new_key()
    sca = make_sca(
        sca_key,
        country=settings.issuer,
        organisation=settings.authority,
        name=f"{settings.issuer} vaccination registry SCA",
        at=begins,
        training=settings.training,
    )
    dsc = make_dsc(
        dsc_key.public_key(),
        sca=sca,
        sca_key=sca_key,
        name=f"{settings.issuer} vaccination registry DSC 1",
        at=begins,
        training=settings.training,
    )
    _write_all(
        settings.keys_dir,
        {"sca.pem": _pem(sca), "sca.key": _pem(sca_key), "dsc.pem": _pem(dsc), "dsc.key": _pem(dsc_key)},
    )


def _write_all(folder: Path, files: dict[str, bytes]) -> None:
    """All files or none: they are written beside their place, which the folder then takes in one step."""
    if folder.exists() and any(folder.iterdir()):
        raise KeysExist(folder=folder)
    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    draft.mkdir(mode=0o700, parents=True)
    for name, content in files.items():
        with os.fdopen(os.open(draft / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    draft.rename(folder)


def _refuse_exposed(folder: Path) -> None:
    for path in sorted(folder.glob("*.key")):
        if path.stat().st_mode & OTHERS_MAY_LOOK:
            raise KeysExposed(file=path)


def _load_key(path: Path) -> EllipticCurvePrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, EllipticCurvePrivateKey):
        msg = f"{path.name} is not an elliptic curve key"
        raise ValueError(msg)  # noqa: TRY004 - what is wrong is the file's content
    return key


def _pem(made: x509.Certificate | EllipticCurvePrivateKey) -> bytes:
    if isinstance(made, x509.Certificate):
        return made.public_bytes(Encoding.PEM)
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
