"""The table of answers: every reason has its verdict and its words."""

import re
from datetime import UTC, date, datetime

import pytest

from registry import hcert
from registry.certificates.histories import Standing
from registry.certificates.models import Certificate, CertificateRevocation
from registry.certificates.rules import State, new_code, new_token
from registry.model import new_id
from registry.verification.rules import (
    ANSWERS,
    STEPS,
    Reason,
    Verdict,
    finding,
    judge,
    signed_fault,
    spell_birth,
)

PILGRIM = new_id()


def certificate(issued_on: str = "2025-12-28") -> Certificate:
    return Certificate(
        pilgrim_id=PILGRIM,
        campaign_code="HAJJ-1447H-2026",
        number=1,
        code=new_code(),
        token=new_token(),
        issued_at=datetime.fromisoformat(f"{issued_on}T06:00+06:00"),
        issued_by_id=new_id(),
        valid_from=date(2026, 5, 12),
        valid_until=date(2026, 8, 31),
        facts={"issued_on": issued_on},
    )


REVOCATION = CertificateRevocation(
    pilgrim_id=PILGRIM,
    certificate_id=new_id(),
    reason="Shown by somebody else",
    revoked_at=datetime(2026, 2, 1, 12, tzinfo=UTC),
    revoked_by_id=new_id(),
)


@pytest.mark.parametrize(
    ("standing", "verdict", "words"),
    [
        (Standing(State.VALID, None, None), Verdict.VALID, "The vaccination requirements are met today"),
        (Standing(State.NOT_YET_VALID, None, None), Verdict.CHECK, "valid from 12 MAY 2026"),
        (Standing(State.EXPIRED, None, None), Verdict.NOT_VALID, "valid until 31 AUG 2026"),
        (
            Standing(State.REPLACED, certificate("2026-01-09"), None),
            Verdict.CHECK,
            "replaced by a newer certificate of 09 JAN 2026",
        ),
        (Standing(State.REVOKED, None, REVOCATION), Verdict.NOT_VALID, "withdrawn on 01 FEB 2026"),
        (Standing(State.REVOKED, certificate(), REVOCATION), Verdict.NOT_VALID, "withdrawn on 01 FEB 2026"),
    ],
    ids=["in force", "not yet", "ended", "replaced", "revoked", "replaced, then all revoked"],
)
def test_each_standing_has_its_verdict_and_its_day(standing: Standing, verdict: Verdict, words: str) -> None:
    found = finding(*judge(certificate(), standing, timezone="Asia/Bishkek"))
    assert found.verdict is verdict
    assert words in str(found)


def test_every_reason_has_an_answer() -> None:
    assert set(ANSWERS) == set(Reason)


def test_only_what_may_pass_unasked_is_valid() -> None:
    valid = {reason for reason, (verdict, _sentence) in ANSWERS.items() if verdict is Verdict.VALID}
    assert valid == {Reason.IN_FORCE, Reason.SIGNATURE_GOOD, Reason.DOSE_COUNTS}


def test_every_fault_of_a_signed_code_has_a_whole_sentence() -> None:
    for reason in hcert.Reason:
        assert re.fullmatch(r"[A-Z].*\.", signed_fault(reason))


def test_what_is_damaged_is_scanned_again_and_what_is_forged_is_not() -> None:
    # certificate C2: what was unpacked has passed its checksum, so it was read whole, whatever it is.
    again = {reason.value for reason in hcert.Reason if "Scan it again" in signed_fault(reason)}
    assert again == {"wrong_prefix", "too_long", "not_base45", "not_compressed"}
    forged = {reason.value for reason in hcert.Reason if "forged" in signed_fault(reason)}
    assert forged == {"wrong_signature"}
    assert all("clock" in signed_fault(hcert.Reason(one)) for one in ("issued_in_future", "not_yet_valid"))


def test_only_what_is_proved_or_unread_is_refused() -> None:
    """certificate C2: a dialect that is not known, or content that is not, proves nothing against a paper."""
    open_questions = {fault for fault in hcert.Reason if "does not know" in signed_fault(fault)}
    assert {"not_cbor", "wrong_key_id", "wrong_claim", "unsupported_algorithm", "no_expiry"} < open_questions
    for fault in open_questions | {hcert.Reason.UNKNOWN_SHAPE, hcert.Reason.UNREADABLE_CONTENT}:
        assert hcert.verdict_of(fault) is hcert.Verdict.CANNOT_TELL
    refused = {fault for fault in hcert.Reason if hcert.verdict_of(fault) is hcert.Verdict.NOT_VALID}
    assert {"wrong_signature", "wrong_key_usage", "unsuitable_key", "expired", "not_base45"} < refused


def test_every_step_has_a_name_of_its_own() -> None:
    assert set(STEPS) == set(hcert.Step)
    assert len(set(STEPS.values())) == len(STEPS)


@pytest.mark.parametrize(("precision", "spelt"), [("day", "12 MAR 1955"), ("month", "MAR 1955"), ("year", "1955")])
def test_a_birth_date_says_no_more_than_the_passport(precision: str, spelt: str) -> None:
    assert spell_birth({"birth_date": "1955-03-12", "birth_precision": precision}) == spelt
