"""The paper, its signed codes and the recorded doses say the same."""

from datetime import date
from io import BytesIO

import pypdfium2
import zxingcpp
from sqlmodel import Session

from registry import hcert
from registry.campaigns.queries import list_points
from registry.certificates import rules
from registry.certificates.keys import Issuer
from registry.certificates.sheet import SheetFacts, render_sheet
from registry.staff.models import Staff
from registry.vaccinations import queries as vaccinations
from registry.vaccines.models import Lot, Product
from tests.certificates.stories import LATER, certify
from tests.factories import CAMPAIGN, TODAY


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


def test_the_place_names_its_settlement_once(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    for point in list_points(session, CAMPAIGN):
        place = rules._place(point)
        assert place["en"].count(point.settlement["en"]) == 1
        assert set(place) == set(point.name)
    assert certificate.facts["doses"][0]["place"]["en"].endswith("Naryn city")


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
        # Each code alone says when the whole certificate allows entry, not when its own dose counts.
        assert (claim.entry_from, claim.entry_until) == (certificate.valid_from, certificate.valid_until)


def test_no_signature_outlives_its_dose(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    for dose in certificate.facts["doses"]:
        ends = hcert.decode(dose["signed_code"]).claims.expires_at
        assert ends is not None
        assert ends.date() <= date.fromisoformat(dose["valid_until"])


def test_every_code_of_the_printed_sheet_reads_back(session: Session, issuer: Issuer) -> None:
    _pilgrim, certificate = certify(session, issuer)
    sheet = render_sheet(SheetFacts.from_json(certificate.facts))
    with pypdfium2.PdfDocument(BytesIO(sheet)) as document:
        picture = document[0].render(scale=250 / 72, grayscale=True).to_pil()
    texts = {code.text for code in zxingcpp.read_barcodes(picture)}
    expected = {dose["signed_code"] for dose in certificate.facts["doses"]} | {certificate.facts["verify_url"]}
    assert texts == expected
