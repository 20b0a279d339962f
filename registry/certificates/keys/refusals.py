"""Why keys cannot be used, made or changed."""

from registry.certificates.rules import KeysFault
from registry.errors import N_


class KeysMissing(KeysFault):
    sentence = N_(
        "There are no keys to sign certificates with in %(folder)s. Restore them from their safe place; a new "
        "installation makes its own with: registry keys init"
    )


class SignerKeyMissing(KeysMissing):
    sentence = N_(
        "The signer's key %(file)s is not here. Restore it from its safe place; if it is on a token, set "
        "REGISTRY_HSM_MODULE; if it is lost, make a new one with: registry keys rotate"
    )


class KeysUnusable(KeysFault):
    sentence = N_("The keys in %(folder)s cannot be used: %(why)s. Restore them from their safe place.")


class SignerEnded(KeysFault):
    sentence = N_(
        "The signer's certificate ended on %(ended_on)s: nothing that it signs now would be believed. Make a new one "
        "with: registry keys rotate"
    )


class KeysExposed(KeysFault):
    sentence = N_("Other users of this machine can read the key %(file)s. Run: chmod 600 %(file)s")


class KeysOfAnotherKind(KeysFault):
    sentence = N_(
        "The keys in %(folder)s were made for another kind of installation. Training keys never sign real "
        "certificates, nor real keys training ones: restore the right keys from their safe place."
    )


class KeysExist(KeysFault):
    sentence = N_("There are keys in %(folder)s already. They are never overwritten: certificates depend on them.")


class AuthorityKeyMissing(KeysFault):
    sentence = N_(
        "The authority's key %(file)s is not here, and a new signer needs its signature. Bring it from its safe place "
        "into this folder, repeat the command, and take it away again."
    )


class AuthorityEnded(KeysFault):
    sentence = N_(
        "The authority's certificate ended on %(ended_on)s: it can vouch for no new signer. Move %(folder)s to a safe "
        "place and make new keys with: registry keys init"
    )
