"""Every situation that a few atoms can be in: exact, finite, and each with an intake that shows it.

What an intake says about atoms comes from answers, each its own, and from the entries of lists,
which add up: where several entries bear on an atom, the strongest counts (:mod:`engine.truth`). So
the situations are found by trying out what the engine makes of every kind of entry (each concept,
status, place, route, and a day on each side of every time window) and by adding entries up until
nothing new comes. Relations between atoms need not be stated: active implies present, within 28 days
implies within 56, and a concept implies what it lies under, because no entry does otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, combinations, product
from typing import Any, Final, NamedTuple, final

from engine import Intake, KnowledgeBase
from engine.answer_tests import Includes, Within
from engine.atoms import Answered, Atom, Began, Done, NotUnderstood, Stopped, list_of
from engine.chaining import Group, make_blocks, make_groups
from engine.dates import Period, parse_date
from engine.entries import Normaliser
from engine.intake import LISTS, NOT_ANSWERED
from engine.observation import Observations, Observer
from engine.references import answer_fields
from engine.screening import all_conditions
from engine.truth import TRUTHS, Truth
from engine.vocabulary import KIND_OF_LIST, Concept

TREATED: Final = "face"
AWAY: Final = "back"
MOST_WORLDS: Final = 20_000
"""Where a group of atoms has more situations than this, nothing is proved about it."""

_STRANGE: Final = "a word that nobody knows"
_ROUTES: Final = ("oral", "injected", "topical", "inhaled", "nasal", "eye")


class TooManyWorldsError(Exception):
    """The atoms can be in more situations than :data:`MOST_WORLDS`."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Ingredient:
    """An entry that an intake may hold, and the codes that it gives to atoms, by their place."""

    list_name: str
    raw: Mapping[str, Any]
    effect: Mapping[int, int]


@final
class Choice(NamedTuple):
    """An answer to a field (``None``: not asked), and the codes that it gives to atoms."""

    field: str
    value: Any
    effect: Mapping[int, int]


@final
class World(NamedTuple):
    """A situation: the truth values of the atoms in question, and the smallest way to get there.

    ``asked`` are those of the lists in question that were asked.
    """

    keys: tuple[str, ...]
    truths: tuple[Truth, ...]
    asked: frozenset[str]
    entries: tuple[Ingredient, ...]
    answers: tuple[Choice, ...]

    @property
    def by_key(self) -> dict[str, Truth]:
        """The truth value of each atom by its key."""
        return dict(zip(self.keys, self.truths, strict=True))

    @property
    def size(self) -> int:
        """How much there is to read in its intake."""
        return len(self.entries)


@final
class Sight:
    """What a knowledge base sees in an intake: the truth values of its atoms, as codes."""

    def __init__(self, knowledge_base: KnowledgeBase) -> None:
        self.knowledge_base = knowledge_base
        self.on = parse_date(knowledge_base.examples_on)
        blocks = make_blocks(make_groups(all_conditions(knowledge_base)))
        self.groups: tuple[Group, ...] = tuple(group for block in blocks for group in block.groups)
        self.atoms: dict[str, Atom] = {
            key: atom for group in self.groups for key, atom in group.atoms.items()
        }
        self.places = {key: place for place, key in enumerate(self.atoms)}
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
        lists: dict[str, list[Any]] = {name: [] for name in LISTS}
        lists[list_name] = [raw]
        values = self.look({"treatment": {"areas": [TREATED]}, **lists})
        return {place: code for place, code in enumerate(values) if code and place not in self.answered}

    def effect_of_answer(self, field: str, value: Any) -> dict[int, int]:
        """What one answer does to the atoms that read its field."""
        section, key = field.split(".")
        values = self.look({} if value is None else {section: {key: value}})
        return {
            self.places[name]: values[self.places[name]]
            for name, atom in self.atoms.items()
            if isinstance(atom, Answered) and atom.field == field
        }


