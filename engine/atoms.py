"""Atoms: the questions about an intake that rules are made of (POLICY, "Reading the table").

Each atom is *yes*, *no* or *unknown*. Every kind of atom has a ``key`` (its name in working memory:
unique, readable, stable), ``judge`` (what one entry or answer says about it, ``None`` if nothing)
and ``says`` (the atom as a phrase in plain English). Which list bears on it, which concept it reads
and what it is when nothing was asked is told by :func:`list_of`, :func:`concept_of` and
:func:`silence_of`.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple, final

from engine.answer_tests import AnswerTest
from engine.dates import Period, still_within
from engine.entries import Entry
from engine.intake import Answer
from engine.truth import NO, UNKNOWN, YES, Judgement, Truth
from engine.vocabulary import Vocabulary

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


@final
class Has(NamedTuple):
    """``cond(X, statuses, site)``: some condition at or below X with one of the statuses."""

    concept: str
    status: str
    site: str
    weak: bool = False

    @property
    def key(self) -> str:
        kind = "mentioned" if self.weak else "condition"
        return f"{kind}:{self.concept}:{self.status}:{self.site}"

    def judge(self, entry: Entry, today: date, vocabulary: Vocabulary) -> Judgement | None:
        if not stands_at(self.site, entry):
            return None
        if entry.status in status_set(self.status):
            return YES
        if entry.status == "unknown" and not self.weak:
            return Judgement("unknown", question="condition-status")
        return NO if entry.status == "absent" and self.weak else None

    def says(self, vocabulary: Vocabulary) -> str:
        site = {IN: " in the treated area", ELSEWHERE: " away from the treated area", ANY: ""}
        return f"{_status_words(self.status)}{_label(vocabulary, self.concept)}{site[self.site]}"


@final
class Began(NamedTuple):
    """A condition in the area, of any status but absent, with ``since`` in the window."""

    concept: str
    within: Period
    site: str

    @property
    def key(self) -> str:
        return f"began:{self.concept}:{self.within.short}:{self.site}"

    def judge(self, entry: Entry, today: date, vocabulary: Vocabulary) -> Judgement | None:
        if entry.status == "absent" or not stands_at(self.site, entry):
            return None
        return _windowed(entry, self.within, today, "condition-since")

    def says(self, vocabulary: Vocabulary) -> str:
        return f"{_label(vocabulary, self.concept)} that began within {self.within}"


@final
class Unclear(NamedTuple):
    """Unknown while some condition at or below X has one of the statuses, else no.

    The question that settles it is called after the concept: ``diabetes-control``.
    """

    concept: str
    statuses: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"unclear:{self.concept}:{'+'.join(self.statuses)}"

    def judge(self, entry: Entry, today: date, vocabulary: Vocabulary) -> Judgement | None:
        if entry.status in self.statuses:
            return Judgement("unknown", question=f"{self.concept}-control")
        return None

    def says(self, vocabulary: Vocabulary) -> str:
        return f"{_label(vocabulary, self.concept)} of which the control is not known"


@final
class Taking(NamedTuple):
    """``taking(M)``: a current medicine of the class, or a condition that says so."""

    concept: str

    @property
    def key(self) -> str:
        return f"taking:{self.concept}"

    def judge(self, entry: Entry, today: date, vocabulary: Vocabulary) -> Judgement | None:
        if entry.list_name == "conditions":
            return YES if entry.status in STATUSES["reported"] else None
        if entry.status not in ("current", "unknown") or entry.concept is None:
            return None
        member = vocabulary.membership(entry.concept.id, self.concept, entry.route)
        if member == "no":
            return None
        if entry.status == "unknown":
            return Judgement("unknown", question="medication-status")
        return Judgement(member, question="medication-route" if member == "unknown" else None)

    def says(self, vocabulary: Vocabulary) -> str:
        return f"taking {_label(vocabulary, self.concept)}"


@final
class Stopped(NamedTuple):
    """``stopped_within(M, T)``: a medicine of the class, stopped inside the window."""

    concept: str
    within: Period

    @property
    def key(self) -> str:
        return f"stopped:{self.concept}:{self.within.short}"

    def judge(self, entry: Entry, today: date, vocabulary: Vocabulary) -> Judgement | None:
        if entry.list_name == "conditions":
            stopped = entry.status == "resolved"
            return Judgement("unknown", question="medication-stopped-on") if stopped else None
        if entry.status not in ("stopped", "unknown") or entry.concept is None:
            return None
        member = vocabulary.membership(entry.concept.id, self.concept, entry.route)
        if member == "no":
            return None
        if entry.status == "unknown":
            return Judgement("unknown", question="medication-status")
        judgement = _windowed(entry, self.within, today, "medication-stopped-on")
        if judgement is not None and judgement.truth == "yes" and member == "unknown":
            return Judgement("unknown", question="medication-route")
        return judgement

    def says(self, vocabulary: Vocabulary) -> str:
        return f"{_label(vocabulary, self.concept)} that ended only recently"


@final
class Done(NamedTuple):
    """``done_within(P, T, site)``; without a window, done at any time."""

    concept: str
    within: Period | None
    site: str

    @property
    def key(self) -> str:
        return f"done:{self.concept}:{self.within.short if self.within else 'ever'}:{self.site}"

    def judge(self, entry: Entry, today: date, vocabulary: Vocabulary) -> Judgement | None:
        if not stands_at(self.site, entry):
            return None
        if self.within is None:
            return YES
        return _windowed(entry, self.within, today, "procedure-date")

    def says(self, vocabulary: Vocabulary) -> str:
        when = f"less than {self.within} ago" if self.within else "at any time"
        site = " in the treated area" if self.site == IN else ""
        return f"{_label(vocabulary, self.concept)} {when}{site}"


@final
class Allergic(NamedTuple):
    """An entry of ``allergies`` at or below the concept."""

    concept: str

    @property
    def key(self) -> str:
        return f"allergy:{self.concept}"

    def judge(self, entry: Entry, today: date, vocabulary: Vocabulary) -> Judgement | None:
        return YES

    def says(self, vocabulary: Vocabulary) -> str:
        label = _label(vocabulary, self.concept)
        return label if "allergy" in label else f"allergy to {label}"


@final
class NotUnderstood(NamedTuple):
    """An unrecognised entry in one of the lists, status not absent; never unknown."""

    lists: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"unrecognised:{'+'.join(self.lists)}"

    def judge(self, entry: Entry, today: date, vocabulary: Vocabulary) -> Judgement | None:
        return YES if entry.unrecognised and entry.status != "absent" else None

    def says(self, vocabulary: Vocabulary) -> str:
        return f"an entry in {' or '.join(self.lists)} that was not recognised"


@final
class Answered(NamedTuple):
    """A field of the intake passes a test (one of the four kinds of :mod:`engine.conditions`)."""

    field: str
    test: AnswerTest

    @property
    def key(self) -> str:
        return f"answer:{self.field}:{self.test}"

    def judge_answer(self, answer: Answer, today: date) -> Judgement:
        """What an answer says about this atom."""
        if answer.value is None:
            return UNKNOWN
        return self.test.judge(answer.value, today)

    def says(self, vocabulary: Vocabulary) -> str:
        name = self.field.split(".")[1].replace("_", " ")
        return f"{name}: {self.test}".replace("_", " ")


Atom = Has | Began | Unclear | Taking | Stopped | Done | Allergic | NotUnderstood | Answered


_LISTS: Final[dict[type[Atom], str]] = {
    Has: "conditions",
    Began: "conditions",
    Unclear: "conditions",
    Taking: "medications",
    Stopped: "medications",
    Done: "procedures",
    Allergic: "allergies",
}


def list_of(atom: Atom) -> str | None:
    """The list of the intake that bears on an atom, if one does."""
    return _LISTS.get(type(atom))


def concept_of(atom: Atom) -> str | None:
    """The vocabulary concept that an atom reads, if it reads one."""
    return None if isinstance(atom, NotUnderstood | Answered) else atom.concept


def window_of(atom: Atom) -> Period | None:
    """The time window before today outside of which a day has no bearing on an atom, if it has one."""
    return atom.within if isinstance(atom, Began | Stopped | Done) else None


def statuses_heard(atom: Atom, list_name: str) -> frozenset[str] | None:
    """The statuses with which an entry of a list can bear on an atom; ``None``: with any."""
    in_conditions = list_name == "conditions"
    heard: frozenset[str] | None = None
    match atom:
        case Has():
            heard = status_set(atom.status) | (frozenset() if atom.weak else STATUSES["unknown"])
        case Began():
            heard = STATUSES["ever"]
        case Unclear():
            heard = frozenset(atom.statuses)
        case Taking():
            heard = STATUSES["reported"] if in_conditions else frozenset({"current", "unknown"})
        case Stopped():
            heard = STATUSES["resolved"] if in_conditions else frozenset({"stopped", "unknown"})
    return heard


def silence_of(atom: Atom) -> Truth:
    """What an atom is when its list or field was not asked."""
    weak = isinstance(atom, NotUnderstood) or (isinstance(atom, Has) and atom.weak)
    return "no" if weak else "unknown"


def status_set(word: str) -> frozenset[str]:
    """The statuses that a word stands for; ``a+b`` is the union."""
    return frozenset().union(*(STATUSES[part] for part in word.split("+")))


def stands_at(site: str, entry: Entry) -> bool:
    """Whether an entry's place on the body is one that an atom asks about."""
    return site == ANY or entry.in_area == (site == IN)


def _windowed(entry: Entry, within: Period, today: date, question: str) -> Judgement | None:
    if entry.day is None:
        return Judgement("unknown", question=question)
    end = within.after(entry.day)
    return Judgement("yes", end) if still_within(today, end) else None


def _label(vocabulary: Vocabulary, concept: str) -> str:
    return vocabulary.concepts[concept].label


def _status_words(word: str) -> str:
    return {"ever": "", "present": "present ", "reported": ""}.get(word, word.replace("+", " or ") + " ")
