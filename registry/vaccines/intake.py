"""The file that brings vaccine products: {"format": "products/1", "products": [PRODUCT, ...]}.

PRODUCT is {"code": "MENACTRA", "antigen": "MENACWY", "trade_name": "Menactra / Менактра", "latin_name": "Menactra",
"vaccine_type": "conjugate", "routes": ["intramuscular"], "sites": ["left_upper_arm"], "usable": true,
"sources": ["where this was read"], "note": ""} and may have the other columns of `models.Product`. The first route and
site are proposed to the vaccinator. `usable` false: only to describe a dose given elsewhere. `who_product_id` is set
only where the WHO prequalified this very presentation.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from registry.campaigns.intake import Natural, Part, Text, unique_codes
from registry.campaigns.models import VaccineType
from registry.vaccines.models import Route, Site


class ProductPart(Part):
    code: Text
    antigen: Text
    trade_name: Text
    latin_name: Text
    vaccine_type: VaccineType
    manufacturer: str | None = None
    dose_ml: Annotated[Decimal, Field(gt=0, le=5)] | None = None
    routes: list[Route] = Field(default_factory=list)
    sites: list[Site] = Field(default_factory=list)
    doses_per_container: Annotated[int, Field(gt=0)] = 1
    age_min_months: Natural | None = None
    age_max_years: Natural | None = None
    available_from: date | None = None
    available_until: date | None = None
    who_product_id: str | None = None
    atc: str | None = None
    cvx: str | None = None
    usable: bool
    sources: Annotated[list[Text], Field(min_length=1)]
    note: str = ""

    @model_validator(mode="after")
    def can_be_given_when_usable(self) -> Self:
        if self.usable and not (self.dose_ml and self.routes and self.sites):
            raise ValueError("a product that may be given needs dose_ml, routes and sites")
        return self


class ProductsDocument(Part):
    format: Literal["products/1"]
    products: list[ProductPart]

    @model_validator(mode="after")
    def codes_are_unique(self) -> Self:
        unique_codes("products", self.products)
        return self
