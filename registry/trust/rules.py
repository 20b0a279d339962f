"""How an installation calls itself in lists, and why it does not take another's."""

from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from registry.errors import N_, Refusal

# Trust domains are the WHO's to give: until one is, a name that nobody takes for one of theirs.
DOMAIN, TRAINING_DOMAIN = "NATIONAL", "TRAINING"
LIST_PATH = ("v2", "trustlist")
CLOCKS_DIFFER = timedelta(hours=1)


class ListRefused(Refusal):
    """Whatever keeps a list from being believed."""


class ProofRefused(ListRefused):
    sentence = N_(
        "The list is not believed: %(why)s. Fetch it again from its publisher, and the publisher's proof key by "
        "another way."
    )


class UnreadableList(ListRefused):
    sentence = N_("The file is not a trust list of the WHO's network: %(why)s.")


class UnreadableProofKey(ListRefused):
    sentence = N_(
        "The proof key cannot be read. It must be a P-256 key: the did.json of the list's signer, a JWK, or a public "
        "key or certificate in PEM."
    )


class OlderList(ListRefused):
    sentence = N_(
        "A newer list of %(did)s is held already: of %(held)s, the one offered is of %(offered)s. Somebody may want "
        "keys believed again that were taken off. Fetch the newest list; if this one is really meant, use --force and "
        "say why with --reason."
    )


class ListOfTheFuture(ListRefused):
    sentence = N_("The list says that it was made on %(offered)s, which is still to come. Check this machine's clock.")


class OwnList(ListRefused):
    sentence = N_("This is the installation's own list. Its keys are believed already.")


class ListUnknown(ListRefused):
    sentence = N_("No list of %(did)s is held. See: registry trust list")


def domain_of(participant: str, *, training: bool) -> str:
    """The trust domain of the own list: KGZ-NATIONAL or KGZ-TRAINING."""
    return f"{participant}-{TRAINING_DOMAIN if training else DOMAIN}"


def did_of(url: str, *path: str) -> str:
    """The did:web address of what stands at this address: a port is written %3A, a path after colons."""
    split = urlsplit(url)
    own_path = filter(None, split.path.split("/"))
    return ":".join(["did:web", quote(split.netloc), *own_path, *path])


def check_created(created: datetime, *, did: str, held: datetime | None, forced: bool, at: datetime) -> None:
    """A list is never older than the one that it replaces, unless a person says why, and never of the future."""
    if created > at + CLOCKS_DIFFER:
        raise ListOfTheFuture(offered=created)
    if held is not None and created < held and not forced:
        raise OlderList(did=did, held=held, offered=created)
