"""Refusals: facts with a sentence. Rules find them, services raise them, forms show them beside their field."""

from collections.abc import Collection, Iterable
from typing import ClassVar


def N_(sentence: str) -> str:  # noqa: N802 - the gettext convention for "translate later"
    """Mark a sentence for translation; the web layer translates it in the reader's language."""
    return sentence


class NotFound(Exception):  # noqa: N818 - a fact, as in "not found"
    """What was asked for does not exist, or is out of the asker's sight: both answer 404."""


class Refusal(Exception):  # noqa: N818 - a refusal is a fact, not an error
    """The registry does not do what was asked. `sentence` says what happened and what to do.

    `facts` fill the sentence's placeholders; dates and enums are formatted in the reader's language.
    `field` names the form field the sentence belongs to; None means the whole form.
    """

    sentence: ClassVar[str] = ""
    field: str | None = None

    def __init__(self, *, field: str | None = None, **facts: object) -> None:
        self.field = field or type(self).field
        self.facts = facts
        super().__init__(self.sentence, facts)

    @property
    def all(self) -> tuple["Refusal", ...]:
        return (self,)

    @property
    def code(self) -> str:
        """Names this refusal on this field, so that a person can confirm just this one."""
        return f"{self.field or ''}.{type(self).__name__}"

    def __str__(self) -> str:
        return self.sentence % {name: _plain(value) for name, value in self.facts.items()}


class Fault(Refusal):
    """What only the people who run the installation can mend.

    Its `sentence` may name files and settings: it is for the log and the command line. Pages say `plain`.
    """

    plain: ClassVar[str] = N_(
        "The installation has to be put right before this works. Tell the administrator: the server's log says what is "
        "wrong."
    )


class Doubt(Refusal):
    """A refusal that a person may pass by confirming that it was looked at ("problem PINs" exist)."""


class Refusals(Refusal):
    """Several refusals at once: a nurse sees every fault of the page, not the first."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        super().__init__()
        self._all = tuple(refusals)

    @property
    def all(self) -> tuple[Refusal, ...]:
        return self._all

    def __str__(self) -> str:
        return " ".join(str(refusal) for refusal in self._all)


def refuse(refusals: Iterable[Refusal], *, confirmed: Collection[str] = ()) -> None:
    """Raise what still stands: every refusal, and every doubt whose code is not confirmed."""
    standing = [r for r in refusals if not (isinstance(r, Doubt) and r.code in confirmed)]
    if standing:
        raise Refusals(standing)


def _plain(value: object) -> object:
    return f"{value:%d.%m.%Y}" if hasattr(value, "strftime") else value
