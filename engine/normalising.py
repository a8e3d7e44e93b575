"""From what a client said to what it means: each entry of an intake gets a concept.

POLICY "Vocabulary decisions" and CONTRACT section 1 say how. Nothing is dropped: an entry that
is not understood stays, with the reason and the closest names of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import dropwhile
from typing import Any, Final, NamedTuple, final

from engine.entries import Entry, Origin, Reading, Sense, Site, Unrecognised
from engine.intake import Intake
from engine.memory import LONGEST_WORDS, Memory
from engine.names import fold, words
from engine.vocabulary import KIND_OF_LIST, Concept, Term, Vocabulary

_NOTHING: Final = frozenset(map(fold, ("none", "nil", "no", "n/a")))
_REMEMBERED: Final = 5_000
_SUGGESTED: Final = 3
_NOWHERE: Final[frozenset[str]] = frozenset()
_FACE: Final = frozenset({"face", "forehead", "cheeks", "nose", "chin", "around_eyes", "around_lips"})
_SYSTEMIC: Final = frozenset({"oral", "injected"})
_HISTORY: Final = ["history", "of"]
_REMISSION: Final = ["in", "remission"]
_DENYING: Final = frozenset({"no", "not", "never", "denies", "denied", "denying", "without"})
_RELATIVES: Final = frozenset({"family", "mother", "father", "sister", "brother", "parent"})
_HISTORY_TAKING: Final = frozenset(
    {
        "a",
        "any",
        "for",
        "had",
        "has",
        "have",
        "history",
        "known",
        "negative",
        "of",
        "on",
        "takes",
        "taking",
    }
)
_AROUND: Final = _DENYING | _RELATIVES | _HISTORY_TAKING
_DATE_KEYS: Final = {
    "conditions": "since", "medications": "stopped_on", "procedures": "performed_on",
    "allergies": "",
}  # fmt: skip
_PLACES: Final = {
    "condition": 'a condition: list it under "conditions"',
    "medication": 'a medicine: list it under "medications"',
    "procedure": 'a procedure: list it under "procedures"',
    "allergen": 'an allergen: list it under "allergies"',
}


@final
class _Meaning(NamedTuple):
    term: Term | None = None
    status: str | None = None
    problem: Unrecognised | None = None
    blocks: bool = False  # the problem stands even where a code is understood
    nothing: bool = False  # the name says that there is nothing to say


_NOT_SAID: Final = Site(in_area=True, says="area not said, so taken to be in the treated area")
_SILENT: Final = _Meaning()
_UNSEEN: Final[Any] = object()


@final
class Normaliser:
    """Gives entries their concepts; remembers words and their meanings, not who wrote them."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._meanings: Memory[tuple[str, str], _Meaning] = Memory(_REMEMBERED)
        self._readings: Memory[tuple[Any, ...], Reading | None] = Memory(_REMEMBERED)
        self._sites: Memory[tuple[Any, ...], Site] = Memory(_REMEMBERED)

    def entries(self, intake: Intake) -> list[Entry]:
        """All entries of an intake, in order, but those that say nothing (``none``)."""
        document = intake.document
        areas = document["treatment"].get("areas") if "treatment" in document else None
        treated = frozenset(map(_region, areas)) if areas else _NOWHERE
        return [
            entry
            for list_name, day_key in _DATE_KEYS.items()
            if list_name in document
            for index, raw in enumerate(document[list_name])
            if (entry := self._entry(list_name, index, raw, raw.get(day_key), treated)) is not None
        ]

    def _entry(
        self, list_name: str, index: int, raw: dict[str, Any], day: str | None, treated: frozenset[str]
    ) -> Entry | None:
        get = raw.get
        code = get("code")
        words = (
            list_name, get("name"), get("status"), get("route"), day is None,
            (code["system"], code["value"]) if code else None,
        )  # fmt: skip
        reading: Reading | None = self._readings.get(words, _UNSEEN)
        if reading is _UNSEEN:
            reading = self._read(list_name, raw)
            if "name" not in raw or len(raw["name"]) <= LONGEST_WORDS:
                self._readings.keep(words, reading)
        if reading is None:
            return None
        where = self._site(get("areas"), reading.concept, treated)
        return Entry(reading, index, where, date.fromisoformat(day) if day else None)

    def _read(self, list_name: str, raw: dict[str, Any]) -> Reading | None:
        """The meaning of an entry's words; ``None`` where they say that there is nothing."""
        meaning = self._mean(raw.get("name"), list_name)
        if meaning.nothing and "code" not in raw:
            return None
        return _read_entry(list_name, raw, meaning, self._vocabulary)

    def _site(self, areas: list[str] | None, concept: Concept | None, treated: frozenset[str]) -> Site:
        usual = concept.usual_areas if concept else ()
        if not areas and not usual:
            return _NOT_SAID
        said = tuple(areas) if areas else None
        named = said or usual
        site = self._sites.get((said, named, treated))
        if site is None:
            site = _site(named, treated, usual=not said)
            self._sites.keep((said, named, treated), site)
        return site

    def _mean(self, name: str | None, list_name: str) -> _Meaning:
        if name is None:
            return _SILENT
        meaning = self._meanings.get((list_name, name))
        if meaning is None:
            meaning = _mean_name(name, list_name, self._vocabulary)
            if len(name) <= LONGEST_WORDS:
                self._meanings.keep((list_name, name), meaning)
        return meaning


