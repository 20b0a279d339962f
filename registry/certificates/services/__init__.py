"""Issue, replace, revoke, and what a person decides about it. `refresh` is the one place that issues by itself."""

from registry.certificates.services.alarms import raise_alarms
from registry.certificates.services.deciding import check_issue_again, find_decision, issue_again, replace_lost
from registry.certificates.services.issuing import ASK_FOR_KEY_EVERY, certificate_row, facts_of, handle_rows, refresh
from registry.certificates.services.withdrawing import NO_LONGER_COVERED, check_revocable, revoke_certificate

__all__ = [
    "ASK_FOR_KEY_EVERY",
    "NO_LONGER_COVERED",
    "certificate_row",
    "check_issue_again",
    "check_revocable",
    "facts_of",
    "find_decision",
    "handle_rows",
    "issue_again",
    "raise_alarms",
    "refresh",
    "replace_lost",
    "revoke_certificate",
]
