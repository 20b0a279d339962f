"""A country's code has several spellings, and means one country."""

import pytest

from registry.hcert import alpha_3_of, spellings_of


@pytest.mark.parametrize(
    ("country", "participant"),
    [
        ("KG", "KGZ"), ("SA", "SAU"), ("ID", "IDN"), ("GB", "GBR"), ("TR", "TUR"), ("UZ", "UZB"),
        # Codes of states that are no more lead to these as well.
        ("DE", "DEU"), ("FR", "FRA"), ("MM", "MMR"), ("CD", "COD"), ("TL", "TLS"), ("YE", "YEM"),
        ("KGZ", "KGZ"), ("kg", "KGZ"), ("EL", "GRC"), ("UK", "GBR"), ("XXA", "XXA"), ("", ""),
    ],
)  # fmt: skip
def test_a_country_is_named_by_three_letters(country: str, participant: str) -> None:
    assert alpha_3_of(country) == participant


@pytest.mark.parametrize(
    ("country", "spellings"),
    [
        ("KG", {"KG", "KGZ"}),
        ("KGZ", {"KG", "KGZ"}),
        ("GRC", {"EL", "GR", "GRC"}),
        ("EL", {"EL", "GR", "GRC"}),
        ("XXA", {"XXA"}),
        ("", set()),
    ],
)
def test_every_spelling_leads_to_all_of_them(country: str, spellings: set[str]) -> None:
    assert spellings_of(country) == spellings
