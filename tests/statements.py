"""What the database is asked while something is done."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, event


class Asked(NamedTuple):
    """A statement as the driver gets it, with its values."""

    text: str
    values: Any


@contextmanager
def statements(bind: Engine | Connection) -> Iterator[list[Asked]]:
    """The statements that go through an engine or a connection meanwhile, in their order."""
    asked: list[Asked] = []

    def note(_connection: object, _cursor: object, text: str, values: Any, *_rest: object) -> None:
        asked.append(Asked(text, values))

    event.listen(bind, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(bind, "before_cursor_execute", note)
