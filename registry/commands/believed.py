"""What `registry verify` goes by: keys and lists from files, else the installation's own."""

from codecs import BOM_UTF8
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, load_pem_x509_certificates
from sqlmodel import Session

from registry import hcert
from registry.campaigns import queries as campaigns
from registry.certificates.keys import find_own_trust, load_issuer
from registry.errors import NotFound, Refusal
from registry.settings import Settings
from registry.trust.queries import trusted
from registry.verification.queries import Means, find_entry_timezone, list_terms
from registry.verification.rules import Reason, Terms


def gather(
    session: Session | None, settings: Settings, *, trust: Path | None, revocations: Path | None, at: datetime
) -> Means:
    """Signers, list of withdrawn certificates and rules of entry: from the files named, else the installation's.

    Signers named by hand answer for their signatures alone; the rules of entry and the list are the installation's.
    """
    terms: Terms = {}
    if trust is not None:
        believed, own = read_trust(trust), hcert.TrustList()
    else:
        own, believed = _installed_trust(session, settings)
        terms = _terms(session, settings)
    held: hcert.RevocationList | Reason | None = None
    if revocations is not None:
        held = _read_revocations(revocations, believed, at=at)
    elif session is None and trust is None:
        held = Reason.LIST_MISSING
    return Means(
        session,
        believed,
        own=own,
        signers=find_own_trust(settings) if session else None,
        revocations=held,
        terms=terms,
        training=settings.training,
        url=settings.url,
        entry_timezone=find_entry_timezone(session, settings),
    )


def read_trust(path: Path) -> hcert.TrustList:
    """Signers from a did.json, or from X.509 certificates: PEM, of which there may be several, or DER."""
    content = path.read_bytes().removeprefix(BOM_UTF8)
    try:
        if content.lstrip().startswith(b"{"):
            return hcert.read_trust_list(content, source=path.name)
        if b"-----BEGIN" in content:
            return _trust_pem(_read_pem(content), source=path.name)
        return hcert.trust_certificates([content], source=path.name)
    except ValueError as error:
        raise click.ClickException(f"{path} is neither a trust list nor a certificate: {error}.") from None


def _read_pem(content: bytes) -> Sequence[Certificate]:
    try:
        return load_pem_x509_certificates(content)
    except ValueError:
        raise hcert.UnusableCertificate("it holds no X.509 certificate") from None


def _trust_pem(certificates: Sequence[Certificate], *, source: str) -> hcert.TrustList:
    """Each signer with the authority that vouches for it, if the file holds it; an authority signs no document."""
    authority_of = {
        number: next((one for one in certificates if one is not certificate and _issued(one, certificate)), None)
        for number, certificate in enumerate(certificates)
    }
    authorities = {id(one) for one in authority_of.values()}
    found = hcert.TrustList()
    for number, certificate in enumerate(certificates):
        if id(certificate) not in authorities:
            authority = authority_of[number]
            sca = authority.public_bytes(Encoding.DER) if authority else None
            found |= hcert.trust_certificates([certificate.public_bytes(Encoding.DER)], source=source, sca=sca)
    return found


def _issued(authority: Certificate, certificate: Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _installed_trust(session: Session | None, settings: Settings) -> tuple[hcert.TrustList, hcert.TrustList]:
    """The installation's own signers; and these with the signers of every list that it imported."""
    try:
        return load_issuer(settings).trust, trusted(session, settings)
    except Refusal as refusal:
        raise click.ClickException(f"The signers to believe are unknown: name them with --trust. {refusal}") from None


def _terms(session: Session | None, settings: Settings) -> Terms:
    try:
        return list_terms(session, campaigns.current_campaign(session, settings.campaign).code) if session else {}
    except NotFound:
        return {}


def _read_revocations(path: Path, trust: hcert.TrustList, *, at: datetime) -> hcert.RevocationList | Reason:
    """A list that this installation or an imported country signed: none speaks of another country's certificates."""
    content = path.read_bytes()
    try:
        issuer = hcert.read_revocation_list(content, trust, at=at).issuer
        return hcert.read_revocation_list(content, _of_country(issuer, trust), at=at)
    except hcert.BadRevocationList as bad:
        click.echo(f"The list {path} cannot be relied on: {bad.reason.value.replace('_', ' ')}.", err=True)
        return Reason.LIST_UNREADABLE


def _of_country(issuer: str, trust: hcert.TrustList) -> hcert.TrustList:
    return hcert.TrustList(tuple(key for key in trust.keys if issuer.upper() in key.countries))
