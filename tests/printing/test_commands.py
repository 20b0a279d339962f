"""`registry certificates print`: one file from the command line, gone on with after an interruption."""

import errno
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from registry.certificates import services as certificates
from registry.certificates import sheet
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.certificates.rules import new_code
from registry.commands import print_run
from registry.db import Database
from registry.model import new_id
from registry.printing.rules import KEEP
from registry.settings import Settings
from tests.commands.conftest import CommandLine
from tests.factories import NARYN, NOW
from tests.printing.piles import codes_on, holder, texts_of


@dataclass
class Desk(CommandLine):
    """The command line of an installation with three certificates."""

    pile: list[Certificate]
    database: Database
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "pile.pdf"

    def print(self, *arguments: str) -> Any:
        return self.read("certificates", "print", "-o", str(self.file), *arguments)

    def printed(self) -> list[str]:
        return [codes_on(text)[0] for text in texts_of(self.file)[1:]]

    def listed(self, *codes: str) -> str:
        file = self.folder / "codes.txt"
        file.write_text("\n".join(codes))
        return str(file)

    def left(self) -> list[Path]:
        """What lies in the folder of prints."""
        return list(Settings().prints_dir.glob("*"))


@pytest.fixture
def desk(
    real_database: Database, settings: Settings, issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", real_database.engine.url.render_as_string(hide_password=False))
    var = tmp_path / "var"
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(var))
    shutil.copytree(settings.keys_dir, var / settings.keys_dir.relative_to(settings.var_dir))
    monkeypatch.setattr(print_run, "CHUNK", 2)
    with real_database.open_session(writes=True) as session:
        groups = {"ALIEVA": "Нарын 3", "BEKOVA": "Нарын 4", "CHOLOEVA": "Нарын 3"}
        pile = [holder(session, issuer, name, group=group) for name, group in groups.items()]
        session.commit()
    return Desk(var, pile, real_database, tmp_path)


def test_a_point_is_printed_by_group_into_one_file_that_only_its_owner_reads(desk: Desk) -> None:
    done = desk.print("--point", NARYN)
    assert (done["sheets"], done["pages"], done["missing"]) == (3, 4, [])
    assert done["bytes"] == desk.file.stat().st_size
    assert desk.printed() == [desk.pile[n].code for n in (0, 2, 1)]
    assert stat.S_IMODE(desk.file.stat().st_mode) == 0o600
    assert desk.left() == []


def test_on_another_disk_too_it_is_its_owners_from_the_first_byte(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_paths: Any) -> None:
        raise OSError(errno.EXDEV, "another disk")

    monkeypatch.setattr(os, "rename", refuse)
    monkeypatch.setattr(shutil, "copystat", lambda *_, **__: None)
    desk.print("--point", NARYN)
    assert stat.S_IMODE(desk.file.stat().st_mode) == 0o600


