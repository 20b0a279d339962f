"""trust lists of other publishers

Revision: 0005. Without the table no foreign key is believed; the lists can be imported again.
"""

import sqlalchemy as sa
from alembic import op

import registry.model

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imported_list",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("did", sa.String(length=500), nullable=False),
        sa.Column("created_at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("proof_key", sa.String(length=64), nullable=False),
        sa.Column("imported_at", registry.model.UtcInstant(timezone=True), nullable=False),
        sa.Column("imported_by_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_list")),
        sa.UniqueConstraint("did", name=op.f("uq_imported_list_did")),
    )


def downgrade() -> None:
    op.drop_table("imported_list")
