"""Pages of checks for anyone, and of the log for its watchers."""

from registry.verification.routes import log
from registry.verification.routes.checks import BANDS, blueprint

__all__ = ["BANDS", "blueprint", "log"]
