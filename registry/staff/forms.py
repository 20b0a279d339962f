"""Sign-in and passwords."""

from flask_babel import lazy_gettext as _l

from registry.web.fields import Password, Stated, Text
from registry.web.forms import Form


class SignInForm(Form):
    username = Text(_l("User name"), [Stated(_l("Write your user name."))])
    password = Password(_l("Password"), [Stated(_l("Write your password."))])


class ChangePasswordForm(Form):
    current_password = Password(_l("Password you signed in with"), [Stated(_l("Write your present password."))])
    password = Password(
        _l("New password"),
        [Stated(_l("Write a new password."))],
        description=_l("At least 12 characters. A few unrelated words are easy to remember and hard to guess."),
    )
    repeated = Password(_l("New password again"), [Stated(_l("Write the new password a second time."))])

    def matches(self) -> bool:
        return bool(self.password.data == self.repeated.data)
