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
from inquiry.parts import NEW_MEDICINE, Option, Part
from inquiry.situations import ELIGIBLE
from inquiry.voices import Voice


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
    verdict, then what the client has already named, then the questionnaire's own order.
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
    return sorted(
        found,
        key=lambda q: (q.strictest, -_settling(q), not _is_about_entry(q), order[q.id], q.path),
    )


def _is_about_entry(question: NextQuestion) -> bool:
    """Whether the client has already named what the question is about."""
    return any(step.isdigit() for step in question.path.split("/"))


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
        self._heard: dict[int, dict[str, Voice]] = {key: {} for key in self._groups}
        self._hearing: dict[str, list[int]] = {}
        for part in parts:
            for voice in inquirer.voices.of(part):
                self._heard[id(voice.group)][part.place] = voice
                self._hearing.setdefault(part.place, []).append(id(voice.group))
        self._span = {key: self._span_of(key, {}) for key in self._groups}
        self._now = {key: self._severity(key, {}) for key in self._groups}
        self._highs = sorted([*(span.high for span in self._span.values()), ELIGIBLE])
        self._by_now = sorted(self._groups, key=self._now.__getitem__)
        self._by_low = sorted(self._groups, key=lambda key: self._span[key].low)
        self._by_high = sorted(self._groups, key=lambda key: self._span[key].high)

    def matters(self, part: Part) -> bool:
        """Whether some answer can make another verdict than some other answer, now or later."""
        return any(self._matters_to(key, part) for key in self._hearing.get(part.place, ()))

    def prospects(self, part: Part, path: str) -> Iterator[Prospect]:
        """What each kind of answer would do; answers that do the same are told once."""
        seen: set[tuple[str, bool]] = set()
        hearing = self._hearing.get(part.place, [])
        sure = self._without(set(hearing))
        for option in part.options[1:]:
            prospect = self._prospect(part, option, hearing, sure, _answer(option, path))
            if (prospect.verdict, prospect.settles) not in seen:
                seen.add((prospect.verdict, prospect.settles))
                yield prospect
        if part.kind == "list":
            lows = [self._span[key].low for key in hearing]
            worst = min(*lows, *self._now.values())
            if (VERDICTS[worst], worst == 0) not in seen:
                yield Prospect(None, VERDICTS[worst], worst == 0)

    def _severity(self, key: int, instead: Mapping[str, bytes]) -> int:
        """What a group asks for now, but that some parts say something else."""
        codes = silent = bytes(len(self._groups[key].keys))
        for place, voice in self._heard[key].items():
            said = instead.get(place, voice.now)
            if said != silent:
                codes = bytes(map(max, codes, said))
        return self._groups[key].severity(codes)

    def _span_of(self, key: int, instead: Mapping[str, frozenset[bytes]]) -> _Span:
        """The strictest and the mildest that a group can come to ask for."""
        return _Span(*self._situations.extremes(self._groups[key], self._sayings(key, instead)))

    def _sayings(
        self, key: int, instead: Mapping[str, frozenset[bytes]]
    ) -> tuple[frozenset[bytes], ...]:
        return tuple([instead.get(place, voice.ever) for place, voice in self._heard[key].items()])

    def _without(self, hearing: set[int]) -> tuple[int, _Span]:
        """What all groups but some ask for now, and can come to ask for."""
        now = next((self._now[key] for key in self._by_now if key not in hearing), ELIGIBLE)
        low = next((self._span[key].low for key in self._by_low if key not in hearing), ELIGIBLE)
        high = next((self._span[key].high for key in self._by_high if key not in hearing), ELIGIBLE)
        return now, _Span(low, high)

    def _prospect(
        self, part: Part, option: Option, hearing: Sequence[int], sure: tuple[int, _Span], answer: Any
    ) -> Prospect:
        """What an option would do to the groups that hear it, beside what the others ask for."""
        verdict, (low, high) = sure
        for key in hearing:
            said = self._situations.project(self._groups[key], option.effect)
            span = self._span_of(key, {part.place: frozenset({said})})
            now = self._severity(key, {part.place: said})
            verdict, low, high = min(verdict, now), min(low, span.low), min(high, span.high)
        return Prospect(answer, VERDICTS[verdict], settles=low == high)

    def _matters_to(self, key: int, part: Part) -> bool:
        """Whether this group can tell answers apart in a way that counts beside what is sure."""
        limit = self._highs[1 if self._highs[0] == self._span[key].high else 0]
        group = self._groups[key]
        silent = frozenset({bytes(len(group.keys))})
        said = self._heard[key][part.place].ever
        for codes in self._situations.joined(group, self._sayings(key, {part.place: silent})):
            counted = {min(group.severity(bytes(map(max, codes, effect))), limit) for effect in said}
            if len(counted) > 1:
                return True
        return False


def _answer(option: Option, path: str) -> Any:
    """What an option says at the path of a question."""
    said = dict(option.edits)
    if NEW_MEDICINE in said:
        return said[NEW_MEDICINE][path.rpartition("/")[2]]
    return said.get(path, next(iter(said.values()), None))
