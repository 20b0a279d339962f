"""Where the code brings certificates in line with the records, found in the code itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = ("registry.certificates.services", "registry.certificates.services.issuing")


def callers_of_refresh() -> set[str]:
    """`module.function` of each place that calls certificates.services.refresh, by whatever name it imported it."""
    return {
        f"{'.'.join(path.relative_to(ROOT).with_suffix('').parts)}.{function}"
        for path in sorted((ROOT / "registry").rglob("*.py"))
        for function in _callers_in(ast.parse(path.read_text()))
    }


def _callers_in(tree: ast.Module) -> Iterator[str]:
    modules, names = _imported(tree)
    if any(isinstance(node, ast.FunctionDef) and node.name == "_refresh_in" for node in tree.body):
        return  # the place itself
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and any(
            _calls(node, modules, names) for inner in function.body for node in _own(inner)
        ):
            yield function.name


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below, without those of functions inside: they are callers of their own."""
    if isinstance(node, ast.FunctionDef):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _own(child)


def _imported(tree: ast.Module) -> tuple[set[str], set[str]]:
    modules, names = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if f"{node.module}.{alias.name}" in SERVICES:
                    modules.add(alias.asname or alias.name)
                elif node.module in SERVICES and alias.name == "refresh":
                    names.add(alias.asname or alias.name)
    return modules, names


def _calls(node: ast.AST, modules: set[str], names: set[str]) -> bool:
    # Not only calls: whoever hands the function on calls it as well.
    if isinstance(node, ast.Attribute) and node.attr == "refresh":
        return isinstance(node.value, ast.Name) and node.value.id in modules
    return isinstance(node, ast.Name) and node.id in names
