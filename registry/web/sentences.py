"""Facts and values in the reader's language."""

import logging
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from flask_babel import format_decimal, gettext
from markupsafe import Markup, escape

from registry.clock import spell_date
from registry.errors import Fault, Refusal
from registry.web.installation import settings
from registry.web.labels import label
from registry.web.languages import say

log = logging.getLogger(__name__)
_LATIN_DAY = re.compile(r"\b\d{1,2} [A-Z]{3} \d{4}\b")


def sentence(refusal: Refusal) -> str:
    """A refusal in words, its dates, labels and names filled in."""
    if isinstance(refusal, Fault):
        log.warning("told to somebody as a fault of the installation: %s", refusal)
        return str(gettext(refusal.plain))
    return told(refusal.sentence, refusal.facts)


def told(msgid: str, facts: Mapping[str, object]) -> str:
    """A sentence of the code, or one a job kept, with its facts filled in."""
    return str(gettext(msgid, **{name: shown(value) for name, value in facts.items()}))


def shown(value: object) -> str:
    """One value as staff read it everywhere: 25.12.2025, a label, words."""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, StrEnum):
        return str(label(value))
    if isinstance(value, Mapping):
        return say(value)
    if isinstance(value, Decimal):
        return str(format_decimal(value))
    return "" if value is None else str(value)


def day(value: date | None) -> str:
    """CLDR's short forms differ by language (and are month-first in English): one pattern for all staff."""
    return f"{value:%d.%m.%Y}" if value else ""


def moment(value: datetime | None) -> str:
    """An instant as the clock on this installation's wall showed it."""
    return f"{value.astimezone(ZoneInfo(settings().timezone)):%d.%m.%Y %H:%M}" if value else ""


def latin_day(value: date | None) -> str:
    """A date no country misreads: 23 DEC 2025."""
    return spell_date(value) if value else ""


def whole_days(spoken: str) -> Markup:
    """A sentence whose dates break over no line, and whose day does not change places with the month in Arabic."""
    return Markup(_LATIN_DAY.sub(r'<bdi class="app-whole">\g<0></bdi>', str(escape(spoken))))  # noqa: S704 - escaped
