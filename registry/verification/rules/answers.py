"""What a check answers, why, and in which words: a table, so that no case is left to chance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from registry import hcert
from registry.certificates.codes import Alarm
from registry.clock import spell_date
from registry.errors import N_
from registry.hcert.reasons import UNKNOWN_CONTENT, UNKNOWN_DIALECT
from registry.verification.rules.kinds import KINDS, Kind


class Verdict(StrEnum):
    """VALID is the only one that lets a traveller pass without a question."""

    VALID = "valid"
    CHECK = "check"
    NOT_VALID = "not_valid"
    CANNOT_TELL = "cannot_tell"


class Reason(StrEnum):
    """Why. Stable codes: programs read them. Faults of a signed text keep the codec's own codes."""

    IN_FORCE = "in_force"
    SIGNATURE_GOOD = "signature_good"
    ENTRY_NOT_YET = "entry_not_yet"
    REPLACED = "replaced"
    NOT_IN_REGISTER = "not_in_register"
    CODES_DIFFER = "codes_differ"
    PAPERS_DIFFER = "papers_differ"
    KEYS_AWAY = "keys_away"
    REVOKED = "revoked"
    ENDED = "ended"
    UNKNOWN_LINK = "unknown_link"
    FOREIGN_LINK = "foreign_link"
    UNKNOWN_CODE = "unknown_code"
    NO_REGISTER = "no_register"
    OTHER_KIND = "other_kind"
    SEVERAL_CODES = "several_codes"
    NOT_READ_WHOLE = "not_read_whole"
    NOT_A_CERTIFICATE = "not_a_certificate"
    NO_CODE_FOUND = "no_code_found"
    # Of signed codes, judged without the register.
    TRAINING = "training"
    DOSE_COUNTS = "dose_counts"
    DOSE_NOT_COUNTED = "dose_not_counted"
    NOT_IN_RULES = "not_in_rules"
    LIST_MISSING = "list_missing"
    LIST_UNREADABLE = "list_unreadable"
    LISTS_TOO_OLD = "lists_too_old"
    CLOCK_BEHIND = "clock_behind"
    SIGNATURE_ENDED = "signature_ended"


