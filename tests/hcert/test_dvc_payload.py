"""The vaccination claim as a DVC payload: one form per generation, one dataclass for all."""

from dataclasses import fields, replace
from datetime import date
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.hcert import (
    BadHcert,
    IncompleteClaim,
    VaccinationClaim,
    VaccineType,
    read_vaccinations,
    write_vaccination,
)

# Published by the WHO with its generation 1 (a measles dose: the DVC was never limited to travel diseases).
WHO_EXAMPLE: Any = {
    "n": "Test Patient", "dob": "2023-02-04", "s": "female", "ntl": "IND",
    "v": {
        "dn": "FirstDose", "tg": "1F03", "vp": "XM28X5", "dt": "2024-01-23", "cn": "Dr. A", "ma": "PFIZER",
        "bo": "12345", "vls": "2024-01-31", "vle": "2028-01-31",
    },
}  # fmt: skip
GENERATION_2: Any = {
    "n": "Test Patient", "dob": "1990-02", "nid": "AB1", "ndt": "PPN",
    "v": [
        {"vp": "XM2WV4", "dt": "2026-01-05", "is": "KGZ", "bo": "L1", "vls": "2026-01-15", "vle": "2031-01-04"},
        {"vp": "XM1LR5", "dt": "2026-01-06", "cn": "Dr. B", "bo": "L2"},
    ],
}  # fmt: skip

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).map(lambda t: normalize("NFC", t))
dates = st.dates(min_value=date(1900, 1, 1))
birth_dates = st.builds(lambda day, length: day.isoformat()[:length], dates, st.sampled_from([4, 7, 10]))
maybe = st.none() | texts
generation_3_claims = st.builds(
    VaccinationClaim,
    name=texts, birth_date=birth_dates, product_id=texts, given_on=dates, lot=texts, sex=texts, nationality=texts,
    document_number=maybe, document_type=maybe, guardian=maybe, issuer=texts, clinician=maybe, disease=maybe,
    brand=maybe, vaccine_type=st.sampled_from(VaccineType), issued_on=st.none() | dates, template=texts,
    entry_from=st.none() | dates, entry_until=st.none() | dates,
)  # fmt: skip
generation_1_claims = st.builds(
    VaccinationClaim,
    name=texts, birth_date=birth_dates, product_id=texts, given_on=dates, lot=texts, sex=maybe, nationality=maybe,
    document_number=maybe, guardian=maybe, issuer=maybe, clinician=maybe, disease=texts, brand=maybe,
    manufacturer=texts, dose=texts, template=st.none(), valid_from=st.none() | dates, valid_until=st.none() | dates,
)  # fmt: skip


@given(generation_3_claims)
def test_generation_3_gives_back_every_field(claim: VaccinationClaim) -> None:
    assert read_vaccinations(write_vaccination(claim)) == (claim,)


@given(generation_1_claims)
def test_generation_1_gives_back_every_field_that_it_has(claim: VaccinationClaim) -> None:
    assert read_vaccinations(write_vaccination(claim, generation=1)) == (claim,)


def test_generation_3_is_written_with_the_keys_of_the_standard(claim: VaccinationClaim) -> None:
    assert write_vaccination(claim) == {
        "n": "ASANBEKOVA AIGUL", "dob": "1968-03-14", "s": "female", "nt": "KGZ", "id": "PE1234567", "dt": "PPN",
        "vx": {
            "vp": "MeningococcalACYW135TetaProduct85e37fdf8b368c828f1e3bf048f6ca6d", "dv": "2026-03-02", "is": "KGZ",
            "bo": "AB1234A", "tg": "1C1C", "mp": "MenQuadfi", "tp": "C", "ef": "2026-03-12", "eu": "2031-03-01",
        },
        "v": "0.1.0", "d": "2026-03-02",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "of_certificate", "of_dose"),
    [
        ({"ef": "2026-03-12", "eu": "2026-12-25"}, (date(2026, 3, 12), date(2026, 12, 25)), (None, None)),
        ({"ef": "2026-03-12"}, (date(2026, 3, 12), None), (None, None)),
        ({"vls": "2026-03-12", "vle": "2026-12-25"}, (date(2026, 3, 12), date(2026, 12, 25)), (None, None)),
        ({"vls": "2026-03-12"}, (date(2026, 3, 12), None), (None, None)),
        (
            {"ef": "2026-03-12", "vls": "2026-03-02", "vle": "2031-03-01"},
            (date(2026, 3, 12), None),
            (date(2026, 3, 2), date(2031, 3, 1)),
        ),
        ({}, (None, None), (None, None)),
    ],
    ids=["ours", "ours, for life", "ours until November 2026", "the same, for life", "both kinds of days", "no days"],
)
def test_generation_3_tells_the_certificates_days_from_the_doses_own(
    claim: VaccinationClaim, keys: dict[str, str], of_certificate: Any, of_dose: Any
) -> None:
    """Certificate C5."""
    payload: Any = write_vaccination(replace(claim, entry_from=None, entry_until=None))
    payload["vx"] |= keys
    (read,) = read_vaccinations(payload)
    assert (read.entry_from, read.entry_until) == of_certificate
    assert (read.valid_from, read.valid_until) == of_dose
    assert read.window == of_certificate


def test_generation_1_has_the_doses_own_days_and_no_others(claim: VaccinationClaim) -> None:
    """Certificate C5: that is the only meaning that anybody reads under these keys."""
    first = replace(claim, manufacturer="Sanofi", dose="1", valid_from=date(2026, 3, 2), valid_until=date(2030, 1, 1))
    payload: Any = write_vaccination(first, generation=1)
    assert {"vls": "2026-03-02", "vle": "2030-01-01"}.items() <= payload["v"].items()
    assert not {"ef", "eu"} & {*payload, *payload["v"]}
    (read,) = read_vaccinations(payload)
    assert read.window == (date(2026, 3, 2), date(2030, 1, 1))


