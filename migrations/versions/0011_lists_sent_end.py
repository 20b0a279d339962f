"""that a stranger sent a list may be forgotten, as failed attempts are

Revision: 0011. A list counts for the limit before it is read, whatever comes of it; the row is of no use after a day.
Nothing is lost by going back.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BEFORE = "('sign_in_failed', 'code_failed', 'check_failed')"
NOW = "('sign_in_failed', 'code_failed', 'check_failed', 'group_sent')"


def upgrade() -> None:
    _refuse_deletion(f"WHEN (OLD.action NOT IN {NOW})")


def downgrade() -> None:
    _refuse_deletion(f"WHEN (OLD.action NOT IN {BEFORE})")


def _refuse_deletion(when: str) -> None:
    name = "audit_event_no_delete"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER {name} ON audit_event")
        op.execute(
            f"CREATE TRIGGER {name} BEFORE DELETE ON audit_event FOR EACH ROW {when} EXECUTE FUNCTION refuse_change()"
        )
    else:
        op.execute(f"DROP TRIGGER {name}")
        op.execute(
            f"CREATE TRIGGER {name} BEFORE DELETE ON audit_event {when} "
            "BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END"
        )
