"""What to print: by point, day and group, or by a list of codes."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from registry.campaigns.models import VaccinationPoint
from registry.printing.rules import ORDER_WORDS, CodeList, Order, PrintRequest, Selection, read_codes
from registry.uploads.reading import refuse_pictures
from registry.web.bodies import MOST_FORM
from registry.web.fields import Choice, Chosen, DateBoxes, Hidden, LongText, Radios, Stated, Upload, Whole
from registry.web.forms import Form
from registry.web.languages import say

SHEETS, POCKET = "sheets", "pocket"
NOT_LISTED = "-"


class PrintForm(Form):
    """`counted` is filled on the page that says how many sheets it will be: sent from there, the print begins."""

    # The empty line of these two lists means all of them, so a choice that is not listed must not become it.
    point = Choice(
        _l("Vaccination point"),
        [Chosen(_l("Choose a point from the list, or all points."))],
        description=_l("Where the pilgrims were vaccinated."),
        validate_choice=False,
        default="",
        unchosen=NOT_LISTED,
    )
    day = DateBoxes(_l("Day of issue"), description=_l("For example 25 12 2025. Leave it empty for all days."))
    group = Choice(
        _l("Group"),
        [Chosen(_l("Choose a group from the list, or all groups."))],
        validate_choice=False,
        default="",
        unchosen=NOT_LISTED,
    )
    codes = LongText(
        _l("Certificate codes"),
        description=_l("One on each line: the twelve letters and digits printed on the paper, not a scanned QR code."),
        most=MOST_FORM,
    )
    file = Upload(_l("Or a file with the codes"), description=_l("A text or CSV file, one code on each line."))
    order = Radios(
        _l("Order of the pile"),
        choices=[(order.value, _l(words)) for order, words in ORDER_WORDS.items()],
        default=Order.GROUP.value,
    )
    paper = Radios(
        _l("What to print"),
        choices=[(SHEETS, _l("Certificates, one A4 sheet each")), (POCKET, _l("Pocket cards, eight on an A4 sheet"))],
        default=SHEETS,
    )
    counted = Hidden()

    def offer(self, points: Iterable[VaccinationPoint], groups: Iterable[str]) -> None:
        named = [(point.code, f"{say(point.settlement)}: {say(point.name)}") for point in points]
        self.point.choices = [("", _l("All points")), *named]
        self.group.choices = [("", _l("All groups")), *((name, name) for name in groups)]

    def listed(self) -> CodeList:
        """What was typed and what stands in the file, the typed codes first. Read the file once. Raises NotAList."""
        uploaded = self.file.data.read() if getattr(self.file.data, "filename", "") else b""
        refuse_pictures(uploaded, kinds="TXT, CSV")
        return read_codes(self.codes.data or "", uploaded.decode("utf-8-sig", "replace"))

    def print_request(self, listed: CodeList) -> PrintRequest:
        by_codes = bool(listed.codes or listed.unreadable)
        chosen = Selection(self.point.data, self.day.data, self.group.data, listed.codes, by_codes=by_codes)
        return PrintRequest(chosen, Order(self.order.data), pocket=self.paper.data == POCKET)


class AgainForm(Form):
    start = Whole(
        _l("First sheet to print again"),
        [Stated(_l("Write the number of the first sheet that is missing."))],
        description=_l("Its number stands in the first column of the list on top of the pile."),
    )
