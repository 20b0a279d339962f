"""The nightly check: no certificate in force disagrees with the records, and whatever makes one disagree is named."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlmodel import Session, select

from registry import clock
from registry.campaigns.models import Requirement, VaccinationPoint
from registry.certificates import services
from registry.certificates.keys import Issuer, create_keys, load_issuer
from registry.certificates.models import Certificate, CertificateHandle
from registry.certificates.rules import State
from registry.commands import agreement, cli
from registry.commands.agreement import find_disagreements
from registry.commands.campaign import HAJJ_2026
from registry.commands.worker import run_next
from registry.db import Database
from registry.jobs.queries import find_last_done
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.settings import Settings
from registry.staff.models import Staff
from registry.vaccinations.queries import list_live_doses
from registry.vaccinations.services import supersede_dose
from registry.vaccines.models import Lot, Product
from tests.certificates.stories import LATER, certify, open_second_campaign, read_papers, register_in, set_right
from tests.certificates.test_histories import History
from tests.factories import CAMPAIGN, NARYN, NOW, TODAY

Change = Callable[[Session, Pilgrim, Certificate], object]


def faults(session: Session, issuer: Issuer) -> list[str]:
    session.flush()
    session.expire_all()
    return [one.why for one in find_disagreements(session, issuer=issuer, at=LATER)]


@pytest.mark.parametrize("seed", range(4))
def test_no_history_leaves_anything_to_find(session: Session, issuer: Issuer, seed: int) -> None:
    history = History(session, issuer, seed)
    for _step in range(10):
        history.step()
    assert faults(session, issuer) == []


def test_two_campaigns_and_a_withdrawn_paper_leave_nothing_to_find(session: Session, issuer: Issuer) -> None:
    pilgrim, _certificate = certify(session, issuer)
    umrah = open_second_campaign(session)
    register_in(session, pilgrim, umrah)
    services.refresh(session, pilgrim, campaign=umrah, issuer=issuer, by=new_id(), at=NOW)
    _other, revoked = certify(session, issuer)
    services.revoke_certificate(session, revoked, reason="Shown by somebody else", by=new_id(), at=NOW)
    assert faults(session, issuer) == []


def rename_point(session: Session, _pilgrim: Pilgrim, _certificate: Certificate) -> None:
    point = session.get_one(VaccinationPoint, NARYN)
    point.name = {**point.name, "en": "Another name"}


def rename_product(session: Session, _pilgrim: Pilgrim, _certificate: Certificate) -> None:
    session.get_one(Product, "MENQUADFI").latin_name = "MenQuadfi II"


def rename_vaccinator(session: Session, _pilgrim: Pilgrim, _certificate: Certificate) -> None:
    for nurse in session.exec(select(Staff)):
        nurse.latin_name = "SOMEBODY ELSE"


def rename_lot(session: Session, _pilgrim: Pilgrim, _certificate: Certificate) -> None:
    for lot in session.exec(select(Lot)):
        lot.number += "X"


def change_passport(_session: Session, pilgrim: Pilgrim, _certificate: Certificate) -> None:
    pilgrim.passport_number = "PE0000000"


def ask_for_more(session: Session, _pilgrim: Pilgrim, _certificate: Certificate) -> None:
    """From now on a conjugate must be two hundred days old, and other doses count for one day only."""
    for old in session.exec(select(Requirement).where(Requirement.campaign_code == CAMPAIGN)).all():
        update = {"version": old.version + 1, "years_by_type": {}, "validity": "months", "months": 1}
        session.add(Requirement.model_validate(old.model_dump(), update=update))


def withdraw_dose(session: Session, pilgrim: Pilgrim, _certificate: Certificate) -> None:
    supersede_dose(session, list_live_doses(session, pilgrim.id)[0], None, by=new_id(), at=LATER)


def lose_handle(session: Session, _pilgrim: Pilgrim, certificate: Certificate) -> None:
    session.delete(session.get_one(CertificateHandle, certificate.id.hex))


def move_code(session: Session, _pilgrim: Pilgrim, certificate: Certificate) -> None:
    session.get_one(CertificateHandle, certificate.code).certificate_id = new_id()


def print_differently(**changes: Any) -> Change:
    def change(_session: Session, _pilgrim: Pilgrim, certificate: Certificate) -> None:
        certificate.facts = {**certificate.facts, **changes}

    return change


def print_a_code(signed: Callable[[str], str]) -> Change:
    def change(_session: Session, _pilgrim: Pilgrim, certificate: Certificate) -> None:
        first, *others = certificate.facts["doses"]
        doses = [{**first, "signed_code": signed(first["signed_code"])}, *others]
        certificate.facts = {**certificate.facts, "doses": doses}

    return change


def swap_codes(_session: Session, _pilgrim: Pilgrim, certificate: Certificate) -> None:
    first, second = certificate.facts["doses"]
    codes = second["signed_code"], first["signed_code"]
    doses = [{**dose, "signed_code": code} for dose, code in zip((first, second), codes, strict=True)]
    certificate.facts = {**certificate.facts, "doses": doses}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (rename_point, "doses"),
        (rename_product, "doses"),
        (rename_vaccinator, "doses"),
        (rename_lot, "doses"),
        (change_passport, "its pilgrim's record was altered, and no correction tells why: passport_number"),
        (ask_for_more, "do not meet the requirements"),
        (withdraw_dose, "do not meet the requirements"),
        (lose_handle, "does not lead to it"),
        (move_code, "does not lead to it"),
        (print_differently(code="222222222222"), "than was logged when it was issued: code"),
        (print_differently(verify_url="https://example.org/v/abc"), "than was logged when it was issued: verify_url"),
        (print_a_code(lambda code: code[:-4] + "AAAA"), "does not verify"),
        (swap_codes, "something else than the paper"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_whatever_makes_a_certificate_disagree_is_named(
    session: Session, issuer: Issuer, change: Change, why: str
) -> None:
    pilgrim, certificate = certify(session, issuer)
    change(session, pilgrim, certificate)
    (found,) = faults(session, issuer)
    assert why in found


def test_a_code_of_unknown_keys_is_named(session: Session, issuer: Issuer, tmp_path: Path) -> None:
    certify(session, issuer)
    stranger = Settings(var_dir=tmp_path)
    create_keys(stranger, at=NOW)
    assert "unknown_key" in faults(session, load_issuer(stranger))[0]


def test_what_has_ended_is_not_looked_at(session: Session, issuer: Issuer) -> None:
    certify(session, issuer)
    rename_product(session, None, None)  # type: ignore[arg-type]  # it needs neither
    session.flush()
    assert list(find_disagreements(session, issuer=issuer, at=NOW + timedelta(days=3650))) == []


# The command line and the worker.


@pytest.fixture
def installation(
    real_database: Database, settings: Settings, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> Database:
    """Two pilgrims with their papers."""
    monkeypatch.setenv("REGISTRY_DATABASE_URL", real_database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(settings.var_dir))
    with real_database.open_session(writes=True) as session:
        certify(session, issuer)
        certify(session, issuer, latin_given_name="NURGUL", given_name="Нургүл")
        session.commit()
    return real_database


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["certificates", *arguments, "--json"])


def rename(database: Database) -> None:
    """A correction whose paper did not follow."""
    with database.open_session(writes=True) as session:
        pilgrim = session.exec(select(Pilgrim).where(Pilgrim.latin_given_name == "NURGUL")).one()
        set_right(session, pilgrim, latin_given_name="NURGULIA")
        session.commit()


def test_the_command_names_what_disagrees_and_another_replaces_it(installation: Database) -> None:
    assert (run("check").exit_code, json.loads(run("check").stdout)) == (0, [])
    rename(installation)
    found = run("check")
    (row,) = json.loads(found.stdout)
    assert (found.exit_code, row["why"]) == (1, "it prints other facts than are recorded: latin_name")
    assert "NURGUL" not in found.stdout
    assert [one["code"] for one in json.loads(run("refresh").stdout)] == [row["code"]]
    assert run("check").exit_code == 0
    with installation.open_session(writes=False) as session:
        states = [state for _certificate, state in read_papers(session, CAMPAIGN, on=TODAY)]
        assert sorted(states) == [State.NOT_YET_VALID, State.NOT_YET_VALID, State.REPLACED]


def test_a_campaign_file_that_renames_a_point_says_how_many_papers_it_outdates(
    installation: Database, tmp_path: Path
) -> None:
    document = json.loads(HAJJ_2026.read_text(encoding="utf-8"))
    for point in document["points"]:
        point["name"]["en"] += " renamed"
    file = tmp_path / "campaign.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    loaded = CliRunner().invoke(cli, ["campaign", "load", str(file), "--json"])
    assert json.loads(loaded.stdout)["outdated_certificates"] == 2
    assert "registry certificates refresh" in loaded.stderr
    assert len(json.loads(run("refresh").stdout)) == 2
    assert run("check").exit_code == 0


def test_the_worker_checks_once_a_night_and_the_doctor_tells(installation: Database) -> None:
    def nights_work() -> dict[str, Any]:
        for _sweep in range(2):
            with installation.open_session(writes=True) as session:
                agreement.enqueue_nightly(session, at=clock.now())
                session.commit()
        while run_next(installation, stop=Event()):
            pass
        with installation.open_session(writes=False) as session:
            job = find_last_done(session, agreement.CHECK)
            assert job is not None
            return job.result

    def doctor() -> str:
        return CliRunner().invoke(cli, ["doctor"]).stdout

    assert "never checked" in doctor()
    assert nights_work() == {"checked": 2, "disagreements": 0, "altered": 0, "codes": []}
    assert "checked" not in doctor()
    rename(installation)
    assert nights_work()["disagreements"] == 0  # it was done today
    with clock.set_to(clock.now() + timedelta(days=1)):
        result = nights_work()
        assert (result["checked"], result["disagreements"], len(result["codes"])) == (2, 1, 1)
        told = f"disagreed with the records when they were checked on 26.12.2025 ({result['codes'][0]})"
        assert told in doctor()
    with clock.set_to(NOW + timedelta(days=5)):
        assert run("refresh").exit_code == 0
        nights_work()
    with clock.set_to(NOW + timedelta(days=9)):
        assert "last checked against the records on 30.12.2025" in doctor()
