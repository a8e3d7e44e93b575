"""The examples of rules and conclusions: one for each outcome, each with its own name, all passing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from curation.checking.rules import day
from curation.checking.written import Item, Spot, Written
from curation.library import Item as LibraryItem
from curation.library import Kind, Library
from curation.testing.examples import IN_WORDS, Examiner, Result, subjects
from engine import KnowledgeBase
from engine.atoms import Answered, Has, NotUnderstood
from engine.conditions import Concluded, Condition, Leaf, leaves
from engine.references import answer_fields


def check(written: Written) -> Iterator[Spot]:
    """What is wrong with examples; they are run only if the knowledge base can be used."""
    for item in written.of_kind("rule", "conclusion"):
        yield from _names(item)
    found = written.with_drafts
    if found is not None and day(found.examples_on) is not None:
        for item in written.of_kind("rule", "conclusion"):
            yield from _missing(item, found)
        yield from _failing(written, found)


def _names(item: Item) -> Iterator[Spot]:
    counted = Counter(example["name"] for example in item.data["examples"])
    seen: set[str] = set()
    for index, example in enumerate(item.data["examples"]):
        if counted[example["name"]] > 1 and example["name"] in seen:
            yield Spot(
                "KB503", item.file, item.at("examples", index, "name"),
                f"two examples of {item.id} are called {example['name']!r}",
                "Name each after what it shows.",
            )  # fmt: skip
        seen.add(example["name"])


def _missing(item: Item, found: KnowledgeBase) -> Iterator[Spot]:
    rule = found.rules.get(item.id) if item.kind == "rule" else found.conclusions.get(item.id)
    if rule is None:
        return
    possible = ["fired" if item.kind == "rule" else "concluded", "ruled_out"]
    if _can_be_open(rule.condition, found):
        possible.append("undecided")
    shown = {example["expect"] for example in item.data["examples"]}
    lacking = [IN_WORDS[outcome] for outcome in possible if outcome not in shown]
    if lacking:
        yield Spot(
            "KB501", item.file, item.at("examples"),
            f"no example shows {item.id} {' or '.join(lacking)}",
            "Add an example for each outcome that it can have.",
        )  # fmt: skip


def _can_be_open(condition: Condition, found: KnowledgeBase) -> bool:
    """Whether something that a condition reads can be unknown."""
    return any(_leaf_can_be_open(leaf, found) for leaf in leaves(condition))


def _leaf_can_be_open(leaf: Leaf | Concluded, found: KnowledgeBase) -> bool:
    if isinstance(leaf, Concluded):
        return _can_be_open(found.conclusions[leaf.conclusion].condition, found)
    match leaf.atom:
        case NotUnderstood():
            return False
        case Has(weak=weak):
            return not weak
        case Answered(field):
            return answer_fields()[field].can_be_unknown
        case _:
            return True


def _failing(written: Written, found: KnowledgeBase) -> Iterator[Spot]:
    library = Library(found, written.files, _library_items(written))
    examiner = Examiner(library)
    for subject in subjects(library):
        for index in range(len(subject.examples)):
            result = examiner.run(subject, index)
            if not result.passed:
                yield _failed(result)


def _failed(result: Result) -> Spot:
    item, name = result.subject.item, result.name
    place = (*item.path, "examples", result.number)
    if result.got == "refused":
        message = f"the example {name!r} of {item.id} is no intake: {'; '.join(result.reasons)}"
        return Spot("KB504", item.file, (*place, "given"), message, "Mend what is refused.")
    expected = IN_WORDS.get(result.expected, result.expected)
    message = f"the example {name!r} of {item.id} expects {expected} and gives {IN_WORDS[result.got]}"
    remedy = f"See why with: needlecheck kb test {item.id}"
    return Spot("KB502", item.file, (*place, "expect"), message, remedy)


def _library_items(written: Written) -> Mapping[tuple[Kind, str], LibraryItem]:
    kinds: tuple[Kind, ...] = ("conclusion", "rule")
    return {
        (kind, item.id): LibraryItem(kind, item.id, item.data, item.file, item.place)
        for kind in kinds
        for item in written.of_kind(kind)
    }