def _read_entry(
    list_name: str, raw: dict[str, Any], by_name: _Meaning, vocabulary: Vocabulary
) -> Reading:
    by_code = _mean_code(raw["code"], list_name, vocabulary) if "code" in raw else _SILENT
    term, problem = _combine(raw, by_name, by_code, vocabulary)
    concept = vocabulary.concepts[term.concept] if term else None
    status, status_from = _status(list_name, raw, by_name, concept)
    contradicted = by_name.term is not None and problem is not None
    form = by_name.term if contradicted else by_code.term
    route, route_from, route_problem = _route(raw, by_name.term, form, concept)
    problem = problem or route_problem
    return Reading(
        list_name=list_name,
        key="name" if "name" in raw else "code/value",
        said=raw["name"] if "name" in raw else raw["code"]["value"],
        concept=concept,
        status=status,
        route=route,
        origin=Origin(_concept_from(term, by_name.term, by_code.term), status_from, route_from),
        unrecognised=problem,
        sense=Sense(list_name, concept and concept.id, status, route, problem is None),
    )


def _mean_name(name: str, list_name: str, vocabulary: Vocabulary) -> _Meaning:
    if fold(name) in _NOTHING:
        return _Meaning(nothing=True)
    term = vocabulary.find_name(name)
    if term is not None:
        concept = vocabulary.concepts[term.concept]
        if _belongs(concept, list_name):
            return _Meaning(term, concept.implies_status)
        return _Meaning(problem=_elsewhere(concept), blocks=True)
    vague = vocabulary.find_vague(name)
    if vague is not None:
        return _Meaning(problem=Unrecognised(f"too vague: {vague.why}", vague.suggestions))
    if list_name in ("conditions", "allergies"):
        for inner_name, status in _with_implied_status(name):
            inner = vocabulary.find_name(inner_name)
            if inner is not None and _belongs(vocabulary.concepts[inner.concept], list_name):
                return _Meaning(inner, status if list_name == "conditions" else None)
    return _not_understood(name, list_name, vocabulary)


def _mean_code(code: dict[str, str], list_name: str, vocabulary: Vocabulary) -> _Meaning:
    term = vocabulary.find_code(code["system"], code["value"])
    if term is None:
        kind = f"{'a' if code['system'].startswith('s') else 'an'} {code['system']} code"
        return _Meaning(problem=Unrecognised(f"{kind} that is not in the vocabulary"))
    concept = vocabulary.concepts[term.concept]
    if _belongs(concept, list_name):
        return _Meaning(term)
    return _Meaning(problem=_elsewhere(concept), blocks=True)


def _combine(
    raw: dict[str, Any], by_name: _Meaning, by_code: _Meaning, vocabulary: Vocabulary
) -> tuple[Term | None, Unrecognised | None]:
    """The term that counts, and what was not understood (CONTRACT section 1, ``code``)."""
    name, code = by_name.term, by_code.term
    if name and code:
        narrower = vocabulary.narrower(name.concept, code.concept)
        if narrower is None:
            if _adds_a_place(name, code, vocabulary):
                return name, None
            label = vocabulary.concepts[code.concept].label
            return name, Unrecognised(
                f"name and code contradict each other: {raw['code']['value']} means {label}"
            )
        return (name if name.concept == narrower else code), None
    if name or code:
        other = by_code if name else by_name
        return name or code, other.problem if other.blocks else None
    return None, by_name.problem or by_code.problem


def _adds_a_place(name: Term, code: Term, vocabulary: Vocabulary) -> bool:
    """Whether a name says where and its code says no more than what: hand eczema beside L20.

    Everything that the code's concept lies under, the name's lies under too, so that no rule
    loses what the code says.
    """
    concept, other = vocabulary.concepts[name.concept], vocabulary.concepts[code.concept]
    placed = bool(concept.usual_areas) and not other.usual_areas
    return placed and vocabulary.above(other.id) - {other.id} <= vocabulary.above(concept.id)


def _concept_from(term: Term | None, name: Term | None, code: Term | None) -> str:
    if term is None:
        return ""
    if name is not None and code is not None and name.concept == code.concept:
        return "name and code"
    return "name" if term is name else "code"


