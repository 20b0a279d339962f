"""The certificate on paper: one A4 sheet in Kyrgyz, Russian, English and Arabic, with its QR codes."""

from registry.certificates.facts import SheetDose, SheetFacts, Words
from registry.certificates.sheet.cover import CoverRow, count_cover_pages, render_cover
from registry.certificates.sheet.note import Contraindication, NoteFacts, render_note
from registry.certificates.sheet.page import render_sheet, render_sheets
from registry.certificates.sheet.pocket import render_pocket

__all__ = [
    "Contraindication",
    "CoverRow",
    "NoteFacts",
    "SheetDose",
    "SheetFacts",
    "Words",
    "count_cover_pages",
    "render_cover",
    "render_note",
    "render_pocket",
    "render_sheet",
    "render_sheets",
]
