"""Telephones of the country are read without the library, as the library would read them."""

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registry.pilgrims import phones

LENGTHS = st.integers(4, 11).map(lambda digits: rf"\+996[0-9]{{{digits}}}")


@given(LENGTHS.flatmap(lambda shape: st.from_regex(shape, fullmatch=True)))
@example("+996555000123")
@example("+9968000000123")
@example("+996055500012")
@example("+9960800000012")
def test_a_number_of_the_country_reads_as_by_the_library(number: str) -> None:
    assert phones.parse(number) == phonenumbers.parse(number, "KG")
    assert phones.to_international(number) == phonenumbers.format_number(
        phonenumbers.parse(number, "KG"), phonenumbers.PhoneNumberFormat.E164
    )


# A spreadsheet's number, one from within the country, one with Arabic digits, one of elsewhere.
@pytest.mark.parametrize("typed", ["996555000123", "0555 000 123", "+٩٩٦٥٥٥٠٠٠١٢٣", "+996 (555) 00-01-23"])
def test_one_number_has_one_form(typed: str) -> None:
    assert phones.to_international(typed) == "+996555000123"
