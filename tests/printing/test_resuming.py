"""A worker that is killed in the middle of a print, with real commits and a real process."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from registry import clock
from registry.audit.models import Action, AuditEvent
from registry.certificates import sheet
from registry.certificates.keys import Issuer
from registry.commands import print_run, worker
from registry.db import Database
from registry.jobs.models import Job
from registry.printing import services
from registry.settings import Settings
from tests.factories import NARYN, NOW, make_staff
from tests.printing.piles import ask, codes_on, holder, texts_of

ROOT = Path(__file__).parents[2]
# A worker that stands still while it writes the named file, half of which is on the disk.
HANGING = f"""
import os, sys, time
from datetime import datetime
from registry import clock
from registry.commands import print_run, worker
from registry.db import Database

print_run.CHUNK = 2
replace = print_run.Path.replace

def hang(self, target):
    if target.name == sys.argv[2]:
        os.truncate(self, self.stat().st_size // 2)
        print("half", flush=True)
        time.sleep(60)
    return replace(self, target)

print_run.Path.replace = hang
with clock.set_to(datetime.fromisoformat("{NOW.isoformat()}")):
    worker.run_next(Database(sys.argv[1]))
"""


def kill_while_writing(database: Database, name: str) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", HANGING, url, name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        assert process.stdout.readline() == "half\n"
        process.kill()


def audited(database: Database) -> list[str]:
    with database.open_session(writes=False) as session:
        found = session.exec(select(AuditEvent).where(AuditEvent.action == Action.CERTIFICATE_PRINTED)).all()
    return sorted(event.detail["certificate"] for event in found)


@pytest.mark.parametrize(
    ("name", "drawn"), [("plan", 5), ("chunk-0001.json", 5), ("chunk-0002.json", 3), ("sheets.pdf", 0)]
)
def test_a_print_goes_on_after_its_last_whole_chunk(
    real_database: Database, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, name: str, drawn: int
) -> None:
    with real_database.open_session(writes=True) as session:
        nurse = make_staff(session, point=NARYN)
        pile = [holder(session, issuer, surname) for surname in ("ALIEVA", "BEKOVA", "CHOLOEVA", "ZULPUEVA")]
        pile.insert(0, holder(session, issuer, "ALIEVA", group="Нарын 3"))
        job = ask(session, nurse)
    kill_while_writing(real_database, name)
    folder = services.folder_of(Settings().prints_dir, job.id)
    assert not (folder / name).exists()
    sheets: list[Any] = []
    draw = sheet.render_sheets
    monkeypatch.setattr(print_run, "CHUNK", 2)

    def drawn_again(facts: Any, to: Any, **more: Any) -> None:
        sheets.extend(facts)
        draw(facts, to, **more)

    monkeypatch.setattr(print_run, "render_sheets", drawn_again)
    with clock.set_to(NOW + 2 * worker.LEASE):
        assert worker.run_next(real_database)
    assert len(sheets) == drawn
    printed = [codes_on(text)[0] for text in texts_of(folder / services.SHEETS)[1:]]
    assert printed == [paper.code for paper in pile]
    assert audited(real_database) == sorted(str(paper.id) for paper in pile)
    with real_database.open_session(writes=False) as session:
        assert session.get_one(Job, job.id).result["sheets"] == 5
    json.loads((folder / "chunk-0001.json").read_bytes())
