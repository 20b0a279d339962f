"""What a worker does before a lot is corrected: count the certificates that name it, while nobody waits."""

import uuid

from registry.certificates import queries as certificates
from registry.commands.pilgrim_lists import Effect, Report
from registry.db import Database
from registry.jobs.models import Job


def count(database: Database, job: Job, _report: Report) -> Effect:
    """The work of that job; its result is {"certificates": how many stand}."""
    with database.open_session(writes=False) as session:
        standing = certificates.count_showing_lot(session, uuid.UUID(job.payload["lot"]))
    return lambda _session: {"certificates": standing}
