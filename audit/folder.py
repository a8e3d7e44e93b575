"""The output folder: everything grows in a folder of its own inside it and moves out when whole.

Until the run is complete no file has its final name. A run that ends early leaves the inner folder
with its last checkpoint, from which it can be continued.
"""

from __future__ import annotations

import errno
import gzip
import os
import shutil
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, final

from audit.errors import AuditError
from audit.ledger import Ledger
from audit.outputs import FINAL_NAMES, LEDGER, UNFINISHED


def check_output(output: Path) -> None:
    """Raise AuditError where a folder cannot take results, or not without losing what no audit made."""
    if _leads_in_a_circle(output):
        raise AuditError(f"--output {output}: its links lead in a circle; name another folder")
    inside = output / UNFINISHED
    if inside.is_symlink() or (inside.exists() and not _is_ours(inside)):
        raise _in_the_way(inside, "was not made by an audit")
    for name in FINAL_NAMES:
        if (output / name).is_dir():
            raise _in_the_way(output / name, "is a folder, and an audit writes a file of this name")


def _leads_in_a_circle(path: Path) -> bool:
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def _in_the_way(path: Path, why: str) -> AuditError:
    return AuditError(f"{path} {why}. Nothing was changed; move it away, or choose another --output")


def unfinished(output: Path) -> dict[str, Any] | None:
    """The state of an unfinished run at its last checkpoint, if there is one in the folder."""
    path = output / UNFINISHED / LEDGER
    if not path.exists():
        return None
    ledger = Ledger(path)
    try:
        return ledger.state()
    finally:
        ledger.close()


@final
class WorkFolder:
    """The unfinished output of one run: two growing files, a ledger, and at the end the rest.

    ``state`` is that of the last checkpoint of the run that is continued.
    """

    def __init__(self, output: Path, *, compressed: bool, resume: bool) -> None:
        """Start afresh or, with ``resume``, at the last checkpoint of an unfinished run, if any.

        Raises AuditError where another audit writes to the same folder, or it cannot be written to
        without removing what no audit has made.
        """
        check_output(output)
        self.output = output
        self.path = output / UNFINISHED
        self.results_name = "results.jsonl.gz" if compressed else "results.jsonl"
        self.path.mkdir(parents=True, exist_ok=True)
        self.ledger = Ledger(self.path / LEDGER)
        self.state = self.ledger.state() if resume else None
        if self.state is None:  # nothing that an earlier run left may be taken for this one's
            self.ledger.close()
            _remove(self.path)
            self.path.mkdir()
            self.ledger = Ledger(self.path / LEDGER)
        self._can_go_on = self.state is not None
        self._files: list[IO[bytes]] = []

    @property
    def results(self) -> Path:
        """The results, wherever they are: a run that was killed may have moved them already."""
        inside = self.path / self.results_name
        return inside if inside.exists() else self.output / self.results_name

    def open_files(self) -> None:
        """Open the two growing files where the last checkpoint left them."""
        for name in (self.results_name, "rejects.jsonl"):
            size = self.state["sizes"][name] if self.state else 0
            file = (self.path / name).open("ab")
            self._files.append(file)
            if file.tell() < size:
                raise AuditError(f"{self.path / name} is shorter than it was; run without --resume")
            file.truncate(size)

    def write(self, results: bytes, rejects: bytes) -> None:
        """Add to the two growing files."""
        for file, content in zip(self._files, (results, rejects), strict=True):
            file.write(content)

    def checkpoint(self, state: dict[str, Any]) -> None:
        """Make everything so far last; ``state`` is found again by a run that continues."""
        sizes = {}
        for file in self._files:
            file.flush()
            os.fsync(file.fileno())
            sizes[Path(file.name).name] = file.tell()
        self.ledger.checkpoint({**state, "sizes": sizes})
        self._can_go_on = True

    def close(self) -> None:
        """Let go of all files; what came after the last checkpoint is forgotten."""
        with ExitStack() as closing:
            closing.callback(self.ledger.close)
            for file in self._files:
                closing.callback(file.close)
        if not self._can_go_on:
            _remove(self.path)

    def count_lines(self) -> list[int]:
        """How many lines the two growing files hold, the results first."""
        for file in self._files:
            file.flush()
        results = self.path / self.results_name
        if results.suffix == ".gz" and not results.stat().st_size:
            results.write_bytes(gzip.compress(b"", mtime=0))  # no text at all, packed, is not no bytes
        return [_count_lines(path) for path in (results, self.path / "rejects.jsonl")]

    def publish(self, names: Iterable[str]) -> None:
        """Move the finished files to their final names and clear away what an older run left.

        May be called again by a run that continues one that was killed half-way through it.
        """
        if (self.path / "summary.json").exists():
            (self.output / "summary.json").unlink(missing_ok=True)
        for name in FINAL_NAMES:
            if (self.path / name).exists():
                (self.path / name).replace(self.output / name)
            elif name not in names:
                (self.output / name).unlink(missing_ok=True)
        _remove(self.path)


def _is_ours(folder: Path) -> bool:
    return folder.is_dir() and ((folder / LEDGER).is_file() or not any(folder.iterdir()))


def _remove(folder: Path) -> None:
    """Remove a working folder; the ledger goes last, since by it the folder is known for ours."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != LEDGER:
            path.unlink()
    shutil.rmtree(folder)


def _count_lines(path: Path) -> int:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
