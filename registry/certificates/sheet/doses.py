"""A dose on the sheet: a table of what was given, and beside it the signed code that says the same."""

from collections.abc import Callable, Mapping
from datetime import date

from registry.certificates.facts import SheetDose
from registry.certificates.sheet.lettering import WHITE, Cell
from registry.certificates.sheet.pen import Pen
from registry.certificates.sheet.rows import HAIRLINE, MUTED, TEAL, Row, Value, draw_row, in_languages
from registry.certificates.sheet.wording import PACKAGED, Template, join_words
from registry.clock import spell_date

# 0.53 mm a module for the version 14 of an ordinary signed dose, and above 0.4 mm up to version 19.
SIGNED_CODE = 39
_BAR = 8.5
_UNTIL = "codes_until"
_SPACE = 6.5
# How tall a row is beside the others; a vaccination point has a long name in three languages.
_SHARES = {"vaccine_type": 1.1, "place": 1.75}


def draw_dose(
    pen: Pen, dose: SheetDose, *, x: float, y: float, width: float, height: float, codes_until: date | None = None
) -> None:
    """One dose in a block of at least 50 mm: the table on the left, the code and what reads it on the right.

    `codes_until`: the last day on which the code can be checked offline, where the certificate counts for longer.
    """
    table = width - SIGNED_CODE - _SPACE
    pen.box(x, y, table, _BAR, fill=TEAL)
    first, *others = pen.template.order.value
    names = Cell(x + 3, y + 3.8, table - 46, 9.5, bold=True, colour=WHITE)
    pen.fixed(dose.disease["ar"], Cell(x + table - 42, y + 5.7, 39, 11, bold=True, colour=WHITE))
    pen.fixed(dose.disease.get(first, dose.disease["en"]), names)
    pen.fixed(join_words(dose.disease, others), names._replace(y=y + 7.1, size=6.8, bold=False))
    _draw_table(pen, dose, Row(x, y + _BAR, table, height - _BAR, label=47.5, arabic=24, share=0.68), codes_until)
    code_x = x + width - SIGNED_CODE
    pen.code(code_x, y, SIGNED_CODE, dose.signed_code)
    line, verify = y + SIGNED_CODE + 4, pen.template.words("verify", "signed")
    for language in pen.template.order.paragraph:
        size = 7.5 if language == "ar" else 6
        cell = Cell(code_x - 4, line, SIGNED_CODE + 4.5, size, colour=MUTED, centred=True)
        pen.fixed(verify[language], cell)
        line += 2.45


def _draw_table(pen: Pen, dose: SheetDose, table: Row, codes_until: date | None) -> None:
    rows = [(name, DOSE_VALUES[name](dose, pen.template)) for name in pen.template.order.dose]
    if codes_until is not None:
        rows.append((_UNTIL, Value(spell_date(codes_until), shared=True)))
    whole = sum(_SHARES.get(name, 1) for name, _value in rows)
    labels, y = {_UNTIL: PACKAGED.labels[_UNTIL], **pen.template.labels}, table.y
    for name, value in rows:
        row = table._replace(y=y, height=table.height * _SHARES.get(name, 1) / whole)
        draw_row(pen, row, labels[name], value)
        y += row.height
        pen.rule(row.x, y, row.width, colour=HAIRLINE)
    pen.rule(table.x, y, table.width, colour=TEAL, weight=0.8)


def _product(dose: SheetDose, _: Template) -> Value:
    return Value(f"{dose.product}, {dose.manufacturer}" if dose.manufacturer else dose.product, shared=True)


def _validity(dose: SheetDose, template: Template) -> Value:
    until = spell_date(dose.valid_until) if dose.valid_until else template.words("open_ended")["en"]
    return Value(f"{spell_date(dose.valid_from)} – {until}", shared=True)


DOSE_VALUES: Mapping[str, Callable[[SheetDose, Template], Value]] = {
    "product": _product,
    "vaccine_type": lambda dose, template: in_languages(template.term("vaccine_types", dose.vaccine_type), template),
    "lot": lambda dose, _: Value(dose.lot, shared=True),
    "given_on": lambda dose, _: Value(spell_date(dose.given_on), shared=True),
    "place": lambda dose, template: in_languages(dose.place, template, apart=True),
    "vaccinator": lambda dose, _: Value(dose.vaccinator, shared=True),
    "validity": _validity,
}
