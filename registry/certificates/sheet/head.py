"""The upper half of the sheet: what it is, whose it is, and the days on which the requirements are met."""

from collections.abc import Callable, Mapping
from datetime import date

from registry.certificates.facts import Person, SheetFacts, Words
from registry.certificates.sheet.lettering import INK, WHITE, Cell, measure
from registry.certificates.sheet.pen import Pen
from registry.certificates.sheet.rows import (
    CAPITAL,
    HAIRLINE,
    MARGIN,
    MUTED,
    RED,
    TEAL,
    TINT,
    WIDTH,
    Row,
    Value,
    draw_arabic_label,
    draw_label,
    draw_row,
    in_languages,
)
from registry.certificates.sheet.wording import Template, join_words, spell_code
from registry.clock import spell_date

# Below this size one line in all languages is no longer read: each language then gets its own.
_ONE_LINE = 7


def draw_title(pen: Pen, title: Words) -> None:
    """What the paper is, largest in the first language, below the country whose paper it is."""
    first, *others = pen.template.order.value
    country = pen.template.words("country")
    pen.fixed(join_words(country, [*others, first]), Cell(MARGIN, 18.4, 125, 8, colour=MUTED))
    pen.fixed(country["ar"], Cell(MARGIN + 128, 18.4, 50, 10, colour=MUTED))
    pen.fixed(join_words(title, others), Cell(MARGIN, 25.4, 120, 12.5, bold=True, colour=TEAL))
    pen.fixed(title[first], Cell(MARGIN, 33, 120, 20, bold=True, colour=TEAL))
    pen.fixed(title["ar"], Cell(MARGIN + 122, 30.5, 56, 25, bold=True, colour=TEAL))


def draw_heading(pen: Pen, facts: SheetFacts) -> float:
    draw_title(pen, pen.template.words("title"))
    first, *others = pen.template.order.value
    y = _draw_campaign(pen, facts.campaign_title, [*others, first]) + 2.2
    code = Row(MARGIN + 3, y, 104, 10, label=45, arabic=17)
    issued = Row(MARGIN + 110, y, 65, 10, label=31, arabic=14)
    pen.box(MARGIN, y, WIDTH, code.height, fill=TINT)
    labels = pen.template.labels
    draw_row(pen, code, labels["code"], Value(spell_code(facts.code)), size=13)
    draw_row(pen, issued, labels["issued_on"], Value(spell_date(facts.issued_on), shared=True))
    y += code.height
    if not facts.replaces:
        return y
    older, day = facts.replaces
    row = Row(code.x, y, WIDTH - 6, 6, label=45, arabic=28)
    draw_row(pen, row, labels["replaces"], Value(f"{spell_code(older)} · {spell_date(day)}"))
    return y + row.height


def _draw_campaign(pen: Pen, campaign: Words, languages: list[str]) -> float:
    """What was prepared for, on one line where it is short; returns the last baseline."""
    cell = Cell(MARGIN, 38.4, 125, 8, colour=MUTED)
    if "ar" in campaign:
        pen.fixed(campaign["ar"], Cell(MARGIN + 128, cell.y, 50, 10, colour=MUTED))
    line = join_words(campaign, languages)
    if measure(line, cell)[1] >= _ONE_LINE:
        pen.fixed(line, cell)
        return cell.y
    y = 37.6
    for number, language in enumerate(filter(campaign.__contains__, languages)):
        y = 37.6 + number * 2.9
        pen.fixed(campaign[language], cell._replace(y=y, size=7))
    return y


def draw_person(pen: Pen, facts: Person, y: float) -> float:
    """The Latin name first and largest: it is what an officer compares with the passport."""
    y += _draw_name(pen, facts, y)
    left = Row(MARGIN, y, 92, 7, label=47, arabic=19)
    right = Row(MARGIN + 97, y, 81, 7, label=31, arabic=12, share=0.55)
    names = pen.template.order.person
    for first in range(0, len(names), 2):
        pen.rule(MARGIN, y, WIDTH, colour=HAIRLINE)
        for row, name in zip((left, right), names[first : first + 2], strict=False):
            value = PERSON_VALUES[name](facts, pen.template)
            draw_row(pen, row._replace(y=y), pen.template.labels[name], value)
        y += left.height
    return y


