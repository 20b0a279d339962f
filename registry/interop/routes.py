"""A pilgrim's record, to be handed to another health system."""

import json
import uuid

from flask import Blueprint, Response

from registry import clock, db
from registry.audit import services as audit
from registry.audit.models import Action
from registry.campaigns import queries as campaigns
from registry.certificates import queries as certificates
from registry.certificates import services as certificate_services
from registry.certificates.codes import CodesDiffer, KeysUnreadable, check_codes
from registry.certificates.histories import check_history
from registry.certificates.keys import find_own_trust
from registry.interop import mapping, queries
from registry.pilgrims import queries as pilgrims
from registry.staff.guards import actor, record_apart, requires
from registry.staff.models import Permission
from registry.web.installation import settings

blueprint = Blueprint("interop", __name__)
FILE_NAME = "vaccination-record.fhir.json"  # it lands in a folder of downloads: it names nobody


@blueprint.get("/pilgrims/<uuid:pilgrim_id>/record.fhir.json")
@requires(Permission.PRINT_CERTIFICATES)
def record(pilgrim_id: uuid.UUID) -> Response:
    """The same facts as on paper, for whoever may print them."""
    session, at = db.session(), clock.now()
    pilgrim = pilgrims.get_pilgrim(session, pilgrim_id, actor=actor(), at=at)
    campaign = campaigns.current_campaign(session, settings().campaign)
    doses = queries.list_recorded_doses(session, pilgrim.id)
    certificate = certificates.live_certificate(session, pilgrim.id, campaign.code)
    try:
        if certificate is not None:
            follows = certificates.standing(session, certificate, on=at.date()).follows
            check_history(certificate, follows=follows)
            check_codes(certificate, find_own_trust(settings()))
    except CodesDiffer as refusal:
        # The doses are the register's own; the paper that contradicts its codes is not handed on.
        alarm = refusal.alarm
        record_apart(lambda apart: certificate_services.raise_alarms(apart, [alarm], at=at))
        certificate = None
    except KeysUnreadable:
        certificate = None
    record_apart(
        lambda apart: audit.record(apart, Action.VIEWED, by=actor().id, at=at, pilgrim=pilgrim.id, form="fhir")
    )
    bundle = mapping.record_bundle(pilgrim, doses, certificate, at=at, training=settings().training)
    return Response(
        json.dumps(bundle, ensure_ascii=False),
        mimetype="application/fhir+json",
        headers={"Content-Disposition": f'attachment; filename="{FILE_NAME}"'},
    )
