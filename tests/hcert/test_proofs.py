"""The proof on a trust list: the network's own lists verify, and nothing can be changed or smuggled in."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from registry.hcert import (
    BadTrustList,
    KeySigner,
    ListedCertificate,
    Role,
    new_key,
    read_proof_key,
    read_trust_list,
    write_proof_key,
    write_trust_list,
)
from registry.hcert.proof import BadProof, add_proof, verify_proof

LISTS = Path(__file__).parent / "vectors" / "trustlists"
WHO_KEY = read_proof_key((LISTS / "dev-proof-signer.did.json").read_bytes())
WHOLE, PART = (
    json.loads((LISTS / name).read_bytes()) for name in ("dev-v2-trustlist.did.json", "dev-v2-DCC-XXA-DSC.did.json")
)
DID = "did:web:vaccination.example.kg:v2:trustlist"
NOT_COVERED, NOT_THE_KIND, NOT_FITTING = "does not cover", "no proof of the kind", "does not fit"

Document = dict[str, Any]


@pytest.fixture
def ours(signer: KeySigner, sca: x509.Certificate, now: datetime) -> Document:
    """Our own list with its proof."""
    entries = [
        ListedCertificate(signer.certificate, sca, "KGZ", Role.DSC),
        ListedCertificate(sca, None, "KGZ", Role.SCA),
    ]
    document = write_trust_list(entries, did=DID, domain="KGZ-NATIONAL")
    return add_proof(document, signer, verification_method="did:web:vaccination.example.kg", at=now)


def is_proven(document: Document, key: ec.EllipticCurvePublicKey) -> bool:
    try:
        verify_proof(document, key)
    except BadProof:
        return False
    return True


@pytest.mark.parametrize("document", [WHOLE, PART], ids=["255 keys", "a part of the list"])
def test_a_published_list_verifies_with_the_published_key(document: Document) -> None:
    assert is_proven(document, WHO_KEY)


def test_the_order_of_a_list_and_of_its_words_does_not_matter() -> None:
    entries = [dict(reversed(entry.items())) for entry in reversed(WHOLE["verificationMethod"])]
    reordered = dict(reversed({**WHOLE, "verificationMethod": entries}.items()))

    assert json.dumps(reordered) != json.dumps(WHOLE)
    assert is_proven(reordered, WHO_KEY)


def test_a_list_does_not_verify_with_another_key(signer: KeySigner) -> None:
    with pytest.raises(BadProof, match=NOT_FITTING):
        verify_proof(PART, signer.private_key.public_key())


def altered(document: Document, change: Callable[[Document, Document], object]) -> Document:
    """A copy, changed: `change` gets the document and its first entry."""
    copy = deepcopy(document)
    change(copy, copy["verificationMethod"][0])
    return copy


def smuggle(**changes: Any) -> Callable[[Document, Document], None]:
    """Puts in a second entry: a copy of the first with another key, changed so that linked data does not see it."""

    def change(document: Document, entry: Document) -> None:
        stranger = write_proof_key(new_key().public_key(), did=DID)["verificationMethod"][0]["publicKeyJwk"]
        forged = {**entry, "id": f"{DID}#smuggled", "publicKeyJwk": {**entry["publicKeyJwk"], **stranger}, **changes}
        document["verificationMethod"].append({name: part for name, part in forged.items() if part is not None})

    return change


def add_context(document: Document, _: Document) -> None:
    document["@context"].append({"participant": None, "country": "https://smart.who.int/trust/participant"})


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda document, _: document["verificationMethod"].clear(), id="all keys gone"),
        pytest.param(lambda document, _: document.update(id=DID), id="another list"),
        pytest.param(lambda _, entry: entry["participant"].update(code="#KGZ"), id="another country"),
        pytest.param(lambda _, entry: entry["keyusage"].update(code="#CSCA"), id="another usage"),
        pytest.param(lambda _, entry: entry["publicKeyJwk"]["x5c"].pop(), id="no authority"),
        pytest.param(lambda _, entry: entry["publicKeyJwk"].update(x="AAAA"), id="another key"),
        pytest.param(lambda document, _: document["proof"].update(nonce="another"), id="another nonce"),
        pytest.param(lambda document, _: document["proof"].update(created="2030-01-01T00:00:00Z"), id="another time"),
        pytest.param(smuggle(), id="a key added"),
    ],
)
def test_an_altered_list_is_refused(change: Callable[[Document, Document], object]) -> None:
    with pytest.raises(BadProof, match=NOT_FITTING):
        verify_proof(altered(PART, change), WHO_KEY)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(smuggle(type=None), id="a key in an entry without a type"),
        pytest.param(smuggle(type="JsonWebKey"), id="a key in an entry of another type"),
        pytest.param(smuggle(id="x"), id="an id that is no address"),
        pytest.param(smuggle(id="did:web:a b#x"), id="an id that is no well-formed address"),
        pytest.param(smuggle(id=PART["verificationMethod"][0]["id"]), id="two keys of one id"),
        pytest.param(smuggle(note="x"), id="a word without a meaning"),
        pytest.param(smuggle(participant=[{"code": "#KGZ"}]), id="a list of countries"),
        pytest.param(smuggle(participant={"code": "# KGZ"}), id="a code that is no address"),
        pytest.param(smuggle(publicKeyJwk=None), id="no key"),
        pytest.param(smuggle(publicKeyJwk={"kid": 1.5}), id="a number in a key"),
        pytest.param(smuggle(publicKeyJwk={"kid": "\ud800"}), id="half a character in a key"),
        pytest.param(add_context, id="a context of one's own"),
        pytest.param(lambda document, _: document["@context"].pop(), id="a context taken away"),
        pytest.param(lambda document, _: document.update({"@graph": []}), id="a second graph"),
        pytest.param(lambda _, entry: entry.update({"@context": {}}), id="a context within an entry"),
        pytest.param(lambda document, _: document.update(id="x"), id="a list whose id is no address"),
        pytest.param(lambda document, _: document.update(verificationMethod={}), id="no list"),
    ],
)
def test_what_linked_data_does_not_see_cannot_be_smuggled_past_the_proof(
    change: Callable[[Document, Document], object],
) -> None:
    with pytest.raises(BadProof, match=NOT_COVERED):
        verify_proof(altered(PART, change), WHO_KEY)


@pytest.mark.parametrize(
    "change",
    [
        {"jws": "e30..AAAA"}, {"jws": "eyJhbGciOiJub25lIn0..AAAA"}, {"jws": "a.b.c"}, {"jws": "AAAA..AAAA"}, {"jws": 7},
        {"type": "DataIntegrityProof"}, {"proofPurpose": "authentication"}, {"nonce": 7}, {"note": "x"},
    ],
)  # fmt: skip
def test_a_proof_of_another_kind_is_refused(change: Document) -> None:
    with pytest.raises(BadProof, match=NOT_THE_KIND):
        verify_proof({**PART, "proof": {**PART["proof"], **change}}, WHO_KEY)


def test_a_list_without_a_proof_is_refused() -> None:
    with pytest.raises(BadProof, match=NOT_THE_KIND):
        verify_proof({name: part for name, part in PART.items() if name != "proof"}, WHO_KEY)


def test_our_own_list_verifies_with_our_key_and_is_read_whole(
    ours: Document, signer: KeySigner, sca: x509.Certificate
) -> None:
    assert is_proven(ours, signer.private_key.public_key())
    trust = read_trust_list(json.dumps(ours), source="ours")

    assert trust.skipped == ()
    assert {(key.participant, key.role) for key in trust.keys} == {("KGZ", Role.DSC), ("KGZ", Role.SCA)}
    (key,) = trust.list_signers(signer.kid)
    assert key.public_key == signer.certificate.public_key()
    assert key.authority_period == (sca.not_valid_before_utc, sca.not_valid_after_utc)


def test_the_signature_is_written_as_the_network_writes_it_and_read_both_ways(
    ours: Document, signer: KeySigner
) -> None:
    header, _, signature = ours["proof"]["jws"].split(".")
    der = urlsafe_b64decode(signature + "==")
    raw = b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))
    spelt = urlsafe_b64encode(raw).decode().rstrip("=")

    assert header == PART["proof"]["jws"].split(".")[0]
    assert set(ours["proof"]) == set(PART["proof"])
    assert is_proven({**ours, "proof": {**ours["proof"], "jws": f"{header}..{spelt}"}}, signer.private_key.public_key())


def test_only_a_list_that_its_proof_will_cover_is_signed(ours: Document, signer: KeySigner, now: datetime) -> None:
    with pytest.raises(ValueError, match="the network's shape"):
        add_proof({**ours, "note": "x"}, signer, verification_method=DID, at=now)


def test_the_key_of_our_proofs_is_published_as_the_network_publishes_its_own(signer: KeySigner) -> None:
    published = write_proof_key(signer.private_key.public_key(), did="did:web:vaccination.example.kg")
    theirs = json.loads((LISTS / "dev-proof-signer.did.json").read_bytes())

    assert read_proof_key(json.dumps(published)) == signer.private_key.public_key()
    assert (published["@context"], set(published)) == (theirs["@context"], set(theirs))
    (method,), (their_method,) = published["verificationMethod"], theirs["verificationMethod"]
    assert (set(method), set(method["publicKeyJwk"])) == (set(their_method), set(their_method["publicKeyJwk"]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"verificationMethod": []}',
        '{"verificationMethod": [{"publicKeyJwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}]}',
    ],
)
def test_what_publishes_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadTrustList, match="no P-256 key"):
        read_proof_key(text)
