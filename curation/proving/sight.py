"""What a knowledge base sees in an intake, and every kind of entry that it could tell apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import chain, combinations, product
from typing import Any, Final, Protocol, final

from engine import Intake, KnowledgeBase
from engine.answer_tests import Includes, Within
from engine.atoms import ANY, Answered, Atom, Began, Done, NotUnderstood, Stopped, Taking
from engine.chaining import Group, make_blocks, make_groups
from engine.dates import Period, parse_date
from engine.intake import LISTS, NOT_ANSWERED
from engine.normalising import Normaliser
from engine.observation import Observations, Observer
from engine.references import answer_fields
from engine.screening import all_conditions
from engine.truth import Truth
from engine.vocabulary import KIND_OF_LIST, Concept

TREATED: Final = "face"
AWAY: Final = "back"
_STRANGE: Final = "a word that nobody knows"
_ROUTES: Final = ("oral", "injected", "topical", "inhaled", "nasal", "eye")


class Seeing(Protocol):
    """What the situations are worked out from: one knowledge base's sight, or two beside each other.

    ``atoms`` by key; ``places`` of the keys among the codes; ``answered`` are the places of answers.
    """

    on: date
    atoms: Mapping[str, Atom]
    places: Mapping[str, int]
    answered: set[int]

    def look(self, document: Mapping[str, Any]) -> bytes: ...
    def effect_of_entry(self, list_name: str, raw: Mapping[str, Any]) -> dict[int, int]: ...
    def effect_of_answer(self, field: str, value: Any) -> dict[int, int]: ...
    def entries_to_try(self) -> Iterator[tuple[str, dict[str, Any]]]: ...


@final
class Sight:
    """What a knowledge base sees in an intake: the truth values of its atoms, as codes."""

    def __init__(self, knowledge_base: KnowledgeBase) -> None:
        self.knowledge_base = knowledge_base
        self.on = parse_date(knowledge_base.examples_on)
        blocks = make_blocks(make_groups(all_conditions(knowledge_base)))
        self.groups: tuple[Group, ...] = tuple(group for block in blocks for group in block.groups)
        self.atoms: Mapping[str, Atom] = {
            key: atom for group in self.groups for key, atom in group.atoms.items()
        }
        self.places: Mapping[str, int] = {key: place for place, key in enumerate(self.atoms)}
        self.answered = {
            self.places[key] for key, atom in self.atoms.items() if isinstance(atom, Answered)
        }
        self.group_of = {symbol: group for group in self.groups for symbol in group.conditions}
        self.normaliser = Normaliser(knowledge_base.vocabulary)
        self.observer = Observer(self.atoms, knowledge_base.vocabulary)

    def look(self, document: Mapping[str, Any]) -> bytes:
        """The codes of all atoms; the document need hold only what matters."""
        return self.observe(document).values

    def observe(self, document: Mapping[str, Any]) -> Observations:
        """What is seen in a document, which need hold only what matters."""
        intake = Intake(dict(document), self.on)
        return self.observer.observe(intake, self.normaliser.entries(intake))

    def effect_of_entry(self, list_name: str, raw: Mapping[str, Any]) -> dict[int, int]:
        """What one entry does beyond its list having been asked."""
        intake = Intake({"treatment": {"areas": [TREATED]}, list_name: [raw]}, self.on)
        (entry,) = self.normaliser.entries(intake)
        return self.observer.effects(entry, self.on)

    def effect_of_answer(self, field: str, value: Any) -> dict[int, int]:
        """What one answer does to the atoms that read its field."""
        section, key = field.split(".")
        values = self.look({} if value is None else {section: {key: value}})
        return {
            self.places[name]: values[self.places[name]]
            for name, atom in self.atoms.items()
            if isinstance(atom, Answered) and atom.field == field
        }

    def entries_to_try(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """One entry of each kind that a rule could tell apart, the plainest of each concept first."""
        for list_name in LISTS:
            if any(isinstance(atom, NotUnderstood) for atom in self.atoms.values()):
                yield list_name, {"name": _STRANGE}
            for concept in self.knowledge_base.vocabulary.concepts.values():
                if list_name == "allergies" or KIND_OF_LIST[list_name] in concept.kinds:
                    for raw in self.variants(list_name, concept, {"name": concept.label}):
                        yield list_name, raw

    def variants(
        self, list_name: str, concept: Concept, named: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """The entries with a name or code of a concept that a rule could tell apart."""
        bearing = [bearing.atom for bearing in self.observer.bearings_on(list_name, concept.id)]
        if bearing:
            routes = self._routes(concept, bearing) if list_name == "medications" else [{}]
            yield from _variants(self.on, list_name, bearing, named, routes)

    def _routes(self, concept: Concept, bearing: Sequence[Atom]) -> list[dict[str, str]]:
        """No route, and one route of each kind that makes a difference to a medicine's classes."""
        classes = [atom.concept for atom in bearing if isinstance(atom, Taking | Stopped)]
        member = self.knowledge_base.vocabulary.membership
        kinds: dict[tuple[Truth, ...], dict[str, str]] = {}
        for route in _ROUTES:
            belongs = tuple(member(concept.id, name, route) for name in classes)
            kinds.setdefault(belongs, {"route": route})
        return [{}, *kinds.values()]


