"""As much of JSON Schema as the WHO's schemas of trust lists use: no library for it is among our dependencies."""

import re
from collections.abc import Iterator
from typing import Any

_TYPES = {"object": dict, "array": list, "string": str}


def faults(value: Any, schema: dict[str, Any], at: str = "$") -> Iterator[str]:
    """Each place where the value is not what the schema demands, as "path keyword". Formats are not checked."""
    if "type" in schema and not isinstance(value, _TYPES[schema["type"]]):
        yield f"{at} type"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at} enum"
    if "const" in schema and value != schema["const"]:
        yield f"{at} const"
    for part in schema.get("allOf", ()):
        yield from faults(value, part, at)
    if "if" in schema and not any(faults(value, schema["if"], at)):
        yield from faults(value, schema["then"], at)
    match value:
        case dict():
            yield from _object_faults(value, schema, at)
        case list():
            yield from _array_faults(value, schema, at)
        case str():
            if len(value) < schema.get("minLength", 0):
                yield f"{at} minLength"
            if not re.search(schema.get("pattern", ""), value):
                yield f"{at} pattern"


def _object_faults(value: dict[str, Any], schema: dict[str, Any], at: str) -> Iterator[str]:
    properties = schema.get("properties", {})
    if not schema.get("additionalProperties", True):
        yield from (f"{at}.{name} additionalProperties" for name in sorted(set(value) - set(properties)))
    yield from (f"{at}.{name} required" for name in schema.get("required", ()) if name not in value)
    for name in sorted(set(value) & set(properties)):
        yield from faults(value[name], properties[name], f"{at}.{name}")


def _array_faults(value: list[Any], schema: dict[str, Any], at: str) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0):
        yield f"{at} minItems"
    if schema.get("uniqueItems") and any(item in value[:place] for place, item in enumerate(value)):
        yield f"{at} uniqueItems"
    for item in value:
        yield from faults(item, schema.get("items", {}), f"{at}[]")
