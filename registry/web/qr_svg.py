"""A QR code on a page, for what a telephone should read from the screen."""

from markupsafe import Markup
from qrcode.image.svg import SvgPathImage
from qrcode.main import QRCode


def qr_svg(text: str, *, label: str) -> Markup:
    """A whole `<svg>` element of a size that fits every screen; `label` is read out to the blind."""
    symbol = QRCode(image_factory=SvgPathImage)
    symbol.add_data(text)
    image = symbol.make_image()
    for name, value in {"role": "img", "aria-label": label, "width": "240", "height": "240"}.items():
        image.get_image().set(name, value)
    return Markup(image.to_string(encoding="unicode"))  # noqa: S704 - an XML tree, which escapes what it was given
