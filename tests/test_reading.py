"""Strict JSON: what is refused before a schema is asked, where, and in which words."""

from __future__ import annotations

import json
import time
from datetime import date
from typing import NamedTuple

import pytest

from engine import IntakeError, IntakeProblem, read_intake

ON = date(2026, 6, 15)
MIB = 1024 * 1024
LEVELS = 32
ONE_DOCUMENT = "one complete JSON object"


class Refusal(NamedTuple):
    """A text and what is said about it; ``found`` is a part of what is shown."""

    name: str
    text: bytes
    code: str
    path: str
    found: str
    expected: str


def refused(data: bytes) -> tuple[IntakeProblem, ...]:
    with pytest.raises(IntakeError) as raised:
        read_intake(data, ON)
    return raised.value.problems


def malformed(name: str, text: bytes, found: str) -> Refusal:
    return Refusal(name, text, "malformed-json", "", found, ONE_DOCUMENT)


def not_utf8(name: str, text: bytes, found: str) -> Refusal:
    return Refusal(name, text, "invalid-utf-8", "", found, "text in UTF-8")


def surrogate(name: str, text: bytes, path: str, found: str) -> Refusal:
    return Refusal(name, text, "lone-surrogate", path, found, "whole Unicode characters")


def twice(name: str, text: bytes, path: str, found: str) -> Refusal:
    return Refusal(name, text, "duplicate-key", path, found, "each key once")


def null(name: str, text: bytes, path: str) -> Refusal:
    return Refusal(name, text, "null", path, "null", "leave the key out")


def number(text: str, expected: str = "a whole number") -> Refusal:
    document = b'{"client": {"age_years": %b}}' % text.encode()
    return Refusal(text, document, "number", "/client/age_years", text, expected)


