"""What the page holds of the lists: renewed where it can be, never made older, and said how old."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from registry import clock, hcert
from registry.certificates.keys import Issuer
from registry.hcert import RecalledLot, Withdrawal, Withdrawn, write_revocation_list
from registry.verification.rules import RECALLED
from tests.factories import NOW, TODAY
from tests.verifier.conftest import Officer

pytestmark = pytest.mark.browser
LIST, BUNDLE = "/revocation-list", "/verify/bundle"
CACHE = "verifier-lists"
DAY = timedelta(days=1)
# When both doses of the certificate count.
ARRIVAL = datetime(2026, 1, 10, 6, tzinfo=UTC)


@pytest.fixture
def travelled(officer: Officer) -> Iterator[Officer]:
    officer.context.clock.set_fixed_time(ARRIVAL)
    with clock.set_to(ARRIVAL):
        yield officer


def a_list(issuer: Issuer, *withdrawn: str, issued_at: datetime = ARRIVAL, **options: Any) -> bytes:
    """A signed list that revokes the certificates of these codes."""
    ids = [hcert.decode(code).claims.certificate_id for code in withdrawn]
    facts = [(one, Withdrawn(Withdrawal.REVOKED, TODAY)) for one in ids if isinstance(one, UUID)]
    return write_revocation_list(
        facts,
        issuer="KG",
        issued_at=issued_at,
        expires_at=issued_at + 7 * DAY,
        salt=b"salt",
        signer=issuer.signer,
        **options,
    )


def serve_list(officer: Officer, content: bytes, status: int = 200) -> None:
    officer.served.answers[LIST] = status, content


def again(officer: Officer) -> None:
    officer.page.reload()
    officer.wait()


def notices(officer: Officer) -> str:
    return officer.page.inner_text("#notices")


def test_a_revoked_certificate_is_refused_in_the_browser(travelled: Officer, issuer: Issuer, codes: list[str]) -> None:
    serve_list(travelled, a_list(issuer))
    travelled.visit()
    travelled.paste(codes[0])
    assert (travelled.word, "in force" in travelled.answer) == ("VALID", True)
    assert "Requirements met from" in travelled.answer
    assert "The paper says" not in travelled.answer
    serve_list(travelled, a_list(issuer, codes[0]))
    again(travelled)
    travelled.paste(codes[0])
    assert travelled.word == "NOT VALID"
    assert "The paper says: requirements met from" in travelled.answer, "C15"
    assert "Requirements met from" not in travelled.answer
    assert "withdrawn on 25 DEC 2025" in travelled.answer


def test_a_recalled_lot_is_told_as_on_every_other_page(travelled: Officer, issuer: Issuer, codes: list[str]) -> None:
    (dose,) = hcert.verify(codes[0], issuer.trust, at=ARRIVAL).vaccinations
    serve_list(travelled, a_list(issuer, recalled=[RecalledLot(str(dose.brand), dose.lot, TODAY)]))
    travelled.visit()
    travelled.paste(codes[0])
    assert travelled.word == "VALID"
    assert RECALLED % {"date": "25 DEC 2025"} in travelled.answer.replace("\n", " ")


def test_a_clock_that_is_behind_is_called_so(officer: Officer, codes: list[str]) -> None:
    """Certificate C11: no answer turns red for it, and no list is called damaged."""
    officer.context.clock.set_fixed_time(NOW - 400 * DAY)
    officer.visit()
    assert "This device's clock is behind its lists" in notices(officer)
    assert "damaged" not in notices(officer)
    assert "damaged" not in officer.page.inner_text(".app-lists")
    officer.paste(codes[0])
    assert officer.word == "COULD NOT CHECK"
    assert "clock here is behind the lists" in officer.answer


def test_an_older_list_than_the_one_held_is_refused_and_said(
    travelled: Officer, issuer: Issuer, codes: list[str]
) -> None:
    serve_list(travelled, a_list(issuer, codes[0]))
    travelled.visit()
    serve_list(travelled, a_list(issuer, issued_at=ARRIVAL - DAY))
    again(travelled)
    assert "older than the one that is here. It was refused." in notices(travelled)
    travelled.paste(codes[0])
    assert travelled.word == "NOT VALID"


def test_a_damaged_list_is_refused_and_the_one_held_stays(travelled: Officer, issuer: Issuer, codes: list[str]) -> None:
    whole = a_list(issuer, codes[0])
    serve_list(travelled, whole)
    travelled.visit()
    serve_list(travelled, whole[:-1] + bytes([whole[-1] ^ 1]))
    again(travelled)
    assert "damaged list. It was refused" in notices(travelled)
    travelled.paste(codes[0])
    assert travelled.word == "NOT VALID"


def test_a_list_of_another_signer_is_refused(travelled: Officer, codes: list[str], issuer: Issuer) -> None:
    key = hcert.new_key()
    sca = hcert.make_sca(key, country="KG", organisation="Nobody", name="SCA", at=NOW)
    stranger = hcert.KeySigner(key, sca)
    content = write_revocation_list(
        [], issuer="KG", issued_at=ARRIVAL, expires_at=ARRIVAL + DAY, salt=b"", signer=stranger
    )
    serve_list(travelled, content)
    travelled.visit()
    travelled.paste(codes[0])
    assert travelled.word == "COULD NOT CHECK"


def test_without_a_list_nothing_is_called_valid(travelled: Officer, codes: list[str]) -> None:
    serve_list(travelled, b"", 503)
    travelled.visit()
    assert "not here yet" in travelled.page.inner_text(".app-lists")
    travelled.paste(codes[0])
    assert travelled.word == "COULD NOT CHECK"
    assert "list of withdrawn certificates is not here" in travelled.answer


def test_a_list_changed_on_the_device_is_not_believed(travelled: Officer, issuer: Issuer, codes: list[str]) -> None:
    serve_list(travelled, a_list(issuer, codes[0]))
    travelled.visit()
    travelled.page.evaluate(f"""async () => (await caches.open("{CACHE}")).put("{LIST}", new Response("forged"))""")
    serve_list(travelled, b"", 503)
    again(travelled)
    travelled.paste(codes[0])
    assert travelled.word == "COULD NOT CHECK"
    assert "damaged" in travelled.answer


def test_an_old_list_says_of_which_day_it_is(travelled: Officer, issuer: Issuer, codes: list[str]) -> None:
    serve_list(travelled, a_list(issuer, issued_at=ARRIVAL - 8 * DAY))
    travelled.visit()
    assert "02 JAN 2026, age in days: 8" in travelled.page.inner_text(".app-lists")
    travelled.paste(codes[0])
    assert travelled.word == "COULD NOT CHECK"
    assert "the lists here are of 02 JAN 2026" in travelled.answer


def test_old_keys_are_not_relied_on(officer: Officer, issuer: Issuer, codes: list[str]) -> None:
    officer.visit()  # today's keys
    officer.context.clock.set_fixed_time(NOW + 20 * DAY)
    officer.served.answers[BUNDLE] = 503, b""
    serve_list(officer, a_list(issuer, issued_at=NOW + 20 * DAY))
    again(officer)
    officer.paste(codes[0])
    assert officer.word == "COULD NOT CHECK"
    assert "the lists here are of 25 DEC 2025" in officer.answer


def test_a_changed_bundle_of_keys_is_refused(officer: Officer, codes: list[str]) -> None:
    bundle = officer.served.app.test_client().get(BUNDLE).data
    officer.served.answers[BUNDLE] = 200, bundle.replace(b'"registry"', b'"Registry"')
    officer.visit()
    assert "damaged" in officer.page.inner_text(".app-lists")
    officer.paste(codes[0])
    assert officer.word == "COULD NOT CHECK"


def test_a_network_that_never_answers_does_not_hold_the_page_up(officer: Officer, codes: list[str]) -> None:
    officer.visit()
    officer.wait("offline")
    officer.context.route("**/revocation-list", lambda _route: None)
    officer.context.route("**/verify/bundle", lambda _route: None)
    again(officer)
    officer.paste(codes[0])
    assert "ASANBEKOVA" in officer.answer
