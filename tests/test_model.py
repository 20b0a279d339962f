"""What every model shares."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from registry.model import made_at, new_id


def test_a_key_tells_when_it_was_made() -> None:
    made = made_at(new_id())
    assert made is not None
    assert abs(made - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("key", ["ffffffff-ffff-7fff-bfff-ffffffffffff", "e677d21f-dc00-7fff-bfff-ffffffffffff"])
def test_a_forged_key_of_a_year_that_no_date_has_tells_nothing(key: str) -> None:
    """It was answered by 500."""
    assert made_at(UUID(key)) is None


def test_a_key_of_another_kind_tells_nothing() -> None:
    assert made_at(UUID("6fa459ea-ee8a-4ca4-894e-db77e160355e")) is None
