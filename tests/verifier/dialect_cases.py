"""Codes of issuers who write otherwise than we do: fractions in dates (certificate C1), other key ids (certificate C2).

Rows of the same table as cases.py: the server and the browser must answer alike.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import cbor2

from registry.hcert.cose import write_sign1
from tests.verification.offline_cases import ISSUED
from tests.verifier.cases import Forge, Text


def dialects(forge: Forge) -> Iterator[Text]:
    yield from _key_ids(forge)
    yield from _fractions(forge)


def _key_ids(forge: Forge) -> Iterator[Text]:
    """Key ids of other lengths are in use, and what was read whole is not damaged."""
    cose = write_sign1(cbor2.dumps(forge.token()), forge.signer)
    _protected, _headers, payload, signature = cbor2.loads(cose).value
    kid = forge.signer.kid

    def sealed(protected: dict[int, object], headers: dict[int, object] | None = None, token: bytes = payload) -> str:
        return forge.of_cose(cbor2.dumps([cbor2.dumps(protected), headers or {}, token, signature]))

    for other in (b"11", b"1", kid + b"1", kid * 4):
        yield Text(f"a key id of {len(other)} bytes", sealed({1: -7, 4: other}), "unknown_key")
    yield Text("an empty key id", sealed({1: -7, 4: b""}), "wrong_key_id")
    yield Text("a key id as text", sealed({1: -7, 4: "11"}), "wrong_key_id")
    # The WHO's first drafts: a key id of two bytes outside the protection, and claims that are no web token.
    draft = cbor2.dumps({"name": "A", "date": cbor2.undefined, "hcid": "111000111"})
    yield Text("a draft of the WHO", sealed({1: -7}, {4: b"11"}, draft), "not_cbor")


def _fractions(forge: Forge) -> Iterator[Text]:
    """RFC 8392 allows fractions of a second, and several issuers write them."""
    begin, end = ISSUED.timestamp(), (ISSUED + timedelta(days=160)).timestamp()
    last, later = datetime.fromtimestamp(end, UTC), datetime.fromtimestamp(end + 1, UTC)

    def dated(**claims: object) -> str:
        return forge.of_token(forge.token(**claims))

    yield Text("an issue as a fraction", dated(iat=begin + 0.75), "signature_good")
    yield Text("an end as a fraction", dated(exp=end + 0.5), "signature_good")
    yield Text("a beginning as a fraction", dated(nbf=begin + 0.25), "signature_good")
    yield Text("all three as fractions", dated(iat=begin + 0.9, nbf=begin + 0.9, exp=end + 0.9), "signature_good")
    yield Text("whole numbers as fractions", dated(iat=float(begin), exp=float(end)), "signature_good")
    yield Text("a fraction's last second", dated(exp=end + 0.999), None, last)
    yield Text("a fraction a second later", dated(exp=end + 0.999), "signature_ended", later)
    yield Text("a fraction under a date tag", dated(exp=cbor2.CBORTag(1, end + 0.5)), "signature_good")
    yield Text("a date as text", dated(exp="2026-06-14T06:00:00Z"), "wrong_claim")
    yield Text("a date as a truth", dated(exp=True), "wrong_claim")
    for strange, reason in ((-0.5, "wrong_claim"), (1e300, "wrong_claim"), (253402300799.5, "wrong_claim")):
        yield Text(f"an end at {strange}", dated(exp=strange), reason)
    for strange in (float("nan"), float("inf"), float("-inf")):
        yield Text(f"an end at {strange}", dated(exp=strange), "not_cbor")