REFUSALS = [
    malformed("no text", b"", "no text at all"),
    malformed("blank text", b" \r\n\t ", "no text at all"),
    malformed("a byte order mark alone", b"\xef\xbb\xbf", "no text at all"),
    malformed("an open object", b"{", "line 1, column 2"),
    malformed("a cut-off string", b'{"intake_id": "a', "line 1, column 15"),
    malformed("a cut-off list", b'{"conditions": [', "line 1, column 17"),
    malformed("a brace too many", b'{"intake_id": "a"}}', "line 1, column 19"),
    malformed("two documents", b'{"intake_id": "a"}\n{"intake_id": "b"}', "line 2, column 1"),
    malformed("single quotes", b"{'intake_id': 'a'}", "line 1, column 2"),
    malformed("a bare key", b'{intake_id: "a"}', "line 1, column 2"),
    malformed("a comma at the end", b'{"intake_id": "a",}', "line 1, column"),
    malformed("a comma at the end of a list", b'{"conditions": [1,]}', "line 1, column"),
    malformed("a missing comma", b'{"intake_id": "a"\n "notes": ""}', "line 2, column 2"),
    malformed("a missing colon", b'{"intake_id" "a"}', "line 1, column 14"),
    malformed("a comment", b'// a client\n{"intake_id": "a"}', "line 1, column 1"),
    malformed("a tab in a string", b'{"intake_id": "a\tb"}', "line 1, column 17"),
    malformed("a line break in a string", b'{"notes": "a\nb"}', "line 1, column"),
    malformed("an unknown escape", b'{"intake_id": "\\x41"}', "line 1, column"),
    malformed("half an escape", b'{"intake_id": "\\u12"}', "line 1, column"),
    malformed("a leading zero", b'{"client": {"age_years": 030}}', "line 1, column"),
    malformed("a plus sign", b'{"client": {"age_years": +30}}', "line 1, column 26"),
    malformed("a point at the front", b'{"client": {"age_years": .5}}', "line 1, column 26"),
    malformed("hexadecimal", b'{"client": {"age_years": 0x1e}}', "line 1, column"),
    malformed("Python's True", b'{"notes": True}', "line 1, column 11"),
    malformed("undefined", b'{"notes": undefined}', "line 1, column 11"),
    malformed("a NUL at the end", b'{"intake_id": "a"}\x00', "line 1, column 19"),
    malformed("UTF-16 without a mark", '{"intake_id": "a"}'.encode("utf-16-le"), "line 1, column 2"),
    malformed("two byte order marks", b'\xef\xbb\xbf\xef\xbb\xbf{"intake_id": "a"}', "line 1, column 1"),
    malformed("a byte order mark after a space", b' \xef\xbb\xbf{"intake_id": "a"}', "column 2"),
    malformed("a byte order mark at the end", b'{"intake_id": "a"}\xef\xbb\xbf', "column 19"),
    malformed("a byte order mark in between", b'{"intake_id": \xef\xbb\xbf"a"}', "column 15"),
    malformed("a no-break space in between", b'{"intake_id":\xc2\xa0"a"}', "column 14"),
    not_utf8("a byte that never occurs", b'{"intake_id": "\xff"}', "0xff"),
    not_utf8("Latin-1", '{"notes": "eczéma"}'.encode("latin-1"), "0xe9"),
    not_utf8("Windows quotes", b'{"notes": "\x93acne\x94"}', "0x93"),
    not_utf8("an overlong form", b'{"notes": "\xc0\xaf"}', "0xc0"),
    not_utf8("an encoded surrogate", b'{"notes": "\xed\xa0\x80"}', "0xed"),
    not_utf8("beyond Unicode", b'{"notes": "\xf4\x90\x80\x80"}', "0xf4"),
    not_utf8("a character cut off", b'{"notes": "\xc3', "0xc3"),
    not_utf8("UTF-16 with a mark", '{"intake_id": "a"}'.encode("utf-16"), "0xff"),
    surrogate("a high one", b'{"intake_id": "\\ud800"}', "/intake_id", "\\ud800"),
    surrogate("a low one", b'{"intake_id": "a\\udfffb"}', "/intake_id", "\\udfff"),
    surrogate("in capitals", b'{"intake_id": "\\uD83D"}', "/intake_id", "\\ud83d"),
    surrogate("the wrong way round", b'{"intake_id": "\\ude00\\ud83d"}', "/intake_id", "\\ude00"),
    surrogate("in an entry", b'{"conditions": [{"name": "\\udc00"}]}', "/conditions/0/name", "\\udc00"),
    surrogate("in a key", b'{"intake_id": "a", "\\ud800": "b"}', "", "\\ud800"),
    surrogate("in an inner key", b'{"client": {"\\udbff": 1}}', "/client", "\\udbff"),
    twice("at the top", b'{"intake_id": "a", "intake_id": "a"}', "/intake_id", '"intake_id"'),
    twice("inside", b'{"client": {"age_years": 3, "age_years": 4}}', "/client/age_years", "age_years"),
    twice("in an entry", b'{"conditions": [1, {"name": 2, "name": 3}]}', "/conditions/1/name", '"name"'),
    twice("written with an escape", b'{"notes": "a", "\\u006eotes": "b"}', "/notes", '"notes"'),
    twice("of another type", b'{"conditions": [], "conditions": {}}', "/conditions", '"conditions"'),
    twice("three times", b'{"notes": "a", "notes": "b", "notes": "c"}', "/notes", '"notes"'),
    twice("the empty key", b'{"": 1, "": 2}', "/", '""'),
    twice("with the signs of a pointer", b'{"a/b~c": 1, "a/b~c": 2}', "/a~1b~0c", '"a/b~c"'),
    null("the whole text", b"null", ""),
    null("a field", b'{"intake_id": "a", "notes": null}', "/notes"),
    null("a list", b'{"intake_id": "a", "conditions": null}', "/conditions"),
    null("an item", b'{"conditions": [{"name": "a"}, null]}', "/conditions/1"),
    null("deep inside", b'{"conditions": [{"code": {"value": null}}]}', "/conditions/0/code/value"),
    null("under an unknown key", b'{"what": {"ever": [[null]]}}', "/what/ever/0/0"),
    *map(
        number,
        (
            "30.0", "30.5", "-0.0", "3e1", "3E1", "1e999", "-1e999", "1e-999", "NaN", "Infinity",
            "-Infinity",
        ),
    ),
    number("12345678901234567890", "15 digits"),
    number("-12345678901234567890", "15 digits"),
    Refusal("a number alone", b"30.0", "number", "", "30.0", "a whole number"),
    Refusal("a number in a list", b'{"a": [1, 2.5]}', "number", "/a/1", "2.5", "a whole number"),
    Refusal(
        "lists, one level too deep", b"[" * (LEVELS + 1) + b"]" * (LEVELS + 1), "too-deep",
        "/0" * LEVELS, "deeper nesting", "at most 32 levels",
    ),
    Refusal(
        "objects, one level too deep", b'{"a":' * (LEVELS + 1) + b"1" + b"}" * (LEVELS + 1), "too-deep",
        "/a" * LEVELS, "deeper nesting", "at most 32 levels",
    ),
    Refusal(
        "a hundred thousand levels", b"[" * 100_000 + b"]" * 100_000, "too-deep", "", "nesting",
        "at most 32 levels",
    ),
    Refusal(
        "a byte over 1 MiB", b'{"intake_id": "a"}'.ljust(MIB + 1), "too-large", "", str(MIB),
        "at most 1 MiB",
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: f"{case.code}: {case.name}")
def test_text_is_refused_with_its_place(case: Refusal) -> None:
    problems = refused(case.text)
    assert [(problem.code, problem.path) for problem in problems] == [(case.code, case.path)]
    assert case.found in problems[0].found
    assert case.expected in problems[0].expected


def intake(**rest: object) -> bytes:
    return json.dumps({"intake_id": "a", **rest}).encode()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b'\xef\xbb\xbf{"intake_id": "a"}', id="a byte order mark at the very start"),
        pytest.param(b' \r\n\t{ "intake_id"\n:\t"a" }\r\n', id="white space anywhere"),
        pytest.param(b'{"\\u0069ntake_id": "\\u0061"}', id="escapes"),
        pytest.param(b'{"intake_id": "a"}'.ljust(MIB), id="exactly 1 MiB"),
    ],
)
def test_text_is_accepted(text: bytes) -> None:
    assert read_intake(text, ON).document == {"intake_id": "a"}


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ('"😀"', "\U0001f600"),
        ('"eczéma 湿疹"', "eczéma 湿疹"),
        ('"\\"\\\\\\/\\n\\u0000"', '"\\/\n\0'),
        ('"null NaN 30.0 \\\\ud800"', "null NaN 30.0 \\ud800"),
        ('"\ufeff"', "\ufeff"),
        ('"' + "[" * 100 + "{" * 100 + '"', "[" * 100 + "{" * 100),
    ],
)
def test_words_are_read_as_they_were_written(written: str, means: str) -> None:
    text = '{"intake_id": "a", "notes": ' + written + "}"
    assert read_intake(text.encode(), ON).document["notes"] == means


