"""``needlecheck kb new rule``: a rule that loads, with examples that were run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, final

from curation.errors import KeeperError
from curation.library import Library
from curation.testing.coverage import cover
from curation.testing.examples import Examiner, subjects
from curation.writing.append import appended
from curation.writing.asking import Asker
from curation.writing.condition import FORMS, joined, spelt_out, understood, written_condition
from curation.writing.examples import make_examples
from curation.writing.target import (
    Target,
    checked_id,
    refuse_known,
    schema_line,
    skeleton,
    unless_there,
    write_checked,
)
from curation.writing.text import NewRule, rule_text
from engine.answer_tests import Within
from engine.atoms import Answered, Began, Done, Stopped
from engine.conditions import Condition, Leaf, leaves

LEVELS: Final = (
    ("contraindication", "no treatment"),
    ("deferral", "not now"),
    ("referral", "a clinician decides first"),
    ("precaution", "treatment with care"),
)
_OTHERWISE: Final = "other"


@final
class Wishes(NamedTuple):
    """What was given on the command line; ``short`` has the short forms by their option."""

    id: str | None
    title: str | None
    level: str | None
    when: str | None
    short: Mapping[str, Sequence[str]]
    join: str
    lifts: str | None
    because: str | None
    action: str | None
    source: str | None
    locator: str | None
    position: str | None
    topic: str | None
    draft: bool
    on: date


def make_rule(target: Target, wishes: Wishes, asker: Asker) -> tuple[Library, str]:
    """Write a new rule; the library with it, and the rule's id.

    Raises KeeperError or UsageError, with nothing written, if anything is wrong or missing.
    """
    library = target.open()
    rule_id = asker.text("ID", wishes.id, "A permanent name for the rule, such as recent-filler.")
    if rule_id:
        refuse_known(library, "rule", checked_id(rule_id))
    title = asker.text("--title", wishes.title, "What was found, in a few plain words.")
    level = asker.choice("--level", wishes.level, "What it means when the rule fires.", LEVELS)
    data = _condition(wishes, library, asker)
    because = asker.text("--because", wishes.because, "Why, for a clinician, in words of your own.")
    action = asker.text("--action", wishes.action, "What to do now, for a receptionist.")
    source = _source(target, wishes, library, asker)
    locator = asker.text("--locator", wishes.locator, "Where in the source: a page, a line, a heading.")
    position = asker.text("--position", wishes.position, "What the source says there, in a few words.")
    topic = asker.text("--topic", wishes.topic, "The file: rules/TOPIC.yaml.", _topic(target))
    asker.complain()
    condition = understood(data, library)
    rule = NewRule(
        rule_id, title, level, data, _lifts(wishes.lifts, level, condition), because, action,
        {"source": source, "locator": locator, "position": position},
        "draft" if wishes.draft else "active", wishes.on.isoformat(),
    )  # fmt: skip
    text = rule_text(rule, make_examples(rule_id, condition, library))
    name = f"rules/{checked_id(topic)}.yaml"
    whole = appended(target.folder / name, schema_line(target, name, "rule"), text)
    written = write_checked(target, {**skeleton(target), name: whole}, _shown_by_its_examples(rule_id))
    return written, rule_id


def _shown_by_its_examples(rule_id: str) -> Any:
    """A last look at what is about to be written: the new rule's examples hold and leave nothing out."""

    def look(library: Library) -> None:
        (subject,) = (found for found in subjects(library) if found.symbol == rule_id)
        examiner = Examiner(library)
        results = [examiner.run(subject, number) for number in range(len(subject.examples))]
        covered = cover(subject, results, library.knowledge_base)
        if not (all(result.passed for result in results) and covered.complete):
            raise KeeperError(f"the examples made for {rule_id} do not hold; write the rule by hand")

    return look


def _condition(wishes: Wishes, library: Library, asker: Asker) -> Any:
    given = [
        spelt_out(kind, written, library) for kind, all_ in wishes.short.items() for written in all_
    ]
    if wishes.when is not None:
        given.append(written_condition(wishes.when))
    if given:
        return joined(given, wishes.join)
    if not asker.interactive:
        asker.missing.append("--done, --taking, --condition, …, or --when  When the rule fires.")
        return {}
    return joined(_ask_for_parts(library, asker), wishes.join)


def _ask_for_parts(library: Library, asker: Asker) -> list[Any]:
    """The parts of a condition, asked one by one until there is no more."""
    parts: list[Any] = []
    choices = [(form.option, f"{form.asks}, such as: {form.example}") for form in FORMS.values()]
    more = [*choices, (_OTHERWISE, "anything else, as YAML on one line")]
    while True:
        kind = asker.choice("when", None, "What kind of thing makes the rule fire?", more)

        def read(said: str, kind: str = kind) -> None:
            data = written_condition(said) if kind == _OTHERWISE else spelt_out(kind, said, library)
            understood(data, library)
            parts.append(data)

        example = FORMS[kind].example if kind in FORMS else "{not: {taking: nsaid}}"
        asker.again(f"--{kind}", f"Write it like: {example}", read, optional=False)
        another = [("no", "that is all"), ("yes", "something else makes it fire too")]
        if asker.choice("more", None, "Is there another part?", another) == "no":
            return parts


def _source(target: Target, wishes: Wishes, library: Library, asker: Asker) -> str:
    items = library.of_kind("source")
    items.sort(key=lambda item: item.file.folder != target.folder)  # the folder's own come first
    known = [(item.id, str(item.data["title"])) for item in items]
    own = target.name if target.name[0].isalpha() else "ours"
    if target.is_new:
        known.insert(0, (own, "what this clinic has decided itself"))
    source = wishes.source or asker.choice("--source", None, "Which source says so?", known)
    if source and source not in dict(known):
        unless_there(library, "source", source)
    return source


def _topic(target: Target) -> str | None:
    """In a clinic's own folder one file may hold all rules; a knowledge base has its topics."""
    return None if target.base is None else "rules"


def _lifts(event: str | None, level: str, condition: Condition) -> dict[str, Any]:
    """What ends it: an event that was named, and the end of a window where treatment waits for it."""
    lifts: dict[str, Any] = {"when": event} if event else {}
    windowed = any(isinstance(leaf, Leaf) and _has_window(leaf) for leaf in leaves(condition))
    if windowed and level in ("contraindication", "deferral"):
        lifts["on"] = "end of window"
    return lifts


def _has_window(leaf: Leaf) -> bool:
    match leaf.atom:
        case Stopped() | Began() | Answered(_, Within()):
            return True
        case Done(_, within, _):
            return within is not None
        case _:
            return False
