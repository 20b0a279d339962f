"""What a certificate is worth: by the register where it is at hand, else by its own dates and the lists one holds.

What is certain comes first. In this order, the first that applies is the answer:

1.  a fault of the signed text (`hcert.verify`): then nothing it says is believed. Only that its time is over or has
    not come waits for what follows;
2.  a training key, where the verifier is not itself for training;
3.  the register, where it is at hand and has the certificate: it outweighs every list;
4.  withdrawn, by a list however old: revoked, then replaced. Nothing undoes either;
5.  over: the certificate's last day is past, or the dose no longer counts;
6.  the clock here is behind the lists: nobody can say, and nothing is refused for a time that may have come;
7.  the signature's time is over, though the certificate's is not: its key ended sooner, so nobody can say;
8.  the list of withdrawn certificates missing, unreadable or too old, or the keys too old: nobody can say;
9.  not yet: from which day;
10. in force by a current list; else a good signature, with what the rules of entry say of the dose.

A recalled lot is shown beside any of these and changes none of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from registry import clock, hcert
from registry.campaigns.models import Requirement, VaccineType
from registry.campaigns.rules import Evaluation, GivenDose, Result, evaluate
from registry.certificates.histories import Standing
from registry.certificates.models import Certificate
from registry.certificates.rules import State
from registry.hcert import RevocationList, VaccinationClaim, Withdrawal
from registry.hcert.trust import CLOCK_SKEW
from registry.verification.rules.answers import Reason

Days = dict[str, date]
_TYPES = {
    hcert.VaccineType.CONJUGATE: VaccineType.CONJUGATE,
    hcert.VaccineType.POLYSACCHARIDE: VaccineType.POLYSACCHARIDE,
}
_WITHDRAWN = {Withdrawal.REVOKED: Reason.REVOKED, Withdrawal.REPLACED: Reason.REPLACED}
_WORST_FIRST = (Result.EXPIRED, Result.UNKNOWN_TYPE, Result.MISSING, Result.NOT_YET, Result.MET)


@dataclass(frozen=True)
class Term:
    """What a campaign asks of a disease or a vaccine. `vaccine_type`: what its name alone says of the type."""

    requirement: Requirement
    vaccine_type: VaccineType = VaccineType.UNKNOWN


Terms = Mapping[str, Sequence[Term]]
"""By a code that a certificate may name: ICD-11 of the disease or the vaccine, prequalification id of the product."""


OUT_OF_TIME = {hcert.Reason.EXPIRED, hcert.Reason.ISSUED_IN_FUTURE, hcert.Reason.NOT_YET_VALID}
"""Faults of a good signature that leave the certificate to be judged."""


def judge(certificate: Certificate, standing: Standing, *, timezone: str) -> tuple[Reason, Days]:
    """Why a certificate of the register is worth what it is, and the day that matters: of acts, in `timezone`."""
    match standing:
        case Standing(state=State.REVOKED, revocation=revocation) if revocation is not None:
            return Reason.REVOKED, {"date": clock.local_date(revocation.revoked_at, timezone)}
        case Standing(state=State.REPLACED, replaced_by=newer) if newer is not None:
            return Reason.REPLACED, {"date": clock.local_date(newer.issued_at, timezone)}
        case Standing(state=State.EXPIRED) if certificate.valid_until is not None:
            return Reason.ENDED, {"date": certificate.valid_until}
        case Standing(state=State.NOT_YET_VALID):
            return Reason.ENTRY_NOT_YET, {"date": certificate.valid_from}
    return Reason.IN_FORCE, {}


def judge_signed(
    checked: hcert.Verification,
    revocations: RevocationList | Reason | None,
    terms: Terms,
    *,
    on: date,
    at: datetime,
    training: bool,
    old_keys_of: date | None = None,
) -> tuple[Reason, Days] | None:
    """What a code with a good signature is worth without the register; None: it is out of its time, and no more known.

    `revocations`: the issuer's list; LIST_MISSING or LIST_UNREADABLE where it should be here; None where its issuer is
    not known to publish any. `terms` are for certificates without dates of entry of their own. `old_keys_of`: the day
    of the keys, when they are too old to be relied on. `training`: the verifier itself is for training.
    """
    if checked.training and not training:
        return Reason.TRAINING, {}
    is_behind = isinstance(revocations, RevocationList) and revocations.issued_at > at + CLOCK_SKEW
    revocations = _own_list(checked, revocations)
    withdrawn = _find_withdrawn(checked, revocations)
    if withdrawn is not None:
        return _WITHDRAWN[withdrawn.kind], {"date": withdrawn.on}
    reason, days = _by_dates(checked.vaccinations, terms, on=on)
    if reason is Reason.ENDED:
        return reason, days
    if is_behind:
        return Reason.CLOCK_BEHIND, {}
    if checked.reason is not None:
        states_days = any(any(one.window) for one in checked.vaccinations)
        over = checked.reason is hcert.Reason.EXPIRED and states_days
        return (Reason.SIGNATURE_ENDED, {}) if over else None
    if reason is Reason.IN_FORCE and revocations is None:
        reason = Reason.SIGNATURE_GOOD
    return _list_fault(revocations, old_keys_of, at=at) or (reason, days)


def _list_fault(
    revocations: RevocationList | Reason | None, old_keys_of: date | None, *, at: datetime
) -> tuple[Reason, Days] | None:
    """Why nobody can say here whether a certificate still stands."""
    if isinstance(revocations, Reason):
        return revocations, {}
    if revocations is not None and not revocations.is_current(at):
        return Reason.LISTS_TOO_OLD, {"date": revocations.issued_at.date()}
    return (Reason.LISTS_TOO_OLD, {"date": old_keys_of}) if old_keys_of else None


def find_recall(checked: hcert.Verification, revocations: RevocationList | Reason | None) -> date | None:
    """The day on which a lot that the code names was recalled, by the list."""
    revocations = _own_list(checked, revocations)
    if not isinstance(revocations, RevocationList):
        return None
    named = [(one.brand, one.lot) for one in checked.vaccinations if one.brand]
    return min(filter(None, (revocations.find_recall(brand, lot) for brand, lot in named)), default=None)


def _own_list(
    checked: hcert.Verification, revocations: RevocationList | Reason | None
) -> RevocationList | Reason | None:
    """A list speaks only of its own issuer's certificates, and whose a certificate is the key says that signed it."""
    if not isinstance(revocations, RevocationList) or checked.key is None:
        return revocations
    return revocations if revocations.issuer.upper() in checked.key.countries else None


