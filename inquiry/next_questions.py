"""What to ask next: which questions can still change the verdict, and what each answer would do.

A question that can no longer change anything is left out; this is proved and not weighed: the verdict is
the strictest that any group of rules asks for, and a group cannot matter any more once the others are
sure to ask for something at least as strict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, final

from engine import Intake
from engine.rules import VERDICTS
from inquiry.inquirer import Inquirer
from inquiry.parts import Option, Part
from inquiry.situations import ELIGIBLE, RuleGroup


class _Span(NamedTuple):
    low: int
    high: int


@final
class Prospect(NamedTuple):
    """What one answer would do: the verdict then, and whether that verdict would be settled.

    ``answer`` is ``None`` for a list that turns out to hold the worst that it can.
    """

    answer: Any
    verdict: str
    settles: bool


@final
class NextQuestion(NamedTuple):
    """A question that can still change the verdict, with what each kind of answer would do."""

    id: str
    path: str
    ask: str
    why: str
    prospects: tuple[Prospect, ...]

    @property
    def strictest(self) -> int:
        """The strictest verdict that an answer would give at once: 0 is the strictest."""
        return min(VERDICTS.index(prospect.verdict) for prospect in self.prospects)


def next_questions(inquirer: Inquirer, intake: Intake, *, every: bool = False) -> list[NextQuestion]:
    """The questions that can still change the verdict (or every open one), the most decisive first.

    The order: what the strictest answer would do at once, then how many of the answers would settle the
    verdict, then the questionnaire's own order.
    """
    parts = inquirer.parts(intake)
    state = _State(inquirer, parts)
    knowledge_base = inquirer.screener.knowledge_base
    found = []
    for asked in inquirer.assess(intake)["questions"]:
        question = knowledge_base.questions[asked["id"]]
        part = _part_of(parts, asked["path"])
        if part is None or not (every or state.matters(part)):
            continue
        prospects = tuple(state.prospects(part, asked["path"]))
        found.append(NextQuestion(question.id, asked["path"], asked["ask"], question.why, prospects))
    order = {question: number for number, question in enumerate(knowledge_base.questions)}
    return sorted(found, key=lambda q: (q.strictest, -_settling(q), order[q.id], q.path))


def _settling(question: NextQuestion) -> float:
    """The share of the answers that would settle the verdict."""
    return sum(p.settles for p in question.prospects) / max(len(question.prospects), 1)


def _part_of(parts: Sequence[Part], path: str) -> Part | None:
    """The part that an answer at a path belongs to: an entry's status belongs to the entry."""
    return next(
        (part for part in parts if path == part.place or path.startswith(f"{part.place}/")), None
    )


@final
class _State:
    """How much the groups of rules can still come to ask for, part by part."""

    def __init__(self, inquirer: Inquirer, parts: Sequence[Part]) -> None:
        self._situations = inquirer.situations
        self._groups = {id(group): group for group in self._situations.groups}
        self._parts = parts
        self._heard = {key: self._heard_by(group) for key, group in self._groups.items()}
        self._span = {key: self._span_of(key, {}) for key in self._groups}
        self._now = {
            key: self._situations.severity(group, parts, {}) for key, group in self._groups.items()
        }

    def matters(self, part: Part) -> bool:
        """Whether some answer can make another verdict than some other answer, now or later."""
        return any(
            part.place in heard and self._matters_to(key, part) for key, heard in self._heard.items()
        )

    def prospects(self, part: Part, path: str) -> Iterator[Prospect]:
        """What each kind of answer would do; answers that do the same are told once."""
        seen: set[tuple[str, bool]] = set()
        for option in part.options[1:]:
            prospect = self._prospect(part, option, _answer(option, path))
            if (prospect.verdict, prospect.settles) not in seen:
                seen.add((prospect.verdict, prospect.settles))
                yield prospect
        if part.kind == "list":
            lows = [self._span[key].low for key, heard in self._heard.items() if part.place in heard]
            worst = min(*lows, *self._now.values())
            if (VERDICTS[worst], worst == 0) not in seen:
                yield Prospect(None, VERDICTS[worst], worst == 0)

    def _heard_by(self, group: RuleGroup) -> dict[str, frozenset[bytes]]:
        """What each part can say to a group, for parts that say anything to it at all."""
        silent = bytes(len(group.keys))
        heard = {}
        for part in self._parts:
            options = part.options if part.is_open else (part.now,)
            said = {self._situations.project(group, option.effect) for option in options}
            if part.kind == "list":
                said |= self._situations.sums(group, part.place[1:])
            if said != {silent}:
                heard[part.place] = frozenset(said)
        return heard

    def _span_of(self, key: int, instead: Mapping[str, frozenset[bytes]]) -> _Span:
        """The strictest and the mildest that a group can come to ask for."""
        group = self._groups[key]
        found = {group.severity(codes) for codes in self._codes(key, instead)}
        return _Span(min(found), max(found))

    def _codes(self, key: int, instead: Mapping[str, frozenset[bytes]]) -> set[bytes]:
        found = {bytes(len(self._groups[key].keys))}
        for said in {**self._heard[key], **instead}.values():
            found = {bytes(map(max, codes, effect)) for codes in found for effect in said}
        return found

    def _prospect(self, part: Part, option: Option, answer: Any) -> Prospect:
        verdict, low, high = ELIGIBLE, ELIGIBLE, ELIGIBLE
        for key, group in self._groups.items():
            now, span = self._now[key], self._span[key]
            if part.place in self._heard[key]:
                said = frozenset({self._situations.project(group, option.effect)})
                span = self._span_of(key, {part.place: said})
                now = self._situations.severity(group, self._parts, {part.place: option})
            verdict, low, high = min(verdict, now), min(low, span.low), min(high, span.high)
        return Prospect(answer, VERDICTS[verdict], settles=low == high)

    def _matters_to(self, key: int, part: Part) -> bool:
        """Whether this group can tell answers apart in a way that counts beside what is sure."""
        limit = min((span.high for k, span in self._span.items() if k != key), default=ELIGIBLE)
        group = self._groups[key]
        silent = frozenset({bytes(len(group.keys))})
        said = self._heard[key][part.place]
        for codes in self._codes(key, {part.place: silent}):
            counted = {min(group.severity(bytes(map(max, codes, effect))), limit) for effect in said}
            if len(counted) > 1:
                return True
        return False


def _answer(option: Option, path: str) -> Any:
    """What an option says at the path of a question."""
    said = dict(option.edits)
    return said.get(path, next(iter(said.values()), None))
