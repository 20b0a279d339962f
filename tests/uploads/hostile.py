"""Workbooks that cost more than they weigh."""

import io
import random
import zipfile

import openpyxl

SHEET, STRINGS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
PARTS = {"strings": STRINGS, "styles": STYLES}
TYPES = "[Content_Types].xml"
SHARED_TYPE = (
    b'<Override PartName="/xl/sharedStrings.xml" '
    b'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def cells(rows: int, columns: int, cell: str = '<c t="n"><v>12345</v></c>', **more: str | bytes) -> bytes:
    return workbook(sheet("".join(f"<row>{cell * columns}</row>" for _ in range(rows))), **more)


def sheet(rows: str) -> str:
    return f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"


def unseen_cells(many: int = 330_000) -> bytes:
    """Cells, in two bytes a letter, so that counting letters finds none; of different numbers: not dense."""
    numbers = random.Random(1)
    row = "".join(f"<c><v>{numbers.randrange(10**9)}</v></c>" for _ in range(many))
    return workbook(sheet(f"<row>{row}</row>").encode("utf-16"))


def strings(many: str) -> str:
    return f"<sst {MAIN}>{many}</sst>"


def workbook(content: str | bytes, **parts: str | bytes) -> bytes:
    """A real workbook of one sheet with parts put in the place of its own; padded, so that it is not too dense."""
    plain, file = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(plain)
    put = {
        STRINGS: strings(""),
        SHEET: content,
        **{{"strings": STRINGS, "styles": STYLES}[name]: part for name, part in parts.items()},
    }
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        kept = {name: old.read(name) for name in old.namelist()}
        kept[TYPES] = kept[TYPES].replace(b"</Types>", SHARED_TYPE + b"</Types>")
        for name, part in {**kept, **put}.items():
            raw = part.encode() if isinstance(part, str) else part
            new.writestr(name, raw, zipfile.ZIP_STORED if len(raw) < 1_500_000 else zipfile.ZIP_DEFLATED, 1)
    return file.getvalue()
