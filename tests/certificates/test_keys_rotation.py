"""One signer follows another: whole at every moment, without a restart, and nothing that was signed is lost."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from registry.certificates import key_files
from registry.certificates.keys import (
    AuthorityEnded,
    AuthorityKeyMissing,
    Issuer,
    KeyPlace,
    KeysOfAnotherKind,
    KeysUnusable,
    KeyUse,
    create_keys,
    list_keys,
    load_issuer,
    prepare_signer,
    rotate_signer,
)
from registry.hcert import Claims, Kind, encode, verify
from registry.settings import Settings
from tests.certificates.test_keys import production, training
from tests.factories import NOW

LATER = NOW + timedelta(days=180)
FILES = {"sca.pem", "sca.key", "dsc.pem", "dsc.key"}


class PowerCut(Exception):  # noqa: N818 - what happens to the machine
    pass


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = production(tmp_path)
    create_keys(settings, at=NOW)
    return settings


def signed(issuer: Issuer) -> str:
    claims = Claims(Kind.DVC, {}, issuer="KG", issued_at=LATER, expires_at=LATER + timedelta(days=1))
    return encode(claims, issuer.signer)


def is_believed(text: str, issuer: Issuer) -> bool | None:
    return verify(text, issuer.trust, at=LATER).steps["signature"]


def test_a_running_process_signs_with_the_new_key_at_once(settings: Settings) -> None:
    before = load_issuer(settings)
    new = rotate_signer(settings, at=LATER)
    after = load_issuer(settings)
    assert after.signer.kid != before.signer.kid
    assert after.dscs[0] == new
    assert after.signs_until == new.not_valid_after_utc > before.signs_until
    assert after.signer.sign(b"text")


def test_what_either_key_signed_is_believed_after_the_rotation(settings: Settings) -> None:
    text = signed(load_issuer(settings))
    rotate_signer(settings, at=LATER)
    issuer = load_issuer(settings)
    assert is_believed(text, issuer)
    assert is_believed(signed(issuer), issuer)


def test_the_old_private_key_is_gone_and_its_certificate_stays(settings: Settings) -> None:
    old, old_key = load_issuer(settings).dscs[0], (settings.keys_dir / "dsc.key").read_bytes()
    rotate_signer(settings, at=LATER)
    rotate_signer(settings, at=LATER + timedelta(days=180))
    contents = {path.name: path.read_bytes() for path in settings.keys_dir.iterdir()}
    assert contents.keys() >= FILES
    assert old_key not in contents.values()
    assert {name for name in contents if name.endswith(".key")} == {"dsc.key", "sca.key"}
    assert x509.load_pem_x509_certificate(contents[key_files.name_of_retired(old)]) == old
    assert [path.stat().st_mode & 0o777 for path in settings.keys_dir.iterdir()] == [0o600] * 6


def test_signers_are_numbered(settings: Settings) -> None:
    rotate_signer(settings, at=LATER)
    rotate_signer(settings, at=LATER)
    names = [key.subject.split(",")[0] for key in list_keys(settings)]
    assert sorted(names) == [f"CN=KG vaccination registry {name}" for name in ("DSC 1", "DSC 2", "DSC 3", "SCA")]


CHANGES = ("write_file", "keep_names", "replace", "unlink")


def cut_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The power fails at the given step of those that change the folder."""
    left = [steps]

    def cut_short(target: object, name: str) -> None:
        original = getattr(target, name)

        def act(*arguments: object, **options: object) -> object:
            if left[0] == 0:
                raise PowerCut
            left[0] -= 1
            return original(*arguments, **options)

        monkeypatch.setattr(target, name, act)

    for name in CHANGES:
        cut_short(key_files if hasattr(key_files, name) else Path, name)


