"""Change what was recorded. The reason, the old and the new value stay; counters and certificate follow."""

from registry.corrections.services.dose import correct_dose, withdraw_dose
from registry.corrections.services.lot import PRINTED, Follow, correct_lot, follow_lot, request_count
from registry.corrections.services.mistake import withdraw_registration
from registry.corrections.services.pilgrim import correct_pilgrim

__all__ = [
    "PRINTED",
    "Follow",
    "correct_dose",
    "correct_lot",
    "correct_pilgrim",
    "follow_lot",
    "request_count",
    "withdraw_dose",
    "withdraw_registration",
]
