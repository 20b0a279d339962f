"""What comes next for a pilgrim, and what one visit must not mix up."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import Enum, auto

from registry.errors import N_, Doubt, Refusal
from registry.examinations.rules import ConsentMissing, Deferred, ExaminationTooOld, NeedsSpecialist, NoExamination
from registry.vaccinations.models import DoseDetails

# Fields that a visit has once; all others it has for each vaccine.
OF_THE_VISIT = {"given_on", "given_by", "point", "identity_checked"}
ASKS_FOR_EXAMINATION = (NoExamination, ExaminationTooOld, ConsentMissing, NeedsSpecialist)


class IdentityUnchecked(Refusal):
    sentence = N_("Look at the passport and at the person, then tick that both are this pilgrim.")
    field = "identity_checked"


class NothingDecided(Refusal):
    sentence = N_("Nothing was entered. Record a dose, or why it was not given.")


class SameSite(Doubt):
    sentence = N_("Both vaccines are recorded in the same place of the body. Choose another for one, or confirm.")
    field = "site"


class Step(Enum):
    """The one thing to do next with a pilgrim."""

    REGISTER = auto()
    EXAMINE = auto()
    VACCINATE = auto()
    PRINT = auto()
    WAIT = auto()


def next_step(
    *, registered: bool, certified: bool, blockers: Mapping[str, Sequence[Refusal]], on: date
) -> tuple[Step, Refusal | None]:
    """What to do next, and what keeps the pilgrim from being vaccinated.

    `blockers` has an entry for each antigen still missing: what keeps a dose of it from being given on that day.
    """
    if not registered:
        return Step.REGISTER, None
    if not blockers:
        return (Step.PRINT if certified else Step.WAIT), None
    if not all(blockers.values()):
        return Step.VACCINATE, None
    first = next(iter(blockers.values()))[0]
    come_back = first.facts.get("until") if isinstance(first, Deferred) else None
    due = isinstance(come_back, date) and come_back <= on
    return (Step.EXAMINE if due or isinstance(first, ASKS_FOR_EXAMINATION) else Step.WAIT), first


def visit_faults(doses: Sequence[DoseDetails], *, identity_checked: bool, decisions: int) -> Iterator[Refusal]:
    """What must hold for the visit as a whole."""
    if not identity_checked:
        yield IdentityUnchecked()
    if not decisions:
        yield NothingDecided()
    sites = [dose.site for dose in doses]
    if len(set(sites)) < len(sites):
        yield SameSite(field=field_of("site", doses[-1].antigen_code))


def field_of(field: str, antigen_code: str) -> str:
    """The form field of one vaccine on a page with several: `menacwy-lot`."""
    return f"{antigen_code.lower()}-{field}"


def beside(refusals: Iterable[Refusal], antigen_code: str) -> Iterator[Refusal]:
    """The refusals of one dose, each on its own field of a page with several vaccines."""
    for refusal in refusals:
        if refusal.field and refusal.field not in OF_THE_VISIT:
            refusal.field = field_of(refusal.field, antigen_code)
        yield refusal


def confirmed_for(antigen_code: str, confirmed: Collection[str]) -> set[str]:
    """The codes a person confirmed, as one dose knows them."""
    return {code.removeprefix(field_of("", antigen_code)) for code in confirmed}
