"""What people type or bring to have certificates checked."""

import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import ValidationError

from registry.errors import N_
from registry.uploads.limits import PUBLIC
from registry.uploads.reading import Row, read_rows
from registry.uploads.turns import Turn, one_at_a_time
from registry.verification import rules
from registry.verification.intake import pasted_rows
from registry.verification.rules import Reason, finding, was_born_in, was_born_on
from registry.web.bodies import MOST_FORM
from registry.web.fields import DateBoxes, Hidden, LongText, Stated, Text, Upload
from registry.web.forms import Form
from registry.web.installation import settings

TOO_LONG = _l("This is too long. Write only what the paper shows.")
LONGEST_MESSAGE = 1_000  # characters: a link as somebody sent it, with what was written around it
_SIGNED = N_(
    "This is the text of the large QR code. Write the 12 letters and digits that stand on the paper, or paste its link."
)
NO_NAMES = {
    rules.Form.SIGNED: _SIGNED,
    rules.Form.CUT_UP: _SIGNED,
    rules.Form.SEVERAL: finding(Reason.SEVERAL_CODES).sentence,
    rules.Form.OTHER: finding(Reason.OTHER_KIND).sentence,
}
"""What people paste into the field for a code although no certificate is looked up by it."""


class CodeForm(Form):
    code = Text(
        _l("Certificate code"),
        [Stated(_l("Write the code that stands on the paper."))],
        description=_l("12 letters and digits, for example 7K3M-9QXD-2RTB. Small letters and spaces do no harm."),
        most=LONGEST_MESSAGE,
        too_long=TOO_LONG,
    )

    def validate_code(self, code: Text) -> None:
        answer = NO_NAMES.get(rules.understand(code.data or "").form)
        if answer:
            raise ValidationError(_(answer))


class CheckForm(CodeForm):
    birth_year = Text(
        _l("Year of birth"),
        [Stated(_l("Write the year of birth that stands in the passport."))],
        description=_l("Four digits, for example 1955."),
        most=10,
        too_long=TOO_LONG,
    )

    def year(self) -> str:
        """The year in plain digits, whichever digits the keyboard writes."""
        typed = (self.birth_year.data or "").strip()
        return "".join(str(unicodedata.digit(character, "")) for character in typed)

    def fits(self, facts: Mapping[str, Any]) -> bool:
        return was_born_in(facts, self.year())


class BirthDateForm(CodeForm):
    """Asked instead of the year where a code's year was guessed at. `exact` tells the two forms apart."""

    birth_on = DateBoxes(
        _l("Date of birth"),
        [Stated(_l("Write the date of birth that stands in the passport."))],
        description=_l("For example 12 3 1955. Where the passport has only the year, write only the year."),
        partial=True,
    )
    exact = Hidden(default="1")

    def fits(self, facts: Mapping[str, Any]) -> bool:
        return was_born_on(facts, self.birth_on.data, precision=self.birth_on.precision)


class OwnCertificateForm(BirthDateForm):
    """`newest`: the holder was told that the code was replaced, and asks for what took its place."""

    newest = Hidden()


class GroupForm(Form):
    codes = LongText(
        _l("Codes, links or signed codes, one a line"),
        description=_l("At most 500. Scan them one after another, type them, or paste rows of a spreadsheet."),
        most=MOST_FORM,
    )
    manifest = Upload(
        _l("Or a manifest"),
        description=_l(
            "A CSV or XLSX file of at most 2 MB with the codes in a column. Where it has a column with the planned "
            "day of travel, each certificate is checked for that day."
        ),
    )

    turn: Turn | None = None  # what reading the file took

    @property
    def has_file(self) -> bool:
        """A form without a file still sends an empty part for it."""
        return bool(getattr(self.manifest.data, "filename", ""))

    def rows(self, sender: str) -> Iterator[Row]:
        """The file's, where there is one. Raises NotAList, FileUnreadable, FileTooLarge or AnotherIsRead."""
        if not self.has_file:
            return pasted_rows(self.codes.data or "")
        folder = settings().var_dir / "turns"
        with closing(self.manifest.data) as file, one_at_a_time(folder, sender=sender) as self.turn:
            return read_rows(file.read(PUBLIC.size + 1), PUBLIC)
