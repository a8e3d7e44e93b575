"""From a situation of atoms to an intake that shows it, screened to prove the point."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, final

from curation.proving.sight import TREATED
from curation.proving.worlds import Choice, Ingredient, Possibilities, World
from engine import Screener, make_intake
from engine.intake import LISTS
from engine.reading import shown
from engine.rules import VERDICTS

_STATES: Final = {"findings": "fired", "undecided": "undecided"}


@final
class Witnesses:
    """Makes intakes in which everything but the situation in question is as harmless as can be."""

    def __init__(self, possibilities: Possibilities, screener: Screener, *others: Screener) -> None:
        """``others`` are further versions of the rules, in which an answer has to be harmless too."""
        self.possibilities = possibilities
        self.screener = screener
        self._screeners = (screener, *others)
        self._sight = possibilities.sight
        self._background: dict[str, Choice] = {}
        for field, choices in possibilities.choices.items():
            self._background[field] = min(choices, key=self._cost)

    def intake(self, world: World, *more: Ingredient) -> dict[str, Any]:
        """The smallest intake that is in a situation, with further entries if there are any."""
        related = self.possibilities.lists_of(world.keys)
        asked = (set(LISTS) - related) | world.asked | {entry.list_name for entry in more}
        document = self._answers(self._background | {choice.field: choice for choice in world.answers})
        for name in LISTS:
            if name in asked:
                document[name] = [
                    dict(entry.raw) for entry in (*world.entries, *more) if entry.list_name == name
                ]
        return document

    def plain(self, *choices: Choice) -> dict[str, Any]:
        """The most harmless intake, but for some answers."""
        document = self._answers(self._background | {choice.field: choice for choice in choices})
        return document | {name: [] for name in LISTS}

    def gist(self, document: Mapping[str, Any]) -> str:
        """What a witness says beyond the most harmless intake, in short."""
        plain = self.plain()
        parts = [
            f"{name} {json.dumps(document[name], ensure_ascii=False)}"
            for name in LISTS
            if document.get(name)
        ]
        parts += [f"{name} not asked" for name in LISTS if name not in document]
        for section in ("client", "treatment", "lifestyle"):
            for key in {**plain[section], **document[section]}:
                said = document[section].get(key)
                if said != plain[section].get(key):
                    parts.append(f"{key}: {'not asked' if said is None else shown(said)}")
        return "; ".join(parts) or "a client with nothing particular"

    def screen(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The assessment of a witness."""
        return self.screener.screen(make_intake(document))

    def severity(self, document: Mapping[str, Any]) -> int:
        """How strict the verdict on a witness is: 0 is the strictest."""
        return VERDICTS.index(self.screen(document)["verdict"])

    def _answers(self, chosen: Mapping[str, Choice]) -> dict[str, Any]:
        document: dict[str, Any] = {
            "intake_id": "witness",
            "screened_on": self._sight.on.isoformat(),
            "client": {},
            "treatment": {"areas": [TREATED]},
            "lifestyle": {},
        }
        for field, choice in chosen.items():
            if choice.value is not None:
                section, key = field.split(".")
                document[section][key] = choice.value
        return document

    def _cost(self, choice: Choice) -> int:
        """How much an answer stands against treatment where nothing else does."""
        usual = self._background | {choice.field: choice}
        document = self._answers(usual) | {name: [] for name in LISTS}
        return sum(
            -VERDICTS.index(own["verdict"]) * 1000 + len(own["findings"]) + len(own["undecided"])
            for own in (screener.screen(make_intake(document)) for screener in self._screeners)
        )


def state_of(assessment: Mapping[str, Any], rule: str) -> str:
    """Whether a rule fired, is undecided or is ruled out in an assessment."""
    for key, state in _STATES.items():
        if any(item["rule"] == rule for item in assessment[key]):
            return state
    return "ruled out"