ANSWERS: Mapping[Reason, tuple[Verdict, str]] = {
    Reason.IN_FORCE: (Verdict.VALID, N_("Genuine and in force. The vaccination requirements are met today.")),
    Reason.SIGNATURE_GOOD: (
        Verdict.VALID,
        N_("The signature is good. Whether the certificate was withdrawn since is not known here."),
    ),
    Reason.ENTRY_NOT_YET: (
        Verdict.CHECK,
        N_("Genuine, but valid from %(date)s. Before that day the vaccination requirements are not met."),
    ),
    Reason.REPLACED: (
        Verdict.CHECK,
        N_("The record was corrected: replaced by a newer certificate of %(date)s. Ask for the new paper."),
    ),
    Reason.NOT_IN_REGISTER: (
        Verdict.CHECK,
        N_("The signature is good, but the register does not have this certificate. Ask the authority that issued it."),
    ),
    Reason.CODES_DIFFER: (
        Verdict.CANNOT_TELL,
        N_(
            "The signed codes of this certificate do not say what the register says of it, so it cannot be relied on. "
            "Ask the authority that issued it."
        ),
    ),
    Reason.PAPERS_DIFFER: (
        Verdict.CANNOT_TELL,
        N_(
            "The certificates of this person do not follow each other in the register as they were issued, so none of "
            "them can be relied on. Ask the authority that issued them."
        ),
    ),
    Reason.KEYS_AWAY: (
        Verdict.CANNOT_TELL,
        N_(
            "The keys of this register cannot be read just now, so nothing can be said about this certificate. Check "
            "again in a while, or ask the authority that issued it."
        ),
    ),
    Reason.REVOKED: (Verdict.NOT_VALID, N_("This certificate was withdrawn on %(date)s.")),
    Reason.ENDED: (Verdict.NOT_VALID, N_("This certificate was valid until %(date)s.")),
    Reason.UNKNOWN_LINK: (
        Verdict.CANNOT_TELL,
        N_("No certificate of this register has this link. Scan the code on the paper again, or type its code."),
    ),
    Reason.FOREIGN_LINK: (
        Verdict.CANNOT_TELL,
        N_(
            "This link leads to another site, not to this register, so nothing can be said about it here. Scan the "
            "code on the paper itself."
        ),
    ),
    Reason.UNKNOWN_CODE: (Verdict.CANNOT_TELL, N_("No certificate of this register has this code.")),
    Reason.NO_REGISTER: (Verdict.CANNOT_TELL, N_("Links and codes can be checked only where the register is.")),
    Reason.OTHER_KIND: (
        Verdict.CANNOT_TELL,
        N_("This code belongs to another system, so nothing can be said about it here."),
    ),
    Reason.SEVERAL_CODES: (
        Verdict.CANNOT_TELL,
        N_("Several different codes or links stand in this text. Check them one after another."),
    ),
    Reason.NOT_READ_WHOLE: (
        Verdict.CANNOT_TELL,
        N_(
            "The code could not be read whole, for it was cut up on its way. Scan it from the paper, or copy and paste "
            "it again."
        ),
    ),
    Reason.NOT_A_CERTIFICATE: (
        Verdict.CANNOT_TELL,
        N_("This is neither a signed code, nor a verification link, nor a certificate code."),
    ),
    Reason.NO_CODE_FOUND: (
        Verdict.CANNOT_TELL,
        N_("No QR code was found in the picture. Take a sharper one, straight from above."),
    ),
    Reason.TRAINING: (
        Verdict.NOT_VALID,
        N_("This is a training certificate. It says nothing about a real person."),
    ),
    Reason.DOSE_COUNTS: (
        Verdict.VALID,
        N_(
            "The signature is good, and this dose meets the requirements today. Whether the certificate was withdrawn "
            "since is not known here."
        ),
    ),
    Reason.DOSE_NOT_COUNTED: (
        Verdict.CHECK,
        N_(
            "The signature is good, but this dose does not meet the requirements. Ask for the certificate of "
            "another dose."
        ),
    ),
    Reason.NOT_IN_RULES: (
        Verdict.CHECK,
        N_(
            "The signature is good, but nobody asks for a vaccination against this disease here. Ask for the "
            "certificates of the vaccinations that are asked for."
        ),
    ),
    Reason.LIST_MISSING: (
        Verdict.CANNOT_TELL,
        N_(
            "The signature is good, but the list of withdrawn certificates is not here, so nobody can say whether this "
            "one still stands. Fetch the list, or check the certificate online."
        ),
    ),
    Reason.LIST_UNREADABLE: (
        Verdict.CANNOT_TELL,
        N_(
            "The signature is good, but the list of withdrawn certificates is damaged, or an older one was put in its "
            "place. Fetch the list anew, or check the certificate online."
        ),
    ),
    Reason.LISTS_TOO_OLD: (
        Verdict.CANNOT_TELL,
        N_(
            "The signature is good, but the lists here are of %(date)s: too old to say whether the certificate still "
            "stands. Fetch them anew, or check the certificate online."
        ),
    ),
    Reason.CLOCK_BEHIND: (
        Verdict.CANNOT_TELL,
        N_(
            "The clock here is behind the lists that it checks by, so nobody can say what counts today. Set date and "
            "time right, then check again."
        ),
    ),
    Reason.SIGNATURE_ENDED: (
        Verdict.CANNOT_TELL,
        N_(
            "The signature was good, but its time is over sooner than the certificate's, so this code proves nothing "
            "any more. Open the link on the paper, or type its code, where there is a network."
        ),
    ),
}

RECALLED = N_(
    "A vaccine lot on this certificate was recalled on %(date)s. Ask the authority that issued it what to do."
)