@final
class Possibilities:
    """All that intakes can say to one knowledge base."""

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        self._keys = list(sight.places)
        self.ingredients: list[Ingredient] = [
            Ingredient(list_name, raw, effect)
            for list_name, raw in entries_to_try(sight)
            if (effect := sight.effect_of_entry(list_name, raw))
        ]
        self.choices: dict[str, list[Choice]] = {
            field: [
                Choice(field, value, sight.effect_of_answer(field, value))
                for value in answers_to_try(sight, field)
            ]
            for field in fields_read(sight)
        }
        self._by_place: dict[int, list[int]] = {}
        for number, ingredient in enumerate(self.ingredients):
            for place in ingredient.effect:
                self._by_place.setdefault(place, []).append(number)
        self._silence = {
            asked: sight.look({name: [] for name in asked})
            for size in range(len(LISTS) + 1)
            for asked in map(frozenset, combinations(LISTS, size))
        }

    def worlds(self, keys: Sequence[str]) -> list[World]:
        """Every situation of these atoms once, those with the fewest entries first.

        Raises TooManyWorldsError.
        """
        places = [self.sight.places[key] for key in keys]
        fields = [field for field in self.choices if self._reads(field, places)]
        answers = [self._distinct_choices(field, places) for field in fields]
        own = [place for place in places if not self._is_answer(place)]
        found: dict[tuple[tuple[Truth, ...], frozenset[str]], World] = {}
        for asked, codes, entries in self._listed(own):
            for chosen in product(*answers):
                said = dict(zip(own, codes, strict=True))
                said |= {place: code for choice in chosen for place, code in choice.effect.items()}
                truths = tuple(TRUTHS[said[place]] for place in places)
                world = World(tuple(keys), truths, asked, entries, chosen)
                known = found.get((truths, asked))
                if known is None or world.size < known.size:
                    found[truths, asked] = world
            if len(found) > MOST_WORLDS:
                raise TooManyWorldsError
        return sorted(found.values(), key=lambda world: world.size)

    def relevant(self, keys: Iterable[str]) -> list[Ingredient]:
        """The entries that bear on any of these atoms, of those alike only the first."""
        places = [self.sight.places[key] for key in keys]
        found: dict[tuple[Any, ...], Ingredient] = {}
        for number in sorted({n for place in places for n in self._by_place.get(place, ())}):
            ingredient = self.ingredients[number]
            codes = tuple([ingredient.effect.get(place, 0) for place in places])
            found.setdefault((ingredient.list_name, codes), ingredient)
        return list(found.values())

    def heard(self, keys: Iterable[str]) -> set[object]:
        """The entries and fields that bear on some atoms; rules that share none are independent."""
        places = {self.sight.places[key] for key in keys}
        entries = {number for place in places for number in self._by_place.get(place, ())}
        return entries | {field for field in self.choices if self._reads(field, places)}

    def lists_of(self, keys: Iterable[str]) -> frozenset[str]:
        """The lists that bear on any of these atoms."""
        keys = list(keys)
        own = {name for key in keys if (name := list_of(self.sight.atoms[key])) is not None}
        bearing = (n for key in keys for n in self._by_place.get(self.sight.places[key], ()))
        return frozenset(own) | {self.ingredients[number].list_name for number in bearing}

    def _listed(
        self, places: Sequence[int]
    ) -> Iterator[tuple[frozenset[str], bytes, tuple[Ingredient, ...]]]:
        """What lists can say about atoms: which were asked, the codes, the fewest entries."""
        keys = [self._keys[place] for place in places]
        ingredients = self.relevant(keys)
        lists = sorted(self.lists_of(keys))
        for size in range(len(lists), -1, -1):
            for asked in map(frozenset, combinations(lists, size)):
                silence = self._silence[asked]
                start = bytes(silence[place] for place in places)
                usable = [
                    (i, bytes(i.effect.get(place, 0) for place in places))
                    for i in ingredients
                    if i.list_name in asked
                ]
                for codes, entries in _sums(start, usable).items():
                    yield asked, codes, entries

    def _reads(self, field: str, places: Iterable[int]) -> bool:
        effect = self.choices[field][0].effect
        return any(place in effect for place in places)

    def _is_answer(self, place: int) -> bool:
        return place in self.sight.answered

    def _distinct_choices(self, field: str, places: Sequence[int]) -> list[Choice]:
        found: dict[tuple[int | None, ...], Choice] = {}
        for choice in self.choices[field]:
            found.setdefault(tuple(choice.effect.get(place) for place in places), choice)
        return list(found.values())


