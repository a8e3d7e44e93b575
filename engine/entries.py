"""What an entry of an intake's list is: its words, what they mean, and where on the body it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, final

from engine.memory import LONGEST_WORDS
from engine.vocabulary import Concept


@final
class Unrecognised(NamedTuple):
    """Why an entry, or part of it, was not understood, and the closest vocabulary names."""

    why: str
    suggestions: tuple[str, ...] = ()


@final
class Origin(NamedTuple):
    """What told an entry's concept, its status and its route; empty where there is none.

    ``concept``: name, code, or name and code. ``status``: given, assumed, name or code (which imply
    it), or date (there is a day on which the medicine ended). ``route``: given, name or code, or usual.
    """

    concept: str
    status: str
    route: str


@final
class Sense(NamedTuple):
    """What rules can hear of an entry besides its place and its day."""

    list_name: str
    concept: str | None
    status: str
    route: str | None
    is_understood: bool


@final
@dataclass(slots=True, eq=False)
class Reading:
    """What the words of an entry mean, wherever it stands; nobody changes it.

    ``concept`` is ``None`` when the words were not understood; ``unrecognised`` may be set
    besides a concept, when name and code (or route) contradict each other. ``said`` stands at the
    entry's ``key``.
    """

    list_name: str
    key: str
    said: str
    concept: Concept | None
    status: str
    route: str | None
    origin: Origin
    unrecognised: Unrecognised | None
    sense: Sense


@final
class Site(NamedTuple):
    """Whether an entry counts as in the treated area, and a phrase that says how that was told."""

    in_area: bool
    says: str


@final
@dataclass(slots=True, eq=False)
class Entry:
    """One entry of an intake's list, the ``index``-th from 0, with what it means; nobody changes it.

    ``day`` is ``since``, ``stopped_on`` or ``performed_on``.
    """

    reading: Reading
    index: int
    where: Site
    day: date | None

    @property
    def lasting(self) -> bool:
        """Whether what is made of it may be remembered: short words, and no date."""
        return self.day is None and len(self.reading.said) <= LONGEST_WORDS

    @property
    def list_name(self) -> str:
        """The list in which it stands."""
        return self.reading.list_name

    @property
    def path(self) -> str:
        """Its place in the intake, as a JSON Pointer."""
        return f"/{self.reading.list_name}/{self.index}"

    @property
    def said_at(self) -> str:
        """The place of its words, as a JSON Pointer."""
        return f"/{self.reading.list_name}/{self.index}/{self.reading.key}"

    @property
    def said(self) -> str:
        """Its words, or its code where there are none."""
        return self.reading.said

    @property
    def concept(self) -> Concept | None:
        """What it means; ``None`` when it was not understood."""
        return self.reading.concept

    @property
    def status(self) -> str:
        """The status that counts; empty in lists without one."""
        return self.reading.status

    @property
    def route(self) -> str | None:
        """The route that counts, as far as it is known."""
        return self.reading.route

    @property
    def origin(self) -> Origin:
        """What told its concept, status and route."""
        return self.reading.origin

    @property
    def unrecognised(self) -> Unrecognised | None:
        """Why it, or part of it, was not understood."""
        return self.reading.unrecognised

    @property
    def in_area(self) -> bool:
        """Whether its site counts as in the treated area."""
        return self.where.in_area

    @property
    def site(self) -> str:
        """How that was told, in words."""
        return self.where.says

    @property
    def status_assumed(self) -> bool:
        """Whether the status is the one that counts where none was given."""
        return self.reading.origin.status == "assumed"
