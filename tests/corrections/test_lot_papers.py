"""A corrected lot is carried by a worker to every dose of it and every certificate that names it."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from registry.certificates import queries as certificates
from registry.certificates.keys import Issuer
from registry.commands import doctor, lot_papers, worker
from registry.corrections import queries, services
from registry.corrections.services import follow_lot
from registry.db import Database
from registry.model import new_id
from registry.settings import Settings
from registry.staff.models import Staff
from registry.vaccines.models import Lot
from registry.vaccines.services import LotDetails
from tests.certificates.stories import LATER, give
from tests.conftest import SignIn
from tests.corrections.followers import follow_all
from tests.corrections.pages import open_and_send
from tests.corrections.test_lots import SEEN, correct, in_force, sent
from tests.factories import CAMPAIGN, NOW, make_flu_lot, make_pilgrim, the_campaign


@pytest.fixture
def lead(sign_in: SignIn, naryn_lead: Staff) -> FlaskClient:
    return sign_in(naryn_lead)


@pytest.fixture
def keys_here(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(settings.var_dir))


@pytest.fixture
def keys_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the worker; the pages have them."""
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(tmp_path))


def test_b4_the_page_answers_at_once_and_a_worker_replaces_the_certificates(
    session: Session, lead: FlaskClient, lot: Lot, database: Database, keys_here: None
) -> None:
    """Security B3, B4, of the same kind: 915 papers took 18 s of one request, and all pages of the country with it."""
    url = f"/stock/lots/{lot.id}/correct"
    old = in_force(session, lot)
    answer = open_and_send(lead, url, sent(lot, number="AB12346", confirmed=f".{SEEN}"))
    assert (answer.status_code, answer.location) == (302, url)
    assert in_force(session, lot) == old
    waiting = lead.get(url).text
    assert "wait for their turn to be replaced" in waiting
    assert worker.run_next(database)
    assert worker.run_next(database), "the count that the page asked for"
    session.expire_all()
    assert [one.replaces_id for one in in_force(session, lot)] == [one.id for one in old]
    page = lead.get(url).text
    assert "wait for their turn" not in page
    assert "did not reach" not in page
    following = queries.find_following(session, lot.id)
    assert following is not None
    assert following.result == {"pilgrims": 2, "missed": 0}


def test_done_again_after_a_worker_died_it_is_done_once(session: Session, issuer: Issuer, lot: Lot) -> None:
    correct(session, issuer, lot, number="AB12346", product_code="MENACTRA")
    papers, following = in_force(session, lot), queries.find_following(session, lot.id)
    assert following is not None
    following.finished_at = None
    follow_all(session, issuer, at=LATER)
    assert in_force(session, lot) == papers
    assert all(len(queries.list_corrections(session, paper.pilgrim_id)) == 1 for paper in papers)


def test_a_dose_given_since_has_the_right_number_and_no_correction(session: Session, issuer: Issuer, lot: Lot) -> None:
    details = LotDetails(lot.product_code, "AB12346", lot.expires_on, lot.season_code)
    services.correct_lot(
        session,
        lot,
        details,
        campaign=the_campaign(session),
        issuer=issuer,
        reason="As on the box",
        by=new_id(),
        at=NOW - timedelta(minutes=1),
        confirmed=[f".{SEEN}"],
    )
    later = make_pilgrim(session)
    give(session, later, lot)
    give(session, later, make_flu_lot(session))
    follow_all(session, issuer, at=LATER)
    paper = certificates.live_certificate(session, later.id, CAMPAIGN)
    assert paper is not None
    assert "AB12346" in {dose["lot"] for dose in paper.facts["doses"]}
    assert queries.list_corrections(session, later.id) == []
    assert len(in_force(session, lot)) == 3


def test_without_the_signing_key_the_certificates_wait_with_their_lot(
    session: Session, lead: FlaskClient, lot: Lot, database: Database, keys_away: None
) -> None:
    """Faults FA4: none loses its force, and the worker asks again."""
    url = f"/stock/lots/{lot.id}/correct"
    old = in_force(session, lot)
    assert open_and_send(lead, url, sent(lot, number="AB12346", confirmed=f".{SEEN}")).status_code == 302
    assert worker.run_next(database)
    session.expire_all()
    assert in_force(session, lot) == old
    following = queries.find_following(session, lot.id)
    assert following is not None
    assert not following.is_over
    assert following.attempts == 0


def run_jobs(database: Database) -> None:
    while worker.run_next(database):
        pass


def numbers_of(session: Session, lot: Lot) -> set[str]:
    session.expire_all()
    doses = [dose for paper in in_force(session, lot) for dose in paper.facts["doses"]]
    return {dose["lot"] for dose in doses if dose["antigen"] == "MENACWY"}


def test_one_pilgrim_after_the_other_a_slice_a_job(
    *,
    session: Session,
    lead: FlaskClient,
    lot: Lot,
    database: Database,
    keys_here: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A worker that is killed three times in a long correction loses one slice of it, not all the rest."""
    monkeypatch.setattr(lot_papers, "SLICE", 1)
    open_and_send(lead, f"/stock/lots/{lot.id}/correct", sent(lot, number="AB12346", confirmed=f".{SEEN}"))
    first = queries.find_following(session, lot.id)
    while queries.find_following(session, lot.id) == first:  # the count that the page asked for may come before it
        assert worker.run_next(database)
    following = queries.find_following(session, lot.id)
    assert following is not None
    assert (following.is_over, following.attempts) == (False, 0)
    assert numbers_of(session, lot) == {"AB12345", "AB12346"}
    run_jobs(database)
    assert numbers_of(session, lot) == {"AB12346"}
    following = queries.find_following(session, lot.id)
    assert following is not None
    assert following.result == {"pilgrims": 2, "missed": 0}


def test_what_is_wrong_with_one_record_keeps_no_other_paper_wrong_and_can_be_done_again(
    *,
    session: Session,
    lead: FlaskClient,
    lot: Lot,
    database: Database,
    keys_here: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, whole, url = min(in_force(session, lot), key=lambda one: one.pilgrim_id), follow_lot, f"/stock/lots/{lot.id}"

    def broken(session: Session, pilgrim_id: uuid.UUID, *rest: Any, **more: Any) -> None:
        if pilgrim_id == first.pilgrim_id:
            raise KeyError("doses")
        whole(session, pilgrim_id, *rest, **more)

    monkeypatch.setattr(lot_papers, "follow_lot", broken)
    open_and_send(lead, f"{url}/correct", sent(lot, number="AB12346", confirmed=f".{SEEN}"))
    run_jobs(database)
    assert numbers_of(session, lot) == {"AB12345", "AB12346"}
    assert "Send the form once more as it is" in lead.get(f"{url}/correct").text
    assert [one.sentence for one in doctor._unreached_papers(session) if "AB12346" in one.sentence]
    monkeypatch.setattr(lot_papers, "follow_lot", whole)
    assert open_and_send(lead, f"{url}/correct", sent(lot, number="AB12346")).location == f"{url}/correct"
    run_jobs(database)
    assert numbers_of(session, lot) == {"AB12346"}
    assert all(len(queries.list_corrections(session, one.pilgrim_id)) == 1 for one in in_force(session, lot))
    assert not list(doctor._unreached_papers(session))
    assert "once more as it is" not in lead.get(f"{url}/correct").text
