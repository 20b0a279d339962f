"""How large a request may be: a form 500 kB in all, however it is sent; a file only where a page takes one.

Werkzeug limits each field of a multipart form, not their sum, and reads an urlencoded one whole, with as many fields
as it holds. Here nothing is read that is larger than what its page can need, whether its length was said or not.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeVar

from flask import Flask, Request, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

MOST_FORM = 500_000  # bytes
MOST_FIELDS = 500

View = TypeVar("View", bound=Callable[..., Any])


def init_app(app: Flask) -> None:
    """Before anything else that looks into a form, the check of its token too."""
    app.request_class = FormRequest
    app.config.update(
        MAX_CONTENT_LENGTH=MOST_FORM,
        MAX_FORM_MEMORY_SIZE=MOST_FORM,
        MAX_FORM_PARTS=MOST_FIELDS,
    )

    @app.before_request
    def make_room_for_a_file() -> None:
        view = app.view_functions.get(request.endpoint or "")
        if request.mimetype == "multipart/form-data":
            request.max_content_length = MOST_FORM + getattr(view, "largest_file", 0)


def takes_file(most: int) -> Callable[[View], View]:
    """Mark an endpoint whose form may bring a file of `most` bytes. Other forms have no room for one."""

    def mark(view: View) -> View:
        view.largest_file = most  # type: ignore[attr-defined]  # a mark on the function
        return view

    return mark


class BoundedParser(FormDataParser):
    """Refuses too many fields before an urlencoded form is taken apart, and too much text beside a file."""

    def _parse_urlencoded(self, stream: Any, *args: Any) -> Any:
        body = stream.read()  # no more than a form may have
        if body.count(b"&") >= MOST_FIELDS:
            raise RequestEntityTooLarge
        return super()._parse_urlencoded(BytesIO(body), *args)

    def _parse_multipart(self, *args: Any) -> Any:
        stream, form, files = super()._parse_multipart(*args)
        if sum(len(name.encode()) + len(text.encode()) for name, text in form.items(multi=True)) > MOST_FORM:
            for listed in files.listvalues():
                for file in listed:
                    file.close()
            raise RequestEntityTooLarge
        return stream, form, files


class FormRequest(Request):
    form_data_parser_class = BoundedParser
