"""Look up what a stranger holds: a link, a code, a signed text. And prove the log against the register."""

from registry.verification.queries.beside import leads_elsewhere
from registry.verification.queries.held import Held, find_held, weigh
from registry.verification.queries.log import Proof, find_first_break, list_streams, list_unlogged, prove
from registry.verification.queries.texts import Means, find_entry_timezone, list_terms, verify_text, verify_texts

__all__ = [
    "Held",
    "Means",
    "Proof",
    "find_entry_timezone",
    "find_first_break",
    "find_held",
    "leads_elsewhere",
    "list_streams",
    "list_terms",
    "list_unlogged",
    "prove",
    "verify_text",
    "verify_texts",
    "weigh",
]
