"""A leader's or an airline's whole list: each line its verdict, nothing else of the register, nothing kept."""

import csv
import io
import logging
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from registry import clock
from registry.audit.models import Action, AuditEvent
from registry.certificates import services as certificates
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.model import new_id
from registry.uploads.limits import PUBLIC
from registry.verification.services import PER_ADDRESS
from tests import serializable
from tests.certificates.stories import certify, refresh, set_right
from tests.factories import NOW
from tests.statements import statements
from tests.uploads.hostile import cells

ENTRY = datetime(2026, 5, 11, 6, 0, tzinfo=UTC)


def check(client: FlaskClient, *lines: str, at: datetime = ENTRY, **more: Any) -> TestResponse:
    with clock.set_to(at):
        return client.post("/check/group/en", data={"codes": "\r\n".join(lines), **more})


def upload(client: FlaskClient, content: bytes, name: str = "list.csv", **more: str) -> TestResponse:
    with clock.set_to(ENTRY):
        return client.post("/check/group/en", data={"manifest": (io.BytesIO(content), name), **more})


def read(answer: TestResponse) -> list[dict[str, str]]:
    assert answer.mimetype == "text/csv"
    assert answer.data.startswith(b"\xef\xbb\xbf"), "spreadsheets know the letters by it"
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_each_line_gets_its_answer_whatever_it_holds(
    client: FlaskClient, session: Session, issuer: Issuer, certificate: Certificate
) -> None:
    _pilgrim, revoked = certify(session, issuer)
    certificates.revoke_certificate(session, revoked, reason="Shown by another", by=new_id(), at=NOW)
    pilgrim, replaced = certify(session, issuer)
    set_right(session, pilgrim, latin_given_name="AIGULI")
    refresh(session, pilgrim, issuer, at=NOW + timedelta(days=2))
    session.commit()
    signed = certificate.facts["doses"][0]["signed_code"]
    lines = [certificate.code, certificate.facts["verify_url"], signed, revoked.code, replaced.code, "JUNK"]
    rows = read(check(client, *lines, answer="csv"))
    assert [row["status"] for row in rows] == ["ready"] * 3 + ["not_valid", "check", "unknown"], "C15: as on every page"
    assert rows[1]["reason"] == "Row 1 has the same certificate."
    assert rows[3]["reason"] == "This certificate was withdrawn on 25 DEC 2025."
    assert "Ask for the new paper" in rows[4]["reason"]


def test_c15_a_replaced_paper_is_to_be_checked_on_every_page(
    client: FlaskClient, session: Session, issuer: Issuer
) -> None:
    """The list said "Not valid" of a paper that its link, its code and the page on checking call CHECK."""
    pilgrim, replaced = certify(session, issuer, birth_on=date(1955, 3, 12))
    set_right(session, pilgrim, latin_given_name="AIGULI")
    refresh(session, pilgrim, issuer, at=NOW + timedelta(days=2))
    session.commit()
    listed = check(client, replaced.code).text
    typed = client.post("/check/en", data={"code": replaced.code, "birth_year": "1955"}).text
    link = client.get(f"/v/{replaced.token}/en").text
    assert "app-verdict--check" in typed
    assert "app-verdict--check" in link
    assert "To be checked" in listed
    assert re.search(r"Not valid\s*</strong>\s*<bdi>0</bdi>", listed)


def test_what_asks_for_attention_stands_first_and_the_counts_above(
    client: FlaskClient, certificate: Certificate
) -> None:
    page = check(client, certificate.code, "JUNK").text
    assert page.index("JUNK") < page.index(certificate.code)
    assert page.index("Download as CSV") > page.index("JUNK")


def test_lines_are_read_without_what_chats_put_around_them(client: FlaskClient, certificate: Certificate) -> None:
    signed = certificate.facts["doses"][0]["signed_code"]
    rows = read(
        check(client, f"\u00a0{signed}\u200b ", "\ufeff\u00a0", f"\u2066{certificate.code}\u2069", answer="csv")
    )
    assert [row["status"] for row in rows] == ["ready", "ready"]


def test_the_list_on_the_page_can_be_had_as_a_file(client: FlaskClient, certificate: Certificate) -> None:
    page = check(client, "name\tcode", f"Somebody\t{certificate.code}").text
    assert f'name="codes" value="name\tcode\nSomebody\t{certificate.code}"' in page


