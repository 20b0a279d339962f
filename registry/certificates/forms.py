"""Why a certificate is revoked."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import Length

from registry.web.fields import LongText, Stated
from registry.web.forms import Form


class RevokeForm(Form):
    reason = LongText(
        _l("Reason"),
        [
            Stated(_l("Write why the certificate is revoked.")),
            Length(max=500, message=_l("Write at most 500 characters.")),
        ],
        description=_l("Kept with the certificate. Whoever scans the paper sees that it was withdrawn, not why."),
    )
