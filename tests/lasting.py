"""Databases in which something stands already, made once in a process: a test is rolled back to that."""

import pytest

from registry.db import Database


def template_of(request: pytest.FixtureRequest, made: str, otherwise: Database) -> Database:
    """The database of the fixture `made`, a (database, what stands in it), if the test asks for that."""
    if made not in request.fixturenames:
        return otherwise
    database: Database = request.getfixturevalue(made)[0]
    return database
