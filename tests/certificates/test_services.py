"""Certificates follow the doses: issued, replaced, revoked, and never two for one fact."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, timedelta
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from sqlmodel import Session, col, select

from registry import hcert
from registry.certificates import queries, services
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.certificates.rules import AlreadyRevoked, ReasonMissing, State
from registry.certificates.sheet import SheetFacts, render_sheet
from registry.db import Database
from registry.immunization_log.models import Kind, LogEntry
from registry.model import new_id
from registry.pilgrims.models import Pilgrim
from registry.staff.models import Staff
from registry.tallies.models import Measure, Tally
from registry.vaccinations import queries as vaccinations
from registry.vaccinations.models import Dose, DoseDetails
from registry.vaccinations.services import supersede_dose
from registry.vaccines.models import Lot, Product
from tests.certificates.stories import certify, give, refresh, vaccinate
from tests.factories import CAMPAIGN, NARYN, NOW, TODAY, make_flu_lot, make_lot, make_pilgrim, the_campaign

LATER = NOW + timedelta(days=3)


def certified(session: Session) -> int:
    tallies = session.exec(select(Tally).where(Tally.measure == Measure.CERTIFIED)).all()
    return sum(tally.count for tally in tallies)


def entries(session: Session) -> list[Kind]:
    found = session.exec(select(LogEntry).where(LogEntry.stream == NARYN).order_by(col(LogEntry.sequence))).all()
    return [entry.kind for entry in found if entry.kind is not Kind.DOSE]


def worth(session: Session, certificate: Certificate, *, on: date) -> State:
    return queries.standing(session, certificate, on=on).state


def details_of(dose: Dose, **changes: Any) -> DoseDetails:
    return DoseDetails.model_validate({**dose.model_dump(), **changes})


def change_lot(session: Session, pilgrim: Pilgrim, lot: Lot) -> None:
    """The meningococcal dose came from another lot than was recorded."""
    dose = vaccinations.list_live_doses(session, pilgrim.id)[-1]
    details = details_of(dose, lot_id=lot.id, product_code=lot.product_code)
    supersede_dose(session, dose, details, by=new_id(), at=LATER)


def test_both_doses_earn_a_certificate(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    assert certificate.number == 1
    assert (certificate.valid_from, certificate.valid_until) == (date(2026, 1, 4), date(2026, 8, 31))
    assert worth(session, certificate, on=date(2026, 5, 11)) is State.VALID
    assert certified(session) == 1
    assert entries(session) == [Kind.CERTIFICATE_ISSUED]


def test_one_dose_is_not_enough(session: Session, issuer: Issuer) -> None:
    pilgrim = make_pilgrim(session)
    give(session, pilgrim, make_lot(session))
    assert refresh(session, pilgrim, issuer) is None
    assert queries.list_certificates(session, pilgrim.id) == []


def test_doses_too_late_for_the_arrival_still_earn_a_paper_that_says_from_when(
    session: Session, issuer: Issuer
) -> None:
    _pilgrim, certificate = certify(session, issuer, arrival_on=date(2025, 12, 30))
    assert certificate.valid_from == date(2026, 1, 4)
    assert worth(session, certificate, on=date(2025, 12, 30)) is State.NOT_YET_VALID


def test_the_paper_says_what_was_recorded(session: Session, issuer: Issuer) -> None:
    pilgrim, certificate = certify(session, issuer, arrival_on=None)
    facts = SheetFacts.from_json(certificate.facts)
    assert facts.latin_name == "ASANBEKOVA AIGUL"
    assert facts.cyrillic_name == "Асанбекова Айгүл Токтогуловна"
    assert (facts.birth_date, facts.passport_number) == (pilgrim.birth_on, pilgrim.passport_number)
    assert (facts.code, facts.verify_url) == (certificate.code, f"{issuer.url}/v/{certificate.token}")
    assert (facts.entry_from, facts.entry_until) == (certificate.valid_from, certificate.valid_until)
    assert (facts.planned_arrival, certificate.facts["arrival_assumed"]) == (date(2026, 5, 11), True)
    assert facts.training
    doses = vaccinations.list_live_doses(session, pilgrim.id)
    shown = {dose.product: dose for dose in facts.doses}
    assert len(shown) == len(doses) == 2
    for dose in doses:
        product, lot = session.get_one(Product, dose.product_code), session.get_one(Lot, dose.lot_id)
        vaccinator = session.get_one(Staff, dose.given_by_id)
        printed = shown[product.latin_name]
        assert (printed.lot, printed.given_on) == (lot.number, dose.given_on)
        assert (printed.vaccine_type, printed.vaccinator) == (product.vaccine_type.value, vaccinator.latin_name)


def test_the_signed_codes_say_the_same_as_the_paper(session: Session, issuer: Issuer) -> None:
    pilgrim, certificate = certify(session, issuer)
    for dose in certificate.facts["doses"]:
        checked = hcert.verify(dose["signed_code"], issuer.trust, at=LATER)
        assert checked.verdict is hcert.Verdict.VALID
        assert checked.claims is not None
        assert checked.claims.certificate_id == certificate.id
        assert checked.claims.issuer == "KG"
        (claim,) = checked.vaccinations
        assert (claim.name, claim.birth_date) == ("ASANBEKOVA AIGUL", pilgrim.birth_on.isoformat())
        assert (claim.document_number, claim.document_type) == (pilgrim.passport_number, "PPN")
        assert (claim.lot, claim.given_on, claim.brand) == (dose["lot"], TODAY, dose["product"])
        assert (claim.nationality, claim.issuer, claim.sex) == ("KGZ", "KGZ", "female")


def test_the_signature_of_the_influenza_dose_ends_with_its_season(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    texts = {dose["antigen"]: dose["signed_code"] for dose in certificate.facts["doses"]}
    ends = hcert.decode(texts["INFLUENZA"]).claims.expires_at
    assert ends is not None
    assert ends.astimezone(UTC).date() == date(2026, 8, 31)


def test_every_code_of_the_printed_sheet_reads_back(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    sheet = render_sheet(SheetFacts.from_json(certificate.facts))
    with pypdfium2.PdfDocument(BytesIO(sheet)) as document:
        picture = document[0].render(scale=250 / 72, grayscale=True).to_pil()
    texts = {code.text for code in zxingcpp.read_barcodes(picture)}
    expected = {dose["signed_code"] for dose in certificate.facts["doses"]} | {certificate.facts["verify_url"]}
    assert texts == expected


def test_nothing_new_is_issued_while_nothing_changed(session: Session, issuer: Issuer) -> None:
    pilgrim, certificate = certify(session, issuer)
    assert refresh(session, pilgrim, issuer, at=LATER) == certificate
    assert len(queries.list_certificates(session, pilgrim.id)) == 1
    assert entries(session) == [Kind.CERTIFICATE_ISSUED]


def test_a_corrected_lot_replaces_the_paper_and_the_old_one_says_so(session: Session, issuer: Issuer) -> None:
    pilgrim, old = certify(session, issuer)
    change_lot(session, pilgrim, make_lot(session, number="NEWLOT77"))
    new = refresh(session, pilgrim, issuer, at=LATER)
    assert new is not None
    assert (new.number, new.replaces_id) == (2, old.id)
    assert new.facts["replaces"] == [old.code, "2025-12-25"]
    assert "NEWLOT77" in {dose["lot"] for dose in new.facts["doses"]}
    standing = queries.standing(session, old, on=TODAY)
    assert (standing.state, standing.replaced_by) == (State.REPLACED, new)
    assert certified(session) == 1
    assert entries(session)[-1] is Kind.CERTIFICATE_REPLACED


def test_a_corrected_name_replaces_the_paper(session: Session, issuer: Issuer) -> None:
    pilgrim, old = certify(session, issuer)
    pilgrim.latin_given_name = "AIGULI"
    session.flush()
    new = refresh(session, pilgrim, issuer, at=LATER)
    assert new is not None
    assert new.replaces_id == old.id
    assert (
        hcert.verify(new.facts["doses"][0]["signed_code"], issuer.trust, at=LATER)
        .vaccinations[0]
        .name.endswith("AIGULI")
    )


def test_a_withdrawn_dose_revokes_the_paper_and_uncounts_the_pilgrim(session: Session, issuer: Issuer) -> None:
    pilgrim, certificate = certify(session, issuer)
    dose = vaccinations.list_live_doses(session, pilgrim.id)[0]
    supersede_dose(session, dose, None, by=new_id(), at=LATER)
    assert refresh(session, pilgrim, issuer, at=LATER) is None
    standing = queries.standing(session, certificate, on=TODAY)
    assert standing.state is State.REVOKED
    assert standing.revocation is not None
    assert standing.revocation.reason == services.NO_LONGER_COVERED
    assert certified(session) == 0
    assert entries(session)[-1] is Kind.CERTIFICATE_REVOKED


def test_after_a_revocation_the_next_paper_begins_a_line_of_its_own(session: Session, issuer: Issuer) -> None:
    pilgrim, first = certify(session, issuer)
    services.revoke_certificate(session, first, reason="Shown by somebody else", by=new_id(), at=NOW)
    second = refresh(session, pilgrim, issuer, at=LATER)
    assert second is not None
    assert (second.number, second.replaces_id, second.facts["replaces"]) == (2, None, None)
    assert worth(session, first, on=date(2026, 5, 11)) is State.REVOKED
    assert worth(session, second, on=date(2026, 5, 11)) is State.VALID
    assert certified(session) == 1


def test_an_old_paper_falls_with_the_one_that_took_its_place(session: Session, issuer: Issuer) -> None:
    pilgrim, old = certify(session, issuer)
    change_lot(session, pilgrim, make_lot(session))
    new = refresh(session, pilgrim, issuer, at=LATER)
    assert new is not None
    services.revoke_certificate(session, new, reason="The doses were never given", by=new_id(), at=LATER)
    assert worth(session, old, on=date(2026, 5, 11)) is State.REVOKED
    assert certified(session) == 0


def test_a_certificate_is_revoked_once(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    services.revoke_certificate(session, certificate, reason="Shown by somebody else", by=new_id(), at=NOW)
    with pytest.raises(AlreadyRevoked):
        services.revoke_certificate(session, certificate, reason="Once more", by=new_id(), at=NOW)
    assert certified(session) == 0


def test_a_revocation_needs_a_reason(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    with pytest.raises(ReasonMissing):
        services.revoke_certificate(session, certificate, reason="  ", by=new_id(), at=NOW)


def test_code_token_and_signed_id_each_lead_to_the_certificate(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    assert queries.find_by_handle(session, certificate.code) == certificate
    assert queries.find_by_handle(session, certificate.token) == certificate
    assert queries.find_by_id(session, certificate.id) == certificate
    # Time-ordered ids are no secrets: they open no link.
    assert queries.find_by_handle(session, certificate.id.hex) is None


def test_the_list_reads_on_where_a_page_ends(session: Session, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = [certify(session, issuer)[1].code for _ in range(5)]
    monkeypatch.setattr(queries, "PAGE", 2)
    listed = [certificate.code for certificate, _state in queries.read_all(session, CAMPAIGN, on=TODAY)]
    assert listed == issued


class History:
    """Things that happen to one pilgrim's record, in any order; each ends, as everywhere, in `refresh`."""

    def __init__(self, session: Session, issuer: Issuer, seed: int) -> None:
        self.session, self.issuer, self.random = session, issuer, random.Random(seed)
        self.pilgrim = make_pilgrim(session)
        self.at = NOW

    def live(self) -> list[Dose]:
        return list(vaccinations.list_live_doses(self.session, self.pilgrim.id))

    def vaccinate(self) -> None:
        missing = {"MENACWY": make_lot, "INFLUENZA": make_flu_lot}
        for dose in self.live():
            missing.pop(dose.antigen_code)
        if missing:
            make = self.random.choice([*missing.values()])
            give(self.session, self.pilgrim, make(self.session), at=self.at)

    def withdraw(self) -> None:
        if self.live():
            supersede_dose(self.session, self.random.choice(self.live()), None, by=new_id(), at=self.at)

    def correct_dose(self) -> None:
        if self.live():
            dose = self.random.choice(self.live())
            given_on = TODAY - timedelta(days=self.random.randrange(3))
            supersede_dose(self.session, dose, details_of(dose, given_on=given_on), by=new_id(), at=self.at)

    def correct_name(self) -> None:
        self.pilgrim.latin_given_name = self.random.choice(["AIGUL", "AIGULI"])
        self.session.flush()

    def revoke(self) -> None:
        live = queries.live_certificate(self.session, self.pilgrim.id, CAMPAIGN)
        if live:
            services.revoke_certificate(self.session, live, reason="Shown by another", by=new_id(), at=self.at)

    def step(self) -> None:
        self.at += timedelta(minutes=1)
        acts = (self.vaccinate, self.vaccinate, self.withdraw, self.correct_dose, self.correct_name, self.revoke)
        self.random.choice(acts)()
        refresh(self.session, self.pilgrim, self.issuer, at=self.at)


