"""Security M1: a row that nobody can read is an alarm of its own, and the check of all others goes on."""

import json

import pytest
from click.testing import CliRunner
from sqlmodel import Session, col, select

from registry.certificates import roll, services
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.commands import cli
from registry.commands.agreement import Disagreement, find_disagreements
from registry.db import Database
from registry.model import new_id
from registry.settings import Settings
from tests.certificates.spoiling import id_of, spoil, where_of
from tests.certificates.stories import LATER, certify, open_second_campaign, refresh, register_in
from tests.factories import CAMPAIGN, NOW, TODAY

# {column: what stands there; None: a day that is none}, of rows that the check reads beside the paper.
BESIDE: dict[str, str | None] = {
    "dose.given_on": None,
    "dose.recorded_at": None,
    "dose.status": "gone",
    "dose.site": "nowhere",
    "pilgrim.birth_on": None,
    "pilgrim.sex": "other",
    "pilgrim.registered_at": None,
    "lot.expires_on": None,
    "product.vaccine_type": "water",
    "registration.arrival_on": None,
    "staff.disabled_at": None,
    "vaccination_point.name": "[1]",
    "antigen.disease": "null",
    "certificate_revocation.revoked_at": None,
    "certificate_revocation.cause": "mood",
}


def ghost(session: Session, issuer: Issuer) -> str:
    """Another pilgrim, whose record somebody altered too: the code of the paper."""
    pilgrim, certificate = certify(session, issuer, at=LATER, latin_given_name="NURGUL", given_name="Нургүл")
    code = certificate.code
    spoil(session, "pilgrim.latin_surname", "GHOST", f"id = {id_of(session, pilgrim.id)}")
    return code


def found_by(session: Session, issuer: Issuer) -> dict[str, Disagreement]:
    return {one.certificate.code: one for one in find_disagreements(session, issuer=issuer, at=LATER)}


@pytest.mark.parametrize("column", ["valid_until", "valid_from", "issued_at"])
def test_m1_a_paper_that_cannot_be_read_is_named_and_the_others_are_checked(
    session: Session, issuer: Issuer, column: str
) -> None:
    for _ in range(2):
        certify(session, issuer)
    _pilgrim, certificate = certify(session, issuer)
    code, own = certificate.code, certificate.id
    other = ghost(session, issuer)
    spoil(session, f"certificate.{column}", None, f"id = {id_of(session, own)}")
    found = found_by(session, issuer)
    assert found.keys() == {code, other}
    assert found[code].why == f"it cannot be read: {column}"
    alarm = found[code].alarm
    assert alarm is not None
    assert (alarm.certificate_id, alarm.differing) == (own, (column,))
    assert found[other].alarm is not None


@pytest.mark.parametrize("column", BESIDE)
def test_m1_a_row_beside_it_that_cannot_be_read_stops_nothing(session: Session, issuer: Issuer, column: str) -> None:
    pilgrim, certificate = certify(session, issuer)
    umrah = open_second_campaign(session)
    register_in(session, pilgrim, umrah)
    elsewhere = refresh(session, pilgrim, issuer, campaign=umrah)
    assert elsewhere is not None
    services.revoke_certificate(session, elsewhere, reason="Shown by somebody else", by=new_id(), at=NOW)
    code = certificate.code
    assert found_by(session, issuer) == {}
    where = where_of(session, column.partition(".")[0], pilgrim)
    other = ghost(session, issuer)
    spoil(session, column, BESIDE[column], where)
    found = found_by(session, issuer)
    assert found.keys() == {code, other}
    alarm = found[code].alarm
    assert alarm is not None
    assert alarm.differing == (column,), found[code].why


@pytest.mark.parametrize(("size", "spoilt"), [(2, {0, 1}), (2, {1, 2, 3}), (3, {2, 3, 4}), (2, {0, 4}), (9, {1, 3})])
def test_m1_pages_go_on_after_what_cannot_be_read(
    session: Session, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, size: int, spoilt: set[int]
) -> None:
    monkeypatch.setattr(roll, "PAGE", size)
    papers = [(one.code, one.id) for one in (certify(session, issuer)[1] for _ in range(5))]
    for number in spoilt:
        spoil(session, "certificate.valid_until", None, f"id = {id_of(session, papers[number][1])}")
    rows = [*roll.read_all(session, CAMPAIGN, on=TODAY)]
    told = [row.code if isinstance(row, roll.Unreadable) else row[0].code for row in rows]
    assert told == [code for code, _id in papers]
    assert {number for number, row in enumerate(rows) if isinstance(row, roll.Unreadable)} == spoilt


def test_m1_the_commands_name_it_and_sign_nothing(
    real_database: Database, settings: Settings, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", real_database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(settings.var_dir))
    with real_database.open_session(writes=True) as session:
        _pilgrim, certificate = certify(session, issuer)
        code = certificate.code
        spoil(session, "certificate.valid_until", None, f"code = '{code}'")
        other = ghost(session, issuer)
        session.commit()
    for command in ("check", "refresh"):
        answer = CliRunner().invoke(cli, ["certificates", command, "--json"])
        assert (answer.exit_code, "somebody altered the database" in answer.stderr) == (1, True)
        if command == "check":
            assert {row["code"] for row in json.loads(answer.stdout)} == {code, other}
    listed = CliRunner().invoke(cli, ["certificates", "list", "--json"])
    assert {row["code"]: row["state"] for row in json.loads(listed.stdout)}[code] == "unreadable"
    with real_database.open_session(writes=False) as session:
        assert len(session.exec(select(col(Certificate.id))).all()) == 2


@pytest.mark.parametrize(("column", "value"), [("ends_on", None), ("notice_on", None), ("entry_timezone", "Mars")])
def test_m1_a_campaign_that_cannot_be_read_leaves_the_others_to_the_check(
    session: Session, issuer: Issuer, column: str, value: str | None
) -> None:
    pilgrim, certificate = certify(session, issuer)
    umrah = open_second_campaign(session)
    register_in(session, pilgrim, umrah)
    elsewhere = refresh(session, pilgrim, issuer, campaign=umrah)
    assert elsewhere is not None
    codes, other = [certificate.code, elsewhere.code], ghost(session, issuer)
    spoil(session, f"campaign.{column}", value, "code = 'UMRAH-2026'")
    found = found_by(session, issuer)
    assert found.keys() == {codes[1], other}
    alarm = found[codes[1]].alarm
    assert alarm is not None
    assert alarm.differing == ("campaign",)
