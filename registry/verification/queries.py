"""Look up what a stranger holds: a link, a code, a signed text. And prove the log against the register."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import Session, SQLModel, col, select

from registry import clock, hcert
from registry.campaigns import queries as campaigns
from registry.certificates import queries as certificates
from registry.certificates.models import Certificate, CertificateRevocation
from registry.certificates.rules import read_code
from registry.corrections.models import Correction
from registry.hcert import RevocationList
from registry.immunization_log import queries as log
from registry.immunization_log.models import Kind, LogEntry, LogHead, LogRecord
from registry.immunization_log.queries import Break
from registry.immunization_log.rules import GENESIS
from registry.vaccinations.models import Dose, DoseNotGiven
from registry.vaccines import queries as vaccines
from registry.verification.rules import (
    Finding,
    Reason,
    Term,
    Terms,
    Verdict,
    find_recall,
    finding,
    judge,
    judge_signed,
    signed_fault,
    spell_birth,
)

SIGNED = "HC1:"
# The letters of base45, too many for a certificate's code: the first ones were lost or misread.
_MEANT_AS_SIGNED = re.compile(r"[0-9A-Z $%*+\-./:]{100,}", re.ASCII)
_LINK_PATH = re.compile(r".*/v/([\w-]{20,32})(?:/[a-z]{2})?/?", re.ASCII)
_LOGGED: dict[Kind, type[SQLModel]] = {
    Kind.DOSE: Dose,
    Kind.NOT_GIVEN: DoseNotGiven,
    Kind.CORRECTION: Correction,
    Kind.CERTIFICATE_ISSUED: Certificate,
    Kind.CERTIFICATE_REPLACED: Certificate,
    Kind.CERTIFICATE_REVOKED: CertificateRevocation,
}
_BATCH = 500


def look_up(
    session: Session, handle: str, *, on: date, unknown: Reason, training: bool = True
) -> tuple[Finding, Certificate | None]:
    """What a token or a code leads to: few indexed reads. `unknown` is the reason when there is nothing."""
    certificate = certificates.find_by_handle(session, handle)
    if certificate is None:
        return finding(unknown), None
    return find_out(session, certificate, on=on, training=training), certificate


def find_out(session: Session, certificate: Certificate, *, on: date, training: bool = True) -> Finding:
    """What a certificate of the register is worth on a day. `training`: the installation itself is for training."""
    is_training = bool(certificate.facts["training"])
    found = finding(Reason.TRAINING)
    if training or not is_training:
        found = finding(*judge(certificate, certificates.standing(session, certificate, on=on)))
    recalled_on = certificates.find_recall(session, certificate)
    return replace(found, training=is_training, payload=_payload(certificate), recalled_on=recalled_on)


def _payload(certificate: Certificate) -> dict[str, Any]:
    """What the paper says, without the signed codes, which say it again."""
    facts = certificate.facts
    doses = [{name: value for name, value in dose.items() if name != "signed_code"} for dose in facts["doses"]]
    return {**facts, "doses": doses, "birth": spell_birth(facts)}


@dataclass(frozen=True)
class Means:
    """What a verifier goes by.

    `session`: the register, None where it is not at hand; then only signed codes can be judged. `trust`: every signer
    believed; `own`: those of this register, whose certificates it must have (None: all of `trust`). `revocations` and
    `terms` are as in `rules.judge_signed`; `training`: the verifier itself is for training.
    """

    session: Session | None
    trust: hcert.TrustList
    own: hcert.TrustList | None = None
    revocations: RevocationList | Reason | None = None
    terms: Terms = field(default_factory=dict)
    training: bool = True


def verify_text(text: str, means: Means, *, at: datetime, timezone: str) -> Finding:
    """Judge whatever a code reader or a person gave: a signed text, a link, or a typed code."""
    on = clock.local_date(at, timezone)
    if text.startswith(SIGNED) or _MEANT_AS_SIGNED.fullmatch(text):
        return _judge_signed(hcert.verify(text, means.trust, at=at), means, on=on, at=at)
    link = _LINK_PATH.fullmatch(urlsplit(text.strip()).path) if "/v/" in text else None
    handle = link[1] if link else read_code(text)
    if handle is None:
        return replace(finding(Reason.NOT_A_CERTIFICATE), steps=hcert.verify(text, means.trust, at=at).steps)
    if means.session is None:
        return finding(Reason.NO_REGISTER)
    unknown = Reason.UNKNOWN_LINK if link else Reason.UNKNOWN_CODE
    found, certificate = look_up(means.session, handle, on=on, unknown=unknown, training=means.training)
    if link and certificate and not text.strip().startswith(certificate.facts["verify_url"]):
        # A true token behind another address: whoever opened it would see a stranger's page.
        return finding(Reason.UNKNOWN_LINK)
    return found


def _judge_signed(checked: hcert.Verification, means: Means, *, on: date, at: datetime) -> Finding:
    """The signature first: nothing is believed, nor looked up, before it is good."""
    if checked.reason is not None:
        answer = Finding(Verdict(checked.verdict.value), checked.reason.value, signed_fault(checked.reason))
    else:
        answer = _judge_genuine(checked, means, on=on, at=at)
    return replace(answer, training=checked.training, payload=_signed_payload(checked), steps=checked.steps)


def _judge_genuine(checked: hcert.Verification, means: Means, *, on: date, at: datetime) -> Finding:
    """By the register where it has the certificate, else by dates, lists and rules."""
    certificate = _find_signed(means.session, checked) if means.session else None
    if means.session and certificate:
        return find_out(means.session, certificate, on=on, training=means.training)
    own = means.trust if means.own is None else means.own
    if means.session and checked.key in own.keys:
        return finding(Reason.NOT_IN_REGISTER)
    judged = judge_signed(checked, means.revocations, means.terms, on=on, at=at, training=means.training)
    return replace(finding(*judged), recalled_on=find_recall(checked, means.revocations))


def _find_signed(session: Session, checked: hcert.Verification) -> Certificate | None:
    """The certificate that a signed code names, if it is one of its codes: anybody trusted could sign its id."""
    named = checked.claims.certificate_id if checked.claims else None
    certificate = certificates.find_by_id(session, named) if named else None
    if certificate is None or checked.sign1 is None:
        return None
    codes = (hcert.decode(dose["signed_code"]) for dose in certificate.facts["doses"])
    return certificate if checked.sign1.payload in {code.sign1.payload for code in codes} else None


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
        "issuer": claims.issuer,
        "issued_at": claims.issued_at,
        "expires_at": claims.expires_at,
        "vaccinations": [
            {name: value for name, value in asdict(one).items() if value is not None} for one in checked.vaccinations
        ],
    }


def list_streams(session: Session) -> Sequence[LogHead]:
    """Every stream's head; a stream whose head was taken away shows as one that should be empty."""
    heads = list(log.list_heads(session))
    known = {head.stream for head in heads}
    streams = session.exec(select(LogEntry.stream).distinct().order_by(LogEntry.stream)).all()
    return [*heads, *(LogHead(stream=stream, size=0, hash=GENESIS) for stream in streams if stream not in known)]


