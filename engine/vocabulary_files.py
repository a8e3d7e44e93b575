"""Building the vocabulary from its files, with every clash reported where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, final

from engine.circles import circles
from engine.errors import KnowledgeBaseProblem
from engine.names import fold_all
from engine.sound_parts import Losses, items_in
from engine.vocabulary import Concept, Term, VagueTerm, Vocabulary, code_shelf, plain_code
from engine.yaml_files import YamlFile

_AND: Final = " and "


@final
class VocabularyBuilder:
    """Files in, one :class:`Vocabulary` out; ``problems`` says what is wrong with it."""

    def __init__(self, losses: Losses) -> None:
        self.losses = losses
        self.problems: list[KnowledgeBaseProblem] = []
        self._concepts: dict[str, Concept] = {}
        self._names: dict[str, Term] = {}
        self._codes: dict[str, dict[str, Term]] = {"icd-10": {}, "atc": {}, "snomed-ct": {}}
        self._vague: dict[str, VagueTerm] = {}

    def build(self, files: Sequence[YamlFile]) -> Vocabulary:
        """Read all vocabulary files; the result is usable only if ``problems`` stays empty."""
        for file in files:
            for index, data in items_in(file.data.get("concepts", ())):
                self._add_concept(file, index, data)
            self._file_names(file)
        self._file_without_and()
        for file in files:
            self._add_vague(file)
            for index, data in items_in(file.data.get("concepts", ())):
                self._check_parents(file, index, data)
        self._check_circles(files)
        return Vocabulary(self._concepts, self._names, self._codes, self._vague)

    def _add_concept(self, file: YamlFile, index: int, data: Mapping[str, Any]) -> None:
        place = ("concepts", index)
        if data["id"] in self._concepts:
            remedy = "Give one of the two another id, or make one concept of them."
            message = f"the concept {data['id']} stands twice"
            self._report(file, place, message, "KB201", remedy, ("id",))
            return
        kind = data["kind"]
        self._concepts[data["id"]] = Concept(
            id=data["id"],
            label=data["label"],
            kinds=tuple(kind) if isinstance(kind, list) else (kind,),
            parents=tuple(data.get("parents", ())),
            routes=tuple(data.get("routes", ())),
            usual_route=data.get("usual_route"),
            usual_areas=tuple(data.get("usual_areas", ())),
            also_said_of=tuple(data.get("also_said_of", ())),
            implies_status=data.get("implies_status"),
            implies_taking=tuple(data.get("implies_taking", ())),
            of_no_concern=data.get("of_no_concern", False),
        )
        for shelf, term in _codes(data):
            code = plain_code(term.written)
            other = self._codes[shelf].setdefault(code, term)
            if other is not term:
                twice = other.concept == term.concept
                self._report(
                    file,
                    place,
                    f"the code {term.written} means {other.concept} already",
                    "KB310" if twice else "KB304",
                    "Take one of the two out." if twice else "Leave the code with one of the concepts.",
                    _place_in(data, term),
                )

    def _file_names(self, file: YamlFile) -> None:
        """File all names of a file at once: folding them one by one would be most of start-up."""
        named = [
            (index, data, term)
            for index, data in items_in(file.data.get("concepts", ()))
            for term in _names(data)
        ]
        filed = self._names
        folded = fold_all([term.written for *_, term in named]) if named else []
        for (index, data, term), forms in zip(named, folded, strict=True):
            if not forms[0]:
                message = f"the name {term.written!r} has no letter or digit"
                remedy = "Write it in letters or digits, or take it out."
                place = _place_in(data, term)
                self._report(file, ("concepts", index), message, "KB305", remedy, place)
                continue
            for form in forms:
                other = filed.setdefault(form, term)
                if other is not term and other[1:] != term[1:]:
                    message = (
                        f"the name {term.written!r} means {other.concept} already ({other.written!r})"
                    )
                    remedy = "Leave the name with one of them, or make it a vague term of both."
                    place = _place_in(data, term)
                    self._report(file, ("concepts", index), message, "KB303", remedy, place)
                    break

    def _file_without_and(self) -> None:
        """File ``aspirin and clopidogrel`` under ``aspirin + clopidogrel`` too, unless that is taken."""
        double = [term for term in dict.fromkeys(self._names.values()) if _AND in term.written]
        folded = fold_all([term.written.replace(_AND, " ") for term in double]) if double else []
        for term, forms in zip(double, folded, strict=True):
            for form in forms:
                self._names.setdefault(form, term)

    def _add_vague(self, file: YamlFile) -> None:
        sound = list(items_in(file.data.get("vague", ())))
        places = [index for index, _ in sound]
        terms = [VagueTerm(data["term"], data["why"], tuple(data["suggest"])) for _, data in sound]
        folded = fold_all([term.written for term in terms]) if terms else []
        for index, term, forms in zip(places, terms, folded, strict=True):
            if any(f in self._names or self._vague.setdefault(f, term) is not term for f in forms):
                message = f"the term {term.written!r} has a meaning already"
                remedy = "Take the term out here, or the name where it has its meaning."
                self._report(file, ("vague", index), message, "KB307", remedy, ("term",))
        self._check_suggestions(file, list(zip(places, terms, strict=True)))

    def _check_suggestions(self, file: YamlFile, terms: Sequence[tuple[int, VagueTerm]]) -> None:
        offered = [
            (index, place, name) for index, term in terms for place, name in enumerate(term.suggestions)
        ]
        folded = fold_all([name for *_, name in offered]) if offered else []
        lost = self.losses.may_hold("vocabulary")
        for (index, place, name), forms in zip(offered, folded, strict=True):
            if not lost and not any(form in self._names for form in forms):
                message = f"the suggestion {name!r} is not in the vocabulary"
                remedy = "Suggest a name that the vocabulary has, or add this one to its concept."
                self._report(file, ("vague", index, "suggest"), message, "KB308", remedy, (place,))

    def _check_parents(self, file: YamlFile, index: int, data: Mapping[str, Any]) -> None:
        for key in ("parents", "also_said_of", "implies_taking"):
            for place, parent in enumerate(data.get(key, ())):
                known = parent in self._concepts or self.losses.may_hold("vocabulary", parent)
                if not known:
                    self._report(
                        file,
                        ("concepts", index, key),
                        f"there is no concept {parent}{self._meant(parent)}",
                        "KB202",
                        "Correct the id, or add the concept to the vocabulary.",
                        (place,),
                    )

    def _meant(self, concept: str) -> str:
        from difflib import get_close_matches

        close = get_close_matches(concept, self._concepts, n=1)
        return f"; did you mean {close[0]}?" if close else ""

    def _check_circles(self, files: Sequence[YamlFile]) -> None:
        places = {
            data["id"]: (file, index)
            for file in reversed(files)
            for index, data in reversed(list(items_in(file.data.get("concepts", ()))))
        }
        parents = {name: concept.parents for name, concept in self._concepts.items()}
        for circle in circles(parents):
            file, index = places[circle[0]]
            self._report(
                file,
                ("concepts", index, "parents"),
                f"the concept {circle[0]} lies under itself: {' < '.join(circle)}",
                "KB302",
                "Take one of these out of the parents of another.",
            )

    def _report(
        self,
        file: YamlFile,
        place: tuple[str | int, ...],
        message: str,
        code: str,
        remedy: str,
        below: tuple[str | int, ...] = (),
    ) -> None:
        self.problems.append(file.problem(message, *place, code=code, remedy=remedy, below=below))


def _names(data: Mapping[str, Any]) -> Iterator[Term]:
    yield Term(data["label"], data["id"])
    for name in data.get("names", ()):
        yield Term(name, data["id"])
    for route, names in data.get("names_by_route", {}).items():
        for name in names:
            yield Term(name, data["id"], route)


def _codes(data: Mapping[str, Any]) -> Iterator[tuple[str, Term]]:
    by_route = {None: data.get("codes", {}), **data.get("codes_by_route", {})}
    for route, systems in by_route.items():
        for system, codes in systems.items():
            for code in codes:
                yield code_shelf(system), Term(code, data["id"], route)


def _place_in(data: Mapping[str, Any], term: Term) -> tuple[str | int, ...]:
    """Where a name or code stands among the keys of its concept; only messages need it."""
    places = _strings(
        {key: data[key] for key in ("codes", "codes_by_route", "names_by_route", "names") if key in data}
    )
    found = [place for place, text in places if text == term.written]
    return found[-1] if found else ("label",)


def _strings(data: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(data, str):
        yield (), data
    else:
        parts = data.items() if isinstance(data, dict) else enumerate(data)
        for key, part in parts:
            yield from (((key, *place), text) for place, text in _strings(part))
