"""The way of an intake: normalise, observe, chain, judge. Its proof comes with the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, final

from engine.chaining import Inference, atoms_of, make_groups
from engine.conditions import Condition, conclusion_symbol
from engine.entries import Entry, Normaliser
from engine.explanation import Explainer
from engine.intake import Intake
from engine.judgement import earliest_session, headline, judge, rescreen
from engine.loading import LONGER_INTERVAL
from engine.observation import Observations, Observer
from engine.questions import OpenQuestion, Questionnaire, questions_to_ask, undecided_rules
from engine.rules import KnowledgeBase
from engine.version import VERSION

Assessment = dict[str, Any]
_CARE: Final = ("before", "after")


@final
class Screener:
    """Screens intakes against one knowledge base; keeps nothing of any intake.

    What it remembers between intakes are words with their meanings and inferences with their
    outlines; no entry, answer, date or id.
    """

    def __init__(self, knowledge_base: KnowledgeBase) -> None:
        self.knowledge_base = knowledge_base
        conditions = all_conditions(knowledge_base)
        atoms = atoms_of(conditions)
        self._normaliser = Normaliser(knowledge_base.vocabulary)
        self._observer = Observer(atoms, knowledge_base.vocabulary)
        self._explainer = Explainer(knowledge_base, atoms)
        self._questionnaire = Questionnaire(knowledge_base, atoms)
        self._groups = make_groups(conditions)
        self._identity = {
            "id": knowledge_base.id,
            "version": knowledge_base.version,
            "digest": knowledge_base.digest,
        }

    def screen(self, intake: Intake) -> Assessment:
        """One intake in, one assessment out, as ``schemas/assessment.schema.json`` describes it."""
        entries = self._normaliser.entries(intake)
        observations = self._observer.observe(intake, entries)
        inferences = [group.infer(observations.values) for group in self._groups]
        findings = self._findings(inferences, observations)
        waiting = self._waiting(inferences, observations)
        rules = self.knowledge_base.rules
        undecided = undecided_rules(waiting, rules)
        questions = questions_to_ask(waiting, rules)
        verdict = judge(findings, undecided)
        again = rescreen(findings)
        notes = intake.document.get("notes", "")
        return {
            "intake_id": intake.intake_id,
            "screened_on": intake.screened_on.isoformat(),
            "verdict": verdict,
            "headline": headline(
                verdict, findings, questions, undecided, again, has_notes=bool(notes.strip())
            ),
            "rescreen": again,
            "findings": findings,
            "undecided": undecided,
            "questions": questions,
            "unrecognised": [_unrecognised(entry) for entry in entries if entry.unrecognised],
            "plan": {
                **self._plan(intake, inferences),
                "earliest_session_on": earliest_session(
                    intake.screened_on, verdict, again, findings, undecided
                ),
            },
            "care": {part: [_cited(i) for i in self.knowledge_base.care[part]] for part in _CARE},
            "indications": self._indications(intake),
            "knowledge_base": dict(self._identity),
            "engine": {"version": VERSION},
        }

    def _findings(
        self, inferences: Sequence[Inference], observations: Observations
    ) -> list[dict[str, Any]]:
        rules = self.knowledge_base.rules
        fired = [
            (rules[symbol], inference)
            for inference in inferences
            for symbol in inference.fired
            if symbol in rules
        ]
        fired.sort(key=lambda found: found[0].strictness)
        return [self._explainer.finding(*found, observations) for found in fired]

    def _waiting(
        self, inferences: Sequence[Inference], observations: Observations
    ) -> Mapping[str, list[OpenQuestion]]:
        """For each undecided rule the questions that would decide it."""
        asked: dict[str, list[OpenQuestion]] = {}

        def behind(atom: str) -> list[OpenQuestion]:
            if atom not in asked:
                asked[atom] = list(self._questionnaire.behind(atom, observations))
            return asked[atom]

        rules = self.knowledge_base.rules
        return {
            symbol: [question for atom in inference.waiting[symbol] for question in behind(atom)]
            for inference in inferences
            for symbol in inference.undecided
            if symbol in rules
        }

    def _plan(self, intake: Intake, inferences: Sequence[Inference]) -> dict[str, Any]:
        plan = self.knowledge_base.plan
        symbol = conclusion_symbol(LONGER_INTERVAL)
        proof = next((i.proofs[symbol] for i in inferences if symbol in i.proofs), None)
        if proof is None or proof.value == "yes":
            interval = plan["intervals"]["longer"]
            because = interval["because" if proof else "because_undecided"]
        else:
            maintenance = intake.answer("treatment.phase").value == "maintenance"
            interval = plan["intervals"]["maintenance" if maintenance else "standard"]
            because = interval["because"]
        sessions = plan["sessions"]
        return {
            "interval_weeks": {"min": interval["weeks"]["min"], "max": interval["weeks"].get("max")},
            "sessions": dict(sessions["count"]),
            "because": [
                _cited({"text": because, "citations": interval["citations"]}),
                _cited({"text": sessions["because"], "citations": sessions["citations"]}),
            ],
        }

    def _indications(self, intake: Intake) -> list[dict[str, Any]]:
        goals = dict.fromkeys(intake.answer("treatment.goals").value)
        supported = self.knowledge_base.indications
        return [_cited(supported[goal]) for goal in goals if goal in supported]


def all_conditions(knowledge_base: KnowledgeBase) -> dict[str, Condition]:
    """Every condition by the symbol that it decides: rules by id, and conclusions."""
    return {
        **{rule.id: rule.condition for rule in knowledge_base.rules.values()},
        **{
            conclusion_symbol(name): conclusion.condition
            for name, conclusion in knowledge_base.conclusions.items()
        },
    }


def _cited(item: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of something with citations: an assessment belongs to its caller, who may change it."""
    return {**item, "citations": [{**citation} for citation in item["citations"]]}


def _unrecognised(entry: Entry) -> dict[str, Any]:
    assert entry.unrecognised is not None
    return {
        "path": entry.path,
        "value": entry.said,
        "why": entry.unrecognised.why,
        "suggestions": list(entry.unrecognised.suggestions),
    }
