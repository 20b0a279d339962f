"""A foreign list is believed for its proof alone."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry.hcert import new_key
from registry.trust.intake import MAX_BYTES, read_key, read_list
from registry.trust.rules import ProofRefused, UnreadableList, UnreadableProofKey
from tests.factories import NOW
from tests.hcert.test_proofs import LISTS
from tests.trust.lists import NEIGHBOUR, Neighbour, make_neighbour


@pytest.fixture(scope="module")
def neighbour() -> Neighbour:
    return make_neighbour()


def spki(key: Any) -> bytes:
    pem: bytes = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem


KEY_FILES: list[Callable[[Neighbour], bytes]] = [
    lambda neighbour: neighbour.proof_key,
    lambda neighbour: json.dumps(json.loads(neighbour.proof_key)["verificationMethod"][0]["publicKeyJwk"]).encode(),
    lambda neighbour: spki(neighbour.public_key),
    lambda neighbour: neighbour.dsc.public_bytes(Encoding.PEM),
]


@pytest.mark.parametrize("write", KEY_FILES, ids=["did.json", "JWK", "public key", "certificate"])
def test_a_proof_key_comes_in_the_forms_in_which_publishers_give_it(
    neighbour: Neighbour, write: Callable[[Neighbour], bytes]
) -> None:
    assert read_key(write(neighbour)) == neighbour.public_key


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nothing",
        b"[]",
        b"{}",
        b'{"kty": "EC"}',
        b'{"kty": "RSA", "n": "AQAB", "e": "AQAB"}',
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        b"[" * 100_000,
        spki(ec.generate_private_key(ec.SECP384R1()).public_key()),
        spki(rsa.generate_private_key(65537, 2048).public_key()),
    ],
)
def test_what_is_no_p256_key_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(UnreadableProofKey, match="P-256"):
        read_key(content)


def test_a_list_is_read_with_its_date_and_its_keys(neighbour: Neighbour) -> None:
    found = read_list(neighbour.write(), neighbour.public_key)
    assert (found.did, found.created_at) == (NEIGHBOUR, NOW)
    assert [(key.role, key.participant, key.source) for key in found.keys.keys] == [
        ("SCA", "XXB", NEIGHBOUR),
        ("DSC", "XXB", NEIGHBOUR),
    ]


def test_the_networks_own_list_is_read_with_its_published_key() -> None:
    content = (LISTS / "dev-v2-DCC-XXA-DSC.did.json").read_bytes()
    found = read_list(content, read_key((LISTS / "dev-proof-signer.did.json").read_bytes()))
    assert found.did.endswith(":v2:trustlist:DCC:XXA:DSC")
    assert found.keys.keys


def test_another_key_than_the_signers_is_refused(neighbour: Neighbour) -> None:
    with pytest.raises(ProofRefused, match="does not fit"):
        read_list(neighbour.write(), new_key().public_key())


@pytest.mark.parametrize(
    "change",
    [{"id": "did:web:other.example"}, {"verificationMethod": []}, {"controller": "did:web:other.example"}],
)
def test_a_changed_list_is_refused(neighbour: Neighbour, change: dict[str, Any]) -> None:
    with pytest.raises(ProofRefused):
        read_list(neighbour.write(**change), neighbour.public_key)


def test_a_list_without_a_proof_is_refused(neighbour: Neighbour) -> None:
    document = json.loads(neighbour.write())
    del document["proof"]
    with pytest.raises(ProofRefused):
        read_list(json.dumps(document).encode(), neighbour.public_key)


def test_a_name_given_twice_is_refused(neighbour: Neighbour) -> None:
    text = neighbour.write().decode()
    twice = text.replace('"verificationMethod": [', '"verificationMethod": [], "verificationMethod": [', 1)
    assert json.loads(twice) == json.loads(text), "a reader that takes the last sees the list as signed"
    with pytest.raises(UnreadableList):
        read_list(twice.encode(), neighbour.public_key)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"7", b"[" * 100_000, b" " * (MAX_BYTES + 1)])
def test_what_is_no_list_is_refused_in_a_sentence(neighbour: Neighbour, content: bytes) -> None:
    with pytest.raises(UnreadableList, match="not a trust list"):
        read_list(content, neighbour.public_key)
