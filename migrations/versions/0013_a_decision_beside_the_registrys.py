"""a person's decision beside what the registry did by itself

Revision: 0013. A certificate had one revocation. Now a person may also decide about one that the registry withdrew.
Going back keeps the person's of two.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLE = "certificate_revocation"
COLUMNS = ["pilgrim_id", "certificate_id"]
ONE = "uq_certificate_revocation_pilgrim_id_certificate_id"
INDEXES = {
    "uq_certificate_revocation_decided": sa.text("cause IN ('decision', 'lost', 'stolen')"),
    "uq_certificate_revocation_by_itself": sa.text("cause NOT IN ('decision', 'lost', 'stolen')"),
}


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.drop_constraint(ONE, type_="unique")
    for name, where in INDEXES.items():
        op.create_index(name, TABLE, COLUMNS, unique=True, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, TABLE)
    revocation = sa.table(TABLE, *map(sa.column, ("id", "cause", *COLUMNS)))
    other = revocation.alias("other")
    decided = sa.exists().where(
        other.c.pilgrim_id == revocation.c.pilgrim_id,
        other.c.certificate_id == revocation.c.certificate_id,
        other.c.id != revocation.c.id,
    )
    op.execute(sa.delete(revocation).where(revocation.c.cause.in_(["not_covered", "outdated"]), decided))
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.create_unique_constraint(ONE, COLUMNS)
