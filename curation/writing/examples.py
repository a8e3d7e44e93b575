"""The first examples of a new rule, made from its condition and run before anything is written.

For each outcome and each value of each part of the condition the smallest situation is taken
(:mod:`curation.testing.coverage`), and the situations where an atom turns
(:mod:`curation.writing.edges`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple, final

from curation.errors import KeeperError
from curation.library import Item, Library
from curation.proving.worlds import World
from curation.testing.coverage import Scene, cover, given
from curation.testing.examples import Examiner, Subject
from curation.writing.edges import DAY_OF, edges
from engine.conditions import Condition, Leaf, leaves
from engine.dates import parse_date
from engine.intake import LISTS
from engine.judgement import day_in_words
from engine.rules import Lifting, Rule
from engine.yaml_files import YamlFile

_LIST_WORDS: Final = {"medications": "medicines"}


@final
class Example(NamedTuple):
    """An example as a rule file holds it."""

    name: str
    given: Mapping[str, Any]
    expect: str


def make_examples(rule_id: str, condition: Condition, library: Library) -> list[Example]:
    """The examples that a new rule begins with: all that its condition can come to is shown.

    Raises KeeperError where the condition has too many situations to try out, or only one outcome.
    """
    subject = _subject(rule_id, condition, ())
    scene = Scene(subject, library.knowledge_base)
    if not scene.exact:
        raise KeeperError("the condition has too many parts that bear on each other to make examples")
    outcomes = set(scene.first(None))
    if "yes" not in outcomes:
        raise KeeperError("the condition can never be true, so the rule would never fire")
    if outcomes == {"yes"}:
        raise KeeperError("the condition is always true, so the rule would fire for everybody")
    today = parse_date(library.knowledge_base.examples_on)
    raw = list(_named(scene, condition, today))
    distinct = {repr(document): (name, document) for name, document in reversed(raw)}
    named = _with_names_of_their_own(reversed(distinct.values()))
    return _run(rule_id, condition, named, library)


def _run(
    rule_id: str, condition: Condition, named: list[tuple[str, dict[str, Any]]], library: Library
) -> list[Example]:
    """Each example with the outcome that the engine gives it; together they leave nothing out."""
    written: tuple[dict[str, Any], ...] = tuple(
        {"name": name, "given": document, "expect": ""} for name, document in named
    )
    subject = _subject(rule_id, condition, written)
    base = library.knowledge_base
    with_rule = replace(base, rules={**base.rules, rule_id: _rule(rule_id, condition)})
    examiner = Examiner(library._replace(knowledge_base=with_rule))
    results = [examiner.run(subject, number) for number in range(len(written))]
    assert cover(subject, results, base).complete, "made from every situation"
    order = ("fired", "ruled_out", "undecided")
    found = [Example(result.name, written[result.number]["given"], result.got) for result in results]
    return sorted(found, key=lambda example: order.index(example.expect))


def _subject(rule_id: str, condition: Condition, examples: tuple[Mapping[str, Any], ...]) -> Subject:
    nowhere = Item("rule", rule_id, {}, YamlFile(Path(), "", "rule", []), ())
    return Subject(nowhere, rule_id, condition, examples)


def _rule(rule_id: str, condition: Condition) -> Rule:
    return Rule(rule_id, "", "precaution", condition, Lifting(), "", "", (), None, ())


def _named(scene: Scene, condition: Condition, today: date) -> Iterator[tuple[str, dict[str, Any]]]:
    """Situations worth an example with a name for each, those where an atom turns first."""
    parts = list(leaves(condition))
    for leaf in parts:
        world = scene.first(leaf).get("yes")
        if world is not None and isinstance(leaf, Leaf):
            best = next((w for w in scene.worlds if scene.turns_on(leaf, w)), world)
            yield from edges(leaf.atom, given(best), today)
    for part in (None, *parts):
        for world in scene.first(part).values():
            yield _name(world, scene, today), given(world)


def _name(world: World, scene: Scene, today: date) -> str:
    """What a situation says, in a few words."""
    said = [
        f"{field.split('.')[1].removesuffix('_years').replace('_', ' ')} {_value(value)}"
        for field, value, _ in world.answers
    ]
    said += [_entry_in_words(entry.list_name, entry.raw, today) for entry in world.entries]
    named = {entry.list_name for entry in world.entries}
    for name in LISTS:
        if name in scene.lists and name not in named:
            words = _LIST_WORDS.get(name, name)
            said.append(f"no {words}" if name in world.asked else f"{words} not asked")
    return ", ".join(said)


def _value(value: Any) -> str:
    if value is None:
        return "not asked"
    if isinstance(value, list):
        return " and ".join(value).replace("_", " ") or "none"
    return str(value).replace("_", " ")


def _entry_in_words(list_name: str, raw: Mapping[str, Any], today: date) -> str:
    key = DAY_OF.get(list_name, "")
    said = [str(raw["name"])]
    if "route" in raw:
        said.append(f"({raw['route']})")
    if "status" in raw:
        said.append("status not known" if raw["status"] == "unknown" else str(raw["status"]))
    if key in raw:
        said.append("today" if raw[key] == today.isoformat() else f"on {day_in_words(raw[key])}")
    elif list_name == "procedures":
        said.append("without a date")
    if raw.get("areas") == ["back"]:
        said.append("on the back")
    return " ".join(said)


def _with_names_of_their_own(
    found: Iterator[tuple[str, dict[str, Any]]],
) -> list[tuple[str, dict[str, Any]]]:
    named: dict[str, dict[str, Any]] = {}
    for name, document in found:
        number, own = 2, name
        while own in named:
            own, number = f"{name} ({number})", number + 1
        named[own] = document
    return list(named.items())
