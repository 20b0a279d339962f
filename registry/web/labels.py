"""What people read instead of a stored value: one place for the label of every enum member."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

LABELS: dict[str, dict[str, LazyString]] = {
    "Sex": {"female": _l("Female"), "male": _l("Male")},
    "BirthPrecision": {"day": _l("Full date"), "month": _l("Month and year"), "year": _l("Year only")},
    "VaccineType": {
        "conjugate": _l("Conjugate"),
        "polysaccharide": _l("Polysaccharide"),
        "inactivated": _l("Inactivated"),
        "unknown": _l("Type not stated"),
    },
    "Route": {
        "intramuscular": _l("Into the muscle"),
        "subcutaneous": _l("Under the skin"),
        "intranasal": _l("Into the nose"),
    },
    "Site": {
        "left_upper_arm": _l("Left upper arm"),
        "right_upper_arm": _l("Right upper arm"),
        "left_thigh": _l("Left thigh"),
        "right_thigh": _l("Right thigh"),
        "nose": _l("Nose"),
    },
    "Outcome": {
        "fit": _l("Fit: may be vaccinated"),
        "deferred": _l("Deferred until a later day"),
        "needs_specialist": _l("Needs a specialist first"),
        "unfit": _l("Unfit for the Hajj"),
    },
    "VitalSign": {
        "temperature_c": _l("Temperature, °C"),
        "systolic": _l("Blood pressure, upper"),
        "diastolic": _l("Blood pressure, lower"),
        "pulse": _l("Pulse"),
        "spo2": _l("Oxygen saturation"),
        "weight_kg": _l("Weight, kg"),
    },
    "DoseStatus": {"completed": _l("Given"), "entered_in_error": _l("Entered in error")},
    "NotGivenReason": {
        "refused": _l("The pilgrim refused"),
        "acute_illness": _l("Ill today"),
        "contraindicated": _l("Contraindicated"),
        "already_valid": _l("An earlier dose still counts"),
        "out_of_stock": _l("No vaccine at this point"),
        "absent": _l("Did not come"),
        "unfit_for_hajj": _l("Unfit for the Hajj"),
        "withdrew": _l("No longer travels"),
        "other": _l("Another reason"),
    },
    "Cause": {
        "decision": _l("By a person's decision"),
        "lost": _l("Lost"),
        "stolen": _l("Stolen"),
        "not_covered": _l("The doses no longer count"),
        "outdated": _l("The record was corrected"),
    },
    "HoldKind": {"quarantine": _l("In quarantine"), "recall": _l("Recalled"), "release": _l("Released")},
    "MovementKind": {
        "received": _l("Received"),
        "administered": _l("Given"),
        "returned": _l("Put back"),
        "wasted": _l("Wasted"),
        "counted": _l("Counted"),
    },
    "ScopeKind": {"point": _l("Vaccination point"), "region": _l("Region"), "country": _l("Whole country")},
    "Kind": {
        "dose": _l("Dose given"),
        "not_given": _l("Dose not given"),
        "correction": _l("Correction"),
        "certificate_issued": _l("Certificate issued"),
        "certificate_replaced": _l("Certificate replaced"),
        "certificate_revoked": _l("Certificate revoked"),
    },
    "Action": {
        "signed_in": _l("Signed in"),
        "sign_in_failed": _l("Sign-in failed"),
        "code_failed": _l("Wrong code of the second factor"),
        "signed_out": _l("Signed out"),
        "password_changed": _l("Password changed"),
        "refused_entry": _l("Refused entry"),
        "staff_changed": _l("Account changed"),
        "sessions_ended": _l("Sessions ended"),
        "searched": _l("Searched"),
        "searched_by_identifier": _l("Searched by full passport number or PIN"),
        "viewed": _l("Viewed a pilgrim"),
        "registered": _l("Registered a pilgrim"),
        "imported": _l("Imported a list"),
        "list_checked": _l("Had a list checked"),
        "examined": _l("Recorded an examination"),
        "vaccinated": _l("Recorded a dose"),
        "not_given": _l("Recorded a dose not given"),
        "corrected": _l("Corrected a record"),
        "certificate_issued": _l("Certificate issued"),
        "certificate_reissued": _l("New certificate issued after a revocation"),
        "certificate_printed": _l("Certificate printed"),
        "certificate_revoked": _l("Certificate revoked"),
        "note_printed": _l("Doctor's note printed"),
        "codes_differ": _l("A certificate's signed codes or logged issue differ from the register"),
        "stock_changed": _l("Stock changed"),
        "check_failed": _l("A certificate check failed"),
        "group_sent": _l("List sent to be checked"),
        "group_checked": _l("The certificates of a group were checked"),
        "coverage_viewed": _l("Viewed coverage"),
        "log_viewed": _l("Viewed the log"),
        "campaign_loaded": _l("Campaign loaded"),
        "keys_changed": _l("Signing keys changed"),
        "trust_changed": _l("Trusted lists changed"),
    },
}

FIELDS: dict[str, LazyString] = {
    "latin_surname": _l("Surname in Latin letters"),
    "latin_given_name": _l("Given names in Latin letters"),
    "surname": _l("Surname"),
    "given_name": _l("Given name"),
    "patronymic": _l("Patronymic"),
    "birth_on": _l("Birth date"),
    "birth_precision": _l("How much of the birth date is known"),
    "sex": _l("Sex"),
    "nationality": _l("Nationality"),
    "passport_number": _l("Passport number"),
    "pin": _l("PIN"),
    "phone": _l("Telephone"),
    "region_code": _l("Region"),
    "region": _l("Region"),
    "arrival_on": _l("Arrival"),
    "group_name": _l("Group"),
    "point_code": _l("Vaccination point"),
    "point": _l("Vaccination point"),
    "antigen_code": _l("Vaccine against"),
    "antigen": _l("Vaccine against"),
    "product_code": _l("Product"),
    "lot_id": _l("Lot"),
    "lot": _l("Lot"),
    "given_on": _l("Day of vaccination"),
    "route": _l("Route"),
    "site": _l("Site"),
    "volume_ml": _l("Volume, ml"),
    "status": _l("Status"),
    "what": _l("What"),
    "reason": _l("Reason"),
    "certificate": _l("Certificate"),
    "campaign": _l("Campaign"),
    "doses": _l("Doses"),
    "number": _l("Number"),
    "expires_on": _l("Expiry date"),
    "season_code": _l("Season"),
    "fields": _l("Fields"),
    "endpoint": _l("Page"),
    "permission": _l("Permission"),
    "found": _l("Found"),
}

# Which enum a recorded field's value belongs to.
ENUMS = {
    "sex": "Sex",
    "birth_precision": "BirthPrecision",
    "route": "Route",
    "site": "Site",
    "status": "DoseStatus",
}


def label(member: StrEnum) -> LazyString:
    """The words for an enum member. A missing one fails loudly: tests walk all enums."""
    return LABELS[type(member).__name__][member.value]


def stored_label(field: str, value: str) -> str | None:
    """The words for a value as a correction stored it; None where the field holds no enum member."""
    words = LABELS.get(ENUMS.get(field, ""), {}).get(value)
    return None if words is None else str(words)


def choices(enum: type[StrEnum]) -> list[tuple[str, LazyString]]:
    """All members of an enum for a select or radio field."""
    return [(member.value, label(member)) for member in enum]


def field_label(name: str) -> str:
    """The words for a recorded field; a name nobody wrote words for is shown without its underscores."""
    return str(FIELDS.get(name, name.replace("_", " ")))
