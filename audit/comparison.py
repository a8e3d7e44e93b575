"""What changed between two runs: whose verdict or findings, and which rules are responsible."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, final

import orjson

from audit.errors import AuditError
from audit.inputs import readable
from audit.ledger import Before, Ledger, Pair
from audit.screening import states_of
from engine.rules import VERDICTS, KnowledgeBase


class Change(NamedTuple):
    """How one record differs: the rules whose state changed, with the state before and now.

    A state is the level of a finding and the date on which it lifts, or ``undecided``; ``None``
    where the rule is ruled out or is not there.
    """

    pair: Pair
    rules: dict[str, tuple[str | None, str | None]]

    def as_json(self) -> dict[str, Any]:
        """A line of ``changes.jsonl``."""
        return {
            "intake_id": self.pair.intake_id,
            "source": self.pair.source,
            "verdict": {"before": self.pair.verdict_before, "now": self.pair.verdict},
            "rules": [
                {"rule": rule, "before": before, "now": now}
                for rule, (before, now) in self.rules.items()
            ],
        }


@final
class Baseline:
    """Older results, read once into the ledger."""

    def __init__(self, path: Path) -> None:
        """``path`` is a ``results.jsonl``, the same with ``.gz``, or a folder that holds one."""
        self.path = _results_in(path)
        self.records = 0
        self.knowledge_bases: dict[str, dict[str, str]] = {}

    def into(self, ledger: Ledger) -> None:
        """Take it in. Raises AuditError where it cannot be read as results."""
        try:
            ledger.add_before(self._records())
        except (OSError, EOFError, zlib.error) as error:
            raise AuditError(
                f"the older results {readable(str(self.path))} cannot be read: {error}"
            ) from None

    def describe(self) -> dict[str, Any]:
        """What was compared with, for the summary."""
        content = hashlib.sha256()
        with self.path.open("rb") as file:
            while block := file.read(1 << 20):
                content.update(block)
        return {
            "file": readable(str(self.path)),
            "size": self.path.stat().st_size,
            "sha256": content.hexdigest(),
            "records": self.records,
            "knowledge_base": list(self.knowledge_bases.values()),
        }

    def _records(self) -> Iterator[Before]:
        with gzip.open(self.path) if self.path.suffix == ".gz" else self.path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    before, known = _as_before(orjson.loads(line))
                except (ValueError, KeyError, TypeError):
                    raise AuditError(
                        f"{self.path}:{number} is not a line of an audit's results"
                    ) from None
                self.knowledge_bases[known["digest"]] = known
                self.records += 1
                yield before


@final
class Comparison:
    """Goes through all pairs once: gives the changes, and has the numbers afterwards."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._compared = self._same = self._verdicts = 0
        self._transitions: Counter[tuple[str, str]] = Counter()
        self._appeared: Counter[str] = Counter()
        self._disappeared: Counter[str] = Counter()
        self._otherwise: Counter[str] = Counter()

    def changes(self) -> Iterator[Change]:
        """The records whose verdict or findings differ, in input order."""
        for pair in self._ledger.pairs():
            self._compared += 1
            if (pair.verdict, pair.states) == (pair.verdict_before, pair.states_before):
                self._same += 1
                continue
            change = _change(pair)
            for rule, (before, now) in change.rules.items():
                self._kind_of(before, now)[rule] += 1
            if pair.verdict != pair.verdict_before:
                self._verdicts += 1
                self._transitions[pair.verdict_before, pair.verdict] += 1
            yield change

    def summary(self, baseline: dict[str, Any], knowledge_base: KnowledgeBase) -> dict[str, Any]:
        """The numbers, after :meth:`changes` has been gone through."""
        now, before = self._ledger.count_records()
        touched = self._appeared + self._disappeared + self._otherwise
        rules = sorted(touched, key=lambda rule: (-touched[rule], rule))
        return {
            "baseline": baseline,
            "compared": self._compared,
            "same": self._same,
            "verdict_changed": self._verdicts,
            "findings_changed": self._compared - self._same - self._verdicts,
            "only_now": now - self._compared,
            "only_before": before - self._compared,
            "transitions": [
                {"before": old, "now": new, "count": count}
                for (old, new), count in sorted(self._transitions.items(), key=_by_count)
            ],
            "rules": [
                {
                    "rule": rule,
                    "title": knowledge_base.rules[rule].title if rule in knowledge_base.rules else None,
                    "appeared": self._appeared[rule],
                    "disappeared": self._disappeared[rule],
                    "otherwise": self._otherwise[rule],
                }
                for rule in rules
            ],
        }

    def _kind_of(self, before: str | None, now: str | None) -> Counter[str]:
        """Fired now and not before, before and not now, or otherwise: level, date, undecided."""
        fired_before, fired_now = (state not in (None, "undecided") for state in (before, now))
        if fired_before == fired_now:
            return self._otherwise
        return self._appeared if fired_now else self._disappeared


def _as_before(result: dict[str, Any]) -> tuple[Before, dict[str, str]]:
    """A line of older results, and the knowledge base that it is from.

    Raises KeyError or TypeError where it is no such line.
    """
    known = {key: result["knowledge_base"][key] for key in ("id", "version", "digest")}
    before = Before(result["intake_id"], result["verdict"], states_of(result))
    if {*map(type, (*before, *known.values()))} != {str}:
        raise TypeError
    return before, known


def _by_count(item: tuple[tuple[str, str], int]) -> tuple[int, int, int]:
    (old, new), count = item
    return -count, _rank(old), _rank(new)


def _rank(verdict: str) -> int:
    return VERDICTS.index(verdict) if verdict in VERDICTS else len(VERDICTS)


def _change(pair: Pair) -> Change:
    before, now = _states(pair.states_before), _states(pair.states)
    touched = sorted(rule for rule in before | now if before.get(rule) != now.get(rule))
    return Change(pair, {rule: (before.get(rule), now.get(rule)) for rule in touched})


def _states(text: str) -> dict[str, str]:
    return {
        rule: level if day is None else f"{level} until {day}"
        for rule, (level, day) in json.loads(text).items()
    }


def _results_in(path: Path) -> Path:
    candidates = [path / "results.jsonl", path / "results.jsonl.gz"] if path.is_dir() else [path]
    found = next((candidate for candidate in candidates if candidate.is_file()), None)
    if found is None:
        raise AuditError(f"there are no older results in {path}")
    return found
