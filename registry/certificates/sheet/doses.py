"""A dose on the sheet: a table of what was given, and beside it the signed code that says the same."""

from registry.certificates.sheet.facts import SheetDose
from registry.certificates.sheet.lettering import WHITE, Pen
from registry.certificates.sheet.rows import HAIRLINE, MUTED, TEAL, Row, draw_row
from registry.certificates.sheet.wording import FIXED, LABELS, join_words, spell_date, spell_term

# 0.55 mm a module for the version 13 of an ordinary signed dose, and above 0.4 mm up to version 19.
SIGNED_CODE = 38
_BAR = 8.5
_SPACE = 7
# What a dose shows, and how tall each row is beside the others.
_SHARES = {
    "product": 1.0,
    "vaccine_type": 1.15,
    "lot": 0.92,
    "given_on": 0.92,
    "place": 1.5,
    "vaccinator": 1.0,
    "validity": 0.92,
}


def draw_dose(pen: Pen, dose: SheetDose, *, x: float, y: float, width: float, height: float) -> None:
    """One dose in a block of at least 50 mm: the table on the left, the code and what reads it on the right."""
    table = width - SIGNED_CODE - _SPACE
    pen.box(x, y, table, _BAR, fill=TEAL)
    disease = dose.disease
    pen.write(x + 3, y + 3.8, disease["en"], size=9.5, width=table - 46, bold=True, colour=WHITE)
    pen.write(x + 3, y + 7.1, join_words(disease, "ky", "ru"), size=6.8, width=table - 46, colour=WHITE)
    pen.write(x + table - 42, y + 5.7, disease["ar"], size=11, width=39, bold=True, colour=WHITE)
    _draw_table(pen, dose, Row(x, y + _BAR, table, height - _BAR, label=46, arabic=26))
    code_x = x + width - SIGNED_CODE
    pen.code(code_x, y, SIGNED_CODE, dose.signed_code)
    line = y + SIGNED_CODE + 4.6
    for language, words in FIXED["verify"]["signed"].items():
        size = 7.5 if language == "ar" else 5.3
        pen.write(code_x, line, words, size=size, width=SIGNED_CODE, colour=MUTED, centred=True)
        line += 2.55


def _draw_table(pen: Pen, dose: SheetDose, table: Row) -> None:
    kind, place = spell_term("vaccine_types", dose.vaccine_type), dose.place
    until = spell_date(dose.valid_until) if dose.valid_until else FIXED["open_ended"]["en"]
    values = {
        "product": f"{dose.product}, {dose.manufacturer}" if dose.manufacturer else dose.product,
        "vaccine_type": kind["en"],
        "lot": dose.lot,
        "given_on": spell_date(dose.given_on),
        "place": place["en"],
        "vaccinator": dose.vaccinator,
        "validity": f"{spell_date(dose.valid_from)} – {until}",
    }
    below = {
        "vaccine_type": (join_words(kind, "ky", "ru"),),
        "place": tuple(place[code] for code in ("ky", "ru") if code in place),
    }
    arabic = {"vaccine_type": kind.get("ar", ""), "place": place.get("ar", "")}
    y = table.y
    for name, share in _SHARES.items():
        row = table._replace(y=y, height=table.height * share / sum(_SHARES.values()))
        draw_row(pen, row, LABELS[name], values[name], below=below.get(name, ()), arabic=arabic.get(name, ""))
        y += row.height
        pen.rule(row.x, y, row.width, colour=HAIRLINE)
    pen.rule(table.x, y, table.width, colour=TEAL, weight=0.8)
