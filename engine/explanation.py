"""The proof of a finding: evidence in the intake, and the steps from there to the rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, final

from engine import atoms
from engine.atoms import Answered, Atom, Has
from engine.chaining import REMEMBERED, Inference
from engine.conditions import AllOf, AnyOf, Condition, Fact, Leaf, conclusion_symbol
from engine.entries import Entry
from engine.intake import Answer
from engine.memory import Memory
from engine.observation import Observations
from engine.rules import KnowledgeBase, Rule
from engine.support import Support
from engine.vocabulary import Vocabulary

Finding = dict[str, Any]

_STATUS_WORDS: Final = {
    "unknown": "status not known",
    "active": "there now",
    "controlled": "quiet",
    "resolved": "in the past",
}


@final
@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """The part of a proof that is the same for every intake with the same truth values.

    ``observed`` are the atoms that the rule rests on with their phrases; ``reasoning`` are the
    steps after them: conclusions, each after those that it rests on, and the rule itself.
    ``alternatives`` are entries and answers that could both say yes. ``shown`` are all atoms and
    truth values whose supports can come to stand in the finding.
    """

    rule: Rule
    observed: tuple[tuple[Fact, Atom, str], ...]
    reasoning: tuple[dict[str, Any], ...]
    alternatives: tuple[tuple[Has, Answered], ...]
    shown: tuple[Fact, ...]


@final
class Explainer:
    """Writes findings; remembers those that rest on words alone, without a date."""

    def __init__(self, knowledge_base: KnowledgeBase, all_atoms: Mapping[str, Atom]) -> None:
        self._vocabulary = knowledge_base.vocabulary
        self._atoms = all_atoms
        self._titles = {
            conclusion_symbol(name): conclusion.title
            for name, conclusion in knowledge_base.conclusions.items()
        }
        self._outlines: Memory[tuple[str, Inference], Outline] = Memory(REMEMBERED)
        self._findings: Memory[tuple[Any, ...], Finding] = Memory(REMEMBERED)

    def outline(self, rule: Rule, inference: Inference) -> Outline:
        """The outline of a fired rule's proof."""
        outline = self._outlines.get((rule.id, inference))
        if outline is None:
            outline = self._outlines.keep((rule.id, inference), self._outline(rule, inference))
        return outline

    def finding(self, outline: Outline, observations: Observations) -> Finding:
        """A fired rule with its proof: the client's own part of the finding, only to be read."""
        heard = observations.heard
        shown = [
            support
            for symbol, value in outline.shown
            for said in heard
            if (support := said.supports.get(symbol)) and support.judgement.truth == value
        ]
        key = (outline, *shown)
        finding = self._findings.get(key)
        if finding is None:
            finding = self._write(outline, observations)
            if all(support.lasting for support in shown):
                self._findings.keep(key, finding)
        return finding

    def _write(self, outline: Outline, observations: Observations) -> Finding:
        held = [  # an entry that denies something is shown only beside an answer that says it
            [] if isinstance(atom, Has) and fact.value == "no" else observations.holding(*fact)
            for fact, atom, _ in outline.observed
        ]
        steps = [
            {
                "step": "observed",
                "fact": fact.symbol,
                "value": fact.value,
                "says": says,
                "from": _paths(supports),
            }
            for (fact, _, says), supports in zip(outline.observed, held, strict=True)
        ]
        return {
            "rule": outline.rule.id,
            "level": outline.rule.level,
            "evidence": self._evidence(outline, held, observations),
            "derivation": [*steps, *outline.reasoning],
            "lifts": _lifts(outline, held),
        }

    def _outline(self, rule: Rule, inference: Inference) -> Outline:
        facts = list(_used_facts(rule.id, inference))
        observed = tuple(
            (fact, self._atoms[fact.symbol], self._atoms[fact.symbol].says(self._vocabulary))
            for fact in sorted(set(facts))
            if fact.symbol in self._atoms
        )
        concluded = [fact for fact in facts if fact.symbol in self._titles]
        reasoning = [
            _reasoned("concluded", fact, self._titles[fact.symbol], inference)
            for fact in dict.fromkeys(reversed(concluded))
        ]
        fired = _reasoned("fired", Fact(rule.id, "yes"), rule.title, inference)
        alternatives = tuple(_alternatives(rule.condition))
        shown = [fact for fact, _, _ in observed]
        for mentioned, answered in alternatives:
            shown += [Fact(atom.key, value) for atom in (mentioned, answered) for value in ("yes", "no")]
        return Outline(rule, observed, (*reasoning, fired), alternatives, tuple(dict.fromkeys(shown)))

    def _evidence(
        self, outline: Outline, held: Sequence[Sequence[Support]], observations: Observations
    ) -> list[dict[str, Any]]:
        """What in the intake the finding rests on: ``path``, ``value``, ``means``.

        Where an answer and an entry contradict each other, the one that does not count is shown too
        (POLICY, "Pregnancy and breastfeeding").
        """
        items = [
            item
            for (_, atom, says), supports in zip(outline.observed, held, strict=True)
            for support in supports
            if (item := _evidence_item(atom, says, support, self._vocabulary)) is not None
        ]
        items.extend(_contradicted(outline.alternatives, observations))
        if len(items) < 2:  # noqa: PLR2004 - nothing to sort
            return items
        found = {(item["path"], item["means"]): item for item in items}
        return [found[key] for key in sorted(found, key=_by_place)]


