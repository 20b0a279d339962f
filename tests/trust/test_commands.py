"""Keys and trust from the command line: what an administrator does, and what an officer then sees."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from registry import clock
from registry.audit.models import Action, AuditEvent
from registry.certificates.keys import load_issuer
from registry.certificates.models import Certificate
from registry.db import Database
from registry.hcert import Withdrawal, Withdrawn, key_id
from registry.settings import Settings
from registry.trust import queries
from tests.certificates.stories import certify
from tests.commands.conftest import CommandLine
from tests.factories import NOW
from tests.trust.lists import NEIGHBOUR, Neighbour, make_neighbour
from tests.verification.offline_cases import CLAIM, ID, Country

ARRIVAL = "2026-05-11T09:00+03:00"


@dataclass
class Desk:
    """An installation with keys and one certificate, and a neighbour's list on the table."""

    command: CommandLine
    database: Database
    certificate: Certificate
    neighbour: Neighbour
    list_file: Path
    key_file: Path

    def put(self, content: bytes) -> None:
        self.list_file.write_bytes(content)

    def take(self) -> Any:
        return self.command.read("trust", "import", str(self.list_file), "--proof-key", str(self.key_file))

    def verify(self, text: str, *more: str) -> Any:
        result = self.command.run("verify", text, "--at", ARRIVAL, "--json", *more)
        return json.loads(result.stdout)

    def changes(self, action: Action) -> list[dict[str, Any]]:
        with self.database.open_session(writes=False) as session:
            events = session.exec(select(AuditEvent).where(AuditEvent.action == action)).all()
            return [event.detail for event in events]


@pytest.fixture
def desk(registry: CommandLine, real_database: Database, tmp_path: Path) -> Desk:
    with clock.set_to(NOW):
        registry.read("keys", "init")
    with real_database.open_session(writes=True) as session:
        certificate = certify(session, load_issuer(Settings()))[1]
        session.commit()
    neighbour = make_neighbour()
    desk = Desk(registry, real_database, certificate, neighbour, tmp_path / "did.json", tmp_path / "key.json")
    desk.put(neighbour.write())
    desk.key_file.write_bytes(neighbour.proof_key)
    return desk


@pytest.fixture
def signed_code(desk: Desk) -> str:
    text: str = desk.certificate.facts["doses"][0]["signed_code"]
    return text


def test_a_certificate_of_the_old_key_is_valid_after_the_rotation(desk: Desk, signed_code: str) -> None:
    before = desk.command.read("keys", "list")
    done = desk.command.read("keys", "rotate")
    after = desk.command.read("keys", "list")
    assert desk.verify(signed_code)["verdict"] == "valid"
    assert done["before"] == before[1]["kid"] != done["key_id"] == after[1]["kid"]
    assert [(key["kid"], key["use"], key["private_key"]) for key in after[1:]] == [
        (done["key_id"], "signs", "encrypted file"),
        (done["before"], "only believed", "not here"),
    ]
    assert desk.changes(Action.KEYS_CHANGED) == [{"what": "rotated", "key": done["key_id"], "before": done["before"]}]


def test_a_key_is_prepared_weeks_before_it_signs(desk: Desk) -> None:
    prepared = desk.command.read("keys", "rotate", "--prepare")
    assert load_issuer(Settings()).signer.kid.hex() == prepared["before"]
    assert desk.command.read("keys", "rotate")["key_id"] == prepared["key_id"]
    assert [change["what"] for change in desk.changes(Action.KEYS_CHANGED)] == ["prepared", "rotated"]


