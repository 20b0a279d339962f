"""One page for the whole visit: every vaccine a small form of its own, one button for all."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import chain
from types import MappingProxyType
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, FormField
from wtforms import Form as PlainForm
from wtforms.validators import StopValidation

from registry.campaigns.models import Antigen
from registry.errors import Doubt, Refusal
from registry.examinations.rules import ContraindicatedFor
from registry.room.services import Given, NotGiven, Visit
from registry.staff.models import Staff
from registry.vaccinations.models import DoseDetails, NotGivenReason
from registry.vaccinations.rules import USUAL_VOLUME_ML
from registry.vaccines.models import Route, Site
from registry.vaccines.queries import UsableLot
from registry.vaccines.rules import fitting
from registry.web.fields import Choice, Chosen, DateBoxes, Stated, Text, Tick
from registry.web.forms import Form
from registry.web.labels import choices, label
from registry.web.languages import say
from registry.web.sentences import day, sentence, shown

GIVEN = ""  # the vaccine was given: any other value is a reason why not
UNDECIDED = "-"
SOMEBODY_ELSE = "-"  # a person chose who gave it, and the list of the day that was sent does not hold them


def _not_blocked(form: Any, field: Field) -> None:
    """A page that was open when the doctor decided otherwise still sends "given": it is told why not, not to choose."""
    if not form.givable and field.data == GIVEN:
        raise StopValidation(form.blocked_sentence)


class VaccineForm(PlainForm):
    """One vaccine of a visit. A reason beside a given dose, or no reason for one not given, cannot be said here."""

    not_given = Choice(
        _l("Given?"),
        validate_choice=False,
        validators=[_not_blocked, Chosen(_l("Choose Given, or why not."))],
        unchosen=UNDECIDED,
    )
    lot = Choice(_l("Lot"), validate_choice=False)
    route = Choice(_l("Route"), validate_choice=False)
    site = Choice(_l("Site"), validate_choice=False)
    note = Text(_l("Remark on why it was not given"), most=500)
    override_reason = Text(_l("Reason for one more dose, if a doctor ordered it"), most=500)

    antigen_code: str
    lots: Sequence[UsableLot] = ()
    held: Mapping[str, str] = MappingProxyType({})  # {number of a lot on hold: the sentence about it}
    givable = True
    blocked_sentence = ""
    shortage_sentence = ""
    lot_is_kept = False  # from this person's last dose today
    in_hand = ""
    usual = GIVEN
    usual_site: str | None = None
    usual_route: str | None = None

    def validate_not_given(self, field: Field) -> None:
        if field.data == UNDECIDED:
            raise StopValidation(gettext("Choose why the vaccine was not given."))

    def validate_lot(self, field: Field) -> None:
        if self._is_given() and self._chosen() is None:
            if self.shortage_sentence:
                raise StopValidation(self.shortage_sentence)
            raise StopValidation(gettext("Choose the lot; if there is none, choose why the vaccine was not given."))

    def validate_route(self, field: Field) -> None:
        if self._is_given() and field.data not in set(Route):
            raise StopValidation(gettext("Choose how the vaccine was given."))

    def validate_site(self, field: Field) -> None:
        if self._is_given() and field.data not in set(Site):
            raise StopValidation(gettext("Choose where the vaccine was given."))

    def _is_given(self) -> bool:
        return self.givable and self.not_given.data == GIVEN

    def _chosen(self) -> UsableLot | None:
        return next((one for one in self.lots if str(one.lot.id) == self.lot.data), None)

    def dose(self, given_on: date) -> Given | None:
        """The dose as decided, or None where it was not given."""
        chosen = self._chosen()
        if self.not_given.data != GIVEN or chosen is None:
            return None
        details = DoseDetails(
            antigen_code=self.antigen_code,
            product_code=chosen.product.code,
            lot_id=chosen.lot.id,
            given_on=given_on,
            route=Route(self.route.data),
            site=Site(self.site.data),
            volume_ml=chosen.product.dose_ml or USUAL_VOLUME_ML,
        )
        return Given(details, (self.override_reason.data or "").strip())

    def decision(self) -> NotGiven | None:
        if self.not_given.data == GIVEN:
            return None
        return NotGiven(self.antigen_code, NotGivenReason(self.not_given.data), (self.note.data or "").strip())

    def offer(
        self,
        antigen: Antigen,
        lots: Sequence[UsableLot],
        *,
        in_hand: uuid.UUID | None,
        side: int,
        blocked: Refusal | None,
    ) -> None:
        """Fill the choices: only what fits these lots' products. `in_hand`: the lot that this person used last."""
        self.antigen_code, self.lots = antigen.code, lots
        self.in_hand = str(in_hand) if in_hand in {one.lot.id for one in lots if one.held is None} else ""
        self.givable, self.blocked_sentence = blocked is None, sentence(blocked) if blocked else ""
        first = (UNDECIDED, _l("Choose why not")) if blocked else (GIVEN, _l("Given"))
        self.not_given.choices = [first, *choices(NotGivenReason)]
        self.usual = NotGivenReason.CONTRAINDICATED.value if isinstance(blocked, ContraindicatedFor) else first[0]
        self.lot.choices = [("", _l("Look at the vial, then choose")), *((str(o.lot.id), _described(o)) for o in lots)]
        routes = fitting([one.product.routes for one in lots], [route.value for route in Route])
        sites = fitting([one.product.sites for one in lots], [site.value for site in Site])
        self.route.choices = [(value, label(Route(value))) for value in routes]
        self.site.choices = [(value, label(Site(value))) for value in sites]
        # Two vaccines at one visit go into different limbs.
        self.usual_site = sites[side % len(sites)] if sites else None
        self.usual_route = routes[0] if routes else None

    def suggest(self, *, opened: bool) -> None:
        """Choose what is usual where nobody has chosen: on the page that is shown, never in what was sent.

        The lot in hand is kept on a page that is `opened`, while it may be used; no earlier one takes its place.
        """
        if self.not_given.data is None or (self.givable and self.not_given.data == UNDECIDED):
            self.not_given.data = self.usual
        if opened and self.lot.data is None:
            self.lot.data, self.lot_is_kept = self.in_hand, bool(self.in_hand)
        if self.site.data is None:
            self.site.data = self.usual_site
        if self.route.data is None:
            self.route.data = self.usual_route


