"""The certificate on paper: one A4 sheet in Kyrgyz, Russian, English and Arabic, with its QR codes."""

from registry.certificates.sheet.facts import SheetDose, SheetFacts, Words
from registry.certificates.sheet.page import render_sheet

__all__ = ["SheetDose", "SheetFacts", "Words", "render_sheet"]
