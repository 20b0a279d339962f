"""Migrations run up, down and up again, on both engines, with rows in the tables."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import select

from registry.audit import services as audit
from registry.audit.models import Action
from registry.campaigns.models import Campaign
from registry.certificates.keys import Issuer
from registry.certificates.models import Cause, Certificate, CertificateRevocation
from registry.certificates.services import revoke_certificate
from registry.certificates.services.withdrawing import FORMERLY_COVERED
from registry.commands import schema, standing
from registry.db import Database
from registry.immunization_log import services as log
from registry.immunization_log.models import Kind, LogEntry
from registry.model import metadata, new_id
from registry.pilgrims.models import Correction, FormerNumber, IdentifierKind, Pilgrim, Subject
from tests.certificates.stories import certify
from tests.factories import NOW, make_pilgrim


def shape(database: Database) -> dict[str, Any]:
    inspector = inspect(database.engine)
    return {
        table: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)],
            sorted(str(u["column_names"]) for u in inspector.get_unique_constraints(table)),
            sorted(str(k["constrained_columns"]) for k in inspector.get_foreign_keys(table)),
            sorted(str(i["column_names"]) for i in inspector.get_indexes(table)),
        )
        for table in sorted(inspector.get_table_names())
        if table != "alembic_version"
    }


def test_the_schema_is_the_same_after_up_down_and_up(real_database: Database) -> None:
    before = shape(real_database)
    schema.downgrade(real_database, "base")
    assert shape(real_database) == {}
    schema.upgrade(real_database)
    assert shape(real_database) == before


def test_the_newest_migration_equals_the_models(real_database: Database) -> None:
    with real_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [d for d in compare_metadata(context, metadata) if "alembic_version" not in str(d)]
    assert not differences, "run alembic's autogenerate for these, as a new numbered migration"


def append_something(database: Database) -> None:
    with database.open_session(writes=True) as session:
        log.append(session, Kind.DOSE, stream="VP-NRN", pilgrim=new_id(), record=new_id(), content={"lot": "A"}, at=NOW)
        session.commit()


def test_rows_survive_a_step_down_and_up_again(real_database: Database) -> None:
    append_something(real_database)
    schema.downgrade(real_database, "0001")
    schema.upgrade(real_database)
    with real_database.open_session(writes=False) as session:
        assert len(session.exec(select(LogEntry)).all()) == 1


def test_f2_a_revocation_keeps_who_decided_it_through_the_migration(real_database: Database, issuer: Issuer) -> None:
    """Until 0007 only a sentence told the registry's own revocations from a person's."""
    with real_database.open_session(writes=True) as session:
        (_one, by_itself), (_other, decided) = certify(session, issuer), certify(session, issuer)
        for paper, reason in ((by_itself, FORMERLY_COVERED), (decided, "Shown by somebody else")):
            revoke_certificate(session, paper, reason=reason, by=new_id(), at=NOW)
        session.commit()
    schema.downgrade(real_database, "0006")
    schema.upgrade(real_database)
    with real_database.open_session(writes=False) as session:
        causes = {one.certificate_id: one.cause for one in session.exec(select(CertificateRevocation))}
        assert causes == {by_itself.id: Cause.NOT_COVERED, decided.id: Cause.DECISION}
        assert session.get_one(Certificate, (decided.pilgrim_id, decided.id)).reissue_reason is None
    with real_database.open_session(writes=True) as session, pytest.raises(DBAPIError):
        session.execute(text("UPDATE certificate_revocation SET cause = 'whim'"))


def test_b1_a_decision_stands_beside_what_the_registry_did_and_outlives_the_way_back(
    real_database: Database, issuer: Issuer
) -> None:
    """Until 0013 a certificate had one revocation: of two the person's is kept."""
    with real_database.open_session(writes=True) as session:
        papers = {name: certify(session, issuer)[1] for name in ("both", "itself", "decided")}
        causes = {"both": [Cause.OUTDATED, Cause.DECISION], "itself": [Cause.NOT_COVERED], "decided": [Cause.LOST]}
        for name, paper in papers.items():
            session.add_all(revocation(paper, cause) for cause in causes[name])
        session.commit()
        known = {paper.id: name for name, paper in papers.items()}
    schema.downgrade(real_database, "0012")
    schema.upgrade(real_database)
    with real_database.open_session(writes=True) as session:
        kept = {known[one.certificate_id]: one.cause for one in session.exec(select(CertificateRevocation))}
        assert kept == {"both": Cause.DECISION, "itself": Cause.NOT_COVERED, "decided": Cause.LOST}
        session.add(revocation(papers["decided"], Cause.OUTDATED))
        session.commit()
        for second in (Cause.DECISION, Cause.STOLEN, Cause.NOT_COVERED):
            session.add(revocation(papers["decided"], second))
            with pytest.raises(IntegrityError):
                session.flush()
            session.rollback()


