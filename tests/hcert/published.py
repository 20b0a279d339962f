"""Certificates that others published (see vectors/ORIGIN.md), walked stage by stage."""

import io
import json
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image, UnidentifiedImageError

from registry.hcert import BadHcert, base45, plain_cbor, trust_certificates
from registry.hcert.claims import Claims, read_claims
from registry.hcert.cose import Sign1, find_signer, read_sign1
from registry.hcert.envelope import inflate, strip_prefix
from registry.hcert.reasons import Step
from registry.hcert.verify import check_key_usage, check_time

VECTORS = Path(__file__).parent / "vectors"
DGC = VECTORS / "dgc-testdata"

# What a vector states of its stages, in the order they are taken, and what we call them. Not ours: the EU's JSON schema
# (EXPECTEDVALIDOBJECT, EXPECTEDSCHEMAVALIDATION) and writing that kind of certificate (EXPECTEDENCODE).
STAGES = {
    "EXPECTEDPICTUREDECODE": "picture read",
    "EXPECTEDUNPREFIX": "prefix",
    "EXPECTEDB45DECODE": "base45",
    "EXPECTEDCOMPRESSION": "inflated",
    "EXPECTEDDECODE": "CBOR and COSE",
    "EXPECTEDVALIDJSON": "content",
    "EXPECTEDVERIFY": "signature",
    "EXPECTEDKEYUSAGE": "key usage",
    "EXPECTEDEXPIRATIONCHECK": "expiry",
}


Stage = Callable[[], bool | None]


class Vector:
    """One JSON file; a stage starts from what the file states, or from the stage before where it states nothing."""

    def __init__(self, path: Path) -> None:
        self.name = path.relative_to(DGC).as_posix().replace("/2DCode/raw/", "/").removesuffix(".json")
        self.data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        self.expected = {k: v for k, v in self.data["EXPECTEDRESULTS"].items() if k in STAGES}
        if "2DCODE" not in self.data:  # three files speak of a picture that they do not carry
            self.expected.pop("EXPECTEDPICTUREDECODE", None)
        clock = datetime.fromisoformat(self.data["TESTCTX"]["VALIDATIONCLOCK"])
        self.clock = clock if clock.tzinfo else clock.replace(tzinfo=UTC)
        self.trust = trust_certificates([b64decode(self.data["TESTCTX"]["CERTIFICATE"])], source=self.name)

    @property
    def text(self) -> str:
        return str(self.data["PREFIX"])

    def base45_text(self) -> str:
        return str(self.data.get("BASE45") or strip_prefix(self.text))

    def compressed(self) -> bytes:
        stated = self.data.get("COMPRESSED")
        return bytes.fromhex(stated) if stated else base45.decode(self.base45_text())

    def cose(self) -> bytes:
        stated = self.data.get("COSE")
        return bytes.fromhex(stated) if stated else inflate(self.compressed())

    def sign1(self) -> Sign1:
        return read_sign1(self.cose())

    def claims(self) -> Claims:
        return read_claims(self.sign1().payload)

    def signed_content_is_the_stated_one(self) -> bool:
        """CBOR in a vector is the whole token or only the certificate in it."""
        stated = plain_cbor.load(bytes.fromhex(self.data["CBOR"]), step=Step.CLAIMS) if self.data.get("CBOR") else None
        whole = plain_cbor.load(self.sign1().payload, step=Step.CLAIMS)
        return stated in (None, whole, self.claims().content)

    def picture_shows_the_text(self) -> bool:
        try:
            picture = Image.open(io.BytesIO(b64decode(self.data["2DCODE"])))
        except UnidentifiedImageError:
            return False
        return self.text in [code.text for code in zxingcpp.read_barcodes(picture)]

    def outcome(self) -> dict[str, bool]:
        stages: dict[str, Stage] = {
            "EXPECTEDPICTUREDECODE": self.picture_shows_the_text,
            "EXPECTEDUNPREFIX": lambda: strip_prefix(self.text) == self.base45_text(),
            "EXPECTEDB45DECODE": lambda: base45.decode(self.base45_text()) == self.compressed(),
            "EXPECTEDCOMPRESSION": lambda: inflate(self.compressed()) == self.cose(),
            "EXPECTEDDECODE": self.signed_content_is_the_stated_one,
            "EXPECTEDVALIDJSON": lambda: self.claims().content == self.data["JSON"],
            "EXPECTEDVERIFY": lambda: bool(find_signer(self.sign1(), self.trust)),
            "EXPECTEDKEYUSAGE": lambda: check_key_usage(self.claims(), self.trust.keys[0]),
            "EXPECTEDEXPIRATIONCHECK": lambda: check_time(self.claims(), at=self.clock),
        }
        return {stage: succeeds(stages[stage]) for stage in self.expected}


def succeeds(stage: Stage) -> bool:
    """A comparison answers, a check just returns; both refuse by raising."""
    try:
        return stage() is not False
    except BadHcert:
        return False


ALL = [Vector(path) for path in sorted(DGC.rglob("*.json"))]
