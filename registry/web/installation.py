"""What this installation is: its settings and secret, where a request comes from."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from typing import cast

from flask import current_app, request

from registry.settings import Settings


def settings() -> Settings:
    return cast(Settings, current_app.extensions["settings"])


def secret_key(settings: Settings) -> bytes:
    """The configured secret; a training installation makes its own once, readable by its owner only."""
    if settings.secret_key:
        return settings.secret_key.get_secret_value().encode()
    path = settings.var_dir / "secret_key"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"secret_key.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        with suppress(FileExistsError):  # another process was first: its secret counts, and keys are locked with it
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_bytes()


def address_key() -> str:
    """A keyed hash of the caller's address: attempts can be counted without keeping who made them."""
    key = cast(bytes, current_app.config["SECRET_KEY"])
    return hmac.new(key, (request.remote_addr or "").encode(), hashlib.sha256).hexdigest()[:24]
