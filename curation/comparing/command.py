"""``needlecheck kb diff``: what changed between two versions, and what that does to verdicts."""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, final

import click

from audit.errors import AuditError
from audit.inputs import find_inputs
from audit.records import InputReader, records_of
from curation.comparing.differences import Difference, Effect, Versions
from curation.comparing.statements import Change, changes
from curation.errors import KeeperError
from curation.library import open_library
from curation.options import write
from engine import SHIPPED, IntakeError, read_intake
from engine.text import printable


@final
class Moved(NamedTuple):
    """How real records fare: ``verdicts`` counts pairs of different verdicts."""

    records: int
    refused: int
    verdicts: Counter[tuple[str, str]]


@click.command()
@click.argument("old")
@click.argument("new")
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR",
    help="The folder whose git revisions OLD and NEW are.  [default: the shipped rules]",
)  # fmt: skip
@click.option(
    "--over", "intakes", multiple=True, metavar="INTAKES",
    help="Also count whose verdict changes among these records (as for audit); may be repeated.",
)  # fmt: skip
@click.option(
    "--on", "reference_date", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE",
    help="Reference date of records without screened_on.  [default: today]",
)  # fmt: skip
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if anything differs.")
@click.pass_context
def command(
    context: click.Context,
    old: str,
    new: str,
    folder: Path | None,
    intakes: tuple[str, ...],
    reference_date: datetime | None,
    output_format: str,
    exit_code: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Compare two versions of a knowledge base: what changed, and which verdicts.

    OLD and NEW are folders, or git revisions of one folder (see --folder). Every changed rule comes
    with a smallest intake whose verdict gets stricter or milder, or with the proof that there is none.
    The text shows what is particular about that intake; --format json has it whole.

    \b
    Examples:
      needlecheck kb diff knowledge_base my-copy
      needlecheck kb diff v1.0 HEAD
      needlecheck kb diff HEAD~1 HEAD --over records/ --format json
    """  # noqa: D301 - click wants the control character itself
    on = reference_date.date() if reference_date else date.today()  # noqa: DTZ011 - the clinic's day
    with ExitStack() as open_folders:
        before, after = (
            open_library(open_folders.enter_context(_Version(name, folder)), include_drafts=False)
            for name in (old, new)
        )
        stated = changes(before, after)
        versions = Versions(before.knowledge_base, after.knowledge_base)
        effects = list(versions.effects()) if stated else []
        moved = _over(versions, intakes, on) if intakes else None
    if output_format == "json":
        write(json.dumps(_as_json(stated, effects, moved), ensure_ascii=False, indent=2) + "\n")
    else:
        write("".join(f"{printable(line)}\n" for line in _as_text(stated, effects, moved)))
    if exit_code and stated:
        context.exit(1)


@final
class _Version:
    """A folder as it stands, or as it was in a git revision: then in a temporary place."""

    def __init__(self, name: str, folder: Path | None) -> None:
        self._name = name
        self._folder = folder or SHIPPED
        self._temporary: TemporaryDirectory[str] | None = None

    def __enter__(self) -> Path:
        if Path(self._name).is_dir():
            return Path(self._name)
        folder = self._folder.resolve()
        archive = _git(folder, "archive", "--format=tar", "--end-of-options", self._name, ".")
        self._temporary = TemporaryDirectory()
        place = Path(self._temporary.name) / folder.name
        with tarfile.open(fileobj=BytesIO(archive)) as packed:
            packed.extractall(place, filter="data")
        return place

    def __exit__(self, *_: object) -> None:
        if self._temporary is not None:
            self._temporary.cleanup()


def _git(folder: Path, *arguments: str) -> bytes:
    """What git says in a folder. Raises KeeperError where there is no such revision."""
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and the revision cannot be an option
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - git is wherever it is installed
            capture_output=True, check=False,
        )  # fmt: skip
    except OSError as error:
        raise KeeperError(f"git cannot be run: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise KeeperError(
            f"{printable(arguments[3])} is neither a folder nor a git revision of {folder.name}"
            f" ({printable(said[-1]) if said else 'git says no more'})"
        )
    return done.stdout


def _over(versions: Versions, intakes: Sequence[str], on: date) -> Moved:
    try:
        inputs, _ = find_inputs(list(intakes), Path())
    except AuditError as error:
        raise KeeperError(str(error)) from None
    records = refused = 0
    verdicts: Counter[tuple[str, str]] = Counter()
    for source in inputs:
        for chunk in InputReader(source):
            refused += len(chunk.faults)
            for record in records_of(chunk):
                try:
                    before, after = versions.screen(read_intake(record.text, on))
                except IntakeError:
                    refused += 1
                    continue
                records += 1
                if before != after:
                    verdicts[before, after] += 1
    return Moved(records, refused, verdicts)


def _as_text(stated: Sequence[Change], effects: Sequence[Effect], moved: Moved | None) -> Iterator[str]:
    if not stated:
        yield "Nothing differs."
    for change in stated:
        yield f"{change.kind} {change.id}: {change.what}"
        yield from (f"    {detail}" for detail in change.details)
    if effects:
        yield ""
        yield "What that does to verdicts"
    for effect in effects:
        yield from _effect_text(effect)
    if stated and not effects:
        yield ""
        yield "No verdict can differ: no rule asks for anything else than before."
    if moved is not None:
        yield from _moved_text(moved)


def _effect_text(effect: Effect) -> Iterator[str]:
    yield f"rule {effect.rule}"
    for word, shown in (("stricter", effect.stricter), ("milder", effect.milder)):
        if shown is not None:
            yield f"    {word}: {shown.before} → {shown.after}, for {shown.gist}"
        else:
            yield f"    {word}: never" + (f" ({effect.why_none})" if effect.why_none else "")


def _moved_text(moved: Moved) -> Iterator[str]:
    changed = moved.verdicts.total()
    yield ""
    yield f"{changed:,} of {moved.records:,} records get another verdict ({moved.refused:,} refused)"
    for (before, after), count in sorted(moved.verdicts.items()):
        yield f"    {before} → {after}: {count:,}"


def _as_json(stated: Sequence[Change], effects: Sequence[Effect], moved: Moved | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "changes": [{**change._asdict(), "details": list(change.details)} for change in stated],
        "verdicts": [
            {
                "rule": effect.rule,
                "stricter": _difference(effect.stricter),
                "milder": _difference(effect.milder),
                "why_none": effect.why_none or None,
            }
            for effect in effects
        ],
    }
    if moved is not None:
        found["records"] = {
            "read": moved.records + moved.refused,
            "refused": moved.refused,
            "changed": moved.verdicts.total(),
            "verdicts": [
                {"before": before, "after": after, "count": count}
                for (before, after), count in sorted(moved.verdicts.items())
            ],
        }
    return found


def _difference(shown: Difference | None) -> dict[str, Any] | None:
    return None if shown is None else {**shown._asdict(), "intake": dict(shown.intake)}
