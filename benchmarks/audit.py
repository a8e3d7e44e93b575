"""How many intakes a second an audit takes in, as ratios to a floor, measured in one run.

    python benchmarks/audit.py [--records 20000] [--memory] [--large 1000000]

The floor is what no audit can do without: reading the file, splitting it, checking every record and
writing something for each; beside it stands what the standard library's json and the jsonschema
package take for the same. Contestants take turns, and what they fire or accept has to agree before
anything is timed. ``--memory`` shows instead that memory does not grow with the number of records
(Linux only). Nothing here is a test: numbers depend on the machine, ratios less.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

import click
import orjson
from jsonschema import Draft202012Validator

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from audit.executors import InProcess  # noqa: E402
from audit.inputs import Input  # noqa: E402
from audit.records import InputReader, records_of  # noqa: E402
from audit.running import Audit, run_audit  # noqa: E402
from audit.screening import source_of  # noqa: E402
from benchmarks.hostile import hostile  # noqa: E402
from benchmarks.mix import realistic  # noqa: E402
from benchmarks.processes import ROUNDS, peaks, print_parallel  # noqa: E402
from benchmarks.screening import check_agreement, decided_atoms  # noqa: E402
from clips_chainer import ClipsChainer  # noqa: E402
from engine import IntakeError, KnowledgeBase, Screener, load_knowledge_base, read_intake  # noqa: E402
from engine.chaining import Chainer, make_blocks, make_groups  # noqa: E402
from engine.conditions import Clause, Fact, compile_clauses  # noqa: E402
from engine.experta_rules import RuleEngine  # noqa: E402
from engine.normalising import Normaliser  # noqa: E402
from engine.observation import Observer  # noqa: E402
from engine.schemas import load_schema  # noqa: E402
from engine.screening import all_conditions  # noqa: E402

ON_EXPERTA: Final = 20
ON_CLIPS: Final = 200
"""How many accepted intakes the naive engines get, with words that they have met before: experta is
slow, and clipspy slows down with every fact, so that it is made anew in each round."""

PLAIN: Final = 500
"""How many records json and jsonschema get, accepted or not."""

PARALLEL: Final = 100_000
SMALL: Final = 10_000
BAD: Final = 0.01
ON: Final = date(2026, 1, 1)
FLOOR: Final = "the floor: read, split, check, write the same records back"


@click.command()
@click.option("--records", type=click.IntRange(min=ON_CLIPS), default=20_000, show_default=True)
@click.option("--memory", "is_memory", is_flag=True, help="Measure memory instead of time.")
@click.option("--large", type=click.IntRange(min=SMALL), default=1_000_000, show_default=True)
def main(records: int, large: int, *, is_memory: bool) -> None:
    """Measure and print the tables; LARGE is the number of records that --memory compares with."""
    knowledge_base = load_knowledge_base()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "intakes.jsonl"
        if is_memory:
            print_memory(knowledge_base, file, large)
            return
        write(file, realistic(knowledge_base, bad=BAD), records)
        print_speed(f"Realistic, {BAD:.0%} broken", Race(knowledge_base, file))
        write(file, hostile(knowledge_base), records)
        print_speed("Hostile, 10% broken", Race(knowledge_base, file))
        write(file, realistic(knowledge_base, bad=BAD), PARALLEL)
        print_parallel(file, PARALLEL)


def write(file: Path, mix: Iterable[bytes], records: int) -> None:
    """The first records of a mix, one a line; none is held in memory."""
    with file.open("wb") as opened:
        opened.writelines(record + b"\n" for record in islice(mix, records))


class Naive:
    """All clauses of the knowledge base in one engine, given the atoms that are observed."""

    def __init__(self, knowledge_base: KnowledgeBase) -> None:
        conditions = all_conditions(knowledge_base)
        self.clauses: list[Clause] = [
            clause for symbol in conditions for clause in compile_clauses(symbol, conditions[symbol])
        ]
        blocks = make_blocks(make_groups(conditions))
        groups = [group for block in blocks for group in block.groups]
        atoms = {key: atom for group in groups for key, atom in group.atoms.items()}
        self._keys = list(atoms)
        self._observer = Observer(atoms, knowledge_base.vocabulary)
        self._normaliser = Normaliser(knowledge_base.vocabulary)

    def facts(self, text: bytes) -> list[Fact]:
        """Read, validate and observe one intake."""
        intake = read_intake(text, ON)
        observations = self._observer.observe(intake, self._normaliser.entries(intake))
        return decided_atoms(self._keys, observations.values)

    def check(self, engine: Chainer, sample: Mapping[bytes, set[str]]) -> None:
        """Let the engine fire the same rules as the audit did; meets all words of the sample."""
        check_agreement(engine, map(self.facts, sample), self.clauses, sample.values())

    def seconds(self, make: Callable[[], Chainer], texts: Sequence[bytes]) -> float:
        """Time for one intake: reading, observing and chaining, not making the engine."""
        engine = make()
        return seconds_of(lambda: [engine.run(self.facts(text)) for text in texts]) / len(texts)


class Plain:
    """What everyone has at hand: json reads and writes, jsonschema checks, and nothing is screened.

    It does less than the floor: repeated keys and dates that do not exist go unnoticed.
    """

    def __init__(self, texts: Sequence[bytes], output: Path) -> None:
        self._texts = texts
        self._output = output
        self._validator = Draft202012Validator(load_schema("intake"))

    def check(self, accepted: Sequence[bool]) -> None:
        """Whatever the audit accepts, the plain packages have to accept too."""
        if any(ours and not theirs for ours, theirs in zip(accepted, self.run(), strict=True)):
            raise AssertionError("json and jsonschema refuse a record that the audit accepts")

    def seconds(self) -> float:
        """Time for one record."""
        return seconds_of(self.run) / len(self._texts)

    def run(self) -> list[bool]:
        """Write each record or why it is refused; which of them were accepted."""
        accepted = []
        with self._output.open("w", encoding="utf-8") as output:
            for text in self._texts:
                document, problem = self._read(text)
                accepted.append(problem is None)
                output.write(json.dumps(document if problem is None else {"error": problem}) + "\n")
        return accepted

    def _read(self, text: bytes) -> tuple[object, str | None]:
        """The record, and what is found wrong first."""
        try:
            document = json.loads(text)
            first = next(self._validator.iter_errors(document), None)
        except (ValueError, RecursionError) as error:
            return None, str(error)
        return document, first and first.message


class Race:
    """The contestants on one file of records."""

    def __init__(self, knowledge_base: KnowledgeBase, file: Path) -> None:
        self._knowledge_base = knowledge_base
        self._input = Input(file.name, file)
        self._output = file.with_name("floor.jsonl")
        accepted, rejected, fired = self._audit()
        if self._floor() != accepted:
            raise AssertionError(f"the floor does not accept {accepted} records")
        self._records = accepted + rejected
        lines = file.read_bytes().split(b"\n")
        self.sample = {lines[line - 1]: fired[line] for line in _spread(list(fired), ON_CLIPS)}
        some = _spread([line for line, text in enumerate(lines, 1) if text.strip()], PLAIN)
        self._plain = Plain([lines[line - 1] for line in some], file.with_name("plain.jsonl"))
        self._plain.check([line in fired for line in some])

    def seconds(self) -> dict[str, float]:
        """Median time for one intake by contestant."""
        naive = Naive(self._knowledge_base)
        few = dict(islice(self.sample.items(), None, None, ON_CLIPS // ON_EXPERTA))
        experta = RuleEngine(naive.clauses)
        naive.check(experta, few)
        naive.check(ClipsChainer(naive.clauses), self.sample)
        contestants: dict[str, Callable[[], float]] = {
            FLOOR: lambda: seconds_of(self._floor) / self._records,
            "json and jsonschema, plain: read, check, write the same records back": self._plain.seconds,
            "needlecheck audit, each client's explanation": lambda: self._audit_seconds(full=False),
            "needlecheck audit --full": lambda: self._audit_seconds(full=True),
            "read, observe, one CLIPS engine; no explanation": lambda: naive.seconds(
                lambda: ClipsChainer(naive.clauses), list(self.sample)
            ),
            "read, observe, one experta engine; no explanation": lambda: naive.seconds(
                lambda: experta, list(few)
            ),
        }
        times: dict[str, list[float]] = {name: [] for name in contestants}
        for _ in range(ROUNDS):
            for name, contestant in contestants.items():
                times[name].append(contestant())
        return {name: median(taken) for name, taken in times.items()}

    def _audit(self) -> tuple[int, int, dict[int, set[str]]]:
        """How many records an audit accepts and rejects, and the rules that fire, by line."""
        with TemporaryDirectory() as output:
            summary = self._run(Screener(self._knowledge_base), Path(output), full=False)["records"]
            with (Path(output) / "results.jsonl").open("rb") as results:
                fired = dict(map(_fired, results))
        return summary["accepted"], summary["rejected"], fired

    def _audit_seconds(self, *, full: bool) -> float:
        """Time for one intake, everything published; the screener has seen none of them before."""
        screener = Screener(self._knowledge_base)
        with TemporaryDirectory() as output:
            return seconds_of(lambda: self._run(screener, Path(output), full=full)) / self._records

    def _run(self, screener: Screener, output: Path, *, full: bool) -> dict[str, Any]:
        return run_audit(Audit([self._input], [], output, ON, full=full), screener, InProcess())

    def _floor(self) -> int:
        """Write each record or why it is refused; how many were accepted."""
        accepted = 0
        with self._output.open("wb") as output:
            for chunk in InputReader(self._input):
                lines = []
                for record in records_of(chunk):
                    try:
                        lines.append(orjson.dumps(read_intake(record.text, ON).document) + b"\n")
                        accepted += 1
                    except IntakeError as error:
                        problem = {"code": error.problems[0].code, "message": error.problems[0].message}
                        line = {"source": source_of(chunk.file, record), "error": problem}
                        lines.append(orjson.dumps(line) + b"\n")
                output.write(b"".join(lines))
        return accepted


def seconds_of(work: Callable[[], object]) -> float:
    """How long it takes; as in the command, the collector leaves alone what was there before."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    start = perf_counter()
    work()
    return perf_counter() - start