# What is damaged is scanned again, what is forged is not.
_BROKEN = N_("The code is damaged or was not read whole. Scan it again from the paper before you refuse it.")
_FORGED = N_("The signature does not match: the content was changed, or the code is forged.")
_NOT_ACCEPTED = N_("It was signed in a way that is not accepted here.")
_UNKNOWN_WAY = N_(
    "The code was read whole, but it was signed in a way that this verifier does not know, so nothing can be said "
    "about it here. Ask for another paper, or the authority that issued this one."
)
_UNKNOWN_SIGNER = N_("It was signed with a key that is not in the trust list, so nothing can be said about it.")
_OTHER_CONTENT = N_("It was signed by a trusted key, but it is not a certificate of vaccination that can be read here.")
_OUT_OF_TIME = N_("The signature is outside its time: ask for a certificate issued anew.")
_TOO_EARLY = N_(
    "By the clock here its signature does not count yet. See that date and time are right, then check again."
)
_SIGNED = hcert.Reason
SIGNED_FAULTS: Mapping[hcert.Reason, str] = {
    **dict.fromkeys(UNKNOWN_DIALECT, _UNKNOWN_WAY),
    **dict.fromkeys(UNKNOWN_CONTENT, _OTHER_CONTENT),
    _SIGNED.UNKNOWN_KEY: _UNKNOWN_SIGNER,
    _SIGNED.BROKEN_CHAIN: _UNKNOWN_SIGNER,
    _SIGNED.UNSUITABLE_KEY: _NOT_ACCEPTED,
    _SIGNED.WRONG_SIGNATURE: _FORGED,
    _SIGNED.WRONG_KEY_USAGE: N_("It was signed with a key that may not sign certificates of vaccination."),
    _SIGNED.WRONG_ISSUER: N_("It was signed by another country's key: the country that it names did not sign it."),
    _SIGNED.ISSUED_IN_FUTURE: _TOO_EARLY,
    _SIGNED.NOT_YET_VALID: _TOO_EARLY,
    _SIGNED.EXPIRED: _OUT_OF_TIME,
    _SIGNED.AUTHORITY_NOT_CURRENT: _OUT_OF_TIME,
    _SIGNED.KEY_NOT_CURRENT: _OUT_OF_TIME,
    _SIGNED.ISSUED_BEFORE_KEY: _OUT_OF_TIME,
    _SIGNED.OUTLIVES_KEY: _OUT_OF_TIME,
}
_OF_A_STEP = {*hcert.Reason, Reason.SIGNATURE_ENDED}
# After "Step that failed:", for whoever is telephoned.
STEPS: Mapping[hcert.Step, str] = {
    hcert.Step.PREFIX: N_("the beginning of the code"),
    hcert.Step.BASE45: N_("the letters of the code"),
    hcert.Step.INFLATE: N_("unpacking the code"),
    hcert.Step.COSE: N_("the signed envelope"),
    hcert.Step.CLAIMS: N_("who issued what, and when"),
    hcert.Step.KEY: N_("the signer's key"),
    hcert.Step.SIGNATURE: N_("the signature"),
    hcert.Step.KEY_USAGE: N_("what the key may sign"),
    hcert.Step.TIME: N_("the dates of the signature"),
    hcert.Step.CONTENT: N_("the vaccination itself"),
}


@dataclass(frozen=True)
class Finding:
    """The answer to one check. `facts` fill the sentence; `steps` are those of a signed code. `kind`: the other system
    that made what was given.

    `recalled_on`: the day on which a lot it names was recalled. It is shown beside the verdict and never changes it.
    `alarm`: paper and signed codes of a certificate disagree, and somebody must be told.
    """

    verdict: Verdict
    reason: str
    sentence: str
    facts: Mapping[str, date] = field(default_factory=dict)
    training: bool = False
    payload: Mapping[str, Any] | None = None
    steps: Mapping[str, bool | None] | None = None
    recalled_on: date | None = None
    alarm: Alarm | None = None
    kind: Kind | None = None

    @property
    def dates_stand(self) -> bool:
        """Whether the days from and until which the requirements are met are true; else the paper only says so."""
        return self.verdict is Verdict.VALID or self.reason == Reason.ENTRY_NOT_YET

    @property
    def decided_at(self) -> hcert.Step | None:
        """The step of a signed code whose failure is the answer; None where the register, a list or a day decided."""
        if self.reason not in _OF_A_STEP:
            return None
        return next((hcert.Step(step) for step, holds in (self.steps or {}).items() if holds is False), None)

    def __str__(self) -> str:
        told = self.sentence % {name: spell_date(day) for name, day in self.facts.items()}
        return f"{told} {KINDS[self.kind]}" if self.kind else told


def finding(reason: Reason, facts: Mapping[str, date] | None = None) -> Finding:
    """The answer that belongs to a reason; `facts` are the days that its sentence names."""
    verdict, sentence = ANSWERS[reason]
    return Finding(verdict, reason.value, sentence, facts or {})


def signed_fault(reason: hcert.Reason) -> str:
    """The sentence for a signed code that failed; whatever has none of its own is a broken text."""
    return SIGNED_FAULTS.get(reason, _BROKEN)
