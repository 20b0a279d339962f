"""The page in the browser and the server in Python answer alike: one table of cases goes through both."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from registry import hcert
from registry.certificates.keys import Issuer
from registry.hcert import KeySigner
from registry.verification.queries import Means, verify_text
from registry.verification.rules import Finding, Reason
from tests.hcert.published import ALL
from tests.verification.offline_cases import CLAIM, Case, Country, believed, cases, terms
from tests.verifier.capital_cases import capitals
from tests.verifier.cases import Forge, Text, texts
from tests.verifier.conftest import Ask, Found
from tests.verifier.dialect_cases import dialects
from tests.verifier.pasted_cases import pasted

pytestmark = pytest.mark.browser
FAULTS = {Reason.LIST_MISSING: "missing", Reason.LIST_UNREADABLE: "unreadable"}


def as_found(finding: Finding) -> Found:
    """The server's answer in the browser's spelling."""
    claims: list[dict[str, Any]] = [*(finding.payload or {}).get("vaccinations", [])]
    return {
        "verdict": finding.verdict.value,
        "reason": finding.reason,
        "kind": finding.kind.value if finding.kind else None,
        "days": {name: day.isoformat() for name, day in finding.facts.items()},
        "training": finding.training,
        "recalledOn": finding.recalled_on.isoformat() if finding.recalled_on else None,
        "failed": finding.decided_at,
        "steps": dict(finding.steps) if finding.steps else None,
        "vaccinations": [
            {name: getattr(value, "isoformat", lambda value=value: str(value))() for name, value in claim.items()}
            for claim in claims
        ],
    }


@pytest.fixture
def table(issuer: Issuer) -> list[Text]:
    assert isinstance(issuer.signer, KeySigner)
    forge = Forge(issuer.signer)
    return [*texts(issuer.signer), *dialects(forge), *pasted(forge), *capitals(forge)]


def test_the_table_says_which_answer_is_right(issuer: Issuer, table: list[Text]) -> None:
    means = Means(None, believed(issuer.trust), terms=terms())
    answers = {case.story: verify_text(case.text, means, at=case.at, timezone="UTC").reason for case in table}
    assert len(answers) == len(table)
    wrong = {case.story: answers[case.story] for case in table if case.reason not in (None, answers[case.story])}
    assert wrong == {}


def test_every_text_gets_the_same_answer(ask: Ask, issuer: Issuer, table: list[Text]) -> None:
    trust = believed(issuer.trust)
    means = Means(None, trust, terms=terms())
    for case in table:
        (found,) = ask([case.text], trust, at=case.at, terms=terms())
        wanted = as_found(verify_text(case.text, means, at=case.at, timezone="UTC"))
        assert found == wanted, case.story


def test_every_standing_gets_the_same_answer(ask: Ask, issuer: Issuer) -> None:
    for case in cases(issuer.signer):
        (found,) = ask(
            [case.text], believed(issuer.trust), at=case.at, terms=terms(), training=case.training, **_lists(case)
        )
        days = {"date": case.day.isoformat()} if case.day else {}
        recalled_on = case.recalled_on.isoformat() if case.recalled_on else None
        answer = (found["reason"], found["days"], found["recalledOn"], found["training"])
        assert answer == (case.reason.value, days, recalled_on, True), case.story


def _lists(case: Case) -> dict[str, Any]:
    given = case.revocations
    keys_of = None if case.old_keys_of is None else _midnight(case)
    return {
        "revocations": given if isinstance(given, bytes) else None,
        "fault": FAULTS[given] if isinstance(given, Reason) else None,
        "keys_of": keys_of,
    }


def _midnight(case: Case) -> Any:
    assert case.old_keys_of is not None
    return case.at.replace(month=case.old_keys_of.month, day=case.old_keys_of.day)


@pytest.mark.parametrize("zone", ["Asia/Riyadh", "America/New_York"])
def test_every_hour_of_the_first_and_the_last_day_gets_the_same_answer(ask: Ask, issuer: Issuer, zone: str) -> None:
    """Input N78."""
    country = Country(issuer.signer)
    last = date(2026, 5, 11)
    ends = datetime.combine(last + timedelta(days=1), time(), ZoneInfo(zone))
    text = country.sign(replace(CLAIM, entry_from=date(2026, 5, 10), entry_until=last), ends=ends)
    means = Means(None, issuer.trust, entry_timezone=zone)
    given = set()
    for hours in (*range(-54, 4, 3), -48 - 1 / 3600, -1 / 3600):
        at = ends + timedelta(hours=hours)
        (found,) = ask([text], issuer.trust, at=at, entryTimezone=zone)
        server = verify_text(text, means, at=at, timezone="UTC")
        assert found == as_found(server), at
        right = "entry_not_yet" if hours < -48 else "ended" if hours >= 0 else "signature_good"
        assert server.reason == right, at
        given.add(server.reason)
    assert len(given) == 3


def test_every_published_vector_takes_the_same_steps(ask: Ask) -> None:
    for vector in ALL:
        (found,) = ask([vector.text], vector.trust, at=vector.clock)
        checked = hcert.verify(vector.text, vector.trust, at=vector.clock)
        answer = verify_text(vector.text, Means(None, vector.trust), at=vector.clock, timezone="UTC")
        assert (found["steps"], found["reason"]) == (checked.steps, answer.reason), vector.name
    assert len(ALL) == 92


def test_a_signer_who_is_nobody_here_cannot_be_told(ask: Ask, issuer: Issuer, table: list[Text]) -> None:
    whole = next(case for case in table if case.story == "whole")
    (found,) = ask([whole.text], hcert.TrustList(), at=whole.at)
    assert (found["verdict"], found["reason"]) == ("cannot_tell", "unknown_key")
