"""A form as a browser would send it back: what it was opened with, and what a person changes."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class _Form:
    fields: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    """Inputs and selects of every form of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self.select, self.options = "", list[tuple[str, bool]]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.forms.append(_Form())
        elif tag == "select":
            self.select, self.options = name, []
        elif tag == "option":
            self.options.append((value, "selected" in given))
        elif tag == "input" and name and self.forms:
            self.forms[-1].names.add(name)
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self.forms[-1].fields.append((name, value))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self.options and self.forms:
            chosen = next((value for value, is_chosen in self.options if is_chosen), self.options[0][0])
            self.forms[-1].names.add(self.select)
            self.forms[-1].fields.append((self.select, chosen))


def fill(page: str, **changes: str) -> dict[str, list[str]]:
    """The form of a page that has these fields, with these values in them."""
    reader = _Reader()
    reader.feed(page)
    form = next((form for form in reader.forms if form.names.issuperset(changes)), None)
    if form is None:
        msg = f"no form with {', '.join(changes)} in: {page[page.find('<main') :][:6000]}"
        raise RuntimeError(msg)
    sent: dict[str, list[str]] = {}
    for name, value in form.fields:
        sent.setdefault(name, []).append(value)
    return sent | {name: [value] for name, value in changes.items()}
