"""who decided a revocation, and why a paper was issued after one

Revision: 0007. Until now only the sentence of the reason told the registry's own revocations from a person's.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CAUSES = ("decision", "lost", "stolen", "not_covered", "outdated")
BY_ITSELF = "The recorded doses no longer meet the requirements for entry."


def upgrade() -> None:
    cause = sa.Enum(*CAUSES, name="cause", native_enum=False, create_constraint=True, length=40)
    with op.batch_alter_table("certificate_revocation") as batch_op:
        batch_op.add_column(sa.Column("cause", cause, server_default="decision", nullable=False))
    op.execute(
        sa.text("UPDATE certificate_revocation SET cause = 'not_covered' WHERE reason = :sentence").bindparams(
            sentence=BY_ITSELF
        )
    )
    op.add_column("certificate", sa.Column("reissue_reason", sa.String(length=500), nullable=True))


def downgrade() -> None:
    op.drop_column("certificate", "reissue_reason")
    with op.batch_alter_table("certificate_revocation") as batch_op:
        batch_op.drop_constraint(op.f("ck_certificate_revocation_cause"), type_="check")
        batch_op.drop_column("cause")
