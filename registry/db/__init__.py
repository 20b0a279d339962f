"""One engine per application, and all that only one database engine knows.

A page's session (`db.session()`) reads, or writes; the guard says which before its first statement:

- A GET reads. What it must note (a look at a pilgrim) is written first, by `guards.record_apart`, in a short
  transaction of its own; the page is then read and drawn without holding anybody up.
- A POST writes until its first transaction ends, by `session.commit()` or by `db.stop_writing()`; from then on it only
  reads. So `db.stop_writing()` stands before every page that shows a refused form: what the view began is given up.
- What is slow (a password hashed, a file parsed, a paper drawn) happens while the session reads: before
  `db.start_writing()`, or after the commit.

SQLite has one writer at a time, and a nurse waits for whoever holds that place: the tests fail when a page is drawn,
a password hashed or a file read by a session that is writing.

Every view runs again from the start after a conflict of two transactions (`requests.from_the_start`): the form's key
makes its rows the same rows. `order` says in which order locks are taken, so that this is rare.
"""

from registry.db.bulk import PreparedRows, expect_bulk, insert_prepared, insert_rows, prepare_rows
from registry.db.conflicts import Overtaken, is_conflict, is_timeout, retry_on_conflict
from registry.db.json_text import JsonText
from registry.db.one_by_one import one_by_one
from registry.db.patience import DatabaseBusy, act_for
from registry.db.requests import (
    database,
    from_the_start,
    init_app,
    is_writing,
    session,
    start_writing,
    stop_writing,
)
from registry.db.sessions import Database
from registry.db.upserts import upsert

__all__ = [
    "Database",
    "DatabaseBusy",
    "JsonText",
    "Overtaken",
    "PreparedRows",
    "act_for",
    "database",
    "expect_bulk",
    "from_the_start",
    "init_app",
    "insert_prepared",
    "insert_rows",
    "is_conflict",
    "is_timeout",
    "is_writing",
    "one_by_one",
    "prepare_rows",
    "retry_on_conflict",
    "session",
    "start_writing",
    "stop_writing",
    "upsert",
]
