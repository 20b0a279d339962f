"""The process that reads one file: `python -I child.py`. It imports nothing of the registry, so it starts in 20 ms.

In: a line of JSON with the limits, then the file. Out: a line of JSON for each row that is not blank, [number, cells],
and at the end "end", or why the file was refused: "unreadable", "too large". It writes nowhere and is told no secret.
"""

import csv
import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import Any

MAX_RATIO, MAX_ENTRIES = 100, 50
TOP = 10  # lines that show what stands between cells
CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
ROW_END = re.compile(rb"</(?:\w+:)?row\s*>")
STRING = re.compile(rb"<(?:\w+:)?si[\s/>]")


class TooLarge(Exception):  # noqa: N818 - a fact
    pass


def limit_process(limits: Mapping[str, int]) -> None:
    """Before anything of the file is looked at. A process over its time is killed by the kernel."""
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu"], limits["cpu"] + 1))
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    for nothing in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(nothing, (0, 0))


def read_rows(content: bytes, limits: Mapping[str, int]) -> Iterator[Sequence[str]]:
    """Every row, blank ones too: their numbers count."""
    return workbook_rows(content, limits) if content.startswith(b"PK\x03\x04") else text_rows(content, limits)


def workbook_rows(content: bytes, limits: Mapping[str, int]) -> Iterator[Sequence[str]]:
    refuse_flood(content, limits)
    sys.modules["numpy"] = None  # type: ignore[assignment]  # loaded for types that no file brings, if it is there
    openpyxl = import_module("openpyxl")
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
    sheet.reset_dimensions()  # what a file says of its own size may be wrong: rows below it were lost
    for row in sheet.iter_rows(min_row=1, values_only=True):
        yield [cell_text(value) for value in row[: limits["columns"]]]


def refuse_flood(content: bytes, limits: Mapping[str, int]) -> None:
    """By what the parts say of themselves, then by what is counted in them: reading a cell takes 30 us."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    dense = any(entry.file_size > MAX_RATIO * max(entry.compress_size, 1) for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > limits["unpacked"] or dense:
        raise TooLarge
    for entry in entries:
        part = archive.read(entry) if entry.filename.endswith(".xml") else b""
        if "worksheets/" in entry.filename:
            counts = [len(CELL.findall(row)) for row in ROW_END.split(part)]
            if max(counts) > limits["row_cells"] or sum(counts) > limits["cells"]:
                raise TooLarge
        if len(STRING.findall(part)) > limits["strings"]:
            raise TooLarge


def refuse_more(left: int) -> None:
    """Cells may share one long text: what is unpacked is not all that is written."""
    if left < 0:
        raise TooLarge


def cell_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a PIN or telephone that the spreadsheet took for a quantity
    return "" if value is None else str(value)


def text_rows(content: bytes, limits: Mapping[str, int]) -> Iterator[Sequence[str]]:
    """CSV as spreadsheets of this country write it: comma, semicolon or tab; UTF-8, UTF-16 or Windows Cyrillic."""
    encoding = "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1251", errors="replace")
    top = "\n".join(text.splitlines()[:TOP])
    delimiter = max("\t;,", key=top.count)
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        if len(row) > limits["row_cells"]:
            raise TooLarge
        yield row[: limits["columns"]]


def answer(content: bytes, limits: Mapping[str, int]) -> Iterator[object]:
    left, many = limits["unpacked"], limits["rows"]
    try:
        for number, row in enumerate(read_rows(content, limits), start=1):
            if not any(cell.strip() for cell in row):
                continue
            left -= sum(map(len, row))
            refuse_more(left)
            yield [number, row]
            many -= 1
            if not many:
                break
    except (TooLarge, MemoryError):
        yield "too large"
    except Exception:
        yield "unreadable"
    else:
        yield "end"


def main() -> None:
    limits = json.loads(sys.stdin.buffer.readline())
    limit_process(limits)
    content = sys.stdin.buffer.read()
    for line in answer(content, limits):
        sys.stdout.buffer.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


if __name__ == "__main__":
    main()