def test_a_vaccine_type_that_is_not_stated_is_not_written(claim: VaccinationClaim) -> None:
    payload: Any = write_vaccination(replace(claim, vaccine_type=VaccineType.NOT_STATED))

    assert "tp" not in payload["vx"]


def test_names_are_written_composed(claim: VaccinationClaim) -> None:
    decomposed = normalize("NFD", "Айгүл Токтогулкызы й")

    assert write_vaccination(replace(claim, name=decomposed))["n"] == normalize("NFC", decomposed)


def test_the_example_of_the_who_is_read_as_generation_1() -> None:
    (claim,) = read_vaccinations(WHO_EXAMPLE)

    assert claim == VaccinationClaim(
        name="Test Patient", birth_date="2023-02-04", sex="female", nationality="IND", product_id="XM28X5",
        given_on=date(2024, 1, 23), lot="12345", disease="1F03", dose="FirstDose", manufacturer="PFIZER",
        clinician="Dr. A", template=None, valid_from=date(2024, 1, 31), valid_until=date(2028, 1, 31),
    )  # fmt: skip


def test_every_dose_of_generation_2_becomes_a_claim_of_the_same_person() -> None:
    first, second = read_vaccinations(GENERATION_2)

    assert (first.product_id, first.given_on, first.issuer) == ("XM2WV4", date(2026, 1, 5), "KGZ")
    assert (first.valid_from, first.valid_until) == (date(2026, 1, 15), date(2031, 1, 4))
    assert (second.product_id, second.lot, second.clinician) == ("XM1LR5", "L2", "Dr. B")
    assert {(c.name, c.birth_date, c.document_number, c.document_type) for c in (first, second)} == {
        ("Test Patient", "1990-02", "AB1", "PPN")
    }


def test_generation_3_with_the_older_name_of_the_date_is_read(claim: VaccinationClaim) -> None:
    payload: Any = write_vaccination(claim)
    payload["vx"]["dt"] = payload["vx"].pop("dv")

    assert read_vaccinations(payload) == (claim,)


def test_a_template_version_that_nobody_knows_yet_is_read_and_told(claim: VaccinationClaim) -> None:
    (read,) = read_vaccinations({**write_vaccination(claim), "v": "7.0"})

    assert read.template == "7.0"


@pytest.mark.parametrize("field", ["name", "lot", "product_id", "sex", "nationality", "issuer"])
def test_a_certificate_that_lacks_what_its_generation_demands_is_not_written(
    claim: VaccinationClaim, field: str
) -> None:
    without: Any = {field: ""}

    with pytest.raises(IncompleteClaim, match=field):
        write_vaccination(replace(claim, **without))


def test_generation_1_is_not_written_without_maker_and_dose(claim: VaccinationClaim) -> None:
    with pytest.raises(IncompleteClaim, match="manufacturer, dose"):
        write_vaccination(claim, generation=1)


def test_generation_2_is_read_but_not_written(claim: VaccinationClaim) -> None:
    with pytest.raises(ValueError, match="generation 2"):
        write_vaccination(claim, generation=2)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"dob": "14.03.1968"}, id="birth date in another form"),
        pytest.param({"dob": "1968-13"}, id="birth in a thirteenth month"),
        pytest.param({"dob": "19680314"}, id="birth date without hyphens"),
        pytest.param({"dob": ""}, id="no birth date"),
        pytest.param({"n": 7}, id="a number for a name"),
        pytest.param({"n": None}, id="no name"),
        pytest.param({"s": ["female"]}, id="a list for the sex"),
        pytest.param({"vx": {"vp": "XM2WV4", "dv": "2026-W10-1", "bo": "L1"}}, id="a week date"),
        pytest.param({"vx": {"vp": "XM2WV4", "dv": "2026-02-30", "bo": "L1"}}, id="30 February"),
        pytest.param({"vx": {"vp": "XM2WV4", "dv": "2026-03-02"}}, id="no lot"),
        pytest.param({"vx": {"vp": "X", "dv": "2026-03-02", "bo": "L", "ef": "soon"}}, id="entry from an unknown day"),
        pytest.param({"vx": {"vp": "X", "dv": "2026-03-02", "bo": "L", "eu": 20310301}}, id="entry until a number"),
        pytest.param({"v": [1]}, id="a number for a dose"),
        pytest.param({"vx": "dose", "v": WHO_EXAMPLE["v"]}, id="vx says generation 3 and is no map"),
    ],
)
def test_a_payload_that_cannot_be_read_whole_is_refused(claim: VaccinationClaim, change: Any) -> None:
    with pytest.raises(BadHcert, match="content: unreadable_content"):
        read_vaccinations({**write_vaccination(claim), **change})


@pytest.mark.parametrize("payload", [{}, [], None, "x", {"v": []}, {"v": "0.1.0"}])
def test_a_payload_of_no_known_shape_is_refused(payload: Any) -> None:
    with pytest.raises(BadHcert, match="content: unknown_shape"):
        read_vaccinations(payload)


def test_every_field_of_the_claim_is_written_by_some_generation(claim: VaccinationClaim) -> None:
    full = replace(claim, guardian="G", clinician="C", manufacturer="M", dose="P")

    (third,) = read_vaccinations(write_vaccination(full))
    (first,) = read_vaccinations(write_vaccination(full, generation=1))

    for field in fields(VaccinationClaim):
        assert getattr(full, field.name) in (getattr(third, field.name), getattr(first, field.name)), field.name
