"""Addresses of the built front-end files: the templates say `app.css`, the browser gets `app-1243e971fb.css`."""

import gzip
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from flask import url_for

DIST = Path(__file__).parent / "static" / "dist"


@cache
def load_manifest() -> Mapping[str, str]:
    """Map each asset's name to its file in `static/dist`, as the last `npm run build` left it."""
    names: dict[str, str] = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))
    return MappingProxyType(names)


def asset_url(name: str) -> str:
    """Give the address of a built file.

    The name carries a hash of the content, so the answer may be cached for ever.

    Raises:
        KeyError: no such asset was built.
    """
    return url_for("web.asset", name=load_manifest()[name])


@cache
def load_compressed(name: str) -> bytes:
    """A built file as gzip, kept in memory: on a slow line the style sheet comes in a fifth of the time.

    Raises:
        KeyError: no such file was built.
    """
    if name not in load_manifest().values():
        raise KeyError(name)
    return gzip.compress((DIST / name).read_bytes(), mtime=0)
