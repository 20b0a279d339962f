"""What stands above the cover list of a print, in the language of who asked for it."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.support import NullTranslations, Translations

import registry.web
from registry.campaigns.models import VaccinationPoint
from registry.commands.print_run import Cover
from registry.errors import N_
from registry.printing.rules import ORDER_WORDS, PrintRequest

TITLE, POCKET_TITLE = N_("List of the printed certificates"), N_("List of the printed pocket cards")
POINT, DAY, GROUP = N_("Point: %(name)s"), N_("Issued on %(day)s"), N_("Group: %(name)s")
BY_CODES, START, ASKED_BY = N_("By a list of codes"), N_("From sheet %(number)s"), N_("Asked for by: %(name)s")

_CATALOGUES = Path(registry.web.__file__).parent / "translations"


def describe(
    request: PrintRequest, point: VaccinationPoint | None, *, by: str, language: str, at: datetime, timezone: str
) -> Cover:
    """The pile's title, what was chosen, its order, and who asked for it when."""
    catalogue = Translations.load(_CATALOGUES, [language])
    say = catalogue.gettext
    chosen = request.selection
    parts = [say(ORDER_WORDS[request.order])]
    if point is not None:
        parts.append(say(POINT) % {"name": _named(point.name, language)})
    if chosen.day:
        parts.append(say(DAY) % {"day": f"{chosen.day:%d.%m.%Y}"})
    if chosen.group:
        parts.append(say(GROUP) % {"name": chosen.group})
    if chosen.by_codes:
        parts.append(say(BY_CODES))
    if request.start > 1:
        parts.append(say(START) % {"number": request.start})
    return Cover(
        title=say(POCKET_TITLE if request.pocket else TITLE),
        order=". ".join(parts) + ".",
        by=say(ASKED_BY) % {"name": by},
        # English needs no catalogue, and none is there.
        language="en" if type(catalogue) is NullTranslations else language,
        made_at=at.astimezone(ZoneInfo(timezone)),
    )


def _named(words: Mapping[str, str], language: str) -> str:
    return words.get(language) or words["en"]
