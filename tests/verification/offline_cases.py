"""What a code is worth without the register: one table, run through the server's rules and through the browser's.

Real signed texts and real signed lists. A case names its story; `at` is the verifier's clock, `reason` and `day` the
answer. `revocations` is a list's bytes, or LIST_MISSING or LIST_UNREADABLE, or None where no list is published.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from registry.campaigns.models import Requirement, Validity
from registry.hcert import (
    Claims,
    Kind,
    RecalledLot,
    Signer,
    TrustList,
    VaccinationClaim,
    VaccineType,
    Withdrawal,
    Withdrawn,
    encode,
    write_revocation_list,
    write_vaccination,
)
from registry.verification.rules import Reason, Term, Terms
from tests.hcert import examples
from tests.hcert.examples import believe, make_signer

ID = UUID("0f8a3c52-1d77-7e10-9a61-3f1d5a2b7c44")
ISSUED = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
ARRIVAL = datetime(2026, 5, 11, 6, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
ENDS = ISSUED + timedelta(days=160)

CLAIM = replace(
    examples.CLAIM,
    given_on=date(2026, 1, 5),
    issued_on=date(2026, 1, 5),
    entry_from=date(2026, 1, 15),
    entry_until=date(2026, 12, 25),
)
FOREIGN = replace(CLAIM, issuer="KAZ", entry_from=None, entry_until=None)
# A neighbour, whose key stands in the trust list beside the own one.
ABROAD = make_signer("KZ", training=True)


@dataclass(frozen=True)
class Case:
    story: str
    text: str
    reason: Reason
    day: date | None = None
    at: datetime = ARRIVAL
    revocations: bytes | Reason | None = None
    recalled_on: date | None = None
    training: bool = True  # the verifier itself is for training
    old_keys_of: date | None = None


def terms() -> Terms:
    """Meningococcal: ten days before arrival; a conjugate counts five years, anything else three. And one that counts
    conjugates only."""
    return {
        "1C1C": [Term(_requirement({"conjugate": 5, "polysaccharide": 3, "unknown": 3}))],
        "1C62": [Term(_requirement({"conjugate": 5}))],
    }


def _requirement(years: dict[str, int]) -> Requirement:
    return Requirement(
        campaign_code="HAJJ",
        code="ANY",
        version=1,
        antigen_code="ANY",
        demanded_by=["SAU"],
        mandatory=True,
        min_days_before_arrival=10,
        validity=Validity.YEARS_BY_TYPE,
        years_by_type=years,
        source="test",
    )


def as_before(claim: VaccinationClaim) -> dict[str, Any]:
    """As generation 3 was written until November 2026: the whole certificate's days under the keys of a dose's own."""
    content: Any = write_vaccination(claim)
    dose = content["vx"]
    dose |= {"vls": dose.pop("ef"), **({"vle": dose.pop("eu")} if "eu" in dose else {})}
    return dict(content)


class Country:
    """Signs certificates and lists as one country does."""

    def __init__(self, signer: Signer, issuer: str | None = "KG") -> None:
        self.signer, self.issuer = signer, issuer

    def sign(
        self, claim: VaccinationClaim = CLAIM, *, certificate: UUID = ID, content: Any = None, ends: datetime = ENDS
    ) -> str:
        claims = Claims(
            kind=Kind.DVC,
            content=content or write_vaccination(claim),
            issuer=self.issuer,
            issued_at=ISSUED,
            expires_at=ends,
            cti=certificate.bytes,
        )
        return encode(claims, self.signer)

    def list_of(self, *withdrawn: tuple[UUID, Withdrawn], issued_at: datetime = ARRIVAL, **options: Any) -> bytes:
        return write_revocation_list(
            withdrawn,
            issuer=self.issuer or "KG",
            issued_at=issued_at,
            expires_at=issued_at + WEEK,
            salt=b"0123456789abcdef",
            signer=self.signer,
            **options,
        )


def cases(signer: Signer) -> Iterator[Case]:
    """`signer` is a training key; whoever runs the table trusts it and the neighbour's, see `believed`."""
    own = Country(signer)
    yield from _in_time(own)
    yield from _withdrawn(own)
    yield from _of_lists(own)
    yield from _signature_over(own)
    yield from _clock_behind(own)
    yield from _foreign(own, Country(ABROAD, "KZ"))


def believed(own: TrustList) -> TrustList:
    return own | believe(ABROAD)


