"""Thousands of spoilt intakes: each is screened or refused with a reason; nothing else happens.

The mutations are random but seeded, so that a failure can be repeated: the seed is in the
test's name and in the message.
"""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner

from case_files import REPOSITORY, read_cases
from cli import main
from engine import IntakeError, Screener, read_intake, render_text
from engine.rules import VERDICTS
from engine.schemas import violations

ON = date(2026, 6, 15)
SEEDS = range(8)
INTAKES_PER_SEED = 700

DICTIONARY = [
    b"null", b"true", b"false", b"NaN", b"-Infinity", b"1e999", b"30.0", b"-0", b"9" * 30, b'""', b"[]",
    b"{}", b"[[[[", b"}}}}", b"{" * 40, b"[" * 40, b'"\\ud800"', b'"\\u0000"', b"\\u", b"\\", b'"', b",",
    b":", b"\xef\xbb\xbf", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x00", b"\x1b[31m", b"\xe2\x80\xae",
    b"\xf0\x9f\x98\x80", b'"status": "absent", ', b'"name": "none", ', b'"since": "2026-02-30", ',
]  # fmt: skip
"""Bytes that mean something to a JSON parser, an intake or a terminal."""

WORDS = [
    "", " ", "none", "unknown", "declined", "yes", "no", "absent", "active", "resolved",
    "controlled", "current", "stopped", "face", "whole_body", "oral", "topical", "2026-06-15",
    "2026-06-16", "2026-02-30", "0001-01-01", "9999-12-31", "2024-02-29", "warfarin", "Botox",
    "eczema", "history of acne", "painkiller", "rosacea in remission", "denies everything",
    "family history of lupus", "diclofenac", "Efudex", "filler", "nickel", "diabetes", "pregnancy",
    "icd-10", "atc", "snomed-ct", "L20.9", "B01AA03", "Z79.01", "?!", "s", "ss", "'s", "n/a", "x" * 300,
    "\u202e", "\x1b[2J", "\0", "e\u0301", "\ufb01ller", "\U0001f600", "\u0130", "constructor",
    "__proto__", "/conditions/0", "~1", "{name}", "%s", "${x}", "\u2028", "\ufeff",
]  # fmt: skip
VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    17,
    121,
    30.0,
    1.5,
    10**20,
    [],
    {},
    [[]],
    [None],
    {"": {}},
]


def seed_intakes() -> list[bytes]:
    """The example intakes, and a few that were made for these tests."""
    examples = [path.read_bytes() for path in sorted((REPOSITORY / "examples").glob("*.json"))]
    cases = [{"intake_id": "a", **case["given"]} for case in read_cases("entries")]
    assert len(examples) > 10
    return [*examples, *(json.dumps(case, ensure_ascii=False).encode() for case in cases[::4])]


INTAKES = seed_intakes()


# Bytes


