"""Certificates that a writer of the database made without any key: true signed codes beside other facts."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from sqlmodel import Session

from registry.certificates.models import Certificate, CertificateHandle
from registry.certificates.rules import new_code, new_token
from registry.hcert import decode, encode
from registry.model import new_id
from tests.factories import make_pilgrim
from tests.hcert.examples import make_signer


def altered(
    certificate: Certificate, facts: Mapping[str, Any], *, dose: Mapping[str, Any] | None = None
) -> Certificate:
    """A copy, not stored, with the same id, whose facts and first dose were changed."""
    changed = deepcopy(certificate.facts) | dict(facts)
    changed["doses"][0] |= dose or {}
    return Certificate.model_validate(certificate.model_dump() | {"facts": changed})


def forge(certificate: Certificate, name: str) -> None:
    """Put another name into the facts and into each signed code alike, and sign with a key that nobody believes."""
    stranger = make_signer()
    facts = deepcopy(certificate.facts) | {"latin_name": name}
    for dose in facts["doses"]:
        claims = decode(dose["signed_code"]).claims
        assert isinstance(claims.content, dict)
        dose["signed_code"] = encode(replace(claims, content={**claims.content, "n": name}), stranger)
    certificate.facts = facts


def haunt(session: Session, certificate: Certificate, **facts: Any) -> Certificate:
    """A person who was never seen, with the codes of another's certificate: by INSERT alone."""
    ghost, code, token = make_pilgrim(session), new_code(), new_token()
    changed = deepcopy(certificate.facts) | {
        "latin_name": "GHOST NEVERSEEN",
        "passport_number": ghost.passport_number,
        "code": code,
        "verify_url": certificate.facts["verify_url"].rpartition("/")[0] + f"/{token}",
        **facts,
    }
    columns = {"id": new_id(), "pilgrim_id": ghost.id, "code": code, "token": token, "facts": changed}
    forged = Certificate.model_validate(certificate.model_dump() | columns)
    session.add(forged)
    session.flush()
    for value in (code, token, forged.id.hex):
        session.add(CertificateHandle(value=value, pilgrim_id=ghost.id, certificate_id=forged.id))
    session.commit()
    return forged
