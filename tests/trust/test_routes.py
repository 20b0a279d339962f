"""The public lists: found where readers look, provable, cached, open to all."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session

from registry import clock, create_app
from registry.certificates.keys import Issuer, create_keys, load_issuer, prepare_signer, rotate_signer
from registry.db import Database
from registry.hcert import decode, read_trust_list, verify
from registry.hcert.did import read_proof_key
from registry.hcert.proof import BadProof, verify_proof
from registry.settings import Settings
from tests.certificates.stories import certify
from tests.certificates.test_keys_rotation import signed
from tests.factories import NOW

LISTS = ("/v2/trustlist/did.json", "/.well-known/did.json", "/revocation-list")
ALL = "/v2/trustlist/did.json"


def read(client: FlaskClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200
    return json.loads(answer.data)


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    """An installation whose keys a test may change."""
    settings = Settings(var_dir=tmp_path, public_url="https://emdoo.example")
    create_keys(settings, at=NOW)
    return settings


@pytest.fixture
def own_client(own: Settings, database: Database) -> FlaskClient:
    return create_app(own, database).test_client()


def test_the_own_list_has_the_shape_of_the_networks_and_a_local_domain(own_client: FlaskClient) -> None:
    document = read(own_client, ALL)
    assert document["id"] == document["controller"] == "did:web:emdoo.example:v2:trustlist"
    assert [
        (entry["participant"]["code"], entry["keyusage"]["code"], entry["domain"]["code"])
        for entry in document["verificationMethod"]
    ] == [("#KGZ", "#CSCA", "#KGZ-TRAINING"), ("#KGZ", "#DSC", "#KGZ-TRAINING")]


def test_a_reader_finds_the_key_of_the_proof_where_the_proof_says(own_client: FlaskClient) -> None:
    document = read(own_client, ALL)
    assert document["proof"]["verificationMethod"] == "did:web:emdoo.example"
    signer = own_client.get("/.well-known/did.json").data
    assert json.loads(signer)["id"] == "did:web:emdoo.example"
    verify_proof(document, read_proof_key(signer))
    document["verificationMethod"].pop()
    with pytest.raises(BadProof):
        verify_proof(document, read_proof_key(signer))


def test_a_stranger_who_loads_the_list_believes_what_we_sign(own_client: FlaskClient, own: Settings) -> None:
    trust = read_trust_list(own_client.get(ALL).data, source="emdoo.example")
    assert trust.skipped == ()
    assert verify(signed(load_issuer(own)), trust, at=NOW + timedelta(days=180)).steps["signature"]


def test_a_retired_and_a_coming_signer_are_listed_too(own_client: FlaskClient, own: Settings) -> None:
    before = signed(load_issuer(own))
    rotate_signer(own, at=NOW)
    prepare_signer(own, at=NOW)
    content = own_client.get(ALL).data
    trust = read_trust_list(content, source="emdoo.example")
    assert {key.kid for key in trust.keys if key.role == "DSC"} == {
        dsc_key.kid for dsc_key in load_issuer(own).trust.keys
    }
    assert len(trust.keys) == 4
    assert verify(before, trust, at=NOW + timedelta(days=180)).steps["signature"]
    verify_proof(json.loads(content), read_proof_key(own_client.get("/.well-known/did.json").data))


def test_links_of_papers_signed_with_either_key_are_valid_on_a_running_server(
    own_client: FlaskClient, own: Settings, session: Session
) -> None:
    old = certify(session, load_issuer(own))[1]
    rotate_signer(own, at=NOW)
    new = certify(session, load_issuer(own))[1]
    session.commit()
    for certificate in (old, new):
        with clock.set_to(NOW + timedelta(days=30)):
            page = own_client.get(f"/v/{certificate.token}/en").text
        assert "Genuine and in force" in page
    kids = [decode(paper.facts["doses"][0]["signed_code"]).sign1.kid for paper in (old, new)]
    assert kids[0] != kids[1] == load_issuer(own).signer.kid


@pytest.mark.parametrize(
    ("path", "usages"),
    [
        ("-/-/-", ["#CSCA", "#DSC"]),
        ("-/KGZ/-", ["#CSCA", "#DSC"]),
        ("KGZ-TRAINING/KGZ/DSC", ["#DSC"]),
        ("-/-/SCA", ["#CSCA"]),
    ],
)
def test_a_filter_path_gives_a_provable_part(own_client: FlaskClient, path: str, usages: list[str]) -> None:
    document = read(own_client, f"/v2/trustlist/{path}/did.json")
    assert [entry["keyusage"]["code"] for entry in document["verificationMethod"]] == usages
    verify_proof(document, read_proof_key(own_client.get("/.well-known/did.json").data))
    end = "" if path == "-/-/-" else ":" + path.replace("/", ":")
    assert document["id"] == f"did:web:emdoo.example:v2:trustlist{end}"


@pytest.mark.parametrize("path", ["DCC/-/-", "-/SAU/-", "-/-/UP", "-/-/CSCA", "KGZ-NATIONAL/-/-", "-/-/dsc", "-/<b>/-"])
def test_a_part_that_we_do_not_publish_is_not_there(own_client: FlaskClient, path: str) -> None:
    assert own_client.get(f"/v2/trustlist/{path}/did.json").status_code == 404


@pytest.mark.parametrize("path", LISTS)
def test_lists_may_be_cached_and_leave_nothing_in_a_browser(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert "Set-Cookie" not in answer.headers
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", LISTS)
def test_every_process_names_the_same_content_the_same(settings: Settings, database: Database, path: str) -> None:
    first, second = (create_app(settings, database).test_client().get(path) for _ in range(2))
    assert first.headers["ETag"] == second.headers["ETag"]


@pytest.mark.parametrize("path", ["/v2/trustlist/did.json", "/revocation-list"])
def test_a_list_is_made_once_a_minute_and_never_kept_past_its_hour(
    app: Flask, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    client, made = app.test_client(), []
    sign = type(issuer.signer).sign

    def count(self: Any, message: bytes) -> bytes:
        made.append(message)
        return sign(self, message)

    monkeypatch.setattr(type(issuer.signer), "sign", count)
    start = NOW.replace(minute=50)
    for seconds, times in ((0, 1), (20, 1), (59, 1), (61, 2), (100, 2), (590, 3), (600, 4), (610, 4)):
        with clock.set_to(start + timedelta(seconds=seconds)):
            assert client.get(path).status_code == 200
        assert len(made) == times, seconds


def test_the_port_of_a_practice_machine_is_part_of_its_name(client: FlaskClient) -> None:
    assert read(client, ALL)["id"] == "did:web:127.0.0.1%3A8000:v2:trustlist"


def test_a_real_installations_list_does_not_say_training(tmp_path: Path, database: Database) -> None:
    real = Settings.model_validate(
        {
            "env": "production",
            "var_dir": tmp_path,
            "secret_key": "0123456789abcdefghijklmnopqrstuvwxyz",
            "public_url": "https://emdoo.example",
        }
    )
    create_keys(real, at=NOW)
    document = read(create_app(real, database).test_client(), ALL)
    assert {entry["domain"]["code"] for entry in document["verificationMethod"]} == {"#KGZ-NATIONAL"}
    verify_proof(document, load_issuer(real).dscs[0].public_key())  # type: ignore[arg-type]  # ours is P-256
