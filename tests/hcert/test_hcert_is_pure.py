"""The codec is a room of its own, so that it can be audited, fuzzed and lifted out alone."""

import ast
import sys
from pathlib import Path

import pytest

import registry.hcert

MODULES = sorted(Path(registry.hcert.__file__).parent.glob("*.py"))
LIBRARIES = {"cbor2", "cryptography"}


def imported(module: Path) -> set[str]:
    """Full names of all modules that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_the_codec_knows_neither_web_nor_database_nor_the_rest_of_the_house(module: Path) -> None:
    foreign = {
        name
        for name in imported(module)
        if name.split(".")[0] not in sys.stdlib_module_names | LIBRARIES and not name.startswith("registry.hcert")
    }

    assert foreign == set(), f"{module.name} must stay pure: move what needs {foreign} to a feature."
