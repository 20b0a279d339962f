"""Whatever a stranger holds, a signed text, a link or a code, gets the answer it deserves."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, text

from registry import hcert
from registry.certificates import services as certificates
from registry.certificates.keys import Issuer, create_keys, load_issuer
from registry.certificates.models import Certificate
from registry.immunization_log.models import Kind, LogHead, LogRecord
from registry.immunization_log.services import append_row
from registry.model import new_id
from registry.settings import Settings
from registry.vaccinations.models import Dose
from registry.vaccinations.queries import list_live_doses
from registry.verification.queries import Means, find_first_break, list_streams, list_unlogged, verify_text
from registry.verification.rules import Finding, Verdict
from tests.certificates.stories import certify, refresh, set_right
from tests.factories import NARYN, NOW, make_dose, make_pilgrim

ARRIVAL = datetime(2026, 5, 11, 6, 0, tzinfo=UTC)


def check(session: Session | None, issuer: Issuer, what: str, *, at: datetime = ARRIVAL, ours: bool = True) -> Finding:
    own = issuer.trust if ours else hcert.TrustList()
    means = Means(session, issuer.trust, own=own, signers=issuer.trust)
    return verify_text(what, means, at=at, timezone="Asia/Bishkek")


def signed(certificate: Certificate) -> str:
    return str(certificate.facts["doses"][0]["signed_code"])


def held(certificate: Certificate) -> list[str]:
    return [signed(certificate), certificate.facts["verify_url"], certificate.code]


def test_text_link_and_code_of_a_good_certificate_are_valid(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    for what in held(certificate):
        found = check(session, issuer, what)
        assert (found.verdict, found.reason, found.training) == (Verdict.VALID, "in_force", True)


@pytest.mark.parametrize("what", ["http://[/v/abcdefghijklmnopqrst", "/v/", "https://x]/v/", "\ud800/v/", "HC1:\ud800"])
def test_a_text_that_only_resembles_one_is_no_certificate(session: Session, issuer: Issuer, what: str) -> None:
    assert check(session, issuer, what).verdict in {Verdict.CANNOT_TELL, Verdict.NOT_VALID}


def test_before_the_first_day_of_entry_all_three_ask_for_a_look(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    for what in held(certificate):
        found = check(session, issuer, what, at=datetime(2026, 1, 3, 6, tzinfo=UTC))
        assert (found.verdict, found.reason) == (Verdict.CHECK, "entry_not_yet")
        assert "04 JAN 2026" in str(found)


def test_after_the_last_day_none_is_valid(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    verdicts = [check(session, issuer, what, at=datetime(2027, 1, 1, tzinfo=UTC)) for what in held(certificate)]
    assert [found.verdict for found in verdicts] == [Verdict.NOT_VALID] * 3
    assert [found.reason for found in verdicts] == ["ended", "ended", "ended"]


def test_a_revoked_certificate_is_not_valid_however_it_is_shown(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    certificates.revoke_certificate(session, certificate, reason="Shown by somebody else", by=new_id(), at=NOW)
    for what in [*held(certificate), certificate.facts["doses"][1]["signed_code"]]:
        found = check(session, issuer, what)
        assert (found.verdict, found.reason) == (Verdict.NOT_VALID, "revoked")


def test_a_replaced_certificate_asks_for_the_new_paper_and_is_never_called_invalid(
    session: Session, issuer: Issuer
) -> None:
    pilgrim, old = certify(session, issuer)
    set_right(session, pilgrim, latin_given_name="AIGULI")
    new = refresh(session, pilgrim, issuer, at=NOW + timedelta(days=2))
    assert new is not None
    for what in held(old):
        found = check(session, issuer, what)
        assert (found.verdict, found.reason) == (Verdict.CHECK, "replaced")
        assert "27 DEC 2025" in str(found)
    assert check(session, issuer, signed(new)).verdict is Verdict.VALID


def test_one_changed_character_spoils_a_signed_code(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    genuine = signed(certificate)
    for place in range(6, len(genuine), 40):
        other = "A" if genuine[place] != "A" else "B"
        found = check(session, issuer, genuine[:place] + other + genuine[place + 1 :])
        assert found.verdict in {Verdict.NOT_VALID, Verdict.CANNOT_TELL}


def test_a_payload_changed_under_the_old_signature_is_not_valid(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    genuine = hcert.decode(signed(certificate))

    class Forger:
        kid, algorithm = issuer.signer.kid, issuer.signer.algorithm

        def sign(self, _message: bytes) -> bytes:
            return genuine.sign1.signature

    content = genuine.claims.content
    assert isinstance(content, dict)
    claims = hcert.Claims(
        kind=genuine.claims.kind,
        content={**content, "n": "SOMEBODY ELSE"},
        issuer="KG",
        issued_at=genuine.claims.issued_at,
        expires_at=genuine.claims.expires_at,
        cti=genuine.claims.cti,
    )
    found = check(session, issuer, hcert.encode(claims, Forger()))
    assert (found.verdict, found.reason, found.payload) == (Verdict.NOT_VALID, "wrong_signature", None)
    assert found.steps is not None
    assert (found.steps["key"], found.steps["signature"], found.steps["time"]) == (True, False, None)


def test_about_another_installations_training_key_nothing_is_said(
    session: Session, issuer: Issuer, tmp_path: Path
) -> None:
    stranger = Settings(var_dir=tmp_path)
    create_keys(stranger)
    _pilgrim, certificate = certify(session, load_issuer(stranger))
    found = check(session, issuer, signed(certificate))
    assert (found.verdict, found.reason) == (Verdict.CANNOT_TELL, "unknown_key")


def test_without_the_register_a_good_signature_is_all_there_is(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    assert check(None, issuer, signed(certificate)).reason == "signature_good"
    assert check(None, issuer, certificate.code).reason == "no_register"


def test_a_certificate_of_ours_that_the_register_does_not_have_is_suspicious(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    text_of_it = signed(certificate)
    session.rollback()
    assert check(session, issuer, text_of_it).reason == "not_in_register"
    assert check(session, issuer, text_of_it).verdict is Verdict.CHECK
    assert check(session, issuer, text_of_it, ours=False).reason == "signature_good"


@pytest.mark.parametrize("what", ["", "hello", "https://example.org/", "HC2:6BF", "7K3M-9QXD-2RT2", "PE1234567"])
def test_what_is_no_certificate_is_neither_valid_nor_forged(session: Session, issuer: Issuer, what: str) -> None:
    assert check(session, issuer, what).verdict is Verdict.CANNOT_TELL


def test_a_true_token_behind_a_strangers_address_is_not_believed(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    found = check(session, issuer, f"https://check.example.org/v/{certificate.token}")
    assert (found.verdict, found.reason) == (Verdict.CANNOT_TELL, "foreign_link")


def test_a_code_is_found_however_it_was_typed(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    code = certificate.code.lower()
    assert check(session, issuer, f" {code[:4]}-{code[4:8]} {code[8:]} ").verdict is Verdict.VALID


# The log.


def log_dose(session: Session) -> Dose:
    dose = make_dose(session, make_pilgrim(session))
    append_row(session, Kind.DOSE, dose, stream=NARYN, at=NOW)
    return dose


def breaks(session: Session) -> list[tuple[int, str]]:
    session.flush()
    session.expire_all()
    found = [find_first_break(session, head) for head in list_streams(session)]
    return [(one.sequence, one.why) for one in found if one]


def test_a_log_that_nobody_touched_holds(session: Session, issuer: Issuer) -> None:
    log_dose(session)
    certify(session, issuer)
    assert breaks(session) == []


def test_a_dose_changed_behind_the_log_is_named(session: Session) -> None:
    log_dose(session)
    dose = log_dose(session)
    session.execute(text("UPDATE dose SET given_on = '2025-01-01' WHERE id = :id"), {"id": _raw(session, dose)})
    ((sequence, why),) = breaks(session)
    assert sequence == 2
    assert "given_on" in why


def test_a_dose_deleted_behind_the_log_is_named(session: Session) -> None:
    dose = log_dose(session)
    session.execute(text("DELETE FROM dose WHERE id = :id"), {"id": _raw(session, dose)})
    assert breaks(session) == [(1, "the dose that was logged is no longer in the register")]


def test_a_record_changed_together_with_its_row_no_longer_fits_its_entry(session: Session) -> None:
    dose = log_dose(session)
    dose.given_on = date(2025, 1, 1)
    record = session.get_one(LogRecord, (NARYN, 1))
    record.content = {**record.content, "given_on": "2025-01-01"}
    assert breaks(session) == [(1, "the record it commits to was changed")]


def test_a_stream_whose_head_was_taken_away_does_not_hold(session: Session) -> None:
    log_dose(session)
    session.delete(session.get_one(LogHead, NARYN))
    assert len(breaks(session)) == 1


def test_a_dose_that_slipped_in_past_the_log_is_found(session: Session, issuer: Issuer) -> None:
    logged = log_dose(session)
    slipped = make_dose(session, make_pilgrim(session))
    assert [row.id for row in list_unlogged(session)] == [slipped.id]
    assert list_live_doses(session, logged.pilgrim_id) == [logged]


def _raw(session: Session, dose: Dose) -> str:
    """The id as the engine stores it."""
    return dose.id.hex if session.get_bind().dialect.name == "sqlite" else str(dose.id)
