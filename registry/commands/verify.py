"""`registry verify`: judge certificates from their text, a picture or a PDF, with or without the register at hand."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import pypdfium2
import zxingcpp
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates
from PIL import Image, UnidentifiedImageError
from sqlmodel import Session

from registry import clock, hcert
from registry.certificates.keys import load_issuer
from registry.commands.output import open_database, print_json
from registry.errors import Refusal
from registry.settings import Settings
from registry.verification.queries import verify_text
from registry.verification.rules import Finding, Reason, Verdict, finding

DOTS_PER_INCH = 250  # a signed code of 69 modules on 42 mm then has 5 dots a module
POINTS_PER_INCH = 72
QR_CODES = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
TRAINING = "TRAINING: this certificate says nothing about a real person."


@click.command()
@click.argument("text", required=False)
@click.option("--image", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A picture of the paper.")
@click.option("--pdf", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The certificate as a PDF.")
@click.option("--at", "moment", help="Judge as of this time (2026-05-12T10:00+06:00); default: now.")
@click.option(
    "--trust",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Believe these signers instead of the installation's own: did.json, PEM or DER.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line for each code.")
def command(
    text: str | None, image: Path | None, pdf: Path | None, moment: str | None, trust: Path | None, as_json: bool
) -> None:
    """Verify TEXT (a signed code, a link, a certificate's code; - reads lines from standard input), or every QR code
    in a picture or PDF. Exit code 0 only when all of them are valid."""
    settings = Settings()
    texts = list(_texts(text, image, pdf))
    at = _instant(moment, settings.timezone)
    trusted = _read_trust(trust) if trust else _own_trust(settings)
    with _register(settings) as session:
        found = [
            verify_text(
                one, session=session, trust=trusted, at=at, timezone=settings.timezone, signed_here=trust is None
            )
            for one in texts
        ] or [finding(Reason.NO_CODE_FOUND)]
    for one in found:
        _print(one, as_json=as_json)
    if any(one.verdict is not Verdict.VALID for one in found):
        raise SystemExit(1)


def _texts(text: str | None, image: Path | None, pdf: Path | None) -> Iterator[str]:
    given = [one for one in (text, image, pdf) if one is not None]
    if len(given) != 1:
        raise click.UsageError("Give one of: TEXT, --image FILE, --pdf FILE, or - for standard input.")
    if image is not None:
        yield from _read_image(image)
    elif pdf is not None:
        yield from _read_pdf(pdf)
    elif text == "-":
        # A space may be the last character of a signed code: only line ends are cut.
        lines = (line.decode("utf-8", "replace").rstrip("\r\n") for line in sys.stdin.buffer)
        given_lines = [line for line in lines if line.strip()]
        if not given_lines:
            raise click.ClickException("Standard input holds nothing to verify.")
        yield from given_lines
    elif text is not None:
        yield text


def _read_image(path: Path) -> Iterator[str]:
    try:
        with Image.open(path) as picture:
            yield from _codes_in(picture.convert("L"))
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        raise click.ClickException(f"{path} is not a picture that can be read.") from None


def _read_pdf(path: Path) -> Iterator[str]:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        raise click.ClickException(f"{path} is not a PDF that can be read.") from None
    with document:
        for page in document:
            bitmap = page.render(scale=DOTS_PER_INCH / POINTS_PER_INCH, grayscale=True)
            yield from _codes_in(bitmap.to_pil())


def _codes_in(picture: Image.Image) -> Iterator[str]:
    for code in zxingcpp.read_barcodes(picture, formats=QR_CODES):
        if code.text:
            yield code.text


def _instant(text: str | None, timezone: str) -> datetime:
    """A time without a zone is the installation's own."""
    if text is None:
        return clock.now()
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("Write a time like 2026-05-12T10:00+06:00.", param_hint="--at") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(timezone))


def _read_trust(path: Path) -> hcert.TrustList:
    content = path.read_bytes()
    try:
        if content.lstrip().startswith(b"{"):
            return hcert.read_trust_list(content, source=path.name)
        if content.lstrip().startswith(b"-----"):
            ders = [one.public_bytes(Encoding.DER) for one in load_pem_x509_certificates(content)]
            return hcert.trust_certificates(ders, source=path.name)
        return hcert.trust_certificates([content], source=path.name)
    except ValueError as error:
        raise click.ClickException(f"{path} is neither a trust list nor a certificate: {error}.") from None


def _own_trust(settings: Settings) -> hcert.TrustList:
    try:
        return load_issuer(settings).trust
    except Refusal as refusal:
        raise click.ClickException(f"The signers to believe are unknown: name them with --trust. {refusal}") from None


@contextmanager
def _register(settings: Settings) -> Iterator[Session | None]:
    """A reading session, or None on a machine that only verifies."""
    try:
        database = open_database(settings)
    except click.ClickException as unavailable:
        click.echo(f"Only signatures are judged, for the register is not at hand. {unavailable.message}", err=True)
        yield None
        return
    with database.open_session(writes=False) as session:
        yield session


def _print(found: Finding, *, as_json: bool) -> None:
    if as_json:
        answer: dict[str, Any] = {
            "verdict": found.verdict.value,
            "reason": found.reason,
            "message": str(found),
            "training": found.training,
            "payload": found.payload,
        }
        print_json(answer | ({"steps": found.steps} if found.steps is not None else {}))
        return
    if found.training:
        click.secho(TRAINING, bold=True)
    click.echo(f"{found.verdict.value.replace('_', ' ').upper()}: {found}")
    for line in _describe(found.payload or {}):
        click.echo(f"  {line}")


def _describe(payload: Any) -> Iterator[str]:
    """What is compared with the passport."""
    for one in payload.get("vaccinations", ()):
        yield f"{one['name']}, born {one['birth_date']}, {one.get('document_number', 'no document')}"
        yield f"{one.get('brand', one['product_id'])}, lot {one['lot']}, given on {one['given_on']}"
    if "latin_name" in payload:
        yield f"{payload['latin_name']}, born {payload['birth']}, {payload['passport_number']}"
        yield f"entry from {payload['entry_from']} until {payload['entry_until'] or 'no end date'}"
        for dose in payload["doses"]:
            yield f"{dose['disease']['en']}: {dose['product']}, lot {dose['lot']}, given on {dose['given_on']}"
