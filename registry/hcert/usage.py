"""What a document signer may sign, and what a certificate's content needs: the extended key usages of the EU scheme."""

import re
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from registry.hcert.claims import Claims, Kind

UNREADABLE_EXTENSIONS = (TypeError, ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
"""What the parser raises where it refuses all extensions of a certificate because of one."""


class Usage(StrEnum):
    """The three contents a signer can be limited to; a signer without any may sign all."""

    TEST = "test"
    VACCINATION = "vaccination"
    RECOVERY = "recovery"


VACCINATION_OID = "1.3.6.1.4.1.1847.2021.1.2"

_LAST_ARC = {1: Usage.TEST, 2: Usage.VACCINATION, 3: Usage.RECOVERY}
# Most of the published test certificates spell it with an extra 0, which no standard states.
_OID = re.compile(r"1\.3\.6\.1\.4\.1\.(?:0\.)?1847\.2021\.1\.([123])")
_OID_IN_DER = re.compile(rb"\x2b\x06\x01\x04\x01\x00?\x8e\x37\x8f\x65\x01([\x01\x02\x03])")
_DCC_USAGES = {"t": Usage.TEST, "v": Usage.VACCINATION, "r": Usage.RECOVERY}


def usages_of(certificate: x509.Certificate) -> frozenset[Usage]:
    """The usages a DSC is limited to; empty: any content."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return frozenset()
    except UNREADABLE_EXTENSIONS:
        # Some issuers spell out cA=FALSE. DER forbids it and the parser then refuses all extensions: look at the bytes.
        der = certificate.public_bytes(Encoding.DER)
        return frozenset(_LAST_ARC[arc[0]] for arc in _OID_IN_DER.findall(der))
    matches = (_OID.fullmatch(oid.dotted_string) for oid in extension.value)
    return frozenset(_LAST_ARC[int(match[1])] for match in matches if match)


def usages_needed(claims: Claims) -> frozenset[Usage]:
    """The usages a signer of this content must have, if it is limited at all."""
    match claims.kind:
        case Kind.DVC | Kind.DDCC_VACCINATION:
            return frozenset({Usage.VACCINATION})
        case Kind.DDCC_TEST:
            return frozenset({Usage.TEST})
        case Kind.EU_DCC if isinstance(claims.content, dict):
            return frozenset(usage for key, usage in _DCC_USAGES.items() if claims.content.get(key))
    return frozenset()
