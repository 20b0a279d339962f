"""What the shared page pieces promise to every page that uses them."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader
from werkzeug.datastructures import MultiDict
from wtforms import Form, HiddenField, StringField
from wtforms.validators import InputRequired

from registry.web.fields import DateBoxes

TEMPLATES = Path(__file__).parents[2] / "templates"
BARS = [{"label": "Naryn", "value": 1999, "total": 2000}, {"label": "Osh", "value": 3, "total": 0}]
DAYS = [{"label": "1 May", "values": [30, 20]}, {"label": "2 May", "values": [0, 0]}]
POINTS = [{"label": "1 May", "value": 3}, {"label": "2 May", "value": 0}]
TILES = [{"name": "Bishkek", "value": 1999, "total": 2000, "url": "/coverage/bishkek"}]


class Visit(Form):
    idempotency_key = HiddenField(default="0190-key")
    name = StringField("Name", [InputRequired("Write the name.")])
    born_on = DateBoxes("Date of birth", [InputRequired("Write the date of birth.")])
    doubts = (("too-soon", "Only 9 days have passed."),)
    confirmed = SimpleNamespace(data=[])


def render(file: str, call: str, **context: object) -> str:
    """The HTML of one macro, in English."""
    ours = FileSystemLoader(TEMPLATES)
    theirs = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    pages = Environment(loader=ChoiceLoader([ours, theirs]), autoescape=True, extensions=["jinja2.ext.i18n"])
    pages.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # added by the i18n extension
    pages.filters["numberformat"] = str
    pages.globals["csrf_token"] = lambda: "token-1"
    return pages.from_string(f'{{% import "_macros/{file}.html" as m with context %}}{call}').render(**context)


def refused_visit() -> Visit:
    form = Visit(MultiDict())
    form.validate()
    form.form_errors.append("Another person changed this pilgrim.")
    return form


CHARTS = [
    ("{{ m.bar_chart('c', 'Doses & points', bars) }}"),
    ("{{ m.stacked_chart('c', 'Doses & points', ['MenACWY', 'Influenza'], days) }}"),
    ("{{ m.line_chart('c', 'Doses & points', points) }}"),
]


@pytest.mark.parametrize("call", CHARTS)
def test_a_chart_is_one_picture_with_a_title(call: str) -> None:
    html = render("chart", call, bars=BARS, days=DAYS, points=POINTS)
    assert 'role="img"' in html
    assert '<title id="c-title">Doses &amp; points</title>' in html


@pytest.mark.parametrize("call", [*CHARTS, "{{ m.tile_map('By region', tiles) }}"])
def test_a_chart_passes_a_strict_content_security_policy(call: str) -> None:
    html = render("chart", call, bars=BARS, days=DAYS, points=POINTS, tiles=TILES)
    assert not re.search(r'<style|<script|\sstyle="|\son\w+="', html)


def test_series_differ_by_pattern_and_not_by_colour_alone() -> None:
    html = render("chart", CHARTS[1], days=DAYS)
    patterns = re.findall(r"<pattern.*?</pattern>", html, re.DOTALL)
    assert ["<path" in pattern for pattern in patterns] == [False, True]


def test_a_share_is_rounded_down_so_that_only_all_reads_as_all() -> None:
    assert "(99%)" in render("chart", CHARTS[0], bars=BARS)
    tile = render("chart", "{{ m.tile_map('By region', tiles) }}", tiles=TILES)
    assert "99%" in tile
    assert "app-tiles__tile--4" in tile


def test_a_place_without_a_target_shows_its_count_and_no_percentage() -> None:
    html = render("chart", CHARTS[0], bars=BARS[1:])
    assert "3, no target" in html
    assert "%)" not in html


@pytest.mark.parametrize("call", CHARTS[1:])
def test_a_chart_of_a_day_on_which_nothing_happened_is_drawn(call: str) -> None:
    assert "<svg" in render("chart", call, days=[{"label": "1 May", "values": [0, 0]}], points=POINTS[1:])


def test_the_error_summary_links_to_the_first_box_of_a_date() -> None:
    html = render("forms", "{{ m.error_summary(form) }}", form=refused_visit())
    links = re.findall(r'href="(#[^"]*)"', html)
    assert links == ["#name", "#born_on-day", "#confirmed-too-soon"]


def test_a_sentence_that_speaks_of_no_field_is_shown_without_a_link() -> None:
    html = render("forms", "{{ m.error_summary(form, ['The list is full.']) }}", form=refused_visit())
    for sentence in ("Another person changed this pilgrim.", "The list is full."):
        assert re.search(rf"<li>\s*{re.escape(sentence)}", html)


def test_a_page_without_errors_shows_no_summary() -> None:
    assert "govuk-error-summary" not in render("forms", "{{ m.error_summary() }}")


def test_a_form_carries_its_token_and_its_idempotency_key() -> None:
    html = render("forms", "{% call m.post_form(form) %}fields{% endcall %}", form=refused_visit())
    assert 'name="csrf_token" value="token-1"' in html
    assert 'name="idempotency_key" value="0190-key"' in html


def test_each_cell_of_a_table_says_its_column_for_the_telephone() -> None:
    columns = [{"key": "name", "label": "Name"}, {"key": "doses", "label": "Doses", "numeric": True}]
    html = render(
        "table", "{{ m.data_table('Pilgrims', columns, rows) }}", columns=columns, rows=[{"name": "A", "doses": 2}]
    )
    assert html.count('scope="col"') == 2
    assert html.count('scope="row"') == 1
    assert 'data-label="Doses"' in html


def test_a_value_in_a_table_is_escaped() -> None:
    html = render("table", "{{ m.data_table('P', [{'key': 'name', 'label': 'Name'}], [{'name': '<b>'}]) }}")
    assert "&lt;b&gt;" in html


@pytest.mark.parametrize("verdict", ["valid", "check", "not-valid", "unknown"])
def test_a_verdict_has_its_own_shape_and_stands_in_four_languages(verdict: str) -> None:
    html = render("verdict", f"{{{{ m.verdict_band('{verdict}', 'ky') }}}}")
    assert f"app-verdict--{verdict}" in html
    assert re.findall(r'lang="(\w+)"', html) == ["en", "ar", "ru"]
    assert "<svg" in html


def test_an_unreadable_code_is_never_called_invalid() -> None:
    html = render("verdict", "{{ m.verdict_band('unknown', 'en') }}")
    assert "COULD NOT CHECK" in html
    assert "NOT VALID" not in html
