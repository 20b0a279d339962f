"""Base45 as RFC 9285 has it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registry.hcert import BadHcert, base45


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"", ""), (b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0")],
)
def test_the_examples_of_the_rfc_hold_both_ways(data: bytes, text: str) -> None:
    assert base45.encode(data) == text
    assert base45.decode(text) == data


@given(st.binary(max_size=300))
def test_every_sequence_of_bytes_survives_the_way_there_and_back(data: bytes) -> None:
    assert base45.decode(base45.encode(data)) == data


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("GGX", id="65536, one above two bytes"),
        pytest.param(":::", id="91124, the largest group"),
        pytest.param("V5", id="256, one above one byte"),
        pytest.param("BB8A", id="a lonely last character"),
        pytest.param("bb8", id="lower case"),
        pytest.param("BB8Ж", id="a letter that is not in the alphabet"),
    ],
)
def test_text_that_no_encoder_writes_is_refused(text: str) -> None:
    with pytest.raises(BadHcert, match="base45: not_base45"):
        base45.decode(text)


def test_the_largest_groups_are_still_read() -> None:
    assert base45.decode("FGW") == b"\xff\xff"
    assert base45.decode("U5") == b"\xff"


@given(st.binary(min_size=1, max_size=300))
@example(b"\xff")
@example(b"\xff\xff")
def test_no_text_ends_in_a_space_so_that_one_after_it_can_be_taken_off(data: bytes) -> None:
    assert base45.encode(data)[-1] not in " $%*+-./:"


def test_every_two_bytes_are_written_as_division_writes_them() -> None:
    """All of them beside each other: none runs over into its neighbour."""
    expected = "".join(
        base45.ALPHABET[value % 45] + base45.ALPHABET[value // 45 % 45] + base45.ALPHABET[value // 2025]
        for value in range(0xFFFF + 1)
    )
    assert base45.encode(b"".join(value.to_bytes(2, "big") for value in range(0xFFFF + 1))) == expected
