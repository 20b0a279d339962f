"""How much a field takes: judged as it is read, before any rule and any lock."""

from typing import Any

from flask_babel import gettext
from wtforms import Field
from wtforms.validators import StopValidation


def refuse_longer(text: str, most: int) -> None:
    """Raises ValueError with the sentence, as a field's `process_formdata` does."""
    if len(text) > most:
        raise ValueError(_too_long(most))


def _too_long(most: int) -> str:
    return str(gettext("This is too long. Use at most %(max)d characters.", max=most))


class AtMost(Field):
    """A field of one text of at most `most` characters.

    Of a longer one no rule sees anything: `data` is empty and the field has its one sentence, `too_long`; what was
    typed stays in its box.
    """

    data: Any
    most = 200
    too_long: Any = None
    _refused: str | None = None

    def __init__(self, *args: Any, most: int | None = None, too_long: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most, self.too_long = most or self.most, too_long or self.too_long

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0] if valuelist else ""
        if len(text) <= self.most:
            super().process_formdata(valuelist)
            return
        self._refused = text
        self.refuse_long()

    def refuse_long(self) -> None:
        self.data = ""
        raise ValueError(self.sentence())

    def sentence(self) -> str:
        return str(self.too_long or _too_long(self.most))

    def _value(self) -> str:
        value: Any = self.data if self._refused is None else self._refused
        return "" if value is None else str(value)

    def pre_validate(self, form: Any) -> None:
        if self._refused is not None:
            raise StopValidation  # it has said what is wrong
        super().pre_validate(form)


class OneOf(AtMost):
    """A choice: what is longer than any is none, not even the empty one."""

    def refuse_long(self) -> None:
        self.data = None
        raise ValueError(self.sentence())


class SomeOf(Field):
    """Choices to tick: what is longer than any is left out."""

    most = 100

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([text for text in valuelist if len(text) <= self.most])


class Unseen(AtMost):
    """What the page itself sends along. Nobody could mend it: a longer one counts as not sent."""

    most = 1_000

    def refuse_long(self) -> None:
        self._refused, self.data = None, ""
