"""failed attempts of strangers may be forgotten, and are counted over the whole installation

Revision: 0006. The audit refuses every deletion but that of a failed attempt: the worker forgets those after 30 days,
since anybody on the internet can write them. Nothing is lost by going back.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FLEETING = "('sign_in_failed', 'code_failed', 'check_failed')"


def upgrade() -> None:
    op.create_index("ix_audit_event_action", "audit_event", ["action", "at"])
    _refuse_deletion(f"WHEN (OLD.action NOT IN {FLEETING})")


def downgrade() -> None:
    _refuse_deletion("")
    op.drop_index("ix_audit_event_action", table_name="audit_event")


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
