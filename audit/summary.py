"""The summary of an audit: numbers, exceptions, and what was read with what."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final

from audit.ledger import Ledger
from audit.tallies import Counts, Tallies
from engine.assessment import identity
from engine.rules import LEVELS, VERDICTS, KnowledgeBase
from engine.version import VERSION

OUTCOMES: Final = ("treated", "declined", "deferred", "referred")
_AGREEMENTS: Final = ("unsafe", "unresolved", "over_cautious", "agrees")


def summarise(
    tallies: Tallies, ledger: Ledger, knowledge_base: KnowledgeBase, limit: int = -1
) -> dict[str, Any]:
    """All that the summary says of the records; lists are iterators with at most ``limit`` items.

    The lists come from the ledger and are gone through once, while the summary is written.
    """
    accepted, rejected = tallies.verdicts.total(), tallies.rejects.total()
    duplicate_ids, duplicate_records = ledger.count_duplicates()
    return {
        "records": {"read": tallies.other["read"], "accepted": accepted, "rejected": rejected},
        "verdicts": {verdict: tallies.verdicts[verdict] for verdict in VERDICTS},
        "levels": {level: tallies.levels[level] for level in LEVELS},
        "rules": _rules(tallies, knowledge_base),
        "questions": _questions(tallies, knowledge_base),
        "unrecognised": {
            "entries": tallies.other["unrecognised_entries"],
            "records": tallies.other["unrecognised_records"],
            "different": ledger.count_terms(),
            "terms": ledger.terms(limit),
        },
        "duplicates": {
            "ids": duplicate_ids,
            "records": duplicate_records,
            "list": ledger.duplicates(limit),
        },
        "agreement": {
            "recorded": tallies.agreement.total(),
            "not_recorded": accepted - tallies.agreement.total(),
            **{word: tallies.agreement[word] for word in _AGREEMENTS},
            "table": {
                outcome: {verdict: tallies.decisions[f"{outcome}/{verdict}"] for verdict in VERDICTS}
                for outcome in OUTCOMES
            },
            "unsafe_rules": [
                {"rule": rule, "title": knowledge_base.rules[rule].title, "count": count}
                for rule, count in _ranked(tallies.unsafe_rules)
            ],
            "unsafe_records": ledger.unsafe(limit),
        },
        "rejects": [{"code": code, "count": count} for code, count in _ranked(tallies.rejects)],
        "notes": {"records": tallies.other["notes"]},
        "knowledge_base": identity(knowledge_base),
        "engine": {"version": VERSION},
    }


def written(value: Any, indent: str = "") -> Iterator[str]:
    """JSON text, piece by piece; an iterator becomes a list whose items stand on a line each."""
    inner = indent + " "
    if isinstance(value, Mapping) and value:
        for count, (key, item) in enumerate(value.items()):
            yield f"{',' if count else '{'}\n{inner}{json.dumps(key)}: "
            yield from written(item, inner)
        yield f"\n{indent}}}"
    elif isinstance(value, Iterator | list) and (first := next(items := iter(value), _END)) is not _END:
        for count, item in enumerate(chain([first], items)):
            yield f"{',' if count else '['}\n{inner}{json.dumps(item, ensure_ascii=False)}"
        yield f"\n{indent}]"
    else:
        yield json.dumps([] if isinstance(value, Iterator) else value, ensure_ascii=False)


_END: Final = object()


def _rules(tallies: Tallies, knowledge_base: KnowledgeBase) -> list[dict[str, Any]]:
    order = {rule: place for place, rule in enumerate(knowledge_base.rules)}
    ranked = sorted(order, key=lambda rule: (-tallies.fired[rule], order[rule]))
    return [
        {
            "rule": rule,
            "title": knowledge_base.rules[rule].title,
            "level": knowledge_base.rules[rule].level,
            "fired": tallies.fired[rule],
            "alone": tallies.alone[rule],
            "undecided": tallies.undecided[rule],
        }
        for rule in ranked
    ]


def _questions(tallies: Tallies, knowledge_base: KnowledgeBase) -> list[dict[str, Any]]:
    questions = knowledge_base.questions
    ranked = sorted(questions, key=lambda q: (-tallies.costs[q], -tallies.open[q], questions[q].order))
    return [
        {
            "id": question,
            "ask": questions[question].ask,
            "open": tallies.open[question],
            "costs": tallies.costs[question],
        }
        for question in ranked
    ]


def _ranked(counts: Counts) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