def _sums(
    start: bytes, usable: Sequence[tuple[Ingredient, bytes]]
) -> dict[bytes, tuple[Ingredient, ...]]:
    """All that entries can add up to, each with the fewest entries that do."""
    found: dict[bytes, tuple[Ingredient, ...]] = {start: ()}
    ahead = [start]
    for codes in ahead:  # grows while it is walked: the fewest entries come first
        for ingredient, effect in usable:
            summed = bytes(map(max, codes, effect))
            if summed not in found:
                found[summed] = (*found[codes], ingredient)
                ahead.append(summed)
        if len(found) > MOST_WORLDS:
            raise TooManyWorldsError
    return found


def entries_to_try(sight: Sight) -> Iterator[tuple[str, dict[str, Any]]]:
    """One entry of each kind that a rule could tell apart, the plainest of each concept first."""
    for list_name in LISTS:
        if any(isinstance(atom, NotUnderstood) for atom in sight.atoms.values()):
            yield list_name, {"name": _STRANGE}
        for concept in sight.knowledge_base.vocabulary.concepts.values():
            if list_name == "allergies" or KIND_OF_LIST[list_name] in concept.kinds:
                yield from ((list_name, raw) for raw in _variants(sight, list_name, concept))


def _variants(sight: Sight, list_name: str, concept: Concept) -> Iterator[dict[str, Any]]:
    bearing = [bearing.atom for bearing in sight.observer.bearings_on(list_name, concept.id)]
    if not bearing:
        return
    named = {"name": concept.label}
    match list_name:
        case "conditions":
            days = _days(sight.on, (atom.within for atom in bearing if isinstance(atom, Began)))
            for since, area, status in product(
                _maybe("since", days), _areas(), ("active", "controlled", "resolved", "unknown")
            ):
                yield {**named, "status": status, **area, **since}
        case "medications":
            days = _days(sight.on, (atom.within for atom in bearing if isinstance(atom, Stopped)))
            routes: list[dict[str, str]] = [{}, *({"route": route} for route in _ROUTES)]
            for route in routes:
                yield from ({**named, **route, "status": status} for status in ("current", "unknown"))
                for stopped in _maybe("stopped_on", days):
                    yield {**named, **route, "status": "stopped", **stopped}
        case "procedures":
            within = (atom.within for atom in bearing if isinstance(atom, Done) and atom.within)
            for day, area in product(_maybe("performed_on", _days(sight.on, within)), _areas()):
                yield {**named, **area, **day}
        case _:
            yield named


def _areas() -> tuple[dict[str, list[str]], ...]:
    return {"areas": [TREATED]}, {"areas": [AWAY]}


def _maybe(key: str, days: Iterable[date]) -> list[dict[str, str]]:
    return [*({key: day.isoformat()} for day in days), {}]


def _days(today: date, windows: Iterable[Period]) -> list[date]:
    """Today, and the last day on which each window is over."""
    windows = list(windows)
    return [today, *sorted({first_outside(today, window) for window in windows}, reverse=True)]


def first_outside(today: date, window: Period) -> date:
    """The latest day from which the whole window has passed."""
    day = today
    while window.after(day) > today:
        day -= timedelta(days=1)
    return day


def fields_read(sight: Sight) -> list[str]:
    """The fields of an intake that some atom reads."""
    found = (atom.field for atom in sight.atoms.values() if isinstance(atom, Answered))
    return list(dict.fromkeys(found))


def answers_to_try(sight: Sight, field: str) -> Iterator[Any]:
    """Every answer to a field that a rule could tell apart, ``None`` (not asked) last."""
    tests = [a.test for a in sight.atoms.values() if isinstance(a, Answered) and a.field == field]
    known = answer_fields()[field]
    included = sorted({test.value for test in tests if isinstance(test, Includes)})
    if included:
        sizes = range(len(included) + 1)
        yield from (list(some) for some in chain(*(combinations(included, n) for n in sizes)))
    else:
        yield from (value for value in known.values if value not in NOT_ANSWERED)
    windows = [test.period for test in tests if isinstance(test, Within)]
    if windows:
        yield from (day.isoformat() for day in _days(sight.on, windows))
    if known.can_be_unknown and not isinstance(known.values, range):
        yield "unknown"
    yield None
