"""What an open page showed of a record, so that it does not undo what somebody else corrected meanwhile."""

import hashlib
import hmac
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from registry.errors import N_, Refusal
from registry.pilgrims.models import PilgrimDetails, Registration
from registry.pilgrims.rows import RegistrationDetails
from registry.vaccines.models import Lot
from registry.vaccines.services import LotDetails

_DIGITS = 12
_PLACE = ("region_code", "arrival_on", "group_name")
_LOT = ("product_code", "number", "expires_on", "season_code")


class ChangedMeanwhile(Refusal):
    """`now`: the values that stand. `fields`: the names of those that the page showed otherwise."""

    sentence = N_(
        "Somebody changed this record after you opened the page: %(fields)s. Nothing of yours was recorded. The page "
        "shows the record as it is now, with what you changed yourself. Look again, then send what is still wrong."
    )

    def __init__(self, now: Mapping[str, Any], fields: list[str]) -> None:
        self.now, self.fields = now, fields
        super().__init__(fields=", ".join(fields))


class PageWithoutRecord(ChangedMeanwhile):
    sentence = N_(
        "This page was opened too long ago to be compared with the record. Nothing was recorded. The page shows the "
        "record as it is now. Write again what is wrong in it."
    )


def of_pilgrim(details: PilgrimDetails, place: Registration | RegistrationDetails) -> dict[str, Any]:
    own = {name: getattr(details, name) for name in PilgrimDetails.model_fields}
    return {**own, **{name: getattr(place, name) for name in _PLACE}}


def of_lot(lot: Lot | LotDetails) -> dict[str, Any]:
    return {name: getattr(lot, name) for name in _LOT}


class Seen(NamedTuple):
    """The digests that a page carries. They are keyed: a short one of a PIN would else be the PIN."""

    record: uuid.UUID
    key: bytes
    sent: str = ""

    def digest(self, values: Mapping[str, Any]) -> str:
        """One short digest for each value, in the order of the values."""
        return " ".join(self._digest(name, value) for name, value in values.items())

    def _digest(self, name: str, value: Any) -> str:
        text = f"seen {self.record} {name} {value or ''}"
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()[:_DIGITS]

    def differing(self, values: Mapping[str, Any]) -> list[str]:
        """The names of the values that the page did not show."""
        shown = self.sent.split(" ")
        if len(shown) != len(values):
            return list(values)
        return [
            name
            for (name, value), digest in zip(values.items(), shown, strict=True)
            if not self._is(name, value, digest)
        ]

    def _is(self, name: str, value: Any, digest: str) -> bool:
        return hmac.compare_digest(self._digest(name, value).encode(), digest.encode())

    def refuse_stale(self, now: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
        """Raises ChangedMeanwhile where the record is not what the page showed; not where it is what is wanted."""
        if all((now[name] or None) == (wanted[name] or None) for name in now):
            return
        changed = self.differing(now)
        if len(changed) == len(now):
            raise PageWithoutRecord(now, changed)
        if changed:
            raise ChangedMeanwhile(now, changed)
