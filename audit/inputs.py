"""Which files there are to read: arguments and folders in, a list without repetitions out."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, final

from audit.errors import AuditError
from audit.outputs import FINAL_NAMES, UNFINISHED, holds_results

STANDARD_INPUT: Final = "-"

_ENDINGS: Final = (".json", ".jsonl", ".ndjson")
_OTHER_ENDING: Final = (
    "not a file of intakes: its name ends in none of .json, .jsonl, .ndjson (or one of them and .gz)"
)
_RESULTS: Final = "the folder of results"
_RESULT: Final = "written by an audit into this output folder"
_OLDER_RESULTS: Final = "the results of another audit"


@final
class Input(NamedTuple):
    """Something to read: a file, or standard input (``path`` is None).

    ``name`` is as the user wrote it; in a folder it is the folder as written, a slash, and the way
    to the file from there. Bytes that are not UTF-8 are backslash escapes.
    """

    name: str
    path: Path | None


@final
class Skipped(NamedTuple):
    """Something that was there but is not read, and why."""

    name: str
    why: str


def is_packed(name: str) -> bool:
    """Whether a file of this name is compressed."""
    return name.lower().endswith(".gz")


def ending(name: str) -> str | None:
    """What a name says about what is in the file, in small letters and without .gz: None if nothing."""
    name = name.lower().removesuffix(".gz")
    return next((known for known in _ENDINGS if name.endswith(known)), None)


def find_inputs(arguments: Sequence[str], output: Path) -> tuple[list[Input], list[Skipped]]:
    """The files to read, in the order given, those of a folder by name; and what is not read.

    ``output`` is the folder of results, which need not exist. A folder inside a folder that cannot
    be listed is handed on as a file to read: reading it fails, which is told and counted.

    Raises AuditError that names every argument that cannot be used; nothing has been read then.
    """
    search = _Search(output.resolve())
    for argument in arguments:
        search.add(argument)
    if search.problems:
        listed = "".join(f"\n  {problem}" for problem in search.problems)
        raise AuditError(f"nothing was read, since not every input can be used:{listed}")
    return search.inputs, search.skipped


@final
class _Found(NamedTuple):
    """A file or folder that a search came by; ``why`` it is not read, if so."""

    relative: str
    path: Path
    resolved: Path
    why: str | None


@final
class _Search:
    """Goes through arguments and folders, and remembers what it has seen."""

    def __init__(self, output: Path) -> None:
        self.inputs: list[Input] = []
        self.skipped: list[Skipped] = []
        self.problems: list[str] = []
        self._output = output
        self._names: dict[Path, str] = {}

    def add(self, argument: str) -> None:
        name = readable(argument)
        if argument == STANDARD_INPUT:
            self._add_standard_input()
            return
        try:
            mode = os.stat(argument).st_mode  # noqa: PTH116 - Path("") would be the present folder
            _check_access(argument, mode)
        except (OSError, ValueError) as error:
            self.problems.append(f"{name or '(an empty name)'}: {_reason(error)}")
            return
        path = Path(argument)
        if _is_result(path.resolve(), self._output):
            self.problems.append(f"{name}: {_RESULT}")
        elif stat.S_ISDIR(mode):
            self._add_folder(name.rstrip("/" + os.sep), path)
        elif ending(path.name) is None:
            self.problems.append(f"{name}: {_OTHER_ENDING}")
        else:
            self._take(name, _Found(name, path, path.resolve(), None))

    def _add_standard_input(self) -> None:
        if any(source.path is None for source in self.inputs):
            self.problems.append("-: standard input can be read only once")
        else:
            self.inputs.append(Input(STANDARD_INPUT, None))

    def _add_folder(self, name: str, folder: Path) -> None:
        entries = _entries(folder, self._output)
        for found in sorted(entries, key=lambda found: found.relative):
            self._take(f"{name}/{readable(found.relative)}", found)

    def _take(self, name: str, found: _Found) -> None:
        before = self._names.get(found.resolved)
        if found.why is not None:
            self.skipped.append(Skipped(name, found.why))
        elif before is not None:
            self.skipped.append(Skipped(name, f"already read as {before}"))
        else:
            self._names[found.resolved] = name
            self.inputs.append(Input(name, found.path))


def _entries(folder: Path, output: Path) -> Iterator[_Found]:
    """All that is in a folder, at any depth, in any order; what is not looked into comes as one."""
    waiting = [_Found("", folder, folder.resolve(), None)]
    while waiting:
        inside = waiting.pop()
        try:
            with os.scandir(inside.path) as listed:
                entries = list(listed)
        except OSError:
            yield inside._replace(relative=inside.relative.removesuffix("/"))
            continue
        older = inside.resolved != output and holds_results({entry.name for entry in entries})
        if older and inside.relative:
            yield inside._replace(relative=inside.relative.removesuffix("/"), why=_OLDER_RESULTS)
            continue
        for entry in entries:
            found = _found(entry, inside, output)
            if older and entry.name in FINAL_NAMES:
                found = found._replace(why=_OLDER_RESULTS)
            if found.relative.endswith("/"):
                waiting.append(found)
            else:
                yield found


def _found(entry: os.DirEntry[str], inside: _Found, output: Path) -> _Found:
    """What an entry of a folder is; the name of a folder to look into ends in a slash."""
    relative, path = inside.relative + entry.name, inside.path / entry.name
    mode = _mode(path)
    is_link = entry.is_symlink()
    resolved = path.resolve() if is_link and mode else inside.resolved / entry.name
    if resolved == output:
        return _Found(relative, path, resolved, _RESULTS)
    if _is_result(resolved, output):
        return _Found(relative, path, resolved, _RESULT)
    if entry.name.startswith("."):
        return _Found(relative, path, resolved, "hidden: its name begins with a dot")
    if entry.is_dir(follow_symlinks=False):
        return _Found(relative + "/", path, resolved, None)
    return _Found(relative, path, resolved, _why_not(entry.name, mode, is_link=is_link))


def _is_result(resolved: Path, output: Path) -> bool:
    """Whether a file is the output of an audit, not its input."""
    by_name = resolved.parent == output and resolved.name in FINAL_NAMES
    return by_name or resolved.is_relative_to(output / UNFINISHED)


def _why_not(name: str, mode: int, *, is_link: bool) -> str | None:
    """Why something that is no folder is not read, if so."""
    if is_link and not mode:
        return "a link that leads nowhere"
    if stat.S_ISDIR(mode):
        return "a link to a folder"
    if ending(name) is None:
        return _OTHER_ENDING
    if mode and not stat.S_ISREG(mode):
        return "not a file: a pipe, a socket or a device"
    return None


def _mode(path: Path) -> int:
    """What a path leads to, as the system says it; 0 if it does not say."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _check_access(argument: str, mode: int) -> None:
    """Raise OSError if a file or a folder cannot be opened; a pipe is only asked for permission."""
    if stat.S_ISDIR(mode):
        os.scandir(argument).close()
    elif stat.S_ISREG(mode):
        Path(argument).open("rb").close()
    elif not os.access(argument, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "does not exist"
    return f"cannot be opened: {getattr(error, 'strerror', None) or error}"


def readable(name: str) -> str:
    """A name that can be written as UTF-8 anywhere, with slashes between its parts."""
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace(os.sep, "/")
