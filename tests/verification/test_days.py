"""Input N78: all that a paper carries answers alike at every hour of its first and of its last day where one enters."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from registry import clock
from registry.certificates import services as certificate_services
from registry.certificates.keys import Issuer, create_keys, load_issuer
from registry.certificates.models import Certificate
from registry.hcert import TrustList, read_revocation_list
from registry.model import new_id
from registry.settings import Settings
from registry.trust.queries import build_revocation_list
from registry.vaccinations import queries as vaccinations
from registry.vaccines.models import HoldKind, Lot, LotHold
from registry.verification.intake import Entry
from registry.verification.queries import Means, verify_text
from registry.verification.services import check_group
from tests.certificates.stories import certify, refresh, set_right
from tests.factories import NOW, the_campaign

FIRST, LAST = date(2026, 1, 4), date(2026, 12, 25)
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
ZONES = ["Asia/Riyadh", "Asia/Bishkek", "America/New_York", "Pacific/Kiritimati"]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Keys that outlive the certificates of these stories: those of a training begin a year and a half earlier."""
    settings = Settings(var_dir=tmp_path_factory.mktemp("days"))
    create_keys(settings, at=NOW + timedelta(days=530))
    return settings


@pytest.fixture(scope="module")
def issuer(settings: Settings) -> Issuer:
    return load_issuer(settings)


def moments(zone: str) -> Iterator[tuple[datetime, str]]:
    """Every hour of both days and those around them, and the seconds at their edges, with the answer."""
    begins, ends = (datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC) for day in (FIRST, LAST + DAY))
    for hours in range(-6, 25, 3):
        yield begins + hours * HOUR, "in_force" if hours >= 0 else "entry_not_yet"
        yield ends - hours * HOUR, "ended" if hours <= 0 else "in_force"
    yield begins - SECOND, "entry_not_yet"
    yield ends - SECOND, "in_force"


def certify_for(session: Session, issuer: Issuer, zone: str) -> Certificate:
    campaign = the_campaign(session)
    campaign.entry_timezone = zone
    session.flush()
    _pilgrim, certificate = certify(session, issuer)
    session.commit()
    return certificate


@pytest.mark.parametrize("zone", ZONES)
def test_link_codes_lists_and_command_agree_at_every_hour(
    session: Session, issuer: Issuer, settings: Settings, zone: str
) -> None:
    certificate = certify_for(session, issuer, zone)
    assert (certificate.valid_from, certificate.valid_until) == (FIRST, LAST)
    signed = [dose["signed_code"] for dose in certificate.facts["doses"]]
    register = Means(session, issuer.trust, signers=issuer.trust, entry_timezone=zone)
    for at, wanted in moments(zone):
        held = read_revocation_list(build_revocation_list(session, settings, at=at), issuer.trust, at=at)
        border = Means(None, issuer.trust, revocations=held, entry_timezone=zone)
        answers: dict[str, str] = {}
        for name, text in {"link": certificate.facts["verify_url"], "code": certificate.code}.items():
            answers[name] = verify_text(text, register, at=at, timezone="Asia/Bishkek").reason
        for number, text in enumerate(signed):
            answers[f"signed {number}, online"] = verify_text(text, register, at=at, timezone="Asia/Bishkek").reason
            answers[f"signed {number}, offline"] = verify_text(text, border, at=at, timezone="Asia/Bishkek").reason
        rows = [Entry(1, (certificate.code,), certificate.code), Entry(2, (signed[0],), signed[0])]
        answers |= {f"row {one.entry.number}": one.found.reason for one in check_group(session, rows, settings, at=at)}
        assert answers == dict.fromkeys(answers, wanted), at


@pytest.mark.parametrize(
    ("at", "band"),
    [
        (datetime(2026, 1, 3, 20, 59, 59, tzinfo=UTC), "check"),
        (datetime(2026, 1, 3, 21, tzinfo=UTC), "valid"),
        (datetime(2026, 12, 25, 20, 30, tzinfo=UTC), "valid"),  # 23:30 of the last day in Mecca
        (datetime(2026, 12, 25, 21, tzinfo=UTC), "not-valid"),
    ],
)
def test_the_page_goes_by_the_clock_in_mecca(
    client: FlaskClient, session: Session, issuer: Issuer, at: datetime, band: str
) -> None:
    certificate = certify_for(session, issuer, "Asia/Riyadh")
    with clock.set_to(at):
        assert f"app-verdict--{band}" in client.get(f"/v/{certificate.token}/en").text


