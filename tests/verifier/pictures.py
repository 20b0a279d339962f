"""What a camera sees: a certificate's sheet, or one code."""

from collections.abc import Sequence
from io import BytesIO

import zxingcpp
from PIL import Image


def photo_of(*texts: str) -> bytes:
    """QR codes beside each other on white, as JPEG."""
    content = BytesIO()
    _sheet_of(texts).convert("RGB").save(content, "JPEG", quality=85)
    return content.getvalue()


def film_of(text: str) -> bytes:
    """A still of one QR code as the raw film (Y4M) that chromium takes for a camera."""
    sheet = _sheet_of([text])
    still = Image.new("L", (1280, 720), 255)
    still.paste(sheet, (320, 60))
    colourless = bytes([128]) * (640 * 360)
    frame = b"FRAME\n" + still.tobytes() + colourless + colourless
    return b"YUV4MPEG2 W1280 H720 F5:1 Ip A1:1 C420jpeg\n" + frame * 2


def _sheet_of(texts: Sequence[str], module: int = 5) -> Image.Image:
    codes = [
        Image.fromarray(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=module))
        for text in texts
    ]
    sheet = Image.new("L", (sum(code.width + 80 for code in codes) + 80, max(code.height for code in codes) + 160), 255)
    left = 80
    for code in codes:
        sheet.paste(code, (left, 80))
        left += code.width + 80
    return sheet
