"""What overlays change in rules that are there already, checked and applied.

A change replaces a rule's level, title, because or action, never its condition: a clinic that means
another condition adds a rule of its own. Every change says why and who answers for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, final

from engine.errors import KnowledgeBaseProblem
from engine.rules import LEVELS, Overlay, Rule, RuleChange
from engine.sound_parts import Losses, items_in
from engine.yaml_files import YamlFile

_KEYS: Final = ("level", "title", "because", "action")


def overlays_in(manifests: Sequence[YamlFile]) -> Mapping[Path, Overlay]:
    """The overlays by their folders, in order, from their manifests."""
    return {
        file.folder: Overlay(file.data["id"], file.data["version"], file.data["title"])
        for file in manifests
    }


def doubled_overlays(manifests: Sequence[YamlFile]) -> Iterator[KnowledgeBaseProblem]:
    """Knowledge bases and overlays that have the same id: an assessment could not tell them apart."""
    seen: set[str] = set()
    for file in manifests:
        if file.data["id"] in seen:
            message = f"the id {file.data['id']} stands twice: another manifest has it already"
            remedy = "Give each overlay an id of its own, and each folder once."
            yield file.problem(message, "id", code="KB201", remedy=remedy)
        seen.add(file.data["id"])


def misplaced_acceptances(
    files: Sequence[YamlFile], overlays: Collection[Path]
) -> Iterator[KnowledgeBaseProblem]:
    """Vocabulary files that say who accepted them although they are no part of an overlay."""
    for file in files:
        if "accepted_by" in file.data and file.folder not in overlays:
            message = "accepted_by belongs in the vocabulary of an overlay only"
            remedy = "Take it out: here nothing is added to what was reviewed as a whole."
            yield file.problem(message, "accepted_by", code="KB707", remedy=remedy)


@final
class RuleChanger:
    """Applies changes to rules; ``problems`` says what is wrong with them."""

    def __init__(self, rules: Mapping[str, Rule], written: Collection[str], losses: Losses) -> None:
        """``rules`` of every status by id; ``written`` and ``losses`` tell of broken ones too."""
        self.rules = dict(rules)
        self.problems: list[KnowledgeBaseProblem] = []
        self._written = written
        self._losses = losses

    def apply(self, file: YamlFile, overlay: str) -> None:
        """Apply the changes of one file, each only if nothing is wrong with it."""
        for index, item in items_in(file.data):
            rule = self.rules.get(item["rule"])
            if rule is None:
                self.problems.extend(self._unknown(file, index, item))
                continue
            refused = list(_refused(file, index, item, rule, overlay))
            self.problems.extend(refused)
            if not refused:
                self.rules[rule.id] = _changed(rule, item, overlay)

    def _unknown(
        self, file: YamlFile, index: int, item: Mapping[str, Any]
    ) -> Iterator[KnowledgeBaseProblem]:
        if item["rule"] in self._written or self._losses.may_hold("rule", item["rule"]):
            return  # what is wrong with the rule is told where it stands
        close = get_close_matches(item["rule"], self._written, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        remedy = "Name a rule that is there; a rule that is new stands in rules/."
        message = f"there is no rule {item['rule']} to change{hint}"
        yield file.problem(message, index, "rule", code="KB701", remedy=remedy)


def _changed(rule: Rule, item: Mapping[str, Any], overlay: str) -> Rule:
    before = tuple((key, getattr(rule, key)) for key in _KEYS if key in item)
    change = RuleChange(overlay, before, item["reason"], item["owner"], item.get("accepted_by"))
    new = {key: item[key] for key, _ in before}
    return rule._replace(**new, changes=(*rule.changes, change))


def _refused(
    file: YamlFile, index: int, item: Mapping[str, Any], rule: Rule, overlay: str
) -> Iterator[KnowledgeBaseProblem]:
    """What is wrong with a change of a rule that is there."""
    if not any(key in item for key in _KEYS):
        message = f"this changes nothing of {rule.id}; it can change level, title, because and action"
        remedy = "Say what is different, or take it out; for another condition add a rule."
        yield file.problem(message, index, code="KB702", remedy=remedy)
    if rule.added_by == overlay:
        message = f"the rule {rule.id} is this overlay's own"
        remedy = "Change it where it stands, in rules/."
        yield file.problem(message, index, "rule", code="KB704", remedy=remedy)
    if rule.status == "deprecated":
        message = f"the rule {rule.id} is deprecated and never runs"
        remedy = "Change the rule that replaced it, or take this out."
        yield file.problem(message, index, "rule", code="KB706", remedy=remedy)
    for key in _KEYS:
        if key in item:
            yield from _refused_key(file, index, item, rule, key)


def _refused_key(
    file: YamlFile, index: int, item: Mapping[str, Any], rule: Rule, key: str
) -> Iterator[KnowledgeBaseProblem]:
    others = [change.overlay for change in rule.changes if key in change.keys]
    if others:
        message = f"{others[0]} changes the {key} of {rule.id} already"
        remedy = "Change it once; agree which overlay does."
        yield file.problem(message, index, key, code="KB703", remedy=remedy)
    elif item[key] == getattr(rule, key):
        message = f"the {key} of {rule.id} is the same without this"
        remedy = "Take it out: an assessment would say that it was changed."
        yield file.problem(message, index, key, code="KB702", remedy=remedy)
    elif key == "level" and _is_milder(item["level"], rule.level) and "accepted_by" not in item:
        message = f"{item['level']} is milder than {rule.level}, and nobody is named who accepts it"
        remedy = "Add accepted_by with the name of the clinician who accepts it."
        yield file.problem(message, index, "level", code="KB705", remedy=remedy)


def _is_milder(level: str, than: str) -> bool:
    return LEVELS.index(level) > LEVELS.index(than)