def _variants(
    today: date,
    list_name: str,
    bearing: Sequence[Atom],
    named: Mapping[str, Any],
    routes: Sequence[Mapping[str, str]],
) -> Iterator[dict[str, Any]]:
    areas = _areas(bearing)
    match list_name:
        case "conditions":
            days = _days(today, (atom.within for atom in bearing if isinstance(atom, Began)))
            for since, area, status in product(
                _maybe("since", days), areas, ("active", "controlled", "resolved", "unknown")
            ):
                yield {**named, "status": status, **area, **since}
        case "medications":
            days = _days(today, (atom.within for atom in bearing if isinstance(atom, Stopped)))
            for route in routes:
                yield from ({**named, **route, "status": status} for status in ("current", "unknown"))
                for stopped in _maybe("stopped_on", days):
                    yield {**named, **route, "status": "stopped", **stopped}
        case "procedures":
            within = (atom.within for atom in bearing if isinstance(atom, Done) and atom.within)
            for day, area in product(_maybe("performed_on", _days(today, within)), areas):
                yield {**named, **area, **day}
        case _:
            yield dict(named)


def _areas(bearing: Iterable[Atom]) -> tuple[dict[str, list[str]], ...]:
    """The treated area and another, where it matters."""
    if all(getattr(atom, "site", ANY) == ANY for atom in bearing):
        return ({},)
    return {"areas": [TREATED]}, {"areas": [AWAY]}


def _maybe(key: str, days: Iterable[date]) -> list[dict[str, str]]:
    return [*({key: day.isoformat()} for day in days), {}]


def _days(today: date, windows: Iterable[Period]) -> list[date]:
    """Today, and the last day on which each window is over; no day where there is no window."""
    windows = list(windows)
    if not windows:
        return []
    return [today, *sorted({first_outside(today, window) for window in windows}, reverse=True)]


@cache
def first_outside(today: date, window: Period) -> date:
    """The latest day from which the whole window has passed."""
    day = today
    while window.after(day) > today:
        day -= timedelta(days=1)
    return day


def fields_read(atoms: Mapping[str, Atom]) -> list[str]:
    """The fields of an intake that some atom reads."""
    found = (atom.field for atom in atoms.values() if isinstance(atom, Answered))
    return list(dict.fromkeys(found))


def answers_to_try(atoms: Mapping[str, Atom], field: str, today: date) -> Iterator[Any]:
    """Every answer to a field that a rule could tell apart, ``None`` (not asked) last."""
    tests = [a.test for a in atoms.values() if isinstance(a, Answered) and a.field == field]
    known = answer_fields()[field]
    included = sorted({test.value for test in tests if isinstance(test, Includes)})
    if included:
        sizes = range(len(included) + 1)
        yield from (list(some) for some in chain(*(combinations(included, n) for n in sizes)))
    else:
        yield from (value for value in known.values if value not in NOT_ANSWERED)
    windows = [test.period for test in tests if isinstance(test, Within)]
    if windows:
        yield from (day.isoformat() for day in _days(today, windows))
    if known.can_be_unknown and not isinstance(known.values, range):
        yield "unknown"
    yield None
