"""Ids and references that loading does not look at: what nothing reads or asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from curation.checking.vocabulary import atoms_written, meant_by
from curation.checking.written import Item, Spot, Written
from engine.intake import LISTS
from engine.loading import LONGER_INTERVAL
from engine.schemas import load_schema


def check(written: Written) -> Iterator[Spot]:
    """Conclusions that nothing reads, questions about nothing or asked twice."""
    if not written.losses.may_hold("rule") and not written.losses.may_hold("conclusion"):
        yield from _unread_conclusions(written)
    yield from _questions(written)


def _unread_conclusions(written: Written) -> Iterator[Spot]:
    read = {
        body
        for item in written.of_kind("rule", "conclusion")
        for _, kind, body in atoms_written(item.data["when"])
        if kind == "concluded"
    }
    read.add(LONGER_INTERVAL)  # the plan does
    conclusions = written.of_kind("conclusion")
    known = [conclusion.id for conclusion in conclusions]
    read |= {meant for name in read for meant in meant_by(name, known)}
    for conclusion in conclusions:
        if conclusion.id not in read:
            yield Spot(
                "KB213", conclusion.file, conclusion.at("id"),
                f"nothing reads the conclusion {conclusion.id}",
                "Let a rule read it, or take it out.",
            )  # fmt: skip


def _questions(written: Written) -> Iterator[Spot]:
    asked: dict[str, Item] = {}
    for question in written.of_kind("question"):
        path = question.data["path"]
        if not _is_in_an_intake(path):
            yield Spot(
                "KB214", question.file, question.at("path"), f"{path} is no place in an intake",
                "Correct the path; schemas/intake.schema.json has all places.",
            )  # fmt: skip
        elif path in asked and "*" not in path:
            yield Spot(
                "KB215", question.file, question.at("path"),
                f"{question.id} and {asked[path].id} ask for the same: {path}",
                "Make one question of them.",
            )  # fmt: skip
        asked.setdefault(path, question)


def _is_in_an_intake(path: str) -> bool:
    """Whether an intake can have something there; ``*`` stands for an entry of a list."""
    schema: Mapping[str, Any] = load_schema("intake")
    for part in path[1:].split("/"):
        following = schema.get("items") if part == "*" else schema.get("properties", {}).get(part)
        if following is None:
            return False
        while "$ref" in following:
            following = load_schema("intake")["$defs"][following["$ref"].rpartition("/")[2]]
        schema = following
    return path.count("/") > 1 or path[1:] in LISTS
