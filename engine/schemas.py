"""JSON Schema at the door: a compiled validator decides, ``jsonschema`` explains.

The schemas in the folder ``schemas/`` are the authority for every file and record. The fast
validator (jsonschema-rs) only answers yes or no; the few documents that are refused are walked
again by ``jsonschema``, and each error becomes a place, what was found and what was expected.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, final

import jsonschema_rs

from engine.reading import document_order, pointer, shown

if TYPE_CHECKING:
    from jsonschema import ValidationError

SCHEMAS: Final = Path(__file__).resolve().parent.parent / "schemas"

_PATTERNS: Final = {
    "[^": "text that is not empty",
    "^[0-9]{4}-": "a date YYYY-MM-DD",
    "^[1-9][0-9]{0,3} (day": "a length of time such as 7 days or 6 months",
    "^[a-z0-9]+(-": "an id in kebab-case, such as recent-filler",
    "^[0-9a-f]{64}": "a SHA-256 in 64 hexadecimal digits",
    "^[0-9]+": "a version such as 1.0.0",
    "^[0-9]{6,": "a SNOMED CT id of 6 to 18 digits",
    "^KB": "a code such as KB604",
    "^[A-Za-z0-9]+(-": "an id such as recent-filler or S3",
    "^[A-Za-z]": "a short id such as S3 or P14",
    "^(/": "a path such as /client/pregnancy",
}
"""The patterns of the schemas, by how they begin, in words."""

_TYPES = {
    "object": "an object", "array": "a list", "string": "text", "integer": "a whole number",
    "boolean": "true or false", "null": "null",
}  # fmt: skip


@final
class SchemaViolation(NamedTuple):
    """One place where a document breaks its schema."""

    code: str
    path: tuple[str | int, ...]
    found: str
    expected: str

    @property
    def pointer(self) -> str:
        """The place as a JSON Pointer."""
        return pointer(*self.path)


@cache
def load_schema(name: str) -> dict[str, Any]:
    """The schema called ``name`` (``intake``, ``assessment``, ``rule``, …) as a dict.

    References to the common definitions are made local, so that the schema stands alone.
    """
    text = (SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text.replace('"common.schema.json#', '"#'))
    if name != "common" and "common.schema.json#" in text:
        schema["$defs"] = load_schema("common")["$defs"] | schema.get("$defs", {})
    return schema


@cache
def _validator(name: str) -> Any:
    return jsonschema_rs.Draft202012Validator(load_schema(name))


def violations(name: str, document: Any, most: int | None = None) -> list[SchemaViolation]:
    """Every place where ``document`` breaks the schema called ``name``, each once, in its order.

    With ``most`` only the first so many that are found.
    """
    if _validator(name).is_valid(document):
        return []
    from jsonschema import Draft202012Validator  # costs half the start-up; needed only here

    errors = Draft202012Validator(load_schema(name)).iter_errors(document)
    explained = (violation for error in errors for violation in _explain(error))
    found = list(islice(explained, most))
    if not found:  # the two read a regular expression differently, say; a refusal stands
        found = [
            SchemaViolation(
                "wrong-value", tuple(error.instance_path), shown(error.instance), error.message
            )
            for error in _validator(name).iter_errors(document)
        ]
    return sorted(dict.fromkeys(found), key=lambda v: document_order(document, v.pointer))


def describe(schema: dict[str, Any]) -> str:
    """What a schema accepts, in words: ``a whole number from 0 to 120``."""
    match schema:
        case {"type": "object" | "array" as kind}:
            return _TYPES[kind]
        case {"oneOf": _}:
            return _choices(schema)
        case {"anyOf": options}:
            return ", or ".join(map(describe, options))
        case {"const": value}:
            return shown(value)
        case {"required": [key, *_]}:
            return f"the key {shown(key)}"
        case _:
            return _describe_plain(schema)


def _describe_plain(schema: dict[str, Any]) -> str:
    match schema:
        case {"minimum": low, "maximum": high}:
            return f"a whole number from {low} to {high}"
        case {"maxLength": longest}:
            return f"text of {schema.get('minLength', 1)} to {longest} characters"
        case {"pattern": pattern}:
            return next(words for start, words in _PATTERNS.items() if pattern.startswith(start))
        case {"type": [*kinds]}:
            return " or ".join(_TYPES[kind] for kind in kinds)
        case _:
            return _TYPES[schema["type"]]


def _choices(schema: dict[str, Any]) -> str:
    words = [str(option["const"]) for option in schema.get("oneOf", []) if "const" in option]
    dated = any("$ref" in option for option in schema.get("oneOf", []))
    return "one of: " + ", ".join((["a date YYYY-MM-DD"] if dated else []) + words)


def _explain(error: ValidationError) -> Iterator[SchemaViolation]:
    path = tuple(error.absolute_path)
    schema = error.schema if isinstance(error.schema, dict) else {}
    instance: Any = error.instance
    match error.validator:
        case "additionalProperties":
            yield from _unknown_keys(instance, path, schema)
        case "required":
            for key in schema["required"]:
                if key not in instance:
                    yield SchemaViolation(
                        "missing-key", path, f"no {shown(key)}", f"the key {shown(key)}"
                    )
        case "not":
            keys = " and ".join(schema["not"]["required"])
            yield SchemaViolation("contradiction", path, keys, "one of them, not both")
        case "anyOf":
            if all("required" in option for option in schema["anyOf"]):
                keys = " or a ".join(option["required"][0] for option in schema["anyOf"])
                yield SchemaViolation("missing-key", path, shown(instance), f"a {keys}")
            else:
                yield SchemaViolation("wrong-value", path, shown(instance), describe(schema))
        case "minProperties" | "maxProperties":
            yield SchemaViolation("wrong-value", path, shown(instance), _number_of_keys(schema))
        case "minItems":
            yield SchemaViolation("wrong-value", path, shown(instance), "a list that is not empty")
        case _:
            code = "wrong-type" if error.validator == "type" else "wrong-value"
            yield SchemaViolation(code, path, shown(instance), describe(schema))


def _number_of_keys(schema: dict[str, Any]) -> str:
    """How many keys a schema accepts, and which; a sound condition has exactly one."""
    fewest = schema["minProperties"]
    exactly = schema.get("maxProperties") == fewest
    return f"{'exactly' if exactly else 'at least'} {fewest} of the keys " + ", ".join(
        schema["properties"]
    )


def _unknown_keys(
    instance: dict[str, Any], path: tuple[str | int, ...], schema: dict[str, Any]
) -> Iterator[SchemaViolation]:
    known = list(schema["properties"])
    for key in instance:
        if key not in known:
            close = difflib.get_close_matches(str(key), known, n=1, cutoff=0.6)
            hint = f"did you mean {shown(close[0])}?" if close else f"one of {', '.join(known)}"
            yield SchemaViolation(
                "unknown-key",
                (*path, key),
                f"the unknown key {shown(key)}",
                f"a known key: {hint}",
            )
