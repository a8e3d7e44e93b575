"""The steps of an explanation: a tree, each step with a code from a closed list."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple, final

from inquiry.words import wrapped


@final
class Code(StrEnum):
    """What kind of step it is; the meanings are documented in docs/explanations.md."""

    FIRED = "fired"
    RULED_OUT = "ruled-out"
    UNDECIDED = "undecided"
    CONCLUDED = "concluded"
    NOT_CONCLUDED = "not-concluded"
    OBSERVED = "observed"
    NOT_OBSERVED = "not-observed"
    ENTRY = "entry"
    ANSWER = "answer"
    NO_ENTRY = "no-entry"
    NOT_ASKED = "not-asked"
    MEANS = "means"
    COUNTS_AS = "counts-as"
    STATUS = "status"
    SITE = "site"
    ROUTE = "route"
    WINDOW = "window"
    WINDOW_OVER = "window-over"
    NOT_UNDERSTOOD = "not-understood"
    QUESTION = "question"


MEANINGS = {
    Code.FIRED: "a rule fired; its children are what it rests on",
    Code.RULED_OUT: "a rule cannot fire; its children are what rules it out",
    Code.UNDECIDED: "a rule is undecided; its children are the questions that it waits for",
    Code.CONCLUDED: "a conclusion that rules read was drawn",
    Code.NOT_CONCLUDED: "a conclusion that rules read was ruled out",
    Code.OBSERVED: "something that a rule asks about holds",
    Code.NOT_OBSERVED: "something that a rule asks about does not hold",
    Code.ENTRY: "an entry of a list, in the client's words",
    Code.ANSWER: "the answer to a question",
    Code.NO_ENTRY: "a list was asked, and no entry says so",
    Code.NOT_ASKED: "nothing stands there, and that counts as no or as the usual",
    Code.MEANS: "the concept of the vocabulary that a name or a code means",
    Code.COUNTS_AS: "a concept above it, up to the one that the rule asks about",
    Code.STATUS: "the status that counts, and whether it was given, assumed or implied",
    Code.SITE: "how the place on the body was told",
    Code.ROUTE: "the route of a medicine",
    Code.WINDOW: "a time window that is still open, and the first day on which it is over",
    Code.WINDOW_OVER: "a time window that is over, and since when",
    Code.NOT_UNDERSTOOD: "why an entry was not understood",
    Code.QUESTION: "a question that is still open",
}
"""Each code in words, as docs/explanations.md lists them."""


@final
class Step(NamedTuple):
    """One step: ``path`` and ``value`` where it is a place of the intake."""

    code: Code
    text: str
    path: str | None = None
    value: Any = None
    children: tuple[Step, ...] = ()
    fact: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The step and everything under it as plain JSON values."""
        return {
            "code": self.code.value,
            "text": self.text,
            "path": self.path,
            "value": self.value,
            "fact": self.fact,
            "children": [child.as_json() for child in self.children],
        }

    def leaves(self) -> Iterator[Step]:
        """The steps under which there is nothing more."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


def drawn(step: Step, *, details: bool = False) -> Iterator[str]:
    """A tree as lines of text, ``details`` with the names of facts."""
    yield from wrapped(_text(step, details=details))
    yield from _drawn(step.children, "", details=details)


def _drawn(steps: tuple[Step, ...], indent: str, *, details: bool) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        is_last = number == len(steps)
        first, *more = wrapped(_text(step, details=details), indent=" " * (len(indent) + 3), hanging="")
        yield f"{indent}{'└─ ' if is_last else '├─ '}{first.strip()}"
        rest = indent + ("   " if is_last else "│  ")
        yield from (rest + line.strip() for line in more)
        yield from _drawn(step.children, rest, details=details)


def _text(step: Step, *, details: bool) -> str:
    return f"{step.text} [{step.fact}]" if details and step.fact else step.text