def _draw_name(pen: Pen, facts: Person, y: float) -> float:
    """Returns the height: three lines of sixty letters take more than one."""
    latin = Cell(MARGIN + 47, 0, 110, 16, bold=True, lines=3)
    cyrillic = latin._replace(size=10, bold=False)
    upper, upper_size = measure(facts.latin_name, latin)
    lower, lower_size = measure(facts.cyrillic_name, cyrillic)
    height = max(15, upper + lower + 1.5)
    top = y + (height - upper - lower) / 2
    label = pen.template.labels["name"]
    row = Row(MARGIN, y, WIDTH, height, label=47, arabic=20)
    draw_arabic_label(pen, row, label)
    draw_label(pen, MARGIN, y + height / 2, label, width=row.label - 2)
    pen.write(facts.latin_name, latin._replace(y=top + upper / 2 + upper_size * CAPITAL / 2))
    pen.write(facts.cyrillic_name, cyrillic._replace(y=top + upper + lower / 2 + lower_size * CAPITAL / 2))
    return height


def _nationality(facts: Person, template: Template) -> Value:
    """The passport's own three letters lead in every language."""
    state = template.term("nationalities", facts.nationality)
    words = join_words(state, template.order.value[1:])
    return Value(facts.nationality, () if words == facts.nationality else (words,), state.get("ar", ""), shared=True)


PERSON_VALUES: Mapping[str, Callable[[Person, Template], Value]] = {
    "passport_number": lambda facts, _: Value(facts.passport_number),
    "nationality": _nationality,
    "birth_date": lambda facts, _: Value(spell_date(facts.birth_date, facts.birth_precision)),
    "sex": lambda facts, template: in_languages(template.term("sexes", facts.sex), template),
}


def draw_entry(pen: Pen, facts: SheetFacts, y: float) -> float:
    """The two dates a pilgrim and an airline ask for, larger than anything but the title."""
    height = 18.5
    pen.box(MARGIN, y, WIDTH, height, edge=TEAL, weight=1.6)
    for number, (name, day) in enumerate((("from", facts.entry_from), ("until", facts.entry_until))):
        x, words = MARGIN + 4 + number * WIDTH / 2, pen.template.words("entry", name)
        draw_label(pen, x, y + 4.7, words, width=83, size=7, colour=INK)
        pen.fixed(words["ar"], Cell(x + 51, y + (15 if day else 10.5), 30, 12.5, bold=True, colour=TEAL))
        if day:
            pen.fixed(spell_date(day), Cell(x, y + 15.6, 50, 21, bold=True, colour=TEAL))
        else:
            _draw_endless(pen, x, y)
    pen.post(MARGIN + WIDTH / 2, y + 3, height - 6, colour=HAIRLINE, weight=0.6)
    return y + height


def _draw_endless(pen: Pen, x: float, y: float) -> None:
    words, (first, *others) = pen.template.words("open_ended"), pen.template.order.value
    pen.fixed(words[first], Cell(x, y + 12.5, 50, 13, bold=True, colour=TEAL))
    pen.fixed(join_words(words, others), Cell(x, y + 16.4, 50, 8.5, bold=True, colour=TEAL))
    pen.fixed(words["ar"], Cell(x + 51, y + 16.4, 30, 11, bold=True, colour=TEAL))


def find_notice(facts: SheetFacts) -> str | None:
    """Which words to say when the journey lies outside the days on which the requirements are met."""
    planned = facts.planned_arrival
    if planned and planned < facts.entry_from:
        return "too_early"
    if planned and facts.entry_until and planned > facts.entry_until:
        return "too_late"
    return None


def draw_notice(pen: Pen, facts: SheetFacts, notice: str, arrival: date, y: float) -> float:
    """What a pilgrim must not overlook: red, but also framed and bold for a grey printer."""
    height = 17
    pen.box(MARGIN, y, WIDTH, height, fill=WHITE, edge=RED, weight=1.8)
    words = pen.template.words("entry", notice)
    for number, language in enumerate(pen.template.order.paragraph):
        arabic = language == "ar"
        line = y + 4 + number * 3.3 + (1 if arabic else 0)
        pen.fixed(words[language], Cell(MARGIN + 4, line, 118, 10 if arabic else 7.6, bold=True, colour=RED))
    label = pen.template.words("entry", "assumed" if facts.arrival_assumed else "planned")
    pen.fixed(label["ar"], Cell(MARGIN + 124, y + 15, 44, 8.5, colour=RED))
    draw_label(pen, MARGIN + 124, y + 4.2, label, width=52.5, size=6.4, colour=RED)
    pen.fixed(spell_date(arrival), Cell(MARGIN + 124, y + 11.2, 44, 12, bold=True, colour=RED))
    return y + height
