"""How an entry commits to a record and to the entry before it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64
DOMAIN = b"immunization-log-v1\n"


def canonical(content: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys and no spaces: the same record is always the same bytes."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def commitment(salt: str, content: Mapping[str, Any]) -> str:
    """Hex SHA-256 over domain, salt and content. Salted: an unsalted hash of a 14-digit PIN falls within an hour."""
    return hashlib.sha256(DOMAIN + bytes.fromhex(salt) + canonical(content)).hexdigest()


def entry_hash(*, stream: str, sequence: int, at: datetime, kind: str, commitment: str, previous_hash: str) -> str:
    """Hex SHA-256 that chains this entry to the one before."""
    parts = (stream, str(sequence), at.astimezone(UTC).isoformat(), kind, commitment, previous_hash)
    return hashlib.sha256(DOMAIN + "\n".join(parts).encode()).hexdigest()
