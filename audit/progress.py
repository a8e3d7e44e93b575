"""How far an audit is, on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Final

import click

from audit.inputs import Input
from audit.running import Progress, Watch

_SECONDS_BETWEEN_LINES: Final = 5.0


@contextmanager
def progress(inputs: Sequence[Input], *, clock: Callable[[], float] = monotonic) -> Iterator[Watch]:
    """Something to tell how far it is; it shows records, their rate, and the time left.

    The time left is told from the sizes of the files; of standard input nobody knows it.
    """
    sizes = [source.path.stat().st_size for source in inputs if source.path is not None]
    total = sum(sizes) if len(sizes) == len(inputs) else None
    started = clock()
    before: list[int] = []  # records that an earlier run had screened

    def so_far(now: Progress | None) -> str:
        if now is None:
            return ""
        if not before:
            before.append(now.records)
        rate = (now.records - before[0]) / max(clock() - started, 1e-9)
        rejected = f", {now.rejected:,} rejected" if now.rejected else ""
        return f"{now.records:,} records{rejected}, {rate:,.0f} a second"

    if total and sys.stderr.isatty():
        with click.progressbar(
            length=total, file=sys.stderr, label="Screening", item_show_func=so_far
        ) as bar:
            yield lambda now: bar.update(now.read_bytes - bar.pos, now)
        return
    spoken = started

    def say(now: Progress) -> None:
        nonlocal spoken
        if clock() - spoken >= _SECONDS_BETWEEN_LINES:
            spoken = clock()
            left = f", {_left(now, total, spoken - started)} left" if total and now.read_bytes else ""
            click.echo(f"needlecheck: {so_far(now)}{left}", err=True)

    yield say


def _left(now: Progress, total: int, seconds: float) -> str:
    """Time left, in words, as fast as it went so far."""
    left = round(seconds * (total - now.read_bytes) / now.read_bytes)
    minutes, seconds_left = divmod(max(left, 0), 60)
    return f"about {minutes} min {seconds_left:02} s" if minutes else f"about {seconds_left} s"
