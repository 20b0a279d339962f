"""An authority's own template: what is wrong with it is said, and what it hides is found by reading the paper."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from click.testing import CliRunner, Result

from registry.certificates.sheet import proof, render_sheet, template
from registry.certificates.sheet.template import TemplateUnusable, read_template, template_of
from registry.certificates.sheet.wording import PACKAGED, PACKAGED_FILE, Template
from registry.commands import cli
from registry.settings import Settings
from tests.certificates.sheets import AIGUL

Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> dict[str, Any]:
    content: dict[str, Any] = copy.deepcopy(dict(PACKAGED.content))
    change(content)
    return content


def check(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["certificate", "template", *map(str, arguments)])


def test_the_packaged_template_shows_every_required_fact() -> None:
    assert read_template(PACKAGED_FILE.read_bytes())[0] == []
    assert proof.prove(PACKAGED) == []


def spoken(value: object) -> str:
    """A test's name is the same in every process, which the address of a function is not."""
    return value if isinstance(value, str) else getattr(value, "__name__", repr(value))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t["order"]["dose"].remove("lot"), "The sheet does not show a dose's lot."),
        (lambda t: t["order"]["dose"].remove("given_on"), "The sheet does not show a dose's day."),
        (
            lambda t: t["order"]["dose"].remove("place"),
            "The sheet does not show a dose's vaccination point in Russian.",
        ),
        (lambda t: t["order"]["dose"].remove("vaccinator"), "The sheet does not show a dose's vaccinator."),
        (lambda t: t["order"]["dose"].remove("validity"), "The sheet does not show a dose's first and last day."),
        (lambda t: t["order"]["dose"].remove("vaccine_type"), "The sheet does not show a dose's type of vaccine."),
        (lambda t: t["order"]["person"].remove("birth_date"), "The sheet does not show the date of birth."),
        (lambda t: t["order"]["person"].remove("passport_number"), "The sheet does not show the passport number."),
        (lambda t: t["order"]["person"].remove("sex"), "The sheet does not show the sex."),
        (lambda t: t["order"].update(label=[["ky", "en"]]), "The labels are not shown in Russian."),
        (lambda t: t["order"].update(value=["en", "ru"]), "The sheet does not show a dose's disease in Kyrgyz."),
        (
            lambda t: t["order"]["paragraph"].remove("ar"),
            "The words of verify.how are not shown in Arabic: 'وجه كاميرا أي هاتف نحو الرمز.'.",
        ),
        (
            lambda t: t["labels"]["lot"].update(ru="Серия и номер, проставленные изготовителем на упаковке"),
            "There is no room for 'Сериясы · Серия и номер, проставленные изготовителем на упаковке': its letters",
        ),
        (
            lambda t: t["pocket"]["doses"].update(en="All vaccinations which this person ever received"),
            "There is no room for 'Алган эмдөөлөрү · Прививки · All vaccinations which this person ever received': ",
        ),
    ],
    ids=spoken,
)
def test_what_a_template_hides_is_named(change: Change, sentence: str) -> None:
    content = changed(change)
    assert read_template(json.dumps(content).encode())[0] == []
    faults = proof.prove(Template(content))
    assert any(fault.startswith(sentence) for fault in faults)
    assert all(fault.endswith(".") for fault in faults)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t["labels"].pop("lot"), "labels.lot is missing."),
        (lambda t: t.pop("entry"), "entry is missing."),
        (lambda t: t["labels"].update(lots={}), "labels.lots: the sheet knows no such words."),
        (lambda t: t["labels"].update(lot="Lot"), "labels.lot: a JSON object is expected here."),
        (lambda t: t["title"].pop("ky"), "title: the words in Kyrgyz are missing."),
        (lambda t: t["title"].update(ru="  "), "title: the words in Russian are missing."),
        (lambda t: t["title"].update(en=5), "title: the words in English are missing."),
        (
            lambda t: t["title"].update(de="Impfung"),
            "title: de is none of the sheet's languages, which are ky, ru, en, ar.",
        ),
        (
            lambda t: t["title"].update(ar="شهادة (PDF)"),
            "title: the words in Arabic hold other letters or brackets, or no Arabic letter.",
        ),
        (lambda t: t["title"].update(en="شهادة"), "title: the words in English hold Arabic letters."),
        (
            lambda t: t["title"].update(en="証 Certificate"),
            "title: the words in English hold '証', which the sheet's font does not have.",
        ),
        (lambda t: t["sexes"].update(unknown={"en": "Unknown"}), "sexes.unknown: the words in Russian are missing."),
        (lambda t: t["order"].pop("dose"), "order.dose is missing."),
        (
            lambda t: t["order"].update(rows=[]),
            "order.rows: the sheet has no such order, only label, value, paragraph, person, dose.",
        ),
        (lambda t: t["order"]["dose"].append("lot"), "order.dose names lot twice."),
        (lambda t: t["order"]["value"].append("ar"), "order.value: ar is none of ky, ru, en."),
        (lambda t: t["order"].update(value=[]), "order.value: a list of names is expected here."),
        (lambda t: t["order"].update(label=["ky"]), "order.label: a list of lists of names is expected here."),
        (lambda t: t["order"]["person"].append(["sex"]), "order.person: ['sex'] is none of"),
    ],
    ids=spoken,
)
def test_a_fault_of_form_is_named_with_its_place(change: Change, sentence: str) -> None:
    faults, read = read_template(json.dumps(changed(change)).encode())
    assert read is None
    assert any(fault.startswith(sentence) for fault in faults)
    assert all(fault.endswith(".") for fault in faults)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"{", "The file is not JSON: line 1, column 2"),
        (b"\xff\xfe{", "The file is not UTF-8 text."),
        (b"[]", "The file: a JSON object is expected here."),
    ],
    ids=spoken,
)
def test_a_file_that_is_no_template_is_named(data: bytes, sentence: str) -> None:
    (fault,), _ = read_template(data)
    assert fault.startswith(sentence)


