"""The signer's key on a PKCS#11 token (SoftHSM2 stands for one): made there, used there, never taken out."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pkcs11
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from registry.certificates.hsm import KeyNotOnToken, ModuleUnusable, NoKeyOfLabel, PinRefused, TokenMissing, make_key
from registry.certificates.keys import (
    Issuer,
    KeyPlace,
    KeysFault,
    KeyUse,
    create_keys,
    list_keys,
    load_issuer,
    rotate_signer,
)
from registry.hcert import KeySigner
from registry.hcert.signer import to_der
from registry.model import new_id
from registry.settings import Settings
from tests.certificates.test_keys_rotation import LATER, is_believed, signed
from tests.factories import NOW

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
TOOL = shutil.which("softhsm2-util")
PIN = "274951"
OTHER_PROCESSES = get_context("fork")  # what a server may do with its workers


@pytest.fixture(scope="session")
def _drawer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where SoftHSM2 keeps its tokens."""
    if TOOL is None or not MODULE.exists():
        if os.environ.get("CI"):
            pytest.fail("SoftHSM2 is missing: in continuous integration the tests of tokens must run")
        pytest.skip("SOFTHSM2 IS MISSING: this test of tokens did not run (apt-get install softhsm2)")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        yield


@pytest.fixture
def settings(_drawer: None, tmp_path: Path) -> Settings:
    """An installation with a fresh token of its own."""
    label = new_id().hex[-12:]
    initialise = [str(TOOL), "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "8642086420"]
    subprocess.run(initialise, check=True, capture_output=True)
    pkcs11.lib(str(MODULE)).reinitialize()  # it looks for tokens once
    return with_token(tmp_path / "var", label)


def with_token(folder: Path, label: str, *, pin: str = PIN) -> Settings:
    return Settings.model_validate({"var_dir": folder, "hsm_module": MODULE, "hsm_token": label, "hsm_pin": pin})


def without_token(settings: Settings) -> Settings:
    return Settings(var_dir=settings.var_dir)


def accepts(issuer: Issuer, signature: bytes, message: bytes) -> bool:
    """Whether the signature is raw r||s of the signer's certificate."""
    public = issuer.dscs[0].public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    try:
        public.verify(to_der(signature), message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def test_the_signers_key_is_made_on_the_token_and_signs_there(settings: Settings) -> None:
    create_keys(settings, at=NOW)
    issuer = load_issuer(settings)
    assert {path.name for path in settings.keys_dir.iterdir()} == {"sca.pem", "sca.key", "dsc.pem"}
    assert not isinstance(issuer.signer, KeySigner)
    assert accepts(issuer, issuer.signer.sign(b"a message"), b"a message")
    assert is_believed(signed(issuer), issuer)


def test_the_private_key_cannot_be_taken_out(settings: Settings) -> None:
    create_keys(settings, at=NOW)
    private = load_issuer(settings).signer.private_key  # type: ignore[attr-defined]  # a token's signer has it
    assert private[pkcs11.Attribute.SENSITIVE]
    assert not private[pkcs11.Attribute.EXTRACTABLE]
    with pytest.raises(pkcs11.PKCS11Error):
        _secret = private[pkcs11.Attribute.VALUE]


def test_a_key_that_is_on_the_token_already_can_be_used(settings: Settings) -> None:
    made = make_key(settings)
    create_keys(settings, at=NOW, token_key="registry DSC")
    issuer = load_issuer(settings)
    assert issuer.dscs[0].public_key() == made
    assert accepts(issuer, issuer.signer.sign(b"a message"), b"a message")


def test_a_label_that_is_not_on_the_token_is_said(settings: Settings) -> None:
    with pytest.raises(NoKeyOfLabel, match=f"{settings.hsm_token}.*nothing has this label"):
        create_keys(settings, token_key="nothing has this label")
    assert not settings.keys_dir.exists()


def test_a_rotation_on_the_token_finds_the_right_one_of_its_keys(settings: Settings) -> None:
    create_keys(settings, at=NOW)
    text = signed(load_issuer(settings))
    rotate_signer(settings, at=LATER)
    issuer = load_issuer(settings)
    assert accepts(issuer, issuer.signer.sign(b"a message"), b"a message")
    assert is_believed(text, issuer)
    assert is_believed(signed(issuer), issuer)


def test_an_installation_moves_from_a_file_to_a_token_by_a_rotation(settings: Settings) -> None:
    create_keys(without_token(settings), at=NOW)
    text, leftover = signed(load_issuer(settings)), (settings.keys_dir / "dsc.key").read_bytes()
    assert isinstance(load_issuer(settings).signer, KeySigner), "until then the file signs"
    rotate_signer(settings, at=LATER)
    assert not (settings.keys_dir / "dsc.key").exists()
    assert is_believed(text, load_issuer(settings))
    assert [key.private_key for key in list_keys(settings) if key.use is KeyUse.SIGNS] == [KeyPlace.ON_TOKEN]
    (settings.keys_dir / "dsc.key").write_bytes(leftover)  # a power cut may leave it
    assert not isinstance(load_issuer(settings).signer, KeySigner)


def test_an_installation_moves_back_from_its_token_to_a_file(settings: Settings) -> None:
    create_keys(settings, at=NOW)
    text = signed(load_issuer(settings))
    rotate_signer(without_token(settings), at=LATER)
    assert is_believed(text, load_issuer(without_token(settings)))
    assert load_issuer(without_token(settings)).signer.sign(b"a message")


def test_many_threads_sign_on_one_token(settings: Settings) -> None:
    create_keys(settings, at=NOW)
    issuer = load_issuer(settings)
    messages = [f"message {number}".encode() for number in range(200)]
    with ThreadPoolExecutor(8) as threads:
        signatures = list(threads.map(issuer.signer.sign, messages))
    assert all(accepts(issuer, *one) for one in zip(signatures, messages, strict=True))


INHERITED: list[Issuer] = []


def sign_in_child(settings: Settings) -> tuple[bool, bytes]:
    issuer = load_issuer(settings)
    return issuer is INHERITED[-1], issuer.signer.sign(b"a message")


def test_a_process_born_by_fork_opens_the_token_for_itself(settings: Settings) -> None:
    create_keys(settings, at=NOW)
    INHERITED.append(load_issuer(settings))
    with OTHER_PROCESSES.Pool(1) as pool:
        inherited, signature = pool.apply(sign_in_child, (settings,))
    assert not inherited, "the standard gives a child none of its parent's sessions, though SoftHSM2 does"
    assert accepts(INHERITED[-1], signature, b"a message")
    assert accepts(INHERITED[-1], INHERITED[-1].signer.sign(b"and the parent goes on"), b"and the parent goes on")


@pytest.mark.parametrize(
    ("changes", "fault", "why"),
    [
        ({"hsm_token": "of another house"}, TokenMissing, "of another house.*REGISTRY_HSM_TOKEN"),
        ({"hsm_module": Path("/nowhere/libtoken.so")}, ModuleUnusable, "/nowhere/libtoken.so.*REGISTRY_HSM_MODULE"),
    ],
)
def test_what_keeps_the_token_from_signing_is_said_with_what_to_do(
    settings: Settings, changes: dict[str, object], fault: type[KeysFault], why: str
) -> None:
    create_keys(settings, at=NOW)
    with pytest.raises(fault, match=why) as refused:
        load_issuer(settings.model_copy(update=changes))
    assert "safe place" not in str(refused.value), "no copy of the folder brings a token back"


def test_a_wrong_pin_is_said_before_the_token_locks_itself(settings: Settings) -> None:
    with pytest.raises(PinRefused, match="REGISTRY_HSM_PIN"):
        create_keys(with_token(settings.var_dir, settings.hsm_token, pin="000000"))
    assert not settings.keys_dir.exists()


def test_a_token_without_this_key_does_not_sign(settings: Settings, tmp_path: Path) -> None:
    create_keys(settings, at=NOW)
    other = with_token(tmp_path / "other", settings.hsm_token)
    create_keys(without_token(other), at=NOW)
    (other.keys_dir / "dsc.key").unlink()
    with pytest.raises(KeyNotOnToken, match=r"dsc\.pem"):
        load_issuer(other)
