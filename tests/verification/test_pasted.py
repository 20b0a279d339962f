"""What people paste leads to their certificate, where the register is (certificate C7, input N42, N44, N81, N82); what
else stands around it is never believed."""

import csv
import io
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from registry import clock, hcert
from registry.certificates.keys import Issuer
from registry.certificates.models import Certificate
from registry.hcert import base45
from registry.verification.queries import Means, verify_text
from registry.verification.rules import Finding, Form, Given, Verdict, join_as_they_come, join_broken, understand
from registry.verification.rules.reading import find_codes
from tests.certificates.stories import certify
from tests.verifier.capital_cases import NZ_PASS, SENTENCE

ENTRY = datetime(2026, 5, 11, 6, 0, tzinfo=UTC)
SITE = "http://localhost:5000"


def check(session: Session, issuer: Issuer, text: str, *, url: str | None = SITE) -> Finding:
    means = Means(session, issuer.trust, own=issuer.trust, signers=issuer.trust, url=url)
    return verify_text(text, means, at=ENTRY, timezone="Asia/Bishkek")


def spelt(certificate: Certificate, text: str) -> str:
    link = certificate.facts["verify_url"]
    site, token = link.split("/v/")
    code = certificate.code
    return text.format(
        link=link, host=site.split("://")[1], token=token, code=f"{code[:4]}-{code[4:8]}-{code[8:]}",
        signed=certificate.facts["doses"][0]["signed_code"],
    )  # fmt: skip


OURS = [
    "{link}/", "{link}.", "{link})", "<{link}>", '"{link}"', "«{link}»", "*{link}*", "_{link}_", "({link})", "> {link}",
    "Https://{host}/v/{token}", "http://{host}/v/{token}", "https://{host}/v/{token}", "{host}/v/{token}",
    "https://www.{host}/v/{token}", "1. {link}", "ASANBEKOVA {link}", "Ссылка:{link}", "{link}/ar", "{link}?from=chat",
    "{link}\nThanks", "[{link}]({link})", "{link}<{link}>", "/v/{token}",
    "1. {code}", "ASANBEKOVA {code}", "Код: {code}", "№ {code}", "№{code}", '"{code}"', "{code}.", "{code}, please",
    "> {signed}", "*{signed}*", "“{signed}”", "Forwarded: {signed}", "{signed}\n{link}\n{code}",
]  # fmt: skip
NOT_OURS = [
    "https://example.org/v/{token}", "https://{host}.example.org/v/{token}", "https://{host}@example.org/v/{token}",
    "https://example.org/{host}/v/{token}", "https://example.org/?to=https://{host}/v/{token}",
    "https://example.org/https://{host}/v/{token}", "https://example.org/(https://{host}/v/{token}",
    "example.org/,https://{host}/v/{token}", "javascript://{host}/v/{token}", "ftp://{host}/v/{token}",
    "https://{host}/other/v/{token}", "https://example.org/" + 300 * "a" + "https://{host}/v/{token}",
    "//example.org/v/{token}", "https:\\\\example.org/v/{token}", "http\u017f://{host}/v/{token}",
]  # fmt: skip


@pytest.mark.parametrize("text", OURS)
def test_a_certificate_is_found_in_what_was_pasted(session: Session, issuer: Issuer, text: str) -> None:
    """certificate C7, input N42, N81, N82"""
    _pilgrim, certificate = certify(session, issuer)
    for url in (SITE, None):
        assert check(session, issuer, spelt(certificate, text), url=url).reason == "in_force"


@pytest.mark.parametrize("text", NOT_OURS)
def test_a_true_token_behind_another_address_is_refused_and_not_called_forged(
    session: Session, issuer: Issuer, text: str
) -> None:
    """input N81: it leads elsewhere, which is no fault of the paper; whether the token is ours is not told."""
    _pilgrim, certificate = certify(session, issuer)
    for token in (certificate.token, "A" * 22):
        found = check(session, issuer, spelt(certificate, text).replace(certificate.token, token))
        assert (found.verdict, found.reason) == (Verdict.CANNOT_TELL, "foreign_link")
        assert "leads to another site" in str(found)


