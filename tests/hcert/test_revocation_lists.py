"""The revocation list: what it tells, how small it is, and which lists are not believed."""

import random
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import cbor2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from registry.hcert import (
    BadRevocationList,
    KeySigner,
    ListFault,
    Reason,
    RecalledLot,
    RevocationList,
    RolledBack,
    Step,
    TrustList,
    Verdict,
    Withdrawal,
    Withdrawn,
    base45,
    encode,
    newest,
    read_revocation_list,
    verify,
    write_revocation_list,
)
from registry.hcert.claims import Claims
from registry.hcert.cose import LIST_CONTENT_TYPE, write_sign1
from registry.hcert.envelope import inflate, strip_prefix
from registry.hcert.revocations import MAX_BYTES, REVOCATIONS
from tests.hcert.answers import assert_stops

Write = Callable[..., bytes]
Read = Callable[[bytes], RevocationList]
ONE, OTHER = UUID("0f8a3c52-1d77-7e10-9a61-3f1d5a2b7c44"), UUID("0f8a3c52-1d77-7e10-9a61-3f1d5a2b7c45")
REVOKED = Withdrawn(Withdrawal.REVOKED, date(2026, 3, 1))
REPLACED = Withdrawn(Withdrawal.REPLACED, date(2026, 3, 2))
days = st.dates(min_value=date(1970, 1, 1))
facts = st.builds(Withdrawn, st.sampled_from(Withdrawal), days)
lots = st.dictionaries(st.tuples(st.text(max_size=9), st.text(max_size=9)), days, max_size=4)


@pytest.fixture(scope="module")
def write(signer: KeySigner, now: datetime) -> Write:
    """An empty list of the country, issued now for two days, changed as asked."""
    usual = {"issuer": "KG", "issued_at": now, "expires_at": now + timedelta(days=2), "salt": b"salt", "signer": signer}
    return lambda withdrawn=(), **changes: write_revocation_list(withdrawn, **{**usual, **changes})


@pytest.fixture(scope="module")
def read(trust: TrustList, now: datetime) -> Read:
    return partial(read_revocation_list, trust=trust, at=now)


@pytest.fixture(scope="module")
def write_content(signer: KeySigner, now: datetime) -> Callable[..., bytes]:
    """A list signed as it should be, with content of any form."""
    content = {"v": 1, "salt": b"salt", "revoked": {}, "replaced": {}, "recalled": []}

    def signed(changes: Any = None, *, claims: Any = None, content_type: str | None = LIST_CONTENT_TYPE) -> bytes:
        usual = {1: "KG", 4: int(now.timestamp()), 6: int(now.timestamp()), REVOCATIONS: {**content, **(changes or {})}}
        return write_sign1(cbor2.dumps({**usual, **(claims or {})}), signer, content_type=content_type)

    return signed


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(withdrawn=st.dictionaries(st.uuids(), facts, max_size=20), recalled=lots, other=st.uuids())
def test_a_list_gives_back_what_was_written(
    write: Write, read: Read, withdrawn: dict[UUID, Withdrawn], recalled: dict[tuple[str, str], date], other: UUID
) -> None:
    called_back = [RecalledLot(brand, lot, on) for (brand, lot), on in recalled.items()]

    revocations = read(write(withdrawn.items(), recalled=called_back))

    assert {certificate: revocations.find(certificate) for certificate in withdrawn} == withdrawn
    assert len(revocations) == len(withdrawn)
    assert revocations.find(other) == withdrawn.get(other)
    assert {key: revocations.find_recall(*key) for key in recalled} == recalled


def test_a_list_says_whose_it_is_and_how_long_it_may_be_relied_on(write: Write, read: Read, now: datetime) -> None:
    revocations = read(write())

    assert (revocations.issuer, revocations.issued_at) == ("KG", now)
    assert revocations.is_current(now + timedelta(days=2))
    assert not revocations.is_current(now + timedelta(days=2, seconds=1))


def test_a_certificate_replaced_and_then_revoked_is_revoked(write: Write, read: Read) -> None:
    assert read(write([(ONE, REVOKED), (ONE, REPLACED)])).find(ONE) == REVOKED


