"""The codec is a room of its own, so that it can be audited, fuzzed and lifted out alone."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import registry.hcert

MODULES = sorted(Path(registry.hcert.__file__).parent.glob("*.py"))
LIBRARIES = {"cbor2", "cryptography"}
SLOW_LIBRARIES = {"proof.py": {"pyld"}}


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
        if name.split(".")[0] not in sys.stdlib_module_names | LIBRARIES | SLOW_LIBRARIES.get(module.name, set())
        and not name.startswith("registry.hcert")
    }

    assert foreign == set(), f"{module.name} must stay pure: move what needs {foreign} to a feature."


def test_the_slow_library_of_proofs_is_loaded_only_with_them() -> None:
    loads_it = "import sys, registry.hcert; sys.exit('pyld' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", loads_it], check=False).returncode == 0
