"""What this installation is: its settings and secret, where a request comes from."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from typing import cast

from flask import current_app, request
from itsdangerous import BadSignature, TimestampSigner
from werkzeug.wrappers import Response

from registry.settings import Settings

DEVICE_FOR = 400 * 24 * 3600  # seconds; the longest that browsers keep a cookie


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
    """A keyed hash of where the caller is: attempts can be counted without keeping who made them.

    Of an IPv6 address the first 64 bits count: one connection has the 2^64 addresses behind them all to itself.
    """
    return _keyed_hash(_network_of(request.remote_addr or ""))


def _network_of(address: str) -> str:
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped or IPv6Address(int(ip) >> 64 << 64))


def device_key() -> str | None:
    """A keyed hash of this browser's device cookie; None where it has none, or one that was not signed here."""
    device = _device()
    return _keyed_hash(device) if device else None


def remember_device(answer: Response) -> str:
    """Give the browser its device cookie, the one it has or a new one; its key. The cookie signs nobody in.

    A browser that keeps it is known again wherever a nurse works today (OWASP: device cookies against guessing).
    """
    device = _device() or secrets.token_urlsafe(16)
    answer.set_cookie(
        _device_cookie(),
        _device_signer().sign(device).decode(),
        max_age=DEVICE_FOR,
        secure=settings().uses_tls,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return _keyed_hash(device)


def _device() -> str | None:
    try:
        return _device_signer().unsign(request.cookies.get(_device_cookie(), ""), max_age=DEVICE_FOR).decode()
    except BadSignature:
        return None


def _device_cookie() -> str:
    return "__Host-device" if settings().uses_tls else "device"


def _device_signer() -> TimestampSigner:
    # Derived from the real clock by the library: the age is a browser's housekeeping, not a rule of the clinic.
    return TimestampSigner(current_app.config["SECRET_KEY"], salt="device")


def _keyed_hash(text: str) -> str:
    key = cast(bytes, current_app.config["SECRET_KEY"])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:24]