def _status(
    list_name: str, raw: dict[str, Any], by_name: _Meaning, concept: Concept | None
) -> tuple[str, str]:
    """The status that counts, and what told it (see :class:`Origin`).

    A status that the name implies overrides the entry's, except ``absent``; so does one that the
    code implies, where there is no name beside it that could mean something else.
    """
    given = raw.get("status")
    if given == "absent":
        return given, "given"
    if by_name.status is not None:
        return by_name.status, "name"
    from_code_alone = "name" not in raw or given in (None, "unknown")
    if concept is not None and concept.implies_status and from_code_alone:
        return concept.implies_status, "code"
    if given is not None:
        return given, "given"
    if list_name == "medications":
        return ("stopped", "date") if "stopped_on" in raw else ("current", "assumed")
    return ("unknown", "assumed") if list_name == "conditions" else ("", "")


def _route(
    raw: dict[str, Any], name: Term | None, code: Term | None, concept: Concept | None
) -> tuple[str | None, str, Unrecognised | None]:
    """The route that counts, what told it (see :class:`Origin`), and what contradicts it."""
    by_name, by_code = name.route if name else None, code.route if code else None
    given = raw.get("route")
    if given is not None:
        other = by_name if by_name != given else None
        if other is None and by_code and not _same_form(given, by_code):
            other = by_code
        if other is None:
            return given, "given", None
        problem = Unrecognised(f"the route {given} contradicts the name or code ({other})")
        return given, "given", problem
    if by_name and by_code and not _same_form(by_name, by_code):
        why = f"name and code contradict each other: the name says {by_name}, the code {by_code}"
        return by_name, "name", Unrecognised(why)
    if by_name or by_code:
        return by_name or by_code, "name" if by_name else "code", None
    usual = concept.usual_route if concept else None
    return usual, "usual" if usual else "", None


def _same_form(route: str, by_code: str) -> bool:
    """Whether a route can be that of a code: ATC codes do not tell tablets from injections."""
    return route == by_code or {route, by_code} <= _SYSTEMIC


def _site(areas: Sequence[str], treated: frozenset[str], *, usual: bool) -> Site:
    """Whether the entry counts as in the treated area, and a phrase that says how.

    ``usual``: the areas are not the entry's own, but the usual ones of its concept.
    """
    named = " and ".join(area.replace("_", " ") for area in areas) + (
        ", its usual area" if usual else ""
    )
    if not treated:
        return Site(True, f"{named}; treated areas not said, so taken to be treated")  # noqa: FBT003
    regions = frozenset(map(_region, areas))
    overlap = bool(regions & treated) or "whole_body" in regions | treated
    return Site(overlap, f"{named}: {'in or near' if overlap else 'away from'} the treated area")


def _region(area: str) -> str:
    return "face" if area in _FACE else area


def _belongs(concept: Concept, list_name: str) -> bool:
    return list_name == "allergies" or KIND_OF_LIST[list_name] in concept.kinds


def _elsewhere(concept: Concept) -> Unrecognised:
    return Unrecognised(f"{concept.label} is {_PLACES[concept.kinds[0]]}", (concept.label,))


def _with_implied_status(name: str) -> Iterator[tuple[str, str]]:
    """``History of X`` is X resolved, ``X in remission`` is X controlled."""
    said = words(name)
    if said[:2] == _HISTORY:
        yield " ".join(said[2:]), "resolved"
    if said[-2:] == _REMISSION:
        yield " ".join(said[:-2]), "controlled"


def _not_understood(name: str, list_name: str, vocabulary: Vocabulary) -> _Meaning:
    said = words(name)
    if not _RELATIVES.isdisjoint(said):
        why, blocks = "someone else's history is not the client's", True
    elif said and (said[0] in _DENYING or said[:2] == ["negative", "for"]):
        why, blocks = _not_read_as_denial(list_name), True
    else:
        why, blocks = "not in the vocabulary", False
    around = said and said[0] in _AROUND
    meant = " ".join(dropwhile(_AROUND.__contains__, said)) if around else name
    close = suggestions(meant or name, list_name, vocabulary)
    return _Meaning(problem=Unrecognised(why, close), blocks=blocks)


def _not_read_as_denial(list_name: str) -> str:
    if list_name in ("conditions", "medications"):
        return 'a denial in words is not read: list it with "status": "absent"'
    return "a denial in words is not read: leave the entry out of the list"


def suggestions(name: str, list_name: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Up to three names of the vocabulary that are written most like ``name``.

    They belong in the same list, but for a name that stands in the vocabulary to the letter.
    """
    exact = vocabulary.find_name(name)
    close = _closest(name, list_name, vocabulary)
    return tuple(dict.fromkeys([exact.written, *close] if exact else close))[:_SUGGESTED]


def _closest(name: str, list_name: str, vocabulary: Vocabulary) -> Iterator[str]:
    names = vocabulary.names_of_list(list_name)
    seen: set[str] = set()
    for form in vocabulary.shelf_of_list(list_name).closest(fold(name), 4 * _SUGGESTED):
        term = names[form]
        if term.concept not in seen and len(seen) < _SUGGESTED:
            seen.add(term.concept)
            yield term.written
