"""The certificate in the size of a bank card: eight fronts on one A4 page, their backs on the next."""

from collections.abc import Sequence
from io import BytesIO

from registry.certificates.sheet.facts import SheetFacts
from registry.certificates.sheet.page import render_sheets


def render_pocket(cards: Sequence[SheetFacts]) -> bytes:
    """Front pages and back pages in turn, for two-sided printing turned on the long edge."""
    paper = BytesIO()
    render_sheets(cards, paper, title="Vaccination certificate")
    return paper.getvalue()