def test_the_host_of_a_link_may_be_written_in_capitals(session: Session, issuer: Issuer) -> None:
    """input N81: also where the register has moved since the paper was printed."""
    _pilgrim, certificate = certify(session, issuer)
    for token, reason in ((certificate.token, "in_force"), ("A" * 22, "unknown_link")):
        for link in (f"HTTPS://EMDOO.EXAMPLE/v/{token}", f"Http://www.Emdoo.Example:80/v/{token}"):
            assert check(session, issuer, link, url="https://emdoo.example").reason == reason


@pytest.mark.parametrize("text", ["{code} {other}", "{link} {site}/v/{token}", "{signed}\n{second}"])
def test_two_that_are_named_at_once_are_told_and_none_is_chosen(session: Session, issuer: Issuer, text: str) -> None:
    _pilgrim, one = certify(session, issuer)
    _pilgrim, other = certify(session, issuer)
    named = {
        "code": one.code, "other": other.code, "link": one.facts["verify_url"], "token": other.token, "site": SITE,
        "signed": one.facts["doses"][0]["signed_code"], "second": other.facts["doses"][0]["signed_code"],
    }  # fmt: skip
    found = check(session, issuer, text.format(**named))
    assert (found.verdict, found.reason, found.payload) == (Verdict.CANNOT_TELL, "several_codes", None)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("GCRHNVMKPRHN and 7PVHA5GXDFY6", ["GCRHNVMKPRHN", "7PVHA5GXDFY6"]),
        ("7PVH-A5GX-DFY6, not GCRHNVMKPRHN!", ["7PVHA5GXDFY6", "GCRHNVMKPRHN"]),
        ("gcrhnvmkprhn: 7PVHA5GXDFY6", ["7PVHA5GXDFY6"]),
        ("my code is gcrhnvmkprhn", ["GCRHNVMKPRHN"]),
    ],
)
def test_a_code_that_is_all_letters_counts_beside_another_as_it_is_printed(text: str, codes: list[str]) -> None:
    """One code in thirty-five has no digit: beside another it was taken for a word, and the other one was answered."""
    assert find_codes(text) == codes


@pytest.mark.parametrize("path", ["{}/", "{}.", "{})", "{}/.", "{}_", "{}»", "{}/ru.", "{}/ru/", "{}%20", "{}),"])
def test_a_link_with_marks_behind_it_opens_the_page(client: FlaskClient, certificate: Certificate, path: str) -> None:
    """input N42"""
    answer = client.get("/v/" + path.format(certificate.token))
    language = "/ru" if "ru" in path else ""
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/v/{certificate.token}{language}")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["abc.", "{}/xx", "{}/ru/more", "../{}", "{}.html", "{}x", "a/b/c"])
def test_a_link_that_is_another_one_is_not_found(client: FlaskClient, certificate: Certificate, path: str) -> None:
    assert client.get("/v/" + path.format(certificate.token)).status_code == 404


def group(client: FlaskClient, text: str) -> list[dict[str, str]]:
    with clock.set_to(ENTRY):
        answer = client.post("/check/group/en", data={"codes": text, "answer": "csv"})
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


