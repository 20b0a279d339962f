"""What is handed in to join the network: whole, checked, and without a private key."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from registry.certificates import key_files
from registry.certificates.keys import KeyFileUnusable, create_keys, load_issuer
from registry.hcert import new_key
from registry.settings import Settings
from registry.trust.bundle import FolderInUse, write_bundle
from tests.commands.conftest import CommandLine
from tests.factories import NOW

FILES = {
    "README.md",
    "DSC.der",
    "onboarding/PH4H/SCA/SCA.pem",
    "onboarding/PH4H/UP/UP.csr",
    "onboarding/PH4H/TLS/TLS.csr",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(var_dir=tmp_path / "var")
    create_keys(settings, at=NOW)
    return settings


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def client_certificate(settings: Settings, *, days: int, usages: list[x509.ObjectIdentifier]) -> bytes:
    """What an authority of the country makes of a request."""
    name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "KG"), x509.NameAttribute(NameOID.COMMON_NAME, "TLS")])
    key = key_files.read_key(settings.keys_dir / "tls.key", key_files.passphrase_of(settings))
    request = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    request = request.serial_number(7).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=days))
    asked = x509.load_pem_x509_csr((settings.keys_dir.parent / "csr").read_bytes())
    request = request.add_extension(asked.extensions.get_extension_for_class(x509.KeyUsage).value, critical=True)
    request = request.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    return key_files.pem_of(request.sign(new_key(), SHA256()))


def test_the_bundle_is_whole_and_breaks_no_rule(settings: Settings, tmp_path: Path) -> None:
    bundle = write_bundle(settings, tmp_path / "out", domain="PH4H")
    assert bundle.faults == []
    assert set(bundle.files) == files_in(tmp_path / "out") == FILES
    issuer = load_issuer(settings)
    assert x509.load_der_x509_certificate((tmp_path / "out" / "DSC.der").read_bytes()) == issuer.dscs[0]
    assert key_files.read_certificate(tmp_path / "out" / "onboarding/PH4H/SCA/SCA.pem") == issuer.sca


def test_no_private_key_is_in_the_bundle_and_those_made_are_locked(settings: Settings, tmp_path: Path) -> None:
    write_bundle(settings, tmp_path / "out", domain="PH4H")
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file() and b"PRIVATE" in path.read_bytes()]
    for name in ("up.key", "tls.key"):
        assert key_files.is_locked((settings.keys_dir / name).read_bytes())
        assert (settings.keys_dir / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("name", "usages"), [("UP", None), ("TLS", [ExtendedKeyUsageOID.CLIENT_AUTH])])
def test_requests_ask_for_what_the_network_demands(
    settings: Settings, tmp_path: Path, name: str, usages: list[x509.ObjectIdentifier] | None
) -> None:
    write_bundle(settings, tmp_path / "out", domain="PH4H")
    asked = x509.load_pem_x509_csr((tmp_path / "out" / f"onboarding/PH4H/{name}/{name}.csr").read_bytes())
    assert asked.is_signature_valid
    key = asked.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"
    assert [attribute.value for attribute in asked.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)] == ["KG"]
    assert asked.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    if usages:
        assert list(asked.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == usages


def test_a_second_bundle_asks_for_the_same_keys(settings: Settings, tmp_path: Path) -> None:
    asked = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        write_bundle(settings, folder, domain="PH4H")
        asked.append(x509.load_pem_x509_csr((folder / "onboarding/PH4H/UP/UP.csr").read_bytes()).public_key())
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    ("days", "usages", "faults"),
    [
        (700, [ExtendedKeyUsageOID.CLIENT_AUTH], []),
        (30, [ExtendedKeyUsageOID.CLIENT_AUTH], ["live as long"]),
        (700, [ExtendedKeyUsageOID.SERVER_AUTH], ["client authentication"]),
    ],
)
def test_a_certificate_that_came_back_is_put_in_and_checked(
    settings: Settings, tmp_path: Path, days: int, usages: list[x509.ObjectIdentifier], faults: list[str]
) -> None:
    write_bundle(settings, tmp_path / "first", domain="PH4H")
    (settings.var_dir / "csr").write_bytes((tmp_path / "first" / "onboarding/PH4H/TLS/TLS.csr").read_bytes())
    content = client_certificate(settings, days=days, usages=usages)
    (settings.keys_dir / "tls.pem").write_bytes(content)
    (settings.keys_dir / "tls-ca.pem").write_bytes(key_files.pem_of(load_issuer(settings).sca))
    bundle = write_bundle(settings, tmp_path / "out", domain="PH4H")
    assert (tmp_path / "out" / "onboarding/PH4H/TLS/TLS.pem").read_bytes() == content
    assert "onboarding/PH4H/TLS/CA.pem" in bundle.files
    assert len(bundle.faults) == len(faults)
    assert all(words in fault for words, fault in zip(faults, bundle.faults, strict=True))
    assert all(fault in (tmp_path / "out" / "README.md").read_text() for fault in bundle.faults)


def test_a_certificate_that_came_back_in_another_form_is_refused_in_words(settings: Settings, tmp_path: Path) -> None:
    (settings.keys_dir / "tls.pem").write_bytes(load_issuer(settings).sca.public_bytes(Encoding.DER))
    with pytest.raises(KeyFileUnusable, match=r"tls\.pem cannot be used: it is neither a key nor a certificate in PEM"):
        write_bundle(settings, tmp_path / "out", domain="PH4H")


def test_nothing_else_is_sent_away_with_the_bundle(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(FolderInUse):
        write_bundle(settings, settings.keys_dir, domain="PH4H")


def test_the_next_steps_name_what_was_made(settings: Settings, tmp_path: Path) -> None:
    write_bundle(settings, tmp_path / "out", domain="PH4H")
    text, issuer = (tmp_path / "out" / "README.md").read_text(), load_issuer(settings)
    for words in (issuer.signer.kid.hex(), issuer.sca.fingerprint(SHA256()).hex(), "training keys", '"domain": "PH4H"'):
        assert words in text
    assert all(name in text for name in FILES - {"README.md"})


def test_the_command_ends_with_1_when_a_rule_is_broken(registry: CommandLine, tmp_path: Path) -> None:
    registry.read("keys", "init")
    made = registry.read("trust", "onboarding-bundle", str(tmp_path / "good"))
    assert made["faults"] == []
    assert "onboarding/IPS-PILGRIMAGE/SCA/SCA.pem" in made["files"]
    neighbour = new_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TLS")])
    short = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(neighbour.public_key())
    short = short.serial_number(7).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=7))
    (registry.var / "keys" / "tls.pem").write_bytes(key_files.pem_of(short.sign(neighbour, SHA256())))
    result = registry.run("trust", "onboarding-bundle", str(tmp_path / "bad"))
    assert result.exit_code == 1
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == ["TLS"] * 3
