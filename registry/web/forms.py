"""The form every form is: a CSRF token, an idempotency key, refusals beside their field, doubts to confirm."""

import uuid
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field

from registry.errors import Doubt, Refusal
from registry.model import new_id
from registry.web.fields import Hidden, HiddenTicks
from registry.web.sentences import sentence


class Form(FlaskForm):
    """A form whose `idempotency_key` is made when it opens: sent twice, it names the same row.

    `confirmed` holds the codes of doubts that a person has ticked ("I have checked this").
    """

    idempotency_key = Hidden()
    confirmed = HiddenTicks(validate_choice=False, choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.doubts: list[tuple[str, str]] = []
        self.idempotency_key.data = str(self.key)

    @property
    def key(self) -> uuid.UUID:
        """The row this form will make. A forged or broken key is replaced: it cannot name another's row by chance."""
        if not hasattr(self, "_key"):
            try:
                self._key = uuid.UUID(self.idempotency_key.data or "")
            except ValueError:
                self._key = new_id()
        return self._key

    def sent(self) -> bool:
        """True when the form was posted and its shape is right."""
        return bool(request.method == "POST" and self.validate())

    def refuse(self, refusal: Refusal) -> None:
        """Put each sentence beside the field it speaks of, or above the form; a doubt becomes a box to tick."""
        for one in refusal.all:
            if isinstance(one, Doubt):
                self.doubts.append((one.code, sentence(one)))
                continue
            field: Field | None = self._fields.get(one.field) if one.field else None
            if field is None:
                self.form_errors.append(sentence(one))
            else:
                field.errors = [*field.errors, sentence(one)]
