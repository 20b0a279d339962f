"""Issue, replace, revoke."""

from registry.certificates.services.alarms import raise_alarms
from registry.certificates.services.issuing import facts_of, refresh
from registry.certificates.services.withdrawing import NO_LONGER_COVERED, revoke_certificate

__all__ = ["NO_LONGER_COVERED", "facts_of", "raise_alarms", "refresh", "revoke_certificate"]
