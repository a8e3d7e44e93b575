"""Building the vocabulary from its files, with every clash reported where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, final

from engine.errors import KnowledgeBaseProblem
from engine.names import fold_all
from engine.vocabulary import Concept, Term, VagueTerm, Vocabulary, code_shelf, plain_code
from engine.yaml_files import YamlFile


@final
class VocabularyBuilder:
    """Files in, one :class:`Vocabulary` out; ``problems`` says what is wrong with it."""

    def __init__(self) -> None:
        self.problems: list[KnowledgeBaseProblem] = []
        self._concepts: dict[str, Concept] = {}
        self._names: dict[str, Term] = {}
        self._codes: dict[str, dict[str, Term]] = {"icd-10": {}, "atc": {}, "snomed-ct": {}}
        self._vague: dict[str, VagueTerm] = {}

    def build(self, files: Sequence[YamlFile]) -> Vocabulary:
        """Read all vocabulary files; the result is usable only if ``problems`` stays empty."""
        for file in files:
            for index, data in enumerate(file.data.get("concepts", ())):
                self._add_concept(file, index, data)
            self._file_names(file)
        for file in files:
            self._add_vague(file)
            for index, data in enumerate(file.data.get("concepts", ())):
                self._check_parents(file, index, data)
        return Vocabulary(self._concepts, self._names, self._codes, self._vague)

    def _add_concept(self, file: YamlFile, index: int, data: Mapping[str, Any]) -> None:
        place = ("concepts", index)
        if data["id"] in self._concepts:
            self.problems.append(file.problem(f"the concept {data['id']} stands twice", *place))
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
            implies_status=data.get("implies_status"),
            implies_taking=tuple(data.get("implies_taking", ())),
            of_no_concern=data.get("of_no_concern", False),
        )
        for shelf, term in _codes(data):
            code = plain_code(term.written)
            other = self._codes[shelf].setdefault(code, term)
            if other is not term:
                self.problems.append(
                    file.problem(f"the code {term.written} means {other.concept} already", *place)
                )

    def _file_names(self, file: YamlFile) -> None:
        """File all names of a file at once: folding them one by one would be most of start-up."""
        named = [
            (index, term)
            for index, data in enumerate(file.data.get("concepts", ()))
            for term in _names(data)
        ]
        filed = self._names
        for (index, term), forms in zip(named, fold_all([t.written for _, t in named]), strict=True):
            if not forms[0]:
                message = f"the name {term.written!r} has no letter or digit"
                self.problems.append(file.problem(message, "concepts", index))
                continue
            for form in forms:
                other = filed.setdefault(form, term)
                if other is not term and other[1:] != term[1:]:
                    message = (
                        f"the name {term.written!r} means {other.concept} already ({other.written!r})"
                    )
                    self.problems.append(file.problem(message, "concepts", index))
                    break

    def _add_vague(self, file: YamlFile) -> None:
        terms = [
            VagueTerm(data["term"], data["why"], tuple(data["suggest"]))
            for data in file.data.get("vague", ())
        ]
        folded = fold_all([term.written for term in terms]) if terms else []
        for index, (term, forms) in enumerate(zip(terms, folded, strict=True)):
            if any(f in self._names or self._vague.setdefault(f, term) is not term for f in forms):
                message = f"the term {term.written!r} has a meaning already"
                self.problems.append(file.problem(message, "vague", index))
        offered = [(index, name) for index, term in enumerate(terms) for name in term.suggestions]
        folded = fold_all([name for _, name in offered]) if offered else []
        for (index, name), forms in zip(offered, folded, strict=True):
            if not any(form in self._names for form in forms):
                message = f"the suggestion {name!r} is not in the vocabulary"
                self.problems.append(file.problem(message, "vague", index, "suggest"))

    def _check_parents(self, file: YamlFile, index: int, data: Mapping[str, Any]) -> None:
        for key in ("parents", "implies_taking"):
            for parent in data.get(key, ()):
                if parent not in self._concepts:
                    message = f"there is no concept {parent}"
                    self.problems.append(file.problem(message, "concepts", index, key))
        if data["id"] in self._everything_above(data["id"]):
            message = f"the concept {data['id']} lies under itself"
            self.problems.append(file.problem(message, "concepts", index, "parents"))

    def _everything_above(self, concept: str) -> set[str]:
        above: set[str] = set()
        ahead = list(self._concepts[concept].parents)
        while ahead:
            parent = ahead.pop()
            if parent in self._concepts and parent not in above:
                above.add(parent)
                ahead.extend(self._concepts[parent].parents)
        return above


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
