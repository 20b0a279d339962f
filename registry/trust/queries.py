"""Whose signatures count here, and what of ours was withdrawn."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar

from sqlmodel import Session, col, select

from registry.certificates import queries as certificates
from registry.certificates.keys import Issuer, load_issuer, own_trust
from registry.hcert import TrustList, alpha_3_of, read_trust_list
from registry.hcert.did import ListedCertificate, write_trust_list
from registry.hcert.revocations import write_revocation_list
from registry.hcert.trust import Role
from registry.settings import Settings
from registry.trust import rules
from registry.trust.models import ImportedList

_SALT_BYTES = 16


class _Believed:
    """Lists once read: a row's content never changes, and what a process believes rarely does."""

    lists: ClassVar[dict[uuid.UUID, TrustList]] = {}
    last: ClassVar[tuple[TrustList, tuple[uuid.UUID, ...], TrustList] | None] = None


def trusted(session: Session | None, settings: Settings) -> TrustList:
    """The keys of this installation and of every list it imported; without a session, its own.

    One small query a call: what another process imported or removed counts at once.
    """
    own = own_trust(settings)
    if session is None:
        return own
    held = tuple(session.exec(select(ImportedList.id).order_by(col(ImportedList.did))))
    if not held:
        return own
    last = _Believed.last
    if last is None or last[0] is not own or last[1] != held:
        foreign = _read_lists(session, held)
        last = _Believed.last = (own, held, own | foreign)
    return last[2]


def _read_lists(session: Session, held: Sequence[uuid.UUID]) -> TrustList:
    together = TrustList()
    _Believed.lists = {known: keys for known, keys in _Believed.lists.items() if known in held}
    for one in held:
        if one not in _Believed.lists:
            row = session.exec(select(ImportedList).where(ImportedList.id == one)).one()
            _Believed.lists[one] = read_keys(row)
        together |= _Believed.lists[one]
    return together


def read_keys(imported: ImportedList) -> TrustList:
    """Every key of an imported list, expired ones with their dates; its address is their source."""
    return read_trust_list(imported.document, source=imported.did)


def find_list(session: Session, did: str) -> ImportedList | None:
    return session.exec(select(ImportedList).where(ImportedList.did == did)).one_or_none()


def list_lists(session: Session) -> Sequence[ImportedList]:
    return session.exec(select(ImportedList).order_by(col(ImportedList.did))).all()


def find_own_list(issuer: Issuer, *, domain: str, participant: str, usage: str) -> dict[str, Any] | None:
    """The own list without its proof, or its part for a filter path ("-" stands for all); None where nothing fits."""
    ourselves = alpha_3_of(issuer.country)
    ours = rules.domain_of(ourselves, training=issuer.training)
    if domain not in {ours, "-"} or participant not in {ourselves, "-"}:
        return None
    listed = [
        ListedCertificate(issuer.sca, None, ourselves, Role.SCA),
        *(ListedCertificate(dsc, issuer.sca, ourselves, Role.DSC) for dsc in issuer.dscs),
    ]
    entries = [entry for entry in listed if usage in {entry.role.value, "-"}]
    part = "" if {domain, participant, usage} == {"-"} else f"{domain}:{participant}:{usage}"
    address = rules.did_of(issuer.url, *rules.LIST_PATH)
    return write_trust_list(entries, did=address, domain=ours, part=part) if entries else None


def build_revocation_list(session: Session, settings: Settings, *, at: datetime) -> bytes:
    """The signed list of what was withdrawn, as of the hour of `at`: the same register and hour give the same payload.

    One query for the certificates, whatever their number, and one for the lots.
    """
    issuer = load_issuer(settings)
    # Never before its key, which an installation of this very hour has just made.
    issued_at = max(start_of_list(at), issuer.dscs[0].not_valid_before_utc)
    return write_revocation_list(
        certificates.read_withdrawn(session, at=issued_at, timezone=settings.timezone),
        recalled=certificates.list_recalled_lots(session, timezone=settings.timezone),
        issuer=issuer.country,
        issued_at=issued_at,
        expires_at=min(issued_at + timedelta(days=settings.list_max_age_days), issuer.signs_until),
        salt=_salt(issuer, issued_at),
        signer=issuer.signer,
    )


def start_of_list(at: datetime) -> datetime:
    """From when a list made at this moment is dated."""
    return at.replace(minute=0, second=0, microsecond=0)


def _salt(issuer: Issuer, issued_at: datetime) -> bytes:
    """Another one each hour, the same in every process: nobody can tell from two lists what stands in both."""
    return sha256(f"revocation list of {issuer.country} {issued_at.isoformat()}".encode()).digest()[:_SALT_BYTES]
