"""Corrections: the same fields as when it was recorded, and the reason."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from registry.corrections.rules import LONGEST_REASON, ReasonTooLong
from registry.corrections.seen import ChangedMeanwhile, PageWithoutRecord, Seen, of_lot, of_pilgrim
from registry.errors import Refusal
from registry.pilgrims.forms import PIN, RegistrationForm
from registry.pilgrims.models import BirthPrecision, Pilgrim, PilgrimDetails, Registration
from registry.pilgrims.rules import mask_pin, normalise
from registry.vaccinations.models import Dose, DoseDetails
from registry.vaccinations.rules import USUAL_VOLUME_ML
from registry.vaccines.forms import ReceiveForm
from registry.vaccines.models import Lot, Product, Route, Site
from registry.vaccines.rules import fitting, normalise_number
from registry.vaccines.services import LotDetails
from registry.web.fields import Choice, Chosen, DateBoxes, Hidden, LongText, Stated, Text, Tick
from registry.web.forms import Form
from registry.web.labels import field_label, label
from registry.web.sentences import day, shown, told


def _reason() -> LongText:
    return LongText(
        _l("Why is it changed?"),
        [Stated(_l("Write why the record is changed."))],
        description=_l("Kept for ever with the old and the new value."),
        most=LONGEST_REASON,
        too_long=_l(ReasonTooLong.sentence, most=LONGEST_REASON),
    )


class SeenForm(Form):
    """A form that carries what it showed of the record, and is refused where somebody changed that meanwhile."""

    seen = Hidden()
    record: uuid.UUID
    boxes: ClassVar[Mapping[str, str]] = {}
    """Where a value's field is not called as in the record."""

    def opened(self, record: uuid.UUID, now: Mapping[str, Any]) -> None:
        """Note which record the page is of, and what it shows when it opens."""
        self.record = record
        if not self.is_submitted():
            self.seen.data = self.seen_by().digest(now)

    def seen_by(self) -> Seen:
        return Seen(self.record, current_app.config["SECRET_KEY"], self.seen.data or "")

    def refuse(self, refusal: Refusal) -> None:
        if not isinstance(refusal, ChangedMeanwhile):
            super().refuse(refusal)
            return
        names = ", ".join(dict.fromkeys(field_label(name) for name in refusal.fields))
        self.form_errors.append(told(refusal.sentence, {"fields": names}))
        own = set(self.seen_by().differing(self.wanted())) if not isinstance(refusal, PageWithoutRecord) else set()
        for name in refusal.fields:
            if name not in own:
                self.show(name, refusal.now)
            else:
                field = self[self.boxes.get(name, name)]
                field.errors = [*field.errors, _("Recorded now: %(value)s.", value=self.spell(name, refusal.now[name]))]
        self.seen.data = self.seen_by().digest(refusal.now)

    def wanted(self) -> dict[str, Any]:
        """What was typed, by the record's names."""
        raise NotImplementedError

    def show(self, name: str, now: Mapping[str, Any]) -> None:
        """Put what is recorded now into the field, which was left as the page showed it."""
        self[self.boxes.get(name, name)].process_data(now[name])

    def spell(self, name: str, value: Any) -> str:
        named = {code: str(words) for code, words, *_more in getattr(self[self.boxes.get(name, name)], "choices", ())}
        return named.get(value) or shown(value) or "-"


class PilgrimCorrectionForm(SeenForm, RegistrationForm):
    """The recorded PIN stays masked: it is typed anew, or kept."""

    boxes = {"birth_precision": "birth_on"}  # noqa: RUF012 - the base class says ClassVar
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

    def wanted(self) -> dict[str, Any]:
        return of_pilgrim(normalise(self.details()), self.registration(point_code=""))

    def show(self, name: str, now: Mapping[str, Any]) -> None:
        if name in {"birth_on", "birth_precision"}:
            _show_birth(self.birth_on, now["birth_on"], now["birth_precision"])
        elif name != "pin":  # its box stays empty: what is recorded is told masked, beside it
            super().show(name, now)

    def spell(self, name: str, value: Any) -> str:
        return super().spell(name, mask_pin(value) if name == "pin" and value else value)


def _show_birth(boxes: DateBoxes, born: date, precision: BirthPrecision) -> None:
    """Of a birth date only what is known."""
    boxes.process_data(born)
    if precision is not BirthPrecision.DAY:
        boxes.boxes = ("", str(born.month) if precision is BirthPrecision.MONTH else "", str(born.year))


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
    if not form.is_submitted():
        _show_birth(form.birth_on, pilgrim.birth_on, pilgrim.birth_precision)
    form.opened(pilgrim.id, of_pilgrim(pilgrim, registration))
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


class LotCorrectionForm(SeenForm, ReceiveForm):
    """The words of the box, as when it arrived; what arrived where stays as it was counted."""

    boxes = {"product_code": "product", "season_code": "season"}  # noqa: RUF012 - the base class says ClassVar
    reason = _reason()

    def details(self) -> LotDetails:
        season = (self.season.data or "").strip().upper() or None
        return LotDetails(self.product.data, self.number.data or "", self.expiry(), season)

    def wanted(self) -> dict[str, Any]:
        details = self.details()
        return of_lot(replace(details, number=normalise_number(details.number)))


def lot_form(lot: Lot, products: Sequence[Product]) -> LotCorrectionForm:
    """The form as the lot stands; `products` are those that it could be of."""
    now = {"product": lot.product_code, "number": lot.number, "expires_on": lot.expires_on, "season": lot.season_code}
    form = LotCorrectionForm(data=now)
    for name in ("point", "doses", "document"):
        del form[name]
    form.opened(lot.id, of_lot(lot))
    form.product.choices = [(one.code, f"{one.latin_name} ({label(one.vaccine_type)})") for one in products]
    return form


class WithdrawForm(Form):
    reason = _reason()