def test_keys_are_not_rotated_without_the_authoritys_key_nor_without_an_audit(desk: Desk) -> None:
    authority = desk.command.var / "keys" / "sca.key"
    content, kid = authority.read_bytes(), load_issuer(Settings()).signer.kid
    authority.unlink()
    assert "sca.key is not here" in desk.command.refuse("keys", "rotate")
    authority.write_bytes(content)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("REGISTRY_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
        assert "database" in desk.command.refuse("keys", "rotate")
    assert load_issuer(Settings()).signer.kid == kid
    assert desk.changes(Action.KEYS_CHANGED) == []


def test_a_lost_signers_key_is_replaced_by_a_rotation(desk: Desk, signed_code: str) -> None:
    (desk.command.var / "keys" / "dsc.key").unlink()
    desk.command.read("keys", "rotate")
    assert desk.verify(signed_code)["verdict"] == "valid"


def test_keys_are_locked_with_the_passphrase_that_is_set_now(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = desk.command.var / "secret_key"
    assert desk.command.read("keys", "lock") == {"locked": []}
    monkeypatch.setenv("REGISTRY_KEYS_PASSPHRASE", "a passphrase of its own")
    assert "another REGISTRY_KEYS_PASSPHRASE" in desk.command.refuse("keys", "lock")
    assert desk.command.read("keys", "lock", "--before", str(secret)) == {"locked": ["dsc.key", "sca.key"]}
    assert load_issuer(Settings()).signer.sign(b"as ever")
    assert desk.changes(Action.KEYS_CHANGED) == [{"what": "locked", "files": ["dsc.key", "sca.key"]}]


def test_a_foreign_list_is_imported_listed_and_removed(desk: Desk) -> None:
    taken = desk.take()
    assert (taken["source"], taken["keys"], taken["expired"], taken["skipped"]) == (
        NEIGHBOUR,
        {"DSC": 1, "SCA": 1},
        0,
        [],
    )
    own, foreign = desk.command.read("trust", "list")
    assert (own["keys"], own["created"]) == ({"DSC": 1}, None)
    assert (foreign["source"], foreign["created"], foreign["age_days"]) == (NEIGHBOUR, NOW.isoformat(), 138)
    assert foreign["digest"] == taken["digest"]
    assert NEIGHBOUR in desk.command.run("trust", "list").output
    assert desk.command.read("trust", "remove", NEIGHBOUR) == {"removed": NEIGHBOUR}
    assert len(desk.command.read("trust", "list")) == 1
    assert "No list of" in desk.command.refuse("trust", "remove", NEIGHBOUR)


def test_an_imported_country_withdraws_its_own_certificates_and_no_others(desk: Desk, tmp_path: Path) -> None:
    desk.take()
    neighbour, listed = Country(desk.neighbour.signer, "XXB"), tmp_path / "list.cose"
    revoked = (ID, Withdrawn(Withdrawal.REVOKED, date(2026, 2, 1)))

    def verify(content: bytes) -> tuple[str, str]:
        listed.write_bytes(content)
        found = desk.verify(neighbour.sign(replace(CLAIM, issuer="XXB")), "--revocations", str(listed))
        return found["verdict"], found["reason"]

    assert verify(neighbour.list_of()) == ("valid", "in_force")
    assert verify(neighbour.list_of(revoked)) == ("not_valid", "revoked")
    assert verify(Country(desk.neighbour.signer, "KG").list_of(revoked)) == ("cannot_tell", "list_unreadable")


def test_a_list_whose_proof_does_not_fit_is_refused_and_nothing_is_kept(desk: Desk) -> None:
    desk.key_file.write_bytes(make_neighbour().proof_key)
    offered = ("trust", "import", str(desk.list_file), "--proof-key", str(desk.key_file))
    assert "The list is not believed" in desk.command.refuse(*offered)
    desk.key_file.write_bytes(b"nothing")
    assert "proof key cannot be read" in desk.command.refuse(*offered)
    assert len(desk.command.read("trust", "list")) == 1
    assert "--proof-key" in desk.command.refuse("trust", "import", str(desk.list_file))


def test_an_older_list_needs_force_and_a_reason(desk: Desk) -> None:
    desk.take()
    desk.put(desk.neighbour.write(created=NOW - timedelta(days=9)))
    offered = ("trust", "import", str(desk.list_file), "--proof-key", str(desk.key_file))
    assert "newer list" in desk.command.refuse(*offered)
    assert "--reason" in desk.command.refuse(*offered, "--force")
    assert "--force" in desk.command.refuse(*offered, "--reason", "Asked by telephone")
    assert "--reason" in desk.command.refuse(*offered, "--force", "--reason", " ")
    assert "newer list" in desk.command.refuse(*offered, "--reason", " "), "said nothing is no reason"
    desk.command.read(*offered, "--force", "--reason", "The publisher asked")
    assert desk.changes(Action.TRUST_CHANGED)[-1]["reason"] == "The publisher asked"


def test_expired_keys_stay_and_are_counted(desk: Desk) -> None:
    desk.take()
    with clock.set_to(datetime(2028, 1, 1, tzinfo=UTC)):
        assert desk.command.read("trust", "list")[1]["expired"] == 1
    with desk.database.open_session(writes=False) as session:
        held = queries.find_list(session, NEIGHBOUR)
        assert held is not None
        assert len(queries.read_keys(held).keys) == 2


def believed_by(database: Database) -> set[bytes]:
    with database.open_session(writes=False) as session:
        return {key.kid for key in queries.trusted(session, Settings()).keys}


def test_a_running_server_believes_what_the_command_line_imported(desk: Desk) -> None:
    before = believed_by(desk.database)
    desk.take()
    assert believed_by(desk.database) - before == {desk.neighbour.signer.kid, key_id(desk.neighbour.sca)}
    desk.command.read("trust", "remove", NEIGHBOUR)
    assert believed_by(desk.database) == before
