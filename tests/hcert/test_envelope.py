"""The envelope: what it holds, how large it is, and what it refuses to open."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.hcert import Algorithm, BadHcert, Claims, KeySigner, Kind, Reason, base45, decode, encode
from registry.hcert.cose import read_sign1
from registry.hcert.envelope import MAX_CHARACTERS, MAX_INFLATED_BYTES, inflate

PROTECTED = cbor2.dumps({1: -7, 4: b"8 bytes."})
PAYLOAD = cbor2.dumps({1: "KG", -260: {-6: {}}})


class PaperSigner:
    """Signs nothing, for what does not depend on a signature."""

    kid = b"8 bytes."
    algorithm = Algorithm.ES256

    def sign(self, message: bytes) -> bytes:
        return bytes(64)


def seal_raw(cose: bytes) -> str:
    return "HC1:" + base45.encode(zlib.compress(cose))


def sign1(protected: bytes = PROTECTED, unprotected: Any = None, payload: Any = PAYLOAD) -> bytes:
    return cbor2.dumps([protected, {} if unprotected is None else unprotected, payload, bytes(64)])


def refusal(text: str) -> Reason:
    with pytest.raises(BadHcert) as caught:
        decode(text)
    return caught.value.reason


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=20) | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
instants = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1)).map(  # noqa: DTZ001 -- hypothesis wants them naive
    lambda instant: instant.replace(microsecond=0, tzinfo=UTC)
)


@given(
    st.builds(
        Claims,
        kind=st.sampled_from(Kind),
        content=st.dictionaries(st.text(max_size=5), plain_values, max_size=5),
        issuer=st.none() | st.text(max_size=10),
        issued_at=st.none() | instants,
        expires_at=st.none() | instants,
        not_before=st.none() | instants,
        cti=st.none() | st.binary(max_size=20),
    )
)
def test_claims_survive_the_way_there_and_back(claims: Claims) -> None:
    assert decode(encode(claims, PaperSigner())).claims == claims


def test_headers_hold_algorithm_and_key_id_under_protection(claims: Claims, signer: KeySigner) -> None:
    opened = decode(encode(claims, signer))

    assert cbor2.loads(opened.sign1.protected) == {1: -7, 4: signer.kid}
    assert len(opened.sign1.signature) == 64
    assert opened.claims.certificate_id is not None


def test_a_product_id_certificate_fits_a_printed_symbol(claims: Claims, signer: KeySigner) -> None:
    # 574 characters are what version 18 at error correction Q holds: 89 modules, 39 mm with its margin at 0.4 mm.
    assert len(encode(claims, signer)) <= 574


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_only_a_line_end_is_trimmed(seal: Callable[..., str], claims: Claims, ending: str) -> None:
    assert decode(seal() + ending).claims == claims


@pytest.mark.parametrize("text", ["", "HC2:6BF", "HL0:6BF", "6BF", "hc1:6BF", " HC1:6BF"])
def test_another_prefix_is_refused(text: str) -> None:
    assert refusal(text) is Reason.WRONG_PREFIX


def test_text_longer_than_any_symbol_is_refused_before_it_is_read() -> None:
    assert refusal("HC1:" + "0" * MAX_CHARACTERS) is Reason.TOO_LONG
    assert refusal("HC1:" + "\n" * MAX_CHARACTERS) is Reason.TOO_LONG


@pytest.mark.parametrize("size", [MAX_INFLATED_BYTES + 1, 50_000_000])
def test_a_zip_bomb_is_refused(size: int) -> None:
    with pytest.raises(BadHcert, match="inflate: too_large"):
        inflate(zlib.compress(bytes(size), 9))


def test_the_largest_allowed_content_is_inflated() -> None:
    assert inflate(zlib.compress(bytes(MAX_INFLATED_BYTES))) == bytes(MAX_INFLATED_BYTES)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not zlib",
        zlib.compress(b"cut short")[:-1],
        zlib.compress(b"followed") + b"!",
        zlib.compress(b"x", wbits=-15),
        zlib.compress(b"x", wbits=31),
    ],
    ids=["nothing", "other bytes", "cut short", "something after it", "raw deflate", "gzip"],
)
def test_only_one_whole_zlib_stream_is_inflated(data: bytes) -> None:
    with pytest.raises(BadHcert, match="inflate: not_compressed"):
        inflate(data)


@pytest.mark.parametrize("tags", [b"", b"\xd2", b"\xd8\x3d\xd2", b"\xd8\x3d"])
def test_the_tags_of_a_web_token_and_of_a_signed_message_are_taken_off(tags: bytes) -> None:
    assert read_sign1(tags + sign1()).kid == b"8 bytes."


def test_headers_may_be_unprotected_and_the_protected_one_counts() -> None:
    assert read_sign1(sign1(b"", {1: -37, 4: b"another!"})).kid == b"another!"
    both = read_sign1(sign1(PROTECTED, {1: -37, 4: b"another!"}))
    assert (both.kid, both.algorithm) == (b"8 bytes.", Algorithm.ES256)


@pytest.mark.parametrize(
    ("cose", "reason"),
    [
        (sign1() + b"\x00", Reason.NOT_CBOR),
        (b"\xd2\xd2" + sign1(), Reason.NOT_CBOR),
        (cbor2.dumps([PROTECTED, {}, PAYLOAD]), Reason.NOT_SIGNED),
        (cbor2.dumps({1: 2}), Reason.NOT_SIGNED),
        (sign1(payload=None), Reason.NOT_SIGNED),
        (sign1(cbor2.dumps([1])), Reason.NOT_SIGNED),
        (sign1(cbor2.dumps({1: -7, 2: [99], 4: b"8 bytes."})), Reason.CRITICAL_HEADER),
        (sign1(cbor2.dumps({1: -8, 4: b"8 bytes."})), Reason.UNSUPPORTED_ALGORITHM),
        (sign1(cbor2.dumps({4: b"8 bytes."})), Reason.NO_ALGORITHM),
        (sign1(cbor2.dumps({1: "ES256", 4: b"8 bytes."})), Reason.UNSUPPORTED_ALGORITHM),
        (sign1(cbor2.dumps({1: -7})), Reason.NO_KEY_ID),
        (sign1(cbor2.dumps({1: -7, 4: "8 bytes."})), Reason.WRONG_KEY_ID),
        (sign1(cbor2.dumps({1: -7, 4: b""})), Reason.WRONG_KEY_ID),
        (sign1(b"\xa2\x01\x26\x01\x38\x24"), Reason.NOT_CBOR),
        (sign1(payload=cbor2.dumps([1])), Reason.NOT_CLAIMS),
        (sign1(payload=cbor2.dumps({1: "KG"})), Reason.NO_HEALTH_CERTIFICATE),
        (sign1(payload=cbor2.dumps({-260: {}})), Reason.NO_HEALTH_CERTIFICATE),
        (sign1(payload=cbor2.dumps({-260: {-6: b"not a map"}})), Reason.NO_HEALTH_CERTIFICATE),
        (sign1(payload=cbor2.dumps({-260: {1: {}, -6: {}}})), Reason.SEVERAL_KINDS),
        (sign1(payload=cbor2.dumps({1: 7, -260: {-6: {}}})), Reason.WRONG_CLAIM),
        (sign1(payload=cbor2.dumps({4: 2**62, -260: {-6: {}}})), Reason.WRONG_CLAIM),
        (sign1(payload=cbor2.dumps({4: True, -260: {-6: {}}})), Reason.WRONG_CLAIM),
        (sign1(payload=cbor2.dumps({7: "text", -260: {-6: {}}})), Reason.WRONG_CLAIM),
    ],
)
def test_a_message_of_another_shape_is_refused(cose: bytes, reason: Reason) -> None:
    assert refusal(seal_raw(cose)) is reason


@pytest.mark.parametrize("link", ["vhlink:/eyJ", [{"u": "shlink:/eyJ"}], {"url": "https://example.org"}])
def test_a_link_is_recognised_in_all_its_shapes(claims: Claims, link: Any) -> None:
    sealed = encode(replace(claims, kind=Kind.LINK, content=link), PaperSigner())

    assert decode(sealed).claims.content == link


def test_a_kind_nobody_has_assigned_yet_is_kept_whole(claims: Claims) -> None:
    sealed = encode(replace(claims, kind=None, content={42: {}}), PaperSigner())

    assert decode(sealed).claims == replace(claims, kind=None, content={42: {}})
