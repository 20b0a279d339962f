"""Certificates and codes issued before 29 November 2026, stored as they were then, keep their answers."""

import json
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from registry import clock, create_app
from registry.certificates.models import Certificate, CertificateHandle
from registry.db import Database
from registry.hcert import TrustList, read_revocation_list, trust_certificates
from registry.pilgrims.models import Pilgrim
from registry.settings import Settings
from registry.verification.queries import Means, verify_text

BEFORE = Path(__file__).parents[1] / "certificates" / "before"
ENTRY = datetime(2026, 5, 11, 6, 0, tzinfo=UTC)
LAST_EVENING, OVER = datetime(2026, 12, 25, 20, 30, tzinfo=UTC), datetime(2026, 12, 25, 21, 0, tzinfo=UTC)


@pytest.fixture(params=[3, 1], ids=["generation 3", "generation 1"])
def stored(request: pytest.FixtureRequest) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((BEFORE / f"generation_{request.param}.json").read_text("utf-8"))
    return content


@pytest.fixture
def trust(stored: dict[str, Any]) -> TrustList:
    return trust_certificates([stored["signer"].encode()], source="before", sca=stored["authority"].encode())


@pytest.fixture
def certificate(session: Session, stored: dict[str, Any]) -> Certificate:
    pilgrim, certificate = Pilgrim.model_validate(stored["pilgrim"]), Certificate.model_validate(stored["certificate"])
    session.add(pilgrim)
    session.flush()
    session.add(certificate)
    session.flush()
    for value in (certificate.code, certificate.token, certificate.id.hex):
        session.add(CertificateHandle(value=value, pilgrim_id=pilgrim.id, certificate_id=certificate.id))
    session.commit()
    return certificate


def test_the_page_of_such_a_row_is_valid_until_its_last_day_ends_in_mecca(
    stored: dict[str, Any], certificate: Certificate, database: Database, tmp_path: Path
) -> None:
    settings = Settings(var_dir=tmp_path)
    settings.keys_dir.mkdir(parents=True)
    (settings.keys_dir / "sca.pem").write_text(stored["authority"])
    (settings.keys_dir / "dsc.pem").write_text(stored["signer"])
    client = create_app(settings, database).test_client()
    for at, band in ((ENTRY, "valid"), (LAST_EVENING, "valid"), (OVER, "not-valid")):
        with clock.set_to(at):
            assert f"app-verdict--{band}" in client.get(f"/v/{certificate.token}/en").text


def test_its_codes_are_judged_with_and_without_the_register(
    session: Session, certificate: Certificate, stored: dict[str, Any], trust: TrustList
) -> None:
    register = Means(session, trust, signers=trust, entry_timezone="Asia/Riyadh")
    published = read_revocation_list(b64decode(stored["revocation_list"]), trust, at=certificate.issued_at)
    border = Means(None, trust, revocations=published, entry_timezone="Asia/Riyadh")
    for dose in certificate.facts["doses"]:
        for at, online in ((ENTRY, "in_force"), (LAST_EVENING, "in_force"), (OVER, "ended")):
            assert verify_text(dose["signed_code"], register, at=at, timezone="Asia/Bishkek").reason == online
        issued = certificate.issued_at
        assert verify_text(dose["signed_code"], border, at=issued, timezone="Asia/Bishkek").reason == "entry_not_yet"
        assert verify_text(dose["signed_code"], border, at=OVER, timezone="Asia/Bishkek").reason == "ended"
