"""Room F5's neighbour: a vial whose lot is on hold says so when it is scanned, and is chosen by no scan."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page
from sqlmodel import Session, select

from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.vaccines.models import HoldKind, Lot
from registry.vaccines.services import hold_lot
from tests.factories import NOW
from tests.room.scans.steps import GS1, LOT, OTHER_LOT, said
from tests.scanner import ORIGIN, Keyboard

pytestmark = pytest.mark.browser
WHY = "The lid of the box was open all night, and nobody knows how warm it was. Look at the monitor, ask the region."


def test_a_scanned_vial_of_a_lot_on_hold_says_why(
    session: Session, page: Page, keyboard: Keyboard, pilgrim: Pilgrim
) -> None:
    lots = {lot.number: lot for lot in session.exec(select(Lot))}
    hold_lot(session, lots[LOT], HoldKind.QUARANTINE, WHY, by=new_id(), at=NOW)
    hold_lot(session, lots[OTHER_LOT], HoldKind.RECALL, "The maker's letter", by=new_id(), at=NOW - timedelta(days=3))
    hold_lot(session, lots["FLU0001"], HoldKind.RECALL, "Letter 2", by=new_id(), at=NOW - timedelta(days=3))
    session.commit()
    page.goto(f"{ORIGIN}/pilgrims/{pilgrim.id}/visit")
    for scan, why in (
        (f"{GS1}\n", WHY),
        (f"{LOT}\n", f"Lot {LOT} is on hold since 25.12.2025 10:00 (In quarantine"),
        (f"{OTHER_LOT}\n", "(Recalled"),
        ("FLU0001\n", "Letter 2"),  # no lot of this vaccine is left to choose from
        ("UMN0009Z\n", "No lot that can be used here has this number"),
    ):
        page.focus("[name=identity_checked]")
        keyboard.scan(scan)
        said(page, why)
        assert page.input_value("[name=menacwy-lot]") == ""
        page.keyboard.press("Escape")
