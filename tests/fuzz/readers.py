"""Every place where the codec reads what strangers wrote, each as a function of bytes; and real examples for each."""

import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import cbor2
from cryptography.hazmat.primitives.serialization import Encoding

from registry.hcert import (
    BadHcert,
    BadRevocationList,
    BadTrustList,
    KeySigner,
    RecalledLot,
    Role,
    UnusableCertificate,
    VaccinationClaim,
    Withdrawal,
    Withdrawn,
    base45,
    decode,
    make_dsc,
    make_sca,
    new_key,
    read_revocation_list,
    read_trust_list,
    trust_certificate,
    trust_certificates,
    verify,
    write_revocation_list,
    write_vaccination,
)
from registry.hcert.cose import LIST_CONTENT_TYPE, read_sign1, write_sign1
from registry.hcert.envelope import PREFIX, inflate, strip_prefix
from registry.hcert.governance import faults
from registry.hcert.list_shape import is_covered
from registry.hcert.trust import load_certificate

NOW = datetime(2026, 3, 2, tzinfo=UTC)
VECTORS = Path(__file__).parent.parent / "hcert" / "vectors"

_SCA_KEY, _KEY = new_key(), new_key()
_SCA = make_sca(_SCA_KEY, country="KG", organisation="Fuzz", name="SCA", at=NOW)
_DSC = make_dsc(_KEY.public_key(), sca=_SCA, sca_key=_SCA_KEY, name="DSC", at=NOW)
SIGNER = KeySigner(_KEY, _DSC)
TRUST = trust_certificates([_DSC.public_bytes(Encoding.DER)], source="fuzz")
# {6: now, 4: now, -260: {-6: ...
UP_TO_CONTENT = b"\xa3" + cbor2.dumps({6: int(NOW.timestamp()), 4: int(NOW.timestamp())})[1:] + b"\x39\x01\x03\xa1\x25"
_CLAIM = VaccinationClaim(
    name="A B", birth_date="1968-03", sex="female", nationality="KGZ", product_id="XM2WV4", given_on=NOW.date(),
    lot="L1", issuer="KGZ", disease="1C1C", manufacturer="M", dose="1", brand="B", valid_from=NOW.date(),
)  # fmt: skip


def seal(cose: bytes) -> str:
    return PREFIX + base45.encode(zlib.compress(cose))


def read_text(data: bytes) -> None:
    decode(data.decode("utf-8", "surrogateescape"))


def read_compressed(data: bytes) -> None:
    decode(PREFIX + base45.encode(data))


def read_message(data: bytes) -> None:
    verify(seal(data), TRUST, at=NOW)


def read_signed_claims(data: bytes) -> None:
    """As if the holder of a trusted key had gone mad: what comes after the signature is reached too."""
    verify(seal(write_sign1(data, SIGNER)), TRUST, at=NOW)


def read_signed_content(data: bytes) -> None:
    read_signed_claims(UP_TO_CONTENT + data)


def read_list(data: bytes) -> None:
    with suppress(BadRevocationList):
        read_revocation_list(data, TRUST, at=NOW)


def read_signed_list(data: bytes) -> None:
    read_list(write_sign1(data, SIGNER, content_type=LIST_CONTENT_TYPE))


def read_did(data: bytes) -> None:
    with suppress(BadTrustList):
        read_trust_list(data, source="fuzz")
        is_covered(json.loads(data))


def read_certificate(data: bytes) -> None:
    with suppress(UnusableCertificate):
        trust_certificate(data, source="fuzz", sca=_SCA.public_bytes(Encoding.DER))
    with suppress(UnusableCertificate):
        trust_certificate(data, source="fuzz")
        faults(load_certificate(data), Role.SCA, country="KG")
        faults(load_certificate(data), Role.DSC, country="KG", sca=_SCA)


READERS: tuple[Callable[[bytes], None], ...] = (
    read_text, read_compressed, read_message, read_signed_claims, read_signed_content, read_list, read_signed_list,
    read_did, read_certificate,
)  # fmt: skip


def read(data: bytes) -> None:
    """The first byte says which reader gets the others. Raises whatever a reader must not raise."""
    if data:
        with suppress(BadHcert):
            READERS[data[0] % len(READERS)](data[1:])


def seeds() -> Iterator[bytes]:
    """Real input for each reader, as `read` takes it."""
    for reader, data in _examples():
        yield bytes([READERS.index(reader)]) + data


def _examples() -> Iterator[tuple[Callable[[bytes], None], bytes]]:
    for path in sorted(VECTORS.glob("dgc-testdata/*/2DCode/raw/*.json")):
        text = json.loads(path.read_text(encoding="utf-8"))["PREFIX"]
        yield read_text, text.encode()
        with suppress(BadHcert):
            compressed = base45.decode(strip_prefix(text))
            yield read_compressed, compressed
            yield read_message, inflate(compressed)
            yield read_signed_claims, read_sign1(inflate(compressed)).payload
    for generation in (1, 3):
        yield read_signed_content, cbor2.dumps(write_vaccination(_CLAIM, generation=generation))
    withdrawn = [(UUID(int=number), Withdrawn(kind, NOW.date())) for number, kind in enumerate(Withdrawal)]
    recalled = [RecalledLot("MenQuadfi", "L1", NOW.date())]
    revocations = write_revocation_list(
        withdrawn, recalled=recalled, issuer="KG", issued_at=NOW, expires_at=NOW, salt=b"salt", signer=SIGNER
    )
    yield read_list, revocations
    yield read_signed_list, read_sign1(revocations).payload
    for certificate in (_SCA, _DSC):
        yield read_certificate, certificate.public_bytes(Encoding.DER)
    yield read_did, (VECTORS / "trustlists" / "dev-v2-DCC-XXA-DSC.did.json").read_bytes()
