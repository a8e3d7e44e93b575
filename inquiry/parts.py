"""An intake in parts that can be varied one by one: what each says now, and what it could say.

Whatever a part says acts on atoms, and where several parts bear on the same atom the strongest counts
(:mod:`engine.truth`), so that the truth values are the maximum over all parts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from itertools import product
from typing import Any, Final, NamedTuple, final

from curation.proving.sight import Sight, answers_to_try, first_outside
from curation.proving.worlds import Possibilities
from engine import Intake
from engine.answer_tests import Within
from engine.atoms import Answered, Began, Done, Stopped, list_of
from engine.conditions import AllOf, AnyOf, Condition, Leaf, Not
from engine.intake import LISTS, Answer
from engine.memory import LONGEST_WORDS, Memory
from engine.observation import Observations
from engine.screening import all_conditions
from engine.truth import CODES

STATUSES_ASKED: Final = ("active", "controlled", "resolved")
_ROUTES: Final = ("oral", "injected", "topical", "inhaled", "nasal", "eye")
_REMEMBERED: Final = 5_000
_YES: Final = CODES["yes"]
_DATE_KEYS: Final = {"conditions": "since", "medications": "stopped_on", "procedures": "performed_on"}

NEW_MEDICINE: Final = "/medications/-"
"""The place of a medicine that is not in the list yet (RFC 6901)."""

Edit = tuple[str, Any]
"""A JSON Pointer and the value that stands there; ``None``: nothing stands there."""


@final
class Option(NamedTuple):
    """Something that a part can say: the edits that make it so, and its codes by place of atoms.

    ``event`` is what has to happen for it, in words, where it is no answer to a question.
    """

    edits: tuple[Edit, ...]
    effect: Mapping[int, int]
    event: str = ""


@final
class Part(NamedTuple):
    """A part of an intake, called after its place; the first option is what it says now.

    ``kind``: ``answer`` (a field), ``entry`` (one entry of a list), ``list`` (whether the list was
    asked), or ``new`` (an entry that a question wants added: when a medicine was ended that a condition
    speaks of). ``is_open``: what it says now leaves something to ask.
    """

    place: str
    kind: str
    options: tuple[Option, ...]
    is_open: bool

    @property
    def now(self) -> Option:
        """What it says now."""
        return self.options[0]


@final
class Reader:
    """Takes intakes apart; the same for every intake of one knowledge base."""

    def __init__(self, possibilities: Possibilities, sight: Sight) -> None:
        self.possibilities = possibilities
        self.sight = sight
        self._answers: Memory[tuple[Any, ...], Part] = Memory(_REMEMBERED)
        self._entries: Memory[tuple[Any, ...], Part] = Memory(_REMEMBERED)
        self._lists = {name: self._list(name) for name in LISTS}
        self._conditions = tuple(all_conditions(sight.knowledge_base).values())
        self._dated = {
            atom.field
            for atom in sight.atoms.values()
            if isinstance(atom, Answered) and isinstance(atom.test, Within)
        }

    def parts(self, intake: Intake) -> list[Part]:
        """All parts of an intake that bear on rules, with what could be answered to what is open."""
        document = intake.document
        found = [self._remembered_answer(intake, field) for field in self.possibilities.choices]
        for name in LISTS:
            if name not in document:
                found.append(self._lists[name])
            for index, raw in enumerate(document.get(name, ())):
                found.append(self._remembered_entry(intake, name, index, raw))
        ended = self._ended_medicines(intake) if "medications" in document else []
        return [*found, self._new_medicine(intake, ended)] if ended else found

    def entry(
        self, intake: Intake, list_name: str, index: int, alternatives: Iterable[Mapping[str, Any]]
    ) -> Part:
        """One entry and other ways in which it could stand there, those alike only once."""
        raw = intake.document[list_name][index]
        place = f"/{list_name}/{index}"
        now = Option((), self.effect(intake, list_name, raw))
        distinct = {tuple(sorted(now.effect.items())): now}
        for other in alternatives:
            edits = tuple(
                (f"{place}/{key}", other.get(key))
                for key in dict.fromkeys((*raw, *other))
                if raw.get(key) != other.get(key)
            )
            effect = self.effect(intake, list_name, other)
            distinct.setdefault(tuple(sorted(effect.items())), Option(edits, effect))
        is_open = bool(self._keys_asked(intake, list_name, raw))
        return Part(place, "entry", tuple(distinct.values()), is_open)

    def effect(self, intake: Intake, list_name: str, raw: Mapping[str, Any]) -> dict[int, int]:
        """What one entry does in this intake beyond its list having been asked."""
        values = self._look(intake, {list_name: [raw]})
        return {
            place: code for place, code in enumerate(values) if code and place not in self.sight.answered
        }

    def _look(self, intake: Intake, lists: Mapping[str, Any]) -> bytes:
        return self._observe(intake, lists).values

    def _observe(self, intake: Intake, lists: Mapping[str, Any]) -> Observations:
        areas = intake.document.get("treatment", {}).get("areas")
        document: dict[str, Any] = {name: [] for name in LISTS} | dict(lists)
        if areas:
            document["treatment"] = {"areas": areas}
        alone = Intake(document, intake.screened_on)
        return self.sight.observer.observe(alone, self.sight.normaliser.entries(alone))

    def _keys_asked(self, intake: Intake, list_name: str, raw: Mapping[str, Any]) -> set[str]:
        """The keys of an entry that some rule asks for."""
        questions = self.sight.knowledge_base.questions
        seen = self._observe(intake, {list_name: [raw]})
        holding = {key for key, code in zip(self.sight.atoms, seen.values, strict=True) if code == _YES}
        return {
            questions[support.judgement.question].path.rpartition("/")[2]
            for atom, supports in seen.unsettled.items()
            for support in supports
            if support.judgement.question is not None
            and any(_waits_for(atom, condition, holding) for condition in self._conditions)
        }

    def _ended_medicines(self, intake: Intake) -> list[str]:
        """The medicines of which conditions say that they were ended, and nothing says when."""
        entries = self.sight.normaliser.entries(intake)
        above = self.sight.knowledge_base.vocabulary.above
        told = {
            medicine
            for entry in entries
            if entry.list_name == "medications" and entry.day is not None and entry.concept
            for medicine in above(entry.concept.id)
        }
        implied = (
            medicine
            for entry in entries
            if entry.list_name == "conditions" and entry.status == "resolved" and entry.concept
            for medicine in entry.concept.implies_taking
        )
        return [medicine for medicine in dict.fromkeys(implied) if medicine not in told]

    def _new_medicine(self, intake: Intake, medicines: Iterable[str]) -> Part:
        """One of the medicines as an entry of its own, with the day on which it was ended."""
        concepts = self.sight.knowledge_base.vocabulary.concepts
        options = [Option((), {})]
        for medicine, day in product(medicines, self._days(intake, "medications")):
            raw = {
                "name": concepts[medicine].label,
                "status": "stopped",
                "stopped_on": day.isoformat(),
            }
            options.append(Option(((NEW_MEDICINE, raw),), self.effect(intake, "medications", raw)))
        return Part(NEW_MEDICINE, "new", tuple(options), is_open=True)

    def _list(self, list_name: str) -> Part:
        unasked = Option((), self.possibilities.unasked(list_name))
        asked = Option(((f"/{list_name}", []),), {})
        return Part(f"/{list_name}", "list", (unasked, asked), is_open=True)

    def _remembered_entry(
        self, intake: Intake, list_name: str, index: int, raw: Mapping[str, Any]
    ) -> Part:
        areas = intake.document.get("treatment", {}).get("areas")
        key = (list_name, index, repr(raw), repr(areas), intake.screened_on)
        found = self._entries.get(key)
        if found is None:
            found = self.entry(intake, list_name, index, self._completions(intake, list_name, raw))
            if len(key[2]) <= LONGEST_WORDS:
                self._entries.keep(key, found)
        return found

    def _remembered_answer(self, intake: Intake, field: str) -> Part:
        answer = intake.answer(field)
        day = intake.screened_on if field in self._dated or _is_computed(answer, field) else None
        key = (answer.path, repr(answer.said), day)
        return self._answers.get(key) or self._answers.keep(key, self._answer(intake, field))

    def _answer(self, intake: Intake, field: str) -> Part:
        section, key = field.split(".")
        values = self.sight.observer.observe(
            Intake({section: intake.document.get(section, {})}, intake.screened_on), []
        ).values
        places = self.possibilities.choices[field][0].effect
        now = Option((), {place: values[place] for place in places})
        is_open = CODES["unknown"] in now.effect.values()
        distinct = {tuple(sorted(now.effect.items())): now}
        for value in answers_to_try(self.sight.atoms, field, intake.screened_on):
            if value is None or value in ("unknown", "declined"):
                continue
            effect = self._effect_of_answer(intake, field, value)
            edits = [(f"/{section}/{key}", value)]
            if field == "client.age_years" and "birth_date" in intake.document.get(section, {}):
                edits.append(("/client/birth_date", None))
            distinct.setdefault(tuple(sorted(effect.items())), Option(tuple(edits), effect))
        return Part(f"/{section}/{key}", "answer", tuple(distinct.values()), is_open)

    def _effect_of_answer(self, intake: Intake, field: str, value: Any) -> dict[int, int]:
        section, key = field.split(".")
        document = {section: {key: value}}
        values = self.sight.observer.observe(Intake(document, intake.screened_on), []).values
        return {place: values[place] for place in self.possibilities.choices[field][0].effect}

    def _completions(
        self, intake: Intake, list_name: str, raw: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """The entry with what is not known of it filled in, in every way that can matter."""
        keys: list[list[dict[str, Any]]] = []
        asked = self._keys_asked(intake, list_name, raw)
        if not asked:
            return
        if list_name == "conditions" and "status" in asked:
            keys.append([{}, *({"status": status} for status in STATUSES_ASKED)])
        if list_name == "medications":
            if raw.get("status") == "unknown":
                keys.append([{}, {"status": "current"}, {"status": "stopped"}])
            if "route" not in raw:
                keys.append([{}, *({"route": route} for route in _ROUTES)])
        days = self._days(intake, list_name)
        date_key = _DATE_KEYS.get(list_name)
        if date_key is not None and date_key not in raw:
            keys.append([{}, *({date_key: day.isoformat()} for day in days)])
        for choice in product(*keys):
            filled = dict(raw)
            for answers in choice:
                filled |= answers
            if list_name != "medications" or "stopped_on" not in filled or _is_stopped(filled):
                yield filled

    def _days(self, intake: Intake, list_name: str) -> list[date]:
        """Today, and for each window that this list has the last day on which it is over."""
        windows = {
            atom.within
            for atom in self.sight.atoms.values()
            if isinstance(atom, Began | Stopped | Done)
            and list_of(atom) == list_name
            and atom.within is not None
        }
        today = intake.screened_on
        outside = {first_outside(today, window) for window in windows}
        return [today, *sorted(outside, reverse=True)]


def _is_computed(answer: Answer, field: str) -> bool:
    return answer.path != "/" + field.replace(".", "/")


def _is_stopped(entry: Mapping[str, Any]) -> bool:
    return bool(entry.get("status", "stopped") == "stopped")


def _waits_for(atom: str, condition: Condition, holding: Collection[str]) -> bool:
    """Whether it can matter to a condition what an atom is, while those in ``holding`` are true."""
    match condition:
        case Leaf(read):
            return read.key == atom
        case Not(part):
            return _waits_for(atom, part, holding)
        case AnyOf(parts) if any(isinstance(p, Leaf) and p.atom.key in holding for p in parts):
            return False
        case AnyOf(parts) | AllOf(parts):
            return any(_waits_for(atom, part, holding) for part in parts)
        case _:
            return False
