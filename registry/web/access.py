"""Endpoints are closed unless they say otherwise: a test walks them all."""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Mark an endpoint that anyone may call."""
    view.access = "public"  # type: ignore[attr-defined]  # a mark on the function
    return view
