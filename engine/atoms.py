"""Atoms: the questions about an intake that rules are made of (POLICY, "Reading the table").

Each atom is *yes*, *no* or *unknown*. An atom knows which entry or answer bears on it
(:meth:`judge`), what it is when nothing does (:attr:`silence`), and how it reads in English.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final, NamedTuple, final

from engine.dates import Period, parse_date, still_within
from engine.entries import Entry
from engine.intake import Answer
from engine.vocabulary import Truth, Vocabulary

STATUSES: Final = {
    "active": frozenset({"active"}),
    "controlled": frozenset({"controlled"}),
    "resolved": frozenset({"resolved"}),
    "unknown": frozenset({"unknown"}),
    "present": frozenset({"active", "controlled"}),
    "reported": frozenset({"active", "controlled", "unknown"}),
    "ever": frozenset({"active", "controlled", "resolved", "unknown"}),
}
"""The words for sets of statuses; ``unknown`` satisfies ``reported`` and ``ever`` only."""

IN, ELSEWHERE, ANY = "in", "elsewhere", "any"


class Judgement(NamedTuple):
    """What one entry or answer says about one atom.

    ``ends_on`` is the first day on which a time window is over; ``question`` is the id of the
    question whose answer would settle an unknown.
    """

    truth: Truth
    ends_on: date | None = None
    question: str | None = None


@dataclass(frozen=True, slots=True)
class Atom:
    """The root of the atoms; ``list_name`` is the intake's list that bears on the atom."""

    list_name: ClassVar[str] = ""

    @property
    def key(self) -> str:
        """The atom's name in working memory: unique, readable, stable."""
        raise NotImplementedError

    @property
    def concepts(self) -> tuple[str, ...]:
        """The vocabulary concepts that the atom reads."""
        return ()

    @property
    def silence(self) -> Truth:
        """The truth when the list (or field) was not asked."""
        return "unknown"

    def judge(self, entry: Entry, today: date, vocabulary: Vocabulary) -> Judgement | None:
        """What an entry says about this atom; ``None`` if nothing."""
        raise NotImplementedError

    def says(self, vocabulary: Vocabulary) -> str:
        """The atom as a phrase in plain English."""
        raise NotImplementedError


@final
@dataclass(frozen=True, slots=True)
class Has(Atom):
    """``cond(X, statuses, site)``: some condition at or below X with one of the statuses."""

    list_name = "conditions"
    concept: str
    status: str
    site: str
    weak: bool = False

    @property
    def key(self) -> str:
        kind = "mentioned" if self.weak else "condition"
        return f"{kind}:{self.concept}:{self.status}:{self.site}"

    @property
    def concepts(self) -> tuple[str, ...]:
        return (self.concept,)

    @property
    def silence(self) -> Truth:
        return "no" if self.weak else "unknown"

    def judge(self, entry: Entry, today: date, vocabulary: Vocabulary) -> Judgement | None:
        if self.site != ANY and entry.in_area != (self.site == IN):
            return None
        if entry.status in status_set(self.status):
            return Judgement("yes")
        if entry.status == "unknown" and not self.weak:
            return Judgement("unknown", question="condition-status")
        return None

    def says(self, vocabulary: Vocabulary) -> str:
        site = {IN: " in the treated area", ELSEWHERE: " away from the treated area", ANY: ""}
        return f"{_status_words(self.status)}{_label(vocabulary, self.concept)}{site[self.site]}"


@final
@dataclass(frozen=True, slots=True)
class Began(Atom):
    """A condition in the area, of any status but absent, with ``since`` in the window."""

    list_name = "conditions"
    concept: str
    within: Period
    site: str

    @property
    def key(self) -> str:
        return f"began:{self.concept}:{self.within}:{self.site}"

    @property
    def concepts(self) -> tuple[str, ...]:
        return (self.concept,)

    def judge(self, entry: Entry, today: date, vocabulary: Vocabulary) -> Judgement | None:
        if entry.status == "absent" or (self.site != ANY and entry.in_area != (self.site == IN)):
            return None
        return _windowed(entry, self.within, today, "condition-since")

    def says(self, vocabulary: Vocabulary) -> str:
        return f"{_label(vocabulary, self.concept)} that began within {self.within}"


