"""Issue, replace, revoke."""

from registry.certificates.services.alarms import raise_alarms
from registry.certificates.services.issuing import certificate_row, facts_of, handle_rows, refresh
from registry.certificates.services.withdrawing import NO_LONGER_COVERED, revoke_certificate

__all__ = [
    "NO_LONGER_COVERED",
    "certificate_row",
    "facts_of",
    "handle_rows",
    "raise_alarms",
    "refresh",
    "revoke_certificate",
]
