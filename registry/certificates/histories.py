"""A pilgrim's certificates in their order: what each is worth, and whether they follow each other as issued. Pure."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from registry import clock
from registry.certificates import rules
from registry.certificates.codes import Alarm, CodesDiffer, alarm_of
from registry.certificates.models import Certificate, CertificateRevocation
from registry.certificates.rules import State
from registry.errors import N_
from registry.hcert import Withdrawal, Withdrawn

HISTORY = "history"
Paper = tuple[Certificate, CertificateRevocation | None]
History = Sequence[Paper]
"""A pilgrim's certificates of a campaign, the oldest first, each with what revoked it: a person first of all."""


@dataclass(frozen=True)
class Standing:
    """What a certificate is worth, what took its place or its force, and what stands after a revoked one.

    `follows`: whether the pilgrim's certificates follow each other as they were issued. Where not, what it is worth is
    what somebody wrote into the database.
    """

    state: State
    replaced_by: Certificate | None
    revocation: CertificateRevocation | None
    followed_by: Certificate | None = None
    follows: bool = True


class PapersDiffer(CodesDiffer):
    sentence = N_(
        "The certificates of this pilgrim do not follow each other in the register as they were issued, so none is "
        "printed. Ask the authority that issued them to look into it."
    )


def check_history(certificate: Certificate, *, follows: bool) -> None:
    """Raises PapersDiffer."""
    if not follows:
        raise PapersDiffer(alarm_of_history(certificate))


def alarm_of_history(certificate: Certificate) -> Alarm:
    return alarm_of(certificate, (HISTORY,))


def standing_in(history: History, certificate: Certificate, *, on: date, follows: bool = True) -> Standing:
    """What a certificate is worth by its history. A replaced one falls with the one that took its place."""
    newer_than = {one.replaces_id: (one, revocation) for one, revocation in history if one.replaces_id}
    own = {one.id: revocation for one, revocation in history}
    newest, revocation = certificate, own.get(certificate.id)
    # Taken out as they are passed: whoever writes to the database can let papers replace each other in a ring.
    while revocation is None and (newer := newer_than.pop(newest.id, None)):
        newest, revocation = newer
    replaced_by = newest if newest.id != certificate.id else None
    worth = rules.state(certificate, replaced=replaced_by is not None, revoked=revocation is not None, on=on)
    followed_by = next((one for one, taken in history[-1:] if revocation and not taken), None)
    return Standing(worth, replaced_by, revocation, followed_by, follows)


def follow_each_other(papers: Sequence[Paper]) -> bool:
    """Whether all that a pilgrim holds and held is numbered and chained as the registry does it, in each campaign.

    The numbers are 1, 2, ... Each paper but the first replaces the one before it, and prints its code, or the one
    before it was revoked. `papers`: those of all campaigns, for one may have been moved.
    """

    def campaign(paper: Paper) -> str:
        return paper[0].campaign_code

    return all(_hangs_together([*own]) for _code, own in groupby(sorted(papers, key=campaign), campaign))


def _hangs_together(history: History) -> bool:
    own = sorted(history, key=lambda one: str(one[0].number).zfill(10))  # SQLite keeps any text for a number
    before: Paper | None = None
    for number, paper in enumerate(own, start=1):
        if paper[0].number != number or not _follows(paper[0], before):
            return False
        before = paper
    return True


def _follows(paper: Certificate, before: Paper | None) -> bool:
    if paper.replaces_id is None:
        return _printed_before(paper.facts) in (None, ...) and (before is None or before[1] is not None)
    if before is None or paper.replaces_id != before[0].id:
        return False
    revocation = before[1]  # of a replaced one that was revoked as well, in an earlier release, it came later
    revoked_before = revocation is not None and revocation.revoked_at < paper.issued_at
    return not revoked_before and _printed_before(paper.facts) in (before[0].code, ...)


def _printed_before(facts: Any) -> Any:
    """The code of the paper that it prints to replace; `...` where that cannot be read: codes and facts tell of it."""
    if not isinstance(facts, Mapping):
        return ...
    told = facts.get("replaces")
    return told[0] if isinstance(told, list) and told else told


def list_withdrawn(rows: Sequence[Any], *, timezone: str) -> Iterator[tuple[Any, Withdrawn]]:
    """What became of one pilgrim's papers, the newest first: its fate is known before that of the one it replaced.

    Only a campaign's last paper can stand, whatever the others say of themselves.
    """
    fate: dict[uuid.UUID, Withdrawn] = {}
    newer: Any = None
    for row in reversed(rows):
        if row.revoked_at is not None:
            fate[row.id] = Withdrawn(Withdrawal.REVOKED, clock.local_date(row.revoked_at, timezone))
        if row.id not in fate and newer is not None and newer.campaign_code == row.campaign_code:
            issued = Withdrawn(Withdrawal.REPLACED, clock.local_date(newer.issued_at, timezone))
            fate[row.id] = fate.get(newer.id, issued)
        newer = row
        if row.replaces_id is not None:
            issued = Withdrawn(Withdrawal.REPLACED, clock.local_date(row.issued_at, timezone))
            fate[row.replaces_id] = fate.get(row.id, issued)
        if row.id in fate:
            yield row, fate[row.id]