def find_first_break(
    session: Session, head: LogHead, *, advance: Callable[[int], None] = lambda _count: None
) -> Break | None:
    """The first entry of a stream that does not hold: in its chain, or because its row is no longer what was logged.

    `advance` hears how many entries were looked at.
    """
    stream = head.stream
    broken = log.find_first_break(session, head)
    changed = _find_first_change(session, stream, advance=advance)
    return min(filter(None, (broken, changed)), key=lambda one: one.sequence, default=None)


def _find_first_change(session: Session, stream: str, *, advance: Callable[[int], None]) -> Break | None:
    entries = log.read_stream(session, stream)
    while batch := list(islice(entries, _BATCH)):
        rows = _rows_of(session, batch)
        for entry, record in batch:
            why = None if record is None else _change(entry.kind, record, rows.get((entry.kind, record.record_id)))
            if why:
                return Break(stream, entry.sequence, why)
        advance(len(batch))
    return None


def _rows_of(session: Session, batch: Sequence[tuple[LogEntry, LogRecord | None]]) -> dict[tuple[Kind, Any], SQLModel]:
    """The rows that the entries speak of, one read for each kind."""
    rows: dict[tuple[Kind, Any], SQLModel] = {}
    for kind, model in _LOGGED.items():
        records = [record for entry, record in batch if record is not None and entry.kind is kind]
        if not records:
            continue
        table: Any = model  # every logged table is keyed by (pilgrim_id, id)
        query = select(table).where(
            col(table.pilgrim_id).in_({record.pilgrim_id for record in records}),
            col(table.id).in_({record.record_id for record in records}),
        )
        rows.update({(kind, row.id): row for row in session.exec(query)})
    return rows


def _change(kind: Kind, record: LogRecord, row: SQLModel | None) -> str | None:
    """Compared as values, not as text: 0.5 ml is 0.50 ml."""
    if row is None:
        return f"the {kind.value} that was logged is no longer in the register"
    logged = _LOGGED[kind].model_validate(record.content).model_dump()
    now = row.model_dump()
    changed = sorted(name for name in logged if logged[name] != now.get(name))
    return f"the {kind.value} in the register differs from what was logged: {', '.join(changed)}" if changed else None


def list_unlogged(session: Session) -> Iterator[tuple[str, Any]]:
    """(kind, row) of doses and certificates that stand in the register without any entry: slipped in past the log."""
    for kind in (Kind.DOSE, Kind.CERTIFICATE_ISSUED):
        table: Any = _LOGGED[kind]
        query = (
            select(table)
            .join(
                LogRecord,
                (col(LogRecord.pilgrim_id) == table.pilgrim_id) & (col(LogRecord.record_id) == table.id),
                isouter=True,
            )
            .join(
                LogEntry,
                (col(LogEntry.stream) == LogRecord.stream) & (col(LogEntry.sequence) == LogRecord.sequence),
                isouter=True,
            )
            .where(col(LogEntry.sequence).is_(None))
        )
        yield from ((kind.value, row) for row in session.exec(query))
