"""Ways in which the signer's key goes away, and what waits until it is back."""

from pathlib import Path

from sqlmodel import Session, select

from registry.certificates.key_files import SIGNER_KEY
from registry.certificates.keys import Issuer, create_keys
from registry.commands import late_papers
from registry.jobs.models import Job
from registry.settings import Settings
from tests.factories import NOW


def take_key(keys: Path) -> None:
    (keys / SIGNER_KEY).rename(keys.parent / "away.key")


def take_folder(keys: Path) -> None:
    keys.rename(keys.parent / "away")


def lock_otherwise(keys: Path) -> None:
    """The key was locked with a passphrase that is not this installation's."""
    other = Settings(var_dir=keys.parent / "other")
    create_keys(other, at=NOW)
    (keys / SIGNER_KEY).unlink()
    (other.keys_dir / SIGNER_KEY).rename(keys / SIGNER_KEY)


def spoil(keys: Path) -> None:
    (keys / SIGNER_KEY).unlink()
    (keys / SIGNER_KEY).write_text("no key at all")


def jobs(session: Session) -> list[Job]:
    return list(session.exec(select(Job).where(Job.kind == "issue_certificate")))


def come_back(session: Session, issuer: Issuer) -> None:
    """What the worker does when the key is back."""
    session.expire_all()
    for job in jobs(session):
        late_papers.refresh(session, job, issuer)
    session.commit()
