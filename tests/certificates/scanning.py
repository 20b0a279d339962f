"""Sheets as a scanner meets them: `python -m tests.certificates.scanning --count 500`.

Random certificates are rendered at 100, 150 and 200 dpi in grey, turned by up to 15 degrees, blurred, printed at 96 to
103 % of their size; then their codes are read. Exit code 1 unless all are read at 150 dpi and above.
"""

import argparse
import random
import string
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from PIL import Image, ImageFilter

from registry.certificates.sheet import SheetFacts
from tests.certificates.sheets import (
    AIGUL,
    INFLUENZA,
    LONGEST,
    MENINGOCOCCAL,
    codes_in,
    picture_of,
    signed_text,
)

# Below this nobody promises that a code is read.
SURE = 150
NAMES = ("ASANBEKOVA AIGUL", "UULU BAKYT", LONGEST.latin_name, "OSMONOV TILEK", "ABDYLDAEVA-MAMYTOVA NURZHAMAL")


class Look(NamedTuple):
    """How a paper was printed and held: dots per inch, degrees, radius of the blur in dots, share of its size."""

    dpi: int
    turned: float = 0
    blurred: float = 0
    scaled: float = 1


def random_facts(seed: int) -> SheetFacts:
    """A certificate with signed codes as long as real ones, 460 letters as a rule and 590 at most."""
    chance = random.Random(seed)
    doses = tuple(
        replace(dose, lot=f"L{seed}", signed_code=signed_text(seed * 3 + number, chance.choice([460, 470, 490, 590])))
        for number, dose in enumerate((MENINGOCOCCAL, INFLUENZA))
    )
    token = "".join(chance.choices(string.ascii_letters + string.digits + "-_", k=22))
    return replace(
        AIGUL,
        latin_name=chance.choice(NAMES),
        verify_url=f"https://verify.example.kg/v/{token}",
        training=chance.random() < 0.3,
        planned_arrival=AIGUL.entry_from - timedelta(days=chance.randint(-5, 5)),
        doses=doses,
    )


def looks(seed: int) -> Iterator[Look]:
    chance = random.Random(seed)
    for dpi in (100, 150, 200):
        yield Look(dpi)
        yield Look(dpi, chance.uniform(0, 15), chance.uniform(0, dpi / 250), chance.uniform(0.96, 1.03))


def seen(facts: SheetFacts, look: Look, page: int = 0) -> Image.Image:
    picture = picture_of(facts, round(look.dpi * look.scaled), page)
    if look.turned:
        picture = picture.rotate(look.turned, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    return picture.filter(ImageFilter.GaussianBlur(look.blurred)) if look.blurred else picture


def unread(facts: SheetFacts, look: Look) -> set[str]:
    """The codes of the sheet's first page that a reader does not find."""
    expected = {facts.verify_url, *(dose.signed_code for dose in facts.doses[:2])}
    return expected - codes_in(seen(facts, look))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=500)
    count = options.parse_args().count
    shown, lost = Counter[tuple[int, bool]](), Counter[tuple[int, bool]]()
    for seed in range(count):
        facts = random_facts(seed)
        for look in looks(seed):
            kind = (look.dpi, bool(look.turned))
            missing = unread(facts, look)
            shown[kind] += 3
            lost[kind] += len(missing)
            if missing and look.dpi >= SURE:
                print(f"certificate {seed}, {look}: {sorted(missing)}")  # noqa: T201 - a command's answer
    for (dpi, turned), codes in sorted(shown.items()):
        how = "turned, blurred and scaled" if turned else "straight"
        print(f"{dpi} dpi, {how}: {codes - lost[dpi, turned]} of {codes} codes read")  # noqa: T201
    return int(any(lost[kind] for kind in lost if kind[0] >= SURE))


if __name__ == "__main__":
    sys.exit(main())
