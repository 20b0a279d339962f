"""movements of a point's stock are found by time

Revision: 0008. Which lots a nurse uses today, and who took the last dose, must not cost the point's whole history.
Nothing is lost by going back.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_stock_movement_point_code", table_name="stock_movement")
    op.create_index("ix_stock_movement_point", "stock_movement", ["point_code", "at"])


def downgrade() -> None:
    op.drop_index("ix_stock_movement_point", table_name="stock_movement")
    op.create_index("ix_stock_movement_point_code", "stock_movement", ["point_code"])