@final
@dataclass(frozen=True, slots=True)
class Unclear(Atom):
    """Unknown while some condition at or below X has one of the statuses, else no.

    The question that settles it is called after the concept: ``diabetes-control``.
    """

    list_name = "conditions"
    concept: str
    statuses: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"unclear:{self.concept}:{'+'.join(self.statuses)}"

    @property
    def concepts(self) -> tuple[str, ...]:
        return (self.concept,)

    def judge(self, entry: Entry, today: date, vocabulary: Vocabulary) -> Judgement | None:
        if entry.status in self.statuses:
            return Judgement("unknown", question=f"{self.concept}-control")
        return None

    def says(self, vocabulary: Vocabulary) -> str:
        return f"{_label(vocabulary, self.concept)} of which the control is not known"


@final
@dataclass(frozen=True, slots=True)
class Taking(Atom):
    """``taking(M)``: a current medicine of the class, or a condition that says so."""

    list_name = "medications"
    medicine: str

    @property
    def key(self) -> str:
        return f"taking:{self.medicine}"

    @property
    def concepts(self) -> tuple[str, ...]:
        return (self.medicine,)

    def judge(self, entry: Entry, today: date, vocabulary: Vocabulary) -> Judgement | None:
        if entry.list_name == "conditions":
            return Judgement("yes") if entry.status in STATUSES["reported"] else None
        if entry.status not in ("current", "unknown") or entry.concept is None:
            return None
        member = vocabulary.membership(entry.concept.id, self.medicine, entry.route)
        if member == "no":
            return None
        if entry.status == "unknown":
            return Judgement("unknown", question="medication-status")
        return Judgement(member, question="medication-route" if member == "unknown" else None)

    def says(self, vocabulary: Vocabulary) -> str:
        return f"taking {_label(vocabulary, self.medicine)}"


@final
@dataclass(frozen=True, slots=True)
class Stopped(Atom):
    """``stopped_within(M, T)``: a medicine of the class, stopped inside the window."""

    list_name = "medications"
    medicine: str
    within: Period

    @property
    def key(self) -> str:
        return f"stopped:{self.medicine}:{self.within}"

    @property
    def concepts(self) -> tuple[str, ...]:
        return (self.medicine,)

    def judge(self, entry: Entry, today: date, vocabulary: Vocabulary) -> Judgement | None:
        if entry.list_name == "conditions":
            stopped = entry.status == "resolved"
            return Judgement("unknown", question="medications") if stopped else None
        if entry.status not in ("stopped", "unknown") or entry.concept is None:
            return None
        member = vocabulary.membership(entry.concept.id, self.medicine, entry.route)
        if member == "no":
            return None
        if entry.status == "unknown":
            return Judgement("unknown", question="medication-status")
        judgement = _windowed(entry, self.within, today, "medication-stopped-on")
        if judgement is not None and judgement.truth == "yes" and member == "unknown":
            return Judgement("unknown", question="medication-route")
        return judgement

    def says(self, vocabulary: Vocabulary) -> str:
        return f"{_label(vocabulary, self.medicine)} taken until less than {self.within} ago"


@final
@dataclass(frozen=True, slots=True)
class Done(Atom):
    """``done_within(P, T, site)``; without a window, done at any time."""

    list_name = "procedures"
    procedure: str
    within: Period | None
    site: str

    @property
    def key(self) -> str:
        return f"done:{self.procedure}:{self.within or 'ever'}:{self.site}"

    @property
    def concepts(self) -> tuple[str, ...]:
        return (self.procedure,)

    def judge(self, entry: Entry, today: date, vocabulary: Vocabulary) -> Judgement | None:
        if self.site != ANY and entry.in_area != (self.site == IN):
            return None
        if self.within is None:
            return Judgement("yes")
        return _windowed(entry, self.within, today, "procedure-date")

    def says(self, vocabulary: Vocabulary) -> str:
        when = f"less than {self.within} ago" if self.within else "at any time"
        site = " in the treated area" if self.site == IN else ""
        return f"{_label(vocabulary, self.procedure)} {when}{site}"


