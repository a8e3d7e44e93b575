"""One row a record, for spreadsheets (CSV) and data frames (Parquet)."""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final, NamedTuple

import orjson

from audit.errors import AuditError
from audit.outputs import UNFINISHED

_ROWS_AT_ONCE: Final = 10_000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet may take for a formula (OWASP, "CSV Injection")."""


class Row(NamedTuple):
    """One record: what was found, what has to be asked, and where it stands.

    ``rules`` are the fired rules, strictest first; ``questions`` are ids, most decisive first;
    ``outcome`` and ``agreement`` are ``None`` without a recorded decision.
    """

    intake_id: str
    screened_on: str
    verdict: str
    rules: tuple[str, ...]
    rescreen_on: str | None
    questions: tuple[str, ...]
    outcome: str | None
    agreement: str | None
    file: str
    line: int
    item: int | None


def check_tables(tables: Sequence[Path], output: Path) -> None:
    """Raise AuditError where a table of this kind cannot be written there.

    ``output`` is a folder that will be there.
    """
    for table in tables:
        if table.suffix not in _WRITERS:
            raise AuditError(f"--table {table}: the name has to end in .csv or .parquet")
        if table.suffix == ".parquet":
            _pyarrow()
        folder = table.absolute().parent
        if folder.is_dir():
            _try_to_write(table, folder)
        elif os.path.realpath(folder) != os.path.realpath(output):
            raise AuditError(f"--table {table}: there is no folder {table.parent}")


def drafts_of(tables: Sequence[Path], output: Path) -> dict[Path, Path]:
    """Where each table grows before it gets its name: a file beside it that no one else has.

    The name comes from the table and the output folder, so that a run finds again what it has left
    when it was killed.
    """
    return {table: table.with_name(f".{UNFINISHED}-{_mark(table, output)}") for table in tables}


def write_table(results: Path, table: Path, draft: Path) -> None:
    """Write the results (``.jsonl``, with or without ``.gz``) as this table, into its draft."""
    _WRITERS[table.suffix](_rows(results), draft)


def _try_to_write(table: Path, folder: Path) -> None:
    try:
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        message = f"--table {table}: nothing can be written there: {error.strerror}"
        raise AuditError(message) from None


def _mark(table: Path, output: Path) -> str:
    places = os.path.realpath(output), str(table.absolute())
    return hashlib.sha256(os.fsencode("\0".join(places))).hexdigest()[:16]


def _rows(results: Path) -> Iterator[Row]:
    with gzip.open(results) if results.suffix == ".gz" else results.open("rb") as lines:
        for line in lines:
            result = orjson.loads(line)
            audit, source = result.get("audit", {}), result["source"]
            yield Row(
                result["intake_id"],
                result["screened_on"],
                result["verdict"],
                tuple(finding["rule"] for finding in result["findings"]),
                result["rescreen"]["on"] if result["rescreen"] else None,
                tuple(dict.fromkeys(question["id"] for question in result["questions"])),
                audit.get("outcome"),
                audit.get("agreement"),
                source["file"],
                source["line"],
                source.get("item"),
            )


def _write_csv(rows: Iterable[Row], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(Row._fields)
        writer.writerows(map(_cells, rows))


def _cells(row: Row) -> list[str]:
    return [_cell(" ".join(value) if isinstance(value, tuple) else value) for value in row]


def _cell(value: str | int | None) -> str:
    """Text that a spreadsheet shows as it is: what looks like a formula gets an apostrophe."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _write_parquet(rows: Iterator[Row], path: Path) -> None:
    pa = _pyarrow()
    from pyarrow.parquet import ParquetWriter

    text, texts, day = pa.string(), pa.list_(pa.string()), pa.date32()
    number = pa.int64()
    kinds = [text, day, text, texts, day, texts, text, text, text, number, number]
    schema = pa.schema(list(zip(Row._fields, kinds, strict=True)))
    with ParquetWriter(path, schema, compression="zstd") as writer:
        while some := list(islice(rows, _ROWS_AT_ONCE)):
            table = [
                row._replace(
                    screened_on=_day(row.screened_on), rescreen_on=_day(row.rescreen_on)
                )._asdict()
                for row in some
            ]
            writer.write_table(pa.Table.from_pylist(table, schema=schema))


def _day(text: str | None) -> Any:
    return None if text is None else date.fromisoformat(text)


def _pyarrow() -> Any:
    try:
        import pyarrow as pa
    except ImportError:
        raise AuditError(
            "a .parquet table needs the extra: pip install 'needlecheck[parquet]'"
        ) from None
    return pa


_WRITERS: Final[dict[str, Callable[[Iterator[Row], Path], None]]] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
}
