"""indexes for reads whose cost must not grow with the register

Revision: 0010. A search looks each candidate's keys up by pilgrim and key, or begins at the pilgrims of a region; the
revocation list reads only papers that replace another and what was revoked in its years; the log's page, and the list
of groups to print, read the ends of an index. Indexes only: nothing is lost by going back.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

REPLACING = sa.text("replaces_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_pilgrim_search_key_pilgrim_id", table_name="pilgrim_search_key")
    op.create_index("ix_pilgrim_search_key_pilgrim", "pilgrim_search_key", ["pilgrim_id", "key"])
    op.drop_index("ix_registration_region", table_name="registration")
    op.create_index("ix_registration_region", "registration", ["region_code", "pilgrim_id"])
    op.create_index("ix_registration_groups", "registration", ["campaign_code", "region_code", "group_name"])
    op.create_index(
        "ix_certificate_replacing",
        "certificate",
        ["issued_at", "pilgrim_id"],
        sqlite_where=REPLACING,
        postgresql_where=REPLACING,
    )
    op.create_index("ix_certificate_revocation_revoked_at", "certificate_revocation", ["revoked_at"])
    op.create_index("ix_log_entry_at", "log_entry", ["at"])


def downgrade() -> None:
    op.drop_index("ix_log_entry_at", table_name="log_entry")
    op.drop_index("ix_certificate_revocation_revoked_at", table_name="certificate_revocation")
    op.drop_index("ix_certificate_replacing", table_name="certificate")
    op.drop_index("ix_registration_groups", table_name="registration")
    op.drop_index("ix_registration_region", table_name="registration")
    op.create_index("ix_registration_region", "registration", ["campaign_code", "region_code"])
    op.drop_index("ix_pilgrim_search_key_pilgrim", table_name="pilgrim_search_key")
    op.create_index("ix_pilgrim_search_key_pilgrim_id", "pilgrim_search_key", ["pilgrim_id"])
