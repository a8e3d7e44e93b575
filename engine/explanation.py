"""The proof of a finding: evidence in the intake, and the steps from there to the rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from engine import atoms
from engine.atoms import Atom
from engine.chaining import Inference
from engine.conditions import All, Any_, Condition, Fact, Leaf, conclusion_symbol
from engine.entries import Entry
from engine.intake import Answer
from engine.observation import Observations, Support
from engine.rules import Conclusion, Rule
from engine.vocabulary import Vocabulary

_STATUS_WORDS = {
    "unknown": "status not known",
    "active": "there now",
    "controlled": "quiet",
    "resolved": "in the past",
}


def used_facts(symbol: str, inference: Inference) -> Iterator[Fact]:
    """The decided atoms and conclusions behind a symbol, conclusions before what they rest on."""
    for fact in inference.proofs[symbol].facts:
        yield fact
        if fact.symbol in inference.proofs:
            yield from used_facts(fact.symbol, inference)


def evidence(
    rule: Rule, facts: Iterable[Fact], observations: Observations, vocabulary: Vocabulary,
    all_atoms: Mapping[str, Atom],
) -> list[dict[str, Any]]:  # fmt: skip
    """What in the intake the finding rests on: ``path``, ``value``, ``means``.

    Where an answer says no and an entry says yes, the answer is shown too (POLICY, "Pregnancy
    and breastfeeding").
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for fact in facts:
        atom = all_atoms.get(fact.symbol)
        if atom is None:
            continue
        for support in observations.holding(fact.symbol, fact.value):
            item = _evidence_item(atom, support, vocabulary)
            if item is not None:
                found.setdefault((item["path"], item["means"]), item)
    for item in _contradicted(rule, observations):
        found.setdefault((item["path"], item["means"]), item)
    return [found[key] for key in sorted(found, key=_by_place)]


def derivation(
    rule: Rule, inference: Inference, observations: Observations, vocabulary: Vocabulary,
    all_atoms: Mapping[str, Atom], conclusions: Mapping[str, Conclusion],
) -> list[dict[str, Any]]:  # fmt: skip
    """The steps from the intake's facts to the finding, each after those that it rests on.

    ``step`` is ``observed`` (an atom; ``from`` holds JSON Pointers), ``concluded`` or ``fired``
    (``from`` holds the facts of earlier steps).
    """
    steps: dict[str, dict[str, Any]] = {}
    for fact in sorted(set(used_facts(rule.id, inference))):
        if (atom := all_atoms.get(fact.symbol)) is not None:
            steps[fact.symbol] = {
                "step": "observed",
                "fact": fact.symbol,
                "value": fact.value,
                "says": atom.says(vocabulary),
                "from": _paths(atom, fact, observations),
            }
    for name, conclusion in conclusions.items():
        symbol = conclusion_symbol(name)
        proof = inference.proofs.get(symbol)
        if proof is not None and any(f.symbol == symbol for f in used_facts(rule.id, inference)):
            steps[symbol] = {
                "step": "concluded",
                "fact": symbol,
                "value": proof.value,
                "says": conclusion.title,
                "from": sorted({fact.symbol for fact in proof.facts}),
            }
    steps[rule.id] = {
        "step": "fired",
        "fact": rule.id,
        "value": "yes",
        "says": rule.title,
        "from": sorted({fact.symbol for fact in inference.proofs[rule.id].facts}),
    }
    return list(steps.values())


def lifts(rule: Rule, facts: Iterable[Fact], observations: Observations) -> dict[str, Any] | None:
    """What ends a finding: ``on`` a date or null, ``when`` events; ``None`` if nothing does."""
    lifting = rule.lifting
    holding = [fact.symbol for fact in facts if fact.value == "yes"]
    ends: list[date] = []
    if lifting.by_date:
        ends = [
            support.judgement.ends_on
            for symbol in holding
            for support in observations.holding(symbol, "yes")
            if support.judgement.ends_on is not None
        ]
    events = [lifting.event] if lifting.event else []
    events += [event for symbol, event in lifting.while_holding if symbol in holding]
    if not ends and not events:
        return None
    return {"on": max(ends).isoformat() if ends else None, "when": events}


def _evidence_item(atom: Atom, support: Support, vocabulary: Vocabulary) -> dict[str, Any] | None:
    source = support.source
    if isinstance(source, Answer):
        if source.said is None:
            return None
        return {"path": source.path, "value": source.said, "means": atom.says(vocabulary)}
    return {"path": source.said_at, "value": source.said, "means": _meaning(atom, support, vocabulary)}


def _meaning(atom: Atom, support: Support, vocabulary: Vocabulary) -> str:
    entry = support.source
    assert isinstance(entry, Entry)
    if isinstance(atom, atoms.NotUnderstood):
        assert entry.unrecognised is not None
        return f"not recognised: {entry.unrecognised.why}"
    assert entry.concept is not None
    label = entry.concept.label
    (read,) = atom.concepts
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


def _paths(atom: Atom, fact: Fact, observations: Observations) -> list[str]:
    paths = []
    for support in observations.holding(fact.symbol, fact.value):
        source = support.source
        if isinstance(source, Entry):
            paths.append(source.said_at)
        elif source.said is not None:
            paths.append(source.path)
    return sorted(set(paths), key=_by_index)


def _contradicted(rule: Rule, observations: Observations) -> Iterator[dict[str, Any]]:
    """Answers that say no beside an entry that says yes, as alternatives of one ``any``."""
    for parts in _alternatives(rule.condition):
        said_by_entry = any(
            isinstance(atom, atoms.Has) and atom.weak and observations.holding(atom.key, "yes")
            for atom in parts
        )
        for atom in parts:
            if said_by_entry and isinstance(atom, atoms.Answered):
                answer = observations.answers[atom.field]
                if answer.value is not None and observations.holding(atom.key, "no"):
                    yield {
                        "path": answer.path,
                        "value": answer.said,
                        "means": "contradicts an entry in conditions; the entry counts",
                    }


def _alternatives(condition: Condition) -> Iterator[list[Atom]]:
    match condition:
        case Any_(parts):
            yield [part.atom for part in parts if isinstance(part, Leaf)]
        case All(parts):
            for part in parts:
                yield from _alternatives(part)


def _by_place(key: tuple[str, str]) -> Any:
    return (_by_index(key[0]), key[1])


def _by_index(path: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in path.split("/")]
