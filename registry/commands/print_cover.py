"""What stands above the cover list of a print, in the language of who asked for it."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.support import Translations

import registry.web
from registry.campaigns.models import VaccinationPoint
from registry.commands.print_run import Cover
from registry.errors import N_
from registry.printing.rules import ORDER_WORDS, PrintRequest

SHEETS, POCKET = N_("Certificates"), N_("Pocket cards")
DAY, GROUP, START = N_("Issued on %(day)s"), N_("Group: %(name)s"), N_("From sheet %(number)s")
BY_CODES, ASKED_BY = N_("By a list of codes"), N_("Asked for by: %(name)s")
COUNT = N_("Certificates: %(count)s")

_CATALOGUES = Path(registry.web.__file__).parent / "translations"


def describe(
    request: PrintRequest, point: VaccinationPoint | None, *, by: str, language: str, at: datetime, timezone: str
) -> Cover:
    """What was chosen, its order, and who asked for it when."""
    # English stands in the code; there is no catalogue of it.
    say = Translations.load(_CATALOGUES, [language]).gettext
    chosen = request.selection
    title = [say(POCKET if request.pocket else SHEETS)]
    if point is not None:
        # The notice calls several points the same: the settlement tells them apart.
        title += [words.get(language) or words["en"] for words in (point.settlement, point.name)]
    if chosen.day:
        title.append(say(DAY) % {"day": f"{chosen.day:%d.%m.%Y}"})
    if chosen.group:
        title.append(say(GROUP) % {"name": chosen.group})
    if chosen.by_codes:
        title.append(say(BY_CODES))
    if request.start > 1:
        title.append(say(START) % {"number": request.start})
    return Cover(
        title=" · ".join(title),
        order=say(ORDER_WORDS[request.order]),
        count=say(COUNT),
        by=say(ASKED_BY) % {"name": by},
        language=language,
        made_at=at.astimezone(ZoneInfo(timezone)),
    )