@final
@dataclass(frozen=True, slots=True)
class Allergic(Atom):
    """An entry of ``allergies`` at or below the concept."""

    list_name = "allergies"
    concept: str

    @property
    def key(self) -> str:
        return f"allergy:{self.concept}"

    @property
    def concepts(self) -> tuple[str, ...]:
        return (self.concept,)

    def judge(self, entry: Entry, today: date, vocabulary: Vocabulary) -> Judgement | None:
        return Judgement("yes")

    def says(self, vocabulary: Vocabulary) -> str:
        label = _label(vocabulary, self.concept)
        return label if "allergy" in label else f"allergy to {label}"


@final
@dataclass(frozen=True, slots=True)
class NotUnderstood(Atom):
    """An unrecognised entry in one of the lists, status not absent; never unknown."""

    lists: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"unrecognised:{'+'.join(self.lists)}"

    @property
    def silence(self) -> Truth:
        return "no"

    def judge(self, entry: Entry, today: date, vocabulary: Vocabulary) -> Judgement | None:
        return Judgement("yes") if entry.unrecognised and entry.status != "absent" else None

    def says(self, vocabulary: Vocabulary) -> str:
        return f"an entry in {' or '.join(self.lists)} that was not recognised"


@final
@dataclass(frozen=True, slots=True)
class Answered(Atom):
    """A field of the intake passes a test (one of the four kinds of :mod:`engine.conditions`)."""

    field: str
    test: AnswerTest

    @property
    def key(self) -> str:
        return f"answer:{self.field}:{self.test}"

    def judge_answer(self, answer: Answer, today: date) -> Judgement:
        """What an answer says about this atom."""
        if answer.value is None:
            return Judgement("unknown")
        return self.test.judge(answer.value, today)

    def says(self, vocabulary: Vocabulary) -> str:
        name = self.field.split(".")[1].replace("_", " ")
        return f"{name}: {self.test}".replace("_", " ")


@dataclass(frozen=True, slots=True)
class AnswerTest:
    """The root of the tests that an answer can pass."""

    def judge(self, value: Any, today: date) -> Judgement:
        """Whether a known value passes."""
        raise NotImplementedError


@final
@dataclass(frozen=True, slots=True)
class OneOf(AnswerTest):
    """The answer is one of these words or numbers."""

    values: tuple[str | int, ...]

    def judge(self, value: Any, today: date) -> Judgement:
        return Judgement("yes" if value in self.values else "no")

    def __str__(self) -> str:
        return " or ".join(map(str, self.values))


@final
@dataclass(frozen=True, slots=True)
class Between(AnswerTest):
    """The number lies between two bounds, both included."""

    low: int
    high: int

    def judge(self, value: Any, today: date) -> Judgement:
        return Judgement("yes" if self.low <= value <= self.high else "no")

    def __str__(self) -> str:
        return f"{self.low} to {self.high}"


@final
@dataclass(frozen=True, slots=True)
class Within(AnswerTest):
    """The date lies inside a window that ends today; ``none`` is no date."""

    period: Period

    def judge(self, value: Any, today: date) -> Judgement:
        if value == "none":
            return Judgement("no")
        end = self.period.after(parse_date(value))
        return Judgement("yes", end) if still_within(today, end) else Judgement("no")

    def __str__(self) -> str:
        return f"less than {self.period} ago"


@final
@dataclass(frozen=True, slots=True)
class Includes(AnswerTest):
    """The list contains the word."""

    value: str

    def judge(self, value: Any, today: date) -> Judgement:
        return Judgement("yes" if self.value in value else "no")

    def __str__(self) -> str:
        return self.value


def status_set(word: str) -> frozenset[str]:
    """The statuses that a word stands for; ``a+b`` is the union."""
    return frozenset().union(*(STATUSES[part] for part in word.split("+")))


def _windowed(entry: Entry, within: Period, today: date, question: str) -> Judgement | None:
    if entry.day is None:
        return Judgement("unknown", question=question)
    end = within.after(entry.day)
    return Judgement("yes", end) if still_within(today, end) else None


def _label(vocabulary: Vocabulary, concept: str) -> str:
    return vocabulary.concepts[concept].label


def _status_words(word: str) -> str:
    return {"ever": "", "present": "present ", "reported": ""}.get(word, word.replace("+", " or ") + " ")
