"""One box to find a pilgrim; the registration in the passport's own order."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from registry.campaigns.models import Region
from registry.errors import Refusals
from registry.pilgrims import rules
from registry.pilgrims.models import BirthPrecision, PilgrimDetails, Sex
from registry.pilgrims.queries import MOST_LETTERS, MOST_WORDS, SearchTooLong
from registry.pilgrims.rows import RegistrationDetails
from registry.web.fields import Choice, DateBoxes, Radios, Stated, Text, Tick, Upload
from registry.web.forms import Form
from registry.web.labels import choices
from registry.web.languages import say

# A little more than the rules take (a letter may be written as two), and then their own sentences.
NAME: dict[str, Any] = {"most": 2 * rules.MAX_NAME, "too_long": _l(rules.NameTooLong.sentence, most=rules.MAX_NAME)}
PIN: dict[str, Any] = {"most": 60, "too_long": _l(rules.PinShape.sentence)}


class SearchForm(Form):
    text = Text(
        _l("Passport number, PIN, name or telephone"),
        [Stated(_l("Write or scan something to search for."))],
        description=_l("Scan the passport number, or write at least three letters of a name in either alphabet."),
        most=MOST_LETTERS,
        too_long=_l(SearchTooLong.sentence, words=MOST_WORDS, letters=MOST_LETTERS),
    )


class ListForm(Form):
    file = Upload(_l("List of pilgrims"), description=_l("A CSV or XLSX file of at most 10 MB and 20,000 rows."))

    def validate_file(self, field: Upload) -> None:
        # A form without a file still sends an empty part for it.
        if not getattr(field.data, "filename", ""):
            raise ValidationError(_l("Choose the file that holds the list."))


class ApprovalForm(Form):
    doubts_checked = Tick(_l("I have compared the rows marked with a question, and they are right."))


class RegistrationForm(Form):
    """Only shape is judged here; what a name or number may be is in the rules, so that lists obey the same."""

    latin_surname = Text(
        _l("Surname in Latin letters"), description=_l("Copy it from the passport, letter by letter."), **NAME
    )
    latin_given_name = Text(_l("Given names in Latin letters"), **NAME)
    surname = Text(_l("Surname"), description=_l("In Cyrillic, as in the passport or identity card."), **NAME)
    given_name = Text(_l("Given name"), **NAME)
    patronymic = Text(_l("Patronymic, if there is one"), **NAME)
    nationality = Text(
        _l("Nationality"),
        description=_l("Three letters, as in the passport."),
        default="KGZ",
        most=20,
        too_long=_l(rules.NationalityShape.sentence),
    )
    birth_on = DateBoxes(
        _l("Birth date"),
        partial=True,
        description=_l("For example 25 12 1960. If only the year is known, leave the other boxes empty."),
    )
    sex = Radios(_l("Sex"), choices=choices(Sex), validate_choice=False)
    pin = Text(_l("PIN, if known"), description=_l("14 digits."), **PIN)
    passport_number = Text(
        _l("Passport number"),
        description=_l("Of the passport that the pilgrim travels with."),
        most=60,
        too_long=_l(rules.PassportShape.sentence),
    )
    phone = Text(
        _l("Telephone, if there is one"), description=_l("For example +996 555 000 123 or 0555 000 123."), most=60
    )
    region_code = Choice(_l("Region that the pilgrim travels from"), validate_choice=False)
    arrival_on = DateBoxes(_l("Arrival in Saudi Arabia, if known"))
    group_name = Text(_l("Group or its leader, if known"), most=80)

    def offer_regions(self, regions: Sequence[Region], *, usual: str) -> None:
        """All regions: a pilgrim may be registered far from home. `usual` is chosen at first; "" chooses none."""
        self._region_codes = {region.code for region in regions}
        named = [(region.code, say(region.name)) for region in regions]
        self.region_code.choices = [("", _l("Choose a region")), *named]
        if self.region_code.data is None:
            self.region_code.data = usual

    def validate_region_code(self, field: Choice) -> None:
        if field.data not in self._region_codes:
            raise ValidationError(_l("Choose the region that the pilgrim travels from."))

    def judge(self, *, on: date) -> None:
        """Say also what the rules refuse when the shape is already wrong: every fault at once."""
        details = rules.normalise(self.details())
        self.refuse(Refusals(fault for fault in rules.details_faults(details, on=on) if fault.field not in self.errors))

    def details(self) -> PilgrimDetails:
        return rules.typed(
            latin_surname=self.latin_surname.data or "",
            latin_given_name=self.latin_given_name.data or "",
            surname=self.surname.data or "",
            given_name=self.given_name.data or "",
            patronymic=self.patronymic.data or "",
            nationality=self.nationality.data or "",
            birth_on=self.birth_on.data,
            birth_precision=BirthPrecision(self.birth_on.precision),
            sex=next((sex for sex in Sex if sex == self.sex.data), None),
            pin=self.pin.data,
            passport_number=self.passport_number.data or "",
            phone=self.phone.data,
        )

    def registration(self, *, point_code: str) -> RegistrationDetails:
        return RegistrationDetails(
            region_code=self.region_code.data,
            arrival_on=self.arrival_on.data,
            group_name=rules.tidy(self.group_name.data or ""),
            point_code=point_code,
        )