@pytest.mark.parametrize(
    "text",
    [
        "{a}\n{b}", "{a}\r\n{b}", "> {a}\n> {b}", '"{a}\n{b}"', "*{a}\n{b}*", "{a}\n\n{b}",
        "{a1}\n{a2}\n{b}", "{small}\n{letters}", "{begun}\n{rest}", "> {begun}\n> {rest}",
        "  {a}\n  {b}", "{a}\n\t{b}", "> {a}\n>\n> {b}", "{a}=\n{b}", "> {a1}=\n> {a2}=\n> {b}", "{a1}\n  {a2}\n  {b}",
        ">\t{a1}\n>\t{a2}\n>\t{b}", "{a1}  \n{a2}  \n{b}", "  {a1}\n    {a2}\n\t{b}",
        "{begun}=\n{rest}", "  {begun}\n  {rest}", "{site}=\n{path}",
    ],
)  # fmt: skip
def test_lines_that_belong_together_are_one_row(client: FlaskClient, certificate: Certificate, text: str) -> None:
    """input N44, certificate C7: the rows before and after stay rows of their own."""
    signed, link = certificate.facts["doses"][0]["signed_code"], certificate.facts["verify_url"]
    parts = {"a": signed[:300], "b": signed[300:], "a1": signed[:76], "a2": signed[76:300]}
    small = {"small": signed[:300].lower(), "letters": signed[300:].lower(), "begun": link[:-6], "rest": link[-6:]}
    small |= {"site": link[:12], "path": link[12:]}
    rows = group(client, f"{certificate.code}\n{text.format(**parts, **small)}\n{certificate.code}\nJUNK")
    assert [row["status"] for row in rows] == ["ready", "ready", "ready", "unknown"]


@pytest.mark.parametrize("fold", [str, str.lower])
@pytest.mark.parametrize("before", ["", "> ", "\t"])
def test_a_broken_code_over_lines_is_one_row_and_takes_no_other_with_it(
    client: FlaskClient, certificate: Certificate, fold: Callable[[str], str], before: str
) -> None:
    """input N44, certificate C7: in small letters its first line was red."""
    signed, link = certificate.facts["doses"][0]["signed_code"], certificate.facts["verify_url"]
    broken = f"{fold(signed[:200])}\n{before}{fold(signed[210:400])}"
    rows = group(client, f"{broken}\n{certificate.code}\n{signed}\n{signed[:90]}\n{broken}\n{link}")
    assert [row["status"] for row in rows] == ["unknown", "ready", "ready", "not_valid", "unknown", "ready"]


@pytest.mark.parametrize("label", ["Код: {}", "№ {}", "code {}.", '"{}"', "ASANBEKOVA {}"])
def test_the_field_for_a_code_takes_its_label_too(client: FlaskClient, certificate: Certificate, label: str) -> None:
    """input N81"""
    answer = client.post("/check/en", data={"code": label.format(certificate.code), "birth_year": "1955"})
    assert answer.status_code == 200
    assert "ASANBEKOVA" in answer.text


NOISE = st.text("HC1:abcXYZ \n\t>*.-/&#;%20vhttps@(){}\"'«»№ЖсС\u00a0\u200b٣", max_size=60) | st.text(max_size=60)
FAKES = [
    "valid until 2099",
    "HC1:",
    "HC1:6BF",
    "/v/" + "A" * 22,
    "7K3M-9QXD-2RTB",
    "{",
    "shlink:/eyJhbGciOi",
    "HC2:6BF",
]


@settings(deadline=None, max_examples=300)
@given(st.lists(NOISE | st.sampled_from(FAKES), max_size=6))
def test_no_text_raises_or_is_believed(parts: list[str]) -> None:
    trust = hcert.TrustList()
    for separator in (" ", "\n", ""):
        found = verify_text(separator.join(parts), Means(None, trust), at=ENTRY, timezone="UTC")
        assert found.verdict is not Verdict.VALID
        assert found.payload is None


@settings(deadline=None, max_examples=200)
@given(NOISE, NOISE)
def test_what_is_found_in_a_text_is_the_code_that_was_put_there(before: str, after: str) -> None:
    """Whatever stands around it, another code is never made of it."""
    signed = "HC1:" + base45.encode(zlib.compress(b"something signed, of some length, made for this"))
    assert understand(f"{before}\n{signed}\n{after}") == Given(Form.SIGNED, signed)


