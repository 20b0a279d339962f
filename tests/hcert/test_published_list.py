"""The trust list that we publish: of the shape of the network's real lists, which is not quite that of its schemas."""

import json
from base64 import b64decode, urlsafe_b64decode
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from registry.hcert import KeySigner, ListedCertificate, Role, key_id, make_dsc, make_sca, write_trust_list
from registry.hcert.proof import add_proof
from tests.hcert.json_schema import faults

LISTS = Path(__file__).parent / "vectors" / "trustlists"
REAL = json.loads((LISTS / "dev-v2-DCC-XXA-DSC.did.json").read_bytes())
SCHEMAS = [json.loads((LISTS / f"did-trustlist-{part}-schema.json").read_bytes()) for part in ("syntax", "value")]
DID = "did:web:vaccination.example.kg:v2:trustlist"
# What the schemas forbid and every real list does: a code is an object, with a # before it.
CODES = {f"$.verificationMethod[].{word} type" for word in ("domain", "participant", "keyusage")}

Document = dict[str, Any]


@pytest.fixture
def published(signer: KeySigner, sca: x509.Certificate, now: datetime) -> Document:
    entries = [
        ListedCertificate(signer.certificate, sca, "KGZ", Role.DSC),
        ListedCertificate(sca, None, "KGZ", Role.SCA),
    ]
    document = write_trust_list(entries, did=DID, domain="DCC")
    return add_proof(document, signer, verification_method="did:web:vaccination.example.kg", at=now)


def deviations(document: Document) -> set[str]:
    return {fault for schema in SCHEMAS for fault in faults(document, schema)}


def spelt_plainly(document: Document) -> Document:
    """The same with codes as the schemas want them."""
    words = ("domain", "participant", "keyusage")
    entries = [
        {**entry, **{word: entry[word]["code"].removeprefix("#").replace("CSCA", "SCA") for word in words}}
        for entry in document["verificationMethod"]
    ]
    return {**document, "verificationMethod": entries}


def test_our_list_deviates_from_the_schemas_only_where_real_lists_do(published: Document) -> None:
    assert deviations(published) == CODES
    assert deviations(REAL) == CODES


def test_with_codes_spelt_plainly_our_list_is_what_the_schemas_demand(published: Document) -> None:
    assert deviations(spelt_plainly(published)) == set()
    assert deviations(spelt_plainly(REAL)) == set()


def test_a_domain_of_our_own_is_the_only_other_deviation(signer: KeySigner, sca: x509.Certificate) -> None:
    entries = [ListedCertificate(signer.certificate, sca, "KGZ", Role.DSC)]
    document = write_trust_list(entries, did=DID, domain="KGZ-NATIONAL")

    assert deviations(spelt_plainly({**document, "proof": REAL["proof"]})) == {"$.verificationMethod[].domain enum"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"note": 1}, "$.note additionalProperties"),
        ({"@context": []}, "$.@context minItems"),
        ({"@context": ["a", "a"]}, "$.@context uniqueItems"),
        ({"verificationMethod": []}, "$.verificationMethod minItems"),
        ({"id": "https://example.org"}, "$.id pattern"),
        ({"proof": {**REAL["proof"], "nonce": ""}}, "$.proof.nonce minLength"),
        ({"proof": {**REAL["proof"], "type": "Other"}}, "$.proof.type enum"),
        ({"proof": 1}, "$.proof type"),
        ({"verificationMethod": [{"publicKeyJwk": {"kty": "RSA"}}]}, "$.verificationMethod[].publicKeyJwk.n required"),
        ({"verificationMethod": [{"publicKeyJwk": {"kty": "EC"}}]}, "$.verificationMethod[].publicKeyJwk.x required"),
    ],
)
def test_the_check_of_the_schemas_sees_each_fault(change: Document, fault: str) -> None:
    assert fault in deviations({**spelt_plainly(REAL), **change})


def test_an_entry_has_the_words_and_the_spelling_of_a_real_one(published: Document, signer: KeySigner) -> None:
    ours, theirs = published["verificationMethod"][0], REAL["verificationMethod"][0]
    kid = ours["publicKeyJwk"]["kid"]

    assert (set(published), set(ours)) == (set(REAL), set(theirs))
    assert set(ours["publicKeyJwk"]) == set(theirs["publicKeyJwk"])
    assert b64decode(kid) == signer.kid
    assert ours["id"] == f"{DID}:DCC:KGZ:DSC#{kid}"
    assert (ours["participant"], ours["keyusage"]) == ({"code": "#KGZ"}, {"code": "#DSC"})


def test_an_authority_is_listed_by_the_name_that_real_lists_give_it(published: Document, sca: x509.Certificate) -> None:
    entry = published["verificationMethod"][1]

    assert (entry["keyusage"], entry["id"].split("#")[0]) == ({"code": "#CSCA"}, f"{DID}:DCC:KGZ:SCA")
    assert entry["publicKeyJwk"]["x5c"] == published["verificationMethod"][0]["publicKeyJwk"]["x5c"][1:]
    assert b64decode(entry["publicKeyJwk"]["x5c"][0]) == sca.public_bytes(Encoding.DER)
    assert b64decode(entry["publicKeyJwk"]["kid"]) == key_id(sca)


def test_a_part_of_the_list_has_an_address_of_its_own_and_the_same_entries(
    published: Document, signer: KeySigner, sca: x509.Certificate
) -> None:
    entries = [ListedCertificate(signer.certificate, sca, "KGZ", Role.DSC)]
    part = write_trust_list(entries, did=DID, domain="DCC", part="DCC:KGZ:DSC")

    assert (part["id"], part["controller"]) == (f"{DID}:DCC:KGZ:DSC", DID)
    assert part["verificationMethod"] == published["verificationMethod"][:1]


def test_both_coordinates_have_32_bytes(
    sca: x509.Certificate, sca_key: ec.EllipticCurvePrivateKey, now: datetime
) -> None:
    # One coordinate in 256 begins with a zero byte; a browser refuses a key written with 31.
    keys = [ec.derive_private_key(number, ec.SECP256R1()) for number in range(1, 400)]
    short = next(key for key in keys if key.public_key().public_numbers().x < 2**248)
    dsc = make_dsc(short.public_key(), sca=sca, sca_key=sca_key, name="D", at=now)

    listed = write_trust_list([ListedCertificate(dsc, sca, "KGZ", Role.DSC)], did=DID, domain="X")

    jwk = listed["verificationMethod"][0]["publicKeyJwk"]
    x, y = (urlsafe_b64decode(jwk[name] + "=") for name in "xy")
    numbers = short.public_key().public_numbers()
    assert (len(x), len(y)) == (32, 32)
    assert (int.from_bytes(x, "big"), int.from_bytes(y, "big")) == (numbers.x, numbers.y)


def test_only_keys_that_every_verifier_knows_are_published(now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    sca = make_sca(key, country="KG", organisation="M", name="S", at=now)

    with pytest.raises(ValueError, match="P-256"):
        write_trust_list([ListedCertificate(sca, None, "KGZ", Role.SCA)], did=DID, domain="X")
