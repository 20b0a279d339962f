"""The installation's keys as files: made once, locked, readable by their owner only, never mixed up."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from registry.certificates.keys import (
    KeyFileUnusable,
    KeysExist,
    KeysExposed,
    KeysLocked,
    KeysMissing,
    KeysOfAnotherKind,
    KeysUnusable,
    create_keys,
    list_keys,
    load_issuer,
    lock_keys,
    rotate_signer,
)
from registry.hcert import key_id
from registry.settings import Environment, Settings
from registry.web.installation import secret_key
from tests.factories import NOW

KEYS = ("sca.key", "dsc.key")


def training(folder: Path) -> Settings:
    return Settings(var_dir=folder)


def production(folder: Path, **changes: str) -> Settings:
    return Settings.model_validate(
        {
            "env": Environment.PRODUCTION,
            "var_dir": folder,
            "secret_key": "0123456789abcdefghijklmnopqrstuvwxyz",
            "public_url": "https://check.example",
            **changes,
        }
    )


def test_keys_and_their_folder_are_for_their_owner_only(tmp_path: Path) -> None:
    settings = training(tmp_path)
    create_keys(settings)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in settings.keys_dir.iterdir()}
    assert modes == dict.fromkeys(("sca.pem", "sca.key", "dsc.pem", "dsc.key"), "0o600")
    assert settings.keys_dir.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", KEYS)
def test_private_keys_are_locked_with_the_passphrase_as_openssl_knows_it(tmp_path: Path, name: str) -> None:
    settings = production(tmp_path, keys_passphrase="a long passphrase of the ministry")
    create_keys(settings)
    content = (settings.keys_dir / name).read_bytes()
    assert content.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    load_pem_private_key(content, b"a long passphrase of the ministry")
    with pytest.raises(ValueError, match="password"):
        load_pem_private_key(content, b"another passphrase")


def test_without_a_passphrase_the_installations_secret_locks_the_keys(tmp_path: Path) -> None:
    create_keys(production(tmp_path))
    assert load_issuer(production(tmp_path))
    with pytest.raises(KeysLocked, match="REGISTRY_SECRET_KEY"):
        load_issuer(production(tmp_path, secret_key="zyxwvutsrqponmlkjihgfedcba9876543210"))


def test_the_secret_itself_is_not_the_passphrase(tmp_path: Path) -> None:
    settings = training(tmp_path)
    create_keys(settings)
    with pytest.raises(ValueError, match="password"):
        load_pem_private_key((settings.keys_dir / "dsc.key").read_bytes(), secret_key(settings))


def test_keys_of_an_older_installation_still_open_without_a_passphrase(tmp_path: Path) -> None:
    settings = production(tmp_path, keys_passphrase="before")
    create_keys(settings)
    leave_open(settings, b"before")
    assert load_issuer(production(tmp_path)).signer.sign(b"as ever")


def leave_open(settings: Settings, passphrase: bytes) -> None:
    """Keys as installations had them before they were locked."""
    for name in KEYS:
        path = settings.keys_dir / name
        key = load_pem_private_key(path.read_bytes(), passphrase)
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def test_keys_that_were_open_are_locked_once(tmp_path: Path) -> None:
    settings = production(tmp_path, keys_passphrase="now")
    create_keys(settings)
    leave_open(settings, b"now")
    assert lock_keys(settings) == ["dsc.key", "sca.key"]
    assert all(b"ENCRYPTED" in (settings.keys_dir / name).read_bytes() for name in KEYS)
    assert lock_keys(settings) == []
    assert load_issuer(settings).signer.sign(b"as ever")


@pytest.mark.parametrize(
    ("old", "before"),
    [
        ({"keys_passphrase": "of last year"}, b"of last year"),
        ({"secret_key": "zyxwvutsrqponmlkjihgfedcba9876543210"}, b"zyxwvutsrqponmlkjihgfedcba9876543210"),
    ],
)
def test_keys_follow_to_a_new_passphrase(tmp_path: Path, old: dict[str, str], before: bytes) -> None:
    create_keys(production(tmp_path, **old))
    settings = production(tmp_path, keys_passphrase="of this year")
    contents = {path: path.read_bytes() for path in settings.keys_dir.iterdir()}
    for wrong in (None, b"neither"):
        with pytest.raises(KeysLocked):
            lock_keys(settings, before=wrong)
    assert {path: path.read_bytes() for path in settings.keys_dir.iterdir()} == contents
    assert lock_keys(settings, before=before) == ["dsc.key", "sca.key"]
    assert load_issuer(settings).signer.sign(b"as ever")


def test_the_issuer_signs_with_the_signer_and_trusts_it(tmp_path: Path) -> None:
    settings = training(tmp_path)
    create_keys(settings)
    issuer = load_issuer(settings)
    dsc = x509.load_pem_x509_certificate((settings.keys_dir / "dsc.pem").read_bytes())
    assert issuer.signer.kid == key_id(dsc)
    assert issuer.signs_until == dsc.not_valid_after_utc
    assert issuer.trust.list_signers(issuer.signer.kid)[0].training
    assert (issuer.country, issuer.url, issuer.training) == ("KG", settings.url, True)
    assert issuer.dscs == (dsc,)


def test_the_issuer_is_read_once(tmp_path: Path) -> None:
    settings = training(tmp_path)
    create_keys(settings)
    assert load_issuer(settings) is load_issuer(settings)


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


@pytest.mark.parametrize(("name", "remedy"), [("sca.pem", "safe place"), ("dsc.key", "registry keys rotate")])
def test_a_missing_file_is_missing_keys_with_what_to_do(tmp_path: Path, name: str, remedy: str) -> None:
    settings = training(tmp_path)
    create_keys(settings)
    (settings.keys_dir / name).unlink()
    with pytest.raises(KeysMissing, match=remedy):
        load_issuer(settings)


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("sca.pem", load_issuer),
        ("dsc.pem", load_issuer),
        ("dsc.key", load_issuer),
        ("dsc.pem", list_keys),
        ("sca.key", lock_keys),
        ("sca.key", lambda settings: rotate_signer(settings, at=NOW)),
    ],
)
def test_a_damaged_file_is_named_in_words(
    tmp_path: Path, name: str, use: Callable[[Settings], object], content: bytes
) -> None:
    settings = production(tmp_path)
    create_keys(settings, at=NOW)
    (settings.keys_dir / name).write_bytes(content)
    with pytest.raises(KeyFileUnusable) as refused:
        use(settings)
    assert str(refused.value).startswith(f"The file {settings.keys_dir / name} cannot be used: it is neither")


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


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    ours, others = production(tmp_path / "ours"), production(tmp_path / "others")
    create_keys(ours)
    create_keys(others)
    (ours.keys_dir / "dsc.key").write_bytes((others.keys_dir / "dsc.key").read_bytes())
    with pytest.raises(KeysUnusable, match="certificate"):
        load_issuer(ours)


def test_training_keys_can_sign_for_a_campaign_of_last_winter(tmp_path: Path) -> None:
    settings = training(tmp_path)
    create_keys(settings, at=NOW)
    begins = load_issuer(settings).trust.keys[0].not_before
    assert begins is not None
    assert begins <= NOW - timedelta(days=300)


def test_an_installation_makes_one_secret_whoever_is_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = training(tmp_path)
    (tmp_path / "secret_key").write_text("of the process that was first")
    monkeypatch.setattr(Path, "exists", lambda _path: False)  # it was not there when this process looked
    assert secret_key(settings) == b"of the process that was first"
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
