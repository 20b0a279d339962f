"""doses are found by who recorded them, and when

Revision: 0014. Which lots a nurse uses today is read from her doses: what the stock moves by does not tell a dose of
today from one that is entered late or corrected. Nothing is lost by going back.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_dose_recorded", "dose", ["recorded_by_id", "recorded_at"])


def downgrade() -> None:
    op.drop_index("ix_dose_recorded", table_name="dose")
