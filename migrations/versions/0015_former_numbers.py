"""numbers that a record had before it was corrected

Revision: 0015. Corrections hold them too, but there no index leads to them. Nothing is lost by going back.
"""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLE = "former_number"
KINDS = {"passport_number": "passport", "pin": "pin"}
COLUMNS = ("kind", "value", "pilgrim_id")
AT_ONCE = 1000


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column(
            "kind",
            sa.Enum("passport", "pin", name="identifierkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("pilgrim_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", "pilgrim_id", name=op.f("pk_former_number")),
    )
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in sorted(_corrected())]
    former = sa.table(TABLE, sa.column("kind"), sa.column("value"), sa.column("pilgrim_id", sa.Uuid()))
    for start in range(0, len(rows), AT_ONCE):
        op.bulk_insert(former, rows[start : start + AT_ONCE])


def _corrected() -> set[tuple[str, str, uuid.UUID]]:
    correction = sa.table(
        "correction", sa.column("pilgrim_id", sa.Uuid()), sa.column("subject"), sa.column("changes", sa.JSON())
    )
    query = sa.select(correction.c.pilgrim_id, correction.c.changes).where(correction.c.subject == "pilgrim")
    return {
        (KINDS[change["field"]], change["old"], pilgrim_id)
        for pilgrim_id, changes in op.get_bind().execute(query)
        for change in changes
        if change["field"] in KINDS and change["old"]
    }


def downgrade() -> None:
    op.drop_table(TABLE)
