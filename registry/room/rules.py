"""What comes next for a pilgrim, and what one visit must not mix up."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum, auto

from registry.campaigns.rules import Evaluation, Reason, Result, covers
from registry.errors import N_, Doubt, Refusal
from registry.examinations.models import Examination, Outcome
from registry.examinations.rules import (
    ConsentMissing,
    Deferred,
    ExaminationOfAnother,
    ExaminationTooOld,
    NeedsSpecialist,
    NoExamination,
)
from registry.vaccinations.models import DoseDetails, DoseNotGiven, NotGivenReason

# Fields that a visit has once; all others it has for each vaccine.
OF_THE_VISIT = {"given_on", "given_by", "point", "identity_checked"}


class IdentityUnchecked(Refusal):
    sentence = N_("Look at the passport and at the person, then tick that both are this pilgrim.")
    field = "identity_checked"


class NothingDecided(Refusal):
    sentence = N_("Nothing was entered. Record a dose, or why it was not given.")


class NothingContraindicated(Refusal):
    sentence = N_("The last examination marks no missing vaccine as contraindicated, so there is no note to print.")


class SameSite(Doubt):
    sentence = N_("Both vaccines are recorded in the same place of the body. Choose another for one, or confirm.")
    field = "site"


class FoundUnfit(Reason):
    sentence = N_(
        "No dose counts. The doctor found the pilgrim unfit for the Hajj on %(on)s, so the vaccine is not given."
    )


class RefusedByPilgrim(Reason):
    sentence = N_(
        "The pilgrim refused this vaccine on %(on)s and no dose counts, so there is no certificate. "
        "If they agree now, it can still be given."
    )


class RefusedForNow(Reason):
    sentence = N_("The pilgrim refused this vaccine on %(on)s and no dose counts, so there is no certificate.")


class SaidToCount(Reason):
    sentence = N_(
        "An earlier dose is said to count (noted on %(on)s), but it is not recorded here, so there is no certificate. "
        "If it cannot be proved, the vaccine can still be given."
    )


class SaidToCountForNow(Reason):
    sentence = N_(
        "An earlier dose is said to count (noted on %(on)s), but it is not recorded here, so there is no certificate."
    )


class TravelsNoMore(Reason):
    sentence = N_(
        "It was noted on %(on)s that the pilgrim no longer travels, and no dose counts. "
        "If they travel after all, the vaccine can still be given."
    )


class TravelsNoMoreForNow(Reason):
    sentence = N_("It was noted on %(on)s that the pilgrim no longer travels, and no dose counts.")


class PutOff(Reason):
    sentence = N_(
        "No dose counts yet. The doctor put off the vaccination until %(until)s; a new examination comes before it."
    )


class SpecialistFirst(Reason):
    sentence = N_(
        "No dose counts yet. The doctor asked for a specialist's opinion first; a new examination comes before it."
    )


class LeftToDoctor(Reason):
    sentence = N_(
        "No dose counts. It was not given on %(on)s: %(reason)s. The last examination does not say so: "
        "a new one decides whether it may be given."
    )


class DoctorFirst(Refusal):
    sentence = N_("A vaccine was left out for the pilgrim's health. Send the pilgrim to the doctor before giving it.")


ASKS_FOR_EXAMINATION = (
    NoExamination,
    ExaminationOfAnother,
    ExaminationTooOld,
    ConsentMissing,
    NeedsSpecialist,
    DoctorFirst,
)


class Decided(StrEnum):
    """What doctor or pilgrim decided about a vaccine that no dose covers."""

    UNFIT = "unfit"
    CONTRAINDICATED = "contraindicated"
    REFUSED = "refused"
    CLAIMED = "claimed"  # an earlier dose is said to count
    WITHDREW = "withdrew"
    DEFERRED = "deferred"
    SPECIALIST = "specialist"
    QUESTIONED = "questioned"  # left out for the pilgrim's health, and no examination says so


# A pilgrim may think again about these: the second sentence is said where something else comes first.
_OF_THE_PILGRIM = {
    NotGivenReason.REFUSED: (Decided.REFUSED, RefusedByPilgrim, RefusedForNow),
    NotGivenReason.WITHDREW: (Decided.WITHDREW, TravelsNoMore, TravelsNoMoreForNow),
    NotGivenReason.ALREADY_VALID: (Decided.CLAIMED, SaidToCount, SaidToCountForNow),
}
_FOR_HEALTH = {NotGivenReason.CONTRAINDICATED, NotGivenReason.ACUTE_ILLNESS, NotGivenReason.UNFIT_FOR_HAJJ}
_BY_PILGRIM = {decided for decided, _, _ in _OF_THE_PILGRIM.values()}


@dataclass(frozen=True)
class Position:
    """Where a pilgrim stands before one requirement: what the doses say, and what was decided where none covers it.

    `why` is the one sentence about it on every page; `noted` tells that a reason for not giving it is recorded.
    `first` is what comes before a dose where the pilgrim, whose word it was, thinks again.
    """

    evaluation: Evaluation
    decided: Decided | None
    why: Refusal
    noted: bool = False
    fit: bool = True
    first: Refusal | None = None

    @property
    def open(self) -> bool:
        """Whether a dose is due, now or after a doctor has looked."""
        return not self.over and self.decided not in {*_BY_PILGRIM, Decided.CONTRAINDICATED}

    @property
    def over(self) -> bool:
        """Whether nothing is asked: a dose covers it, or it does not apply."""
        return covers(self.evaluation) or self.evaluation.result is Result.NOT_APPLICABLE

    @property
    def to_record(self) -> bool:
        """Whether a visit has something to record: a dose that is due, or why a contraindicated one was not given."""
        return self.open or (self.decided is Decided.CONTRAINDICATED and not self.noted)

    @property
    def still_possible(self) -> bool:
        """Whether the pilgrim may think again: giving the vaccine is then a second choice, never the main button."""
        return self.fit and self.decided in _BY_PILGRIM


def position(
    evaluation: Evaluation,
    *,
    examination: Examination | None,
    left_out: DoseNotGiven | None = None,
    blocker: Refusal | None = None,
) -> Position:
    """How a requirement stands; `left_out`: why it was not given, said last; `blocker`: why no dose can be today."""
    plain = Position(evaluation, None, evaluation.why, noted=left_out is not None)
    if plain.over:
        return plain
    decided, why = _decided(evaluation, examination, left_out, blocker)
    fit = examination is not None and examination.outcome is Outcome.FIT
    first = blocker if decided in _BY_PILGRIM else None
    return Position(evaluation, decided, why, noted=plain.noted, fit=fit, first=first)


_Decision = tuple[Decided, Refusal]


def _decided(
    evaluation: Evaluation, examination: Examination | None, left_out: DoseNotGiven | None, blocker: Refusal | None
) -> tuple[Decided | None, Refusal]:
    """The doctor's last word comes first, then the pilgrim's own, then what waits for a doctor."""
    if examination and left_out and left_out.reason is not NotGivenReason.ALREADY_VALID:
        # An examination asks for consent, and looks at the pilgrim's health: what was said before it is over.
        left_out = None if examination.recorded_at > left_out.recorded_at else left_out
    return (
        _against_the_dose(evaluation, examination)
        or _by_the_pilgrim(left_out, blocker)
        or _put_off(examination)
        or _left_to_doctor(left_out)
        or (None, evaluation.why)
    )


def _against_the_dose(evaluation: Evaluation, examination: Examination | None) -> _Decision | None:
    if examination and examination.outcome is Outcome.UNFIT:
        return Decided.UNFIT, FoundUnfit(on=examination.examined_on)
    if evaluation.result is Result.CONTRAINDICATED_EXEMPT:
        return Decided.CONTRAINDICATED, evaluation.why
    return None


def _by_the_pilgrim(left_out: DoseNotGiven | None, blocker: Refusal | None) -> _Decision | None:
    if left_out is None or left_out.reason not in _OF_THE_PILGRIM:
        return None
    decided, at_once, later = _OF_THE_PILGRIM[left_out.reason]
    return decided, (later if blocker else at_once)(on=left_out.decided_on)


def _put_off(examination: Examination | None) -> _Decision | None:
    if examination and examination.outcome is Outcome.DEFERRED:
        return Decided.DEFERRED, PutOff(until=examination.deferred_until)
    if examination and examination.outcome is Outcome.NEEDS_SPECIALIST:
        return Decided.SPECIALIST, SpecialistFirst()
    return None


def _left_to_doctor(left_out: DoseNotGiven | None) -> _Decision | None:
    if left_out is None or left_out.reason not in _FOR_HEALTH:
        return None
    return Decided.QUESTIONED, LeftToDoctor(on=left_out.decided_on, reason=left_out.reason)


class Step(Enum):
    """The one thing to do next with a pilgrim."""

    REGISTER = auto()
    EXAMINE = auto()
    VACCINATE = auto()
    PRINT = auto()
    WAIT = auto()
    SETTLED = auto()  # what is missing was decided against


def next_step(
    *, registered: bool, certified: bool, settled: bool, blockers: Mapping[str, Sequence[Refusal]], on: date
) -> tuple[Step, Refusal | None]:
    """What to do next, and what keeps the pilgrim from being vaccinated.

    `blockers` has an entry for each antigen that is due: what keeps a dose of it from being given on that day.
    `settled`: something is missing and was decided against.
    """
    if not registered:
        return Step.REGISTER, None
    if not blockers:
        return (Step.PRINT if certified else Step.SETTLED if settled else Step.WAIT), None
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
