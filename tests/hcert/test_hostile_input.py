"""Bytes and text from strangers: whatever they hold, decoding answers with BadHcert and verifying with a verdict."""

import json
import zlib
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from registry.hcert import BadHcert, Claims, Hcert, TrustList, Verdict, base45, decode, plain_cbor, verify
from registry.hcert.claims import read_claims
from registry.hcert.cose import Sign1, read_sign1
from registry.hcert.dvc import read_vaccinations
from registry.hcert.envelope import inflate, strip_prefix
from registry.hcert.reasons import Step

DGC = Path(__file__).parent / "vectors" / "dgc-testdata"
REAL = [
    json.loads((DGC / f"{name}.json").read_text(encoding="utf-8"))["PREFIX"]
    for name in ("AT/2DCode/raw/1", "common/2DCode/raw/CO28", "SE/2DCode/raw/2", "CH/2DCode/raw/1")
]
REAL_COSE = [inflate(base45.decode(strip_prefix(text))) for text in REAL]
STAGES: list[tuple[Callable[[bytes], object], type]] = [(inflate, bytes), (read_sign1, Sign1), (read_claims, Claims)]


def seal(cose: bytes) -> str:
    return "HC1:" + base45.encode(zlib.compress(cose))


def sealed_claims(payload: bytes) -> str:
    return seal(cbor2.dumps([cbor2.dumps({1: -7, 4: b"8 bytes."}), {}, payload, bytes(64)]))


def answer(read: Callable[[], object]) -> object:
    """What `read` makes of it, or the one refusal that it may raise."""
    try:
        return read()
    except BadHcert as refusal:
        return refusal


def is_answered(text: str) -> bool:
    return isinstance(answer(lambda: decode(text)), Hcert | BadHcert)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real signed message with a few bytes changed, cut out or put in."""
    data = bytearray(draw(st.sampled_from(REAL_COSE)))
    for _ in range(draw(st.integers(1, 4))):
        position = draw(st.integers(0, len(data)))
        data[position : position + draw(st.integers(0, 3))] = draw(st.binary(max_size=6))
    return bytes(data)


@given(st.text() | st.text(base45.ALPHABET).map("HC1:".__add__))
@example("HC1:")
@example("HC1:\ud800")
def test_arbitrary_text_is_decoded_or_refused(text: str) -> None:
    assert is_answered(text)


@given(st.binary(max_size=200))
@example(b"")
def test_arbitrary_bytes_are_read_or_refused_by_every_stage(data: bytes) -> None:
    for read, kind in STAGES:
        assert isinstance(answer(partial(read, data)), kind | BadHcert)
    loaded = answer(lambda: plain_cbor.load(data, step=Step.CLAIMS))
    assert isinstance(loaded, BadHcert) or plain_cbor.is_plain(loaded)
    assert all(map(is_answered, ["HC1:" + base45.encode(data), seal(data), sealed_claims(data)]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutated())
def test_a_damaged_real_certificate_is_answered_with_a_verdict(trust: TrustList, now: datetime, cose: bytes) -> None:
    assert verify(seal(cose), trust, at=now).verdict is not Verdict.VALID


@given(st.sampled_from(REAL), st.integers(0, 600), st.sampled_from(base45.ALPHABET + "aЖ\x00"))
def test_a_misread_character_is_decoded_or_refused(text: str, position: int, character: str) -> None:
    assert is_answered(text[:position] + character + text[position + 1 :])


KEYS = st.sampled_from(["n", "dob", "v", "vx", "vp", "dt", "dv", "bo", "s", "tp", 1, 4, 6, 7, -6, -260])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates()


@given(
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=7),
        max_leaves=20,
    )
)
def test_claims_of_any_structure_are_read_or_refused(value: Any) -> None:
    assert is_answered(sealed_claims(cbor2.dumps(value)))
    assert is_answered(sealed_claims(cbor2.dumps({-260: {-6: value}})))
    assert isinstance(answer(lambda: read_vaccinations(value)), tuple | BadHcert)


@pytest.mark.parametrize(
    "hexadecimal",
    [
        pytest.param("d81c81d81d00", id="a list that contains itself"),
        pytest.param("c4821a7fffffff01", id="a decimal of two thousand million digits"),
        pytest.param("c5821a7fffffff01", id="a binary fraction of that size"),
        pytest.param("c249010000000000000000", id="a number of nine bytes"),
        pytest.param("d8237028282861617b397d297b397d297b397d", id="a regular expression"),
        pytest.param("d82478184d494d452d56657273696f6e3a20312e300d0a0d0a68690a0a", id="a mail message"),
        pytest.param("d9010283010203", id="a set"),
        pytest.param("d90100821861d81900", id="references to strings"),
        pytest.param("a201020103", id="a key twice"),
        pytest.param("a1f97e0001", id="a key that is not a number"),
        pytest.param("a1810101", id="a list for a key"),
        pytest.param("a1f501", id="true for a key"),
        pytest.param("fb7ff8000000000000", id="not a number"),
        pytest.param("f97c00", id="infinity"),
        pytest.param("f7", id="undefined"),
        pytest.param("f0", id="a simple value"),
        pytest.param("0101", id="something after the value"),
        pytest.param("5b00ffffffffffffff", id="bytes longer than any memory"),
        pytest.param("9b00ffffffffffffff", id="a list longer than any memory"),
        pytest.param("bb00ffffffffffffff", id="a map larger than any memory"),
        pytest.param("62c328", id="text that is not UTF-8"),
        pytest.param("81" * 17 + "01", id="17 lists deep"),
        pytest.param("81" * 8000, id="8000 lists deep"),
        pytest.param("a1" * 8000, id="8000 maps deep"),
        pytest.param("c0" * 8000, id="8000 tags deep"),
    ],
)
def test_cbor_that_a_certificate_does_not_need_is_refused(hexadecimal: str) -> None:
    with pytest.raises(BadHcert, match="claims: not_cbor"):
        plain_cbor.load(bytes.fromhex(hexadecimal), step=Step.CLAIMS)


@pytest.mark.parametrize("inner", [b"\x01", b"\x61a", b"\x41a", b"\x82\x01\x02", b"\xa0", b"\x80", b"\x6a2020-01-01"])
def test_no_tag_but_the_two_for_dates_is_let_through(inner: bytes) -> None:
    accepted = set()
    for tag in (*range(3000), 40000, 43000, 55799, 65536, 2**32, 2**63):
        data = cbor2.dumps(cbor2.CBORTag(tag, 0))[:-1] + inner
        try:
            plain_cbor.load(data, step=Step.CLAIMS)
        except BadHcert:
            continue
        accepted.add(tag)

    assert accepted <= {0, 1}


def test_the_date_tags_leave_what_they_stand_before() -> None:
    data = bytes.fromhex("82c0" + "6a323032362d30332d3032" + "c11a69a54380")

    assert plain_cbor.load(data, step=Step.CLAIMS) == ["2026-03-02", 1772438400]
