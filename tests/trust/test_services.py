"""Foreign lists come, follow each other and go; what is believed changes at once, and each change is in the audit."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.certificates.keys import load_issuer
from registry.hcert import verify
from registry.model import new_id
from registry.settings import Settings
from registry.trust import queries, services
from registry.trust.intake import read_list
from registry.trust.models import ImportedList
from registry.trust.rules import ListUnknown, OlderList, OwnList
from tests.factories import NOW, make_imported_list
from tests.statements import statements
from tests.trust.lists import NEIGHBOUR, Neighbour, make_neighbour

OWN = "did:web:registry.example:v2:trustlist"
BY = new_id()


@pytest.fixture(scope="module")
def neighbour() -> Neighbour:
    return make_neighbour()


def take(session: Session, content: bytes, neighbour: Neighbour, reason: str | None = None) -> ImportedList:
    offered = read_list(content, neighbour.public_key)
    return services.import_list(session, offered, own=OWN, by=BY, at=NOW, reason=reason)


def changes(session: Session) -> list[dict[str, object]]:
    events = session.exec(select(AuditEvent).where(AuditEvent.action == Action.TRUST_CHANGED).order_by(AuditEvent.id))  # type: ignore[arg-type]  # a column
    return [event.detail for event in events if event.by_id == BY]


def test_an_imported_list_is_kept_whole_with_who_and_when(session: Session, neighbour: Neighbour) -> None:
    content = neighbour.write()
    taken = take(session, content, neighbour)
    session.expire_all()
    held = queries.find_list(session, NEIGHBOUR)
    assert held is not None
    assert (held.document, held.digest, held.created_at) == (content, taken.digest, NOW)
    assert (held.imported_by_id, held.imported_at) == (BY, NOW)
    assert [change["what"] for change in changes(session)] == ["imported"]


def test_what_a_neighbour_signed_is_believed_from_the_import_until_the_removal(
    session: Session, settings: Settings, neighbour: Neighbour
) -> None:
    text = neighbour.sign({}, until=NOW + timedelta(days=30))

    def is_believed() -> bool | None:
        return verify(text, queries.trusted(session, settings), at=NOW).steps["signature"]

    assert is_believed() is None, "its key is unknown"
    take(session, neighbour.write(), neighbour)
    assert is_believed()
    services.remove_list(session, NEIGHBOUR, by=BY, at=NOW)
    assert is_believed() is None
    assert [change["what"] for change in changes(session)] == ["imported", "removed"]


def test_own_keys_come_first_and_alone_without_a_register(
    session: Session, settings: Settings, neighbour: Neighbour
) -> None:
    take(session, neighbour.write(), neighbour)
    own = load_issuer(settings).trust
    assert queries.trusted(None, settings) == own
    believed = queries.trusted(session, settings).keys
    assert believed[: len(own.keys)] == own.keys
    assert {key.source for key in believed[len(own.keys) :]} == {NEIGHBOUR}


def test_the_same_list_again_changes_nothing(session: Session, neighbour: Neighbour) -> None:
    content = neighbour.write()
    first = take(session, content, neighbour)
    assert take(session, content, neighbour).id == first.id
    assert len(changes(session)) == 1


def test_a_newer_list_takes_the_place_of_the_older(session: Session, settings: Settings, neighbour: Neighbour) -> None:
    other = make_neighbour()
    take(session, neighbour.write(created=NOW - timedelta(days=2)), neighbour)
    queries.trusted(session, settings)
    take(session, other.write(), other)
    kids = {key.kid for key in queries.trusted(session, settings).keys}
    assert other.signer.kid in kids
    assert neighbour.signer.kid not in kids
    assert [held.did for held in queries.list_lists(session)] == [NEIGHBOUR]


def test_an_older_list_is_refused_unless_a_reason_is_given(session: Session, neighbour: Neighbour) -> None:
    take(session, neighbour.write(), neighbour)
    older = neighbour.write(created=NOW - timedelta(days=1))
    with pytest.raises(OlderList, match=r"25\.12\.2025.*24\.12\.2025"):
        take(session, older, neighbour)
    taken = take(session, older, neighbour, reason="The publisher withdrew the newer one")
    assert taken.created_at == NOW - timedelta(days=1)
    assert changes(session)[-1]["reason"] == "The publisher withdrew the newer one"


@pytest.mark.parametrize("own", [NEIGHBOUR, NEIGHBOUR.removesuffix(":trustlist")])
def test_the_own_list_is_not_taken_for_a_foreign_one(session: Session, neighbour: Neighbour, own: str) -> None:
    offered = read_list(neighbour.write(), neighbour.public_key)
    with pytest.raises(OwnList):
        services.import_list(session, offered, own=own, by=BY, at=NOW)


def test_a_list_that_is_not_held_cannot_be_removed(session: Session) -> None:
    with pytest.raises(ListUnknown, match=r"did:web:nobody\.example"):
        services.remove_list(session, "did:web:nobody.example", by=BY, at=NOW)


def test_asking_again_whose_signature_counts_costs_one_small_query(
    session: Session, settings: Settings, neighbour: Neighbour
) -> None:
    take(session, neighbour.write(), neighbour)
    make_imported_list(session)
    first = queries.trusted(session, settings)
    with statements(session.get_bind()) as asked:
        assert queries.trusted(session, settings) is first
    assert len(asked) == 1
    assert "document" not in asked[0].text