def test_a_power_cut_at_any_moment_leaves_an_installation_that_signs(tmp_path: Path) -> None:
    finished, cuts = False, 0
    while not finished:
        settings = production(tmp_path / str(cuts))
        create_keys(settings, at=NOW)
        text = signed(load_issuer(settings))
        with pytest.MonkeyPatch.context() as monkeypatch:
            cut_after(cuts, monkeypatch)
            try:
                rotate_signer(settings, at=LATER)
                finished = True
            except PowerCut:
                cuts += 1
        issuer = load_issuer(settings)
        assert is_believed(text, issuer), cuts
        assert is_believed(signed(issuer), issuer), cuts
        rotate_signer(settings, at=LATER)
        issuer = load_issuer(settings)
        assert is_believed(text, issuer), "and rotating again after a cut is no worse"
        left = {path.name for path in settings.keys_dir.iterdir() if path.suffix != ".pem"}
        assert left == {"dsc.key", "sca.key"}, "no stray key stays, nor a draft of one"
    assert cuts > 5


def test_without_the_authoritys_key_there_is_no_new_signer(settings: Settings) -> None:
    (settings.keys_dir / "sca.key").unlink()
    before = {path.name for path in settings.keys_dir.iterdir()}
    with pytest.raises(AuthorityKeyMissing, match=r"sca\.key"):
        rotate_signer(settings, at=LATER)
    assert {path.name for path in settings.keys_dir.iterdir()} == before
    assert load_issuer(settings).signer.sign(b"still")


def test_another_authoritys_key_makes_no_signer(settings: Settings, tmp_path: Path) -> None:
    other = production(tmp_path / "other")
    create_keys(other, at=NOW)
    (settings.keys_dir / "sca.key").write_bytes((other.keys_dir / "sca.key").read_bytes())
    with pytest.raises(KeysUnusable, match=r"sca\.key"):
        rotate_signer(settings, at=LATER)


def test_an_authority_whose_time_is_over_vouches_for_nobody(settings: Settings) -> None:
    with pytest.raises(AuthorityEnded):
        rotate_signer(settings, at=NOW + timedelta(days=4 * 365 + 1))


def test_a_training_authority_makes_no_real_signer(tmp_path: Path) -> None:
    create_keys(training(tmp_path))
    with pytest.raises(KeysOfAnotherKind):
        rotate_signer(production(tmp_path), at=LATER)


def test_a_prepared_signer_is_believed_before_it_signs_and_signs_after_the_rotation(settings: Settings) -> None:
    before = load_issuer(settings)
    new = prepare_signer(settings, at=LATER)
    waiting = load_issuer(settings)
    assert waiting.signer.kid == before.signer.kid
    assert new in waiting.dscs
    assert prepare_signer(settings, at=LATER) == new, "one waits at a time"
    (settings.keys_dir / "sca.key").unlink()
    assert rotate_signer(settings, at=LATER + timedelta(days=30)) == new, "the authority's key may be away again"
    after = load_issuer(settings)
    assert after.dscs[0] == new
    assert is_believed(signed(after), waiting), "by who fetched the lists while it was waiting"


def test_the_list_of_keys_says_where_each_is_and_what_for(settings: Settings) -> None:
    old = load_issuer(settings).signer.kid.hex()
    rotate_signer(settings, at=LATER)
    prepare_signer(settings, at=LATER)
    (settings.keys_dir / "sca.key").unlink()
    sca, now, *others = list_keys(settings)
    assert (sca.role, sca.private_key, sca.use) == ("SCA", KeyPlace.AWAY, KeyUse.VOUCHES)
    assert (now.kid, now.private_key, now.use) == (
        load_issuer(settings).signer.kid.hex(),
        KeyPlace.LOCKED_FILE,
        KeyUse.SIGNS,
    )
    assert {(key.use, key.private_key) for key in others} == {
        (KeyUse.NEXT, KeyPlace.LOCKED_FILE),
        (KeyUse.BELIEVED, KeyPlace.AWAY),
    }
    assert [key.kid for key in others if key.use is KeyUse.BELIEVED] == [old]
    assert now.begins == LATER
