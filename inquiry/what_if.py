"""What would change a verdict: the fewest things that can change, and the first day on which they do.

Only what can change counts: time, an event that ends a finding, an answer to an open question, the
device, the needles or the setting. Age, history and pregnancy never change once they are known, and no
medicine is ever to be stopped for a treatment: its end is an event that only the prescriber brings
about. Every change is screened before it is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, final

from engine import Intake
from engine.atoms import Answered
from engine.conditions import Leaf, leaves
from engine.entries import Entry
from engine.intake import Answer
from engine.observation import Observations
from engine.rules import VERDICTS, Rule
from inquiry.edits import edited
from inquiry.inquirer import Inquirer
from inquiry.parts import Edit, Option, Part

_MOST_CHANGES: Final = 20
_SETTINGS: Final = ("/treatment/device", "/treatment/setting", "/treatment/needle_material")
_NEVER: Final = ("/client/pregnancy", "/client/age_years", "/client/birth_date")
_COURSE_ENDED: Final = "the course has ended, as prescribed or planned and not for this treatment"
_ENDS_OF_ANSWERS: Final[Mapping[str, tuple[str, str]]] = {
    "/client/pregnancy": ("possible", "no"),
    "/client/breastfeeding": ("yes", "no"),
    "/lifestyle/alcohol": ("frequent", "occasional"),
}
"""What an answer becomes when the event has happened for which its finding waits."""


@final
class Step(NamedTuple):
    """One thing that changes: ``kind`` is ``answer``, ``event`` or ``setting``.

    ``event`` says in words what has to happen, and is empty for an answer and a setting.
    """

    kind: str
    place: str
    edits: tuple[Edit, ...]
    event: str


@final
class WayOut(NamedTuple):
    """A verdict that is milder than now, and what it takes: steps, and time until ``on``."""

    verdict: str
    on: date
    steps: tuple[Step, ...]


def ways_out(inquirer: Inquirer, intake: Intake) -> list[WayOut]:
    """For every milder verdict that can be reached: the fewest changes, and those that are soonest.

    The mildest verdict comes last. Of two ways to the same verdict the later one needs fewer changes.
    """
    now = inquirer.severity(intake)
    changeable = _Changeable(inquirer, intake)
    found: dict[int, list[WayOut]] = {}
    for day in changeable.days():
        parts = changeable.parts(day)
        for goal in range(now + 1, len(VERDICTS)):
            fewest = min((len(way.steps) for way in found.get(goal, ())), default=_MOST_CHANGES + 1)
            changes = inquirer.situations.least_changes(parts, goal, fewest - 1)
            if changes is not None:
                way = changeable.way(day, parts, changes)
                reached = VERDICTS.index(way.verdict)
                for level in range(goal, reached + 1):
                    found.setdefault(level, []).append(way)
    ways = [way for goal in sorted(found) for way in found[goal]]
    return [way for number, way in enumerate(ways) if way not in ways[:number]]


@final
class _Changeable:
    """An intake with everything in it that can change."""

    def __init__(self, inquirer: Inquirer, intake: Intake) -> None:
        self._inquirer = inquirer
        self._intake = intake
        self._events = dict(self._find_events())

    def days(self) -> list[date]:
        """Today, and each day on which a time window is over, now or after an event."""
        today = self._intake.screened_on
        versions = [self._intake]
        for place, (_, edits) in self._events.items():
            if place.startswith("/medications/"):
                versions.append(edited(self._intake, edits))
        ends = {
            support.judgement.ends_on
            for version in versions
            for said in self._observe(version).heard
            for support in said.supports.values()
            if support.judgement.ends_on is not None and support.judgement.ends_on != date.max
        }
        return [today, *sorted(day for day in ends if day > today)]

    def parts(self, day: date) -> list[Part]:
        """The parts of the intake on a day, with the options that they can come to have."""
        later = Intake(self._intake.document, day)
        parts = [self._part(part, later) for part in self._inquirer.parts(later)]
        return sorted(parts, key=lambda part: part.place in _SETTINGS)  # answers are tried first

    def way(self, day: date, parts: Sequence[Part], changes: Mapping[str, Option]) -> WayOut:
        """What was found, screened. Raises AssertionError if the rules do not agree."""
        kinds = {part.place: _kind(part) for part in parts}
        steps = tuple(
            Step("event" if option.event else kinds[place], place, option.edits, option.event)
            for place, option in sorted(changes.items())
        )
        edits = [edit for step in steps for edit in step.edits]
        verdict = self._inquirer.assess(edited(self._intake, edits, day))["verdict"]
        expected = VERDICTS[self._inquirer.situations.verdict(parts, changes)]
        assert verdict == expected, (verdict, expected, steps)
        return WayOut(verdict, day, steps)

    def _part(self, part: Part, later: Intake) -> Part:
        if part.place in _NEVER and not part.is_open and part.place not in self._events:
            return part._replace(options=(part.now,))
        options = list(part.options) if part.is_open or part.place in _SETTINGS else [part.now]
        if part.place in self._events:
            event, edits = self._events[part.place]
            options.append(Option(tuple(edits), self._effect(part, later, edits), event))
        return part._replace(options=tuple(options))

    def _effect(self, part: Part, later: Intake, edits: Sequence[Edit]) -> Mapping[int, int]:
        changed = edited(later, edits, later.screened_on)
        if part.kind == "entry":
            _, list_name, index = part.place.split("/")
            return self._inquirer.reader.effect(
                changed, list_name, changed.document[list_name][int(index)]
            )
        return next(p.now.effect for p in self._inquirer.parts(changed) if p.place == part.place)

    def _find_events(self) -> Iterator[tuple[str, tuple[str, list[Edit]]]]:
        """The events that can end findings, by the place of what they change, with their edits."""
        observations = self._observe(self._intake)
        rules = self._inquirer.screener.knowledge_base.rules
        for finding in self._inquirer.assess(self._intake)["findings"]:
            rule = rules[finding["rule"]]
            if finding["lifts"] is None or _reads_setting(rule):
                continue
            said = " and ".join(finding["lifts"]["when"]) or rule.title
            for step in finding["derivation"]:
                if step["step"] != "observed" or step["value"] != "yes":
                    continue
                for support in observations.holding(step["fact"], "yes"):
                    yield from self._ending(support.source, said)

    def _ending(self, source: Entry | Answer, said: str) -> Iterator[tuple[str, tuple[str, list[Edit]]]]:
        if isinstance(source, Answer):
            before, after = _ENDS_OF_ANSWERS.get(source.path, (None, None))
            if before is not None and source.value == before:
                yield source.path, (said, [(source.path, after)])
            return
        if "pregnancy" in self._above(source):
            return
        if source.list_name == "conditions" and source.status in ("active", "unknown"):
            yield source.path, (said, [(f"{source.path}/status", "resolved")])
        elif source.list_name == "medications" and source.status == "current":
            day = self._intake.screened_on.isoformat()
            edits: list[Edit] = [
                (f"{source.path}/status", "stopped"),
                (f"{source.path}/stopped_on", day),
            ]
            yield source.path, (_COURSE_ENDED, edits)

    def _above(self, entry: Entry) -> frozenset[str]:
        vocabulary = self._inquirer.screener.knowledge_base.vocabulary
        return vocabulary.above(entry.concept.id) if entry.concept else frozenset()

    def _observe(self, intake: Intake) -> Observations:
        sight = self._inquirer.sight
        return sight.observer.observe(intake, sight.normaliser.entries(intake))


def _reads_setting(rule: Rule) -> bool:
    """Whether the rule hears of the device, the needles or the setting: then that is what can change."""
    fields = [place[1:].replace("/", ".") for place in _SETTINGS]
    return any(
        isinstance(leaf, Leaf) and isinstance(leaf.atom, Answered) and leaf.atom.field in fields
        for leaf in leaves(rule.condition)
    )


def _kind(part: Part) -> str:
    return "setting" if part.place in _SETTINGS and not part.is_open else "answer"


def as_json(ways: Sequence[WayOut]) -> list[dict[str, Any]]:
    """The ways as plain JSON values."""
    return [
        {
            "verdict": way.verdict,
            "on": way.on.isoformat(),
            "steps": [
                {
                    "kind": step.kind,
                    "path": step.place,
                    "edits": [{"path": path, "value": value} for path, value in step.edits],
                    "event": step.event or None,
                }
                for step in way.steps
            ],
        }
        for way in ways
    ]
