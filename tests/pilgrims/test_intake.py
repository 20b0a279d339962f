"""Lists of pilgrims: files as spreadsheets really write them."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from sqlmodel import Session, select

from registry.audit.models import Action, AuditEvent
from registry.errors import Refusal
from registry.model import new_id
from registry.pilgrims import intake, lists
from registry.pilgrims.intake import ColumnsMissing, Listed, ListTooLarge, ListUnreadable
from registry.pilgrims.lists import Imported
from registry.pilgrims.models import BirthPrecision, Pilgrim, PilgrimDetails, Registration
from registry.tallies.models import Tally
from registry.uploads.limits import STAFF
from tests.factories import NOW, TODAY, make_pilgrim, pilgrim_details, the_campaign

HEADER = "latin_surname;latin_given_name;surname;given_name;birth_on;sex;passport_number;pin;phone;region"
BAKYT = "USONOV;BAKYT;Үсөнов;Бакыт;02.01.1960;male;PE0055001;20201196000017;0555 000 123;KG-N"
AIGUL = "ASANOVA;AIGUL;Асанова;Айгүл;03.01.1960;female;PE0055002;;;Ош облусу"


def checked(session: Session, content: str | bytes) -> list[Listed]:
    raw = content.encode() if isinstance(content, str) else content
    return intake.check_list(session, intake.read_lines(raw), campaign=the_campaign(session), on=TODAY)


def faults(session: Session, *rows: str) -> list[tuple[int, str]]:
    """(row number, what is wrong) of a list with our header."""
    listed = checked(session, "\n".join([HEADER, *rows]))
    return [(row.number, type(fault).__name__) for row in listed for fault in row.faults]


def bring(session: Session, listed: list[Listed]) -> Imported:
    prepared = lists.prepare(session, listed, campaign=the_campaign(session), by=new_id(), at=NOW)
    return lists.import_list(session, prepared)


def as_workbook(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


SPELLINGS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16 of a spreadsheet": lambda text: text.encode("utf-16"),
    "commas": lambda text: text.replace(";", ",").encode(),
    "tabs": lambda text: text.replace(";", "\t").encode(),
    "line ends of Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "no-break spaces": lambda text: (
        text.replace(";", "\u00a0;\u00a0").replace("0555 000 123", "0555\u00a0000\u00a0123").encode()
    ),
    "blank rows": lambda text: (text.replace("\n", "\n;;;;;;;;;\n\n") + "\n\n;;;\n").encode(),
    "titles above": lambda text: ("Список паломников;;\n\n" + text).encode(),
    "more columns": lambda text: "\n".join(f"{i};{line};x" for i, line in enumerate(text.split("\n"))).encode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_list_is_read_however_it_was_saved(spelling: str, session: Session) -> None:
    listed = checked(session, SPELLINGS[spelling](f"{HEADER}\n{BAKYT}\n{AIGUL}"))
    assert [row.faults for row in listed] == [[], []]
    assert [row.details.surname for row in listed] == ["Үсөнов", "Асанова"]
    assert [row.region_code for row in listed] == ["KG-N", "KG-O"]
    assert listed[0].details.phone == "+996555000123"


def test_a_list_in_windows_cyrillic_with_russian_headers_is_read(session: Session) -> None:
    text = "Фамилия (латиница);Имя (латиница);Фамилия;Имя;Дата рождения;Пол;Номер паспорта;ИНН;Регион\n"
    text += "ASANOV;BAKYT;Асанов;Бакыт;02.01.1960;муж;PE0055001;;Нарынская область"
    (row,) = checked(session, text.encode("cp1251"))
    assert (row.faults, row.details.surname, row.region_code) == ([], "Асанов", "KG-N")


def test_a_workbook_is_read_with_its_numbers_and_dates(session: Session) -> None:
    values = [
        "USONOV",
        "BAKYT",
        "Үсөнов",
        "Бакыт",
        datetime(1960, 1, 2),  # noqa: DTZ001 - as a spreadsheet has it
        "М",
        "PE0055001",
        20201196000017.0,
        996555000123,
        "KG-N",
    ]
    (row,) = checked(session, as_workbook([HEADER.split(";"), values]))
    assert row.faults == []
    assert (row.details.birth_on, row.details.pin) == (date(1960, 1, 2), "20201196000017")
    assert row.details.phone == "+996555000123"


@pytest.mark.parametrize(
    ("written", "day", "precision"),
    [
        ("02.01.1960", date(1960, 1, 2), BirthPrecision.DAY),
        ("2/1/1960", date(1960, 1, 2), BirthPrecision.DAY),
        ("1960-01-02", date(1960, 1, 2), BirthPrecision.DAY),
        ("1960-01-02 00:00:00", date(1960, 1, 2), BirthPrecision.DAY),
        ("05.1960", date(1960, 5, 1), BirthPrecision.MONTH),
        ("1960", date(1960, 1, 1), BirthPrecision.YEAR),
    ],
)
def test_birth_dates_are_read_as_far_as_they_are_known(
    written: str, day: date, precision: BirthPrecision, session: Session
) -> None:
    (row,) = checked(session, f"{HEADER}\n{AIGUL.replace('03.01.1960', written)}")
    assert (row.faults, row.details.birth_on, row.details.birth_precision) == ([], day, precision)


def test_every_fault_of_every_row_is_said_with_its_row_number(session: Session) -> None:
    wrong = "ASANOVA;;;Айгүл;31.02.1960;?;PE1;1;1;Атлантида"
    said = faults(session, AIGUL, wrong, wrong.replace("PE1", "PE2"))
    assert {number for number, _fault in said} == {3, 4}
    assert {fault for number, fault in said if number == 3} == {
        "NameMissing", "DateUnreadable", "SexMissing", "PassportShape", "PinShape", "PhoneIncomplete", "RegionUnknown",
    }  # fmt: skip


def test_the_same_number_twice_in_a_list_names_the_other_row(session: Session) -> None:
    again = AIGUL.replace("Асанова", "Башкаева").replace("ASANOVA", "BASHKAEVA")
    listed = checked(session, "\n".join([HEADER, AIGUL, BAKYT, again]))
    assert [str(fault) for fault in listed[2].faults] == [
        "Row 2 of this list has the same number. Delete one of the two rows, or correct it."
    ]


def test_two_rows_that_may_be_one_person_are_asked_about(session: Session) -> None:
    assert faults(session, AIGUL, AIGUL.replace("PE0055002", "PE0055003")) == [(3, "LikelyTwiceInList")]


def test_a_list_is_compared_with_who_is_registered(session: Session) -> None:
    make_pilgrim(session, surname="Башкаева", latin_surname="BASHKAEVA", passport_number="PE0055002")
    make_pilgrim(session, surname="Үсөнов", latin_surname="USONOV", given_name="Бакыт", latin_given_name="BAKYT",
                 birth_on="1960-01-02", sex="male")  # fmt: skip
    assert faults(session, AIGUL, BAKYT) == [(2, "RegisteredOtherwise"), (3, "LikelyDuplicate")]


def test_an_import_writes_pilgrims_places_counters_and_one_audit_event(session: Session) -> None:
    assert bring(session, checked(session, f"{HEADER}\n{BAKYT}\n{AIGUL}")) == Imported(2, 0, 0)
    assert {r.region_code for r in session.exec(select(Registration))} == {"KG-N", "KG-O"}
    assert {(t.region_code, t.count) for t in session.exec(select(Tally))} == {("KG-N", 1), ("KG-O", 1)}
    event = session.exec(select(AuditEvent).where(AuditEvent.action == Action.IMPORTED)).one()
    assert event.detail["registered"] == 2


def test_the_same_list_a_second_time_changes_nothing(session: Session) -> None:
    text = f"{HEADER}\n{BAKYT}\n{AIGUL}"
    bring(session, checked(session, text))
    again = checked(session, text)
    assert [row.faults for row in again] == [[], []]
    assert bring(session, again) == Imported(0, 0, 2)
    assert len(session.exec(select(Pilgrim)).all()) == 2


def test_a_list_never_changes_a_person(session: Session) -> None:
    bring(session, checked(session, f"{HEADER}\n{BAKYT}"))
    bring(session, checked(session, f"{HEADER}\n{BAKYT.replace('0555 000 123', '0555 000 999')}"))
    assert session.exec(select(Pilgrim)).one().phone == "+996555000123"


def test_a_pilgrim_of_an_earlier_campaign_gets_a_place_in_this_one(session: Session) -> None:
    bring(session, checked(session, f"{HEADER}\n{BAKYT}"))
    session.delete(session.exec(select(Registration)).one())
    assert bring(session, checked(session, f"{HEADER}\n{BAKYT}")) == Imported(0, 1, 0)
    assert len(session.exec(select(Pilgrim)).all()) == 1


def test_an_import_overtaken_by_somebody_saves_nothing(session: Session) -> None:
    listed = checked(session, f"{HEADER}\n{AIGUL}\n{BAKYT}")
    make_pilgrim(session, passport_number="PE0055001")
    with pytest.raises(lists.ListOvertaken):
        bring(session, listed)
    assert len(session.exec(select(Pilgrim)).all()) == 1


def test_a_row_of_instructions_is_passed_over_and_a_faulty_row_is_not(session: Session) -> None:
    hints = ";".join(column.hint for column in intake.COLUMNS)
    names = ";".join(column.name for column in intake.COLUMNS)
    assert checked(session, f"{names}\n{hints}\n") == []
    assert {number for number, _fault in faults(session, AIGUL, "АСАНОВА;;;;;;;;;")} == {3}


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", ColumnsMissing),
        (b"a;b;c\n1;2;3", ColumnsMissing),
        (b"PK\x03\x04 broken", ListUnreadable),
        (b"\xff\xfe\x00", ColumnsMissing),
        (b"\x00\x01\x02" * 100, ColumnsMissing),
        (b"x" * (STAFF.size + 1), ListTooLarge),
        (f"{HEADER}\n{'я' * 200_000}".encode(), ListUnreadable),
    ],
)
def test_what_is_no_list_is_one_sentence(content: bytes, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        list(intake.read_lines(content))


def test_the_columns_that_are_missing_are_named() -> None:
    with pytest.raises(ColumnsMissing, match=r"missing in the list: latin_given_name, birth_on, sex, passport_number"):
        list(intake.read_lines(b"latin_surname;surname;given_name;region\n"))


def test_a_workbook_that_unpacks_to_a_flood_is_refused_before_it_is_unpacked() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", b"<row/>" * 5_000_000)
    assert len(file.getvalue()) < 1_000_000
    with pytest.raises(ListTooLarge):
        list(intake.read_lines(file.getvalue()))


def test_more_rows_than_a_list_may_have_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_ROWS", 2)
    with pytest.raises(ListTooLarge):
        list(intake.read_lines("\n".join([HEADER, AIGUL, AIGUL, AIGUL]).encode()))


def test_what_a_list_brings_is_what_the_form_would_have_registered(session: Session) -> None:
    (row,) = checked(session, f"{HEADER}\n{BAKYT}")
    bring(session, [row])
    stored = PilgrimDetails.model_validate(session.exec(select(Pilgrim)).one().model_dump())
    assert stored == pilgrim_details(
        latin_surname="USONOV", latin_given_name="BAKYT", surname="Үсөнов", given_name="Бакыт", patronymic="",
        birth_on="1960-01-02", sex="male", passport_number="PE0055001", pin="20201196000017", phone="+996555000123",
    )  # fmt: skip
