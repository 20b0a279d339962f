"""The notice as data, and what loading it twice, or loading something else, does."""

import copy
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, col, select

from registry.campaigns import queries, services
from registry.campaigns.models import CampaignPoint, Requirement
from registry.commands.campaign import HAJJ_2026, read_document
from registry.errors import NotFound, Refusal
from registry.staff.queries import actor_for
from tests.factories import CAMPAIGN, NOW, make_staff

Document = dict[str, Any]


@pytest.fixture
def document() -> Document:
    return copy.deepcopy(dict(read_document(HAJJ_2026)))


def load(session: Session, document: Document) -> None:
    services.load_campaign(session, document, by=None, at=NOW)


def versions(session: Session, code: str) -> list[int]:
    query = select(Requirement.version).where(Requirement.campaign_code == CAMPAIGN, Requirement.code == code)
    return list(session.exec(query.order_by(col(Requirement.version))))


def test_the_notice_has_eight_rows_numbered_without_a_second_and_nine_places(session: Session) -> None:
    printed = queries.list_campaign_points(session, CAMPAIGN)

    assert [one.printed_row for one in printed] == [1, 3, 4, 5, 6, 7, 8, 8, 9]
    assert [point.code for point in queries.list_points(session, CAMPAIGN)] == [one.point_code for one in printed]


def test_one_place_serves_two_regions_and_two_places_serve_one(session: Session) -> None:
    assert queries.region_codes_of_points(session, ["VP-OSH"]) == {"KG-O", "KG-GO"}
    assert queries.point_codes_of_regions(session, ["KG-C"]) == {"VP-KNT", "VP-VAN"}
    assert {code for codes in queries.regions_by_point(session).values() for code in codes} == {
        region.code for region in queries.list_regions(session)
    }


def test_the_cells_stay_as_they_were_printed(session: Session) -> None:
    places = {one.point_code: one.printed_place for one in queries.list_campaign_points(session, CAMPAIGN)}

    assert places["VP-OSH"].startswith("№8 \N{GREEK CAPITAL LETTER UPSILON}МБ Ош областтык")
    assert places["VP-BTK"].endswith("Мин башы №14\N{NO-BREAK SPACE}")
    assert places["VP-TLS"].endswith("№293\N{NO-BREAK SPACE}")
    assert places["VP-VAN"].startswith("- ҮДТ")


def test_people_read_the_right_letter_where_the_notice_printed_a_greek_one(session: Session) -> None:
    name = queries.get_point(session, "VP-OSH").name["ky"]

    assert "\N{CYRILLIC CAPITAL LETTER STRAIGHT U}МБ" in name
    assert "\N{GREEK CAPITAL LETTER UPSILON}" not in name


def test_the_campaign_is_what_the_notice_says(session: Session) -> None:
    campaign = queries.get_campaign(session, CAMPAIGN)

    assert (campaign.starts_on, campaign.ends_on) == (date(2025, 12, 23), date(2025, 12, 30))
    assert (campaign.quota, campaign.default_arrival_on) == (6060, date(2026, 5, 11))
    assert len(campaign.barring_conditions) == 9


def test_only_meningococcal_and_influenza_vaccine_count_for_the_certificate(session: Session) -> None:
    asked = queries.list_requirements(session, CAMPAIGN)

    assert [(one.code, one.demanded_by) for one in asked] == [("MEN-ACWY", ["SAU"]), ("FLU", ["KGZ"])]
    assert [antigen.code for antigen in queries.list_antigens(session, CAMPAIGN)] == ["MENACWY", "INFLUENZA"]
    assert all("ar" in antigen.disease for antigen in queries.list_antigens(session, CAMPAIGN))


def test_loading_the_same_file_again_changes_nothing(session: Session, document: Document) -> None:
    load(session, document)

    assert versions(session, "MEN-ACWY") == [1]
    assert len(session.exec(select(CampaignPoint)).all()) == 9


def test_a_changed_requirement_becomes_a_new_version_and_the_old_one_stays(
    session: Session, document: Document
) -> None:
    document["requirements"][0]["years_by_type"]["conjugate"] = 8

    load(session, document)

    assert versions(session, "MEN-ACWY") == [1, 2]
    assert versions(session, "FLU") == [1]
    assert queries.list_requirements(session, CAMPAIGN)[0].years_by_type["conjugate"] == 8
    first = session.get(Requirement, (CAMPAIGN, "MEN-ACWY", 1))
    assert first is not None
    assert first.years_by_type["conjugate"] == 5


def test_a_requirement_that_left_the_file_is_switched_off_and_can_come_back(
    session: Session, document: Document
) -> None:
    flu = document["requirements"].pop(1)
    load(session, document)
    assert [one.code for one in queries.list_requirements(session, CAMPAIGN)] == ["MEN-ACWY"]

    document["requirements"].insert(1, flu)
    load(session, document)
    assert versions(session, "FLU") == [1, 2, 3]


