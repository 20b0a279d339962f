"""The installation's keys: the country's authority (SCA) and the document signer (DSC) it vouches for.

`keys_dir` holds sca.pem, sca.key, dsc.pem and dsc.key (none where a token holds the signer's key). After a rotation the
old signer's certificate stays as dsc-*.pem, so that what it signed is still believed; next.pem is a signer made ready,
already believed, for the next rotation. sca.key is needed only to make a signer: keep it offline.
"""

from registry.certificates.key_files import KeyFileUnusable, KeysLocked
from registry.certificates.keys.inventory import KeyPlace, KeyUse, KnownKey, list_keys
from registry.certificates.keys.issuer import (
    Issuer,
    Keyless,
    find_issuer,
    find_own_trust,
    load_issuer,
    load_signing,
    own_trust,
)
from registry.certificates.keys.making import create_keys, lock_keys, prepare_signer, rotate_signer
from registry.certificates.keys.refusals import (
    AuthorityEnded,
    AuthorityKeyMissing,
    KeysExist,
    KeysExposed,
    KeysMissing,
    KeysOfAnotherKind,
    KeysUnusable,
    SignerEnded,
)
from registry.certificates.rules import KeysFault

__all__ = [
    "AuthorityEnded",
    "AuthorityKeyMissing",
    "Issuer",
    "KeyFileUnusable",
    "KeyPlace",
    "KeyUse",
    "Keyless",
    "KeysExist",
    "KeysExposed",
    "KeysFault",
    "KeysLocked",
    "KeysMissing",
    "KeysOfAnotherKind",
    "KeysUnusable",
    "KnownKey",
    "SignerEnded",
    "create_keys",
    "find_issuer",
    "find_own_trust",
    "list_keys",
    "load_issuer",
    "load_signing",
    "lock_keys",
    "own_trust",
    "prepare_signer",
    "rotate_signer",
]
