"""A lot set right at the stock: every certificate that names it is replaced after it, one by one."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry import clock, hcert
from registry.audit.models import Action, AuditEvent
from registry.certificates import queries as certificates
from registry.certificates import services as certificate_services
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.commands import worker
from registry.corrections import queries, services
from registry.db import Database
from registry.errors import Refusal
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.staff.models import Staff
from registry.vaccinations.queries import list_live_doses
from registry.vaccines.models import Lot
from registry.vaccines.services import LotDetails
from tests.certificates.stories import LATER, open_second_campaign, read_papers, register_in
from tests.corrections.followers import follow_all
from tests.corrections.pages import open_and_send
from tests.factories import BISHKEK, CAMPAIGN, NOW, make_lot, make_staff, the_campaign

SignIn = Callable[[Staff], FlaskClient]
SEEN = "CertificatesWillBeReplaced"


def correct(
    session: Session,
    issuer: Issuer,
    lot: Lot,
    *,
    confirmed: Collection[str] = (f".{SEEN}",),
    only_at: Collection[str] | None = None,
    **changes: Any,
) -> Sequence[dict[str, Any]]:
    now = {name: getattr(lot, name) for name in ("product_code", "number", "expires_on", "season_code")}
    changed = services.correct_lot(
        session,
        lot,
        LotDetails(**{**now, **changes}),
        campaign=the_campaign(session),
        issuer=issuer,
        reason="The box says otherwise",
        by=new_id(),
        at=LATER,
        confirmed=confirmed,
        only_at=only_at,
    )
    follow_all(session, issuer, at=LATER)
    return changed


def in_force(session: Session, lot: Lot) -> list[Certificate]:
    people = {dose.pilgrim_id for dose in list_live_doses_of(session, lot)}
    found = (certificates.live_certificate(session, pilgrim, CAMPAIGN) for pilgrim in sorted(people))
    return [one for one in found if one is not None]


def list_live_doses_of(session: Session, lot: Lot) -> list[Any]:
    pilgrims = {one.pilgrim_id for one, _state in read_papers(session, CAMPAIGN, on=NOW.date())}
    return [dose for pilgrim in pilgrims for dose in list_live_doses(session, pilgrim) if dose.lot_id == lot.id]


def test_a_corrected_number_replaces_every_certificate_that_names_it_and_no_other(
    session: Session, issuer: Issuer, lot: Lot
) -> None:
    old = in_force(session, lot)
    correct(session, issuer, lot, number="AB12346")
    new = in_force(session, lot)
    assert [one.replaces_id for one in new] == [one.id for one in old]
    for certificate in new:
        (dose,) = [one for one in certificate.facts["doses"] if one["antigen"] == "MENACWY"]
        assert dose["lot"] == "AB12346"
        assert hcert.verify(dose["signed_code"], issuer.trust, at=LATER).vaccinations[0].lot == "AB12346"
    assert len(list(read_papers(session, CAMPAIGN, on=NOW.date()))) == 5


def test_each_pilgrims_record_keeps_what_was_printed_and_why(session: Session, issuer: Issuer, lot: Lot) -> None:
    correct(session, issuer, lot, number="AB12346")
    for certificate in in_force(session, lot):
        (correction,) = queries.list_corrections(session, certificate.pilgrim_id)
        assert correction.changes == [{"field": "lot", "old": "AB12345", "new": "AB12346"}]
        assert correction.reason == "The box says otherwise"
    events = session.exec(select(AuditEvent).where(AuditEvent.action == Action.STOCK_CHANGED)).all()
    assert [event.detail["lot"] for event in events if event.detail["what"] == "corrected"] == [
        [{"field": "number", "old": "AB12345", "new": "AB12346"}]
    ]


def test_another_product_is_another_type_and_another_last_day(session: Session, issuer: Issuer, lot: Lot) -> None:
    correct(session, issuer, lot, product_code="MENACTRA")
    for certificate in in_force(session, lot):
        assert "Menactra" in {dose["product"] for dose in certificate.facts["doses"]}
    assert {dose.product_code for dose in list_live_doses_of(session, lot)} == {"MENACTRA"}


def test_an_expiry_date_is_on_no_paper_so_none_is_replaced(session: Session, issuer: Issuer, lot: Lot) -> None:
    old = in_force(session, lot)
    correct(session, issuer, lot, expires_on=date(2026, 11, 30), confirmed=())
    assert in_force(session, lot) == old
    assert lot.expires_on == date(2026, 11, 30)


def test_the_papers_of_other_campaigns_are_replaced_too(session: Session, issuer: Issuer, lot: Lot) -> None:
    umrah = open_second_campaign(session)
    pilgrim = session.get_one(Pilgrim, in_force(session, lot)[0].pilgrim_id)
    register_in(session, pilgrim, umrah)
    certificate_services.refresh(session, pilgrim, campaign=umrah, issuer=issuer, by=new_id(), at=NOW)
    correct(session, issuer, lot, number="AB12346")
    live = certificates.live_certificate(session, pilgrim.id, umrah.code)
    assert live is not None
    assert "AB12346" in {dose["lot"] for dose in live.facts["doses"]}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "AB12346", "confirmed": ()}, f".{SEEN}"),
        ({"number": "lot AB12346"}, "number.LotNumberWithWord"),
        ({"number": "KNOWN77"}, "number.LotExists"),
        ({"product_code": "VAXIGRIPTETRA", "season_code": "NH-2025-2026"}, "product.LotOfAnotherVaccine"),
        ({}, ".NothingChanged"),
        ({"number": "AB12346", "only_at": [BISHKEK]}, ".LotBeyondYourPoints"),
    ],
)
def test_what_is_refused_changes_nothing(
    session: Session, issuer: Issuer, lot: Lot, changes: dict[str, Any], code: str
) -> None:
    make_lot(session, number="KNOWN77")
    old = in_force(session, lot)
    with pytest.raises(Refusal) as refused:
        correct(session, issuer, lot, **changes)
    assert [one.code for one in refused.value.all] == [code]
    session.refresh(lot)
    assert (lot.number, lot.product_code, in_force(session, lot)) == ("AB12345", "MENQUADFI", old)


# The page.


def sent(lot: Lot, **changes: Any) -> dict[str, Any]:
    day = lot.expires_on
    return {
        "product": lot.product_code,
        "number": lot.number,
        "expires_on": [str(day.day), str(day.month), str(day.year)],
        "season": "",
        "reason": "The box says otherwise",
        **changes,
    }


def test_the_page_says_how_many_certificates_change_and_asks_before(
    session: Session, sign_in: SignIn, naryn_lead: Staff, lot: Lot, database: Database
) -> None:
    """Security M15, speed S0.1, of the same kind as the proof: a worker counts, and nobody who records waits for it."""
    browser, url = sign_in(naryn_lead), f"/stock/lots/{lot.id}/correct"
    assert "are being counted" in browser.get(url).text
    assert "still being counted" in open_and_send(browser, url, sent(lot, number="AB12346")).text
    assert worker.run_next(database)
    assert not worker.run_next(database), "counted once, however often the page is opened"
    page = browser.get(url).text
    assert "Certificates in force that name this lot: 2." in page
    assert "Counted: 1 second ago." in page
    asked = open_and_send(browser, url, sent(lot, number="AB12346")).text
    session.rollback()
    assert f'value=".{SEEN}"' in asked
    assert "name this lot: 2. All of them are replaced, one after the other, in about 1 min" in asked
    assert lot.number == "AB12345"
    assert open_and_send(browser, url, sent(lot, number="AB12346", confirmed=f".{SEEN}")).status_code == 302
    session.refresh(lot)
    assert lot.number == "AB12346"


def test_without_a_worker_a_lot_can_still_be_corrected(
    session: Session, sign_in: SignIn, naryn_lead: Staff, lot: Lot
) -> None:
    browser, url = sign_in(naryn_lead), f"/stock/lots/{lot.id}/correct"
    browser.get(url)
    with clock.set_to(NOW + timedelta(minutes=2)):
        asked = open_and_send(browser, url, sent(lot, number="AB12346")).text
    assert "name this lot: 2. All of them are replaced, one after the other" in asked


def test_a_year_alone_is_no_expiry_date(sign_in: SignIn, naryn_lead: Staff, lot: Lot) -> None:
    page = sign_in(naryn_lead).post(f"/stock/lots/{lot.id}/correct", data=sent(lot, expires_on=["", "", "2026"]))
    assert "Write the month too" in page.text


def test_a_lot_that_is_elsewhere_too_is_corrected_by_the_region_not_by_one_point(
    session: Session, sign_in: SignIn, naryn_lead: Staff, lot: Lot
) -> None:
    make_lot(session, number=lot.number, point=BISHKEK)
    url, data = f"/stock/lots/{lot.id}/correct", sent(lot, number="AB12346", confirmed=f".{SEEN}")
    assert "not yours" in open_and_send(sign_in(naryn_lead), url, data).text
    immunologist = make_staff(session, "immunologist", region="KG-N")
    assert open_and_send(sign_in(immunologist), url, data).status_code == 302
    elsewhere = make_staff(session, "lead", point="VP-OSH")
    assert sign_in(elsewhere).get(url).status_code == 404
