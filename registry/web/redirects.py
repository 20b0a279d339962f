"""Redirect only to this site's own pages."""

from urllib.parse import urlsplit


def local_path(target: str | None, default: str = "/") -> str:
    """`target` if it is a plain path of this site, else `default`: `//evil`, `/\\evil`, `https:evil` lead nowhere."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return default
    if any(character in target for character in "\\\r\n\t") or not target.isprintable():
        return default
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else default