def test_nesting_of_32_levels_is_not_too_deep() -> None:
    problems = refused(b"[" * LEVELS + b"]" * LEVELS)
    assert [problem.code for problem in problems] == ["wrong-type"]


def test_every_cut_off_text_is_refused() -> None:
    text = intake(conditions=[{"name": "eczéma", "since": "2020-01-01"}], client={"age_years": 34})
    for length in range(len(text)):
        assert refused(text[:length])


def test_each_problem_of_a_text_is_listed() -> None:
    text = b'{"a": null, "b": [1.5, "\\ud800"], "c": 1, "c": 2, "d": {"e": NaN}}'
    assert sorted((problem.code, problem.path) for problem in refused(text)) == [
        ("duplicate-key", "/c"),
        ("lone-surrogate", "/b/1"),
        ("null", "/a"),
        ("number", "/b/0"),
        ("number", "/d/e"),
    ]


def test_each_key_that_stands_twice_is_listed() -> None:
    text = b'{"a": 1, "b": 1, "a": 2, "b": 2, "c": 3}'
    assert [problem.path for problem in refused(text)] == ["/a", "/b"]


def test_keys_that_differ_in_case_are_two_keys() -> None:
    problems = refused(b'{"intake_id": "a", "Intake_ID": "b"}')
    assert [problem.code for problem in problems] == ["unknown-key"]


def test_a_huge_number_is_shown_cut() -> None:
    (problem,) = refused(b'{"client": {"age_years": ' + b"9" * 500_000 + b"}}")
    assert len(problem.found) < 100


@pytest.mark.parametrize("text", [b'{"intake_id": "a\tb"}', b'{"intake_id": "a'])
def test_a_malformed_text_is_described_in_whole_words(text: bytes) -> None:
    (problem,) = refused(text)
    assert " at at " not in problem.found


def test_many_keys_with_one_of_them_twice_are_refused_promptly() -> None:
    keys = ", ".join(f'"key {number}": 1' for number in range(15_000))
    began = time.monotonic()
    problems = refused(f'{{"key 0": 1, {keys}}}'.encode())
    assert [problem.path for problem in problems] == ["/key 0"]
    assert time.monotonic() - began < 3


def test_an_error_says_place_found_and_expected() -> None:
    with pytest.raises(IntakeError) as raised:
        read_intake(b'{"client": {"age_years": 30.0}}', ON)
    assert str(raised.value).startswith("/client/age_years: found 30.0; expected a whole number")


def test_an_error_about_the_whole_text_says_so() -> None:
    with pytest.raises(IntakeError) as raised:
        read_intake(b"", ON)
    assert str(raised.value).startswith("(the whole text): found no text at all; expected one ")
