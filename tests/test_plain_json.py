"""JSON is written byte for byte as the standard library writes it: the log's hashes of years ago stay true."""

import json
import uuid
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registry import plain_json
from registry.immunization_log import rules as log


class Word(StrEnum):
    FIT = "fit"


def by_the_standard_library(value: Any, *, sort_keys: bool) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys).encode()


TEXTS = st.text() | st.text(st.characters(max_codepoint=0x9F)) | st.sampled_from([*map(chr, range(0x100)), "\ud83c"])
PLAIN = st.none() | st.booleans() | st.integers() | st.integers(-(2**65), 2**65) | TEXTS
OTHERS = st.floats() | st.sampled_from([Word.FIT, (1, 2), 1e16, 1e-7, -0.0])
VALUES = st.recursive(
    PLAIN | OTHERS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner) | st.dictionaries(st.integers(), inner),
)


@given(VALUES, st.booleans())
@example({"я": 1, "z": '\x00\x1f\x7f\u2028\\"/\b\f\n\r\t', "\U0001f54b": [], "\ue000": {}}, True)
@example([2**63, 2**64 - 1, 2**64, -(2**63) - 1], False)
@example({10: 1, 9: {1e16: True}}, True)
@example({"keys": {None: 0}, "words": Word.FIT}, False)
@example([{"deep": [float("nan"), float("inf"), 1e16]}], True)
def test_the_bytes_are_those_of_the_standard_library(value: Any, sort_keys: bool) -> None:
    try:
        expected = by_the_standard_library(value, sort_keys=sort_keys)
    except UnicodeEncodeError:
        with pytest.raises(UnicodeEncodeError):
            plain_json.write(value, sort_keys=sort_keys)
        return
    assert plain_json.write(value, sort_keys=sort_keys) == expected


@pytest.mark.parametrize(
    "value", [uuid.uuid4(), date(2026, 1, 1), Decimal(1), {"in": [uuid.uuid4()]}, {"set": {1}}, {(1, 2): 3}, b"bytes"]
)
def test_what_is_no_json_value_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        plain_json.write(value)


@pytest.mark.parametrize("depth", [200, 300, 600])
def test_a_deep_value_is_written_too(depth: int) -> None:
    assert plain_json.write(json.loads("[" * depth + "]" * depth)) == b"[" * depth + b"]" * depth


def test_a_commitment_of_an_earlier_release_still_holds() -> None:
    content = {"ө": "Үсөн\n", "a": [1, None, True, {"ы": "\u001f", "b": "\\"}], "volume_ml": "0.5"}
    assert (
        log.canonical(content)
        == '{"a":[1,null,true,{"b":"\\\\","ы":"\\u001f"}],"volume_ml":"0.5","ө":"Үсөн\\n"}'.encode()
    )