def _in_time(own: Country) -> Iterator[Case]:
    text, current = own.sign(), own.list_of()
    for_life = own.sign(replace(CLAIM, entry_until=None))
    yield Case("in force by a list of today", text, Reason.IN_FORCE, revocations=current)
    yield Case("no last day", for_life, Reason.IN_FORCE, revocations=current)
    yield Case("no list is published", text, Reason.SIGNATURE_GOOD)
    eve, first = datetime(2026, 1, 14, 6, tzinfo=UTC), datetime(2026, 1, 15, 6, tzinfo=UTC)
    day_before, day_of = own.list_of(issued_at=eve), own.list_of(issued_at=first)
    yield Case("the day before the first", text, Reason.ENTRY_NOT_YET, date(2026, 1, 15), eve, day_before)
    yield Case("the first day", text, Reason.IN_FORCE, None, first, day_of)
    short = own.sign(replace(CLAIM, entry_until=date(2026, 5, 11)))
    after = ARRIVAL + timedelta(days=1)
    before = own.sign(content=as_before(CLAIM))
    yield Case("written before the days had keys of their own", before, Reason.IN_FORCE, revocations=current)
    ended = own.sign(content=as_before(replace(CLAIM, entry_until=date(2026, 5, 10))))
    yield Case("the same, over", ended, Reason.ENDED, date(2026, 5, 10), revocations=current)
    early = own.sign(content=as_before(replace(CLAIM, entry_from=date(2026, 5, 12))))
    yield Case("the same, not begun", early, Reason.ENTRY_NOT_YET, date(2026, 5, 12), revocations=current)
    yield Case("the last day", short, Reason.IN_FORCE, revocations=current)
    yield Case("the day after the last", short, Reason.ENDED, date(2026, 5, 11), after, current)
    yield Case("over, and no list needed to say so", short, Reason.ENDED, date(2026, 5, 11), after, Reason.LIST_MISSING)
    yield Case("a training code at a real border", text, Reason.TRAINING, revocations=current, training=False)


def _withdrawn(own: Country) -> Iterator[Case]:
    text, on = own.sign(), date(2026, 2, 1)
    revoked = own.list_of((ID, Withdrawn(Withdrawal.REVOKED, on)))
    replaced = own.list_of((ID, Withdrawn(Withdrawal.REPLACED, on)))
    another = own.list_of((UUID(int=7), Withdrawn(Withdrawal.REVOKED, on)))
    old = own.list_of((ID, Withdrawn(Withdrawal.REVOKED, on)), issued_at=ARRIVAL - 3 * WEEK)
    yield Case("revoked", text, Reason.REVOKED, on, revocations=revoked)
    yield Case("replaced", text, Reason.REPLACED, on, revocations=replaced)
    yield Case("another one was revoked", text, Reason.IN_FORCE, revocations=another)
    yield Case("revoked by a list that is old", text, Reason.REVOKED, on, revocations=old)
    short = own.sign(replace(CLAIM, entry_until=date(2026, 2, 1)))
    yield Case("revoked and over", short, Reason.REVOKED, on, revocations=revoked)
    early = own.sign(replace(CLAIM, entry_from=date(2026, 6, 1)))
    yield Case("revoked and not begun", early, Reason.REVOKED, on, revocations=revoked)
    yield Case("revoked, for training", text, Reason.TRAINING, revocations=revoked, training=False)


def _signature_over(own: Country) -> Iterator[Case]:
    """Input N78: where the key ended sooner than the certificate, nobody can say; where both are over, it is over."""
    on, current, yesterday = date(2026, 2, 1), own.list_of(), ARRIVAL - timedelta(days=1)
    text = own.sign(ends=yesterday)
    revoked = own.list_of((ID, Withdrawn(Withdrawal.REVOKED, on)))
    yield Case("the key ended sooner", text, Reason.SIGNATURE_ENDED, revocations=current)
    yield Case("the same, and no list", text, Reason.SIGNATURE_ENDED, revocations=Reason.LIST_MISSING)
    yield Case("the same, revoked", text, Reason.REVOKED, on, revocations=revoked)
    yield Case("the same, before its first day", own.sign(replace(CLAIM, entry_from=date(2026, 6, 1)), ends=yesterday),
               Reason.SIGNATURE_ENDED, revocations=current)  # fmt: skip
    over = own.sign(replace(CLAIM, entry_until=date(2026, 5, 10)), ends=ARRIVAL - timedelta(hours=9))
    yield Case("signature and certificate are over", over, Reason.ENDED, date(2026, 5, 10), revocations=current)
    for_life = own.sign(replace(CLAIM, entry_until=None), ends=yesterday)
    yield Case("for life, longer than any key", for_life, Reason.SIGNATURE_ENDED, revocations=current)
    before = own.sign(content=as_before(CLAIM), ends=yesterday)
    yield Case("of an older code", before, Reason.SIGNATURE_ENDED, revocations=current)


def _clock_behind(own: Country) -> Iterator[Case]:
    """Certificate C11: a clock provably behind its lists refuses nothing for a time that may have come."""
    text, ahead, on = own.sign(), own.list_of(), date(2026, 2, 1)
    revoked = own.list_of((ID, Withdrawn(Withdrawal.REVOKED, on)))
    year, minute = timedelta(days=365), timedelta(minutes=1)
    yield Case("a clock before the code", text, Reason.CLOCK_BEHIND, None, ISSUED - WEEK, ahead)
    yield Case("a clock before the key", text, Reason.CLOCK_BEHIND, None, ISSUED - 4 * year, ahead)
    yield Case("a clock in the middle", text, Reason.CLOCK_BEHIND, None, ARRIVAL - WEEK, ahead)
    yield Case("before the first day by such a clock", text, Reason.CLOCK_BEHIND, None, ISSUED + WEEK, ahead)
    yield Case("two minutes behind", text, Reason.CLOCK_BEHIND, None, ARRIVAL - 2 * minute, ahead)
    yield Case("a minute behind is none", text, Reason.IN_FORCE, None, ARRIVAL - minute, ahead)
    yield Case("behind, and revoked", text, Reason.REVOKED, on, ISSUED - WEEK, revoked)
    short = own.sign(replace(CLAIM, entry_until=on))
    yield Case("behind, and over even so", short, Reason.ENDED, on, ARRIVAL - WEEK, ahead)
    lately = own.sign(ends=ARRIVAL - 2 * WEEK)
    yield Case("behind, and the signature over even so", lately, Reason.CLOCK_BEHIND, None, ARRIVAL - WEEK, ahead)


