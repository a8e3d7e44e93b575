"""The problems of a knowledge base for a person, a program, a code scanner, and a pull request."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final, final

from curation.checking.check import Checked
from curation.checking.codes import Code, all_codes
from curation.checking.places import lines_of
from curation.checking.problems import Problem
from engine import VERSION
from engine.text import printable

_WIDEST: Final = 100
"""Columns of a source line that are shown; the lines of a knowledge base are rarely longer."""

_ESCAPES: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_ESCAPES_OF_PROPERTY: Final = {**_ESCAPES, ":": "%3A", ",": "%2C"}


@final
class Paint:
    """Colour on a terminal, and nothing anywhere else."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour

    def __call__(self, text: str, style: str) -> str:
        """The text in a style: ``bold``, ``faint``, or the name of a severity."""
        codes = {"bold": "1", "error": "1;31", "warning": "1;33", "note": "1;36", "faint": "2"}
        return f"\x1b[{codes[style]}m{text}\x1b[0m" if self._colour else text


def as_text(checked: Checked, *, colour: bool = False) -> str:
    """For a person: grouped by file, each with its line and a caret, counts at the end."""
    paint = Paint(colour=colour)
    lines: list[str] = []
    for file, problems in groupby(checked.problems, key=lambda problem: problem.file):
        lines.append(paint(printable(file), "bold"))
        for problem in problems:
            lines += ["", *_shown(problem, paint)]
        lines.append("")
    lines.append(_summary(checked, paint))
    lines += [paint(f"Not checked: {what}.", "faint") for what in checked.unchecked]
    return "\n".join(lines) + "\n"


def as_json(checked: Checked) -> str:
    """For a program: the problems with stable keys, and their numbers."""
    document = {
        "problems": [
            {
                **{key: value for key, value in problem._asdict().items() if key != "claim"},
                "title": _title(problem.code),
                "witness": problem.witness,
                "claim": problem.claim or None,
            }
            for problem in checked.problems
        ],
        "errors": checked.count("error"),
        "warnings": checked.count("warning"),
        "notes": checked.count("note"),
        "rules": checked.rules,
        "concepts": checked.concepts,
        "unchecked": list(checked.unchecked),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def as_sarif(checked: Checked) -> str:
    """For a code scanner: SARIF 2.1.0, with the page of each code as its help."""
    used = list(dict.fromkeys(sorted(problem.code for problem in checked.problems)))
    codes = [all_codes()[code] for code in used if code in all_codes()]
    places = {code.code: index for index, code in enumerate(codes)}
    run = {
        "tool": {
            "driver": {
                "name": "needlecheck",
                "semanticVersion": VERSION,
                "rules": [_sarif_rule(code) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(problem, places) for problem in checked.problems],
    }
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def as_github(checked: Checked) -> str:
    """For a pull request: workflow commands, which become annotations."""
    return "".join(f"{_annotation(problem)}\n" for problem in checked.problems)


def _shown(problem: Problem, paint: Paint) -> Iterator[str]:
    place = f"{problem.line}:{problem.column}  " if problem.line else ""
    severity = paint(problem.severity, problem.severity)
    yield f"  {place}{severity} {problem.code}  {printable(problem.message)}"
    yield from (f"    {line}" for line in _source_line(problem, paint))
    if problem.remedy:
        yield f"    To mend it: {printable(problem.remedy)}"
    if problem.witness is not None:
        yield f"    Shown by: {printable(json.dumps(problem.witness, ensure_ascii=False))}"
    if problem.claim:
        yield f"    Then: {printable(problem.claim)}"


def _source_line(problem: Problem, paint: Paint) -> Iterator[str]:
    """The line with the problem, and a caret under its column; a long line is cut around it."""
    lines = lines_of(Path(problem.file))
    if not 0 < problem.line <= len(lines):
        return
    text, column = lines[problem.line - 1], max(problem.column, 1)
    start = max(0, column - _WIDEST // 2) if len(text) > _WIDEST else 0
    before = printable(text[start : column - 1].replace("\t", " "))
    rest = printable(text[column - 1 : start + _WIDEST].replace("\t", " "))
    number = f"{problem.line} | "
    yield paint(number, "faint") + before + rest
    if problem.column:
        yield " " * (len(number) + len(before)) + paint("^", problem.severity)


def _summary(checked: Checked, paint: Paint) -> str:
    looked_at = f"{_counted(checked.rules, 'rule')}, {_counted(checked.concepts, 'concept')}"
    if not checked.problems:
        return f"No problems: {looked_at}."
    errors, warnings, notes = map(checked.count, ("error", "warning", "note"))
    found = ", ".join(
        paint(_counted(number, word), word)
        for number, word in ((errors, "error"), (warnings, "warning"), (notes, "note"))
        if number
    )
    return f"{found} in {looked_at}. What a code means: needlecheck kb check --explain CODE"


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _title(code: str) -> str:
    known = all_codes().get(code)
    return known.title if known else ""


def _sarif_rule(code: Code) -> dict[str, Any]:
    text = f"{code.means} {code.why}\n\nHow to mend it: {code.remedy}"
    example = f"\n\nFor example: `{code.example}`" if code.example else ""
    return {
        "id": code.code,
        "shortDescription": {"text": f"{code.title}."},
        "fullDescription": {"text": code.means},
        "help": {"text": text + example.replace("`", ""), "markdown": text + example},
        "defaultConfiguration": {"level": code.severity},
    }


def _sarif_result(problem: Problem, places: Mapping[str, int]) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": _uri(problem.file)}}
    if problem.line:
        location["region"] = {
            "startLine": problem.line, "startColumn": max(problem.column, 1),
        }  # fmt: skip
    properties = {
        key: value for key, value in (("witness", problem.witness), ("claim", problem.claim)) if value
    }
    return {
        "ruleId": problem.code,
        **({"ruleIndex": places[problem.code]} if problem.code in places else {}),
        "level": problem.severity,
        "message": {"text": _whole(problem)},
        "locations": [{"physicalLocation": location}],
        **({"properties": properties} if properties else {}),
    }


def _uri(file: str) -> str:
    """A relative path as a relative reference, an absolute one as a file URI."""
    from urllib.parse import quote

    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))


def _annotation(problem: Problem) -> str:
    properties: Sequence[tuple[str, Any]] = (
        ("file", problem.file),
        ("line", problem.line),
        ("col", problem.column),
        ("title", f"{problem.code} {_title(problem.code)}"),
    )
    told = ",".join(
        f"{key}={_escaped(str(value), _ESCAPES_OF_PROPERTY)}" for key, value in properties if value
    )
    command = "notice" if problem.severity == "note" else problem.severity
    return f"::{command} {told}::{_escaped(_whole(problem), _ESCAPES)}"


def _whole(problem: Problem) -> str:
    """What is wrong and how to mend it, as sentences."""
    end = "" if problem.message.endswith((".", "?", "!")) else "."
    return f"{problem.message}{end} {problem.remedy}".rstrip()


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    """Without what would end the command; other control characters are shown."""
    return "".join(escapes.get(character) or printable(character) for character in text)


FORMATS: Final = {"text": as_text, "json": as_json, "sarif": as_sarif, "github": as_github}
"""The formats by the names that the command knows them by."""
