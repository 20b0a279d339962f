"""The signed bundle for verifiers without a network: whose signatures count, and the rules of entry."""

import json
from datetime import datetime
from typing import Any

from sqlmodel import Session

from registry.certificates.keys import load_issuer
from registry.hcert.cose import write_sign1
from registry.settings import Settings
from registry.trust.queries import trusted
from registry.verifier import queries
from registry.verifier.rules import BUNDLE_CONTENT_TYPE, tell_keys


def make_bundle(session: Session, settings: Settings, *, at: datetime) -> bytes:
    """A COSE_Sign1 of the installation's signer around JSON."""
    issuer = load_issuer(settings)
    trust = trusted(session, settings)
    told: dict[str, Any] = {
        "version": 1,
        "issuedAt": int(at.timestamp()),
        "registry": settings.url,
        "phone": settings.help_phone,
        "training": settings.training,
        "timezone": settings.timezone,
        "maxAgeDays": settings.list_max_age_days,
        "keys": tell_keys(trust),
        "brokenChains": sorted(kid.hex() for kid in trust.broken_chains),
        **queries.read_rules(session, settings.campaign),
    }
    payload = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return write_sign1(payload, issuer.signer, content_type=BUNDLE_CONTENT_TYPE)
