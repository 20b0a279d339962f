"""The people whom the tests invent."""

from tests.factories import SPREAD, pilgrim_details


def test_the_last_pilgrim_of_a_long_run_is_as_old_as_the_first() -> None:
    """After some thousand tests in one process they were young enough to be asked about a pregnancy."""
    years = {pilgrim_details().birth_on.year for _ in range(SPREAD + 1)}
    assert (min(years), max(years)) == (1960, 1969)
