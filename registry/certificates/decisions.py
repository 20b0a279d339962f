"""What a person decided about a certificate, and what may follow from it. Pure."""

import uuid

from registry.certificates.codes import Alarm, alarm_of
from registry.certificates.models import DECIDED, Cause, Certificate, CertificateRevocation
from registry.certificates.rules import AlreadyRevoked
from registry.errors import N_, Refusal


class AlreadyReplaced(Refusal):
    sentence = N_(
        "This certificate was replaced by the newer certificate %(newer)s. Nothing was revoked. If the pilgrim's "
        "certificate must lose its force, open the newer one and revoke it."
    )


class RevokedAndFollowed(AlreadyRevoked):
    sentence = N_(
        "This certificate is revoked already, and certificate %(newer)s took its place. Nothing was changed. If the "
        "pilgrim's certificate must lose its force, open the newer one and revoke it."
    )


class ReissueReasonMissing(Refusal):
    sentence = N_("Write why a new certificate is issued. The reason is kept with it.")
    field = "reason"


class NothingToIssueAgain(Refusal):
    sentence = N_(
        "No certificate of this pilgrim stands revoked by a person. Nothing was changed. Look at the pilgrim's record."
    )


class RevokedByYourself(Refusal):
    sentence = N_(
        "You revoked this certificate, so somebody else decides about a new one. Ask one of those who may: %(names)s."
    )


class NobodyElseDecides(Refusal):
    sentence = N_(
        "You revoked this certificate, so somebody else decides about a new one, and nobody else may do it for this "
        "pilgrim. Ask the administrator to appoint a second immunologist, for the region or the whole country."
    )


class DosesDoNotCount(Refusal):
    sentence = N_(
        "The recorded doses do not meet the requirements, so no new certificate can be issued. Nothing was changed. "
        "Look at the pilgrim's record for what is missing."
    )


class RecordAltered(Refusal):
    sentence = N_(
        "This pilgrim's record and the last certificate say different things, and no correction tells why: somebody "
        "changed the database. No new certificate is signed. Tell the administrator."
    )

    def __init__(self, certificate: Certificate, differing: tuple[str, ...]) -> None:
        super().__init__()
        self.alarm = alarm_of(certificate, differing)


class _AlteredBesidePapers(RecordAltered):
    """What was altered is not a paper, or there is none."""

    def __init__(self, alarm: Alarm) -> None:
        Refusal.__init__(self)
        self.alarm = alarm


class DoseAltered(_AlteredBesidePapers):
    sentence = N_(
        "A dose of this pilgrim is not in the register as it was logged when it was recorded: somebody changed the "
        "database. No new certificate is signed. Tell the administrator."
    )


class PaperAltered(_AlteredBesidePapers):
    sentence = N_(
        "A certificate of this pilgrim is not in the register as it was logged when it was issued: somebody changed "
        "the database. No new certificate is signed. Tell the administrator."
    )


class RevocationTakenAway(_AlteredBesidePapers):
    sentence = N_(
        "A certificate of this pilgrim was revoked, and the register no longer says so as it was decided: somebody "
        "changed the database. No new certificate is signed. Tell the administrator."
    )


def may_be_decided(revocation: CertificateRevocation | None, cause: Cause = Cause.DECISION) -> bool:
    """Whether a person may decide about a paper so far as this is what took its force.

    Of what the registry withdrew by itself they may say that no new one follows, not that it was lost or stolen.
    """
    return revocation is None or (revocation.cause not in DECIDED and cause is Cause.DECISION)


def may_issue_again(revocation: CertificateRevocation, by: uuid.UUID) -> bool:
    """A person does not undo their own decision; a lost paper that was withdrawn is no verdict about anybody."""
    return revocation.cause is not Cause.DECISION or revocation.revoked_by_id != by
