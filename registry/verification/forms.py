"""The typed check."""

import unicodedata

from flask_babel import lazy_gettext as _l
from wtforms.validators import Length

from registry.web.fields import Stated, Text
from registry.web.forms import Form

TOO_LONG = _l("This is too long. Write only what the paper shows.")


class CheckForm(Form):
    code = Text(
        _l("Certificate code"),
        [Stated(_l("Write the code that stands on the paper.")), Length(max=60, message=TOO_LONG)],
        description=_l("12 letters and digits, for example 7K3M-9QXD-2RTB. Small letters and spaces do no harm."),
    )
    birth_year = Text(
        _l("Year of birth"),
        [Stated(_l("Write the year of birth that stands in the passport.")), Length(max=10, message=TOO_LONG)],
        description=_l("Four digits, for example 1955."),
    )

    def year(self) -> str:
        """The year in plain digits, whichever digits the keyboard writes."""
        typed = (self.birth_year.data or "").strip()
        return "".join(str(unicodedata.digit(character, "")) for character in typed)
