"""The course of an audit: chunks out to workers, results back in order, checkpoints, publication.

The workers may be in this process, in others, or on other machines: all that is asked of them is to
be a ``concurrent.futures.Executor``. Results are written in the order of the input, whatever the
order in which they come back, so that the output is the same for any number of workers.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO, Final, NamedTuple, final

from audit.comparison import Baseline, Comparison
from audit.errors import AuditError
from audit.executors import InProcess
from audit.folder import WorkFolder
from audit.inputs import Input, Skipped, readable
from audit.records import Chunk, InputReader
from audit.report import MOST_CASES, render_report
from audit.screening import ChunkResult, assign, screen_chunk
from audit.summary import summarise, written
from audit.tables import drafts_of, write_table
from audit.tallies import Tallies
from engine import VERSION, Screener

_SECONDS_BETWEEN_CHECKPOINTS: Final = 2.0
_OTHER_INPUT: Final = (
    "the input is not what the unfinished run read; give the same again, or start over without --resume"
)


@final
class Audit(NamedTuple):
    """What to audit and how.

    ``inputs`` and ``skipped`` come from :func:`audit.inputs.find_inputs`; ``on`` is the reference
    date of records without ``screened_on``; ``baseline`` are older results to compare with;
    ``tables`` are files to write a table to, by their ending.
    """

    inputs: Sequence[Input]
    skipped: Sequence[Skipped]
    output: Path
    on: date
    full: bool = False
    compressed: bool = False
    baseline: Path | None = None
    tables: Sequence[Path] = ()

    def fingerprint(self, digest: str) -> dict[str, Any]:
        """What has to be the same for an unfinished run to be continued, in words."""
        return {
            "inputs": [source.name for source in self.inputs],
            "reference date": self.on.isoformat(),
            "whole assessments": self.full,
            "compression": self.compressed,
            "older results": None if self.baseline is None else readable(str(self.baseline)),
            "knowledge base": digest,
            "version": VERSION,
        }


class Progress(NamedTuple):
    """How far a run is: bytes of the input files, and records."""

    read_bytes: int
    records: int
    rejected: int


START: Final = Progress(0, 0, 0)

Watch = Callable[[Progress], None]


def run_audit(
    audit: Audit,
    screener: Screener,
    executor: Executor,
    *,
    workers: int = 1,
    resume: bool = False,
    standard_input: BinaryIO | None = None,
    watch: Watch = lambda _: None,
) -> dict[str, Any]:
    """Audit all inputs and publish the results in the output folder; the summary without its lists.

    ``executor`` screens the chunks; ``workers`` tells how many it can screen at the same time.
    ``watch`` is called after each chunk. Raises AuditError when the run cannot start or go on, and
    lets KeyboardInterrupt, OSError and sqlite3.Error through; then nothing is published, and the
    next run can go on from the last checkpoint.
    """
    baseline = None if audit.baseline is None else Baseline(audit.baseline)
    folder = WorkFolder(audit.output, compressed=audit.compressed, resume=resume)
    try:
        run = _Run(audit, screener, folder, baseline, here=isinstance(executor, InProcess))
        try:
            if run.complete:
                run.compare_inputs(standard_input)
            else:
                run.screen(executor, 2 * workers + 1, standard_input, watch)
        except (BrokenExecutor, CancelledError):
            raise AuditError(
                "the workers are gone (killed, or out of memory?). What they did is kept: "
                "run again with --resume, perhaps with fewer --jobs"
            ) from None
        return run.publish()
    finally:
        folder.close()


@final
class _Run:
    """One run: what was taken in so far, and what is under way."""

    def __init__(
        self, audit: Audit, screener: Screener, folder: WorkFolder, older: Baseline | None, *, here: bool
    ) -> None:
        self._audit = audit
        self._older = older
        self._knowledge_base = screener.knowledge_base
        self._common = screener.common
        self._folder = folder
        self._tallies = Tallies()
        self._chunks = self._read_bytes = 0
        self._content = ""
        self._by_file = [[0, 0] for _ in audit.inputs]
        self._files: list[dict[str, Any]] = []
        self._baseline: dict[str, Any] | None = None
        self._published: dict[str, Any] | None = None
        self.complete = False
        self._saved = monotonic()
        fingerprint = audit.fingerprint(self._knowledge_base.digest)
        if folder.state is not None:
            self._restore(folder.state, fingerprint)
        self._fingerprint = fingerprint
        self._assignment = assign(
            screener, audit.on, here=here, full=audit.full, compressed=audit.compressed,
            outcomes=audit.baseline is not None,
        )  # fmt: skip
        if not self.complete:
            folder.open_files()

    def screen(
        self, executor: Executor, window: int, standard_input: BinaryIO | None, watch: Watch
    ) -> None:
        """Screen everything, at most ``window`` chunks at the same time."""
        if self._older is not None and self._baseline is None:
            self._older.into(self._folder.ledger)
            self._baseline = self._older.describe()
            self.checkpoint()
        under_way: deque[tuple[int, str, int, Future[ChunkResult]]] = deque()
        for file, chunk, read_bytes in self._unscreened(standard_input):
            future = executor.submit(screen_chunk, self._assignment, chunk)
            under_way.append((file, _digest(chunk), read_bytes, future))
            while under_way and (len(under_way) >= window or under_way[0][-1].done()):
                self._take(*under_way.popleft(), watch)
        while under_way:
            self._take(*under_way.popleft(), watch)
        self.complete = True
        self.checkpoint()

    def compare_inputs(self, standard_input: BinaryIO | None) -> None:
        """Raise AuditError where the inputs are not those that were screened."""
        screened = self._files
        more = next(self._unscreened(standard_input), None)
        if more is not None or self._files != screened:
            raise AuditError(_OTHER_INPUT)

    def checkpoint(self) -> None:
        """Make everything taken in so far last."""
        self._folder.checkpoint(
            {
                "fingerprint": self._fingerprint,
                "chunks": self._chunks,
                "read_bytes": self._read_bytes,
                "content": self._content,
                "by_file": self._by_file,
                "files": self._files,
                "tallies": self._tallies.as_json(),
                "baseline": self._baseline,
                "complete": self.complete,
                "published": self._published,
            }
        )
        self._saved = monotonic()

    def _restore(self, state: dict[str, Any], fingerprint: dict[str, Any]) -> None:
        different = [key for key, now in fingerprint.items() if state["fingerprint"].get(key) != now]
        if different:
            raise AuditError(
                f"the unfinished run is not the same in: {', '.join(different)}; "
                "give the same again, or start over without --resume"
            )
        self._tallies = Tallies.from_json(state["tallies"])
        self._chunks, self._content = state["chunks"], state["content"]
        self._by_file, self._files = state["by_file"], state["files"]
        self._baseline = state["baseline"]
        self.complete, self._published = state["complete"], state["published"]

    def _unscreened(self, standard_input: BinaryIO | None) -> Iterator[tuple[int, Chunk, int]]:
        """The chunks that are still to be screened, with their file and the bytes read so far."""
        self._files, done, behind, content = [], self._chunks, 0, ""
        for index, source in enumerate(self._audit.inputs):
            reader = InputReader(source, standard_input)
            for chunk in reader:
                if done > 0:
                    done -= 1
                    content = _following(content, _digest(chunk))
                    if done == 0 and content != self._content:
                        raise AuditError(_OTHER_INPUT)
                else:
                    yield index, chunk, behind + reader.read_bytes
            behind += reader.read_bytes
            self._files.append(
                {
                    "file": source.name,
                    "size": reader.read_bytes,
                    "sha256": reader.sha256,
                    "blank_lines": reader.blank_lines,
                    "broken": reader.broken,
                }
            )
        if done > 0:
            raise AuditError(_OTHER_INPUT)

    def _take(
        self, file: int, digest: str, read_bytes: int, future: Future[ChunkResult], watch: Watch
    ) -> None:
        """Take in the next chunk's result."""
        result = future.result()
        self._folder.write(result.results, result.rejects)
        self._folder.ledger.add(self._audit.inputs[file].name, result)
        self._tallies.add(result.tallies)
        self._by_file[file][0] += len(result.outcomes.ids)
        self._by_file[file][1] += result.rejects.count(b"\n")
        self._chunks += 1
        self._read_bytes = read_bytes
        self._content = _following(self._content, digest)
        if monotonic() - self._saved > _SECONDS_BETWEEN_CHECKPOINTS:
            self.checkpoint()
        counts = self._tallies
        watch(Progress(read_bytes, counts.other["read"], counts.rejects.total()))

    def publish(self) -> dict[str, Any]:
        """Write what is about the whole run and give everything its final name; the summary."""
        drafts = drafts_of(self._audit.tables, self._audit.output)
        try:
            summary = self._published or self._finish()
            for table, draft in drafts.items():
                write_table(self._folder.results, table, draft)
            if self._published is None:
                self._published = summary
                self.checkpoint()
            self._folder.close()
            for table, draft in drafts.items():
                draft.replace(table)
        finally:
            for draft in drafts.values():
                draft.unlink(missing_ok=True)
        names = ["rules.json", "report.html", "summary.json", self._folder.results_name, "rejects.jsonl"]
        if self._audit.baseline is not None:
            names.append("changes.jsonl")
        self._folder.publish(names)
        return summary

    def _finish(self) -> dict[str, Any]:
        """Write what is about the whole run into the working folder; the summary without its lists."""
        self._folder.ledger.index_ids()
        comparison = self._compare()
        self._write("rules.json", written(self._common))
        summary = self._summary(comparison, MOST_CASES)
        self._check(summary["records"])
        self._write("report.html", [render_report(_with_lists(summary))])
        self._write("summary.json", written(self._summary(comparison, -1)))
        return {key: summary[key] for key in ("records", "verdicts", "inputs")}

    def _compare(self) -> dict[str, Any] | None:
        if self._baseline is None:
            return None
        comparison = Comparison(self._folder.ledger)
        lines = (
            json.dumps(change.as_json(), ensure_ascii=False) + "\n" for change in comparison.changes()
        )
        self._write("changes.jsonl", lines)
        return comparison.summary(self._baseline, self._knowledge_base)

    def _summary(self, comparison: dict[str, Any] | None, limit: int) -> dict[str, Any]:
        audit, tallies = self._audit, self._tallies
        return {
            **summarise(tallies, self._folder.ledger, self._knowledge_base, limit),
            "dates": {
                "first": tallies.first,
                "last": tallies.last,
                "undated": tallies.other["undated"],
                "reference_date": audit.on.isoformat(),
            },
            "inputs": [
                {**file, "records": accepted + rejected, "accepted": accepted, "rejected": rejected}
                for file, (accepted, rejected) in zip(self._files, self._by_file, strict=True)
            ],
            "skipped": [{"file": skipped.name, "why": skipped.why} for skipped in audit.skipped],
            "comparison": comparison,
        }

    def _check(self, records: dict[str, int]) -> None:
        """Nothing is lost: what was read, what was counted and what was written are the same."""
        accepted, _ = self._folder.ledger.count_records()
        lines = self._folder.count_lines()
        counted = [records["accepted"], records["rejected"]]
        if lines != counted or accepted != counted[0] or sum(counted) != records["read"]:
            raise AuditError(
                f"records were lost: {records} counted, {lines} lines written. Nothing was published; "
                "run again without --resume, and please report this"
            )

    def _write(self, name: str, pieces: Iterable[str]) -> None:
        with (self._folder.path / name).open("w", encoding="utf-8", newline="\n") as file:
            for piece in pieces:
                file.write(piece)
            if name.endswith(".json"):
                file.write("\n")


def _digest(chunk: Chunk) -> str:
    return hashlib.sha256(
        repr((chunk.file, chunk.spans, chunk.faults)).encode() + chunk.text
    ).hexdigest()


def _following(content: str, digest: str) -> str:
    return hashlib.sha256((content + digest).encode()).hexdigest()


def _with_lists(value: Any) -> Any:
    """The same with lists instead of iterators."""
    if isinstance(value, dict):
        return {key: _with_lists(item) for key, item in value.items()}
    return list(value) if isinstance(value, Iterator) else value
