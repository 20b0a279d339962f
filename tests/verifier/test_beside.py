"""What stands beside a signed code is told not to be looked up."""

import pytest

from registry.certificates.rules import new_code
from tests.accessibility import violations
from tests.verifier.conftest import Officer

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("beside", ["{code}", "https://emdoo.example/v/AAAAAAAAAAAAAAAAAAAAAA"])
def test_m1_what_stands_beside_a_signed_code_is_told_not_to_be_looked_up(
    regular: Officer, codes: list[str], beside: str
) -> None:
    """security M1: without the register nobody can say whether both are one certificate."""
    note = "stands beside the signed code"
    regular.visit()
    regular.paste(codes[0] + "\n" + beside.format(code=new_code()))
    assert "ASANBEKOVA AIGUL" in regular.answer
    assert note in regular.answer
    assert violations(regular.page) == []
    regular.page.click("#next")
    regular.paste(codes[0])
    assert note not in regular.answer
