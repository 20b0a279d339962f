"""Take another publisher's list, or believe it no longer."""

import uuid
from datetime import datetime
from typing import Any

from sqlmodel import Session

from registry.audit import services as audit
from registry.audit.models import Action
from registry.trust import queries, rules
from registry.trust.intake import ForeignList
from registry.trust.models import ImportedList


def import_list(
    session: Session, offered: ForeignList, *, own: str, by: uuid.UUID, at: datetime, reason: str | None = None
) -> ImportedList:
    """Believe the keys of a list from now on, in the place of the list held from the same publisher.

    `own` is the address of the installation's own list; a `reason` lets an older list replace a newer one. The same
    list again changes nothing. Raises OwnList, OlderList or ListOfTheFuture.
    """
    if offered.did == own or offered.did.startswith(f"{own}:"):
        raise rules.OwnList
    held = queries.find_list(session, offered.did)
    if held is not None and held.digest == offered.digest:
        return held
    before = held.created_at if held else None
    rules.check_created(offered.created_at, did=offered.did, held=before, forced=reason is not None, at=at)
    if held is not None:
        session.delete(held)
        session.flush()
    taken = ImportedList(
        did=offered.did,
        created_at=offered.created_at,
        document=offered.document,
        digest=offered.digest,
        proof_key=offered.proof_key,
        imported_at=at,
        imported_by_id=by,
    )
    session.add(taken)
    facts: dict[str, Any] = {"did": taken.did, "digest": taken.digest, "created": taken.created_at.isoformat()}
    if reason is not None:
        facts["reason"] = reason
    audit.record(session, Action.TRUST_CHANGED, by=by, at=at, what="imported", **facts)
    session.flush()
    return taken


def remove_list(session: Session, did: str, *, by: uuid.UUID, at: datetime) -> None:
    """Believe a publisher's keys no longer. Raises ListUnknown."""
    held = queries.find_list(session, did)
    if held is None:
        raise rules.ListUnknown(did=did)
    session.delete(held)
    audit.record(session, Action.TRUST_CHANGED, by=by, at=at, what="removed", did=did, digest=held.digest)
    session.flush()
