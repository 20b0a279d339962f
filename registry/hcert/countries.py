"""The spellings of a country's code: ISO 3166-1 of two and of three letters, and two that Europe spells its own way.

Codes name one issuer as KG, trust lists as KGZ. The table is CLDR's (Unicode License v3); codes that are no country's,
such as those of development lists, stand for themselves.
"""

import json
from functools import cache
from importlib.resources import files

_ALPHA_2: dict[str, str] = json.loads(files("registry.hcert").joinpath("data/countries.json").read_text("utf-8"))
_ALPHA_3 = {short: long for long, short in _ALPHA_2.items()}
_EUROPEAN = {"EL": "GR", "UK": "GB"}


@cache
def spellings_of(country: str) -> frozenset[str]:
    """All codes of a country by any one of them; empty for an empty text."""
    code = country.upper()
    short = _EUROPEAN.get(code) or _ALPHA_2.get(code, code)
    european = (other for other, own in _EUROPEAN.items() if own == short)
    return frozenset(filter(None, (short, _ALPHA_3.get(short), *european)))


def alpha_3_of(country: str) -> str:
    """The code of three letters (KG gives KGZ); what is no country's code stays as it is."""
    code = country.upper()
    return _ALPHA_3.get(_EUROPEAN.get(code, code), country)
