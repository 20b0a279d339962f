"""the audit names the browser in which somebody signed in, by a keyed hash of its device cookie

Revision: 0009. Going back forgets it: known browsers are then known by their address alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit_event", sa.Column("device", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("audit_event", "device")
