"""Two knowledge bases that look at the same intake: their atoms side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final, final

from curation.proving.sight import Sight
from engine import KnowledgeBase
from engine.atoms import Atom
from engine.intake import LISTS
from engine.vocabulary import KIND_OF_LIST, Concept, Term, Vocabulary

OLD: Final = "old "
NEW: Final = "new "


@final
class JointSight:
    """What two versions see in an intake; the keys of atoms begin with the version."""

    def __init__(self, old: KnowledgeBase, new: KnowledgeBase) -> None:
        self.old, self.new = Sight(old), Sight(new)
        self.old.on = self.on = self.new.on
        self.atoms: Mapping[str, Atom] = {
            version + key: atom
            for version, sight in ((OLD, self.old), (NEW, self.new))
            for key, atom in sight.atoms.items()
        }
        self.places: Mapping[str, int] = {key: place for place, key in enumerate(self.atoms)}
        self._behind = len(self.old.atoms)
        self.answered = self.old.answered | {self._behind + place for place in self.new.answered}

    def look(self, document: Mapping[str, Any]) -> bytes:
        """The codes of the old atoms, then those of the new."""
        return self.old.look(document) + self.new.look(document)

    def effect_of_entry(self, list_name: str, raw: Mapping[str, Any]) -> dict[int, int]:
        """What one entry does to the old and to the new atoms."""
        return self._beside(
            self.old.effect_of_entry(list_name, raw), self.new.effect_of_entry(list_name, raw)
        )

    def effect_of_answer(self, field: str, value: Any) -> dict[int, int]:
        """What one answer does to the old and to the new atoms."""
        return self._beside(
            self.old.effect_of_answer(field, value), self.new.effect_of_answer(field, value)
        )

    def entries_to_try(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What either version could tell apart, and every name and code that changed its meaning."""
        seen: set[str] = set()
        for list_name, raw in chain(
            self.old.entries_to_try(), self.new.entries_to_try(), self._changed_terms()
        ):
            key = f"{list_name} {sorted(raw.items())}"
            if key not in seen:
                seen.add(key)
                yield list_name, raw

    def _beside(self, old: Mapping[int, int], new: Mapping[int, int]) -> dict[int, int]:
        return {**old, **{self._behind + place: code for place, code in new.items()}}

    def _changed_terms(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for named, concepts in changed_terms(
            self.old.knowledge_base.vocabulary, self.new.knowledge_base.vocabulary
        ):
            for sight in (self.old, self.new):
                for concept in concepts:
                    yield from _as_entries(sight, named, concept)


def changed_terms(old: Vocabulary, new: Vocabulary) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """Names and codes with another meaning than before, as in an entry; what they meant and mean."""
    forms = {**old.names, **new.names}
    told: set[str] = set()
    for form, term in forms.items():
        before, after = old.names.get(form), new.names.get(form)
        if _meaning(before) != _meaning(after) and term.written not in told:
            told.add(term.written)
            yield {"name": term.written}, _concepts(before, after)
    for system in sorted({*old.codes, *new.codes}):
        codes = {**old.codes.get(system, {}), **new.codes.get(system, {})}
        for code, term in codes.items():
            before = old.codes.get(system, {}).get(code)
            after = new.codes.get(system, {}).get(code)
            if _meaning(before) != _meaning(after):
                named = {"code": {"system": _SYSTEMS.get(system, system), "value": term.written}}
                yield named, _concepts(before, after)


_SYSTEMS: Final = {"icd-10": "icd-10-cm"}


def _meaning(term: Term | None) -> tuple[str, str | None] | None:
    return (term.concept, term.route) if term else None


def _concepts(*terms: Term | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(term.concept for term in terms if term))


def _as_entries(
    sight: Sight, named: Mapping[str, Any], concept: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Entries with a name or code, in every list in which its concept belongs."""
    found: Concept | None = sight.knowledge_base.vocabulary.concepts.get(concept)
    if found is None:
        return
    for list_name in LISTS:
        if list_name == "allergies" or KIND_OF_LIST[list_name] in found.kinds:
            yield list_name, dict(named)
            for raw in sight.variants(list_name, found, named):
                yield list_name, raw
