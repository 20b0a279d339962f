"""The process that looks for QR codes in one file: `python -I codes_child.py`. It imports nothing of the registry.

In: a line of JSON {"cpu", "memory", "kind": "image" or "pdf"}, then the file. Out: a line of JSON for each code's text,
and at the end {"end": true}, or {"unreadable": true}.
"""

import io
import json
import resource
import sys
from collections.abc import Iterator

import pypdfium2
import zxingcpp
from PIL import Image

DOTS_PER_INCH = 250  # a signed code of 69 modules on 42 mm then has 5 dots a module
POINTS_PER_INCH = 72
MOST_POINTS = 3_000  # of a page's side: three times an A4; a larger one is rendered smaller
MOST_PAGES = 50
QR_CODES = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


def limit_process(cpu: int, memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    for nothing in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(nothing, (0, 0))


def pictures_in(content: bytes, kind: str) -> Iterator[Image.Image]:
    if kind == "image":
        with Image.open(io.BytesIO(content)) as picture:
            yield picture.convert("L")
        return
    with pypdfium2.PdfDocument(content) as document:
        for number in range(min(len(document), MOST_PAGES)):
            page = document[number]
            scale = DOTS_PER_INCH / POINTS_PER_INCH * min(1.0, MOST_POINTS / max(*page.get_size(), 1.0))
            yield page.render(scale=scale, grayscale=True).to_pil()


def answer(content: bytes, kind: str) -> Iterator[object]:
    try:
        for picture in pictures_in(content, kind):
            yield from (code.text for code in zxingcpp.read_barcodes(picture, formats=QR_CODES) if code.text)
    except Exception:
        yield {"unreadable": True}
    else:
        yield {"end": True}


def main() -> None:
    asked = json.loads(sys.stdin.buffer.readline())
    limit_process(asked["cpu"], asked["memory"])
    for line in answer(sys.stdin.buffer.read(), asked["kind"]):
        sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
