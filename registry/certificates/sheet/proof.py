"""Proof that a template still shows all that a certificate must show: sample papers are printed, then read again."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any, NamedTuple

import pypdfium2
import zxingcpp

from registry.certificates.facts import SheetDose, SheetFacts, Words
from registry.certificates.sheet.doses import DOSE_VALUES
from registry.certificates.sheet.head import PERSON_VALUES
from registry.certificates.sheet.page import draw_sheet
from registry.certificates.sheet.pdf import Document
from registry.certificates.sheet.pen import SMALLEST, Pen
from registry.certificates.sheet.pocket import draw_pocket
from registry.certificates.sheet.template import LANGUAGES
from registry.certificates.sheet.wording import Template

_DPI = 150
_WORD = re.compile(r"\w+")


def _dose(number: int) -> SheetDose:
    """Facts that occur nowhere else on the paper."""
    return SheetDose(
        disease={language: f"{word}{number}" for language, word in zip(LANGUAGES, _PROBES, strict=True)},
        product=f"Product{number}",
        manufacturer=f"Maker{number}",
        vaccine_type="conjugate",
        lot=f"LOT{number}",
        given_on=date(2031, 1, number),
        place={language: f"Place{number}{language}" for language in ("ky", "ru", "en")},
        vaccinator=f"Vaccinator{number}",
        valid_from=date(2031, 2, number),
        valid_until=date(2031, 3, number),
        signed_code=f"HC1:{number}" + "A1B2C3D4E5" * 45,
    )


_PROBES = ("Ооруу", "Болезнь", "Disease", "مرض")
_SAMPLE = SheetFacts(
    latin_name="PROBE SURNAME GIVEN",
    cyrillic_name="Фамилия Имя Отчество",
    birth_date=date(1968, 4, 1),
    sex="female",
    nationality="KGZ",
    passport_number="PE7654321",
    campaign_title={"ky": "Өнөктүк", "ru": "Кампания", "en": "Campaign", "ar": "حملة"},
    code="7K3M9QXD2RTB",
    verify_url="https://verify.example.kg/v/AbCdEfGhIjKlMnOpQrStUv",
    issued_on=date(2031, 5, 1),
    authority={"ky": "Бийлик", "ru": "Ведомство", "en": "Authority", "ar": "السلطة"},
    entry_from=date(2031, 6, 1),
    entry_until=date(2031, 7, 1),
    doses=tuple(map(_dose, range(1, 4))),
    planned_arrival=date(2031, 5, 31),
    replaces=("ABCDEFGHJKLM", date(2031, 8, 1)),
    training=True,
)
# What the first does not show: the other notice, an open end, an arrival nobody stated.
_LATE = replace(
    _SAMPLE,
    doses=_SAMPLE.doses[:1],
    planned_arrival=date(2031, 7, 2),
    arrival_assumed=True,
    replaces=None,
    training=False,
    codes_until=date(2031, 6, 30),
)
_ENDLESS = replace(_LATE, planned_arrival=None, entry_until=None, sex="male")

_OF_POCKET = {
    "the name in Latin letters": "PROBE SURNAME GIVEN",
    "the passport number": "PE7654321",
    "the date of birth": "01 APR 1968",
    "the certificate code": "7K3M-9QXD-2RTB",
    "the first day of entry": "01 JUN 2031",
    "the last day of entry": "01 JUL 2031",
    "a dose's disease": "Disease2",
    "a dose's vaccine": "Product2",
    "a dose's lot": "LOT2",
    "a dose's day": "02 JAN 2031",
    "a dose's first and last day": "02 FEB 2031 – 02 MAR 2031",
}
_OF_SHEET = {
    **_OF_POCKET,
    "the name in Cyrillic letters": "Фамилия Имя Отчество",
    "the nationality": "KGZ",
    "the date of issue": "01 MAY 2031",
    "the planned arrival": "31 MAY 2031",
    "the certificate it replaces": "ABCD-EFGH-JKLM · 01 AUG 2031",
    "the address that checks it": "https://verify.example.kg/v/AbCdEfGhIjKlMnOpQrStUv",
    "a dose's manufacturer": "Maker2",
    "a dose's vaccinator": "Vaccinator2",
    "the third dose": "Disease3",
    **{f"the campaign in {name}": _SAMPLE.campaign_title[language] for language, name in LANGUAGES.items()},
    **{f"the authority in {name}": _SAMPLE.authority[language] for language, name in LANGUAGES.items()},
    **{f"a dose's disease in {name}": _SAMPLE.doses[1].disease[language] for language, name in LANGUAGES.items()},
    **{
        f"a dose's vaccination point in {LANGUAGES[language]}": name
        for language, name in _SAMPLE.doses[1].place.items()
    },
}
# What a sample has no use for.
_UNUSED = ("order", "cover", "pocket.more", "nationalities", "sexes")


class _Paper(NamedTuple):
    """What can be read from a printed sample."""

    text: str
    codes: set[str]
    crowded: set[str]


def prove(template: Template) -> list[str]:
    """What a certificate must show and this template does not, in a sentence each."""
    codes = {_SAMPLE.verify_url: "the address", **{dose.signed_code: "a signed dose" for dose in _SAMPLE.doses}}
    sheet = _read_back(template, draw_sheet, [_SAMPLE, _LATE, _ENDLESS, _with_all_terms(template)], codes)
    codes_of_card = {_SAMPLE.verify_url, _SAMPLE.doses[0].signed_code}
    pocket = _read_back(template, lambda pen, facts: draw_pocket(pen, [facts]), [_SAMPLE, _ENDLESS], codes_of_card)
    terms = {"the sex": ("sexes", "male"), "a dose's type of vaccine": ("vaccine_types", "conjugate")}
    facts = _OF_SHEET | {name: template.term(*term)["en"] for name, term in terms.items()}
    return [
        *(f"The sheet does not show {name}." for name, text in facts.items() if not _shows(sheet, text)),
        *(f"The pocket card does not show {name}." for name, text in _OF_POCKET.items() if not _shows(pocket, text)),
        *(f"The code of {name} cannot be read." for code, name in codes.items() if code not in sheet.codes),
        *([] if codes_of_card <= pocket.codes else ["The codes of the pocket card cannot be read."]),
        *_missing_words(template, sheet, pocket),
        *(
            f"There is no room for {words!r}: its letters would be smaller than {SMALLEST} points. Use shorter words."
            for words in sorted(sheet.crowded | pocket.crowded)
        ),
    ]


def _with_all_terms(template: Template) -> SheetFacts:
    kinds = template.content["vaccine_types"]
    return replace(_LATE, doses=tuple(replace(_SAMPLE.doses[0], vaccine_type=kind) for kind in kinds))


def _read_back(
    template: Template,
    draw: Callable[[Pen, SheetFacts], None],
    samples: Iterable[SheetFacts],
    expected: Iterable[str],
) -> _Paper:
    """Pages are looked at as pictures until all codes were seen: each picture takes a tenth of a second."""
    paper = BytesIO()
    document = Document(paper, about={})
    pen = Pen(document, template)
    for facts in samples:
        draw(pen, facts)
    document.close()
    texts, codes = [], set[str]()
    pdf = pypdfium2.PdfDocument(paper.getvalue())
    for page in pdf:
        texts.append(page.get_textpage().get_text_range())
        if not codes.issuperset(expected):
            picture = page.render(scale=_DPI / 72, grayscale=True).to_pil()
            codes |= {code.text for code in zxingcpp.read_barcodes(picture)}
    pdf.close()
    return _Paper("\n".join(texts), codes, pen.crowded)


def _shows(paper: _Paper, text: str) -> bool:
    """Whether these words follow each other; lines may break between them."""
    words = r"\W+".join(map(re.escape, _WORD.findall(text)))
    return re.search(rf"(?<!\w){words}(?!\w)", paper.text) is not None


def _missing_words(template: Template, sheet: _Paper, pocket: _Paper) -> Iterator[str]:
    left_out = {f"labels.{name}" for name in (*PERSON_VALUES, *DOSE_VALUES)} - {
        f"labels.{name}" for name in (*template.order.person, *template.order.dose)
    }
    for language, name in LANGUAGES.items():
        missing = {
            path: words[language]
            for path, words in _words_of(template.content)
            if path not in left_out and not _shows(pocket if path.startswith("pocket") else sheet, words[language])
        }
        labels = {path for path in missing if path.startswith("labels.")}
        if len(labels) > len(template.labels) // 2:
            yield f"The labels are not shown in {name}."
            missing = {path: text for path, text in missing.items() if path not in labels}
        for path, text in missing.items():
            yield f"The words of {path} are not shown in {name}: {text!r}."


def _words_of(node: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Words]]:
    """Every set of words that a certificate prints, by its path."""
    for key, below in node.items():
        place = f"{path}.{key}".lstrip(".")
        if place in _UNUSED:
            continue
        if "en" in below:
            yield place, below
        else:
            yield from _words_of(below, place)
