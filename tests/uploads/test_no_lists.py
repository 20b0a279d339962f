"""A scan, a photograph or a print is told to be no list, with the kinds that are read: wherever a list is brought."""

import io

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from registry.commands import worker
from registry.db import Database
from registry.pilgrims import intake
from registry.staff.models import Staff
from registry.uploads.limits import PUBLIC
from registry.uploads.reading import NotAList, read_rows
from tests.conftest import SignIn
from tests.factories import make_staff

NO_LISTS = {
    "pdf": b"%PDF-1.7\n1 0 obj",
    "a pdf after a line": b"\n\xef\xbb\xbf%PDF-1.4\n1 0 obj",
    "png": b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF" + b"\0" * 40,
    "of a telephone": b"\0\0\0\x18ftypheic" + b"\0" * 40,
    "webp": b"RIFF\x24\0\0\0WEBPVP8 ",
    "tiff of a scanner": b"II*\0\x08\0\0\0",
}
CHOSEN = {"order": "listed", "paper": "sheets", "point": "", "group": ""}
SAID = "This file is a PDF or a picture, not a list. Lists are read from "


@pytest.mark.parametrize("kind", NO_LISTS)
def test_what_is_no_list_is_known_by_how_it_begins(kind: str) -> None:
    with pytest.raises(NotAList):
        read_rows(NO_LISTS[kind], PUBLIC)


@pytest.mark.parametrize("text", ["PDF;code\n", "%;code\n", "GIF;code\n", "BM 1;code\n", "II;code\n"])
def test_a_list_whose_first_cell_is_like_it_is_read(text: str) -> None:
    assert next(iter(read_rows(text.encode(), PUBLIC)))[1][1] == "code"


def test_the_group_check_says_so(client: FlaskClient) -> None:
    answer = client.post("/check/group/en", data={"manifest": (io.BytesIO(NO_LISTS["pdf"]), "list.csv")})
    assert SAID + "CSV, XLSX files" in answer.text


def test_the_import_of_pilgrims_says_so(database: Database, naryn_lead: Staff, sign_in: SignIn) -> None:
    desk = sign_in(naryn_lead)
    page = desk.post("/pilgrims/import", data={"file": (io.BytesIO(NO_LISTS["jpeg"]), "list.csv")}).location
    assert worker.run_next(database)
    assert SAID + "CSV, XLSX files" in desk.get(str(page)).text
    with pytest.raises(NotAList):  # and so does the command
        list(intake.read_lines(NO_LISTS["png"]))


def test_a_print_of_listed_codes_says_so(session: Session, sign_in: SignIn) -> None:
    desk = sign_in(make_staff(session, "immunologist"))
    answer = desk.post("/print", data={"file": (io.BytesIO(NO_LISTS["pdf"]), "codes.txt"), **CHOSEN})
    assert SAID + "TXT, CSV files" in answer.text
