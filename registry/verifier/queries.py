"""What the offline verifier must know of the register: the rules of entry and the names of diseases."""

from typing import Any

from sqlmodel import Session

from registry.campaigns import queries as campaigns
from registry.verification import queries as verification
from registry.verifier.rules import tell_terms


def read_rules(session: Session, campaign_code: str | None) -> dict[str, Any]:
    """What the current campaign asks, and the diseases by their ICD-11 code in every language there is."""
    campaign = campaigns.current_campaign(session, campaign_code)
    return {
        "entryTimezone": campaign.entry_timezone,
        "terms": tell_terms(verification.list_terms(session, campaign.code)),
        "diseases": {
            antigen.icd11_disease: dict(antigen.disease) for antigen in campaigns.list_antigens(session, campaign.code)
        },
    }