@pytest.mark.parametrize(
    ("travel", "status", "from_on"),
    [
        ("03.01.2026", "not_yet", "2026-01-04"),
        ("2026-01-04", "ready", ""),
        ("", "not_yet", "2026-01-04"),
        ("26.12.2026", "not_valid", ""),
        ("01.01.2020", "not_yet", "2026-01-04"),
        ("31.02.2026", "unknown", ""),
    ],
    ids=["too early", "first day", "no day: today", "ended", "a day past counts as today", "no date"],
)
def test_a_manifest_is_checked_for_the_planned_day(
    client: FlaskClient, certificate: Certificate, travel: str, status: str, from_on: str
) -> None:
    lines = ("Passenger\tTravel date\tCode", f"X\t{travel}\t{certificate.code}")
    (row,) = read(check(client, *lines, at=NOW, answer="csv"))
    assert (row["status"], row["from"]) == (status, from_on)
    assert (row["Passenger"], row["Travel date"], row["row"]) == ("X", travel, "2")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_manifests_own_columns_come_back_in_its_order(
    client: FlaskClient, certificate: Certificate, kind: str
) -> None:
    table = [["Рейс QH 12", ""], ["ФИО", "Код сертификата"], ["А. А.", "JUNK"], ["Б. Б.", certificate.code]]
    content = io.BytesIO()
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for line in table:
            book.worksheets[0].append(line)
        book.save(content)
    else:
        content.write("\n".join(";".join(line) for line in table).encode("cp1251"))
    rows = read(upload(client, content.getvalue(), f"list.{kind}", answer="csv"))
    assert [(row["ФИО"], row["status"], row["row"]) for row in rows] == [
        ("А. А.", "unknown", "3"),
        ("Б. Б.", "ready", "4"),
    ]


def test_without_a_header_the_column_of_codes_is_found(client: FlaskClient, certificate: Certificate) -> None:
    rows = read(upload(client, f"1,Somebody,{certificate.code}\n2,Nobody,JUNK\n".encode(), answer="csv"))
    assert [row["status"] for row in rows] == ["ready", "unknown"]


def test_nothing_of_the_register_but_the_verdict_is_told(client: FlaskClient, certificate: Certificate) -> None:
    for answer in (check(client, certificate.code), check(client, certificate.code, answer="csv")):
        told = answer.data.decode()
        for secret in ("ASANBEKOVA", "1955", "PE7654321", certificate.token, "MenQuadfi", str(certificate.id)):
            assert secret not in told


def test_nothing_of_a_list_is_kept_or_logged(
    client: FlaskClient, session: Session, certificate: Certificate, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    check(client, f"{certificate.code}\tTURGUNOVA", "PE7654321")
    session.rollback()
    kept = "".join(one.model_dump_json() for one in session.exec(select(AuditEvent)).all())
    for word in (certificate.code, "TURGUNOVA", "PE7654321"):
        assert word not in kept
        assert word not in caplog.text


@pytest.mark.parametrize("cell", ["=1+1", "+7", "-1", "@x", "=HYPERLINK(0)", "＝1", "＠x", "\u00a0=1", " +7"])
def test_m2_no_cell_becomes_a_formula(client: FlaskClient, certificate: Certificate, cell: str) -> None:
    lines = (f"{cell}\tcode", f"{cell}\t{certificate.code}", "=2\t=3")
    text = check(client, *lines, answer="csv").data.decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(text), delimiter=";")] == [f"'{cell}", f"'{cell}", "'=2"]


def test_five_hundred_lines_take_a_few_statements_and_one_more_is_refused(
    client: FlaskClient, session: Session, certificate: Certificate
) -> None:
    with statements(session.get_bind().engine) as asked:
        rows = read(check(client, *[certificate.code] * 500, answer="csv"))
    assert len(rows) == 500
    # The limit is asked twice: by whoever may take no turn, and in the turn, for which PostgreSQL takes a lock.
    few = len([one for one in asked if one.text.startswith(("SELECT", "INSERT"))])
    assert few <= 8 or serializable.ASKED  # what is injected asks again
    assert "more than 500 rows" in check(client, *[certificate.code] * 501).text


@pytest.mark.parametrize("text", ["", " \n\t\n", "code\n"])
def test_an_empty_list_is_told_so(client: FlaskClient, text: str) -> None:
    assert "names no certificate" in check(client, text).text