WORST = {
    "codes that cannot be unpacked": ("HC1:" + base45.encode(b"\x78\xda" + bytes(2700)) + " . A %20 b\n") * 260,
    "indented codes": ("  HC1:" + base45.encode(b"\x78\xda") + "\n" + "  A 0%20A .\n" * 20) * 260,
    "soft line ends": "HC1:" + base45.encode(b"\x78\xda") + "A =20=\n" * 150_000,
    "nothing but soft line ends": "=\n" * 550_000,
    "marks before each line": "# HC1:6BF\n" + "# 0123456789 =3D\n" * 70_000,
    "prefixes": "HC1:" * 280_000,
    "small prefixes": "hc1:6bf" * 160_000,
    "lines": "A\n" * 550_000,
    "quoted nothing": ">\n" * 550_000,
    "links": ("/v/" + "A" * 22 + " ") * 42_000,
    "sites": ("x" * 299 + "/v/" + "A" * 22 + " ") * 3_400,
    "codes": "AB2D-" * 220_000,
    "groups": "ABCD " * 220_000,
    "braces": '{"t" ' * 220_000,
    "entities": "&#" * 550_000,
    "dots": "eyJ" + "A." * 550_000,
    "groups of letters": "$%" + ("A" * 88 + "XXX") * 12_000,
    "names of other codes": "A:" + base45.encode(b"\x78\xda" + bytes(2_700)) + "A:" * 500_000,
    "letters that unfold": "\ufdfa" * 370_000,
}


@pytest.mark.parametrize("story", WORST)
def test_the_worst_text_costs_little(story: str) -> None:
    """certificate C7: some 8 ms for 1.1 MB, with room for a slow machine."""
    text = WORST[story]
    cost = min(_processor_time(text) for _ in range(3))
    assert cost < 0.1, f"{cost * 1000:.1f} ms"


def _processor_time(text: str) -> float:
    begin = time.thread_time()
    understand(text)
    return time.thread_time() - begin


@pytest.mark.parametrize(("join", "codes"), [(join_broken, 110), (join_as_they_come, 20)])
def test_the_worst_list_costs_little(join: Callable[[list[str]], Iterator[str]], codes: int) -> None:
    """input N44: lines are tried together, but each only a few times. Who sends them one by one has no time to lose."""
    lines = ["HC1:" + base45.encode(b"\x78\xda" + bytes(30)), *["A" * 60] * 70] * codes
    begin = time.thread_time()
    rows = list(join(lines))
    assert time.thread_time() - begin < 2
    assert "\n".join(rows).split("\n") == lines
    assert rows[0].count("\n") == 70


def test_cells_beside_a_code_over_lines_stay_cells(client: FlaskClient, certificate: Certificate) -> None:
    signed = certificate.facts["doses"][0]["signed_code"]
    rows = group(client, f"name\tcode\nKasymov\t{signed[:300]}\n{signed[300:]}\nAsanbekova\t{certificate.code}")
    assert [(row["name"], row["status"]) for row in rows] == [("Kasymov", "ready"), ("Asanbekova", "ready")]


def test_a_list_of_capitals_is_not_called_damaged(
    client: FlaskClient, issuer: Issuer, certificate: Certificate
) -> None:
    """certificate C1, C6: "Not valid 500" for lines that nobody ever called certificates. Each is a row of its own."""
    body = certificate.facts["doses"][0]["signed_code"].removeprefix("HC1:")
    lines = [NZ_PASS, SENTENCE * 2, SENTENCE * 2, "0123456789" * 60, f"CH1:{body}", body, body[9:]]
    rows = group(client, "\n".join([*lines, certificate.code]))
    assert [row["status"] for row in rows] == ["unknown"] * 7 + ["ready"]
    told = [row["reason"] for row in rows]
    assert "New Zealand" in told[0]
    assert told[1] == told[2] == told[3]
    assert "neither a signed code" in told[1]
    assert "does not begin with HC1" in told[4]
    assert "could not be read whole" in told[5]
    assert told[5] == told[6]