def test_the_command_prints_the_packaged_template_and_approves_it(tmp_path: Path) -> None:
    file = tmp_path / "sheet.json"
    file.write_text(check("show").output, "utf-8")
    answer = check("check", file)
    assert answer.exit_code == 0
    assert "shows every required fact in Kyrgyz, Russian, English and Arabic" in answer.output


def test_the_command_refuses_a_template_with_exit_code_1_and_a_line_for_each_fault(tmp_path: Path) -> None:
    file = tmp_path / "sheet.json"
    file.write_text(json.dumps(changed(lambda t: t["order"]["dose"].remove("lot"))), "utf-8")
    answer = check("check", file)
    assert answer.exit_code == 1
    assert answer.output.splitlines() == ["The sheet does not show a dose's lot."]
    assert json.loads(check("check", file, "--json").output)["faults"] == ["The sheet does not show a dose's lot."]


def test_an_installation_prints_with_its_own_words_and_order_and_reads_a_newer_file(tmp_path: Path) -> None:
    file = tmp_path / "sheet.json"
    settings = Settings(sheet_template=file)

    def printed() -> str:
        document = pypdfium2.PdfDocument(render_sheet(AIGUL, template_of(settings)))
        text: str = document[0].get_textpage().get_text_range()
        document.close()
        return text

    def write(change: Change) -> None:
        file.write_text(json.dumps(changed(change)), "utf-8")
        template._read.cache_clear()  # two writes of one test may fall into one tick of the file system

    write(lambda t: (t["title"].update(en="Certificate of vaccination"), t["order"]["dose"].reverse()))
    text = printed()
    assert "Certificate of vaccination" in text
    assert text.index("Valid from – until") < text.index("Vaccine, manufacturer")
    write(lambda t: t["title"].update(en="Hajj certificate"))
    assert "Hajj certificate" in printed()


@pytest.mark.parametrize("content", [None, "{"], ids=["no file", "no JSON"])
def test_a_template_that_cannot_be_used_is_a_refusal_with_the_way_out(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "sheet.json"
    if content:
        file.write_text(content)
    with pytest.raises(TemplateUnusable, match="registry certificate template check"):
        template_of(Settings(sheet_template=file))
    assert template_of(Settings()) is PACKAGED
