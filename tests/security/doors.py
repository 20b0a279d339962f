"""Every door of the registry: who may open it and what answers. An endpoint without a row fails a test."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

CLINIC = "registrar doctor vaccinator lead immunologist"
DESK = "registrar vaccinator lead"
PRINTING = "registrar vaccinator lead immunologist"
CORRECTING = "lead immunologist"
WATCHING = "ministry auditor administrator"
COUNTING = "lead immunologist ministry auditor"
EVERYONE = f"{CLINIC} {WATCHING}"
ANYONE = f"nobody {EVERYONE}"


@dataclass(frozen=True)
class Door:
    """`answer`: the status for who may enter, an empty form included. `scoped`: of another place it answers 404."""

    roles: str
    answer: int = 200
    scoped: bool = False


DOORS: dict[tuple[str, str], Door] = {
    ("POST", "web.set_language"): Door(ANYONE, 302),
    ("GET", "web.asset"): Door(ANYONE),
    ("GET", "web.health"): Door(ANYONE),
    # These installations name nobody.
    ("GET", "web.security_txt"): Door(ANYONE, 404),
    ("GET", "staff.home"): Door(EVERYONE, 302),
    ("GET", "staff.sign_in"): Door(ANYONE),
    ("POST", "staff.sign_in"): Door(ANYONE),
    # In these tests nobody has a second factor yet: there is no code to ask for and nothing to remove.
    ("GET", "staff.sign_in_code"): Door(EVERYONE, 302),
    ("POST", "staff.sign_in_code"): Door(EVERYONE, 302),
    ("POST", "staff.sign_out"): Door(EVERYONE, 302),
    ("GET", "staff.change_password"): Door(EVERYONE),
    ("POST", "staff.change_password"): Door(EVERYONE),
    ("GET", "staff.own_second_factor"): Door(EVERYONE),
    ("POST", "staff.own_second_factor"): Door(EVERYONE),
    ("POST", "staff.remove_second_factor"): Door(EVERYONE, 302),
    ("GET", "staff.index"): Door("administrator"),
    ("POST", "staff.end_sessions"): Door("administrator", 302),
    ("POST", "staff.disable"): Door("administrator", 302),
    ("POST", "staff.enable"): Door("administrator", 302),
    ("GET", "staff.audit"): Door("auditor"),
    ("GET", "vaccines.index"): Door(CORRECTING),
    ("GET", "vaccines.receive"): Door(CORRECTING),
    ("POST", "vaccines.receive"): Door(CORRECTING),
    ("GET", "vaccines.hold"): Door(CORRECTING, scoped=True),
    ("POST", "vaccines.hold"): Door(CORRECTING, scoped=True),
    ("GET", "pilgrims.index"): Door(CLINIC),
    ("POST", "pilgrims.search"): Door(CLINIC),
    ("GET", "pilgrims.new"): Door(DESK),
    ("POST", "pilgrims.new"): Door(DESK),
    ("GET", "pilgrims.new_after_language"): Door(DESK, 302),
    ("POST", "pilgrims.new_from_search"): Door(DESK),
    ("GET", "pilgrims.import_list"): Door(CORRECTING),
    ("POST", "pilgrims.import_list"): Door(CORRECTING),
    ("GET", "pilgrims.import_template"): Door(CORRECTING),
    # A list belongs to who uploaded it: in these tests, to somebody else.
    ("GET", "pilgrims.import_job"): Door(CORRECTING, 404),
    ("POST", "pilgrims.approve_import"): Door(CORRECTING, 404),
    ("GET", "room.show"): Door(CLINIC, scoped=True),
    # Nothing is contraindicated for this pilgrim: the record says so.
    ("GET", "room.doctors_note"): Door(CLINIC, 302, scoped=True),
    ("GET", "room.visit"): Door("vaccinator lead", scoped=True),
    ("POST", "room.visit"): Door("vaccinator lead", scoped=True),
    ("GET", "examinations.examine"): Door("doctor", scoped=True),
    ("POST", "examinations.examine"): Door("doctor", scoped=True),
    ("GET", "certificates.pdf"): Door("registrar vaccinator lead immunologist", scoped=True),
    ("GET", "certificates.pocket"): Door("registrar vaccinator lead immunologist", scoped=True),
    ("GET", "printing.index"): Door(PRINTING),
    ("POST", "printing.choose"): Door(PRINTING),
    # A print belongs to who asked for it.
    ("GET", "printing.show"): Door(PRINTING, 404),
    ("POST", "printing.again"): Door(PRINTING, 404),
    ("POST", "printing.anew"): Door(PRINTING, 404),
    ("POST", "printing.cancel"): Door(PRINTING, 404),
    ("GET", "printing.sheets"): Door(PRINTING, 404),
    ("GET", "interop.record"): Door("registrar vaccinator lead immunologist", scoped=True),
    ("GET", "certificates.revoke"): Door("immunologist", scoped=True),
    ("POST", "certificates.revoke"): Door("immunologist", scoped=True),
    # The certificate of the world stands: there is nothing to issue again, and the record says so.
    ("GET", "certificates.issue_again"): Door("immunologist", 302, scoped=True),
    ("POST", "certificates.issue_again"): Door("immunologist", 302, scoped=True),
    ("GET", "certificates.lost"): Door("immunologist", scoped=True),
    ("POST", "certificates.lost"): Door("immunologist", scoped=True),
    ("GET", "corrections.correct_lot"): Door(CORRECTING, scoped=True),
    ("POST", "corrections.correct_lot"): Door(CORRECTING, scoped=True),
    ("GET", "corrections.correct_pilgrim"): Door(CORRECTING, scoped=True),
    ("POST", "corrections.correct_pilgrim"): Door(CORRECTING, scoped=True),
    ("GET", "corrections.correct_dose"): Door(CORRECTING, scoped=True),
    ("POST", "corrections.correct_dose"): Door(CORRECTING, scoped=True),
    ("GET", "corrections.withdraw_dose"): Door(CORRECTING, scoped=True),
    ("POST", "corrections.withdraw_dose"): Door(CORRECTING, scoped=True),
    ("GET", "corrections.withdraw_registration"): Door(CORRECTING, scoped=True),
    ("POST", "corrections.withdraw_registration"): Door(CORRECTING, scoped=True),
    ("GET", "trust.own_list"): Door(ANYONE),
    ("GET", "trust.part_of_own_list"): Door(ANYONE),
    ("GET", "trust.proof_key"): Door(ANYONE),
    ("GET", "trust.revocation_list"): Door(ANYONE),
    ("GET", "verification.show"): Door(ANYONE),
    ("GET", "verification.check_code"): Door(ANYONE),
    ("POST", "verification.check_code"): Door(ANYONE),
    ("GET", "verification.check_group"): Door(ANYONE),
    ("POST", "verification.check_group"): Door(ANYONE),
    ("GET", "verification.my_certificate"): Door(ANYONE),
    ("POST", "verification.my_certificate"): Door(ANYONE),
    ("GET", "verification.how_to_check"): Door(ANYONE),
    ("GET", "verification.log"): Door(WATCHING),
    ("GET", "verification.prove_log"): Door(WATCHING),
    ("POST", "verification.start_proof"): Door(WATCHING, 302),
    ("GET", "verifier.show"): Door(ANYONE),
    ("GET", "verifier.bundle"): Door(ANYONE),
    ("GET", "verifier.worker"): Door(ANYONE),
    ("GET", "coverage.index"): Door(COUNTING),
}
# Whoever passes this door must sign in again.
LAST = ("POST", "staff.sign_out")


def knocks(app: Flask) -> set[tuple[str, str]]:
    """Every (method, endpoint) that the application answers."""
    rules = app.url_map.iter_rules()
    return {(method, rule.endpoint) for rule in rules for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}


def knock(
    app: Flask, browser: FlaskClient, method: str, endpoint: str, names: dict[str, Any], **sent: Any
) -> TestResponse:
    """Send nothing but the method, from a browser that unpacks gzip as all do."""
    return browser.open(address(app, endpoint, names), method=method, headers={"Accept-Encoding": "gzip"}, **sent)


def address(app: Flask, endpoint: str, names: dict[str, Any]) -> str:
    wanted = next(rule.arguments for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)
    with app.test_request_context():
        return app.url_for(endpoint, **{name: names[name] for name in wanted})


def in_order() -> Iterator[tuple[str, str, Door]]:
    for method, endpoint in sorted(DOORS, key=lambda knock: knock == LAST):
        yield method, endpoint, DOORS[method, endpoint]