def _find_withdrawn(checked: hcert.Verification, revocations: RevocationList | Reason | None) -> hcert.Withdrawn | None:
    named = checked.claims.certificate_id if checked.claims else None
    return revocations.find(named) if named and isinstance(revocations, RevocationList) else None


def _by_dates(claims: Sequence[VaccinationClaim], terms: Terms, *, on: date) -> tuple[Reason, Days]:
    """By the days of entry that are signed, else by the rules of entry."""
    firsts, lasts = zip(*(one.window for one in claims), strict=True) if claims else ((), ())
    first, last = max(filter(None, firsts), default=None), min(filter(None, lasts), default=None)
    if last is not None and last < on:
        return Reason.ENDED, {"date": last}
    if first is not None:
        return (Reason.ENTRY_NOT_YET, {"date": first}) if on < first else (Reason.IN_FORCE, {})
    return _by_terms(claims, terms, on=on)


def _by_terms(claims: Sequence[VaccinationClaim], terms: Terms, *, on: date) -> tuple[Reason, Days]:
    evaluations = list(_evaluate(claims, terms, on=on))
    if not evaluations:
        asked = terms and all(one.disease for one in claims)
        return (Reason.NOT_IN_RULES if asked else Reason.SIGNATURE_GOOD), {}
    worst = min(evaluations, key=lambda one: _WORST_FIRST.index(one.result))
    match worst:
        case Evaluation(result=Result.EXPIRED, valid_until=date() as last):
            return Reason.ENDED, {"date": last}
        case Evaluation(result=Result.NOT_YET, valid_from=date() as first):
            return Reason.ENTRY_NOT_YET, {"date": first}
        case Evaluation(result=Result.MET):
            return Reason.DOSE_COUNTS, {}
    return Reason.DOSE_NOT_COUNTED, {}


def _evaluate(claims: Sequence[VaccinationClaim], terms: Terms, *, on: date) -> Iterator[Evaluation]:
    """Each dose for itself, as if its holder arrived on the day; how old they are is for the passport to say."""
    for claim in claims:
        found = terms.get(claim.product_id) or terms.get(claim.disease or "") or ()
        for term in found:
            vaccine_type = _TYPES.get(claim.vaccine_type, term.vaccine_type)
            dose = GivenDose(None, term.requirement.antigen_code, vaccine_type, claim.given_on)
            yield evaluate(term.requirement, [dose], arrival_on=on)