def _used_facts(symbol: str, inference: Inference) -> Iterator[Fact]:
    """The decided atoms and conclusions behind a symbol, conclusions before what they rest on."""
    for fact in inference.proofs[symbol].facts:
        yield fact
        if fact.symbol in inference.proofs:
            yield from _used_facts(fact.symbol, inference)


def _reasoned(step: str, fact: Fact, says: str, inference: Inference) -> dict[str, Any]:
    return {
        "step": step,
        "fact": fact.symbol,
        "value": fact.value,
        "says": says,
        "from": sorted({used.symbol for used in inference.proofs[fact.symbol].facts}),
    }


def _lifts(outline: Outline, held: Sequence[Sequence[Support]]) -> dict[str, Any] | None:
    """What ends a finding: ``on`` a date or null, ``when`` events; ``None`` if nothing does."""
    lifting = outline.rule.lifting
    if not any(lifting):
        return None
    holding = [fact.symbol for fact, _, _ in outline.observed if fact.value == "yes"]
    ends: list[date] = []
    if lifting.by_date:
        ends = [
            support.judgement.ends_on
            for (fact, _, _), supports in zip(outline.observed, held, strict=True)
            for support in supports
            if fact.value == "yes" and support.judgement.ends_on is not None
        ]
    events = [lifting.event] if lifting.event else []
    events += [event for symbol, event in lifting.while_holding if symbol in holding]
    if not ends and not events:
        return None
    return {"on": max(ends).isoformat() if ends else None, "when": events}


def _evidence_item(
    atom: Atom, says: str, support: Support, vocabulary: Vocabulary
) -> dict[str, Any] | None:
    source = support.source
    if isinstance(source, Answer):
        if source.said is None:
            return None
        return {"path": source.path, "value": source.said, "means": says}
    return {"path": source.said_at, "value": source.said, "means": _meaning(atom, support, vocabulary)}


def _meaning(atom: Atom, support: Support, vocabulary: Vocabulary) -> str:
    entry = support.source
    assert isinstance(entry, Entry)
    if isinstance(atom, atoms.NotUnderstood):
        assert entry.unrecognised is not None
        return f"not recognised: {entry.unrecognised.why}"
    assert entry.concept is not None
    label = entry.concept.label
    read = atoms.concept_of(atom)
    assert read is not None
    general = vocabulary.concepts[read].label
    parts = [label if general == label else f"{label}, which counts as {general}"]
    if entry.list_name == "conditions" and not isinstance(atom, atoms.Taking):
        parts.append(_STATUS_WORDS[entry.status])
        parts.append(entry.site if _reads_site(atom) else "")
    elif entry.list_name == "medications":
        parts.append(_medicine_status(entry))
    elif entry.list_name == "procedures":
        parts.append(f"done on {entry.day}" if entry.day else "date not known")
        parts.append(entry.site)
    if isinstance(atom, atoms.Began):
        parts.append(f"since {entry.day}")
    return "; ".join(part for part in parts if part)


def _medicine_status(entry: Entry) -> str:
    if entry.status == "stopped":
        return f"stopped on {entry.day}"
    return "taken now" + (" (no status given, so taken to be current)" if entry.status_assumed else "")


def _reads_site(atom: Atom) -> bool:
    return getattr(atom, "site", atoms.ANY) != atoms.ANY


def _paths(supports: Iterable[Support]) -> list[str]:
    paths = []
    for support in supports:
        source = support.source
        if isinstance(source, Entry):
            paths.append(source.said_at)
        elif source.said is not None:
            paths.append(source.path)
    return sorted(set(paths), key=_by_index) if len(paths) > 1 else paths


def _contradicted(
    alternatives: Sequence[tuple[Has, Answered]], observations: Observations
) -> Iterator[dict[str, Any]]:
    """Answers that say no beside an entry that says yes, and entries that deny what an answer says."""
    for mentioned, answered in alternatives:
        answer = observations.intake.answer(answered.field)
        said_by_entry = observations.holding(mentioned.key, "yes")
        if said_by_entry and answer.said is not None and observations.holding(answered.key, "no"):
            yield {
                "path": answer.path,
                "value": answer.said,
                "means": "contradicts an entry in conditions; the entry counts",
            }
        if not said_by_entry and observations.holding(answered.key, "yes"):
            for denied in observations.holding(mentioned.key, "no"):
                assert isinstance(denied.source, Entry)
                yield {
                    "path": denied.source.said_at,
                    "value": denied.source.said,
                    "means": "denied here, which contradicts the answer; the answer counts",
                }


def _alternatives(condition: Condition) -> Iterator[tuple[Has, Answered]]:
    """An entry that can say yes and an answer that can say so too, in one ``any``."""
    match condition:
        case AnyOf(parts):
            leaves = [part.atom for part in parts if isinstance(part, Leaf)]
            for mentioned in leaves:
                if isinstance(mentioned, Has) and mentioned.weak:
                    yield from ((mentioned, a) for a in leaves if isinstance(a, Answered))
        case AllOf(parts):
            for part in parts:
                yield from _alternatives(part)


def _by_place(key: tuple[str, str]) -> Any:
    return (_by_index(key[0]), key[1])


def _by_index(path: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in path.split("/")]
