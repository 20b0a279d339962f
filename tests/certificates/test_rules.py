"""Codes betray every slip of the hand, and a certificate's worth follows from its dates and what came after it."""

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from registry.certificates.models import Certificate
from registry.certificates.rules import (
    ALPHABET,
    CODE_LENGTH,
    State,
    check_character,
    codes_until,
    lasting,
    new_code,
    new_token,
    newest_point,
    read_code,
    signature_ends,
    state,
)
from registry.model import new_id

ISSUED = datetime(2025, 12, 25, 4, 0, tzinfo=UTC)
BODIES = st.text(ALPHABET, min_size=CODE_LENGTH - 1, max_size=CODE_LENGTH - 1)
PLACES = st.integers(0, CODE_LENGTH - 1)


def code_of(body: str) -> str:
    return body + check_character(body)


def test_a_code_has_twelve_characters_and_none_that_look_alike() -> None:
    code = new_code()
    assert len(code) == 12
    assert not set(code) & set("0O1I")
    assert set(code) <= set(ALPHABET)


@given(BODIES)
def test_every_code_is_read_back(body: str) -> None:
    assert read_code(code_of(body)) == code_of(body)


@given(BODIES, PLACES, st.sampled_from(ALPHABET))
def test_one_wrong_character_anywhere_is_noticed(body: str, place: int, wrong: str) -> None:
    code = code_of(body)
    assume(code[place] != wrong)
    assert read_code(code[:place] + wrong + code[place + 1 :]) is None


@given(BODIES, PLACES, PLACES)
def test_two_swapped_characters_are_noticed_neighbours_or_not(body: str, one: int, other: int) -> None:
    characters = list(code_of(body))
    assume(characters[one] != characters[other])
    characters[one], characters[other] = characters[other], characters[one]
    assert read_code("".join(characters)) is None


@pytest.mark.parametrize(
    "typed",
    [
        "7k3m-9qxd-2rtz",
        " 7K3M 9QXD 2RTZ ",
        "7K3M–9QXD–2RTZ",
        "7К3М-9QХD-2RТZ",  # К, М, Х and Т typed on a Russian keyboard
        "٧K٣M9QXD٢RTZ",  # digits of an Arabic keyboard
        "７K3M9QXD2RTZ",
    ],
)
def test_a_code_is_read_however_it_was_typed(typed: str) -> None:
    body = "7K3M9QXD2RT"
    assert read_code(typed.replace("Z", check_character(body)).replace("z", check_character(body))) == code_of(body)


@pytest.mark.parametrize(
    "typed", ["", "7K3M", "7K3M9QXD2RT0", "PE1234567", "0" * 12, "ЖЖЖЖЖЖЖЖЖЖЖЖ", "A" * 10_000, "HC1:6BF"]
)
def test_what_is_no_code_is_not_read_as_one(typed: str) -> None:
    assert read_code(typed) is None


def test_a_token_has_128_random_bits_and_fits_a_link() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", token) for token in tokens)


def certificate(*, valid_until: date | None = date(2028, 12, 25)) -> Certificate:
    return Certificate(
        pilgrim_id=new_id(),
        campaign_code="HAJJ-1447H-2026",
        number=1,
        code=new_code(),
        token=new_token(),
        issued_at=ISSUED,
        issued_by_id=new_id(),
        valid_from=date(2026, 1, 4),
        valid_until=valid_until,
        facts={},
    )


@pytest.mark.parametrize(
    ("on", "replaced", "revoked", "expected"),
    [
        (date(2026, 1, 3), False, False, State.NOT_YET_VALID),
        (date(2026, 1, 4), False, False, State.VALID),
        (date(2028, 12, 25), False, False, State.VALID),
        (date(2028, 12, 26), False, False, State.EXPIRED),
        (date(2026, 5, 11), True, False, State.REPLACED),
        (date(2030, 1, 1), True, False, State.REPLACED),
        (date(2026, 5, 11), False, True, State.REVOKED),
        (date(2026, 5, 11), True, True, State.REVOKED),
    ],
)
def test_worth_on_a_day(on: date, replaced: bool, revoked: bool, expected: State) -> None:
    assert state(certificate(), replaced=replaced, revoked=revoked, on=on) is expected


