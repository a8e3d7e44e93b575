"""Records that are meant to hurt, the same ones for the same seed; a tenth of them is broken.

All others are valid, each in its own way too crowded, too strange, too empty or contradictory. A
quarter of their names are words that nobody has said before and nobody will say again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any, Final, final

from benchmarks.broken import NASTY, spoil
from benchmarks.strangers import SPECIAL, StrangeWords
from benchmarks.words import Draw, Ranking, happens, pick
from engine import KnowledgeBase
from engine.vocabulary import KIND_OF_LIST

_BROKEN: Final = 0.1
_STRANGE: Final = 0.25
_FEWEST: Final = 3
_MOST: Final = 12
_SCREENED_ON: Final = ("2024-02-29", "2024-12-31", "2025-03-30", "2025-06-15", "2025-11-01")
_WORST: Final[dict[str, Any]] = {
    "screened_on": "2024-02-29",
    "client": {"age_years": 17, "pregnancy": "yes", "breastfeeding": "yes",
               "skin_sensitivity": "very_sensitive", "fitzpatrick_type": 6},
    "treatment": {"setting": "home", "device": "radiofrequency", "areas": ["whole_body"],
                  "goals": ["deep_scars", "deep_scars", "hair"]},
    "lifestyle": {"alcohol": "frequent", "smoking": "yes"},
}  # fmt: skip
_ENDLESS: Final = (
    "x" * 100_000,
    "\u202e" * 33_000,
    "\U0001f489" * 25_000,
    "<b>" * 33_000,
    "\n" * 50_000,
)
_AREAS: Final = ("face", "nose", "whole_body", "scalp", "genitals", "feet", "around_lips")
_NOW: Final[dict[str, dict[str, str]]] = {
    "conditions": {"status": "active"},
    "medications": {"status": "current"},
    "procedures": {"performed_on": "2024-02-28"},
    "allergies": {},
}


def hostile(knowledge_base: KnowledgeBase, seed: int = 1) -> Iterator[bytes]:
    """Records without end, none with a line break in it; about a tenth has to be refused."""
    attacker = _Attacker(knowledge_base, Random(seed).random)
    return (attacker.record(number) for number in count(1))


@final
class _Attacker:
    """Makes the records, each in one of its ways."""

    def __init__(self, knowledge_base: KnowledgeBase, draw: Draw) -> None:
        vocabulary = knowledge_base.vocabulary
        terms = {term.written: vocabulary.concepts[term.concept] for term in vocabulary.names.values()}
        self._draw = draw
        names = {
            list_name: sorted(name for name, concept in terms.items() if kind in concept.kinds)
            for list_name, kind in KIND_OF_LIST.items()
        }
        self._feared = {
            list_name: [name for name in names[list_name] if not terms[name].of_no_concern]
            for list_name in KIND_OF_LIST
        }
        self._ranking = {name: Ranking(vocabulary, name, draw) for name in KIND_OF_LIST}
        self._codes = [
            {"system": system, "value": term.written}
            for system, codes in sorted(vocabulary.codes.items())
            for term in sorted(codes.values())
        ]
        self._stranger = StrangeWords([*names["conditions"], *names["medications"]], draw).one
        self._ways = (
            *((self._crowd,) * 4), *((self._bare,) * 7), *((self._silence,) * 2),
            *((self._contradictions,) * 3), *((self._injections,) * 3), self._far_days,
        )  # fmt: skip

    def record(self, number: int) -> bytes:
        draw = self._draw
        if happens(draw, _BROKEN):
            parts = pick(draw, (self._crowd, self._bare, self._silence, self._injections))()
            return spoil(_compact(self._head(number) | parts), draw, NASTY)
        document = self._head(number) | pick(draw, self._ways)()
        if happens(draw, 0.003):
            document["notes"] = pick(draw, _ENDLESS)
        return pick(draw, _STYLES)(document)

    def _head(self, number: int) -> dict[str, Any]:
        draw = self._draw
        own, twin = f"hostile-{number}", f"twin-{int(draw() * 40)}"
        intake_id = pick(draw, (own, own, twin, pick(draw, SPECIAL)))
        return {"intake_id": intake_id, "screened_on": pick(draw, _SCREENED_ON)}

    def _many(self) -> range:
        return range(_FEWEST + int(self._draw() * (_MOST - _FEWEST + 1)))

    def _said(self, list_name: str) -> str:
        """A word that nobody knows, or a name as often as clients say it."""
        draw = self._draw
        return self._stranger() if happens(draw, _STRANGE) else self._ranking[list_name].said(draw)

    def _dreaded(self, list_name: str) -> str:
        """A word that nobody knows, or any name that a rule may fear."""
        draw = self._draw
        return self._stranger() if happens(draw, _STRANGE) else pick(draw, self._feared[list_name])

    def _crowd(self) -> dict[str, Any]:
        """Everything at once, and everything now."""
        return _WORST | {
            name: [{"name": self._dreaded(name)} | _NOW[name] for _ in self._many()]
            for name in KIND_OF_LIST
        }

    def _bare(self) -> dict[str, Any]:
        """Words and nothing about them: no status, no area, no date."""
        return {
            name: [{"name": self._said(name)} for _ in self._many()]
            for name in KIND_OF_LIST
            if happens(self._draw, 0.8)
        }

    def _silence(self) -> dict[str, Any]:
        """Nothing is answered, in one of the ways of not answering."""
        answer = pick(self._draw, ("unknown", "declined", ""))
        if not answer:
            return {}
        entries = [{"name": pick(self._draw, self._feared["conditions"]), "status": "unknown"}]
        medicines = [{"name": pick(self._draw, self._feared["medications"]), "status": "unknown"}]
        return {
            "client": {"pregnancy": answer, "breastfeeding": answer, "skin_sensitivity": answer},
            "treatment": {"device": "unknown", "needle_material": "unknown", "areas": [], "goals": []},
            "lifestyle": {"alcohol": answer, "smoking": answer, "last_sunburn_or_tan": answer},
            "conditions": entries * len(self._many()),
            "medications": medicines * len(self._many()),
        }

    def _contradictions(self) -> dict[str, Any]:
        """Codes that say something else than their names, and answers that deny the entries."""
        lists = {
            name: [{"name": self._said(name), "code": self._code()} for _ in self._many()]
            for name in KIND_OF_LIST
        }
        medicine = pick(self._draw, ("warfarin", "Efudex", "Protopic", "isotretinoin"))
        lists["medications"][:_FEWEST] = [
            {"name": medicine, "status": status, "route": route}
            for status, route in (("current", "eye"), ("absent", "oral"), ("stopped", "topical"))
        ]
        lists["conditions"][-2:] = [
            {"name": "pregnant"},
            {"name": "breastfeeding", "status": "controlled"},
        ]
        return {"client": {"pregnancy": "no", "breastfeeding": "not_applicable"}, **lists}

    def _code(self) -> dict[str, str]:
        draw = self._draw
        code: dict[str, str] = pick(draw, self._codes)
        if happens(draw, 0.6):
            return code
        value = pick(draw, (code["value"] + "X9", " " + code["value"].lower() + " . ", "ZZZ", "\u202e1"))
        return {"system": pick(draw, ("icd-10", "icd-10-cm", "atc", "snomed-ct")), "value": value}

    def _injections(self) -> dict[str, Any]:
        """Markup, formulas and commands for whoever shows, stores or opens the results."""
        draw = self._draw
        special = [text for text in SPECIAL if text.strip()]  # a name is never only a blank
        lists = {
            name: [
                {"name": pick(draw, special) if happens(draw, 0.5) else self._said(name)}
                for _ in self._many()
            ]
            for name in KIND_OF_LIST
        }
        outcome = pick(draw, ("treated", "declined", "deferred", "referred"))
        decision = {"outcome": outcome, "on": "2024-02-29"}
        return {**lists, "notes": pick(draw, SPECIAL), "recorded_decision": decision}

    def _far_days(self) -> dict[str, Any]:
        """The ends of the calendar, leap days, and the same entry over and over."""
        first, last, leap = "0001-01-01", "9999-12-31", "2024-02-29"
        day = pick(self._draw, (first, last, leap))
        born = pick(self._draw, ({"age_years": 0}, {"age_years": 120}, {"birth_date": day}, {}))
        done = {"performed_on": day, "areas": list(_AREAS) * int(self._draw() * 9)}
        procedures = [{"name": self._dreaded("procedures")} | done for _ in self._many()]
        medicines = [{"name": "ibuprofen", "stopped_on": day}] * len(self._many())
        lists = {"procedures": procedures, "medications": medicines}
        scars = [{"name": "scar", "status": "active", "since": day, "areas": ["nose"]}] * _FEWEST
        return {"screened_on": day, "client": born, **lists, "conditions": scars}


def _compact(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _plain(document: dict[str, Any]) -> bytes:
    return _compact(document).encode()


def _escaped(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


def _backwards(document: dict[str, Any]) -> bytes:
    return json.dumps(dict(reversed(document.items())), separators=(" ,\t", "\t: ")).encode()


def _with_carriage_returns(document: dict[str, Any]) -> bytes:
    return b"\xef\xbb\xbf" + json.dumps(document, indent=1).replace("\n", "\r").encode()


def _with_escaped_keys(document: dict[str, Any]) -> bytes:
    return b" \t" + _compact(document).replace('"name":', '"n\\u0061me" : ').encode() + b" "


_STYLES: Final = (
    *((_plain,) * 12), *((_escaped,) * 4), *((_backwards,) * 2),
    _with_carriage_returns, _with_escaped_keys,
)  # fmt: skip
"""The ways in which JSON can be written on one line."""
