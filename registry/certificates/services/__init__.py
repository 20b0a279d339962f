"""Issue, replace, revoke."""

from registry.certificates.services.issuing import facts_of, refresh
from registry.certificates.services.withdrawing import NO_LONGER_COVERED, revoke_certificate

__all__ = ["NO_LONGER_COVERED", "facts_of", "refresh", "revoke_certificate"]