def _described(one: UsableLot) -> str:
    # What is compared with the box stands first: a telephone cuts the rest of a long line.
    facts = {
        "lot": one.lot.number,
        "product": one.product.trade_name,
        "volume": shown(one.product.dose_ml or USUAL_VOLUME_ML),
        "expires": day(one.lot.expires_on),
        "left": one.doses_on_hand,
    }
    described = str(gettext("%(lot)s, expires %(expires)s, %(left)s left: %(product)s, %(volume)s ml", **facts))
    if one.held is None:
        return described
    return str(gettext("ON HOLD since %(since)s: %(lot)s", since=shown(one.held.since), lot=described))


class VisitForm(Form):
    identity_checked = Tick(_l("I looked at the passport and at the person: both are this pilgrim"))
    given_on = DateBoxes(_l("Day of vaccination"), [Stated(_l("Write the day of vaccination."))])
    given_by = Choice(
        _l("Given by"),
        validate_choice=False,
        validators=[
            Chosen(_l("Choose who gave it. The list holds only those who may vaccinate at this point on this day."))
        ],
        prompt=_l("Choose who gave it"),
    )

    codes: tuple[str, ...] = ()
    day_fault: Refusal | None = None  # the day that was sent cannot be meant: the page is filled as for today

    def validate_given_on(self, _field: Field) -> None:
        if self.day_fault is not None:
            raise StopValidation(sentence(self.day_fault))

    @property
    def vaccines(self) -> list[VaccineForm]:
        return [self[code.lower()].form for code in self.codes]

    def refuse(self, refusal: Refusal) -> None:
        """As on any form, but `menacwy-lot` is the field `lot` of the vaccine `menacwy`."""
        for one in refusal.all:
            name, _, inner = (one.field or "").partition("-")
            within = self._fields.get(name)
            if not (isinstance(within, FormField) and inner in within.form):
                super().refuse(one)
                continue
            if isinstance(one, Doubt):
                self.doubts.append((one.code, sentence(one)))
            field = within.form[inner]
            field.errors = [*field.errors, sentence(one)]

    def say_once(self) -> None:
        """Say above the form what keeps every vaccine from being given, not beside each."""
        said = {*chain.from_iterable(vaccine.not_given.errors for vaccine in self.vaccines)}
        if len(said) == 1 and all(said == {vaccine.blocked_sentence} for vaccine in self.vaccines):
            self.form_errors += said
            for vaccine in self.vaccines:
                vaccine.not_given.errors = []

    def put_down(self) -> None:
        """Leave no lot and no identity ticked: after a refusal both are looked at again, not sent again."""
        self.identity_checked.data = False
        for vaccine in self.vaccines:
            vaccine.lot.data = ""

    def visit(self) -> Visit:
        """What the vaccinator decided, once the shape is right."""
        given = [vaccine.dose(self.given_on.data) for vaccine in self.vaccines]
        not_given = [vaccine.decision() for vaccine in self.vaccines]
        return Visit(
            given_by=uuid.UUID(self.given_by.data),
            identity_checked=bool(self.identity_checked.data),
            doses=[dose for dose in given if dose],
            not_given=[decision for decision in not_given if decision],
        )


def visit_form(antigens: Sequence[Antigen]) -> VisitForm:
    """The page's form, with one inner form for each of these antigens."""
    inner: dict[str, Any] = {antigen.code.lower(): FormField(VaccineForm, say(antigen.name)) for antigen in antigens}
    codes = tuple(antigen.code for antigen in antigens)
    form: VisitForm = type("VisitForm", (VisitForm,), {**inner, "codes": codes})()
    return form


def suggest(form: VisitForm, people: Sequence[Staff], *, me: uuid.UUID, opened: bool) -> None:
    """Choose what is usual on the page that is shown: oneself, unless a person has chosen somebody."""
    field, mine = form.given_by, str(me)
    listed = {str(person.id) for person in people}
    if field.data not in listed:
        if field.data in {None, "", mine}:
            field.data = mine if mine in listed else ""
        else:
            # Set right, the day brings nobody else back by itself either.
            field.unchosen = field.data = SOMEBODY_ELSE
    for vaccine in form.vaccines:
        vaccine.suggest(opened=opened)
