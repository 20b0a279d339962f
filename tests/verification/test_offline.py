"""The table of what a code is worth without the register, through the rules."""

from datetime import date

import pytest

from registry import hcert
from registry.certificates.keys import Issuer
from registry.verification.rules import OUT_OF_TIME, Reason, find_recall, judge_signed
from tests.verification.offline_cases import Case, believed, cases, terms

ONLINE = {
    Reason.NOT_IN_REGISTER,
    Reason.CODES_DIFFER,
    Reason.PAPERS_DIFFER,
    Reason.KEYS_AWAY,
    Reason.UNKNOWN_LINK,
    Reason.FOREIGN_LINK,
    Reason.UNKNOWN_CODE,
    Reason.NO_REGISTER,
    Reason.OTHER_KIND,
    Reason.SEVERAL_CODES,
    Reason.NOT_READ_WHOLE,
    Reason.NOT_A_CERTIFICATE,
    Reason.NO_CODE_FOUND,
}


@pytest.fixture
def table(issuer: Issuer) -> list[Case]:
    return list(cases(issuer.signer))


def answer(case: Case, trust: hcert.TrustList) -> tuple[Reason, date | None, date | None]:
    checked = hcert.verify(case.text, trust, at=case.at)
    assert checked.reason is None or checked.reason in OUT_OF_TIME, case.story
    given = case.revocations
    held = hcert.read_revocation_list(given, trust, at=case.at) if isinstance(given, bytes) else given
    judged = judge_signed(
        checked, held, terms(), on=case.at.date(), at=case.at, training=case.training, old_keys_of=case.old_keys_of
    )
    assert judged is not None, case.story
    reason, days = judged
    return reason, days.get("date"), find_recall(checked, held)


def test_each_code_gets_the_answer_of_the_table(issuer: Issuer, table: list[Case]) -> None:
    wanted = {case.story: (case.reason, case.day, case.recalled_on) for case in table}
    assert {case.story: answer(case, believed(issuer.trust)) for case in table} == wanted
    assert len(wanted) == len(table)


def test_the_table_has_every_answer_that_can_be_given_offline(table: list[Case]) -> None:
    assert {case.reason for case in table} == set(Reason) - ONLINE
