"""What an overlay makes milder, with an intake for each, and whether somebody accepted it.

A rule can become milder by a lower level; a verdict can become milder because a name that was not
recognised, and so was for a clinician to look at, is recognised now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from curation.comparing.differences import Difference, Versions
from curation.proving.joint import changed_terms
from curation.proving.proofs import Proved
from engine import KnowledgeBase
from engine.rules import VERDICTS

NOT_ACCEPTED: Final = "KB710"
ACCEPTED: Final = "KB711"


def prove(
    without: KnowledgeBase, overlaid: KnowledgeBase, accepted: Mapping[str, str | None]
) -> Iterator[Proved]:
    """Everything that the overlays make milder; ``accepted``: by whom, by added concept."""
    versions = Versions(without, overlaid)
    for effect in versions.effects():
        rule = overlaid.rules.get(effect.rule)
        change = next((c for c in (rule.changes if rule else ()) if "level" in c.keys), None)
        if effect.milder is not None and change is not None:
            yield _found("rule", effect.rule, "level", change.accepted_by, effect.milder)
    for concept, by in accepted.items():
        shown = _milder_by_name(versions, concept)
        if shown is not None:
            yield _found("concept", concept, "", by, shown)


def _milder_by_name(versions: Versions, concept: str) -> Difference | None:
    """An entry with a name or code of an added concept whose verdict is milder than without it."""
    vocabularies = versions.old.vocabulary, versions.new.vocabulary
    named = [term for term, concepts in changed_terms(*vocabularies) if concept in concepts]
    for ingredient in versions.possibilities.ingredients:
        if not any(term.items() <= ingredient.raw.items() for term in named):
            continue
        shown = versions.judge_entry(ingredient.list_name, ingredient.raw)
        if VERDICTS.index(shown.after) > VERDICTS.index(shown.before):
            return shown
    return None


def _found(kind: str, name: str, key: str, by: str | None, shown: Difference) -> Proved:
    verdicts = f"{shown.before} → {shown.after}, for {shown.gist}"
    claim = f"the verdict is {shown.after}; without the overlay it is {shown.before}"
    if by is not None:
        message = f"makes a verdict milder, accepted by {by}: {verdicts}"
        return Proved(ACCEPTED, kind, name, key, message, "", shown.intake, claim)
    return Proved(
        NOT_ACCEPTED, kind, name, key, f"makes a verdict milder, and nobody accepted it: {verdicts}",
        "let a clinician look at it, and add accepted_by with the name", shown.intake, claim,
    )  # fmt: skip


def added_concepts(files: Mapping[str, Any]) -> dict[str, str | None]:
    """The concepts of an overlay's vocabulary files, and who accepted each."""
    return {
        concept["id"]: data.get("accepted_by")
        for data in files.values()
        for concept in data.get("concepts", ())
    }
