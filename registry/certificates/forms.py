"""Why a certificate is revoked, issued again, or replaced because its paper is gone."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from registry.certificates.models import Cause
from registry.web.fields import LongText, Radios, Stated
from registry.web.forms import Form
from registry.web.labels import label


def _reason(question: LazyString, missing: LazyString, hint: LazyString) -> LongText:
    return LongText(question, [Stated(missing)], description=hint, most=500)


class RevokeForm(Form):
    reason = _reason(
        _l("Reason"),
        _l("Write why the certificate is revoked."),
        _l("Kept with the certificate. Whoever scans the paper sees that it was withdrawn, not why."),
    )


class IssueAgainForm(Form):
    reason = _reason(
        _l("Why is a new certificate right?"),
        _l("Write why a new certificate is issued."),
        _l("Kept with the new certificate and in the log. Say what you checked, and how."),
    )


class LostForm(Form):
    cause = Radios(
        _l("What happened to the paper?"),
        [Stated(_l("Choose whether the paper was lost or stolen."))],
        choices=[(cause.value, label(cause)) for cause in (Cause.LOST, Cause.STOLEN)],
        validate_choice=False,
    )
    reason = _reason(
        _l("What does the pilgrim tell?"),
        _l("Write what the pilgrim tells: when and where it was lost or stolen."),
        _l("When and where, and how you know the person. Kept with both certificates."),
    )
