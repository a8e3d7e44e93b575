"""How an entry was read, as far as an atom asks: its concept, status, route, site and window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, final

from engine import Intake
from engine.atoms import (
    ANY,
    Atom,
    NotUnderstood,
    Stopped,
    Taking,
    concept_of,
    stands_at,
    statuses_heard,
)
from engine.dates import Period, still_within
from engine.entries import Entry
from engine.judgement import day_in_words
from engine.vocabulary import Vocabulary
from inquiry.steps import Code, Step, place_and_value

_STATUSES: Final = {
    "active": "there now", "controlled": "quiet or under control", "resolved": "over",
    "unknown": "status not known", "absent": "denied", "current": "taken now", "stopped": "ended",
}  # fmt: skip
_ROUTES: Final = {
    "oral": "by mouth", "injected": "injected", "topical": "on the skin", "inhaled": "inhaled",
    "nasal": "in the nose", "eye": "in the eye",
}  # fmt: skip
_STATUS_FROM: Final = {
    "given": "as given", "assumed": "assumed: no status was given", "name": "implied by the name",
    "code": "implied by the code", "date": "implied by the date",
}  # fmt: skip
_ROUTE_FROM: Final = {
    "given": "as given", "name": "implied by the name", "code": "implied by the code",
    "usual": "its usual route",
}  # fmt: skip
_DAYS: Final = {
    "conditions": ("since", "began"),
    "medications": ("stopped_on", "ended"),
    "procedures": ("performed_on", "done"),
}
"""By list: where the day of an entry stands, and what happened on it."""


@final
class EntryReader:
    """Tells how the entries of one intake were read."""

    def __init__(self, intake: Intake, vocabulary: Vocabulary) -> None:
        self._intake = intake
        self._vocabulary = vocabulary

    def counting(self, atom: Atom, entry: Entry) -> Step:
        """An entry that counts for an atom, with everything about it that the atom asks."""
        children = [
            *self._way_up(atom, entry),
            *self._status(entry),
            *self._route(atom, entry),
            *self._site(atom, entry),
            *self._window(atom, entry),
            *_not_understood(entry),
        ]
        return _entry(entry, children)

    def not_counting(self, atom: Atom, entry: Entry) -> Step:
        """An entry that an atom could have heard, with what stands against it."""
        return _entry(entry, [*self._way_up(atom, entry), *self._against(atom, entry)])

    def _against(self, atom: Atom, entry: Entry) -> Iterator[Step]:
        """What alone keeps an entry from counting, each for itself."""
        heard = statuses_heard(atom, entry.list_name)
        if isinstance(atom, NotUnderstood) or (heard is not None and entry.status not in heard):
            yield from self._status(entry)
            return
        if isinstance(atom, Taking | Stopped) and entry.list_name == "medications":
            assert entry.concept is not None
            if self._vocabulary.membership(entry.concept.id, atom.concept, entry.route) == "no":
                yield from self._route(atom, entry)
        if not stands_at(getattr(atom, "site", ANY), entry):
            yield from self._site(atom, entry)
        yield from (step for step in self._window(atom, entry) if step.code is Code.WINDOW_OVER)

    def _way_up(self, atom: Atom, entry: Entry) -> Iterator[Step]:
        """From the words to the concept that the atom reads."""
        if entry.concept is None:
            return
        code = self._raw(entry).get("code")
        by_code = entry.origin.concept == "code" and code is not None and "name" in self._raw(entry)
        more = f" (by its code {code['value']})" if by_code and code else ""
        found = entry.concept
        yield Step(Code.MEANS, found.label + more, fact=found.id)
        wanted = concept_of(atom)
        if wanted is None:
            return
        start = found.id
        if wanted not in self._vocabulary.above(start):
            start = next(m for m in found.implies_taking if wanted in self._vocabulary.above(m))
            label = self._label(start)
            yield Step(Code.IMPLIES, f"taking {label}", fact=start)
        for concept in _path_up(start, wanted, self._vocabulary)[1:]:
            yield Step(Code.COUNTS_AS, self._label(concept), fact=concept)

    def _label(self, concept: str) -> str:
        return self._vocabulary.concepts[concept].label

    def _status(self, entry: Entry) -> Iterator[Step]:
        if entry.status:
            text = f"{_STATUSES[entry.status]} ({_STATUS_FROM[entry.origin.status]})"
            key = "stopped_on" if entry.origin.status == "date" else "status"
            yield Step(Code.STATUS, text, *self._stands(entry, key))

    def _route(self, atom: Atom, entry: Entry) -> Iterator[Step]:
        if isinstance(atom, Taking | Stopped) and entry.route and entry.list_name == "medications":
            text = f"{_ROUTES[entry.route]} ({_ROUTE_FROM[entry.origin.route]})"
            yield Step(Code.ROUTE, text, *self._stands(entry, "route"))

    def _site(self, atom: Atom, entry: Entry) -> Iterator[Step]:
        if getattr(atom, "site", ANY) != ANY:
            yield Step(Code.SITE, entry.site, *self._stands(entry, "areas"))

    def _window(self, atom: Atom, entry: Entry) -> Iterator[Step]:
        within: Period | None = getattr(atom, "within", None)
        if within is not None and entry.day is not None:
            key, happened = _DAYS[entry.list_name]
            path, value = self._stands(entry, key)
            yield window_step(within, entry.day, self._intake.screened_on, happened, path, value)

    def _stands(self, entry: Entry, key: str) -> tuple[str | None, Any]:
        """The place and value of a key of an entry, if it stands there."""
        raw = self._raw(entry)
        return (f"{entry.path}/{key}", raw[key]) if key in raw else (None, None)

    def _raw(self, entry: Entry) -> Mapping[str, Any]:
        raw: Mapping[str, Any] = self._intake.document[entry.list_name][int(entry.path.split("/")[2])]
        return raw


def window_step(
    within: Period, day: date, today: date, happened: str, path: str | None, value: Any
) -> Step:
    """A window from a day on, open or over."""
    end = within.after(day)
    code, ended = (Code.WINDOW, "ends") if still_within(today, end) else (Code.WINDOW_OVER, "ended")
    first = f"{happened} on {day_in_words(day.isoformat())}"
    text = f"{first}; the window of {within} {ended} on {day_in_words(end.isoformat())}"
    return Step(code, text, path, value, ends_on=end.isoformat())


def _entry(entry: Entry, children: list[Step]) -> Step:
    text = place_and_value(entry.said_at, entry.said)
    return Step(Code.ENTRY, text, entry.said_at, entry.said, tuple(children))


def _not_understood(entry: Entry) -> Iterator[Step]:
    if entry.unrecognised is not None:
        closest = ", ".join(entry.unrecognised.suggestions)
        more = f" (closest: {closest})" if closest else ""
        yield Step(Code.NOT_UNDERSTOOD, f"not understood: {entry.unrecognised.why}{more}")


def _path_up(concept: str, goal: str, vocabulary: Vocabulary) -> list[str]:
    """The concepts from one up to another that it lies under, by a shortest way."""
    ways = [[concept]]
    for way in ways:
        if way[-1] == goal:
            return way
        ways.extend([*way, up] for up in vocabulary.concepts[way[-1]].parents)
    raise ValueError(f"{concept} does not lie under {goal}")