def _of_lists(own: Country) -> Iterator[Case]:
    text = own.sign()
    week_old = own.list_of(issued_at=ARRIVAL - WEEK)
    older = own.list_of(issued_at=ARRIVAL - WEEK - timedelta(seconds=1))
    issued_on = date(2026, 5, 4)
    yield Case("a list of its last second", text, Reason.IN_FORCE, revocations=week_old)
    yield Case("a list a second too old", text, Reason.LISTS_TOO_OLD, issued_on, revocations=older)
    yield Case("no list where there should be one", text, Reason.LIST_MISSING, revocations=Reason.LIST_MISSING)
    yield Case("a damaged list", text, Reason.LIST_UNREADABLE, revocations=Reason.LIST_UNREADABLE)
    keys_of, current = date(2026, 3, 1), own.list_of()
    yield Case("old keys", text, Reason.LISTS_TOO_OLD, keys_of, revocations=current, old_keys_of=keys_of)
    early = own.sign(replace(CLAIM, entry_from=date(2026, 6, 1)))
    yield Case("not begun, but who knows", early, Reason.LISTS_TOO_OLD, issued_on, revocations=older)
    recalled = own.list_of(recalled=[RecalledLot("MenQuadfi", "AB1234A", date(2026, 4, 1))])
    yield Case("a recalled lot", text, Reason.IN_FORCE, None, ARRIVAL, recalled, recalled_on=date(2026, 4, 1))
    elsewhere = own.list_of(recalled=[RecalledLot("Nimenrix", "AB1234A", date(2026, 4, 1))])
    yield Case("the same number of another brand", text, Reason.IN_FORCE, revocations=elsewhere)


def _foreign(own: Country, other: Country) -> Iterator[Case]:
    """Certificates from elsewhere say nothing of entry: the rules of the campaign do."""
    none_of_theirs = own.list_of((ID, Withdrawn(Withdrawal.REVOKED, date(2026, 2, 1))))
    stated, unstated = VaccineType.POLYSACCHARIDE, VaccineType.NOT_STATED

    def dose(on: date, vaccine_type: VaccineType = VaccineType.CONJUGATE, **changes: Any) -> str:
        return other.sign(replace(FOREIGN, given_on=on, vaccine_type=vaccine_type, **changes))

    yield Case("a conjugate of January", dose(date(2026, 1, 5)), Reason.DOSE_COUNTS)
    unnamed = Country(ABROAD, None).sign(replace(FOREIGN, given_on=date(2026, 1, 5)))
    yield Case("our list says nothing of a key abroad", unnamed, Reason.DOSE_COUNTS, revocations=none_of_theirs)
    nameless = Country(own.signer, None).sign()
    revoked = own.list_of((ID, Withdrawn(Withdrawal.REVOKED, date(2026, 2, 1))))
    yield Case("of our key without a name, revoked", nameless, Reason.REVOKED, date(2026, 2, 1), revocations=revoked)
    yield Case("another country's list", dose(date(2026, 1, 5)), Reason.DOSE_COUNTS, revocations=none_of_theirs)
    yield Case("nine days before", dose(date(2026, 5, 2)), Reason.ENTRY_NOT_YET, date(2026, 5, 12))
    yield Case("ten days before", dose(date(2026, 5, 1)), Reason.DOSE_COUNTS)
    yield Case("a conjugate of five years", dose(date(2021, 5, 11)), Reason.DOSE_COUNTS)
    yield Case("and a day", dose(date(2021, 5, 10)), Reason.ENDED, date(2026, 5, 10))
    yield Case(
        "a polysaccharide of three years and a day", dose(date(2023, 5, 10), stated), Reason.ENDED, date(2026, 5, 10)
    )
    yield Case("a type not stated, three years", dose(date(2023, 5, 11), unstated), Reason.DOSE_COUNTS)
    yield Case("a dose of the last day there is", dose(date.max), Reason.ENTRY_NOT_YET, date.max)
    fever = dose(date(2026, 1, 5), disease="1D47", product_id="XM0N24")
    yield Case("a disease that nobody asks for", fever, Reason.NOT_IN_RULES)
    plain = dose(date(2026, 1, 5), stated, disease="1C62")
    yield Case("a type that does not count", plain, Reason.DOSE_NOT_COUNTED)
    unknown = dose(date(2026, 1, 5), disease=None, product_id="UnknownProduct")
    yield Case("a vaccine that nobody here knows", unknown, Reason.SIGNATURE_GOOD)
