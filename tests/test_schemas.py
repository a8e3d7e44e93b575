"""The schemas: sound themselves, described to the last word, and read alike by both validators."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator

from case_files import CASES, REPOSITORY, read_cases, read_yaml
from engine.schemas import load_schema, violations

FOLDER = REPOSITORY / "schemas"
NAMES = sorted(path.name.removesuffix(".schema.json") for path in FOLDER.glob("*.schema.json"))
CASE_FILES = {path.stem: read_yaml(path) for path in sorted((CASES / "schemas").glob("*.yaml"))}
WHOLE = [name for name in CASE_FILES if "base" in CASE_FILES[name]]
"""The schemas of whole documents; ``common`` holds parts only."""

PARTS = CASE_FILES["common"]["definitions"]
ODD_TEXT = [
    "", " ", "\t", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\xa0", "\u180e", "\u200b",
    "\u2003", "\u2028", "\u3000", "\ufeff", "\0", "\xe9", "\U0001f600", "\xb2", "\u0663", "\u017f",
    "a", "a\n", "\na", "x" * 70, "x" * 71, "x" * 128, "x" * 129, "\U0001f600" * 70, "\U0001f600" * 71,
    "\U0001f600" * 128, "\U0001f600" * 129, "e\u0301" * 64, "e\u0301" * 65,
    "2026-06-15", "2026-06-15\n", "\n2026-06-15", "202\uff16-06-15", "\u0662026-06-15",
    "7 days", "7 days\n", "1.0.0", "1.0.0\n", "S1", "S1\n", "/a", "/a\n", "123456", "123456\n",
    "0" * 64, "0" * 64 + "\n", "\u212a" * 64,
]  # fmt: skip
"""Text on which two readings of a regular expression, or of a length, could differ."""

ODD_VALUES: list[Any] = [None, 1.0, "", {}]


def raw(name: str) -> dict[str, Any]:
    text = (FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


class Place(NamedTuple):
    """A part of a schema and where it stands in which file."""

    file: str
    path: str
    schema: dict[str, Any]


def places(name: str) -> Iterator[Place]:
    """Every subschema of a schema file, the whole one first."""
    pending = [Place(name, "", raw(name))]
    while pending:
        place = pending.pop()
        yield place
        file, path, schema = place
        for key in ("properties", "$defs"):
            inner = schema.get(key, {}).items()
            pending += [Place(file, f"{path}/{key}/{word}", part) for word, part in inner]
        for key in ("oneOf", "anyOf", "allOf"):
            options = enumerate(schema.get(key, ()))
            pending += [Place(file, f"{path}/{key}/{index}", part) for index, part in options]
        if "items" in schema:
            pending.append(Place(file, f"{path}/items", schema["items"]))


PLACES = [place for name in NAMES for place in places(name)]
PROPERTIES = [p for p in PLACES if p.path.rpartition("/")[0].endswith("/properties")]


def target(place: Place) -> dict[str, Any]:
    """What a reference stands for; the schema itself where it is none."""
    schema = place.schema
    while "$ref" in schema and "description" not in schema:
        file, _, path = schema["$ref"].partition("#")
        schema = raw(file.removesuffix(".schema.json") or place.file)
        for part in path.split("/")[1:]:
            schema = schema[part]
    return schema


# The schemas themselves


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_itself(name: str) -> None:
    schema = raw(name)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"{name}.schema.json"
    assert schema["title"].strip()
    Draft202012Validator.check_schema(schema)
    jsonschema_rs.meta.validate(schema)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_described(name: str) -> None:
    assert raw(name)["description"].strip()


def test_every_property_is_described() -> None:
    bare = [f"{p.file}{p.path}" for p in PROPERTIES if not target(p).get("description", "").strip()]
    assert bare == []


def test_every_word_that_can_be_chosen_is_described() -> None:
    bare = [
        f"{p.file}{p.path}: {p.schema['const']}"
        for p in PLACES
        if re.search(r"/(oneOf|anyOf)/\d+$", p.path)
        and "const" in p.schema
        and not p.schema.get("description", "").strip()
    ]
    assert bare == []


def test_words_to_choose_from_are_listed_where_each_can_be_described() -> None:
    assert [f"{p.file}{p.path}" for p in PLACES if "enum" in p.schema] == []


def test_every_object_is_closed() -> None:
    open_objects = [
        f"{p.file}{p.path}"
        for p in PLACES
        if p.schema.get("type") == "object" and p.schema.get("additionalProperties") is not False
    ]
    assert open_objects == ["common/$defs/example/properties/given"]


def test_every_required_key_is_a_property() -> None:
    for place in PLACES:
        if place.schema.get("type") == "object":
            missing = set(place.schema.get("required", ())) - set(place.schema.get("properties", ()))
            assert not missing, f"{place.file}{place.path}"


@pytest.mark.parametrize("name", NAMES)
def test_every_reference_leads_somewhere(name: str) -> None:
    for place in places(name):
        if "$ref" in place.schema:
            without_words = place._replace(schema={"$ref": place.schema["$ref"]})
            assert target(without_words), f"{place.file}{place.path}"


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_stands_alone_once_loaded(name: str) -> None:
    assert "common.schema.json#" not in json.dumps(load_schema(name))


# Documents


class Document(NamedTuple):
    """A document and what is expected of it: a pointer to where it breaks, ``None`` if nowhere."""

    name: str
    schema: str
    data: Any
    breaks_at: str | None


def changed(base: Any, case: dict[str, Any]) -> Any:
    """The base of a case file with the values that a case sets and without those that it drops."""
    if "document" in case:
        return case["document"]
    document = copy.deepcopy(base)
    for pointer, value in case.get("set", {}).items():
        parent, last = parent_of(document, pointer)
        parent[last] = value
    for pointer in case.get("drop", ()):
        parent, last = parent_of(document, pointer)
        del parent[last]
    return document


def parent_of(document: Any, pointer: str) -> tuple[Any, str | int]:
    *parents, last = pointer.split("/")[1:]
    for part in parents:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document, int(last) if isinstance(document, list) else last


def document_cases(kind: str) -> list[Any]:
    found = [
        Document(case["name"], name, changed(CASE_FILES[name]["base"], case), case.get("at"))
        for name in WHOLE
        for case in CASE_FILES[name][kind]
    ]
    return [pytest.param(document, id=f"{document.schema}: {document.name}") for document in found]


def pointers(data: Any, path: str = "") -> Iterator[str]:
    """A pointer to every value inside a document."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield f"{path}/{key}"
        yield from pointers(value, f"{path}/{key}")


