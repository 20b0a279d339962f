"""Corrections: the same fields as when it was recorded, and the reason."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from registry.corrections.rules import LONGEST_REASON, ReasonTooLong
from registry.examinations.forms import Chosen
from registry.pilgrims.forms import PIN, RegistrationForm
from registry.pilgrims.models import BirthPrecision, Pilgrim, PilgrimDetails, Registration
from registry.pilgrims.rules import mask_pin
from registry.vaccinations.models import Dose, DoseDetails
from registry.vaccinations.rules import USUAL_VOLUME_ML
from registry.vaccines.forms import ReceiveForm
from registry.vaccines.models import Lot, Product, Route, Site
from registry.vaccines.rules import fitting
from registry.vaccines.services import LotDetails
from registry.web.fields import Choice, DateBoxes, LongText, Stated, Text, Tick
from registry.web.forms import Form
from registry.web.labels import label
from registry.web.sentences import day


def _reason() -> LongText:
    return LongText(
        _l("Why is it changed?"),
        [Stated(_l("Write why the record is changed."))],
        description=_l("Kept for ever with the old and the new value."),
        most=LONGEST_REASON,
        too_long=_l(ReasonTooLong.sentence, most=LONGEST_REASON),
    )


class PilgrimCorrectionForm(RegistrationForm):
    """The recorded PIN stays masked: it is typed anew, or kept."""

    pin = Text(_l("New PIN, if the recorded one is wrong"), **PIN)
    pin_removed = Tick(_l("Remove the PIN: it is not this pilgrim's, and the right one is not known"))
    reason = _reason()

    recorded_pin: str | None = None

    def validate_pin_removed(self, field: Tick) -> None:
        if field.data and self.pin.data:
            raise ValidationError(_l("Write a new PIN or remove the recorded one, not both."))

    def details(self) -> PilgrimDetails:
        details = super().details()
        kept = None if self.pin_removed and self.pin_removed.data else self.recorded_pin
        return details.model_copy(update={"pin": self.pin.data or kept})


def pilgrim_form(pilgrim: Pilgrim, registration: Registration) -> PilgrimCorrectionForm:
    """The form as the record stands; of a birth date only what is known."""
    form = PilgrimCorrectionForm(
        data={**pilgrim.model_dump(exclude={"pin"}), **registration.model_dump(exclude={"id"})}
    )
    form.recorded_pin = pilgrim.pin
    form.pin.description = (
        _("Recorded: %(pin)s. Leave the field empty to keep it.", pin=mask_pin(pilgrim.pin))
        if pilgrim.pin
        else _("14 digits.")
    )
    if not pilgrim.pin:
        del form.pin_removed
    if not form.is_submitted() and pilgrim.birth_precision is not BirthPrecision.DAY:
        month = str(pilgrim.birth_on.month) if pilgrim.birth_precision is BirthPrecision.MONTH else ""
        form.birth_on.boxes = ("", month, str(pilgrim.birth_on.year))
    return form


class DoseCorrectionForm(Form):
    given_on = DateBoxes(_l("Day of vaccination"), [Stated(_l("Write the day of vaccination."))])
    lot = Choice(_l("Lot"), validate_choice=False, validators=[Chosen(_l("Choose the lot."))])
    site = Choice(_l("Site"), [Chosen(_l("Choose where the vaccine was given."))], validate_choice=False)
    route = Choice(_l("Route"), [Chosen(_l("Choose how the vaccine was given."))], validate_choice=False)
    reason = _reason()

    lots: Sequence[tuple[Lot, Product]] = ()

    def details(self, dose: Dose) -> DoseDetails:
        """What was really given: another lot may be another product, never another antigen."""
        lot, product = next((lot, product) for lot, product in self.lots if str(lot.id) == self.lot.data)
        return DoseDetails(
            antigen_code=dose.antigen_code,
            product_code=product.code,
            lot_id=lot.id,
            given_on=self.given_on.data,
            route=Route(self.route.data),
            site=Site(self.site.data),
            volume_ml=product.dose_ml or USUAL_VOLUME_ML,
        )


def dose_form(dose: Dose, lots: Sequence[tuple[Lot, Product]]) -> DoseCorrectionForm:
    """The form as the dose stands; `lots` are its own and those that could have been given instead."""
    now: dict[str, Any] = {"given_on": dose.given_on, "lot": str(dose.lot_id)}
    form = DoseCorrectionForm(data={**now, "site": dose.site.value, "route": dose.route.value})
    form.lots = lots
    form.lot.choices = [
        (str(lot.id), f"{lot.number}, {product.trade_name}, {day(lot.expires_on)}") for lot, product in lots
    ]
    # Q12: only what fits these products is offered.
    sites = fitting([product.sites for _lot, product in lots], [site.value for site in Site])
    routes = fitting([product.routes for _lot, product in lots], [route.value for route in Route])
    form.site.choices = [(value, label(Site(value))) for value in sites]
    form.route.choices = [(value, label(Route(value))) for value in routes]
    return form


class LotCorrectionForm(ReceiveForm):
    """The words of the box, as when it arrived; what arrived where stays as it was counted."""

    reason = _reason()

    def details(self) -> LotDetails:
        season = (self.season.data or "").strip().upper() or None
        return LotDetails(self.product.data, self.number.data or "", self.expiry(), season)


def lot_form(lot: Lot, products: Sequence[Product]) -> LotCorrectionForm:
    """The form as the lot stands; `products` are those that it could be of."""
    now = {"product": lot.product_code, "number": lot.number, "expires_on": lot.expires_on, "season": lot.season_code}
    form = LotCorrectionForm(data=now)
    for name in ("point", "doses", "document"):
        del form[name]
    form.product.choices = [(one.code, f"{one.latin_name} ({label(one.vaccine_type)})") for one in products]
    return form


class WithdrawForm(Form):
    reason = _reason()
