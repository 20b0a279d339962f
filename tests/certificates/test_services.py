"""Certificates follow the doses: issued, replaced, revoked, and never two for one fact."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlmodel import Session

from registry import hcert
from registry.campaigns.models import Campaign
from registry.certificates import queries, services
from registry.certificates.keys import Issuer
from registry.certificates.models import Cause, CertificateHandle
from registry.certificates.rules import AlreadyRevoked, ReasonMissing, State
from registry.db import Database
from registry.immunization_log.models import Kind
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.vaccinations import queries as vaccinations
from registry.vaccinations.services import supersede_dose
from tests.certificates.stories import (
    LATER,
    certified,
    certify,
    change_lot,
    entries,
    give,
    read_papers,
    refresh,
    set_right,
    vaccinate,
    worth,
)
from tests.factories import CAMPAIGN, NOW, TODAY, make_lot, make_pilgrim, the_campaign


def test_both_doses_earn_a_certificate(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    assert certificate.number == 1
    assert (certificate.valid_from, certificate.valid_until) == (date(2026, 1, 4), date(2026, 12, 25))
    assert worth(session, certificate, on=date(2026, 5, 11)) is State.VALID
    assert certified(session) == 1
    assert entries(session) == [Kind.CERTIFICATE_ISSUED]


def test_one_dose_is_not_enough(session: Session, issuer: Issuer) -> None:
    pilgrim = make_pilgrim(session)
    give(session, pilgrim, make_lot(session))
    assert refresh(session, pilgrim, issuer) is None
    assert queries.list_certificates(session, pilgrim.id) == []


def test_doses_too_late_for_the_arrival_still_earn_a_paper_that_says_from_when(
    session: Session, issuer: Issuer
) -> None:
    _pilgrim, certificate = certify(session, issuer, arrival_on=date(2025, 12, 30))
    assert certificate.valid_from == date(2026, 1, 4)
    assert worth(session, certificate, on=date(2025, 12, 30)) is State.NOT_YET_VALID


def test_nothing_new_is_issued_while_nothing_changed(session: Session, issuer: Issuer) -> None:
    pilgrim, certificate = certify(session, issuer)
    assert refresh(session, pilgrim, issuer, at=LATER) == certificate
    assert len(queries.list_certificates(session, pilgrim.id)) == 1
    assert entries(session) == [Kind.CERTIFICATE_ISSUED]


def test_a_corrected_lot_replaces_the_paper_and_the_old_one_says_so(session: Session, issuer: Issuer) -> None:
    pilgrim, old = certify(session, issuer)
    change_lot(session, pilgrim, make_lot(session, number="NEWLOT77"))
    new = refresh(session, pilgrim, issuer, at=LATER)
    assert new is not None
    assert (new.number, new.replaces_id) == (2, old.id)
    assert new.facts["replaces"] == [old.code, "2025-12-25"]
    assert "NEWLOT77" in {dose["lot"] for dose in new.facts["doses"]}
    standing = queries.standing(session, old, on=TODAY)
    assert (standing.state, standing.replaced_by) == (State.REPLACED, new)
    assert certified(session) == 1
    assert entries(session)[-1] is Kind.CERTIFICATE_REPLACED


def test_a_corrected_name_replaces_the_paper(session: Session, issuer: Issuer) -> None:
    pilgrim, old = certify(session, issuer)
    set_right(session, pilgrim, latin_given_name="AIGULI")
    new = refresh(session, pilgrim, issuer, at=LATER)
    assert new is not None
    assert new.replaces_id == old.id
    assert (
        hcert.verify(new.facts["doses"][0]["signed_code"], issuer.trust, at=LATER)
        .vaccinations[0]
        .name.endswith("AIGULI")
    )


def test_a_withdrawn_dose_revokes_the_paper_and_uncounts_the_pilgrim(session: Session, issuer: Issuer) -> None:
    pilgrim, certificate = certify(session, issuer)
    dose = vaccinations.list_live_doses(session, pilgrim.id)[0]
    supersede_dose(session, dose, None, by=new_id(), at=LATER)
    assert refresh(session, pilgrim, issuer, at=LATER) is None
    standing = queries.standing(session, certificate, on=TODAY)
    assert standing.state is State.REVOKED
    assert standing.revocation is not None
    assert standing.revocation.reason == services.NO_LONGER_COVERED
    assert certified(session) == 0
    assert entries(session)[-1] is Kind.CERTIFICATE_REVOKED


def test_after_a_revocation_the_next_paper_begins_a_line_of_its_own(session: Session, issuer: Issuer) -> None:
    pilgrim, first = certify(session, issuer)
    revocation = services.revoke_certificate(session, first, reason="Shown by somebody else", by=new_id(), at=NOW)
    assert revocation.cause is Cause.DECISION
    second = services.issue_again(
        session,
        pilgrim,
        first,
        id=new_id(),
        campaign=the_campaign(session),
        issuer=issuer,
        reason="It was a mistake",
        by=new_id(),
        at=LATER,
    )
    assert (second.number, second.replaces_id, second.facts["replaces"]) == (2, None, None)
    assert worth(session, first, on=date(2026, 5, 11)) is State.REVOKED
    assert worth(session, second, on=date(2026, 5, 11)) is State.VALID
    assert certified(session) == 1


def test_an_old_paper_falls_with_the_one_that_took_its_place(session: Session, issuer: Issuer) -> None:
    pilgrim, old = certify(session, issuer)
    change_lot(session, pilgrim, make_lot(session))
    new = refresh(session, pilgrim, issuer, at=LATER)
    assert new is not None
    services.revoke_certificate(session, new, reason="The doses were never given", by=new_id(), at=LATER)
    assert worth(session, old, on=date(2026, 5, 11)) is State.REVOKED
    assert certified(session) == 0


def test_a_certificate_is_revoked_once(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    services.revoke_certificate(session, certificate, reason="Shown by somebody else", by=new_id(), at=NOW)
    with pytest.raises(AlreadyRevoked):
        services.revoke_certificate(session, certificate, reason="Once more", by=new_id(), at=NOW)
    assert certified(session) == 0


def test_a_revocation_needs_a_reason(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    with pytest.raises(ReasonMissing):
        services.revoke_certificate(session, certificate, reason="  ", by=new_id(), at=NOW)


def test_code_token_and_signed_id_each_lead_to_the_certificate(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    assert queries.find_by_handle(session, certificate.code) == certificate
    assert queries.find_by_handle(session, certificate.token) == certificate
    assert session.get_one(CertificateHandle, certificate.id.hex).certificate_id == certificate.id
    # Time-ordered ids are no secrets: they open no link.
    assert queries.find_by_handle(session, certificate.id.hex) is None


def test_the_list_reads_on_where_a_page_ends(session: Session, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = [certify(session, issuer)[1].code for _ in range(5)]
    monkeypatch.setattr(queries, "PAGE", 2)
    listed = [certificate.code for certificate, _state in read_papers(session, CAMPAIGN, on=TODAY)]
    assert listed == issued


def test_what_another_desk_issues_between_looking_and_writing_is_not_issued_again(
    session: Session, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pilgrim, assess = vaccinate(session), queries.assess

    def meanwhile(session: Session, pilgrim: Pilgrim, *, campaign: Campaign) -> queries.Assessment:
        monkeypatch.setattr(queries, "assess", assess)
        services.refresh(session, pilgrim, campaign=campaign, issuer=issuer, by=new_id(), at=NOW)
        return assess(session, pilgrim, campaign=campaign)

    monkeypatch.setattr(queries, "assess", meanwhile)
    services.refresh(session, pilgrim, campaign=the_campaign(session), issuer=issuer, by=new_id(), at=NOW)
    assert [one.number for one in queries.list_certificates(session, pilgrim.id)] == [1]
    assert certified(session) == 1


@pytest.mark.real_commit
def test_two_desks_at_once_make_one_certificate(real_database: Database, issuer: Issuer) -> None:
    with real_database.open_session(writes=True) as session:
        pilgrim_id = vaccinate(session).id
        session.commit()

    def finish(_desk: int) -> str:
        def work(session: Session) -> str:
            pilgrim = session.get_one(Pilgrim, pilgrim_id)
            certificate = services.refresh(
                session, pilgrim, campaign=the_campaign(session), issuer=issuer, by=new_id(), at=NOW
            )
            session.commit()
            assert certificate is not None
            return certificate.code

        return real_database.run_transaction(work)

    with ThreadPoolExecutor(4) as desks:
        codes = set(desks.map(finish, range(4)))
    with real_database.open_session(writes=False) as session:
        assert [one.code for one in queries.list_certificates(session, pilgrim_id)] == [*codes]
        assert certified(session) == 1