def test_the_order_of_entries_tells_nothing(write: Write, signer: KeySigner) -> None:
    entries = [(UUID(int=number), REVOKED) for number in range(20)]
    recalled = [RecalledLot("MenQuadfi", f"L{number}", REVOKED.on) for number in range(3)]

    first, second = (
        cbor2.loads(write(entries[::way], recalled=recalled[::way], signer=signer)).value[2] for way in (1, -1)
    )

    assert first == second


def test_an_id_cannot_be_looked_for_without_the_salt_and_never_stands_in_the_list(write: Write) -> None:
    first, second = (write([(ONE, REVOKED)], salt=salt) for salt in (b"one", b"two"))
    (content,) = (cbor2.loads(cbor2.loads(data).value[2])[REVOCATIONS]["revoked"] for data in (first,))
    (other,) = (cbor2.loads(cbor2.loads(data).value[2])[REVOCATIONS]["revoked"] for data in (second,))

    assert ONE.bytes[:8] not in first
    assert set(content.values()).isdisjoint(other.values())


def test_a_hundred_thousand_certificates_of_a_year_take_less_than_a_megabyte(write: Write, read: Read) -> None:
    chance = random.Random(1)
    kinds = list(Withdrawal)
    entries = [
        (UUID(int=chance.getrandbits(128)), Withdrawn(kinds[number % 2], date(2026, 1, 1) + timedelta(number % 366)))
        for number in range(100_000)
    ]

    data = write(entries)

    assert len(data) < 1_000_000
    revocations = read(data)
    assert len(revocations) == 100_000
    assert all(revocations.find(certificate) == fact for certificate, fact in entries[:1000])


def test_an_old_list_is_read_and_says_that_it_is_old(write: Write, trust: TrustList, now: datetime) -> None:
    later = now + timedelta(days=30)

    revocations = read_revocation_list(write([(ONE, REVOKED)]), trust, at=later)

    assert revocations.find(ONE) == REVOKED
    assert not revocations.is_current(later)


def test_an_older_list_never_takes_the_place_of_a_newer_one(write: Write, read: Read, now: datetime) -> None:
    older, newer = (read(write(issued_at=now - timedelta(minutes=minutes))) for minutes in (30, 20))

    assert newest(None, older) is older
    assert newest(older, newer) is newer
    assert newest(newer, read(write(issued_at=now - timedelta(minutes=20)))) == newer
    with pytest.raises(RolledBack) as refused:
        newest(newer, older)
    assert refused.value.reason is ListFault.ROLLED_BACK


def fault(read: Callable[[], object]) -> ListFault:
    with pytest.raises(BadRevocationList) as caught:
        read()
    return caught.value.reason


def test_a_list_of_another_key_is_not_believed(
    write: Write, read: Read, signer: KeySigner, training_signer: KeySigner
) -> None:
    class Forger:
        kid, algorithm, sign = signer.kid, signer.algorithm, staticmethod(training_signer.sign)

    assert fault(lambda: read(write(signer=training_signer))) is ListFault.UNKNOWN_KEY
    assert fault(lambda: read(write(signer=Forger()))) is ListFault.WRONG_SIGNATURE


def test_a_list_with_a_revocation_cut_out_is_not_believed(write: Write, read: Read) -> None:
    data = write([(ONE, REVOKED)])
    payload = cbor2.loads(data).value[2]
    forged = data.replace(payload, payload.replace(b"revoked", b"recoked"))

    assert len(forged) == len(data)
    assert fault(lambda: read(forged)) is ListFault.WRONG_SIGNATURE


def test_a_list_counts_only_within_the_life_of_its_key(write: Write, trust: TrustList, now: datetime) -> None:
    (key,) = trust.keys
    ending, later = TrustList((replace(key, not_after=now + timedelta(minutes=30)),)), now + timedelta(hours=1)
    before = write(issued_at=key.not_before and key.not_before - timedelta(minutes=2))

    assert fault(lambda: read_revocation_list(write(), ending, at=later)) is ListFault.KEY_NOT_CURRENT
    assert fault(lambda: read_revocation_list(before, trust, at=now)) is ListFault.KEY_NOT_CURRENT


