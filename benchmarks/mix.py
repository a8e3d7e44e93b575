"""A seeded mix of intakes as a clinic might see them: mostly ordinary, all different.

The names come from the shipped vocabulary. Of the clients' conditions and medicines about half are
of no concern; now and then a word is unknown, a question open, a date missing.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from engine import KnowledgeBase
from engine.vocabulary import KIND_OF_LIST

SCREENED_ON: Final = date(2026, 6, 15)
_AREAS: Final = ("face", "cheeks", "forehead", "neck", "chest", "back", "arms", "legs")
_GOALS: Final = ("acne_scars", "fine_lines", "wrinkles", "enlarged_pores", "stretch_marks", "deep_scars")


class Mix:
    """Makes intakes, one after another, the same ones for the same seed."""

    def __init__(self, knowledge_base: KnowledgeBase, seed: int = 1) -> None:
        self._chance = Random(seed)
        vocabulary = knowledge_base.vocabulary
        terms = {term.written: vocabulary.concepts[term.concept] for term in vocabulary.names.values()}
        self._names = {
            (list_name, no_concern): sorted(
                name
                for name, concept in terms.items()
                if kind in concept.kinds and concept.of_no_concern == no_concern
            )
            for list_name, kind in KIND_OF_LIST.items()
            for no_concern in (True, False)
        }

    def intakes(self, count: int) -> list[bytes]:
        """So many different intakes as JSON text."""
        return [json.dumps(self._intake(number)).encode() for number in range(count)]

    def _intake(self, number: int) -> dict[str, Any]:
        pick = self._chance.choice
        return {
            "intake_id": f"client-{number}",
            "screened_on": SCREENED_ON.isoformat(),
            "client": {
                "age_years": self._chance.randint(17, 70),
                "pregnancy": pick(("no", "no", "no", "not_applicable", "not_applicable", "unknown")),
                "breastfeeding": pick(
                    ("no", "no", "no", "not_applicable", "not_applicable", "declined")
                ),
                "skin_sensitivity": pick(("normal", "normal", "normal", "sensitive", "very_sensitive")),
                "fitzpatrick_type": self._chance.randint(1, 6),
            },
            "treatment": {
                "device": pick(("pen", "pen", "pen", "roller", "radiofrequency", "unknown")),
                "areas": self._chance.sample(_AREAS, self._chance.randint(1, 2)),
                "goals": self._chance.sample(_GOALS, self._chance.randint(1, 2)),
            },
            **{name: self._entries(name) for name in KIND_OF_LIST if self._chance.random() < 0.95},  # noqa: PLR2004
            "lifestyle": {
                "alcohol": pick(("none", "occasional", "occasional", "frequent")),
                "smoking": pick(("no", "no", "no", "yes")),
                "last_sunburn_or_tan": pick(("none", "unknown", self._day_before(120))),
            },
        }

    def _entries(self, list_name: str) -> list[dict[str, Any]]:
        count = self._chance.choice((0, 0, 1, 1, 2, 3))
        return [self._entry(list_name) for _ in range(count)]

    def _entry(self, list_name: str) -> dict[str, Any]:
        pick = self._chance.choice
        harmless = self._names[list_name, True]
        shelf = harmless if harmless and self._chance.random() < 0.5 else self._names[list_name, False]  # noqa: PLR2004
        name = pick(shelf)
        if self._chance.random() < 0.05:  # noqa: PLR2004 - a slip of the pen
            name = name[:-2] + name[-1:] + name[-2:-1]
        entry: dict[str, Any] = {"name": name}
        if list_name == "conditions":
            entry["status"] = pick(
                ("active", "controlled", "controlled", "resolved", "absent", "unknown")
            )
            if self._chance.random() < 0.5:  # noqa: PLR2004
                entry["areas"] = [pick(_AREAS)]
        elif list_name == "medications" and self._chance.random() < 0.3:  # noqa: PLR2004
            entry["stopped_on"] = self._day_before(400)
        elif list_name == "procedures" and self._chance.random() < 0.9:  # noqa: PLR2004
            entry |= {"performed_on": self._day_before(400), "areas": [pick(_AREAS)]}
        return entry

    def _day_before(self, longest: int) -> str:
        return (SCREENED_ON - timedelta(days=self._chance.randint(0, longest))).isoformat()
