"""What a country hands in to join the WHO's trust network (GDHCN): certificates, two requests, and the next steps.

Folders as in the network's template for participants. Private keys never enter the bundle: it is made to be sent away.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files as packaged
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from registry.certificates import key_files
from registry.certificates.keys import Issuer, load_issuer
from registry.errors import N_, Refusal
from registry.hcert import new_key
from registry.hcert.authority import key_usage
from registry.hcert.governance import RULES, faults
from registry.hcert.trust import Role
from registry.settings import Settings

DOMAINS = ("DCC", "IPS-PILGRIMAGE", "dICVP", "PH4H")
"""Trust domains that the template knows."""

CLIENTS = (Role.UP, Role.TLS)
"""Who uploads signers to the network's gateway, and who connects to it."""


class FolderInUse(Refusal):
    sentence = N_("%(folder)s is not empty. Name a new folder: what lies there must not be sent away with the bundle.")


@dataclass(frozen=True)
class Bundle:
    """The files, relative to the bundle's folder, and every rule of the network that a certificate breaks."""

    files: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def write_bundle(settings: Settings, folder: Path, *, domain: str) -> Bundle:
    """Write the bundle for one trust domain. Keys for UP and TLS are made in `keys_dir` where there are none yet."""
    issuer = load_issuer(settings)
    if folder.exists() and any(folder.iterdir()):
        raise FolderInUse(folder=folder)
    bundle, root = Bundle(), f"onboarding/{domain}"
    _add(bundle, folder, f"{root}/SCA/SCA.pem", key_files.pem_of(issuer.sca))
    _add(bundle, folder, "DSC.der", issuer.dscs[0].public_bytes(Encoding.DER))
    _check(bundle, issuer.sca, Role.SCA, issuer)
    _check(bundle, issuer.dscs[0], Role.DSC, issuer)
    for role in CLIENTS:
        for name, content in _client(bundle, role, settings, issuer):
            _add(bundle, folder, f"{root}/{role.value}/{name}", content)
    _add(bundle, folder, "README.md", _explain(issuer, domain, bundle).encode())
    return bundle


def _client(bundle: Bundle, role: Role, settings: Settings, issuer: Issuer) -> Iterator[tuple[str, bytes]]:
    """The certificate that the installation has, with its authority's, else a request for one."""
    held, authority = (settings.keys_dir / f"{role.value.lower()}{end}.pem" for end in ("", "-ca"))
    if not held.exists():
        yield f"{role.value}.csr", _request(role, settings, issuer).public_bytes(Encoding.PEM)
        return
    certificate = key_files.read_certificate(held)
    _check(bundle, certificate, role, issuer)
    yield f"{role.value}.pem", key_files.pem_of(certificate)
    if authority.exists():
        yield "CA.pem", authority.read_bytes()


def _request(role: Role, settings: Settings, issuer: Issuer) -> x509.CertificateSigningRequest:
    path, passphrase = settings.keys_dir / f"{role.value.lower()}.key", key_files.passphrase_of(settings)
    if not path.exists():
        key_files.write_file(path, key_files.lock_key(new_key(), passphrase))
    kept = (NameOID.COUNTRY_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME)
    subject = [attribute for attribute in issuer.sca.subject if attribute.oid in kept]
    name = x509.NameAttribute(NameOID.COMMON_NAME, f"{issuer.country} vaccination registry {role.value}")
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([*subject, name]))
    builder = builder.add_extension(key_usage(digital_signature=True), critical=True)
    if role is Role.TLS:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    return builder.sign(key_files.read_key(path, passphrase), SHA256())


def _check(bundle: Bundle, certificate: x509.Certificate, role: Role, issuer: Issuer) -> None:
    found = faults(certificate, role, country=issuer.country, sca=issuer.sca)
    bundle.faults.extend(f"{role.value}: {RULES[fault]}" for fault in found)


def _add(bundle: Bundle, folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    bundle.files.append(name)


def _explain(issuer: Issuer, domain: str, bundle: Bundle) -> str:
    """The next steps, in English: the network's own language."""
    steps = packaged("registry.trust").joinpath("data", "onboarding.txt").read_text(encoding="utf-8")
    facts = {
        "country": issuer.country,
        "authority": issuer.authority["en"],
        "domain": domain,
        "fingerprint": issuer.sca.fingerprint(SHA256()).hex(),
        "kid": issuer.signer.kid.hex(),
        "environment": "DEV or UAT only: these are training keys" if issuer.training else "DEV, UAT or PROD",
        "files": "\n".join(f"- {name}" for name in bundle.files),
        "faults": "\n".join(f"- {fault}" for fault in bundle.faults) or "None was found broken.",
    }
    return re.sub(r"\{(\w+)\}", lambda match: facts[match[1]], steps)