def test_a_list_from_the_future_is_whole_and_says_that_the_clock_is_behind(
    write: Write, trust: TrustList, now: datetime
) -> None:
    """Certificate C11: a clock before the key's own beginning does not make the list a damaged one."""
    (key,) = trust.keys
    assert key.not_before is not None
    read = read_revocation_list(write(issued_at=now), trust, at=key.not_before - timedelta(days=900))

    assert read.issued_at == now


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2}, {"v": None}, {"salt": "text"}, {"salt": None}, {"revoked": []}, {"revoked": {1: "text"}},
        {"revoked": {1: b"7 bytes"}}, {"replaced": {"1": b"8 bytes."}}, {"replaced": {-1: b"8 bytes."}},
        {"revoked": {2**40: b"8 bytes."}}, {"recalled": {}}, {"recalled": [["brand", "lot"]]}, {"recalled": ["lot"]},
        {"recalled": [["brand", "lot", "2026-03-01"]]}, {"recalled": [[1, "lot", 1]]},
    ],
)  # fmt: skip
def test_a_signed_list_that_cannot_be_read_whole_is_not_read_in_part(
    write_content: Write, read: Read, changes: Any
) -> None:
    assert fault(lambda: read(write_content(changes))) is ListFault.CORRUPT


@pytest.mark.parametrize("claims", [{1: None}, {4: None}, {4: "soon"}, {6: -1}, {REVOCATIONS: []}])
def test_a_list_must_say_whose_it_is_and_when_it_was_made(write_content: Write, read: Read, claims: Any) -> None:
    assert fault(lambda: read(write_content(claims=claims))) is ListFault.CORRUPT


def test_fields_of_a_later_day_do_not_make_a_list_unreadable(write_content: Write, read: Read) -> None:
    assert len(read(write_content({"new": 1, "revoked": {1: b"8 bytes."}}))) == 1


def test_a_list_larger_than_any_of_ours_is_not_unpacked(write: Write, read: Read) -> None:
    room = MAX_BYTES - len(write()) - 100
    assert len(read(write(salt=bytes(room)))) == 0

    assert fault(lambda: read(write(salt=bytes(room + 200)))) is ListFault.CORRUPT


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
@example(b"")
def test_arbitrary_bytes_are_no_list_and_nothing_worse(read: Read, data: bytes) -> None:
    assert fault(lambda: read(data)) is ListFault.CORRUPT


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 10_000), cut=st.integers(0, 3), put=st.binary(max_size=3))
def test_a_damaged_list_is_refused_or_says_the_same(
    write: Write, read: Read, position: int, cut: int, put: bytes
) -> None:
    data = write([(ONE, REVOKED), (OTHER, REPLACED)])
    position %= len(data)
    damaged = data[:position] + put + data[position + cut :]

    with suppress(BadRevocationList):  # a tag may go, for it is not signed
        assert read(damaged) == read(data)


def test_a_health_certificate_is_no_revocation_list(claims: Claims, signer: KeySigner, read: Read) -> None:
    message = inflate(base45.decode(strip_prefix(encode(claims, signer))))

    assert fault(lambda: read(message)) is ListFault.CORRUPT


def test_a_revocation_list_without_its_content_type_is_none(write_content: Write, read: Read) -> None:
    assert fault(lambda: read(write_content(content_type=None))) is ListFault.CORRUPT
    assert fault(lambda: read(write_content(content_type="application/cwt"))) is ListFault.CORRUPT
    protected, _, payload, signature = cbor2.loads(write_content(content_type=None)).value
    said_by_anybody = cbor2.dumps([protected, {3: LIST_CONTENT_TYPE}, payload, signature])
    assert fault(lambda: read(said_by_anybody)) is ListFault.CORRUPT


@pytest.mark.parametrize("smuggled", [{}, {-260: {-6: {"n": "x"}}}])
def test_a_revocation_list_is_no_health_certificate(
    write_content: Write, trust: TrustList, now: datetime, smuggled: Any
) -> None:
    text = "HC1:" + base45.encode(zlib.compress(write_content(claims=smuggled)))

    assert_stops(verify(text, trust, at=now), Step.CLAIMS, Reason.REVOCATION_LIST, Verdict.CANNOT_TELL)
