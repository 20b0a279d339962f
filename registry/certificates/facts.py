"""What a certificate says: plain facts, so that the same sheet can be printed again years later."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol

from pydantic import TypeAdapter, ValidationError

Words = Mapping[str, str]
"""The same words by language: en at least, ky and ru as a rule, ar where the reader may be a foreign official."""


@dataclass(frozen=True)
class SheetDose:
    """One dose as the sheet prints it.

    `vaccine_type` is a key of `vaccine_types` in `data/sheet.json` (conjugate, polysaccharide, not_stated, ...).
    `signed_code` is the whole `HC1:` text. Keep Latin letters and brackets out of Arabic words.
    """

    disease: Words
    product: str
    manufacturer: str | None
    vaccine_type: str
    lot: str
    given_on: date
    place: Words
    vaccinator: str
    valid_from: date
    valid_until: date | None
    signed_code: str


class Person(Protocol):
    """Whose paper it is; the names mean what they mean on a certificate."""

    @property
    def latin_name(self) -> str: ...
    @property
    def cyrillic_name(self) -> str: ...
    @property
    def birth_date(self) -> date: ...
    @property
    def birth_precision(self) -> str: ...
    @property
    def sex(self) -> str: ...
    @property
    def nationality(self) -> str: ...
    @property
    def passport_number(self) -> str: ...


@dataclass(frozen=True)
class SheetFacts:
    """One certificate as the sheet prints it.

    `latin_name` is the passport's own line, surname first. `birth_precision` is day, month or year: what is known of
    `birth_date`. `sex` is male or female, `nationality` an ISO 3166-1 alpha-3 code. `code` is the twelve characters
    without hyphens. `arrival_assumed` tells that `planned_arrival` is the campaign's and not the pilgrim's own.
    `replaces` is the code and the issue date of the certificate this one stands in for. `codes_until` is the
    last day on which the codes can be checked offline, where that is not the last of all. `training` marks a sheet that
    must never pass for a real one.
    """

    latin_name: str
    cyrillic_name: str
    birth_date: date
    sex: str
    nationality: str
    passport_number: str
    campaign_title: Words
    code: str
    verify_url: str
    issued_on: date
    authority: Words
    entry_from: date
    entry_until: date | None
    doses: tuple[SheetDose, ...]
    planned_arrival: date | None = None
    arrival_assumed: bool = False
    birth_precision: Literal["day", "month", "year"] = "day"
    replaces: tuple[str, date] | None = None
    codes_until: date | None = None
    training: bool = False

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> "SheetFacts":
        """The facts from stored JSON, dates as ISO 8601 text; other keys are passed over.

        Raises `pydantic.ValidationError` when a fact is missing or of another kind.
        """
        return _STORED.validate_python(stored)

    @staticmethod
    def are_whole(stored: Any) -> bool:
        """Whether these are facts as the registry writes them: a writer of the database may leave anything there."""
        if not isinstance(stored, Mapping) or "training" not in stored or not stored.get("doses"):
            return False
        try:
            _STORED.validate_json(json.dumps(stored), strict=True)
        except ValidationError:
            return False
        return True

    def to_json(self) -> dict[str, Any]:
        """The facts as plain JSON values, complete enough to print the same sheet again."""
        stored: dict[str, Any] = _STORED.dump_python(self, mode="json")
        return stored


_STORED = TypeAdapter(SheetFacts)
