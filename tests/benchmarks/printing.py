"""Many certificates into one file, by the command itself in a process of its own: seconds and peak memory."""

import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from copy import deepcopy
from itertools import cycle, islice
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, select

from registry.certificates.models import Certificate, CertificateHandle
from registry.certificates.rules import ALPHABET, new_code, new_token
from registry.model import new_id
from registry.pilgrims.models import Pilgrim, Registration
from tests.benchmarks.installation import Installation
from tests.benchmarks.measure import Row

FEW, MANY = 500, 6_000
MEGABYTE = 1_024  # in the kilobytes that Linux counts a process's memory in
# What the system counts for a process that has ended includes the one that started it; this is the command's own.
COMMAND = """
import re
from pathlib import Path
from registry.commands import cli
cli(standalone_mode=False)
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""
VARIED = 24  # characters of a signed code: as many codes are drawn as there are sheets, none twice


def measure_bulk(installation: Installation) -> list[Row]:
    """A list of codes in its order, with the audit of each sheet and the cover list."""
    codes = list(enough(installation))
    few, _memory = print_codes(installation, codes[:FEW])
    many, memory = print_codes(installation, codes)
    return [
        Row("500 certificates into one file", "s", few, 6),
        Row("6,000 certificates into one file", "s", many, 80),
        Row("The same, peak memory", "MB", memory, 300),
    ]


def print_codes(installation: Installation, codes: list[str]) -> tuple[float, float]:
    """Seconds from the start of the command to its end, and the megabytes it held at most."""
    folder = installation.settings.var_dir
    listed, pile = folder / "codes.txt", folder / "pile.pdf"
    listed.write_text("\n".join(codes))
    arguments = ["certificates", "print", "--codes", str(listed), "-o", str(pile)]
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", COMMAND, *arguments], capture_output=True, text=True, check=True)
    return time.perf_counter() - began, int(done.stdout.split()[-1]) / MEGABYTE


def enough(installation: Installation) -> Iterator[str]:
    """Codes of so many certificates: those of the cohort, and copies of them under other keys, names unchanged."""
    with installation.database.open_session(writes=True) as session:
        issued = session.exec(select(Certificate)).all()
        yield from (certificate.code for certificate in issued[:MANY])
        for certificate in islice(cycle(issued), max(0, MANY - len(issued))):
            yield copy(session, certificate)
        session.commit()


def copy(session: Session, certificate: Certificate) -> str:
    """Another pilgrim's certificate that says the same; its code."""
    own, code = new_id(), new_code()
    pilgrim = session.get_one(Pilgrim, certificate.pilgrim_id)
    registration = session.exec(select(Registration).where(Registration.pilgrim_id == pilgrim.id)).one()
    paper = certificate.model_dump() | {
        "pilgrim_id": own,
        "id": new_id(),
        "code": code,
        "number": 1,
        "replaces_id": None,
        "facts": varied(certificate.facts, code),
    }
    rows: list[tuple[Any, dict[str, Any]]] = [
        (Pilgrim, pilgrim.model_dump() | {"id": own}),
        (Registration, registration.model_dump() | {"pilgrim_id": own, "id": new_id()}),
        (Certificate, paper),
        (CertificateHandle, {"value": code, "pilgrim_id": own, "certificate_id": paper["id"]}),
    ]
    for table, row in rows:
        session.execute(insert(table), row)
    return code


def varied(facts: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Codes that nothing has drawn before: whatever is kept between sheets must not make this faster."""
    changed = deepcopy(dict(facts)) | {"code": code}
    changed["verify_url"] = changed["verify_url"].rpartition("/")[0] + f"/{new_token()}"
    for dose in changed["doses"]:
        tail = "".join(secrets.choice(ALPHABET) for _ in range(VARIED))
        dose["signed_code"] = dose["signed_code"][:-VARIED] + tail
    return changed