def value_at(document: Any, pointer: str) -> Any:
    if not pointer:
        return document
    parent, last = parent_of(document, pointer)
    return parent[last]


def test_every_schema_has_cases() -> None:
    assert sorted(CASE_FILES) == NAMES


@pytest.mark.parametrize("name", WHOLE)
def test_the_base_is_accepted(name: str) -> None:
    assert violations(name, CASE_FILES[name]["base"]) == []


@pytest.mark.parametrize("document", document_cases("good"))
def test_a_good_document_is_accepted(document: Document) -> None:
    assert violations(document.schema, document.data) == []


@pytest.mark.parametrize("document", document_cases("bad"))
def test_a_bad_document_is_refused_at_its_place(document: Document) -> None:
    found = [violation.pointer for violation in violations(document.schema, document.data)]
    assert found == [document.breaks_at]


@pytest.mark.parametrize("name", WHOLE)
def test_what_a_refusal_expects_is_said_in_words(name: str) -> None:
    for document in systematic(name, [None]):
        for violation in violations(name, document):
            assert violation.found
            assert "something else" not in violation.expected, violation
            assert "does not match" not in violation.expected, violation


@pytest.mark.parametrize("name", WHOLE)
def test_the_cases_use_every_property(name: str) -> None:
    case_file = CASE_FILES[name]
    documents = [changed(case_file["base"], case) for case in [{}, *case_file["good"]]]
    used = {part for data in documents for pointer in pointers(data) for part in pointer.split("/")}
    of_this_file = [p for p in PROPERTIES if p.file == name]
    unused = {p.path.rpartition("/")[2] for p in of_this_file} - used
    assert unused == set()


@pytest.mark.parametrize("name", WHOLE)
def test_an_unknown_key_is_refused_in_every_object(name: str) -> None:
    base, unchecked = CASE_FILES[name]["base"], CASE_FILES[name].get("open", ())
    for pointer in ["", *pointers(base)]:
        if isinstance(value_at(base, pointer), dict) and pointer not in unchecked:
            document = changed(base, {"set": {f"{pointer}/nonsense": 1}})
            found = [violation.pointer for violation in violations(name, document)]
            assert f"{pointer}/nonsense" in found or pointer in found


