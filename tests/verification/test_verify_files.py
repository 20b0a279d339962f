"""`registry verify` with what others published, and on a laptop that has nothing but files."""

import json
from base64 import b64decode
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding

from registry.certificates.keys import Issuer
from registry.commands import cli
from registry.hcert import (
    KeySigner,
    ListedCertificate,
    Role,
    Withdrawal,
    Withdrawn,
    make_dsc,
    make_sca,
    new_key,
    write_trust_list,
)
from tests.hcert.published import ALL, Vector
from tests.verification.offline_cases import ARRIVAL, CLAIM, ID, WEEK, Country

MEANT = {
    "EXPECTEDUNPREFIX": "prefix",
    "EXPECTEDB45DECODE": "base45",
    "EXPECTEDCOMPRESSION": "inflate",
    "EXPECTEDVERIFY": "signature",
    "EXPECTEDKEYUSAGE": "key_usage",
    "EXPECTEDEXPIRATIONCHECK": "time",
}


@pytest.fixture(autouse=True)
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a database nor keys."""
    monkeypatch.setenv("REGISTRY_VAR_DIR", str(tmp_path / "nothing"))
    monkeypatch.delenv("REGISTRY_DATABASE_URL", raising=False)


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(cli, ["verify", *arguments], input=stdin)


def verify(text: str, trust: Path, *arguments: str, at: str) -> dict[str, Any]:
    result = run(text, "--trust", str(trust), "--at", at, "--json", *arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    (line,) = result.stdout.splitlines()
    answer: dict[str, Any] = json.loads(line)
    return answer


@pytest.mark.parametrize("vector", ALL, ids=lambda vector: vector.name)
def test_every_published_vector_stops_where_it_says(vector: Vector, tmp_path: Path) -> None:
    signer = tmp_path / "signer.der"
    signer.write_bytes(b64decode(vector.data["TESTCTX"]["CERTIFICATE"]))
    answer = verify(vector.text, signer, at=vector.data["TESTCTX"]["VALIDATIONCLOCK"])  # one has no zone: UTC
    assert answer["verdict"] in {"not_valid", "cannot_tell"}  # none is a certificate that we interpret
    failing = [step for step, passed in answer["steps"].items() if passed is False]
    stated = [step for stage, step in MEANT.items() if vector.expected.get(stage) is False]
    if stated:
        assert failing[0] in {*stated, "key", "cose", "claims"}
    elif vector.expected.get("EXPECTEDEXPIRATIONCHECK"):
        assert answer["reason"] == "kind_not_interpreted", answer
        assert failing == ["content"]


def pem(*certificates: Any) -> bytes:
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


@pytest.fixture(scope="module")
def signer() -> tuple[KeySigner, Any, Any]:
    """A real signer, its authority, and another authority."""
    begins = ARRIVAL - timedelta(days=200)
    keys = new_key(), new_key()
    authorities = [
        make_sca(key, country="KG", organisation="Ministry", name=f"SCA {number}", at=begins)
        for number, key in enumerate(keys)
    ]
    own = new_key()
    dsc = make_dsc(own.public_key(), sca=authorities[0], sca_key=keys[0], name="DSC 1", at=begins)
    return KeySigner(own, dsc), authorities[0], authorities[1]


@pytest.mark.parametrize("order", [["dsc"], ["sca", "dsc"], ["dsc", "sca"], ["other", "dsc", "sca"]])
def test_one_file_may_hold_signers_and_their_authorities(
    signer: tuple[KeySigner, Any, Any], tmp_path: Path, order: list[str]
) -> None:
    key, sca, other = signer
    certificates = {"dsc": key.certificate, "sca": sca, "other": other}
    trust = tmp_path / "trust.pem"
    trust.write_bytes(b"# comment\n" + pem(*(certificates[name] for name in order)))
    answer = verify(Country(key).sign(), trust, at=ARRIVAL.isoformat())
    assert (answer["verdict"], answer["reason"], answer["training"]) == ("valid", "signature_good", False)
    assert answer["lists"]["revocations"] is None


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_trust_list_may_begin_with_the_mark_of_its_encoding(
    signer: tuple[KeySigner, Any, Any], tmp_path: Path, mark: bytes
) -> None:
    entries = [ListedCertificate(signer[0].certificate, signer[1], "KGZ", Role.DSC)]
    trust = tmp_path / "did.json"
    listed = write_trust_list(entries, did="did:web:vaccination.example.kg:v2:trustlist", domain="KGZ-NATIONAL")
    trust.write_bytes(mark + json.dumps(listed).encode())
    assert verify(Country(signer[0]).sign(), trust, at=ARRIVAL.isoformat())["verdict"] == "valid"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not an X.509 certificate"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "it holds no X.509 certificate"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA", "it holds no X.509 certificate"),
        (b"{}", "no list of keys (verificationMethod)"),
    ],
)
def test_a_file_that_names_no_signers_is_said_in_a_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    trust = tmp_path / "trust"
    trust.write_bytes(content)
    told = run("HC1:6BF", "--trust", str(trust)).stderr.splitlines()[-1]
    assert told == f"Error: {trust} is neither a trust list nor a certificate: {why}."


def test_a_laptop_with_keys_and_a_list_knows_what_was_withdrawn(
    signer: tuple[KeySigner, Any, Any], tmp_path: Path
) -> None:
    country, trust, listed = Country(signer[0]), tmp_path / "dsc.pem", tmp_path / "list.cose"
    trust.write_bytes(pem(signer[0].certificate))
    text, at = country.sign(), ARRIVAL.isoformat()

    def answer(content: bytes, *, at: str = at) -> tuple[str, str]:
        listed.write_bytes(content)
        found = verify(text, trust, "--revocations", str(listed), at=at)
        return found["verdict"], found["reason"]

    current = country.list_of()
    assert answer(current) == ("valid", "in_force")
    assert answer(country.list_of((ID, Withdrawn(Withdrawal.REVOKED, date(2026, 2, 1))))) == ("not_valid", "revoked")
    assert answer(country.list_of((ID, Withdrawn(Withdrawal.REPLACED, date(2026, 2, 1))))) == ("check", "replaced")
    assert answer(current, at=(ARRIVAL + 2 * WEEK).isoformat()) == ("cannot_tell", "lists_too_old")
    assert answer(current[:-1]) == ("cannot_tell", "list_unreadable")
    stranger = new_key()
    authority = make_sca(stranger, country="KG", organisation="Nobody", name="SCA", at=ARRIVAL)
    assert answer(Country(KeySigner(stranger, authority)).list_of()) == ("cannot_tell", "list_unreadable")


def test_the_answer_says_of_when_the_list_is(signer: tuple[KeySigner, Any, Any], tmp_path: Path) -> None:
    trust, listed = tmp_path / "dsc.pem", tmp_path / "list.cose"
    trust.write_bytes(pem(signer[0].certificate))
    listed.write_bytes(Country(signer[0]).list_of())
    found = verify(Country(signer[0]).sign(), trust, "--revocations", str(listed), at=ARRIVAL.isoformat())
    assert found["lists"]["signers"] == 1
    assert found["lists"]["revocations"]["issued_at"].startswith("2026-05-11")


def test_each_line_is_answered_in_order_and_a_bad_one_stops_nothing(
    signer: tuple[KeySigner, Any, Any], tmp_path: Path
) -> None:
    trust = tmp_path / "dsc.pem"
    trust.write_bytes(pem(signer[0].certificate))
    good = Country(signer[0]).sign()
    lines = [
        good,
        "HC1:6BF",
        "nonsense \x00 \udcff".encode("utf-8", "replace").decode(),
        good[:-4] + "AAAA",
        "A" * 9000,
        good,
    ]
    result = run("-", "--trust", str(trust), "--at", ARRIVAL.isoformat(), "--json", stdin="\n".join(lines) + "\n")
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["verdict"] for one in answers] == [
        "valid", "not_valid", "cannot_tell", "not_valid", "cannot_tell", "valid",
    ]  # fmt: skip
    assert answers[1]["steps"]["base45"] is not None
    assert answers[2]["steps"]["prefix"] is False


def test_a_file_of_lines_may_begin_with_the_mark_of_its_encoding(
    signer: tuple[KeySigner, Any, Any], tmp_path: Path
) -> None:
    trust = tmp_path / "dsc.pem"
    trust.write_bytes(pem(signer[0].certificate))
    stdin = b"\xef\xbb\xbf" + Country(signer[0]).sign().encode() + b"\r\n\xff\xfe\r\n \r\n"
    result = run("-", "--trust", str(trust), "--at", ARRIVAL.isoformat(), "--json", stdin=stdin)
    assert [json.loads(line)["verdict"] for line in result.stdout.splitlines()] == ["valid", "cannot_tell"]


@pytest.mark.parametrize("at", ["tomorrow", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"])
def test_a_time_that_no_certificate_can_be_of_is_refused_in_a_sentence(at: str) -> None:
    result = run("HC1:6BF", "--at", at)
    assert result.exit_code == 2
    assert "Error: Invalid value for --at: " in result.stderr


def test_a_training_code_is_never_valid_where_work_is_real(
    issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = tmp_path / "dsc.pem"
    trust.write_bytes(pem(issuer.dscs[0]))
    text = Country(issuer.signer).sign(replace(CLAIM, entry_until=None))
    assert verify(text, trust, at=ARRIVAL.isoformat())["verdict"] == "valid"
    monkeypatch.setenv("REGISTRY_ENV", "production")
    monkeypatch.setenv("REGISTRY_SECRET_KEY", "0123456789abcdefghijklmnopqrstuvwxyz")
    monkeypatch.setenv("REGISTRY_PUBLIC_URL", "https://registry.example.org")
    found = verify(text, trust, at=ARRIVAL.isoformat())
    assert (found["verdict"], found["reason"], found["training"]) == ("not_valid", "training", True)


def test_a_file_that_is_neither_list_nor_certificate_is_said(tmp_path: Path) -> None:
    odd = tmp_path / "odd"
    for content in (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"{}", b"odd"):
        odd.write_bytes(content)
        result = run("HC1:6BF", "--trust", str(odd))
        assert result.exit_code == 1
        assert "is neither a trust list nor a certificate" in result.stderr