@pytest.mark.parametrize("seed", range(6))
def test_no_history_leaves_a_certificate_that_disagrees_with_its_doses(
    session: Session, issuer: Issuer, seed: int
) -> None:
    history = History(session, issuer, seed)
    for _step in range(12):
        history.step()
        live = queries.live_certificate(session, history.pilgrim.id, CAMPAIGN)
        doses = {dose.antigen_code: dose for dose in history.live()}
        assert (live is not None) == (len(doses) == 2)
        assert certified(session) == (live is not None)
        if live is not None:
            assert live.facts["latin_name"] == f"ASANBEKOVA {history.pilgrim.latin_given_name}"
            printed = {dose["antigen"]: dose["given_on"] for dose in live.facts["doses"]}
            assert printed == {code: dose.given_on.isoformat() for code, dose in doses.items()}
        older = [one for one in queries.list_certificates(session, history.pilgrim.id) if one != live]
        assert all(worth(session, one, on=date(2026, 5, 11)) is not State.VALID for one in older)


@pytest.mark.real_commit
def test_two_desks_at_once_make_one_certificate(real_database: Database, issuer: Issuer) -> None:
    with real_database.open_session(writes=True) as session:
        pilgrim_id = vaccinate(session).id
        session.commit()

    def finish(_desk: int) -> str:
        def work(session: Session) -> str:
            pilgrim = session.get_one(Pilgrim, pilgrim_id)
            certificate = services.refresh(
                session, pilgrim, campaign=the_campaign(session), issuer=issuer, by=new_id(), at=NOW
            )
            session.commit()
            assert certificate is not None
            return certificate.code

        return real_database.run_transaction(work)

    with ThreadPoolExecutor(4) as desks:
        codes = set(desks.map(finish, range(4)))
    with real_database.open_session(writes=False) as session:
        assert [one.code for one in queries.list_certificates(session, pilgrim_id)] == [*codes]
        assert certified(session) == 1