# The shared parts


@pytest.mark.parametrize("part", PARTS)
def test_a_shared_part_accepts_what_fits_and_refuses_the_rest(part: str) -> None:
    schema = {"$ref": f"#/$defs/{part}", "$defs": load_schema("common")["$defs"]}
    for validator in (Draft202012Validator(schema), jsonschema_rs.Draft202012Validator(schema)):
        assert [value for value in PARTS[part]["good"] if not validator.is_valid(value)] == []
        assert [value for value in PARTS[part]["bad"] if validator.is_valid(value)] == []


def test_every_shared_part_has_cases() -> None:
    assert sorted(PARTS) == sorted(raw("common")["$defs"])


# Both validators


def both(name: str) -> tuple[Draft202012Validator, jsonschema_rs.Draft202012Validator]:
    schema = load_schema(name)
    return Draft202012Validator(schema), jsonschema_rs.Draft202012Validator(schema)


def systematic(name: str, values: list[Any]) -> Iterator[Any]:
    """The base with each value taken out, replaced by an odd one, or given an unknown key."""
    base = CASE_FILES[name]["base"]
    for pointer in pointers(base):
        yield changed(base, {"drop": [pointer]})
        for value in values:
            yield changed(base, {"set": {pointer: value}})
        if isinstance(value_at(base, pointer), dict):
            yield changed(base, {"set": {f"{pointer}/nonsense": 1}})


@pytest.mark.parametrize("name", WHOLE)
def test_both_validators_agree_on_every_case(name: str) -> None:
    slow, fast = both(name)
    base = CASE_FILES[name]["base"]
    cases = [{}, *CASE_FILES[name]["good"], *CASE_FILES[name]["bad"]]
    documents = [*(changed(base, case) for case in cases), *systematic(name, ODD_VALUES), *ODD_VALUES]
    verdicts = [(slow.is_valid(document), fast.is_valid(document)) for document in documents]
    assert {(True, True), (False, False)} == set(verdicts)


def kinds_of_text() -> list[str]:
    """Every distinct way in which the schemas restrict a text, as JSON."""
    restricting = ("type", "pattern", "minLength", "maxLength")
    texts = [p.schema for p in PLACES if p.schema.get("type") == "string"]
    kinds = {json.dumps({key: text[key] for key in restricting if key in text}) for text in texts}
    return sorted(kinds)


@pytest.mark.parametrize("kind", kinds_of_text())
def test_both_validators_agree_on_odd_text(kind: str) -> None:
    schema = json.loads(kind)
    slow, fast = Draft202012Validator(schema), jsonschema_rs.Draft202012Validator(schema)
    assert [text for text in ODD_TEXT if slow.is_valid(text) != fast.is_valid(text)] == []


@pytest.mark.parametrize("case", read_cases("intake-refused"), ids=lambda case: str(case["name"]))
def test_both_validators_agree_on_refused_intakes(case: dict[str, Any]) -> None:
    slow, fast = both("intake")
    document = case["intake"] if case.get("as_it_is") else {"intake_id": "a", **case["intake"]}
    assert slow.is_valid(document) == fast.is_valid(document)


# What is shipped

SHIPPED_FILES = sorted((REPOSITORY / "knowledge_base").rglob("*.yaml"))


def schema_named_in(file: Path) -> str:
    """The schema that the first line of a YAML file names for text editors."""
    first = file.read_text(encoding="utf-8").splitlines()[0]
    match = re.fullmatch(r"# yaml-language-server: \$schema=(.+)", first)
    assert match is not None
    schema = (file.parent / match[1]).resolve()
    assert schema.is_file()
    return schema.name.removesuffix(".schema.json")


@pytest.mark.parametrize("file", SHIPPED_FILES, ids=lambda file: str(file.name))
def test_a_shipped_file_names_its_schema_and_keeps_to_it(file: Path) -> None:
    slow, fast = both(schema_named_in(file))
    document = read_yaml(file)
    assert (slow.is_valid(document), fast.is_valid(document)) == (True, True)


@pytest.mark.parametrize(
    "file", sorted((REPOSITORY / "examples").glob("*.json")), ids=lambda f: str(f.stem)
)
def test_an_example_intake_keeps_to_its_schema(file: Path) -> None:
    slow, fast = both("intake")
    document = json.loads(file.read_text(encoding="utf-8"))
    assert (slow.is_valid(document), fast.is_valid(document)) == (True, True)
