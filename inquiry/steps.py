"""The steps of an explanation: a tree, each step with a code from a closed list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from itertools import takewhile
from typing import Any, Final, NamedTuple, final

from engine.names import fold
from inquiry.words import wrapped


@final
class Code(StrEnum):
    """What kind of step it is; the meanings are documented in docs/explanations.md."""

    FIRED = "fired"
    RULED_OUT = "ruled-out"
    UNDECIDED = "undecided"
    CONCLUDED = "concluded"
    NOT_CONCLUDED = "not-concluded"
    ENOUGH = "enough"
    TOGETHER = "together"
    OBSERVED = "observed"
    NOT_OBSERVED = "not-observed"
    ENTRY = "entry"
    ANSWER = "answer"
    CONTRADICTED = "contradicted"
    NO_ENTRY = "no-entry"
    NOT_ASKED = "not-asked"
    MEANS = "means"
    COUNTS_AS = "counts-as"
    IMPLIES = "implies"
    STATUS = "status"
    SITE = "site"
    ROUTE = "route"
    WINDOW = "window"
    WINDOW_OVER = "window-over"
    NOT_UNDERSTOOD = "not-understood"
    QUESTION = "question"


MEANINGS: Final = {
    Code.FIRED: "a rule fired; its children are what it rests on, all of them together",
    Code.RULED_OUT: "a rule cannot fire; its children are what rules it out, all of them together",
    Code.UNDECIDED: "a rule is undecided; its children are the questions that it waits for",
    Code.CONCLUDED: "a conclusion that rules read was drawn",
    Code.NOT_CONCLUDED: "a conclusion that rules read was ruled out",
    Code.ENOUGH: "each of its children would be enough by itself",
    Code.TOGETHER: "its children count only together",
    Code.OBSERVED: "something that a rule asks about holds; each of its children says so",
    Code.NOT_OBSERVED: "something that a rule asks about does not hold; its children say why",
    Code.ENTRY: "an entry of a list, in the client's words",
    Code.ANSWER: "the answer to a question",
    Code.CONTRADICTED: "an answer that an entry contradicts; the entry counts",
    Code.NO_ENTRY: "a list was asked and holds no such entry",
    Code.NOT_ASKED: "nothing stands there, and that counts as no or as the usual",
    Code.MEANS: "the concept of the vocabulary that a name or a code means",
    Code.COUNTS_AS: "the next concept on the way up to the one that the rule asks about",
    Code.IMPLIES: "a medicine that a condition says is in use",
    Code.STATUS: "the status that counts, and whether it was given, assumed or implied",
    Code.SITE: "how the place on the body was told",
    Code.ROUTE: "the route of a medicine, and whether it was given, implied or is the usual one",
    Code.WINDOW: "a time window that is still open, and the day on which it ends",
    Code.WINDOW_OVER: "a time window that is over, and the day on which it ended",
    Code.NOT_UNDERSTOOD: "why an entry was not understood",
    Code.QUESTION: "a question that is still open",
}
"""Each code in words, as docs/explanations.md lists them."""

_WAY_UP: Final = (Code.MEANS, Code.COUNTS_AS, Code.IMPLIES)


@final
class Step(NamedTuple):
    """One step.

    ``path`` and ``value`` are those of a place of the intake. ``fact`` is the name that the rule, the
    conclusion, the atom or the concept has in the knowledge base. ``ends_on`` (``YYYY-MM-DD``) is the
    first day on which a window is over.
    """

    code: Code
    text: str
    path: str | None = None
    value: Any = None
    children: tuple[Step, ...] = ()
    fact: str | None = None
    ends_on: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The step and everything under it as plain JSON values."""
        return {
            "code": self.code.value,
            "text": self.text,
            "path": self.path,
            "value": self.value,
            "fact": self.fact,
            "ends_on": self.ends_on,
            "children": [child.as_json() for child in self.children],
        }

    def all_steps(self) -> Iterator[Step]:
        """The step itself and everything under it."""
        yield self
        for child in self.children:
            yield from child.all_steps()


def as_one(steps: tuple[Step, ...], code: Code, text: str) -> tuple[Step, ...]:
    """Several steps as one that has them as children; one stays as it is."""
    return steps if len(steps) < 2 else (Step(code, text, children=steps),)  # noqa: PLR2004 - several


def drawn(step: Step, *, details: bool = False) -> Iterator[str]:
    """A tree as lines of text, ``details`` with the names of facts."""
    yield from wrapped(_text(step, details=details))
    yield from _drawn(step.children, "", details=details)


def _drawn(steps: tuple[Step, ...], indent: str, *, details: bool) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        is_last = number == len(steps)
        way_up = list(takewhile(lambda child: child.code in _WAY_UP, step.children))
        text = " → ".join([_text(step, details=details), *_told(way_up, step, details=details)])
        first, *more = wrapped(text, indent=" " * (len(indent) + 3), hanging="   ")
        yield f"{indent}{'└─ ' if is_last else '├─ '}{first.strip()}"
        rest = indent + ("   " if is_last else "│  ")
        below = step.children[len(way_up) :]
        yield from (rest + ("│  " if below else "   ") + line.strip() for line in more)
        yield from _drawn(below, rest, details=details)


def _told(way_up: list[Step], entry: Step, *, details: bool) -> Iterator[str]:
    """The way from an entry's words up the vocabulary, without what the words say to the letter."""
    for step in way_up:
        if details or fold(step.text) != fold(str(entry.value)):
            yield _text(step, details=details)


def _text(step: Step, *, details: bool) -> str:
    return f"{step.text} [{step.fact}]" if details and step.fact else step.text


def place_and_value(path: str, value: Any) -> str:
    """``/client/pregnancy "no"``: a place of an intake and what stands there."""
    return f"{path} {json.dumps(value, ensure_ascii=False)}"
