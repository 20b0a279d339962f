"""a second factor for staff, and one-time passwords that expire

Revision: 0004. One-time passwords given before this step keep no end.
"""

import sqlalchemy as sa
from alembic import op

import registry.model

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("used_at", registry.model.UtcInstant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_recovery_code_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", "code_hash", name=op.f("pk_recovery_code")),
    )
    op.add_column("staff", sa.Column("one_time_until", registry.model.UtcInstant(timezone=True), nullable=True))
    op.add_column("staff", sa.Column("totp_secret", sa.String(), nullable=True))
    op.add_column("staff", sa.Column("totp_last_step", sa.Integer(), nullable=True))
    op.add_column(
        "staff_session", sa.Column("second_factor_at", registry.model.UtcInstant(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("staff_session", "second_factor_at")
    for column in ("totp_last_step", "totp_secret", "one_time_until"):
        op.drop_column("staff", column)
    op.drop_table("recovery_code")
