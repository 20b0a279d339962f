"""A delivery arrives; a lot is held or released."""

import calendar
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms.validators import AnyOf, ValidationError

from registry.vaccines.models import HoldKind
from registry.vaccines.rules import HoldReasonMissing, LotNumberMissing
from registry.web.fields import Choice, Chosen, DateBoxes, LongText, Radios, Stated, Text, Whole
from registry.web.forms import Form
from registry.web.labels import choices


class ReceiveForm(Form):
    point = Choice(
        _l("Vaccination point"), [Chosen(_l("Choose the point where the vaccine arrived."))], validate_choice=False
    )
    product = Choice(_l("Vaccine"), [Chosen(_l("Choose the vaccine named on the box."))], validate_choice=False)
    number = Text(
        _l("Lot number"),
        [Stated(_l(LotNumberMissing.sentence))],
        description=_l("On the box after “Lot”, “Серия” or (10)."),
        most=60,
    )
    expires_on = DateBoxes(
        _l("Expiry date"),
        [Stated(_l("Write the expiry date printed on the box."))],
        partial=True,
        description=_l("Leave the day empty where the box names only the month: the lot then keeps to its last day."),
    )
    season = Text(
        _l("Season (influenza only)"),
        description=_l("For example NH-2025-2026: northern hemisphere, winter of 2025 to 2026."),
        most=20,
    )
    doses = Whole(
        _l("Doses received"),
        [Stated(_l("Write how many doses arrived."))],
        description=_l("Doses, not boxes: a vial of 10 doses counts as 10."),
    )
    document = Text(
        _l("Delivery note"),
        description=_l("Number of the paper that came with it, if there is one."),
        most=80,
    )

    def validate_expires_on(self, field: DateBoxes) -> None:
        if field.data and field.precision == "year":
            raise ValidationError(_l("Write the month too: a lot expires on a day or in a month."))

    def expiry(self) -> date:
        """The last day the lot may be used."""
        day: date = self.expires_on.data
        last = calendar.monthrange(day.year, day.month)[1]
        return day.replace(day=last) if self.expires_on.precision == "month" else day


class HoldForm(Form):
    kind = Radios(
        _l("What should happen to this lot?"),
        [AnyOf([*HoldKind], message=_l("Choose what should happen to this lot."))],
        choices=choices(HoldKind),
        validate_choice=False,
    )
    reason = LongText(_l("Reason"), [Stated(_l(HoldReasonMissing.sentence))], most=500)
