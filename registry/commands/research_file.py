"""Campaign files in the shape of the notice's research ("schema": "hajj-campaign/1"), read as ours.

That shape says what was found and where; it names no disease codes, no season days and no translated addresses. These
come from the packaged campaign file, by code.
"""

from collections.abc import Mapping
from typing import Any

SCHEMA = "hajj-campaign/1"
ALPHA_3 = {"KG": "KGZ"}
DEMANDED_BY = {"mandatory_national": "KGZ"}  # everything else is Saudi Arabia's


def is_research(document: Mapping[str, Any]) -> bool:
    return document.get("schema") == SCHEMA


def as_campaign_file(document: Mapping[str, Any], packaged: Mapping[str, Any]) -> dict[str, Any]:
    """The same campaign as a "campaign/1" file. KeyError names an entry that is missing."""
    rules = [rule for rule in document["rules"] if "antigen" in rule]
    # The packaged file writes some antigen codes with a hyphen where the research has an underscore.
    wanted = [code_of(rule["antigen"]) for rule in rules]
    known = {antigen["code"]: antigen for antigen in packaged["antigens"]}
    return {
        "format": "campaign/1",
        "campaign": _campaign(document, packaged["campaign"]),
        "regions": [_region(region) for region in sorted(document["regions"], key=lambda region: region["sort"])],
        "antigens": [known[code] for code in dict.fromkeys(wanted)],
        "points": [_point(point, packaged["points"]) for point in document["vaccination_points"]],
        "requirements": [_requirement(rule, packaged["requirements"], document["sources"]) for rule in rules],
    }


def code_of(antigen: str) -> str:
    return antigen.replace("_", "-")


def _words(part: Mapping[str, Any], name: str) -> dict[str, str]:
    return {language: part[key] for language in ("ky", "ru", "en") if part.get(key := f"{name}_{language}")}


def _campaign(document: Mapping[str, Any], packaged: Mapping[str, Any]) -> dict[str, Any]:
    campaign, travel = document["campaign"], document.get("travel", {})
    min_age: Mapping[str, Any] = next((rule for rule in document["rules"] if "min_age_years" in rule), {})
    return {
        "code": campaign["code"],
        "title": {**packaged["title"], **_words(campaign, "title")},
        "country": ALPHA_3[document["regions"][0]["iso"].split("-")[0]],
        "timezone": document["timezone"],
        "entry_timezone": packaged["entry_timezone"],
        "notice_on": campaign.get("notice_date"),
        "starts_on": campaign["start"],
        "ends_on": campaign["end"],
        "default_arrival_on": travel.get("first_flight"),
        "quota": campaign.get("target_population", {}).get("quota"),
        "legal_basis": {**packaged["legal_basis"], **_words(campaign, "legal_basis")},
        "examination_valid_days": packaged["examination_valid_days"],
        "observation_minutes": packaged["observation_minutes"],
        "min_age_years": min_age.get("min_age_years"),
        "min_age_as_of": (min_age.get("as_of") or "")[:10] or None,
        "barring_conditions": [
            {"code": found["code"], "words": {language: found[language] for language in ("ky", "ru", "en")}}
            for found in document.get("barring_conditions", [])
        ],
    }


def _region(region: Mapping[str, Any]) -> dict[str, Any]:
    return {"code": region["iso"], "name": _words(region, "name"), "kind": region.get("type", "")}


def _point(point: Mapping[str, Any], packaged: list[Mapping[str, Any]]) -> dict[str, Any]:
    known = next((known for known in packaged if known["code"] == point["code"]), None)
    street = ", ".join(part for part in (point.get("street_ky"), point.get("house")) if part)
    settlement = ", ".join(part for part in (point.get("settlement_ky"), point.get("district_ky")) if part)
    return {
        "code": point["code"],
        "name": _words(point, "name"),
        # Where nobody translated an address, the paper's own spelling is better than none.
        "settlement": known["settlement"] if known else {"ky": settlement, "en": settlement},
        "address": known["address"] if known else {"ky": street, "en": street},
        "facility_type": point.get("facility_type", ""),
        "regions": point["regions"],
        "printed_row": point.get("table_row"),
        "printed_region": point.get("raw_region_cell", ""),
        "printed_place": point.get("raw_place_cell", ""),
    }


def _requirement(
    rule: Mapping[str, Any], packaged: list[Mapping[str, Any]], sources: Mapping[str, str]
) -> dict[str, Any]:
    known = next((known for known in packaged if known["code"] == rule["id"]), {})
    return {
        "code": rule["id"],
        "antigen": code_of(rule["antigen"]),
        "demanded_by": [DEMANDED_BY.get(rule["status"], "SAU")],
        "mandatory": rule["status"].startswith("mandatory"),
        "min_age_months": rule.get("min_age_months", 0),
        "min_days_before_arrival": rule["min_days_before_arrival"],
        **_validity(rule, known),
        "source": known.get("source") or "; ".join(sources.get(code, code) for code in rule["sources"]),
        "source_on": known.get("source_on"),
        "note": known.get("note", ""),
    }


def _validity(rule: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    if "validity_years_by_type" in rule:
        return {"validity": "years_by_type", "years_by_type": rule["validity_years_by_type"]}
    validity = rule.get("validity", {})
    if "last_dose_between" in validity:
        first, last = validity["last_dose_between"]
        return {"validity": "period", "season_starts_on": first, "season_ends_on": last}
    if "max_months_before_travel" in validity:
        return {"validity": "months", "months": validity["max_months_before_travel"]}
    if validity.get("lifelong"):
        return {"validity": "lifelong"}
    names = ("season_code", "season_starts_on", "months")
    return {"validity": "season", **{name: known[name] for name in names}}
