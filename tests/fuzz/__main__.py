"""Random bytes against every reader of the codec, led by what they reach: `make fuzz`.

Options are libFuzzer's (-max_total_time=600). What was learnt, and any input that broke a reader, stays in var/fuzz.
"""

import sys
from hashlib import sha1
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["registry.hcert"]):
    from tests.fuzz.readers import read, seeds

CORPUS = Path(__file__).parents[2] / "var" / "fuzz"


def main() -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    for seed in seeds():
        (CORPUS / sha1(seed, usedforsecurity=False).hexdigest()).write_bytes(seed)
    options = ["-max_len=20000", f"-artifact_prefix={CORPUS}/broken-", *sys.argv[1:], str(CORPUS)]
    atheris.Setup([sys.argv[0], *options], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
