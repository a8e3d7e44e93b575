"""The way of an intake: normalise, observe, chain, judge. Its proof comes with the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, final

from engine.assessment import Assessment, OwnPart, common_part, identity, join
from engine.chaining import REMEMBERED, make_blocks, make_groups
from engine.conditions import Condition, conclusion_symbol
from engine.entries import Entry, Unrecognised
from engine.explanation import Explainer, Outline
from engine.intake import Intake
from engine.judgement import TODAY, conclude
from engine.loading import LONGER_INTERVAL
from engine.memory import Memory
from engine.normalising import Normaliser
from engine.observation import Observer
from engine.questions import Questionnaire, Waiting
from engine.rules import KnowledgeBase
from engine.truth import Truth
from engine.version import VERSION

_LONGER: Final = conclusion_symbol(LONGER_INTERVAL)
_NOT_ASKED: Final[dict[str, Any]] = {}


@final
class _Conclusion(NamedTuple):
    """What follows from truth values: the fired rules, strictest first, and what others wait for.

    ``longer_interval`` is the truth of the conclusion of that name.
    """

    fired: list[Outline]
    waiting: Waiting
    longer_interval: Truth


@final
class Screener:
    """Screens intakes against one knowledge base; keeps no id, no date and no notes of any.

    What it remembers between intakes are short words with their meanings, and what follows from
    them where no date bears on it.
    """

    def __init__(self, knowledge_base: KnowledgeBase) -> None:
        self.knowledge_base = knowledge_base
        self.common = common_part(knowledge_base)
        groups = make_groups(all_conditions(knowledge_base))
        self._blocks = make_blocks(groups)
        atoms = {
            key: atom
            for block in self._blocks
            for group in block.groups
            for key, atom in group.atoms.items()
        }
        self._normaliser = Normaliser(knowledge_base.vocabulary)
        self._observer = Observer(atoms, knowledge_base.vocabulary)
        self._explainer = Explainer(knowledge_base, atoms)
        self._questionnaire = Questionnaire(knowledge_base, atoms)
        self._longer_at = next(
            (i, j)
            for i, block in enumerate(self._blocks)
            for j, group in enumerate(block.groups)
            if _LONGER in group.conditions
        )
        self._goals = {
            goal: {key: value for key, value in indication.items() if key != "citations"}
            for goal, indication in knowledge_base.indications.items()
        }
        self._conclusions: Memory[bytes, _Conclusion] = Memory(2 * REMEMBERED)
        self._waiting: Memory[tuple[tuple[str, tuple[str, ...]], ...], Waiting] = Memory(REMEMBERED)
        self._indicated: Memory[tuple[str, ...], list[dict[str, Any]]] = Memory(REMEMBERED)
        self._plans = _plans(knowledge_base)
        self._identity = identity(knowledge_base)
        self._engine = {"version": VERSION}

    def screen(self, intake: Intake) -> Assessment:
        """One intake in, one assessment out, as ``schemas/assessment.schema.json`` describes it."""
        return join(self.explain(intake), self.common)

    def explain(self, intake: Intake) -> OwnPart:
        """The client's own part of the assessment (see :mod:`engine.assessment`), only to be read.

        Parts of it are shared with the assessments of other intakes.
        """
        document = intake.document
        entries = self._normaliser.entries(intake)
        observations = self._observer.observe(intake, entries)
        concluded = self._conclude(observations.values)
        findings = [self._explainer.finding(fired, observations) for fired in concluded.fired]
        still_open = self._questionnaire.open_points(concluded.waiting, observations)
        ending = conclude(findings, still_open, self.knowledge_base.rules, has_notes=intake.has_notes)
        treatment = document.get("treatment", _NOT_ASKED)
        screened_on = intake.screened_on.isoformat()
        plan = self._plans[concluded.longer_interval][treatment.get("phase") == "maintenance"]
        session = screened_on if ending.session is TODAY else ending.session
        return {
            "intake_id": document["intake_id"],
            "screened_on": screened_on,
            "verdict": ending.verdict,
            "headline": ending.headline,
            "rescreen": ending.rescreen,
            "findings": findings,
            "undecided": still_open.undecided,
            "questions": still_open.questions,
            "unrecognised": [
                _unrecognised(entry, entry.reading.unrecognised)
                for entry in entries
                if entry.reading.unrecognised
            ],
            "plan": {**plan, "earliest_session_on": session},
            "indications": self._indications(treatment.get("goals", ())),
            "knowledge_base": self._identity,
            "engine": self._engine,
        }

    def _conclude(self, values: bytes) -> _Conclusion:
        """What follows from the truth values of all atoms."""
        found = self._conclusions.get(values)
        return self._conclusions.keep(values, self._chain(values)) if found is None else found

    def _chain(self, values: bytes) -> _Conclusion:
        rules = self.knowledge_base.rules
        outcomes = [block.conclude(values) for block in self._blocks]
        fired = [found for outcome in outcomes for found in outcome.fired if found[0] in rules]
        fired.sort(key=lambda found: rules[found[0]].strictness)
        waiting = [found for outcome in outcomes for found in outcome.waiting if found[0] in rules]
        waiting.sort(key=lambda found: rules[found[0]].strictness)
        block, group = self._longer_at
        proof = outcomes[block].inferences[group].proofs.get(_LONGER)
        return _Conclusion(
            [self._explainer.outline(rules[symbol], inference) for symbol, inference in fired],
            self._waiting.get(tuple(waiting))
            or self._waiting.keep(tuple(waiting), Waiting(dict(waiting))),
            proof.value if proof else "unknown",
        )

    def _indications(self, goals: Sequence[str]) -> list[dict[str, Any]]:
        found = self._indicated.get(tuple(goals))
        if found is None:
            known = [self._goals[goal] for goal in dict.fromkeys(goals) if goal in self._goals]
            found = self._indicated.keep(tuple(goals), known)
        return found


def _plans(knowledge_base: KnowledgeBase) -> Mapping[str, tuple[dict[str, Any], dict[str, Any]]]:
    """The plan by the truth of :data:`LONGER_INTERVAL`, in a series and in maintenance."""
    plan = knowledge_base.plan
    intervals, sessions = plan["intervals"], plan["sessions"]

    def planned(name: str, reason: str = "because") -> dict[str, Any]:
        weeks = intervals[name]["weeks"]
        return {
            "interval_weeks": {"min": weeks["min"], "max": weeks.get("max")},
            "sessions": dict(sessions["count"]),
            "because": [{"text": intervals[name][reason]}, {"text": sessions["because"]}],
        }

    undecided = planned("longer", "because_undecided")
    return {
        "yes": (planned("longer"), planned("longer")),
        "unknown": (undecided, undecided),
        "no": (planned("standard"), planned("maintenance")),
    }


def all_conditions(knowledge_base: KnowledgeBase) -> dict[str, Condition]:
    """Every condition by the symbol that it decides: rules by id, and conclusions."""
    return {
        **{rule.id: rule.condition for rule in knowledge_base.rules.values()},
        **{
            conclusion_symbol(name): conclusion.condition
            for name, conclusion in knowledge_base.conclusions.items()
        },
    }


def _unrecognised(entry: Entry, unrecognised: Unrecognised) -> dict[str, Any]:
    return {
        "path": entry.path,
        "value": entry.said,
        "why": unrecognised.why,
        "suggestions": list(unrecognised.suggestions),
    }