def revocation(paper: Certificate, cause: Cause) -> CertificateRevocation:
    columns = {"pilgrim_id": paper.pilgrim_id, "certificate_id": paper.id, "revoked_by_id": new_id()}
    return CertificateRevocation(reason="Seen elsewhere", revoked_at=NOW, cause=cause, **columns)


def test_campaigns_from_before_get_their_place_of_entry(real_database: Database) -> None:
    """Input N78: the Hajj enters in Mecca, a campaign at home is counted at home."""
    school = {"code": "SCHOOL-2026", "timezone": "Asia/Bishkek", "entry_timezone": "Asia/Bishkek"}
    with real_database.open_session(writes=True) as session:
        hajj = session.exec(select(Campaign)).one()
        session.add(Campaign.model_validate(hajj.model_dump() | school))
        session.commit()
    schema.downgrade(real_database, "0011")
    schema.upgrade(real_database)
    with real_database.open_session(writes=False) as session:
        zones = {one.code: one.entry_timezone for one in session.exec(select(Campaign)).all()}
    assert zones == {hajj.code: "Asia/Riyadh", "SCHOOL-2026": "Asia/Bishkek"}


def test_b1_numbers_corrected_before_lead_to_their_records(real_database: Database) -> None:
    """Until 0015 they stood in corrections only."""
    changed: list[dict[str, Any]] = [
        {"field": "passport_number", "old": "PE0000001", "new": "PE0000002"},
        {"field": "pin", "old": None, "new": "10101196000123"},
        {"field": "phone", "old": "+996555000123", "new": None},
    ]
    again = [{**changed[0], "new": "PE0000003"}, {"field": "pin", "old": "10101196000123", "new": None}]
    with real_database.open_session(writes=True) as session:
        pilgrim = make_pilgrim(session)
        of_dose = [{"field": "passport_number", "old": "no number", "new": "PE1"}]
        for subject, changes in ((Subject.PILGRIM, changed), (Subject.PILGRIM, again), (Subject.DOSE, of_dose)):
            session.add(correction_of(pilgrim, subject, changes))
        session.commit()
        pilgrim_id = pilgrim.id
    schema.downgrade(real_database, "0014")
    schema.upgrade(real_database)
    with real_database.open_session(writes=False) as session:
        found = {(one.kind, one.value, one.pilgrim_id) for one in session.exec(select(FormerNumber))}
    assert found == {
        (IdentifierKind.PASSPORT, "PE0000001", pilgrim_id),
        (IdentifierKind.PIN, "10101196000123", pilgrim_id),
    }


def correction_of(pilgrim: Pilgrim, subject: Subject, changes: Any) -> Correction:
    return Correction(
        pilgrim_id=pilgrim.id,
        subject=subject,
        subject_id=pilgrim.id,
        changes=changes,
        reason="As in the passport",
        corrected_at=NOW,
        corrected_by_id=new_id(),
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_entry SET commitment = 'other'",
        "DELETE FROM log_entry",
        "UPDATE audit_event SET action = 'viewed'",
        "DELETE FROM audit_event",
    ],
)
def test_the_database_refuses_to_change_the_log_and_the_audit(real_database: Database, statement: str) -> None:
    append_something(real_database)
    with real_database.open_session(writes=True) as session:
        audit.record(session, Action.VIEWED, by=None, at=NOW)
        session.commit()
    with real_database.open_session(writes=True) as session, pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement))


def test_replacing_a_log_entry_is_refused_as_well(real_database: Database) -> None:
    if real_database.engine.dialect.name != "sqlite":
        pytest.skip("only SQLite knows INSERT OR REPLACE, which walks past plain triggers")
    append_something(real_database)
    with real_database.open_session(writes=True) as session, pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("INSERT OR REPLACE INTO log_entry SELECT * FROM log_entry"))


def test_a_database_of_a_newer_version_is_recognised(real_database: Database) -> None:
    with real_database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert standing.standing_of(real_database) is standing.Standing.NEWER
