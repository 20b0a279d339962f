"""Reading a template that an authority wrote: what is wrong with it, in a sentence each."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from registry.certificates.sheet.doses import DOSE_VALUES
from registry.certificates.sheet.head import PERSON_VALUES
from registry.certificates.sheet.typefaces import ARABIC, LATIN, load_faces
from registry.certificates.sheet.wording import PACKAGED, Order, Template
from registry.errors import N_, Fault
from registry.settings import Settings

LANGUAGES = {"ky": "Kyrgyz", "ru": "Russian", "en": "English", "ar": "Arabic"}
_PLAIN = ("ky", "ru", "en")
_NAMES: Mapping[str, tuple[str, ...]] = {
    "label": _PLAIN,
    "value": _PLAIN,
    "paragraph": tuple(LANGUAGES),
    "person": tuple(PERSON_VALUES),
    "dose": tuple(DOSE_VALUES),
}
# Where an authority may add terms of its own.
_OPEN = ("vaccine_types", "sexes", "nationalities")
# Words that came later: a template made before keeps working, with the packaged ones.
_LATER = {"labels.codes_until"}
_OF_ARABIC = re.compile("[\u0600-\u06ff]")
# A line that mixes directions cannot be put in order here.
_NOT_FOR_ARABIC = re.compile(r"[^\W\d_\u0600-\u06ff]|[()\[\]{}<>]")


class TemplateUnusable(Fault):
    sentence = N_(
        "The sheet's template %(file)s cannot be used: %(why)s Run: registry certificate template check %(file)s"
    )


def template_of(settings: Settings) -> Template:
    """The installation's words and order. Raises TemplateUnusable."""
    file = settings.sheet_template
    if file is None:
        return PACKAGED
    try:
        return _read(file, file.stat().st_mtime_ns)
    except OSError as error:
        raise TemplateUnusable(file=file, why=f"{error.strerror}.") from None


@lru_cache(maxsize=1)
def _read(file: Path, _changed_at: int) -> Template:
    faults, template = read_template(file.read_bytes())
    if template is None:
        raise TemplateUnusable(file=file, why=faults[0])
    return template


def read_template(data: bytes) -> tuple[list[str], Template | None]:
    """The faults of a template's form, and the template where it has none."""
    try:
        content = json.loads(data)
    except UnicodeDecodeError:
        return ["The file is not UTF-8 text."], None
    except json.JSONDecodeError as error:
        return [f"The file is not JSON: line {error.lineno}, column {error.colno}, {error.msg}."], None
    faults = list(_faults(content, PACKAGED.content, ""))
    return faults, None if faults else Template(content)


def _faults(given: Any, model: Mapping[str, Any], path: str) -> Iterator[str]:
    if not isinstance(given, Mapping):
        yield f"{path or 'The file'}: a JSON object is expected here."
    elif path == "order":
        yield from _faults_of_order(given)
    elif "en" in model:
        yield from _faults_of_words(given, path)
    else:
        below = {key: f"{path}.{key}".lstrip(".") for key in (*model, *given)}
        for key, place in below.items():
            if key not in given:
                if place not in _LATER:
                    yield f"{place} is missing."
            elif key in model:
                yield from _faults(given[key], model[key], place)
            elif path in _OPEN:
                yield from _faults(given[key], {"en": ""}, place)
            else:
                yield f"{place}: the sheet knows no such words."


def _faults_of_words(given: Mapping[str, Any], path: str) -> Iterator[str]:
    for language, name in LANGUAGES.items():
        text = given.get(language)
        if not isinstance(text, str) or not text.strip():
            yield f"{path}: the words in {name} are missing."
        elif language == "ar" and (not _OF_ARABIC.search(text) or _NOT_FOR_ARABIC.search(text)):
            yield f"{path}: the words in Arabic hold other letters or brackets, or no Arabic letter."
        elif language != "ar" and _OF_ARABIC.search(text):
            yield f"{path}: the words in {name} hold Arabic letters."
        else:
            face = load_faces()[f"{ARABIC if language == 'ar' else LATIN}-Regular"]
            for letter in sorted({letter for letter in text if not face.knows(letter)}):
                yield f"{path}: the words in {name} hold {letter!r}, which the sheet's font does not have."
    for language in given.keys() - LANGUAGES.keys():
        yield f"{path}: {language} is none of the sheet's languages, which are {', '.join(LANGUAGES)}."


def _faults_of_order(given: Mapping[str, Any]) -> Iterator[str]:
    for key in (*Order._fields, *(given.keys() - set(Order._fields))):
        if key not in given:
            yield f"order.{key} is missing."
        elif key not in _NAMES:
            yield f"order.{key}: the sheet has no such order, only {', '.join(Order._fields)}."
        else:
            yield from _faults_of_list(given[key], key)


def _faults_of_list(given: Any, key: str) -> Iterator[str]:
    """What is left out here is found by its absence from the paper."""
    lines = given if key == "label" else [given]
    if not isinstance(lines, list) or not all(isinstance(line, list) and line for line in lines) or not lines:
        yield f"order.{key}: a list {'of lists ' if key == 'label' else ''}of names is expected here."
        return
    names = [name for line in lines for name in line]
    for name in dict.fromkeys(map(str, names)):
        if name not in _NAMES[key]:
            yield f"order.{key}: {name} is none of {', '.join(_NAMES[key])}."
        elif names.count(name) > 1:
            yield f"order.{key} names {name} twice."