def test_a_planned_day_counts_unless_it_has_passed_where_one_enters(
    session: Session, issuer: Issuer, settings: Settings
) -> None:
    certificate = certify_for(session, issuer, "Asia/Riyadh")

    def reason(travel_on: date, at: datetime) -> str:
        (one,) = check_group(session, [Entry(1, (), certificate.code, travel_on)], settings, at=at)
        return one.found.reason

    late = datetime(2026, 12, 25, 20, 30, tzinfo=UTC)  # the next day has begun in Bishkek, not in Mecca
    assert reason(LAST, late) == "in_force"
    assert reason(LAST + DAY, late) == "ended"
    assert reason(FIRST, datetime(2025, 12, 28, 6, tzinfo=UTC)) == "in_force"


def test_days_of_acts_are_those_of_the_installation(
    client: FlaskClient, session: Session, issuer: Issuer, settings: Settings
) -> None:
    """Withdrawn, replaced and recalled late in the evening in Greenwich is the next day in Bishkek."""
    late = datetime(2025, 12, 26, 20, 0, tzinfo=UTC)
    next_day = date(2025, 12, 27)
    _pilgrim, revoked = certify(session, issuer)
    certificate_services.revoke_certificate(session, revoked, reason="Shown by another", by=new_id(), at=late)
    pilgrim, replaced = certify(session, issuer)
    set_right(session, pilgrim, latin_given_name="AIGULI")
    newer = refresh(session, pilgrim, issuer, at=late)
    assert newer is not None
    lot = session.get_one(Lot, certificates_lot(session, replaced))
    session.add(LotHold(lot_id=lot.id, kind=HoldKind.RECALL, reason="Particles", at=late, by_id=new_id()))
    session.commit()
    at = late + DAY
    means = Means(session, issuer.trust, signers=issuer.trust)
    online = {one.code: verify_text(one.code, means, at=at, timezone="Asia/Bishkek") for one in (revoked, replaced)}
    assert [dict(found.facts) for found in online.values()] == [{"date": next_day}, {"date": next_day}]
    assert online[replaced.code].recalled_on == next_day
    held = read_revocation_list(build_revocation_list(session, settings, at=at), issuer.trust, at=at)
    assert [held.find(one.id).on for one in (revoked, replaced)] == [next_day, next_day]  # type: ignore[union-attr]
    assert set(held.recalled.values()) == {next_day}
    with clock.set_to(at):
        assert "27 DEC 2025" in client.get(f"/v/{revoked.token}/en").text


def certificates_lot(session: Session, certificate: Certificate) -> Any:
    return vaccinations.list_live_doses(session, certificate.pilgrim_id)[0].lot_id


def test_where_the_key_ends_sooner_the_register_still_answers_and_the_code_alone_is_grey(
    session: Session, issuer: Issuer, settings: Settings
) -> None:
    """A conjugate counts five years; a key of a rotation may end in summer."""
    (signer, *others) = issuer.trust.keys
    summer = datetime(2026, 7, 1, tzinfo=UTC)
    ending = replace(issuer, trust=TrustList((replace(signer, not_after=summer), *others)))
    _pilgrim, certificate = certify(session, ending)
    session.commit()
    assert certificate.facts["codes_until"] == "2026-06-30"
    signed = certificate.facts["doses"][0]["signed_code"]
    register = Means(session, ending.trust, signers=ending.trust, entry_timezone="Asia/Riyadh")
    for at, offline in ((summer, "signature_good"), (summer + SECOND, "signature_ended")):
        border = Means(None, ending.trust, entry_timezone="Asia/Riyadh")
        found = verify_text(signed, border, at=at, timezone="Asia/Bishkek")
        assert found.reason == offline
        assert found.verdict == ("valid" if offline == "signature_good" else "cannot_tell")
        assert verify_text(signed, register, at=at, timezone="Asia/Bishkek").reason == "in_force"
        assert verify_text(certificate.code, register, at=at, timezone="Asia/Bishkek").reason == "in_force"
