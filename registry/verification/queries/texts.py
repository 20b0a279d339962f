"""Judge whatever a code reader or a person gave."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlmodel import Session

from registry import hcert
from registry.campaigns import queries as campaigns
from registry.certificates.codes import list_doses
from registry.certificates.models import Certificate
from registry.errors import NotFound
from registry.hcert import RevocationList
from registry.settings import Settings
from registry.vaccines import queries as vaccines
from registry.verification.queries.beside import find_opened, leads_elsewhere
from registry.verification.queries.held import Held, day_of_entry, find_held, weigh
from registry.verification.rules import (
    OUT_OF_TIME,
    Finding,
    Form,
    Given,
    Reason,
    Term,
    Terms,
    Verdict,
    find_recall,
    finding,
    judge_signed,
    kind_of_claims,
    leads_to,
    signed_fault,
    spell_birth,
    understand,
)


@dataclass(frozen=True)
class Means:
    """What a verifier goes by.

    `session`: the register, None where it is not at hand; then only signed codes can be judged. `trust`: every signer
    believed; `own`: those of this register, whose certificates it must have (None: all of `trust`); `signers`: those
    that signed what the register holds (None: the keys cannot be read, so nothing it holds is believed). `revocations`
    and `terms` are as in `rules.judge_signed`; `training`: the verifier itself is for training. `url`: the register's
    own address, to tell a link that it does not know from one that leads elsewhere; `entry_timezone`: where the holder
    of a code enters that the register does not have.
    """

    session: Session | None
    trust: hcert.TrustList
    own: hcert.TrustList | None = None
    signers: hcert.TrustList | None = None
    revocations: RevocationList | Reason | None = None
    terms: Terms = field(default_factory=dict)
    training: bool = True
    url: str | None = None
    entry_timezone: str = "UTC"


def verify_text(text: str, means: Means, *, at: datetime, timezone: str) -> Finding:
    """Judge whatever a code reader or a person gave: a signed text, a link, or a typed code.

    `timezone`: where the days of acts are counted. Whether a certificate is valid goes by the day where one enters.
    """
    return verify_texts([(text, None)], means, at=at, timezone=timezone)[0]


def verify_texts(
    texts: Sequence[tuple[str, date | None]], means: Means, *, at: datetime, timezone: str
) -> list[Finding]:
    """Judge many texts, each for its planned day, or today where that has passed, by one look into the register."""
    read = [_read(text, means, at=at) for text, _travel_on in texts]
    handles = {handle for one in read for handle in one.handles}
    held = find_held(means.session.connection(), handles, timezone=timezone) if means.session and handles else {}
    return [
        finding(Reason.SEVERAL_CODES)
        if _names_another(one, held, means)
        else _judge(one, held.get(one.handle or ""), means, When(at, timezone, travel_on))
        for one, (_text, travel_on) in zip(read, texts, strict=True)
    ]


class When(NamedTuple):
    """The moment of asking, where the days of acts are counted, and the day on which entry is planned."""

    at: datetime
    timezone: str
    travel_on: date | None


@dataclass(frozen=True)
class _Read:
    """A text as it was understood: what the register may know it by, and how far its signature holds."""

    given: Given
    handle: str | None
    checked: hcert.Verification | None = None

    @property
    def handles(self) -> set[str]:
        """Whatever in the text the register may know."""
        return {name for name in (self.handle, *(one.text for one in self.given.beside)) if name}


def _read(text: str, means: Means, *, at: datetime) -> _Read:
    given = understand(text)
    if given.form is Form.SIGNED:
        checked = hcert.verify(given.text, means.trust, at=at)
        named = checked.claims.certificate_id if checked.claims else None
        return _Read(given, named.hex if named else None, checked)
    return _Read(given, given.text if given.form in (Form.LINK, Form.CODE) else None)


def _names_another(read: _Read, held: Mapping[str, Held], means: Means) -> bool:
    """Whether a link or a typed code in the text leads to another certificate than what outweighs it.

    Where what outweighs it is refused or leads nowhere, that is the answer.
    """
    if read.checked is None:
        own = find_opened(read.given, held, home=means.url)
        return own is not None and leads_elsewhere(read.given, own, held, home=means.url)
    own = held.get(read.handle or "")
    own = own if own is not None and _is_of(read.checked, own) else None
    faults = {None, *OUT_OF_TIME} if own is None else {None, *OUT_OF_TIME, hcert.Reason.UNKNOWN_KEY}
    return read.checked.reason in faults and leads_elsewhere(read.given, own, held, home=means.url)


_UNREAD = {Form.CUT_UP: Reason.NOT_READ_WHOLE, Form.OTHER: Reason.OTHER_KIND}


def _judge(read: _Read, held: Held | None, means: Means, when: When) -> Finding:
    given = read.given
    if read.checked is not None:
        return _judge_signed(read.checked, held, means, when)
    if given.form is Form.SEVERAL:
        return finding(Reason.SEVERAL_CODES)
    if read.handle is None:
        none = finding(_UNREAD.get(given.form, Reason.NOT_A_CERTIFICATE))
        return replace(none, kind=given.kind, steps=hcert.verify(given.text, means.trust, at=when.at).steps)
    if means.session is None:
        return finding(Reason.NO_REGISTER)
    return _judge_handle(given, held if held and held.opens_with(read.handle) else None, means, when)


def _judge_handle(given: Given, held: Held | None, means: Means, when: When) -> Finding:
    if given.form is Form.LINK and not leads_to(given.site, (means.url, held.printed_at if held else None)):
        # A true token behind another address: whoever opened it would see a stranger's page.
        return finding(Reason.FOREIGN_LINK)
    if held is None:
        return finding(Reason.UNKNOWN_LINK if given.form is Form.LINK else Reason.UNKNOWN_CODE)
    found = weigh(held, **when._asdict(), signers=means.signers, training=means.training)
    return found if found.alarm or means.signers is None else replace(found, payload=_payload(held.certificate))


def _payload(certificate: Certificate) -> dict[str, Any]:
    """What the paper says, without the signed codes, which say it again."""
    facts = certificate.facts
    doses = [{name: value for name, value in dose.items() if name != "signed_code"} for dose in facts["doses"]]
    return {**facts, "doses": doses, "birth": spell_birth(facts)}


def _judge_signed(checked: hcert.Verification, held: Held | None, means: Means, when: When) -> Finding:
    """The signature first: nothing is believed before it is good."""
    answer = None
    if checked.reason is None or checked.reason in OUT_OF_TIME:
        answer = _judge_genuine(checked, held, means, when)
    elif checked.reason is hcert.Reason.UNKNOWN_KEY and means.signers is None and held and _is_of(checked, held):
        answer = weigh(held, **when._asdict(), signers=None, training=means.training)
    if answer is None:
        fault = checked.reason or hcert.Reason.EXPIRED
        answer = Finding(Verdict(checked.verdict.value), fault.value, signed_fault(fault))
        if answer.verdict is Verdict.CANNOT_TELL:
            answer = replace(answer, kind=kind_of_claims(checked.claims))
    return replace(answer, training=checked.training, payload=_signed_payload(checked), steps=checked.steps)


def _judge_genuine(checked: hcert.Verification, held: Held | None, means: Means, when: When) -> Finding | None:
    """By the register where it has the certificate, else by dates, lists and rules; None: its time is all there is.

    What the register has was issued: a code of it whose time has not come proves only that the clock here is behind.
    """
    if held is not None and _is_of(checked, held):
        return weigh(held, **when._asdict(), signers=means.signers, training=means.training)
    own = means.trust if means.own is None else means.own
    if means.session and checked.key in own.keys and checked.reason is None:
        return finding(Reason.NOT_IN_REGISTER)
    on = day_of_entry(when.at, means.entry_timezone, when.travel_on)
    judged = judge_signed(checked, means.revocations, means.terms, on=on, at=when.at, training=means.training)
    return replace(finding(*judged), recalled_on=find_recall(checked, means.revocations)) if judged else None


def _is_of(checked: hcert.Verification, held: Held) -> bool:
    """Whether the certificate has this code: anybody trusted could sign its id."""
    return checked.sign1 is not None and checked.sign1.payload in set(_payloads(held.certificate))


def _payloads(certificate: Certificate) -> Iterator[bytes]:
    """What its codes carry; one that somebody spoilt in the register carries nothing."""
    for dose in list_doses(certificate):
        with suppress(hcert.BadHcert):
            yield hcert.decode(str(dose.get("signed_code"))).sign1.payload


def find_entry_timezone(session: Session | None, settings: Settings) -> str:
    """Where holders of codes enter that name no campaign: as the current one says, else the installation."""
    try:
        found = campaigns.current_campaign(session, settings.campaign) if session else None
    except NotFound:
        found = None
    return found.entry_timezone if found else settings.entry_timezone


def list_terms(session: Session, campaign_code: str) -> Terms:
    """What a campaign asks, by every code under which a certificate from elsewhere may name the vaccine."""
    terms: dict[str, list[Term]] = defaultdict(list)
    products = vaccines.list_products(session)
    for requirement in campaigns.list_requirements(session, campaign_code):
        antigen = campaigns.get_antigen(session, requirement.antigen_code)
        for code in {antigen.icd11_disease, antigen.icd11_vaccine}:
            terms[code].append(Term(requirement))
        for product in products:
            if product.antigen_code == antigen.code and product.who_product_id:
                terms[product.who_product_id].append(Term(requirement, product.vaccine_type))
    return terms


def _signed_payload(checked: hcert.Verification) -> dict[str, Any] | None:
    """Who signed what; only what a good signature covers."""
    if checked.claims is None or not checked.vaccinations:
        return None
    claims = checked.claims
    return {
        "certificate": claims.certificate_id,
        "issuer": hcert.alpha_3_of(checked.key.participant) if checked.key else None,
        "issued_at": claims.issued_at,
        "expires_at": claims.expires_at,
        "vaccinations": [
            {name: value for name, value in asdict(one).items() if value is not None} for one in checked.vaccinations
        ],
    }
