"""Security M1: certificates whose rows were altered, moved or taken away prove nothing, and nothing new is signed."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, col, select, text

from registry import clock
from registry.audit.models import Action
from registry.audit.queries import list_events
from registry.certificates import queries, services
from registry.certificates.decisions import PaperAltered, RecordAltered
from registry.certificates.histories import PapersDiffer, follow_each_other
from registry.certificates.keys import Issuer
from registry.certificates.models import Cause, Certificate, CertificateRevocation
from registry.certificates.papers import draw_paper
from registry.certificates.withheld import find_alteration, find_withholding
from registry.commands.agreement import find_disagreements
from registry.hcert import Withdrawal
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.settings import Settings
from registry.staff.models import Staff
from registry.vaccinations.services import supersede_dose
from registry.verification.queries import find_held, weigh
from registry.verification.rules import Reason, Verdict
from tests.certificates import roads
from tests.certificates.roads import AN_HOUR_LATER, ARRIVAL, decide
from tests.certificates.stories import LATER, give, open_second_campaign, refresh
from tests.conftest import SignIn
from tests.corrections.test_services import correct_person, dose_of
from tests.factories import CAMPAIGN, NOW, make_staff
from tests.room.test_services import Room

AT_THE_GATE = NOW.replace(year=2026, month=5, day=11)


@pytest.fixture
def room(session: Session, issuer: Issuer, nurse: Staff) -> Room:
    return roads.certified_room(session, issuer, nurse)


def papers(room: Room) -> list[Certificate]:
    """As they were issued, whatever stands in them now."""
    query = select(Certificate).where(Certificate.pilgrim_id == room.pilgrim.id)
    return list(room.session.exec(query.order_by(col(Certificate.id))))


def withdrawn_and_revoked(room: Room) -> None:
    """The registry withdrew the first, a person revoked the second."""
    supersede_dose(room.session, dose_of(room), None, by=new_id(), at=AN_HOUR_LATER)
    refresh(room.session, room.pilgrim, room.issuer, at=AN_HOUR_LATER)
    give(room.session, room.pilgrim, room.menacwy, at=AN_HOUR_LATER)
    refresh(room.session, room.pilgrim, room.issuer, at=AN_HOUR_LATER)
    decide(room, at=LATER)


def replaced_and_revoked(room: Room) -> None:
    """A correction replaced the first, a person revoked the second."""
    correct_person(room, latin_given_name="AIGULI")
    decide(room, at=LATER)


def replaced(room: Room) -> None:
    correct_person(room, latin_given_name="AIGULI")


def alter(room: Room, *statements: str) -> None:
    """By whoever can write to the database and has no key."""
    session, names = room.session, {}
    for number, paper in enumerate(papers(room), start=1):
        names[f"p{number}"] = (
            f"'{paper.id}'" if session.get_bind().dialect.name == "postgresql" else f"'{paper.id.hex}'"
        )
    session.flush()
    for statement in statements:
        assert session.connection().execute(text(statement.format(**names))).rowcount
    pilgrim_id = room.pilgrim.id
    session.expunge_all()
    room.pilgrim = session.get_one(Pilgrim, pilgrim_id)


def setting(paper: str, what: str) -> str:
    return " ".join(("UPDATE certificate SET", what, "WHERE id =", f"{{{paper}}}"))


ELSEWHERE = "campaign_code = 'UMRAH-2026'"
LET_GO = setting("p2", "replaces_id = NULL")
A_THIRD = (
    """INSERT INTO certificate (pilgrim_id, id, campaign_code, number, code, token, issued_at, issued_by_id, valid_from,
    valid_until, facts) SELECT pilgrim_id, issued_by_id, campaign_code, 3, code, token, issued_at, issued_by_id,
    valid_from, valid_until, facts FROM certificate WHERE id = {p2}""",
    """INSERT INTO certificate_revocation (pilgrim_id, id, certificate_id, reason, revoked_at, revoked_by_id, cause)
    SELECT pilgrim_id, issued_by_id, issued_by_id, 'x', issued_at, issued_by_id, 'outdated' FROM certificate
    WHERE id = {p2}""",
)
TAKEN_AWAY = (
    "DELETE FROM certificate_handle WHERE certificate_id = {p2}",
    "DELETE FROM certificate WHERE id = {p2}",
)
NUMBERS_EXCHANGED = (setting("p1", "number = 3"), setting("p2", "number = 1"), setting("p1", "number = 2"))
Alteration = tuple[Callable[[Room], None], tuple[str, ...]]
TORN: dict[str, Alteration] = {
    "the first made the last": (withdrawn_and_revoked, (setting("p1", "number = 9"),)),
    "the last made the first": (withdrawn_and_revoked, (setting("p2", "number = 0"),)),
    "the replaced one made the last": (replaced_and_revoked, (setting("p1", "number = 9"),)),
    "and let go": (replaced_and_revoked, (setting("p1", "number = 9"), LET_GO)),
    "the replaced one let go": (replaced_and_revoked, (LET_GO,)),
    # What the finding does not name.
    "the numbers exchanged": (replaced_and_revoked, NUMBERS_EXCHANGED),
    "replaced by itself": (replaced_and_revoked, (setting("p2", "replaces_id = {p2}"),)),
    "a ring": (replaced, (setting("p1", "replaces_id = {p2}"),)),
    "let go in print too": (replaced_and_revoked, (setting("p2", "replaces_id = NULL, facts = CAST('{{}}' AS JSON)"),)),
    "the last moved to another campaign": (replaced_and_revoked, (setting("p2", ELSEWHERE),)),
    "the first moved to another campaign": (withdrawn_and_revoked, (setting("p1", ELSEWHERE),)),
    "another code in the first": (replaced_and_revoked, (setting("p1", "code = '222222222222'"),)),
}
TOLD_BY_THE_LOG: dict[str, Alteration] = {
    "the last taken away": (replaced, TAKEN_AWAY),
    "the day of issue": (withdrawn_and_revoked, (setting("p1", "issued_at = '2030-01-01 00:00:00+00'"),)),
    "a reason to issue again": (withdrawn_and_revoked, (setting("p2", "reissue_reason = 'x'"),)),
    "a third that nobody issued": (withdrawn_and_revoked, A_THIRD),
}
"""{what is altered: (the story before, the statements)}. What is left of the second ones hangs together."""


@pytest.fixture
def altered(room: Room, request: pytest.FixtureRequest) -> Room:
    story, statements = {**TORN, **TOLD_BY_THE_LOG}[request.param]
    open_second_campaign(room.session)
    story(room)
    alter(room, *statements)
    return room


def alarms(room: Room) -> list[UUID]:
    return [UUID(event.subject) for event in list_events(room.session) if event.action is Action.CODES_DIFFER]


def in_force(room: Room, settings: Settings) -> list[Verdict]:
    """What the links of all papers say at the gate."""
    room.session.flush()
    found = []
    for paper in papers(room):
        held = find_held(room.session.connection(), [paper.token], timezone="UTC").get(paper.token)
        if held:
            told = weigh(held, at=AT_THE_GATE, timezone="UTC", signers=room.issuer.trust)
            assert told.verdict is Verdict.NOT_VALID or told.alarm
            found.append(told.verdict)
    return found


@pytest.mark.parametrize("altered", [*TORN, *TOLD_BY_THE_LOG], indirect=True)
def test_m1_nothing_new_is_signed_and_the_record_tells(altered: Room) -> None:
    """A correction is kept and answered as ever: with `number` altered it was an error of the server."""
    before = len(papers(altered))
    correct_person(altered, phone="+996555000124")
    correct_person(altered, latin_given_name="AIGULA")
    altered.session.expire_all()
    assert len(papers(altered)) == before
    if not find_withholding(altered.session, altered.pilgrim.id, CAMPAIGN, ()):
        assert alarms(altered)
    last = papers(altered)[-1]
    assert isinstance(find_alteration(altered.session, altered.pilgrim, last), RecordAltered)
    assert isinstance(find_alteration(altered.session, altered.pilgrim, None), PaperAltered)


@pytest.mark.parametrize("altered", TORN, indirect=True)
def test_m1_no_answer_calls_a_paper_of_a_torn_history_valid(altered: Room, settings: Settings) -> None:
    verdicts = in_force(altered, settings)
    assert verdicts
    assert set(verdicts) <= {Verdict.CANNOT_TELL, Verdict.NOT_VALID}
    assert queries.find_torn(altered.session, [altered.pilgrim.id]) == {altered.pilgrim.id}
    for paper in papers(altered):
        standing = queries.standing(altered.session, paper, on=ARRIVAL)
        with pytest.raises(PapersDiffer):
            draw_paper(paper, standing, settings)


@pytest.mark.parametrize("altered", [*TORN, *TOLD_BY_THE_LOG], indirect=True)
def test_m1_the_night_tells_of_every_paper_whose_issue_was_altered(altered: Room) -> None:
    found = [*find_disagreements(altered.session, issuer=altered.issuer, at=LATER)]
    assert [one.why for one in found if one.alarm]


@pytest.mark.parametrize("altered", [*TORN, *TOLD_BY_THE_LOG], indirect=True)
def test_m1_the_record_and_what_is_decided_there_open(altered: Room, sign_in: SignIn) -> None:
    session, record = altered.session, f"/pilgrims/{altered.pilgrim.id}"
    ids = [paper.id for paper in papers(altered)]
    browser = sign_in(make_staff(session, "immunologist"))
    page = browser.get(record)
    assert page.status_code == 200
    assert "No new certificate is signed" in page.text
    for own in ids:
        for act in ("revoke", "issue-again"):
            assert browser.get(f"{record}/certificates/{own}/{act}").status_code in {200, 302, 404}
        printed = browser.get(f"{record}/certificates/{own}.pdf").status_code
        assert printed == 302 or (printed == 200 and len(ids) == 1)  # no print reads the log for one that is gone


def test_m1_a_signed_code_a_link_a_file_and_the_record_say_so(
    room: Room, client: FlaskClient, sign_in: SignIn, nurse: Staff
) -> None:
    replaced_and_revoked(room)
    alter(room, LET_GO)
    first = papers(room)[0]
    token, code, doses, own = first.token, first.code, first.facts["doses"], (room.pilgrim.id, first.id)
    birth = first.facts["birth_date"].split("-")
    room.session.commit()
    with clock.set_to(AT_THE_GATE):
        page = client.get(f"/v/{token}/en").text
        assert "do not follow each other in the register" in page
        assert "app-verdict--unknown" in page
        assert "ASANBEKOVA" not in page
        listed = client.post("/check/group/en", data={"codes": doses[0]["signed_code"]})
        assert "do not follow each other in the register" in listed.text
        answer = client.post("/my-certificate/en", data={"code": code, "birth_on": [*reversed(birth)]})
        assert "none is printed" in answer.text
    browser: FlaskClient = sign_in(nurse)
    sheet = browser.get(f"/pilgrims/{own[0]}/certificates/{own[1]}.pdf", follow_redirects=True)
    assert "none is printed" in sheet.text
    assert "is not in the register as it was logged when it was issued" in browser.get(f"/pilgrims/{own[0]}").text


def test_m1_the_offline_list_holds_the_one_that_was_let_go(room: Room) -> None:
    replaced_and_revoked(room)
    alter(room, LET_GO)
    listed = dict(queries.read_withdrawn(room.session, at=LATER + timedelta(days=1), timezone="UTC"))
    assert [listed[paper.id].kind for paper in papers(room)] == [Withdrawal.REVOKED] * 2


def honest(room: Room) -> None:
    """All that the registry and people do: replaced, withdrawn, revoked, issued again, lost."""
    replaced(room)
    lost = queries.get_last(room.session, room.pilgrim.id, CAMPAIGN)[0]
    cause, at = Cause.LOST, LATER
    new = {"id": new_id(), "cause": cause, "reason": "On the bus", "issuer": room.issuer, "by": new_id(), "at": at}
    services.replace_lost(room.session, room.pilgrim, lost, **new)  # type: ignore[arg-type]  # keywords of a test
    decide(room, at=LATER)
    roads.issue_again(room, roads.revoked_of(room))
    roads.another_campaign(room)
    correct_person(room, latin_given_name="AIGULA")


def test_m1_what_the_registry_and_people_do_is_no_alarm(room: Room) -> None:
    honest(room)
    session = room.session
    assert len(papers(room)) == 7
    assert queries.find_torn(session, [room.pilgrim.id]) == set()
    assert find_alteration(session, room.pilgrim, papers(room)[-1]) is None
    assert [*find_disagreements(session, issuer=room.issuer, at=LATER)] == []
    assert alarms(room) == []


def test_m1_numbers_that_no_constraint_keeps_apart_are_torn(room: Room) -> None:
    """Whoever writes to the database may take its constraints away too."""
    replaced(room)
    history = queries.list_histories(room.session, room.pilgrim.id)[CAMPAIGN]
    (first, _none), (second, _) = history
    assert follow_each_other(history)
    for changes in ({"number": 1}, {"number": "2"}, {"number": None}, {"replaces_id": new_id()}):
        forged = Certificate.model_construct(**{**second.model_dump(), **changes})
        assert not follow_each_other([(first, None), (forged, None)]), changes
    revocation = CertificateRevocation(
        pilgrim_id=first.pilgrim_id,
        certificate_id=first.id,
        reason="x",
        revoked_at=second.issued_at - timedelta(hours=1),
        revoked_by_id=new_id(),
    )
    assert not follow_each_other([(first, revocation), (second, None)])
    assert [paper.number for paper, _ in history] == [1, 2]
    assert [later.replaces_id == earlier.id for (earlier, _), (later, _) in pairwise(history)] == [True]


def test_m1_a_link_says_so_for_its_own_reason(room: Room) -> None:
    replaced(room)
    alter(room, setting("p2", "number = 7"))
    token = papers(room)[1].token
    held = find_held(room.session.connection(), [token], timezone="UTC")[token]
    told = weigh(held, at=AT_THE_GATE, timezone="UTC", signers=room.issuer.trust)
    assert (told.reason, told.alarm and told.alarm.differing) == (Reason.PAPERS_DIFFER, ("history",))
