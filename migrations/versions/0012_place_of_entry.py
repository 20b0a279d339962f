"""the place whose days decide whether a certificate is valid

Revision: 0012. Every Hajj and Umrah enters Saudi Arabia; any other campaign counted its days at home until now. Going
back forgets it, and days are counted at home again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With a default the column comes without making the table anew, to which many others point.
    op.add_column("campaign", sa.Column("entry_timezone", sa.String(), nullable=False, server_default="Asia/Riyadh"))
    op.execute("UPDATE campaign SET entry_timezone = timezone WHERE code NOT LIKE 'HAJJ-%' AND code NOT LIKE 'UMRAH-%'")


def downgrade() -> None:
    op.drop_column("campaign", "entry_timezone")
