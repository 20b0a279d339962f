"""Lists of an invented neighbour: signed as the network signs its own."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from registry.hcert import Claims, KeySigner, Kind, encode, make_dsc, make_sca, new_key
from registry.hcert.did import ListedCertificate, write_proof_key, write_trust_list
from registry.hcert.proof import add_proof
from registry.hcert.trust import Role
from tests.factories import NOW

NEIGHBOUR = "did:web:trust.neighbour.example:v2:trustlist"
SIGNER = "did:web:trust.neighbour.example"


@dataclass(frozen=True)
class Neighbour:
    """A country with an authority and one signer, which also signs the list."""

    sca: x509.Certificate
    dsc: x509.Certificate
    signer: KeySigner

    def write(self, *, created: datetime = NOW, **changes: Any) -> bytes:
        """The list as published; `changes` replace parts of the document after it was signed."""
        entries = [
            ListedCertificate(self.sca, None, "XXB", Role.SCA),
            ListedCertificate(self.dsc, self.sca, "XXB", Role.DSC),
        ]
        document = write_trust_list(entries, did=NEIGHBOUR, domain="TEST")
        return json.dumps(add_proof(document, self.signer, verification_method=SIGNER, at=created) | changes).encode()

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self.signer.private_key.public_key()

    @property
    def proof_key(self) -> bytes:
        """The did.json in which the neighbour publishes the key of its proofs."""
        return json.dumps(write_proof_key(self.public_key, did=SIGNER)).encode()

    def sign(self, content: dict[str, Any], *, until: datetime) -> str:
        claims = Claims(Kind.DVC, content, issuer="XB", issued_at=NOW, expires_at=until)  # type: ignore[arg-type]  # plain values
        return encode(claims, self.signer)


def make_neighbour() -> Neighbour:
    sca_key, dsc_key = new_key(), new_key()
    sca = make_sca(sca_key, country="XB", organisation="Ministry of Health", name="XB SCA", at=NOW)
    dsc = make_dsc(dsc_key.public_key(), sca=sca, sca_key=sca_key, name="XB DSC 1", at=NOW)
    return Neighbour(sca, dsc, KeySigner(dsc_key, dsc))
