"""Certificate C11: a clock that is behind the issue of a certificate, which the register itself proves, refuses none of
its codes, and all of them agree."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from registry import clock
from registry.certificates import services as certificate_services
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.hcert import KeySigner, read_revocation_list, write_vaccination
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.settings import Settings
from registry.trust.queries import build_revocation_list
from registry.verification.intake import Entry
from registry.verification.queries import Means, verify_text
from registry.verification.rules import Finding
from registry.verification.services import check_group
from tests.certificates.stories import certify, refresh, set_right, vaccinate
from tests.factories import NOW
from tests.verification.offline_cases import ABROAD, CLAIM, FOREIGN, believed
from tests.verifier.cases import Forge

BEHIND = {
    "a minute": timedelta(minutes=1),
    "a minute and a second": timedelta(seconds=61),
    "an hour": timedelta(hours=1),
    "two years": timedelta(days=730),
}
WEEKS = timedelta(days=20)
WEEKS_LATER = NOW + WEEKS
LATE = pytest.mark.parametrize("behind", BEHIND.values(), ids=list(BEHIND))


def signed_codes(certificate: Certificate) -> list[str]:
    return [dose["signed_code"] for dose in certificate.facts["doses"]]


def answers(
    session: Session, certificate: Certificate, means: Means, settings: Settings, at: datetime
) -> Iterator[Finding]:
    """Of all that the paper carries, one by one and as a list."""
    texts = [certificate.facts["verify_url"], certificate.code, *signed_codes(certificate)]
    for text in texts:
        yield verify_text(text, means, at=at, timezone="Asia/Bishkek")
    rows = [Entry(number, (text,), text) for number, text in enumerate(texts, start=1)]
    yield from (one.found for one in check_group(session, rows, settings, at=at))


@LATE
def test_all_codes_of_a_paper_agree_before_its_issue(
    session: Session, issuer: Issuer, settings: Settings, client: FlaskClient, behind: timedelta
) -> None:
    """certificate C11: red for the signed codes, amber for link and code, grey beside a list."""
    _pilgrim, certificate = certify(session, issuer)
    session.commit()
    held = read_revocation_list(build_revocation_list(session, settings, at=NOW), issuer.trust, at=NOW)
    for revocations in (None, held):
        means = Means(session, issuer.trust, signers=issuer.trust, revocations=revocations)
        found = list(answers(session, certificate, means, settings, NOW - behind))
        assert len(found) == 8
        assert {(one.verdict, one.reason) for one in found} == {("check", "entry_not_yet")}
        assert {one.facts["date"] for one in found} == {certificate.valid_from}
        assert not any(one.alarm for one in found)
    with clock.set_to(NOW - behind):
        assert "app-verdict--check" in client.get(f"/v/{certificate.token}/en").text


@LATE
@pytest.mark.parametrize("story", ["revoked", "replaced", "doses of weeks ago"])
def test_what_the_register_knows_is_told_by_a_late_clock_too(
    session: Session, issuer: Issuer, settings: Settings, behind: timedelta, story: str
) -> None:
    """certificate C11, neighbours: withdrawn stays withdrawn; what counted when it was issued counts an hour before."""
    pilgrim, certificate = certify_weeks_later(session, issuer)
    wanted = story
    if story == "revoked":
        certificate_services.revoke_certificate(
            session, certificate, reason="Shown by another", by=new_id(), at=WEEKS_LATER
        )
    elif story == "replaced":
        set_right(session, pilgrim, latin_given_name="AIGULI")
        refresh(session, pilgrim, issuer, at=WEEKS_LATER)
    else:
        wanted = "in_force" if behind < WEEKS else "entry_not_yet"
    session.commit()
    means = Means(session, issuer.trust, signers=issuer.trust)
    assert {one.reason for one in answers(session, certificate, means, settings, WEEKS_LATER - behind)} == {wanted}


def certify_weeks_later(session: Session, issuer: Issuer) -> tuple[Pilgrim, Certificate]:
    pilgrim = vaccinate(session)
    certificate = refresh(session, pilgrim, issuer, at=WEEKS_LATER)
    assert certificate is not None
    return pilgrim, certificate


@pytest.mark.parametrize("key", ["own", "foreign"])
@pytest.mark.parametrize(("behind", "is_early"), [(60, False), (61, True), (3_600, True), (63_072_000, True)])
def test_what_the_register_does_not_have_proves_nothing_about_the_clock(
    session: Session, issuer: Issuer, key: str, behind: int, is_early: bool
) -> None:
    """certificate C11: a code of somebody's future stays refused, whoever signed it and whatever id it names."""
    assert isinstance(issuer.signer, KeySigner)
    _pilgrim, certificate = certify(session, issuer)
    forge = Forge(issuer.signer if key == "own" else ABROAD)
    trust = believed(issuer.trust)
    means = Means(session, trust, own=issuer.trust, signers=issuer.trust)
    for named in (new_id(), certificate.id):
        text = forge.sign(
            issuer=None,
            content=write_vaccination(FOREIGN if key == "foreign" else CLAIM),
            issued_at=NOW,
            cti=named.bytes,
        )
        found = verify_text(text, means, at=NOW - timedelta(seconds=behind), timezone="UTC")
        assert (found.reason == "issued_in_future") == is_early, found
