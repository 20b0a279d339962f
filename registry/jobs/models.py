"""One row per piece of work."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary
from sqlmodel import Field

from registry.model import Record, instant


class Job(Record, table=True):
    """`kind` names what is done; what state it is in follows from the instants.

    `attachment`: what somebody uploaded, erased when the work is over. `progress_*` count what the page shows.
    """

    kind: str = Field(max_length=40)
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    attachment: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    created_at: datetime = instant()
    created_by_id: uuid.UUID = Field(index=True)
    leased_until: datetime = instant(index=True)  # in the past: free for the next worker
    attempts: int = 0  # also says whose lease it is: a worker that overslept its lease holds an older number
    progress_done: int = 0
    progress_total: int = 0
    finished_at: datetime | None = instant(default=None)
    result: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    failed_at: datetime | None = instant(default=None)
    failure: str = Field(default="", max_length=200)

    @property
    def is_over(self) -> bool:
        return self.finished_at is not None or self.failed_at is not None
