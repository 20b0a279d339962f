"""Which certificates are found, for whom, in which order, at which cost."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert
from sqlmodel import Session

from registry.certificates import services as certificates
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate, CertificateHandle
from registry.model import new_id
from registry.pilgrims import services as pilgrims
from registry.pilgrims.models import Pilgrim, Registration
from registry.pilgrims.queries import get_registration
from registry.printing import queries
from registry.printing.queries import Sight
from registry.printing.rules import Order, Selection
from registry.staff.models import Permission, Staff
from registry.staff.queries import actor_for
from registry.vaccinations.queries import list_live_doses
from registry.vaccinations.services import supersede_dose
from tests.certificates.stories import details_of, refresh, set_right
from tests.factories import CAMPAIGN, NARYN, NOW, OSH, TODAY, make_staff, the_campaign
from tests.printing.piles import holder
from tests.statements import statements

EVERYBODY = Selection(day=TODAY)


def sight(session: Session, staff: Staff) -> Sight | None:
    actor = actor_for(session, staff, on=TODAY, acting=Permission.PRINT_CERTIFICATES)
    return queries.sight_of(session, actor, at=NOW)


def found(session: Session, chosen: Selection, order: Order = Order.NAME, *, sight: Sight | None = None) -> list[str]:
    campaign = the_campaign(session)
    papers = list(queries.read_papers(session, chosen, order, campaign=campaign, sight=sight))
    assert queries.count_papers(session, chosen, campaign=campaign, sight=sight) == len(papers)
    return [session.get_one(Certificate, tuple(paper)).code for paper in papers]


def test_point_day_and_group_narrow_each_other(session: Session, issuer: Issuer) -> None:
    one = holder(session, issuer, "ALIEVA", group="Нарын 3").code
    two = holder(session, issuer, "BEKOVA", group="Нарын 4").code
    assert found(session, Selection(point=NARYN)) == [one, two]
    assert found(session, Selection(point=OSH)) == []
    assert found(session, Selection(group="Нарын 4")) == [two]
    assert found(session, Selection(point=NARYN, group="Нарын 3")) == [one]
    assert found(session, Selection(day=TODAY, group="Нарын 3")) == [one]
    assert found(session, Selection(day=TODAY - timedelta(days=1))) == []


def test_a_day_ends_at_midnight_where_the_campaign_happens(session: Session, issuer: Issuer) -> None:
    late = NOW.replace(hour=17, minute=59)  # 23:59 in Bishkek
    certificate = holder(session, issuer)
    session.execute(Certificate.__table__.update().values(issued_at=late))  # type: ignore[attr-defined]  # SQLModel
    session.expire_all()
    assert found(session, Selection(day=TODAY)) == [certificate.code]
    session.execute(Certificate.__table__.update().values(issued_at=late + timedelta(minutes=1)))  # type: ignore[attr-defined]  # as above
    assert found(session, Selection(day=TODAY)) == []
    assert found(session, Selection(day=date(2025, 12, 26))) == [certificate.code]


def test_only_what_stands_is_printed(session: Session, issuer: Issuer) -> None:
    revoked, replaced, valid = (holder(session, issuer, name) for name in ("ALIEVA", "BEKOVA", "CHOLOEVA"))
    certificates.revoke_certificate(session, revoked, reason="Mistaken identity", by=new_id(), at=NOW)
    pilgrim = session.get_one(Pilgrim, replaced.pilgrim_id)
    set_right(session, pilgrim, latin_given_name="AIGULE")
    newer = refresh(session, pilgrim, issuer)
    assert newer
    assert found(session, EVERYBODY) == [newer.code, valid.code]
    codes = (revoked.code, replaced.code, valid.code)
    listed = Selection(codes=codes, by_codes=True)
    assert found(session, listed, Order.LISTED) == [valid.code]
    missing = queries.list_missing(session, listed, campaign=the_campaign(session), sight=None)
    assert missing == [revoked.code, replaced.code]
    papers = [queries.Paper(one.pilgrim_id, one.id) for one in (revoked, replaced, valid)]
    assert set(queries.read_certificates(session, papers, sight=None)) == {papers[2]}


def test_a_dose_moved_to_another_point_moves_its_paper_to_that_pile(session: Session, issuer: Issuer) -> None:
    certificate = holder(session, issuer)
    pilgrim = session.get_one(Pilgrim, certificate.pilgrim_id)
    for dose in list_live_doses(session, pilgrim.id):
        dose_details = details_of(dose)
        moved = supersede_dose(session, dose, dose_details, by=new_id(), at=NOW)
        moved.point_code = OSH
        session.add(moved)
    session.flush()
    assert found(session, Selection(point=NARYN)) == []
    assert found(session, Selection(point=OSH)) == [certificate.code]


def test_nobody_prints_pilgrims_of_another_region(
    session: Session, issuer: Issuer, nurse: Staff, outsider: Staff
) -> None:
    naryn, osh = holder(session, issuer, "ALIEVA"), holder(session, issuer, "BEKOVA", region="KG-O")
    codes = (naryn.code, osh.code)
    listed = Selection(codes=codes, by_codes=True)
    assert found(session, EVERYBODY, sight=sight(session, nurse)) == [naryn.code]
    assert found(session, listed, Order.LISTED, sight=sight(session, nurse)) == [naryn.code]
    assert found(session, listed, Order.LISTED, sight=sight(session, outsider)) == []
    assert found(session, listed, sight=sight(session, make_staff(session, "immunologist"))) == [*codes]
    papers = [queries.Paper(one.pilgrim_id, one.id) for one in (naryn, osh)]
    assert set(queries.read_certificates(session, papers, sight=sight(session, nurse))) == {papers[0]}


def test_a_pilgrim_opened_by_number_may_be_printed_until_the_shift_ends(
    session: Session, issuer: Issuer, nurse: Staff
) -> None:
    osh = holder(session, issuer, region="KG-O")
    listed = Selection(codes=(osh.code,), by_codes=True)
    pilgrims.grant_access(session, staff_id=nurse.id, pilgrim_id=osh.pilgrim_id, until=NOW + pilgrims.SHIFT)
    session.flush()
    own = sight(session, nurse)
    assert own
    assert found(session, listed, sight=own) == [osh.code]
    assert found(session, listed, sight=Sight(own.regions, own.staff_id, NOW + pilgrims.SHIFT)) == []
    assert found(session, listed, sight=Sight(own.regions, new_id(), NOW)) == []


def test_the_pile_is_sorted_as_it_says(session: Session, issuer: Issuer) -> None:
    people = [("CHOLOEVA", "Нарын 3"), ("BEKOVA", ""), ("ALIEVA", "Ош 1"), ("ZULPUEVA", "Нарын 3")]
    codes = {name: holder(session, issuer, name, group=group).code for name, group in people}
    by_group = [codes[name] for name in ("CHOLOEVA", "ZULPUEVA", "ALIEVA", "BEKOVA")]
    by_name = [codes[name] for name in ("ALIEVA", "BEKOVA", "CHOLOEVA", "ZULPUEVA")]
    listed = Selection(codes=tuple(reversed(by_name)), by_codes=True)
    assert found(session, EVERYBODY, Order.GROUP) == found(session, listed, Order.GROUP) == by_group
    assert found(session, EVERYBODY, Order.NAME) == found(session, listed, Order.NAME) == by_name
    assert found(session, listed, Order.LISTED) == by_name[::-1]


def test_only_groups_with_a_pilgrim_in_sight_are_offered(session: Session, issuer: Issuer, nurse: Staff) -> None:
    for group, region in (("Нарын 3", "KG-N"), ("Ош 1", "KG-O"), ("", "KG-N")):
        holder(session, issuer, group=group, region=region)
    campaign = the_campaign(session)
    assert queries.list_groups(session, campaign=campaign, sight=sight(session, nurse)) == ["Нарын 3"]
    assert queries.list_groups(session, campaign=campaign, sight=None) == ["Нарын 3", "Ош 1"]


@pytest.mark.parametrize(
    ("now", "then", "answer"),
    [
        (None, None, True),
        (None, ["KG-N"], True),
        ({"KG-N", "KG-O"}, ["KG-N"], True),
        ({"KG-O"}, ["KG-N"], False),
        ({"KG-N"}, None, False),
    ],
)
def test_a_file_is_given_to_who_still_sees_all_of_it(
    now: set[str] | None, then: list[str] | None, answer: bool
) -> None:
    own = None if now is None else Sight(frozenset(now), new_id(), NOW)
    assert queries.covers(own, then) is answer


def crowd(session: Session, certificate: Certificate, size: int) -> list[str]:
    """So many copies of one pilgrim and their paper, under other keys; their codes."""
    pilgrim = session.get_one(Pilgrim, certificate.pilgrim_id)
    registration = get_registration(session, pilgrim.id, CAMPAIGN)
    people, places, papers = [], [], []
    for number in range(size):
        own = new_id()
        people.append(pilgrim.model_dump() | {"id": own, "latin_surname": f"SURNAME{number % 97:02d}"})
        places.append(registration.model_dump() | {"pilgrim_id": own, "id": new_id()})
        papers.append(certificate.model_dump() | {"pilgrim_id": own, "id": new_id(), "code": f"{number:012d}"})
    handles = [{"value": p["code"], "pilgrim_id": p["pilgrim_id"], "certificate_id": p["id"]} for p in papers]
    for table, rows in ((Pilgrim, people), (Registration, places), (Certificate, papers), (CertificateHandle, handles)):
        session.execute(insert(table), rows)
    return [str(paper["code"]) for paper in papers]


def test_five_thousand_certificates_cost_no_more_statements_than_five(session: Session, issuer: Issuer) -> None:
    codes = crowd(session, holder(session, issuer), 5_000)
    campaign, bind = the_campaign(session), session.get_bind()
    with statements(bind) as asked:
        papers = list(queries.read_papers(session, EVERYBODY, Order.GROUP, campaign=campaign, sight=None))
    assert len(papers) == 5_001
    assert len(asked) == 1
    with statements(bind) as asked:
        queries.read_certificates(session, papers[:96], sight=None)
        queries.read_groups(session, papers[:96], campaign)
        queries.count_papers(session, EVERYBODY, campaign=campaign, sight=None)
    assert len(asked) == 3
    listed = Selection(codes=tuple(codes), by_codes=True)
    with statements(bind) as asked:
        assert queries.count_papers(session, listed, campaign=campaign, sight=None) == 5_000
    assert len(asked) == 5_000 / queries.BATCH
