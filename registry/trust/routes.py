"""Public lists: whose keys sign here, the key of the lists' proofs, and what was withdrawn."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock

from cryptography.hazmat.primitives.asymmetric import ec
from flask import Blueprint, Response, abort, current_app, g, request
from werkzeug.utils import import_string

from registry import clock, db
from registry.certificates.keys import KeysFault, load_issuer
from registry.hcert.did import write_proof_key
from registry.hcert.signer import P256_SIGNATURE_BYTES
from registry.trust import queries, rules
from registry.web.access import public
from registry.web.installation import settings

log = logging.getLogger(__name__)
blueprint = Blueprint("trust", __name__)

KEPT_FOR = timedelta(minutes=1)  # so soon an officer's list knows what was withdrawn


@dataclass(frozen=True)
class Published:
    """What one process made and gives to all who ask until it is made again. `tag` names the content."""

    body: bytes
    tag: str
    made_at: datetime
    issued_at: datetime


class Shelf:
    """Lists made lately by this process, each by one thread."""

    def __init__(self) -> None:
        self._kept: dict[str, Published] = {}
        self._turn = Lock()

    def take(self, name: str, make: Callable[[], tuple[bytes, bytes]], *, at: datetime) -> Published:
        """The kept list, or a new one of `make`, which returns its bytes and those that tell it from another.

        Kept within its hour only: two processes must not answer with lists of two hours in turn. While the signing key
        is away the last list stands in: it says itself how old it is.
        """
        with self._turn:
            kept, hour = self._kept.get(name), queries.start_of_list(at)
            if kept is None or kept.issued_at != hour or not kept.made_at <= at < kept.made_at + KEPT_FOR:
                try:
                    body, content = make()
                except KeysFault as fault:
                    if kept is None:
                        raise
                    log.warning("the list is not renewed: %s", fault)
                    return kept
                kept = self._kept[name] = Published(body, sha256(content).hexdigest()[:32], at, hour)
            return kept


@blueprint.get("/v2/trustlist/did.json")
@public
def own_list() -> Response:
    """The own trust list in the shape of the WHO's network, signed."""
    return _give_list("-", "-", "-")


@blueprint.get("/v2/trustlist/<string:domain>/<string:participant>/<string:usage>/did.json")
@public
def part_of_own_list(domain: str, participant: str, usage: str) -> Response:
    """A part of it, as the network's lists offer; - stands for all."""
    return _give_list(domain, participant, usage)


def _give_list(domain: str, participant: str, usage: str) -> Response:
    issuer, at = load_issuer(settings()), clock.now()
    document = queries.find_own_list(issuer, domain=domain, participant=participant, usage=usage)
    if document is None:
        abort(404)

    def make() -> tuple[bytes, bytes]:
        # Read only where a list is signed: linked data is slow to load.
        add_proof = import_string("registry.hcert.proof:add_proof")
        signed = add_proof(
            document,
            issuer.signer,
            verification_method=rules.did_of(issuer.url),
            at=max(queries.start_of_list(at), issuer.dscs[0].not_valid_before_utc),
        )
        return _json(signed), _json({**signed, "proof": signed["proof"]["created"]})

    name = f"{domain}/{participant}/{usage}/{issuer.signer.kid.hex()}/{len(issuer.dscs)}"
    return _answer(_shelf().take(name, make, at=at), "application/did+json")


@blueprint.get("/.well-known/did.json")
@public
def proof_key() -> Response:
    """The key that the proof of the own list must fit."""
    issuer, at = load_issuer(settings()), clock.now()
    public_key = issuer.dscs[0].public_key()
    if not isinstance(public_key, ec.EllipticCurvePublicKey):
        abort(404)
    body = _json(write_proof_key(public_key, did=rules.did_of(issuer.url)))
    return _answer(Published(body, sha256(body).hexdigest()[:32], at, at), "application/did+json")


@blueprint.get("/revocation-list")
@public
def revocation_list() -> Response:
    """Certificates that no longer count, for verifiers without a network: hashes that name nobody, signed and dated."""
    at = clock.now()

    def make() -> tuple[bytes, bytes]:
        body = queries.build_revocation_list(db.session(), settings(), at=at)
        return body, body[:-P256_SIGNATURE_BYTES]  # ECDSA signs the same content differently each time

    return _answer(_shelf().take("revocation list", make, at=at), "application/cose")


def _answer(published: Published, mimetype: str) -> Response:
    """For any verifier in the world, and for every cache on the way to it."""
    g.may_be_cached = True
    answer = Response(published.body, mimetype=mimetype)
    answer.headers["Cache-Control"] = f"public, max-age={int(KEPT_FOR.total_seconds())}"
    # Weak: another process signs the same content with other bytes.
    answer.set_etag(published.tag, weak=True)
    answer.make_conditional(request)
    return answer


def _shelf() -> Shelf:
    shelf: Shelf = current_app.extensions.setdefault("published_lists", Shelf())
    return shelf


def _json(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
