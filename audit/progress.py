"""How far an audit is, on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Final

import click

from audit.inputs import Input
from audit.running import START, Progress, Watch

_SECONDS_BETWEEN_LINES: Final = 5.0


def announce(text: str) -> None:
    """Say something on standard error if it can be said: no audit fails for want of a listener."""
    with suppress(OSError):
        click.echo(f"needlecheck: {text}", err=True)


def records_in_words(count: int) -> str:
    """``1 record``, ``1,200 records``."""
    return f"{count:,} {'record' if count == 1 else 'records'}"


@contextmanager
def progress(
    inputs: Sequence[Input],
    *,
    before: Progress = START,
    clock: Callable[[], float] = monotonic,
) -> Iterator[Watch]:
    """Something to tell how far it is; it shows records, their rate, and the time left.

    The time left is told from the sizes of the files; of standard input nobody knows it. ``before``
    is how far an earlier run was that this one continues.
    """
    sizes = [source.path.stat().st_size for source in inputs if source.path is not None]
    total = sum(sizes) if len(sizes) == len(inputs) else None
    started = clock()

    def so_far(now: Progress | None) -> str:
        if now is None:
            return ""
        rate = (now.records - before.records) / max(clock() - started, 1e-9)
        rejected = f", {now.rejected:,} rejected" if now.rejected else ""
        return f"{records_in_words(now.records)}{rejected}, {rate:,.0f} a second"

    if total and sys.stderr is not None and sys.stderr.isatty():
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
            done = now.read_bytes - before.read_bytes
            left = (
                f", {_left(total - now.read_bytes, done, spoken - started)} left"
                if total and done
                else ""
            )
            announce(f"{so_far(now)}{left}")

    yield say


def _left(ahead: int, done: int, seconds: float) -> str:
    """The time that so many bytes take, in words, as fast as it went so far."""
    minutes, seconds_left = divmod(max(round(seconds * ahead / done), 0), 60)
    return f"about {minutes} min {seconds_left:02} s" if minutes else f"about {seconds_left} s"
