"""Pictures of papers, looked at by eye and kept: `python -m tests.certificates.pictures` draws them anew."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
from PIL import Image

from registry.certificates.sheet import (
    Contraindication,
    CoverRow,
    NoteFacts,
    render_cover,
    render_note,
    render_pocket,
    render_sheet,
)
from tests.certificates.sheets import AIGUL, LONGEST, SEVEN_DOSES, TRAINING

FOLDER = Path(__file__).parent / "pictures"
_DPI = 75

OPEN_ENDED = replace(
    AIGUL,
    entry_until=None,
    birth_precision="year",
    cyrillic_name="Асанбекова Айгүл",
    doses=tuple(replace(dose, valid_until=None) for dose in AIGUL.doses),
)
FOUR_DOSES = replace(SEVEN_DOSES, doses=SEVEN_DOSES.doses[:4])
POCKET = render_pocket([AIGUL, LONGEST, TRAINING, SEVEN_DOSES, OPEN_ENDED])
COVER = render_cover(
    [
        CoverRow(number, facts.latin_name, facts.passport_number, facts.code, number + 1, group)
        for number, (facts, group) in enumerate(
            [(AIGUL, "Нарын 3"), (LONGEST, "Ак-Мечит, Ысык-Көл"), (AIGUL, "")] * 3, 1
        )
    ],
    title="Naryn · 23 DEC 2025",
    order="By point, then by surname in Latin letters",
    made_at=datetime(2025, 12, 23, 10, tzinfo=UTC),
    by="Osmonova G.",
)

NOTE = render_note(
    NoteFacts(
        latin_name=AIGUL.latin_name,
        cyrillic_name=AIGUL.cyrillic_name,
        birth_date=AIGUL.birth_date,
        birth_precision="day",
        sex=AIGUL.sex,
        nationality=AIGUL.nationality,
        passport_number=AIGUL.passport_number,
        authority=AIGUL.authority,
        contraindications=[
            Contraindication(dose.disease, dose.given_on, "A. OKUUBAEV", "А. Окуубаев", dose.place)
            for dose in AIGUL.doses
        ],
        printed_on=AIGUL.issued_on,
        training=True,
    )
)

CASES: Mapping[str, tuple[bytes, int]] = {
    "ordinary": (render_sheet(AIGUL), 0),
    "long-names-replaced-early": (render_sheet(LONGEST), 0),
    "open-ended-year-of-birth": (render_sheet(OPEN_ENDED), 0),
    "training": (render_sheet(TRAINING), 0),
    "four-doses-second-page": (render_sheet(FOUR_DOSES), 1),
    "pocket-fronts": (POCKET, 0),
    "pocket-backs": (POCKET, 1),
    "cover": (COVER, 0),
    "doctors-note": (NOTE, 0),
}


def draw(name: str) -> Image.Image:
    """The page as a grey printer gives it."""
    paper, page = CASES[name]
    document = pypdfium2.PdfDocument(paper)
    try:
        picture: Image.Image = document[page].render(scale=_DPI / 72, grayscale=True).to_pil()
    finally:
        document.close()
    return picture


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for case in CASES:
        draw(case).quantize(64).save(FOLDER / f"{case}.png", optimize=True)
