"""The installation's keys as files: made once, readable by their owner only, never mixed up."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from registry.certificates.keys import (
    KeysExist,
    KeysExposed,
    KeysMissing,
    KeysOfAnotherKind,
    KeysUnusable,
    create_keys,
    load_issuer,
)
from registry.hcert import key_id
from registry.settings import Environment, Settings
from tests.factories import NOW


def training(folder: Path) -> Settings:
    return Settings(var_dir=folder)


def production(folder: Path) -> Settings:
    return Settings(
        env=Environment.PRODUCTION,
        var_dir=folder,
        secret_key="0123456789abcdefghijklmnopqrstuvwxyz",
        public_url="https://check.example",
    )


def test_keys_and_their_folder_are_for_their_owner_only(tmp_path: Path) -> None:
    settings = training(tmp_path)
    create_keys(settings)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in settings.keys_dir.iterdir()}
    assert modes == dict.fromkeys(("sca.pem", "sca.key", "dsc.pem", "dsc.key"), "0o600")
    assert settings.keys_dir.stat().st_mode & 0o777 == 0o700


def test_the_issuer_signs_with_the_signer_and_trusts_it(tmp_path: Path) -> None:
    settings = training(tmp_path)
    create_keys(settings)
    issuer = load_issuer(settings)
    dsc = x509.load_pem_x509_certificate((settings.keys_dir / "dsc.pem").read_bytes())
    assert issuer.signer.kid == key_id(dsc)
    assert issuer.signs_until == dsc.not_valid_after_utc
    assert issuer.trust.list_signers(issuer.signer.kid)[0].training
    assert (issuer.country, issuer.url, issuer.training) == ("KG", settings.url, True)


def test_real_keys_carry_no_training_mark(tmp_path: Path) -> None:
    settings = production(tmp_path)
    create_keys(settings)
    issuer = load_issuer(settings)
    assert not issuer.training
    assert not issuer.trust.keys[0].training


def test_keys_are_never_overwritten(tmp_path: Path) -> None:
    settings = training(tmp_path)
    create_keys(settings)
    before = (settings.keys_dir / "dsc.key").read_bytes()
    with pytest.raises(KeysExist):
        create_keys(settings)
    assert (settings.keys_dir / "dsc.key").read_bytes() == before


def test_missing_keys_are_said_with_their_folder(tmp_path: Path) -> None:
    with pytest.raises(KeysMissing, match=re.escape(str(tmp_path / "keys"))):
        load_issuer(training(tmp_path))


def test_a_real_installation_refuses_a_key_that_others_can_read(tmp_path: Path) -> None:
    settings = production(tmp_path)
    create_keys(settings)
    (settings.keys_dir / "dsc.key").chmod(0o640)
    with pytest.raises(KeysExposed, match="chmod 600"):
        load_issuer(settings)


def test_a_real_installation_refuses_training_keys(tmp_path: Path) -> None:
    create_keys(training(tmp_path))
    with pytest.raises(KeysOfAnotherKind):
        load_issuer(production(tmp_path))


def test_a_signer_that_its_authority_did_not_vouch_for_is_refused(tmp_path: Path) -> None:
    ours, others = training(tmp_path / "ours"), training(tmp_path / "others")
    create_keys(ours)
    create_keys(others)
    (ours.keys_dir / "sca.pem").write_bytes((others.keys_dir / "sca.pem").read_bytes())
    with pytest.raises(KeysUnusable, match="authority"):
        load_issuer(ours)


def test_what_a_retired_signer_signed_is_still_believed(tmp_path: Path) -> None:
    settings = training(tmp_path)
    create_keys(settings)
    folder = settings.keys_dir
    (folder / "dsc-2024.pem").write_bytes((folder / "dsc.pem").read_bytes())
    assert len(load_issuer(settings).trust.keys) == 2


def test_training_keys_can_sign_for_a_campaign_of_last_winter(tmp_path: Path) -> None:
    settings = training(tmp_path)
    create_keys(settings, at=NOW)
    begins = load_issuer(settings).trust.keys[0].not_before
    assert begins is not None
    assert begins <= NOW - timedelta(days=300)
