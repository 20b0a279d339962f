"""The command line of an installation, for the rooms whose commands it tests."""

from tests.commands.conftest import empty, registry

__all__ = ["empty", "registry"]