@pytest.mark.parametrize("kind", ["bytes", "broken workbook", "bomb"])
def test_a_file_that_is_no_list_is_refused_in_a_sentence(client: FlaskClient, kind: str) -> None:
    if kind == "bytes":
        content = bytes(range(256)) * 40
    elif kind == "broken workbook":
        content = b"PK\x03\x04" + b"x" * 500
    else:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", b"0" * 5_000_000)
        content = packed.getvalue()
    answer = upload(client, content)
    assert answer.status_code == 200
    assert "There is a problem" in answer.text or "This is neither a signed code" in answer.text


def test_a_file_of_more_than_ten_megabytes_is_refused(client: FlaskClient) -> None:
    answer = client.post(
        "/check/group", data=b"x" * (10 * 1024 * 1024 + 1), content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 413


def events(session: Session, action: Action) -> int:
    session.rollback()
    found = len(session.exec(select(AuditEvent).where(AuditEvent.action == action)).all())
    session.rollback()
    return found


def test_a_long_list_counts_as_one_check_and_ten_a_minute_are_enough(
    client: FlaskClient, session: Session, certificate: Certificate
) -> None:
    code = certificate.code
    for _ in range(PER_ADDRESS):
        assert check(client, *[code] * 20).status_code == 200
    assert events(session, Action.GROUP_CHECKED) == PER_ADDRESS
    assert check(client, code).status_code == 429
    assert check(client, code, at=ENTRY + timedelta(seconds=61)).status_code == 200


@pytest.mark.parametrize("kind", ["unreadable", "a thousand cells a row", "nothing in it", "too many rows"])
def test_b4_a_list_that_is_refused_counts_for_the_throttle(client: FlaskClient, session: Session, kind: str) -> None:
    content = {
        "unreadable": b"PK\x03\x04" + b"x" * 500,
        "a thousand cells a row": cells(3, 1_001),
        "nothing in it": b"\n\n",
        "too many rows": b"JUNK\n" * 501,
    }[kind]
    for _ in range(PER_ADDRESS):
        assert upload(client, content).status_code == 200
    assert events(session, Action.GROUP_SENT) == PER_ADDRESS
    assert events(session, Action.GROUP_CHECKED) == 0
    assert upload(client, content).status_code == 429


def test_b4_a_strangers_file_has_two_megabytes_at_most(client: FlaskClient) -> None:
    # Written out: the test client would leave a temporary file open for so large a part.
    head = b'--x\r\nContent-Disposition: form-data; name="manifest"; filename="list.csv"\r\n\r\n'
    body = head + b"x" * (PUBLIC.size + 1) + b"\r\n--x--\r\n"
    answer = client.post("/check/group/en", data=body, content_type="multipart/form-data; boundary=x")
    assert "it may have 2 MB" in answer.text


def test_guessing_counts_as_a_failed_check_and_a_few_typing_mistakes_do_not(
    client: FlaskClient, session: Session, certificate: Certificate
) -> None:
    code = certificate.code
    check(client, *[code] * 18, "7K3M-9QXD-2RTB", "7K3M-9QXD-2RTC")
    assert events(session, Action.CHECK_FAILED) == 0
    check(client, *[code] * 17, "JUNK", "7K3M-9QXD-2RTB", "7K3M-9QXD-2RTC")
    assert events(session, Action.CHECK_FAILED) == 1
    check(client, "7K3M-9QXD-2RTB")
    assert events(session, Action.CHECK_FAILED) == 2


def test_who_failed_too_often_at_single_codes_does_not_go_on_with_lists(
    client: FlaskClient, certificate: Certificate
) -> None:
    for number in range(PER_ADDRESS):
        client.post("/check/en", data={"code": f"CODE{number}", "birth_year": "1955"})
    assert check(client, certificate.code, at=NOW).status_code == 429


def test_unknown_and_mistyped_codes_of_a_list_differ_only_in_what_typing_shows(client: FlaskClient) -> None:
    rows = read(check(client, "7K3M-9QXD-2RTB", "7K3M-9QXD-2RTC", "7K3M-9QXD-2RTD", answer="csv"))
    assert {row["status"] for row in rows} == {"unknown"}


@pytest.mark.parametrize("language", ["en", "ar", "ru", "ky"])
def test_the_form_opens_in_each_language(client: FlaskClient, language: str) -> None:
    answer = client.get(f"/check/group/{language}")
    assert f'<html lang="{language}"' in answer.text
    assert len(answer.data) < 20_000