def test_a_point_that_left_the_file_no_longer_takes_part(session: Session, document: Document) -> None:
    document["points"].pop()

    load(session, document)

    assert "VP-BSK" not in {point.code for point in queries.list_points(session, CAMPAIGN)}


def test_another_campaign_is_another_file(session: Session) -> None:
    load(
        session,
        {
            "format": "campaign/1",
            "campaign": {
                "code": "SCHOOL-2027",
                "title": {"en": "School season"},
                "country": "UZB",
                "timezone": "Asia/Tashkent",
                "starts_on": "2027-09-01",
                "ends_on": "2027-10-01",
            },
            "regions": [{"code": "UZ-TK", "name": {"en": "Tashkent"}}],
            "antigens": [
                {
                    "code": "INFLUENZA",
                    "name": {"en": "Influenza"},
                    "disease": {"en": "Influenza"},
                    "icd11_disease": "1E32",
                    "icd11_vaccine": "XM1LR5",
                }
            ],
            "points": [
                {
                    "code": "UZ-1",
                    "name": {"en": "School 1"},
                    "settlement": {"en": "Tashkent"},
                    "address": {"en": "Street 1"},
                    "regions": ["UZ-TK"],
                }
            ],
            "requirements": [
                {
                    "code": "FLU",
                    "antigen": "INFLUENZA",
                    "demanded_by": ["UZB"],
                    "mandatory": True,
                    "min_days_before_arrival": 0,
                    "validity": "months",
                    "months": 12,
                    "source": "an order",
                }
            ],
        },
    )

    assert queries.current_campaign(session, None).code == "SCHOOL-2027"
    assert queries.current_campaign(session, CAMPAIGN).code == CAMPAIGN
    assert len(queries.list_points(session, CAMPAIGN)) == 9


def _set(path: str, value: Any) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        *steps, last = path.split(".")
        part: Any = document
        for step in steps:
            part = part[int(step) if step.isdigit() else step]
        if value is None:
            del part[last]
        else:
            part[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_set("campaign.starts_on", None), "The entry “campaign.starts_on” is missing from the file. Add it."),
        (_set("campaign.colour", "green"), "The file has an entry “campaign.colour” that is not known here."),
        (_set("campaign.timezone", "Asia/Frunze"), "this is not a time zone such as Asia/Bishkek"),
        (_set("campaign.ends_on", "2025-12-01"), "the campaign ends before it starts"),
        (_set("points.0.regions", ["KG-X"]), "the file uses codes that it does not bring: KG-X"),
        (_set("points.1.code", "VP-OSH"), "“points” has the same code twice: VP-OSH"),
        (_set("points.2.name", {"ky": "Баткен"}), "“points.3.name” of the file is not right: the English words"),
        (_set("requirements.1.months", None), "validity “season” also needs months"),
        (_set("requirements.0.min_days_before_arrival", -1), "“requirements.1.min_days_before_arrival”"),
        (_set("format", "campaign/9"), "“format”"),
    ],
)
def test_a_fault_of_the_file_is_told_in_a_sentence_and_nothing_is_loaded(
    session: Session, document: Document, change: Callable[[Document], None], sentence: str
) -> None:
    change(document)

    with pytest.raises(Refusal) as refused:
        load(session, document)

    assert sentence in str(refused.value)
    assert not session.new


def test_all_faults_of_a_file_are_told_at_once(session: Session, document: Document) -> None:
    _set("campaign.code", None)(document)
    _set("regions.0.name", None)(document)

    with pytest.raises(Refusal) as refused:
        load(session, document)

    assert len(refused.value.all) == 2


def test_a_person_works_at_the_points_of_their_scope(session: Session) -> None:
    on = NOW.date()
    nurse = actor_for(session, make_staff(session, point="VP-NRN"), on=on)
    immunologist = actor_for(session, make_staff(session, "immunologist", region="KG-C"), on=on)
    national = actor_for(session, make_staff(session, "ministry"), on=on)

    def codes(actor: Any) -> list[str]:
        return [point.code for point in queries.list_points_in_scope(session, CAMPAIGN, actor)]

    assert codes(nurse) == ["VP-NRN"]
    assert codes(immunologist) == ["VP-KNT", "VP-VAN"]
    assert len(codes(national)) == 9


def test_what_does_not_exist_is_not_found(session: Session) -> None:
    for get in (queries.get_campaign, queries.get_point, queries.get_antigen, queries.current_campaign):
        with pytest.raises(NotFound):
            get(session, "NOWHERE")
