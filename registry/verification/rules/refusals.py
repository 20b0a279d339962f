"""Why a check is not even made, or finds nobody."""

from registry.errors import N_, Refusal
from registry.verification.rules.answers import ANSWERS, Reason


class NothingFound(Refusal):
    sentence = N_(
        "No certificate has this code together with this year of birth. Compare both with the paper and try again."
    )


class HolderNotFound(NothingFound):
    sentence = N_(
        "No certificate has this code together with this date of birth. Compare both with the paper and try again."
    )


class LinkElsewhere(Refusal):
    sentence = ANSWERS[Reason.FOREIGN_LINK][1]
    field = "code"


class NamesTwo(Refusal):
    sentence = ANSWERS[Reason.SEVERAL_CODES][1]
    field = "code"


class TooManyChecks(Refusal):
    sentence = N_("Too many checks from here. Wait a minute and try again, or scan the QR code on the paper.")


class WrongDatesOften(Refusal):
    sentence = N_(
        "This code was tried with wrong dates of birth too often today. Wait an hour and try again, or scan the QR "
        "code on the paper."
    )


class BirthDateNeeded(Refusal):
    sentence = N_(
        "This code was tried with wrong years of birth today. Write the whole date of birth that stands in the "
        "passport, or scan the QR code on the paper."
    )
    field = "birth_on"
