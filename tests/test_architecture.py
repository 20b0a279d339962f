"""The house rules that import-linter cannot see. Each message teaches."""

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from flask import Flask
from sqlmodel import SQLModel
from wtforms import Field, FormField
from wtforms.csrf.core import CSRFTokenField
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm

import registry
from registry.settings import Settings
from registry.web import fields
from registry.web.labels import LABELS
from tests import factories

ROOT = Path(__file__).parents[1]
PYTHON = sorted((ROOT / "registry").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MAY_COMMIT = ("routes.py", "guards.py")


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield node


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_routes_guards_and_commands_commit(path: Path) -> None:
    commits = [c.lineno for c in calls(path) if isinstance(c.func, ast.Attribute) and c.func.attr == "commit"]
    if path.name not in MAY_COMMIT and path.parent.name not in {"commands", "routes"}:
        assert not commits, f"{path}:{commits}: services flush; the route or command that called them commits, once."


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_is_longer_than_300_lines(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= 300, f"{path} has {lines} lines: which subject in it wants a room of its own?"


def test_no_file_of_the_tests_is_longer_than_300_lines() -> None:
    lines = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in (ROOT / "tests").rglob("*.py")}
    long = {str(path): count for path, count in lines.items() if count > 300}
    assert not long, f"{long}: which subject in them wants a file of its own?"


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_function_is_longer_than_40_lines(path: Path) -> None:
    long = [
        f"{node.name} ({node.end_lineno - node.lineno + 1})"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.end_lineno and node.end_lineno - node.lineno + 1 > 40
    ]
    assert not long, f"{path}: {long}: one level of thought for each function."


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_imported_inside_a_function(path: Path) -> None:
    inner = [
        node.lineno
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inner, f"{path}:{inner}: two rooms that need each other so badly have their wall in the wrong place."


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_rules_services_queries_and_models_know_nothing_of_the_web(path: Path) -> None:
    if path.name not in {"models.py", "rules.py", "queries.py", "services.py"} and "hcert" not in path.parts:
        return
    imported = re.findall(r"^(?:from|import) (flask\w*|wtforms|werkzeug)", path.read_text(), re.MULTILINE)
    assert not imported, f"{path} imports {imported}: what knows the web cannot be used by a command or a test."


# Read as yes or no; by what its page takes; a form of its own, judged like any other; compared, never read.
BOUNDED_OTHERWISE = (fields.Tick, fields.Upload, FormField, CSRFTokenField)


def test_every_field_of_every_form_has_a_longest_text() -> None:
    """Security B3: what is not bounded is paid for by everybody who waits."""
    forms = [one for path in PYTHON if path.name == "forms.py" for one in form_classes(path)]
    assert len(forms) > 20
    unbounded = [
        f"{form.__module__}.{form.__name__}.{name}"
        for form in forms
        for name, field in vars(form).items()
        if isinstance(field, UnboundField) and not is_bounded(field.field_class)
    ]
    assert not unbounded, f"{unbounded} take any length: use the fields of registry/web/fields.py."


def form_classes(path: Path) -> Iterator[type[BaseForm]]:
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for one in vars(module).values():
        if isinstance(one, type) and issubclass(one, BaseForm) and one.__module__ == module.__name__:
            yield one


def is_bounded(field: type[Field]) -> bool:
    return issubclass(field, BOUNDED_OTHERWISE) or getattr(field, "most", 0) > 0


def test_every_field_comes_from_the_house() -> None:
    """A form made while a page is drawn is not among the classes: its fields are bounded all the same."""
    for one in vars(fields).values():
        if isinstance(one, type) and issubclass(one, Field) and one.__module__ == fields.__name__:
            assert is_bounded(one), f"registry/web/fields.py: {one.__name__} takes any length: `most`."
    for path in PYTHON:
        if path != ROOT / "registry/web/fields.py":
            imported = re.findall(r"^from wtforms(?:\.fields\S*)? import (.+)$", path.read_text(), re.MULTILINE)
            raw = [name for line in imported for name in re.findall(r"\w+Field\b", line) if name != "FormField"]
            assert not raw, f"{path}: {raw} take any length: use the fields of registry/web/fields.py."


def endpoints(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        yield rule.rule, rule.endpoint


def test_every_endpoint_has_a_guard_or_is_marked_public(app: Flask) -> None:
    open_doors = [name for _, name in endpoints(app) if not hasattr(app.view_functions[name], "access")]
    assert not open_doors, f"{open_doors}: decorate with @requires(Permission...), @signed_in or @public."


def test_urls_are_kebab_case_with_typed_parameters(app: Flask) -> None:
    for url, endpoint in endpoints(app):
        plain = re.sub(r"<[^>]+>", "", url)
        assert re.fullmatch(r"[a-z0-9/.\-]*", plain), f"{endpoint}: {url} is not kebab-case."
        untyped = [p for p in re.findall(r"<([^>]+)>", url) if ":" not in p and p not in {"token", "language", "name"}]
        assert not untyped, f"{endpoint}: {url}: give {untyped} a converter, for example <uuid:pilgrim_id>."


def test_every_post_without_a_token_is_refused(settings: Settings, app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()):
            continue
        values: dict[str, Any] = {name: "en" if name == "language" else SOME_ID for name in rule.arguments}
        with app.test_request_context():
            url = app.url_for(rule.endpoint, **values)
        assert client.post(url).status_code == 400, f"{rule.endpoint} takes a POST without a CSRF token."


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_have_no_inline_script_style_or_handler(path: Path) -> None:
    found = re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", path.read_text())
    assert not found, f"{path}: {found}: the content security policy allows only files of our own."


# A sign in four languages at once, like an exit sign.
FOUR_LANGUAGES = {"verdict.html"}
SOME_ID = "0190d0e0-0000-7000-8000-000000000000"
VISIBLE = re.compile(r">([^<>{}]*[A-Za-zА-Яа-яҢңӨөҮү]{3,}[^<>{}]*)<")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_template_string_is_translatable(path: Path) -> None:
    text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", path.read_text(), flags=re.DOTALL)
    found = [string.strip() for string in VISIBLE.findall(text)]
    assert not found or path.name in FOUR_LANGUAGES, f'{path}: {found}: write {{{{ _("...") }}}}.'


def test_every_setting_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    missing = [name for name in Settings.model_fields if f"REGISTRY_{name.upper()}" not in readme]
    assert not missing, f"{missing}: a setting that is not written down does not exist."


def enums() -> Iterator[type[StrEnum]]:
    for module in walk_packages(registry.__path__, "registry."):
        if module.name.endswith(".models"):
            for value in vars(import_module(module.name)).values():
                if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum:
                    yield value


WITHOUT_LABEL = {"Permission", "IdentifierKind", "Validity", "Measure", "Subject"}  # never shown to people


def test_every_enum_a_person_sees_has_its_words() -> None:
    for enum in enums():
        if enum.__name__ not in WITHOUT_LABEL:
            assert set(LABELS[enum.__name__]) == {m.value for m in enum}, f"{enum.__name__}: see web/labels.py"


WITHOUT_FACTORY = {
    # reference data that the campaign's file brings, or rows that only services may write
    "antigen", "campaign", "campaign_point", "point_region", "region", "requirement", "vaccination_point", "product",
    "role", "audit_event", "log_entry", "log_head", "log_record", "tally", "access_grant", "certificate",
    "certificate_handle", "certificate_revocation", "correction", "dose_not_given", "former_number", "lot_hold",
    "pilgrim_identifier", "pilgrim_search_key", "recovery_code", "staff_session", "stock_movement",
}  # fmt: skip
MADE_WITH = {"assignment": "make_staff", "registration": "make_pilgrim", "stock": "make_lot"}


def test_every_table_has_a_factory() -> None:
    for table in SQLModel.metadata.tables:
        if table not in WITHOUT_FACTORY:
            assert hasattr(factories, MADE_WITH.get(table, f"make_{table}")), f"tests/factories.py: make_{table}"