def flip(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def cut(data: bytes, chance: random.Random) -> bytes:
    begin, end = sorted((chance.randrange(len(data)), chance.randrange(len(data) + 1)))
    return chance.choice([data[:begin], data[begin:], data[:begin] + data[end:]])


def insert(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.choice(DICTIONARY) + data[place:]


def repeat(data: bytes, chance: random.Random) -> bytes:
    begin = chance.randrange(len(data))
    end = min(len(data), begin + chance.randrange(1, 60))
    return data[:end] * chance.choice([1, 1, 1, 20]) + data[begin:]


def splice(data: bytes, chance: random.Random) -> bytes:
    other = chance.choice(INTAKES)
    return data[: chance.randrange(len(data))] + other[chance.randrange(len(other)) :]


def recode(data: bytes, chance: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(
        chance.choice(["utf-16", "utf-16-le", "utf-32", "latin-1", "utf-8-sig", "utf-7"]), "replace"
    )


BYTE_MUTATIONS: list[Callable[[bytes, random.Random], bytes]] = [
    flip,
    cut,
    insert,
    repeat,
    splice,
    recode,
]


def spoil_bytes(chance: random.Random) -> bytes:
    data = chance.choice(INTAKES)
    for _ in range(chance.choice([1, 1, 2, 5])):
        data = chance.choice(BYTE_MUTATIONS)(data, chance) or b" "
    return data


# Structure


def containers(value: Any) -> Iterator[Any]:
    """Every list and object of a document, itself included."""
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from containers(inner)


def new_value(chance: random.Random) -> Any:
    kind = chance.randrange(4)
    if kind == 0:
        return copy.deepcopy(chance.choice(VALUES))
    if kind == 1:
        document = json.loads(chance.choice(INTAKES))
        return chance.choice(list(containers(document)))
    return chance.choice(WORDS)


def change_one_place(document: Any, chance: random.Random) -> None:
    place = chance.choice(list(containers(document)))
    key: Any = None
    if place:
        key = chance.choice(list(place)) if isinstance(place, dict) else chance.randrange(len(place))
    change = chance.randrange(6)
    if key is None or change == 0:
        add(place, new_value(chance), chance)
    elif change == 1:
        del place[key]
    elif change == 2 and isinstance(place, dict):
        place[chance.choice([*WORDS, key.upper(), key[:-1], key + "s"])] = place.pop(key)
    elif change == 3 and isinstance(place, list):
        place.extend(place[:] * chance.choice([1, 5]))
    elif isinstance(place[key], str) and change == 4:
        place[key] = chance.choice(WORDS) + chance.choice(["", " ", place[key]])
    else:
        place[key] = new_value(chance)


def add(place: Any, value: Any, chance: random.Random) -> None:
    if isinstance(place, dict):
        place[chance.choice(WORDS)] = value
    else:
        place.insert(chance.randrange(len(place) + 1), value)


def spoil_structure(chance: random.Random) -> bytes:
    document = json.loads(chance.choice(INTAKES))
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        change_one_place(document, chance)
    return json.dumps(document, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


def swap_words(chance: random.Random) -> bytes:
    """An intake whose words were changed and whose form was not, so that most are screened."""
    document = json.loads(chance.choice(INTAKES))
    for entry in containers(document):
        if isinstance(entry, dict) and "name" in entry and chance.random() < 0.5:
            entry["name"] = chance.choice([*WORDS, entry["name"] + chance.choice(WORDS)]) or "x"
    return json.dumps(document).encode()


def spoilt_intakes(seed: int, count: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    ways = [spoil_bytes, spoil_structure, swap_words]
    return (ways[number % len(ways)](chance) for number in range(count))


def outcome(data: bytes, screener: Screener) -> str:
    """Screen or refuse; check what a program that called the engine would rely on."""
    try:
        intake = read_intake(data, ON)
    except IntakeError as error:
        return checked_refusal(error)
    assessment = screener.screen(intake)
    assert assessment["verdict"] in VERDICTS
    assert violations("assessment", assessment) == []
    render_text(assessment, details=True).encode()
    json.dumps(assessment, ensure_ascii=False).encode()
    return "screened"


def checked_refusal(error: IntakeError) -> str:
    assert error.problems
    assert all(problem.code and problem.found and problem.expected for problem in error.problems)
    assert all(problem.path == "" or problem.path[0] == "/" for problem in error.problems)
    str(error).encode()
    return "refused"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_spoilt_intake_is_screened_or_refused(screener: Screener, seed: int) -> None:
    outcomes: Counter[str] = Counter()
    for number, data in enumerate(spoilt_intakes(seed, INTAKES_PER_SEED)):
        try:
            outcomes[outcome(data, screener)] += 1
        except Exception as error:
            error.add_note(f"intake {number} of seed {seed}: {data!r}")
            raise
    assert outcomes["refused"] > INTAKES_PER_SEED // 5
    assert outcomes["screened"] > INTAKES_PER_SEED // 5


def test_at_least_five_thousand_intakes_are_spoilt() -> None:
    assert len(SEEDS) * INTAKES_PER_SEED >= 5000


@pytest.mark.parametrize("seed", [101, 102, 103])
def test_the_command_line_answers_every_spoilt_intake(
    screener: Screener, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.inputs.Screener", lambda _: screener)
    monkeypatch.setattr("commands.inputs.load_knowledge_base", lambda *_, **__: screener.knowledge_base)
    codes: Counter[int] = Counter()
    for data in spoilt_intakes(seed, 30):
        done = CliRunner().invoke(main, ["screen", "--on", ON.isoformat()], input=data)
        refused = outcome(data, screener) == "refused"
        assert done.exit_code == (1 if refused else 0), data
        assert "Traceback" not in done.stderr
        assert bool(done.stdout) != refused, data
        assert done.stderr.startswith("needlecheck: ") or not refused
        codes[done.exit_code] += 1
    assert set(codes) == {0, 1}
