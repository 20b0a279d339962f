"""What a writer of the database leaves where the registry would write nothing of the kind."""

from sqlmodel import Session, select, text

from registry.pilgrims.models import Pilgrim
from registry.vaccinations.models import Dose


def no_day(session: Session) -> str:
    """A value that a column of days or moments keeps and nothing can read."""
    return "infinity" if session.connection().dialect.name == "postgresql" else "9999-99-99"


def spoil(session: Session, column: str, value: str | None, where: str) -> None:
    """Write past constraints; `column` is `table.column`, None a day that is none, `where` the SQL of the rows."""
    table, name = column.split(".")
    _lift_checks(session, table)
    named = session.execute(text(f"SELECT count(*) FROM {table} WHERE {where}"))  # noqa: S608 - our own
    assert named.scalar(), "nothing is spoilt"
    quoted = (no_day(session) if value is None else value).replace("'", "''")
    session.execute(text(f"UPDATE {table} SET {name} = '{quoted}' WHERE {where}"))  # noqa: S608 - our own
    if session.connection().dialect.name == "sqlite":
        session.execute(text("PRAGMA ignore_check_constraints = OFF"))
    session.expunge_all()


def id_of(session: Session, key: object) -> str:
    """An id as SQL writes it."""
    return f"'{key}'" if session.connection().dialect.name == "postgresql" else f"'{str(key).replace('-', '')}'"


def where_of(session: Session, table: str, pilgrim: Pilgrim) -> str:
    """The rows of a table that a pilgrim's record is made of, or that its first dose names; the pilgrim's all."""
    own = id_of(session, pilgrim.id)
    dose = session.exec(select(Dose).where(Dose.pilgrim_id == pilgrim.id)).first()
    if dose is None or table == "pilgrim":
        return f"{'id' if table == 'pilgrim' else 'pilgrim_id'} = {own}"
    named = {
        "lot": f"id = {id_of(session, dose.lot_id)}",
        "staff": f"id = {id_of(session, dose.given_by_id)}",
        "product": f"code = '{dose.product_code}'",
        "vaccination_point": f"code = '{dose.point_code}'",
        "antigen": f"code = '{dose.antigen_code}'",
    }
    return named.get(table, f"pilgrim_id = {own}")


def _lift_checks(session: Session, table: str) -> None:
    if session.connection().dialect.name == "sqlite":
        session.execute(text("PRAGMA ignore_check_constraints = ON"))
        session.execute(text("PRAGMA defer_foreign_keys = ON"))  # until the test is undone
        return
    checks = "SELECT conname FROM pg_constraint WHERE contype IN ('c', 'f') AND conrelid = CAST(:table AS regclass)"
    for (name,) in session.execute(text(checks), {"table": table}).all():
        session.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'))
