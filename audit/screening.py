"""One chunk in, its results out: what a worker does, in this process, another, or elsewhere.

A worker needs nothing but the chunk and the assignment, which carries the knowledge base; what it
builds from that it keeps for the next chunk.
"""

from __future__ import annotations

import gc
import gzip
import pickle
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import count, islice, repeat
from typing import Any, Final, NamedTuple, final

import orjson

from audit.records import Chunk, Fault, Record, records_of
from audit.tallies import Tallies, agreement
from engine import Intake, IntakeError, KnowledgeBase, Screener, read_intake
from engine.assessment import OwnPart, joined
from engine.rules import DECISIVE

_MOST_PROBLEMS: Final = 20  # of a record in a reject, besides the first
_LONGEST_TERM: Final = 200  # characters of an unrecognised name in the summary
_COMPRESSION: Final = 6
_BATCH: Final = 64  # records that go through each step together: a tenth faster than one by one
_CHUNKS_BETWEEN_COLLECTIONS: Final = 64
_CHUNKS_DONE: Final = count(1)
_SCREENERS: Final[dict[str, Screener]] = {}


@final
class Assignment(NamedTuple):
    """What to do with every chunk: by which rules, and what to write.

    ``knowledge_base`` is pickled; ``digest`` is its digest. ``on`` is the reference date of
    records without ``screened_on``. ``outcomes``: whether each record's outcome is needed for a
    comparison.
    """

    digest: str
    knowledge_base: bytes
    on: date
    full: bool = False
    compressed: bool = False
    outcomes: bool = False


class Place(NamedTuple):
    """Where a record stands in its file: the line from 1, and in an array the item from 0."""

    line: int
    item: int | None


class Outcomes(NamedTuple):
    """What the ledger keeps of the accepted records, in columns: they are quick to send.

    ``items`` is empty where no record came from an array; ``verdicts`` and ``states`` (see
    :func:`states_of`) are empty unless a comparison needs them.
    """

    ids: list[str]
    lines: list[int]
    items: list[int | None]
    verdicts: list[str]
    states: list[str]

    def rows(self, file: str) -> Iterator[tuple[str, str, int, int | None, str, str]]:
        """One by one: id, file, line, item, verdict, states."""
        count = len(self.ids)
        return zip(
            self.ids,
            repeat(file, count),
            self.lines,
            self.items or repeat(None, count),
            self.verdicts or repeat("", count),
            self.states or repeat("", count),
            strict=True,
        )


class Unsafe(NamedTuple):
    """A record whose client was treated although a rule stood against it."""

    intake_id: str
    place: Place
    verdict: str
    rules: tuple[str, ...]


@final
class ChunkResult(NamedTuple):
    """All that comes of one chunk: lines ready to be written, and numbers."""

    results: bytes
    rejects: bytes
    tallies: Tallies
    outcomes: Outcomes
    terms: dict[tuple[str, str], tuple[int, tuple[str, ...]]]
    unsafe: list[Unsafe]


def assign(
    screener: Screener,
    on: date,
    *,
    here: bool,
    full: bool = False,
    compressed: bool = False,
    outcomes: bool = False,
) -> Assignment:
    """The assignment for a knowledge base; ``here``: for this process, which has its screener."""
    knowledge_base = screener.knowledge_base
    _SCREENERS[knowledge_base.digest] = screener
    packed = b"" if here else pickle.dumps(knowledge_base, pickle.HIGHEST_PROTOCOL)
    return Assignment(knowledge_base.digest, packed, on, full, compressed, outcomes)


def screen_chunk(assignment: Assignment, chunk: Chunk) -> ChunkResult:
    """Screen every record of a chunk; a record that is refused becomes a line of the rejects."""
    work = _Work(assignment, _screener(assignment), chunk.file, chunk.hint)
    records = records_of(chunk)
    with _without_collection():
        while batch := list(islice(records, _BATCH)):
            work.take(batch)
        for fault in chunk.faults:
            work.fault(fault)
    return work.result()


def states_of(own: OwnPart) -> str:
    """Where each rule stands in an assessment, for a comparison, as JSON text.

    By rule: the level of a finding and the date on which it lifts, or that a rule that could stop
    treatment is undecided.
    """
    states: dict[str, list[str | None]] = {
        rule["rule"]: ["undecided", None] for rule in own["undecided"] if rule["level"] in DECISIVE
    }
    for finding in own["findings"]:
        lifts = finding["lifts"]
        states[finding["rule"]] = [finding["level"], lifts["on"] if lifts else None]
    return orjson.dumps(states, option=orjson.OPT_SORT_KEYS).decode()


def source_of(file: str, place: Record | Fault | Place) -> dict[str, Any]:
    """Where a record stands, as results and rejects show it."""
    source: dict[str, Any] = {"file": file, "line": place.line}
    if place.item is not None:
        source["item"] = place.item
    return source


def _screener(assignment: Assignment) -> Screener:
    screener = _SCREENERS.get(assignment.digest)
    if screener is None:
        knowledge_base: KnowledgeBase = pickle.loads(assignment.knowledge_base)  # noqa: S301 - ours
        screener = _SCREENERS[assignment.digest] = Screener(knowledge_base)
        gc.freeze()  # what was built stays: no need to look at it again and again
    return screener


