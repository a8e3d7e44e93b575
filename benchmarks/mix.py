"""Intakes as a microneedling clinic has them, as many as wanted, the same ones for the same seed.

    python benchmarks/mix.py 10000 [--hostile] [--bad 0.01] [--seed 1] > intakes.jsonl

Most clients are healthy, between 20 and 60, and have a word or two to say. Records are joined from
pieces of text that are rendered once, so that millions can be had; none is held in memory.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import Final, final

import click

ROOT: Final = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.broken import EVERYDAY, spoil  # noqa: E402
from benchmarks.clients import client, habits, note, treatment  # noqa: E402
from benchmarks.entries import Piece, Shelf  # noqa: E402
from benchmarks.hostile import hostile  # noqa: E402
from benchmarks.words import Draw, pick, spread  # noqa: E402
from engine import KnowledgeBase, load_knowledge_base  # noqa: E402

_CALENDAR_START: Final = date(1925, 1, 1).toordinal()
_FIRST: Final = date(2024, 1, 1).toordinal()
_LAST: Final = date(2025, 12, 31).toordinal()
_SUNDAY: Final = 6

_POOL: Final = 8_192
_CODED: Final = 0.1
_MISSPELT: Final = 0.015
_SAY_NONE: Final = 0.03
_NOTES: Final = 0.12
_DECIDED: Final = 0.9
_COUNTS: Final = {
    "conditions": (-1,) * 3 + (0,) * 70 + (1,) * 73 + (2,) * 38 + (3,) * 12 + (4,) * 4,
    "medications": (-1,) * 3 + (0,) * 70 + (1,) * 73 + (2,) * 38 + (3,) * 12 + (4,) * 4,
    "procedures": (-1,) * 3 + (0,) * 101 + (1,) * 60 + (2,) * 28 + (3,) * 8,
    "allergies": (-1,) * 2 + (0,) * 132 + (1,) * 54 + (2,) * 10 + (3,) * 2,
}
"""How many entries, of some 200 clients; -1: not asked."""

_OUTCOMES: Final = (
    spread(treated=96, deferred=2, declined=1, referred=1),
    spread(treated=80, deferred=8, declined=2, referred=10),
    spread(treated=18, deferred=14, declined=8, referred=60),
    spread(treated=10, deferred=75, declined=8, referred=7),
    spread(treated=6, deferred=6, declined=78, referred=10),
)
"""What the clinic did, of 100 times, by what a sensible one makes of the record (0 to 4)."""


def realistic(knowledge_base: KnowledgeBase, seed: int = 1, bad: float = 0.0) -> Iterator[bytes]:
    """Records without end, each one intake as JSON text without a line break.

    All of them are valid but for the share ``bad`` (0 to 1); the others are the same whatever it is.
    """
    clinic, chance = _Clinic(knowledge_base, Random(seed).random), Random(f"bad {seed}").random
    for number in count(1):
        record = clinic.record(number)
        yield record.encode() if chance() >= bad else spoil(record, chance, EVERYDAY)


@final
class _Clinic:
    """Draws the parts of a record and joins them."""

    def __init__(self, knowledge_base: KnowledgeBase, draw: Draw) -> None:
        self._draw = draw
        self._days = [date.fromordinal(n).isoformat() for n in range(_CALENDAR_START, _LAST + 1)]
        self._open = [
            n - _CALENDAR_START
            for n in range(_FIRST, _LAST + 1)
            if date.fromordinal(n).weekday() != _SUNDAY
        ]
        self._clients = [client(draw) for _ in range(_POOL)]
        self._treatments = [treatment(draw) for _ in range(_POOL)]
        self._habits = [habits(draw) for _ in range(_POOL)]
        self._notes = [note(draw) for _ in range(_POOL)]
        self._lists = [
            _List(Shelf(knowledge_base.vocabulary, name, draw), name, self._days, draw)
            for name in _COUNTS
        ]

    def record(self, number: int) -> str:
        draw, days = self._draw, self._days
        today = self._open[int(draw() * len(self._open))]
        text, ago, end, level, is_man = self._clients[int(draw() * _POOL)]
        parts = [text + days[today - ago] + end if ago >= 0 else text]
        parts.append(self._treatments[int(draw() * _POOL)])
        coded = draw() < _CODED
        for entries in self._lists:
            level = max(level, entries.add_to(parts, today, coded=coded, is_man=is_man))
        text, ago, end, living, _ = self._habits[int(draw() * _POOL)]
        parts.append(text + days[today - ago] + end if ago >= 0 else text)
        if draw() < _NOTES:
            parts.append(self._notes[int(draw() * _POOL)])
        if draw() < _DECIDED:
            outcome = _OUTCOMES[max(level, living)][int(draw() * 100)]
            parts.append(f',"recorded_decision":{{"outcome":"{outcome}","on":"{days[today]}"}}')
        return f'{{"intake_id":"MN-{number:07}","screened_on":"{days[today]}"{"".join(parts)}}}'


@final
class _List:
    """The entries of one list: mostly from a pool, now and then a rare word or a slip of the pen."""

    def __init__(self, shelf: Shelf, name: str, days: Sequence[str], draw: Draw) -> None:
        self._shelf, self._days, self._draw = shelf, days, draw
        self._counts = _COUNTS[name]
        self._key = f',"{name}":['
        self._pool = [shelf.common() for _ in range(_POOL)]
        self._coded = [shelf.common(coded=True) for _ in range(_POOL)] if shelf.has_codes else self._pool
        self._odd = shelf.ranking.rare_share + _MISSPELT

    def add_to(self, parts: list[str], today: int, *, coded: bool, is_man: bool) -> int:
        draw, counts, pool = self._draw, self._counts, self._coded if coded else self._pool
        entries = counts[int(draw() * len(counts))]
        worst, seen, texts = 0, [""], []
        for _ in range(entries):
            chance = draw()
            piece = (
                self._unusual(chance, coded=coded) if chance < self._odd else pool[int(draw() * _POOL)]
            )
            text, ago, end, level, _, concept, of_women = piece
            if (of_women and is_man) or concept in seen:
                continue
            seen.append(concept)
            texts.append(text + self._days[today - ago] + end if ago >= 0 else text)
            worst = max(worst, level)
        if entries == 0 and draw() < _SAY_NONE:
            texts.append('{"name":"none"}')
        if entries >= 0:
            parts.append(self._key + ",".join(texts) + "]")
        return worst

    def _unusual(self, chance: float, *, coded: bool) -> Piece:
        if chance >= _MISSPELT:
            return self._shelf.rare(coded=coded)
        piece = self._shelf.common(coded=coded)
        return piece._replace(text=piece.text.replace(piece.name, _misspelt(piece.name, self._draw)))


def _misspelt(said: str, draw: Draw) -> str:
    """A JSON string with one slip: two letters swapped, one left out, doubled or mistaken."""
    places = [n for n in range(1, len(said) - 2) if said[n].isalpha() and said[n + 1].isalpha()]
    if not places:
        return said
    place = places[int(draw() * len(places))]
    start, one, other, end = said[:place], said[place], said[place + 1], said[place + 2 :]
    slips = (other + one, one, one + one + other, one + pick(draw, "etaoinsr"))
    return start + pick(draw, slips) + end


@click.command()
@click.argument("records", type=click.IntRange(min=0))
@click.option("--hostile", "is_hostile", is_flag=True, help="Records that are meant to hurt.")
@click.option("--bad", type=click.FloatRange(0, 1), default=0.0, help="The share of broken records.")
@click.option("--seed", default=1, show_default=True)
def main(records: int, bad: float, seed: int, *, is_hostile: bool) -> None:
    """Write so many RECORDS to standard output, one a line."""
    if is_hostile and bad:
        raise click.UsageError("a tenth of the hostile records is broken as it is: leave --bad out")
    knowledge_base = load_knowledge_base()
    mix = hostile(knowledge_base, seed) if is_hostile else realistic(knowledge_base, seed, bad)
    sys.stdout.buffer.writelines(record + b"\n" for record in islice(mix, records))


if __name__ == "__main__":
    main()
