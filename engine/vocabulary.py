"""The vocabulary: concepts, what lies under what, and the names and codes that mean them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar, final

from engine.closest import NameShelf
from engine.names import lookup_forms
from engine.truth import Truth

T = TypeVar("T")

KIND_OF_LIST: Mapping[str, str] = {
    "conditions": "condition",
    "medications": "medication",
    "procedures": "procedure",
    "allergies": "allergen",
}
"""Which kind of concept belongs in which list; ``allergies`` takes any."""


@final
class Concept(NamedTuple):
    """One meaning, such as warfarin, eczema or a chemical peel.

    ``routes``: on a class of medicines, the routes by which a medicine belongs to it (empty:
    any). ``implies_taking``: the classes of medicine that a condition says are in use.
    ``also_said_of``: narrower concepts outside this one that its names and codes are used for too.
    """

    id: str
    label: str
    kinds: tuple[str, ...]
    parents: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    usual_route: str | None = None
    usual_areas: tuple[str, ...] = ()
    also_said_of: tuple[str, ...] = ()
    implies_status: str | None = None
    implies_taking: tuple[str, ...] = ()
    of_no_concern: bool = False


class Term(NamedTuple):
    """A name or code, the concept that it means, and its route if it names one form only."""

    written: str
    concept: str
    route: str | None = None


@final
class VagueTerm(NamedTuple):
    """A term that could mean several things, so that it is not recognised."""

    written: str
    why: str
    suggestions: tuple[str, ...]


@final
@dataclass(frozen=True)
class Vocabulary:
    """All concepts with their names and codes; building it checks nothing (loading does)."""

    concepts: Mapping[str, Concept]
    names: Mapping[str, Term]
    codes: Mapping[str, Mapping[str, Term]]
    vague: Mapping[str, VagueTerm]
    _above: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)
    _of_list: dict[str, Mapping[str, Term]] = field(default_factory=dict, repr=False)
    _shelves: dict[str, NameShelf] = field(default_factory=dict, repr=False)

    def above(self, concept: str) -> frozenset[str]:
        """The ids of ``concept`` and of everything that it lies under."""
        found = self._above.get(concept)
        if found is None:
            parents = self.concepts[concept].parents
            found = frozenset({concept}).union(*(self.above(parent) for parent in parents))
            self._above[concept] = found
        return found

    def narrower(self, one: str, other: str) -> str | None:
        """The narrower of two concepts that can be said of the same thing, else ``None``.

        They can if one lies under the other, or if the words for one are used for the other too.
        """
        if other in self.above(one):
            return one
        if one in self.above(other):
            return other
        for wide, narrow in ((one, other), (other, one)):
            if not self.above(narrow).isdisjoint(self.concepts[wide].also_said_of):
                return narrow
        return None

    def membership(self, concept: str, medicine_class: str, route: str | None) -> Truth:
        """Whether a medicine taken by ``route`` belongs to a class (POLICY, ``taking``).

        Every class on the way up counts: a medicine is an NSAID by mouth only, whatever lies
        between. ``route`` is ``None`` when it is not known.
        """
        if medicine_class not in self.above(concept):
            return "no"
        wanted = self.concepts[medicine_class].routes
        if not wanted or route in wanted:
            return "yes"
        return "unknown" if route is None else "no"

    def find_name(self, name: str) -> Term | None:
        """The term that a written name means, matched whole (see :mod:`engine.names`)."""
        return next(_filed(self.names, name), None)

    def find_vague(self, name: str) -> VagueTerm | None:
        """The vague term that a written name is, if it is one."""
        return next(_filed(self.vague, name), None)

    def find_code(self, system: str, value: str) -> Term | None:
        """The term that a code means: SNOMED CT exactly, ICD and ATC by the longest prefix."""
        shelf = self.codes.get(code_shelf(system), {})
        code = plain_code(value)
        if system == "snomed-ct":
            return shelf.get(code)
        return next((shelf[code[:end]] for end in range(len(code), 0, -1) if code[:end] in shelf), None)

    def names_of_list(self, list_name: str) -> Mapping[str, Term]:
        """The filed names that belong in one list of an intake."""
        if list_name == "allergies":
            return self.names
        found = self._of_list.get(list_name)
        if found is None:
            kind = KIND_OF_LIST[list_name]
            found = self._of_list[list_name] = {
                form: term
                for form, term in self.names.items()
                if kind in self.concepts[term.concept].kinds
            }
        return found

    def shelf_of_list(self, list_name: str) -> NameShelf:
        """The same names, among which the closest to a word can be found."""
        shelf = self._shelves.get(list_name)
        if shelf is None:
            shelf = self._shelves[list_name] = NameShelf(self.names_of_list(list_name))
        return shelf


def code_shelf(system: str) -> str:
    """The list of codes that a code system shares: the two ICD-10 systems have one."""
    return "icd-10" if system.startswith("icd-10") else system


def plain_code(value: str) -> str:
    """A code without case, dots and spaces."""
    return "".join(value.upper().replace(".", "").split())


def _filed(shelf: Mapping[str, T], name: str) -> Iterator[T]:
    forms: Iterable[str] = lookup_forms(name)
    return (shelf[form] for form in forms if form in shelf)
