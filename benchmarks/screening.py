"""How fast needlecheck starts and screens, as ratios measured in one run.

    python benchmarks/screening.py

Two comparisons. Start-up: the whole command on one intake, against merely importing three of the
libraries that it is built on. Screening: intakes a second in one process, against the same rules in
one experta engine and on CLIPS. Nothing here is a test: numbers depend on the machine, ratios less.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from benchmarks.mix import realistic  # noqa: E402
from clips_chainer import ClipsChainer  # noqa: E402
from engine import Intake, KnowledgeBase, Screener, load_knowledge_base, read_intake  # noqa: E402
from engine.atoms import Atom  # noqa: E402
from engine.chaining import Chainer, make_blocks, make_groups  # noqa: E402
from engine.conditions import Clause, Fact, compile_clauses  # noqa: E402
from engine.experta_rules import RuleEngine  # noqa: E402
from engine.normalising import Normaliser  # noqa: E402
from engine.observation import Observer  # noqa: E402
from engine.screening import all_conditions  # noqa: E402
from engine.truth import TRUTHS  # noqa: E402

STARTS: Final = 20
INTAKES: Final = 400
ROUNDS: Final = 5
EVERY: Final = 10
"""CLIPS and experta get every tenth intake: experta is slow, and clipspy keeps a little of every
fact that Python asserts and slows down with it, so that it is measured fresh in each round."""

IMPORTS: Final = (
    "import collections, collections.abc; collections.Mapping = collections.abc.Mapping\n"
    "import click, experta, jsonschema"
)


class Row(NamedTuple):
    """One line of the table: what was measured, how much, and that against needlecheck."""

    what: str
    measured: str
    ratio: float


def main() -> None:
    """Measure and print the table."""
    print_table("Start-up of one process", "median", startup())
    print()
    print_table("Screening in one process", "intakes/s", screening())


def startup() -> list[Row]:
    """Wall time of whole processes, median of alternating runs."""
    example = min((ROOT / "examples").glob("*.json"))
    commands = {
        "python -c pass": ["-c", "pass"],
        "import click, experta, jsonschema": ["-c", IMPORTS],
        "needlecheck screen INTAKE": ["cli.py", "screen", str(example)],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(STARTS + 1):
        for name, arguments in commands.items():
            seconds = _process_time(arguments)
            if run:  # the first one warms up: .pyc files, disk cache
                times[name].append(seconds)
    medians = {name: median(taken) for name, taken in times.items()}
    ours = medians["needlecheck screen INTAKE"]
    return [Row(name, f"{taken * 1000:.0f} ms", taken / ours) for name, taken in medians.items()]


def _process_time(arguments: Sequence[str]) -> float:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    start = perf_counter()
    subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    return perf_counter() - start


class Contestant(NamedTuple):
    """Something that handles intakes, made anew for every round, and intakes in its form."""

    make: Callable[[], Callable[[Any], Any]]
    inputs: Sequence[Any]

    def seconds(self) -> float:
        """Time for one intake, on average over all of them; making it is not counted."""
        handle = self.make()
        start = perf_counter()
        for value in self.inputs:
            handle(value)
        return (perf_counter() - start) / len(self.inputs)


def screening() -> list[Row]:
    """Intakes a second, median of rounds in which the contestants take turns."""
    knowledge_base = load_knowledge_base()
    texts = list(islice(realistic(knowledge_base), INTAKES))
    conditions = all_conditions(knowledge_base)
    clauses = [clause for symbol in conditions for clause in compile_clauses(symbol, conditions[symbol])]
    blocks = make_blocks(make_groups(conditions))
    atoms = {
        key: atom for block in blocks for group in block.groups for key, atom in group.atoms.items()
    }
    values = observed(knowledge_base, atoms, [read_intake(text) for text in texts])
    facts = [decided_atoms(list(atoms), codes) for codes in values[::EVERY]]
    screener = Screener(knowledge_base)
    expected = [_fired(screener, text) for text in texts][::EVERY]
    experta = RuleEngine(clauses)
    check_agreement(experta, facts, clauses, expected)
    check_agreement(ClipsChainer(clauses), facts, clauses, expected)

    def screen_with(screener: Screener) -> Callable[[bytes], Any]:
        return lambda text: screener.screen(read_intake(text))

    def chain(codes: bytes) -> Any:
        return [block.conclude(codes) for block in blocks]

    ours = "needlecheck, bytes to assessment"
    contestants = {
        "read and validate only (the floor)": Contestant(lambda: read_intake, texts),
        ours: Contestant(lambda: screen_with(screener), texts),
        f"{ours}, from a fresh start": Contestant(lambda: screen_with(Screener(knowledge_base)), texts),
        "needlecheck, chaining only": Contestant(lambda: chain, values),
        "the same clauses on CLIPS, chaining only": Contestant(lambda: ClipsChainer(clauses).run, facts),
        "the same clauses in one experta engine, chaining only": Contestant(lambda: experta.run, facts),
    }
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(ROUNDS):
        for name, contestant in contestants.items():
            times[name].append(contestant.seconds())
    medians = {name: median(taken) for name, taken in times.items()}
    ranked = sorted(medians.items(), key=lambda item: item[1])
    return [Row(name, f"{1 / taken:,.0f}", taken / medians[ours]) for name, taken in ranked]


def _fired(screener: Screener, text: bytes) -> set[str]:
    return {finding["rule"] for finding in screener.screen(read_intake(text))["findings"]}


def observed(
    knowledge_base: KnowledgeBase, atoms: Mapping[str, Atom], intakes: Iterable[Intake]
) -> list[bytes]:
    """The truth value of every atom as a code, for each intake."""
    normaliser = Normaliser(knowledge_base.vocabulary)
    observer = Observer(atoms, knowledge_base.vocabulary)
    return [observer.observe(intake, normaliser.entries(intake)).values for intake in intakes]


def decided_atoms(keys: Sequence[str], codes: bytes) -> list[Fact]:
    """The facts that an engine is given: one for each atom that is not unknown."""
    pairs = zip(keys, (TRUTHS[code] for code in codes), strict=True)
    return [Fact(key, truth) for key, truth in pairs if truth != "unknown"]


def check_agreement(
    engine: Chainer,
    facts: Iterable[Sequence[Fact]],
    clauses: Sequence[Clause],
    expected: Iterable[set[str]],
) -> None:
    """Speed is compared only between engines that fire the same rules; warms them up besides."""
    for given, rules in zip(facts, expected, strict=True):
        heads = {clauses[index].head for index in engine.run(given)}
        fired = {symbol for symbol, value in heads if value == "yes" and _is_rule(symbol)}
        if fired != rules:
            raise AssertionError(f"{type(engine).__name__} fires {fired}, not {rules}")


def _is_rule(symbol: str) -> bool:
    """Neither a conclusion nor a part of a condition."""
    return not symbol.startswith("concluded:") and "/" not in symbol


def print_table(title: str, measured: str, rows: Sequence[Row]) -> None:
    """A Markdown table; the last column is the time taken, with needlecheck's as 1."""
    print(f"| {title} | {measured} | time, needlecheck = 1 |")
    print("|---|---:|---:|")
    for row in rows:
        print(f"| {row.what} | {row.measured} | {row.ratio:.2f} |")


if __name__ == "__main__":
    main()