def test_a_certificate_without_an_end_does_not_expire() -> None:
    endless = certificate(valid_until=None)
    assert state(endless, replaced=False, revoked=False, on=date(2099, 1, 1)) is State.VALID


KEY_ENDS = datetime(2028, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("valid_until", "zone", "signs_until", "expected", "until"),
    [
        (date(2026, 8, 31), "Asia/Riyadh", KEY_ENDS, datetime(2026, 8, 31, 21, tzinfo=UTC), None),
        (date(2026, 8, 31), "Asia/Bishkek", KEY_ENDS, datetime(2026, 8, 31, 18, tzinfo=UTC), None),
        (date(2026, 8, 31), "America/New_York", KEY_ENDS, datetime(2026, 9, 1, 4, tzinfo=UTC), None),
        # 366 days after a dose of 1 March 2027, and the day that a leap year has more.
        (date(2028, 3, 1), "Asia/Riyadh", KEY_ENDS, datetime(2028, 3, 1, 21, tzinfo=UTC), None),
        (date(2028, 2, 29), "Asia/Riyadh", KEY_ENDS, datetime(2028, 2, 29, 21, tzinfo=UTC), None),
        # The key ends first: on the sheet stands the last whole day.
        (date(2030, 12, 25), "Asia/Riyadh", KEY_ENDS, KEY_ENDS, date(2028, 11, 30)),
        (None, "Asia/Riyadh", KEY_ENDS, KEY_ENDS, date(2028, 11, 30)),
        (date.max, "Asia/Riyadh", KEY_ENDS, KEY_ENDS, date(2028, 11, 30)),
        (date(2028, 12, 1), "Asia/Riyadh", KEY_ENDS, KEY_ENDS, date(2028, 11, 30)),
        (date(2028, 11, 30), "Asia/Riyadh", KEY_ENDS, datetime(2028, 11, 30, 21, tzinfo=UTC), None),
        (date(2028, 11, 30), "America/New_York", KEY_ENDS, KEY_ENDS, date(2028, 11, 29)),
    ],
)
def test_a_signature_ends_with_the_last_day_in_the_place_of_entry_and_never_after_its_key(
    valid_until: date | None, zone: str, signs_until: datetime, expected: datetime, until: date | None
) -> None:
    """Input N78."""
    assert signature_ends(valid_until=valid_until, zone=zone, signs_until=signs_until) == expected
    assert codes_until(valid_until=valid_until, zone=zone, signs_until=signs_until) == until


def test_what_every_new_paper_has_anew_is_no_reason_for_one() -> None:
    dose = {"lot": "L1", "signed_code": "HC1:1"}
    facts = {"latin_name": "ASANBEKOVA AIGUL", "code": "A", "verify_url": "B", "issued_on": "C", "replaces": None}
    paper = {**facts, "doses": [dose]}
    renewed = {"latin_name": "ASANBEKOVA AIGUL", "code": "X", "verify_url": "Y", "issued_on": "Z", "replaces": ["A"]}
    renewed_paper = {**renewed, "doses": [{**dose, "signed_code": "HC1:2"}]}
    other_lot = {**facts, "doses": [{**dose, "lot": "L2"}]}
    assert lasting(paper) == lasting(renewed_paper)
    assert lasting(paper) != lasting(other_lot)


def test_a_certificate_is_earned_where_the_last_dose_was_given() -> None:
    doses = [
        {"given_on": "2025-12-25", "point_code": "VP-NRN"},
        {"given_on": "2025-12-24", "point_code": "VP-OSH"},
    ]
    assert newest_point({"doses": doses}) == "VP-NRN"
