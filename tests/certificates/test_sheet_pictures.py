"""Papers against pictures of them that were looked at by eye."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from registry.certificates.sheet import render_sheet
from tests.certificates import pictures
from tests.certificates.sheets import AIGUL

TILE = 9
# Of 255, in the tile that differs most: the fewer greys of the stored pictures make 2, another digit 11.
TOLERATED = 8


def difference(one: Image.Image, other: Image.Image) -> float:
    """How much the most different tile of two pictures differs, on average over its dots."""
    assert one.size == other.size
    apart = np.abs(np.asarray(one, dtype=float) - np.asarray(other, dtype=float))
    rows, columns = (length // TILE for length in apart.shape)
    tiles = apart[: rows * TILE, : columns * TILE].reshape(rows, TILE, columns, TILE)
    return float(tiles.mean(axis=(1, 3)).max())


def stored(name: str) -> Image.Image:
    return Image.open(pictures.FOLDER / f"{name}.png").convert("L")


@pytest.mark.parametrize("name", pictures.CASES)
def test_a_paper_looks_as_it_did_when_somebody_looked_at_it(name: str) -> None:
    assert difference(pictures.draw(name), stored(name)) < TOLERATED


@pytest.mark.parametrize(
    "changed",
    [
        {"latin_name": "ASANBEKOVA AIGUI"},
        {"passport_number": "PE0012346"},
        {"authority": {**AIGUL.authority, "ar": "وزارة الحج في جمهورية قيرغيزستان"}},
        {"training": True},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_the_comparison_sees_one_letter(monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any]) -> None:
    other = render_sheet(replace(AIGUL, **changed))
    monkeypatch.setattr(pictures, "CASES", {"ordinary": (other, 0)})
    assert difference(pictures.draw("ordinary"), stored("ordinary")) > TOLERATED
