"""Sign-in, passwords and the second factor."""

from typing import Any

from flask_babel import lazy_gettext as _l

from registry.staff.rules import MAX_PASSWORD, PasswordTooLong
from registry.web.fields import Hidden, Password, Stated, Text
from registry.web.forms import Form

AS_THE_RULES: dict[str, Any] = {
    "most": MAX_PASSWORD,
    "too_long": _l(PasswordTooLong.sentence, maximum=MAX_PASSWORD),
}


class SignInForm(Form):
    username = Text(_l("User name"), [Stated(_l("Write your user name."))])
    password = Password(_l("Password"), [Stated(_l("Write your password."))])


class CodeForm(Form):
    """A code of the app, or a recovery code in its place."""

    code = Text(_l("Code"), [Stated(_l("Write the code."))])


class SetUpSecondFactorForm(Form):
    sealed = Hidden()
    code = Text(_l("Code that the app shows now"), [Stated(_l("Write the code."))], description=_l("6 digits."))
    current_password = Password(_l("Your password"), [Stated(_l("Write your present password."))])


class RemoveSecondFactorForm(Form):
    code = Text(
        _l("Code that the app shows now"), [Stated(_l("Write the code."))], description=_l("Or a recovery code.")
    )
    current_password = Password(_l("Your password"), [Stated(_l("Write your present password."))])


class ChangePasswordForm(Form):
    current_password = Password(_l("Password you signed in with"), [Stated(_l("Write your present password."))])
    password = Password(
        _l("New password"),
        [Stated(_l("Write a new password."))],
        description=_l("At least 12 characters. A few unrelated words are easy to remember and hard to guess."),
        **AS_THE_RULES,
    )
    repeated = Password(_l("New password again"), [Stated(_l("Write the new password a second time."))], **AS_THE_RULES)

    def matches(self) -> bool:
        return bool(self.password.data == self.repeated.data)
