"""Transactions that follow one another because they are about the same, though no row says so yet."""

from collections.abc import Iterable
from hashlib import blake2b

from sqlmodel import Session, func, select


def one_by_one(session: Session, keys: Iterable[str]) -> None:
    """Wait for every transaction that named one of these keys, to its end: the first act of a transaction that writes.

    So what it counts next is counted with theirs. SQLite has one writer at a time already. PostgreSQL knows numbers
    only; two keys of one number wait for each other, which harms nobody.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    for number in sorted({_number(key) for key in keys}):
        session.exec(select(func.pg_advisory_xact_lock(number)))


def _number(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True)
