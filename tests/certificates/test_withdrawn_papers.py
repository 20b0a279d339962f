"""Room F2's neighbours: a paper that counts no more is not printed, and what cannot be done is refused at once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.certificates import services
from registry.certificates.keys import Issuer
from registry.certificates.models import Cause, Certificate
from registry.certificates.services.withdrawing import FORMERLY_COVERED, NO_LONGER_COVERED, revoke
from registry.certificates.sheet.wording import spell_code
from registry.commands import cli
from registry.db import Database
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.settings import Settings
from registry.staff.models import Staff
from registry.vaccinations.queries import list_live_doses
from registry.vaccinations.services import supersede_dose
from tests.certificates.stories import certify, change_lot, refresh
from tests.conftest import SignIn
from tests.factories import NOW, make_lot, make_staff, the_campaign

Act = Callable[[Session, Issuer, Pilgrim, Certificate], Certificate | None]


@pytest.fixture
def immunologist(session: Session) -> Staff:
    return make_staff(session, "immunologist", region="KG-N")


def decided(session: Session, _issuer: Issuer, _pilgrim: Pilgrim, paper: Certificate) -> None:
    services.revoke_certificate(session, paper, reason="Forged: another's passport", by=new_id(), at=NOW)


def not_covered(session: Session, issuer: Issuer, pilgrim: Pilgrim, _paper: Certificate) -> None:
    supersede_dose(session, list_live_doses(session, pilgrim.id)[0], None, by=new_id(), at=NOW)
    refresh(session, pilgrim, issuer)


def stolen(session: Session, issuer: Issuer, pilgrim: Pilgrim, paper: Certificate) -> Certificate:
    return services.replace_lost(
        session, pilgrim, paper, id=new_id(), cause=Cause.STOLEN, issuer=issuer, reason="A bag", by=new_id(), at=NOW
    )


def issued_again(session: Session, issuer: Issuer, pilgrim: Pilgrim, paper: Certificate) -> Certificate:
    decided(session, issuer, pilgrim, paper)
    given = {"campaign": the_campaign(session), "issuer": issuer, "reason": "A mistake", "by": new_id(), "at": NOW}
    make_staff(session, "immunologist", region="KG-N")
    return services.issue_again(session, pilgrim, paper, id=new_id(), **given)  # type: ignore[arg-type]  # keywords


def stolen_and_corrected(session: Session, issuer: Issuer, pilgrim: Pilgrim, paper: Certificate) -> Certificate | None:
    stolen(session, issuer, pilgrim, paper)
    return replaced(session, issuer, pilgrim, paper)


def replaced(session: Session, issuer: Issuer, pilgrim: Pilgrim, _paper: Certificate) -> Certificate | None:
    change_lot(session, pilgrim, make_lot(session))
    return refresh(session, pilgrim, issuer)


def replaced_then_revoked(session: Session, issuer: Issuer, pilgrim: Pilgrim, paper: Certificate) -> None:
    newer = replaced(session, issuer, pilgrim, paper)
    assert newer is not None
    decided(session, issuer, pilgrim, newer)


ENDS: list[tuple[Act, str]] = [
    (decided, "withdrawn on 25.12.2025"),
    (not_covered, "withdrawn on 25.12.2025"),
    (stolen, "withdrawn on 25.12.2025 and certificate"),
    (stolen_and_corrected, "withdrawn on 25.12.2025 and certificate"),
    (issued_again, "withdrawn on 25.12.2025 and certificate"),
    (replaced, "replaced by the newer certificate"),
    (replaced_then_revoked, "withdrawn on 25.12.2025"),
]


def address(certificate: Certificate, end: str) -> str:
    return f"/pilgrims/{certificate.pilgrim_id}/certificates/{certificate.id}{end}"


@pytest.mark.parametrize(("end", "told"), ENDS)
def test_f2_no_paper_that_counts_no_more_is_printed_by_staff(
    sign_in: SignIn, session: Session, issuer: Issuer, nurse: Staff, *, end: Act, told: str
) -> None:
    pilgrim, certificate = certify(session, issuer)
    newer = end(session, issuer, pilgrim, certificate)
    session.commit()
    browser = sign_in(nurse)
    for paper in (".pdf", "/pocket.pdf"):
        answer = browser.get(address(certificate, paper), follow_redirects=True)
        assert (answer.mimetype, told in answer.text) == ("text/html", True)
        named = f"certificate {spell_code(newer.code)}" if newer else ""
        assert named + ", so it is not" in answer.text or f"{named} took its place, so it is not" in answer.text
    session.rollback()
    assert session.exec(select(AuditEvent).where(AuditEvent.action == Action.CERTIFICATE_PRINTED)).all() == []
    if newer is not None:
        assert browser.get(address(newer, ".pdf")).mimetype == "application/pdf"


@pytest.mark.parametrize(("end", "told"), [ENDS[0], ENDS[2], ENDS[4], ENDS[5]])
def test_f2_nor_by_the_command(
    real_database: Database,
    settings: Settings,
    issuer: Issuer,
    *,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    end: Act,
    told: str,
) -> None:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", real_database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(settings.var_dir))
    with real_database.open_session(writes=True) as session:
        pilgrim, certificate = certify(session, issuer)
        newer = end(session, issuer, pilgrim, certificate)
        code, named = certificate.code, spell_code(newer.code) if newer else ""
        session.commit()
    for extra in ((), ("--pocket",)):
        refused = CliRunner().invoke(cli, ["certificate", "pdf", code, "-o", str(tmp_path / "paper.pdf"), *extra])
        assert refused.exit_code == 1
        assert told in refused.output
        assert named in refused.output
        assert not (tmp_path / "paper.pdf").exists()
    refused = CliRunner().invoke(cli, ["certificate", "revoke", code, "--reason", "Lost once more"])
    assert refused.exit_code == 1
    assert named in refused.output


@pytest.mark.parametrize(("end", "left"), [(decided, 0), (not_covered, 0), (stolen, 1), (replaced, 1)])
def test_f2_the_exchanged_record_names_no_paper_but_the_one_that_stands(
    sign_in: SignIn, session: Session, issuer: Issuer, nurse: Staff, *, end: Act, left: int
) -> None:
    pilgrim, certificate = certify(session, issuer)
    end(session, issuer, pilgrim, certificate)
    session.commit()
    told = sign_in(nurse).get(f"/pilgrims/{pilgrim.id}/record.fhir.json").text
    assert told.count('"resourceType": "DocumentReference"') == left
    assert certificate.code not in told
    assert str(certificate.id) not in told


# What cannot be done is refused when its page opens, with the sentence that the sent form gets.


def refused(browser: FlaskClient, certificate: Certificate, form: str) -> str:
    opened = browser.get(address(certificate, form))
    assert opened.status_code == 302, "no form is shown"
    return browser.get(f"/pilgrims/{certificate.pilgrim_id}").text


@pytest.mark.parametrize("form", ["/revoke", "/lost"])
@pytest.mark.parametrize(
    ("end", "told"),
    [
        (decided, "revoked already. Nothing was changed"),
        (stolen, "revoked already, and certificate {} took its place"),
        (stolen_and_corrected, "revoked already, and certificate {} took its place"),
        (issued_again, "revoked already, and certificate {} took its place"),
        (replaced, "was replaced by the newer certificate {}"),
    ],
)
def test_f2_a_paper_that_counts_no_more_opens_no_form_to_withdraw_it(
    sign_in: SignIn, session: Session, issuer: Issuer, immunologist: Staff, *, end: Act, told: str, form: str
) -> None:
    pilgrim, certificate = certify(session, issuer)
    newer = end(session, issuer, pilgrim, certificate)
    session.commit()
    named = spell_code(newer.code) if newer else ""
    assert told.format(named) in refused(sign_in(immunologist), certificate, form)


def test_f2_who_revoked_sees_no_form_to_issue_again(
    sign_in: SignIn, session: Session, issuer: Issuer, immunologist: Staff
) -> None:
    _pilgrim, certificate = certify(session, issuer)
    services.revoke_certificate(session, certificate, reason="Forged", by=immunologist.id, at=NOW)
    session.commit()
    browser = sign_in(immunologist)
    assert "and nobody else may do it for this pilgrim" in refused(browser, certificate, "/issue-again")
    make_staff(session, "immunologist", name="Бакыт Экинчи")
    session.commit()
    assert "Ask one of those who may: Бакыт Экинчи." in refused(browser, certificate, "/issue-again")


@pytest.mark.parametrize("end", [None, not_covered, stolen, replaced])
def test_f2_where_nothing_stands_revoked_by_a_person_nothing_is_issued_again(
    sign_in: SignIn, session: Session, issuer: Issuer, immunologist: Staff, end: Act | None
) -> None:
    pilgrim, certificate = certify(session, issuer)
    if end:
        end(session, issuer, pilgrim, certificate)
    session.commit()
    told = refused(sign_in(immunologist), certificate, "/issue-again")
    assert "No certificate of this pilgrim stands revoked by a person." in told


def test_f2_where_the_doses_do_not_count_the_form_does_not_open(
    sign_in: SignIn, session: Session, issuer: Issuer, immunologist: Staff
) -> None:
    pilgrim, certificate = certify(session, issuer)
    decided(session, issuer, pilgrim, certificate)
    not_covered(session, issuer, pilgrim, certificate)
    session.commit()
    assert "do not meet the requirements, so no new certificate" in refused(
        sign_in(immunologist), certificate, "/issue-again"
    )


# What the record says of them.


@pytest.mark.parametrize(("cause", "told"), [(Cause.LOST, "In place of a lost paper"), (Cause.STOLEN, "stolen paper")])
def test_f2_a_paper_after_a_loss_is_not_called_one_after_a_revocation(
    sign_in: SignIn, session: Session, issuer: Issuer, immunologist: Staff, *, cause: Cause, told: str
) -> None:
    pilgrim, paper = certify(session, issuer)
    services.replace_lost(
        session, pilgrim, paper, id=new_id(), cause=cause, issuer=issuer, reason="On a bus", by=immunologist.id, at=NOW
    )
    session.commit()
    page = sign_in(immunologist).get(f"/pilgrims/{pilgrim.id}").text
    assert f"{told}, by {immunologist.name}" in page.replace("<bdi>", "").replace("</bdi>", "")
    assert "After a revocation" not in page


@pytest.mark.parametrize(
    ("language", "reason", "told"),
    [
        ("en", NO_LONGER_COVERED, "no longer meet the vaccination requirements"),
        ("ru", NO_LONGER_COVERED, "не отвечают требованиям к прививкам"),
        ("ky", NO_LONGER_COVERED, "эмдөө талаптарына жооп бербейт"),
        ("ru", FORMERLY_COVERED, "не отвечают требованиям для въезда"),
    ],
)
def test_c15_a_stored_reason_is_read_in_each_language_the_former_one_too(
    sign_in: SignIn, session: Session, issuer: Issuer, immunologist: Staff, *, language: str, reason: str, told: str
) -> None:
    pilgrim, paper = certify(session, issuer)
    revoke(session, paper, cause=Cause.NOT_COVERED, reason=reason, by=new_id(), at=NOW)
    immunologist.language = language
    session.add(immunologist)
    session.commit()
    assert told in sign_in(immunologist).get(f"/pilgrims/{pilgrim.id}").text