def test_of_a_file_that_finds_no_room_nothing_stays(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(made: BinaryIO, file: BinaryIO) -> None:
        file.write(made.read(100))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = set(desk.folder.iterdir())
    with monkeypatch.context() as full:
        full.setattr(shutil, "copyfileobj", half)
        refused = desk.refuse("certificates", "print", "--point", NARYN, "-o", str(desk.file))
    assert refused == "A file cannot be used: No space left on device."
    assert set(desk.folder.iterdir()) <= before | {Settings().var_dir}
    desk.print("--point", NARYN)
    assert len(desk.printed()) == 3


@pytest.mark.parametrize("day", ["2025-12-25", "25.12.2025"])
def test_a_day_and_a_group_narrow_each_other(desk: Desk, day: str) -> None:
    desk.print("--day", day, "--group", "Нарын 3")
    assert desk.printed() == [desk.pile[0].code, desk.pile[2].code]


def test_a_list_keeps_its_order_unless_another_is_wished(desk: Desk) -> None:
    codes = [paper.code for paper in reversed(desk.pile)]
    desk.print("--codes", desk.listed(*codes))
    assert desk.printed() == codes
    desk.print("--codes", desk.listed(*codes), "--order", "name")
    assert desk.printed() == codes[::-1]


def test_codes_of_no_certificate_in_force_are_named(desk: Desk) -> None:
    unknown, revoked = new_code(), desk.pile[1]
    with desk.database.open_session(writes=True) as session:
        certificates.revoke_certificate(session, revoked, reason="Mistaken identity", by=new_id(), at=NOW)
        session.commit()
    codes = desk.listed(desk.pile[0].code, unknown, revoked.code)
    assert desk.print("--codes", codes)["missing"] == [unknown, revoked.code]
    assert desk.printed() == [desk.pile[0].code]
    result = desk.run("certificates", "print", "--codes", codes, "-o", str(desk.file))
    assert result.stdout == f"1 certificates on 2 pages were written to {desk.file}.\n"
    assert f"2 codes are of no certificate in force: {unknown}, {revoked.code}" in result.stderr


def test_the_rest_of_a_pile_after_a_paper_jam(desk: Desk) -> None:
    assert desk.print("--point", NARYN, "--from", "3")["sheets"] == 1
    assert desk.printed() == [desk.pile[1].code]
    refused = desk.refuse("certificates", "print", "--point", NARYN, "--from", "4", "-o", str(desk.file))
    assert refused == "The pile has the sheets 1 to 3. Write one of these numbers."
    assert desk.left() == []


def test_the_same_command_goes_on_where_it_was_interrupted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    draw, drawn = sheet.render_sheets, list[int]()

    def interrupted(facts: Any, to: Any, **more: Any) -> None:
        drawn.append(len(facts))
        if len(drawn) == 2:
            raise KeyboardInterrupt
        draw(facts, to, **more)

    monkeypatch.setattr(print_run, "render_sheets", interrupted)
    stopped = desk.run("certificates", "print", "--point", NARYN, "-o", str(desk.file))
    assert stopped.exit_code == 1
    assert not desk.file.exists()
    assert len(desk.left()) == 1
    desk.print("--point", NARYN)
    assert drawn == [2, 1, 1], "the first chunk was drawn once"
    assert len(desk.printed()) == 3
    assert desk.left() == []


def test_a_print_that_lay_a_day_begins_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(print_run, "render_cover", None)
        assert desk.run("certificates", "print", "--point", NARYN, "-o", str(desk.file)).exit_code == 1
    with desk.database.open_session(writes=True) as session:
        certificates.revoke_certificate(session, desk.pile[0], reason="Mistaken identity", by=new_id(), at=NOW)
        session.commit()
    (plan,) = Settings().prints_dir.glob("*/plan")
    os.utime(plan, (written := (NOW - KEEP).timestamp(), written))
    desk.print("--point", NARYN)
    assert desk.printed() == [desk.pile[n].code for n in (2, 1)]
    assert desk.left() == []


def test_two_commands_do_not_make_the_same_print_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = []
    draw = sheet.render_sheets

    def meanwhile(facts: Any, to: Any, **more: Any) -> None:
        refusals.append(desk.refuse("certificates", "print", "--point", NARYN, "-o", str(desk.folder / "other.pdf")))
        draw(facts, to, **more)

    monkeypatch.setattr(print_run, "render_sheets", meanwhile)
    desk.print("--point", NARYN)
    assert set(refusals) == {"Another command makes the same print at this moment."}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Choose a point, a day or a group, or give a list of codes."),
        (["--group", "nobody"], "No certificate in force was found among those you may see. Choose something else."),
        (["--point", "VP-XXX"], "There is no point 'VP-XXX'. Points of this campaign: VP-OSH,"),
        (["--group", "Нарын 3", "--order", "listed"], "There is no list of codes whose order could be kept."),
        (["--campaign", "NONE", "--point", NARYN], "There is no campaign 'NONE'."),
    ],
)
def test_what_cannot_be_printed_is_refused_in_a_sentence(desk: Desk, arguments: list[str], sentence: str) -> None:
    assert desk.refuse("certificates", "print", *arguments, "-o", str(desk.file)).startswith(sentence)
    assert not desk.file.exists()
    assert desk.left() == []


def test_an_unreadable_code_or_folder_is_said_before_anything_is_printed(desk: Desk) -> None:
    wrong = desk.listed(desk.pile[0].code, "7K3M-9QXD-2RTZ")
    assert "7K3M-9QXD-2RTZ" in desk.refuse("certificates", "print", "--codes", wrong, "-o", str(desk.file))
    nowhere = str(desk.folder / "nowhere" / "pile.pdf")
    assert "There is no folder" in desk.refuse("certificates", "print", "--point", NARYN, "-o", nowhere)
    os.mkfifo(desk.file)
    assert "is a device" in desk.refuse("certificates", "print", "--point", NARYN, "-o", str(desk.file))


def test_a_link_stays_and_what_it_leads_to_is_written(desk: Desk) -> None:
    desk.file.symlink_to(desk.folder / "real.pdf")
    desk.print("--point", NARYN)
    assert desk.file.is_symlink()
    assert len(desk.printed()) == 3
