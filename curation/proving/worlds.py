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
from itertools import combinations, product
from typing import Any, Final, NamedTuple, final

from curation.proving.sight import Seeing, answers_to_try, fields_read
from engine.atoms import list_of
from engine.intake import LISTS
from engine.truth import TRUTHS, Truth

MOST_WORLDS: Final = 20_000
"""Where a group of atoms has more situations than this, nothing is proved about it."""


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
class Possibilities:
    """All that intakes can say to one knowledge base, or to two at the same time."""

    def __init__(self, sight: Seeing) -> None:
        self.sight = sight
        self._keys = list(sight.places)
        self.ingredients: list[Ingredient] = [
            Ingredient(list_name, raw, effect)
            for list_name, raw in sight.entries_to_try()
            if (effect := sight.effect_of_entry(list_name, raw))
        ]
        self.choices: dict[str, list[Choice]] = {
            field: [
                Choice(field, value, sight.effect_of_answer(field, value))
                for value in answers_to_try(sight.atoms, field, sight.on)
            ]
            for field in fields_read(sight.atoms)
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

    def unasked(self, list_name: str) -> dict[int, int]:
        """The codes that a list gives to atoms while it was not asked."""
        every = self._silence[frozenset(LISTS)]
        silent = self._silence[frozenset(LISTS) - {list_name}]
        return {
            place: code
            for place, code in enumerate(silent)
            if code != every[place] and place not in self.sight.answered
        }

    def alike(self, entry: Ingredient, places: Sequence[int]) -> list[Ingredient]:
        """Entries of the same list that say the same to atoms at some places, the plainest first.

        Of those that say the same to all other atoms too there is only one.
        """
        codes = [entry.effect.get(place, 0) for place in places]
        found: dict[tuple[tuple[int, int], ...], Ingredient] = {}
        for number in sorted({n for place in places for n in self._by_place.get(place, ())}):
            other = self.ingredients[number]
            said = [other.effect.get(place, 0) for place in places]
            if other.list_name == entry.list_name and said == codes:
                found.setdefault(tuple(sorted(other.effect.items())), other)
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
