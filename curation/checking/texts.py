"""What people read: rationale, action, titles; and what no text may say about medicines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Final

from curation.checking.advice import ending_told, hold_time_told, sentences
from curation.checking.written import Item, Place, Spot, Written, strings_in
from engine.names import words
from engine.yaml_files import YamlFile

_SCHEMAS: Final = (
    "rule", "conclusion", "care", "plan", "indication", "question", "change",
)  # fmt: skip
"""The files whose texts reach clients and staff."""

_NOT_READ: Final = frozenset(
    {
        "citations", "examples", "id", "path", "reviewed_on", "review_by", "exceptions", "status",
        "replaced_by", "advises", "advises_against", "reason", "owner", "accepted_by", "goal", "level",
        "rule", "harmless",
    }
)  # fmt: skip
_RATIONALE: Final = 5  # words; shorter is no sentence with a reason in it
_ACTION: Final = 3


def check(written: Written) -> Iterator[Spot]:
    """Texts that are missing, too short or alike, and advice that must never be given."""
    for file in written.files:
        if file.schema in _SCHEMAS:
            for place, text in _read_by_people(file):
                yield from _advice_on_medicines(file, place, text)
    for item in written.of_kind("rule", "conclusion"):
        yield from _short_texts(item)
    yield from _alike(written.of_kind("rule", "conclusion"))


def _read_by_people(file: YamlFile) -> Iterator[tuple[Place, str]]:
    """The texts of a file with their places; of a condition only the events that lift a finding."""
    for place, text in strings_in(file.data):
        keys = [part for part in place if isinstance(part, str)]
        inside_condition = "when" in keys[:-1] or "if" in keys or keys[-1:] == ["on"]
        if not inside_condition and not _NOT_READ.intersection(keys):
            yield place, text


def _advice_on_medicines(file: YamlFile, place: Place, text: str) -> Iterator[Spot]:
    for sentence in sentences(text):
        ending = ending_told(sentence)
        if ending:
            yield Spot(
                "KB410", file, place, f"this reads as advice to end a medicine: {sentence!r}",
                "Say what to do instead: wait, ask the prescriber, refer.", ending,
            )  # fmt: skip
        duration = hold_time_told(sentence)
        if duration:
            yield Spot(
                "KB411", file, place, f"this gives a time beside a blood thinner: {sentence!r}",
                "Leave the time out, and refer to the prescriber.", duration,
            )  # fmt: skip


def _short_texts(item: Item) -> Iterator[Spot]:
    if _is_short(item.data["because"], _RATIONALE):
        yield Spot(
            "KB402", item.file, item.at("because"),
            f"the rationale of {item.id} is no whole sentence",
            "Say why in a sentence or two, ending in a full stop.",
        )  # fmt: skip
    if "action" in item.data and _is_short(item.data["action"], _ACTION):
        yield Spot(
            "KB403", item.file, item.at("action"), f"the action of {item.id} is no whole sentence",
            "Write a sentence that says what to do, ending in a full stop.",
        )  # fmt: skip


def _is_short(text: str, fewest: int) -> bool:
    return len(text.split()) < fewest or not text.rstrip().endswith((".", "!", "?"))


def _alike(items: Iterable[Item]) -> Iterator[Spot]:
    """Titles of the same words, in whatever order."""
    for one, other in combinations(items, 2):
        if one.id != other.id and _bag(one.data["title"]) == _bag(other.data["title"]):
            yield Spot(
                "KB412", other.file, other.at("title"),
                f"the titles of {one.id} and {other.id} read alike: {other.data['title']!r}",
                "Say in each title what makes it different.",
            )  # fmt: skip


def _bag(title: str) -> frozenset[str]:
    return frozenset(words(title)) - {"a", "an", "the", "of", "or", "and", "in", "on", "with"}
