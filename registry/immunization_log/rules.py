"""How an entry commits to a record and to the entry before it."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from registry import plain_json
from registry.errors import N_

GENESIS = "0" * 64
DOMAIN = b"immunization-log-v1\n"
# Said with every proof, so that nobody believes more than was shown.
NOT_PROVED = (
    N_(
        "Whoever owns the database can rewrite a stream from some entry on and compute its hashes anew, or cut off its "
        "newest entries: this proof does not show it. Compare the last hashes with those that were written down."
    ),
    N_("The audit, of who did and looked at what, is not chained: rows taken out of it are not noticed."),
    N_("Examinations, the details of pilgrims and the stock are not in the log: changes to them are not noticed."),
)


def canonical(content: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys and no spaces: the same record is always the same bytes."""
    return plain_json.write(content, sort_keys=True)


def commitment(salt: str, content: Mapping[str, Any]) -> str:
    """Hex SHA-256 over domain, salt and content. Salted: an unsalted hash of a 14-digit PIN falls within an hour."""
    return commitment_to(salt, canonical(content))


def commitment_to(salt: str, written: bytes) -> str:
    """The same to content in its canonical form."""
    return hashlib.sha256(DOMAIN + bytes.fromhex(salt) + written).hexdigest()


def entry_hash(*, stream: str, sequence: int, at: datetime, kind: str, commitment: str, previous_hash: str) -> str:
    """Hex SHA-256 that chains this entry to the one before."""
    parts = (stream, str(sequence), at.astimezone(UTC).isoformat(), kind, commitment, previous_hash)
    return hashlib.sha256(DOMAIN + "\n".join(parts).encode()).hexdigest()
