"""The signed text in the QR code of a dose: write and sign, read and verify."""

import statistics

from registry import hcert
from registry.certificates.keys import load_issuer
from tests.benchmarks.installation import Installation
from tests.benchmarks.measure import Row, settle, take_times
from tests.factories import NOW

TEXTS, WARM_UP = 1_000, 50


def measure(installation: Installation) -> list[Row]:
    issuer = load_issuer(installation.settings)
    texts = [dose["signed_code"] for row in installation.list_certificates() for dose in row.facts["doses"]][:TEXTS]
    claims = [hcert.decode(text).claims for text in texts]

    def verify(text: str) -> None:
        checked = hcert.verify(text, issuer.trust, at=NOW)
        if not checked.steps["signature"]:
            msg = f"an own signature does not hold: {checked.reason}"
            raise RuntimeError(msg)

    settle()
    signing = take_times(lambda one: hcert.encode(one, issuer.signer), claims, warm_up=WARM_UP)
    verifying = take_times(verify, texts, warm_up=WARM_UP)
    return [
        Row("HCERT encoded and signed, median", "ms", statistics.median(signing), 0.3),
        Row("HCERT decoded and verified, median", "ms", statistics.median(verifying), 0.5),
    ]
