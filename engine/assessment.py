"""The assessment in two parts: what is this client's own, and what is the same for every client.

An audit writes the second part once and the first for each record; joined they are the whole
assessment (CONTRACT sections 2 and 4). Both parts are only to be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.rules import KnowledgeBase, Rule
from engine.version import VERSION

Assessment = dict[str, Any]
OwnPart = dict[str, Any]
CommonPart = dict[str, Any]

_STANDING: Final = ("added_by", "changed", "draft")


def identity(knowledge_base: KnowledgeBase) -> dict[str, Any]:
    """Which knowledge base it is: id, version, digest; overlays and drafts where there are any."""
    which: dict[str, Any] = {
        "id": knowledge_base.id,
        "version": knowledge_base.version,
        "digest": knowledge_base.digest,
    }
    if knowledge_base.overlays:
        which["overlays"] = [{"id": o.id, "version": o.version} for o in knowledge_base.overlays]
    if knowledge_base.drafts:
        which["drafts"] = True
    return which


def common_part(knowledge_base: KnowledgeBase) -> CommonPart:
    """What every assessment of a knowledge base has in common, as plain JSON values.

    ``rules`` by id: title, because, action, citations and disagreement, and where it does not go
    without saying who added or changed the rule, and that it is a draft; ``care``; the citations of
    the plan's reasons by their text, and of the indications by goal.
    """
    plan = knowledge_base.plan
    intervals = plan["intervals"].values()
    reasons = {
        interval[key]: interval["citations"]
        for interval in intervals
        for key in ("because", "because_undecided")
        if key in interval
    }
    return {
        "knowledge_base": identity(knowledge_base),
        "engine": {"version": VERSION},
        "rules": {
            rule.id: {
                "title": rule.title,
                "because": rule.because,
                "action": rule.action,
                "citations": [citation.as_json() for citation in rule.citations],
                "disagreement": rule.disagreement,
                **_standing(rule),
            }
            for rule in knowledge_base.rules.values()
        },
        "care": dict(knowledge_base.care),
        "plan": {**reasons, plan["sessions"]["because"]: plan["sessions"]["citations"]},
        "indications": {
            goal: indication["citations"] for goal, indication in knowledge_base.indications.items()
        },
    }


def join(own: Mapping[str, Any], common: Mapping[str, Any]) -> Assessment:
    """The whole assessment, as ``schemas/assessment.schema.json`` describes it.

    It belongs to the caller: nothing in it is shared with the two parts.
    """
    copy: Assessment = _copy(joined(own, common))
    return copy


def joined(own: Mapping[str, Any], common: Mapping[str, Any]) -> Assessment:
    """The whole assessment, only to be read: it is made of pieces of the two parts."""
    plan = own["plan"]
    reasons = [
        {"text": reason["text"], "citations": common["plan"][reason["text"]]}
        for reason in plan["because"]
    ]
    goals = [
        {**indication, "citations": common["indications"][indication["goal"]]}
        for indication in own["indications"]
    ]
    return {
        "intake_id": own["intake_id"],
        "screened_on": own["screened_on"],
        "verdict": own["verdict"],
        "headline": own["headline"],
        "rescreen": own["rescreen"],
        "findings": [_finding(finding, common["rules"][finding["rule"]]) for finding in own["findings"]],
        "undecided": own["undecided"],
        "questions": own["questions"],
        "unrecognised": own["unrecognised"],
        "plan": {**plan, "because": reasons},
        "care": common["care"],
        "indications": goals,
        "knowledge_base": own["knowledge_base"],
        "engine": own["engine"],
    }


def _finding(own: Mapping[str, Any], rule: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "rule": own["rule"],
        "title": rule["title"],
        "level": own["level"],
        "because": rule["because"],
        "action": rule["action"],
        "evidence": own["evidence"],
        "derivation": own["derivation"],
        "lifts": own["lifts"],
        "citations": rule["citations"],
        "disagreement": rule["disagreement"],
        **{key: rule[key] for key in _STANDING if key in rule},
    }


def _standing(rule: Rule) -> dict[str, Any]:
    """What a reader has to know of a rule that is not simply a shipped one in use."""
    standing: dict[str, Any] = {}
    if rule.added_by is not None:
        standing["added_by"] = rule.added_by
    if rule.changes:
        standing["changed"] = [change.as_json() for change in rule.changes]
    if rule.status == "draft":
        standing["draft"] = True
    return standing


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value