@contextmanager
def _without_collection() -> Iterator[None]:
    """No garbage collection for a chunk, nor of what is left of it: looking costs up to a fifth.

    A record leaves no cycles; only some refusals do. They are collected now and then.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if next(_CHUNKS_DONE) % _CHUNKS_BETWEEN_COLLECTIONS == 0:
            gc.unfreeze()
            gc.collect()
        gc.freeze()
        if collects:
            gc.enable()


@final
class _Work:
    """A chunk on its way from records to a result.

    What is the same for many records is counted once, at the end: ``_patterns`` counts verdict, what
    the clinic did, and the rules that fired; ``_open`` counts records with the same open points.
    """

    def __init__(self, assignment: Assignment, screener: Screener, file: str, hint: str) -> None:
        self._assignment = assignment
        self._screener = screener
        self._rules = screener.knowledge_base.rules
        self._file = file
        self._hint = hint
        self._results: list[bytes] = []
        self._rejects: list[bytes] = []
        self._tallies = Tallies()
        self._outcomes = Outcomes([], [], [], [], [])
        self._terms: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {}
        self._unsafe: list[Unsafe] = []
        self._days: set[str] = set()
        self._patterns: dict[tuple[str, str | None, tuple[str, ...]], int] = {}
        self._open: dict[int, tuple[list[dict[str, Any]], int, int]] = {}

    def take(self, records: Iterable[Record]) -> None:
        """Accept records or refuse them."""
        accepted = []
        for record in records:
            try:
                accepted.append((record, read_intake(record.text, self._assignment.on)))
            except IntakeError as error:
                first, (_, *more) = error.problems[0], error.told()
                if len(more) > _MOST_PROBLEMS:
                    more = [*more[:_MOST_PROBLEMS], "and more"]
                self._refuse(record, first.code, first.place, "; ".join([first.message, *more]))
        explained = [self._screener.explain(intake) for _, intake in accepted]
        for (record, intake), own in zip(accepted, explained, strict=True):
            self._accept(record, intake, own)

    def _accept(self, record: Record, intake: Intake, own: OwnPart) -> None:
        line = joined(own, self._screener.common) if self._assignment.full else own
        line["source"] = source_of(self._file, record)
        decision = intake.document.get("recorded_decision")
        outcome = decision["outcome"] if decision else None
        self._count(own, intake, outcome, record)
        if outcome is not None:
            line["audit"] = self._compare(own, outcome, record)
        self._results.append(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def fault(self, fault: Fault) -> None:
        """Refuse what stands where a record should be."""
        self._refuse(fault, fault.code, "", fault.message)

    def _refuse(self, where: Record | Fault, code: str, path: str, message: str) -> None:
        message, self._hint = f"{message}; {self._hint}" if self._hint else message, ""
        error = {"code": code, "path": path, "message": message}
        line = {"source": source_of(self._file, where), "error": error}
        self._rejects.append(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        self._tallies.rejects[code] += 1

    def result(self) -> ChunkResult:
        """What came of it."""
        tallies = self._tallies
        tallies.other["read"] = len(self._outcomes.ids) + len(self._rejects)
        for (verdict, outcome, rules), records in self._patterns.items():
            fired = [(rule, self._rules[rule].level) for rule in rules]
            tallies.count_pattern(verdict, outcome, fired, records)
        for undecided, records, incomplete in self._open.values():
            tallies.count_open(undecided, records=records, incomplete=incomplete)
        for day in self._days:
            tallies.saw(day)
        results = b"".join(self._results)
        if self._assignment.compressed and results:
            results = gzip.compress(results, _COMPRESSION, mtime=0)
        return ChunkResult(
            results, b"".join(self._rejects), tallies, self._outcomes, self._terms, self._unsafe
        )

    def _count(self, own: OwnPart, intake: Intake, outcome: str | None, record: Record) -> None:
        verdict, undecided = own["verdict"], own["undecided"]
        pattern = verdict, outcome, tuple([finding["rule"] for finding in own["findings"]])
        self._patterns[pattern] = self._patterns.get(pattern, 0) + 1
        if undecided:
            _, records, incomplete = self._open.get(id(undecided), (undecided, 0, 0))
            self._open[id(undecided)] = (undecided, records + 1, incomplete + (verdict == "incomplete"))
        if own["unrecognised"]:
            self._count_terms(own["unrecognised"])
        self._days.add(own["screened_on"])
        if "screened_on" not in intake.document:
            self._tallies.other["undated"] += 1
        if intake.has_notes:
            self._tallies.other["notes"] += 1
        outcomes = self._outcomes
        outcomes.ids.append(own["intake_id"])
        outcomes.lines.append(record.line)
        if record.item is not None:
            outcomes.items.append(record.item)
        if self._assignment.outcomes:
            outcomes.verdicts.append(verdict)
            outcomes.states.append(states_of(own))

    def _count_terms(self, unrecognised: Iterable[dict[str, Any]]) -> None:
        self._tallies.other["unrecognised_records"] += 1
        for entry in unrecognised:
            term = entry["path"].split("/")[1], _cut(entry["value"], _LONGEST_TERM)
            count, _ = self._terms.get(term, (0, ()))
            self._terms[term] = count + 1, tuple(entry["suggestions"])
            self._tallies.other["unrecognised_entries"] += 1

    def _compare(self, own: OwnPart, outcome: str, record: Record) -> dict[str, str]:
        verdict = own["verdict"]
        says = agreement(outcome, verdict)
        if says == "unsafe":
            level = own["findings"][0]["level"]
            rules = tuple(f["rule"] for f in own["findings"] if f["level"] == level)
            self._tallies.unsafe_rules.update(rules)
            place = Place(record.line, record.item)
            self._unsafe.append(Unsafe(own["intake_id"], place, verdict, rules))
        return {"outcome": outcome, "agreement": says}


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