def _fired(line: bytes) -> tuple[int, set[str]]:
    result = orjson.loads(line)
    return result["source"]["line"], {finding["rule"] for finding in result["findings"]}


def _spread(lines: Sequence[int], most: int) -> Sequence[int]:
    """So many of the lines, from all over the file."""
    return lines[:: max(len(lines) // most, 1)][:most]


def print_speed(title: str, race: Race) -> None:
    """Intakes a second, the quickest contestant first."""
    medians = race.seconds()
    print(f"| {title} | intakes/s | time, floor = 1 |\n|---|---:|---:|")
    for name, taken in sorted(medians.items(), key=lambda item: item[1]):
        print(f"| {name} | {1 / taken:,.0f} | {taken / medians[FLOOR]:,.1f} |")
    print(flush=True)


def print_memory(knowledge_base: KnowledgeBase, file: Path, large: int) -> None:
    """The peak of each process on few records and on many."""
    found: list[list[tuple[str, int]]] = []
    for records in (SMALL, large):
        write(file, realistic(knowledge_base, bad=BAD), records)
        found.append(peaks(file, 2))
    print(f"| peak of resident memory, --jobs 2 | {SMALL:,} records | {large:,} records | ratio |")
    print("|---|---:|---:|---:|")
    for (kind, few), (_, many) in zip(*found, strict=True):
        print(f"| {kind} | {few / 1024:.0f} MiB | {many / 1024:.0f} MiB | {many / few:.2f} |")


if __name__ == "__main__":
    main()
