"""What has to be known of all records, on disk: ids, unrecognised names, unsafe cases, old results.

The ledger also holds the checkpoints of a run: how far the output has come, in the same transaction
as everything that was learned up to there. A run that is killed is at its last checkpoint.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, final

from audit.errors import AuditError
from audit.screening import ChunkResult

_TABLES: Final = """
CREATE TABLE state (state TEXT NOT NULL);
CREATE TABLE records (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL,
    item INTEGER, verdict TEXT NOT NULL, states TEXT NOT NULL
);
CREATE TABLE terms (
    list TEXT NOT NULL, value TEXT NOT NULL, count INTEGER NOT NULL, suggestions TEXT NOT NULL,
    PRIMARY KEY (list, value)
) WITHOUT ROWID;
CREATE TABLE unsafe (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL,
    item INTEGER, verdict TEXT NOT NULL, rules TEXT NOT NULL
);
CREATE TABLE before (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, verdict TEXT NOT NULL, states TEXT NOT NULL
);
"""
_PAIRS: Final = """
SELECT now.id, now.file, now.line, now.item, old.verdict, old.states, now.verdict, now.states
FROM (SELECT *, row_number() OVER (PARTITION BY id ORDER BY number) AS nth FROM records) AS now
JOIN (SELECT *, row_number() OVER (PARTITION BY id ORDER BY number) AS nth FROM before) AS old
ON now.id = old.id AND now.nth = old.nth
ORDER BY now.number
"""
_LISTED: Final = 100


class Before(NamedTuple):
    """One record of older results."""

    intake_id: str
    verdict: str
    states: str


class Pair(NamedTuple):
    """A record that is in both runs; equal ids are paired in the order in which they come."""

    intake_id: str
    source: dict[str, Any]
    verdict_before: str
    states_before: str
    verdict: str
    states: str


@final
class Ledger:
    """An SQLite file in the working folder of a run; one process at a time."""

    def __init__(self, path: Path) -> None:
        """Open the ledger, or make one. Raises AuditError where another audit holds it."""
        self._connection = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._connection.execute("PRAGMA journal_mode = TRUNCATE")
            self._connection.execute("BEGIN EXCLUSIVE")
            if not self._one("SELECT count(*) FROM sqlite_master"):
                for statement in _TABLES.split(";"):
                    self._connection.execute(statement)
        except BaseException as error:
            self._connection.close()
            if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
                raise AuditError(f"another audit is writing to {path.parent.parent}") from None
            if type(error) is sqlite3.DatabaseError:
                message = f"{path} is damaged; remove the folder {path.parent} and start over"
                raise AuditError(message) from None
            raise

    def close(self) -> None:
        """Let go of the file; what came after the last checkpoint is forgotten."""
        self._connection.close()

    def checkpoint(self, state: dict[str, Any]) -> None:
        """Make everything up to here last, with the state of the run."""
        self._connection.execute("DELETE FROM state")
        self._connection.execute("INSERT INTO state VALUES (?)", [json.dumps(state)])
        self._connection.execute("COMMIT")
        self._connection.execute("BEGIN EXCLUSIVE")

    def state(self) -> dict[str, Any] | None:
        """The state at the last checkpoint, if there was one."""
        found = self._one("SELECT state FROM state")
        return None if found is None else dict(json.loads(found))

    def add(self, file: str, result: ChunkResult) -> None:
        """Write down what a chunk gave."""
        run = self._connection.executemany
        run(
            "INSERT INTO records (id, file, line, item, verdict, states) VALUES (?, ?, ?, ?, ?, ?)",
            result.outcomes.rows(file),
        )
        run(
            "INSERT INTO unsafe (id, file, line, item, verdict, rules) VALUES (?, ?, ?, ?, ?, ?)",
            ((u.intake_id, file, *u.place, u.verdict, json.dumps(u.rules)) for u in result.unsafe),
        )
        run(
            "INSERT INTO terms VALUES (?, ?, ?, ?) "
            "ON CONFLICT (list, value) DO UPDATE SET count = count + excluded.count",
            (
                (*term, count, json.dumps(suggestions))
                for term, (count, suggestions) in result.terms.items()
            ),
        )

    def index_ids(self) -> None:
        """Get ready for questions by id; after the last record."""
        self._connection.execute("CREATE INDEX IF NOT EXISTS records_by_id ON records (id, number)")

    def duplicates(self, limit: int = -1) -> Iterator[dict[str, Any]]:
        """Ids that came more than once, in the order of their first record, with their places.

        Of an id that came very often the first places are listed.
        """
        rows = self._connection.execute(
            "SELECT id, count(*), min(number) AS first FROM records "
            "GROUP BY id HAVING count(*) > 1 ORDER BY first LIMIT ?",
            [limit],
        )
        for intake_id, count, _ in rows:
            places = self._connection.execute(
                "SELECT file, line, item FROM records WHERE id = ? ORDER BY number LIMIT ?",
                [intake_id, _LISTED],
            )
            yield {"intake_id": intake_id, "count": count, "at": [_source(*place) for place in places]}

    def count_duplicates(self) -> tuple[int, int]:
        """How many ids came more than once, and how many records have one of them."""
        ids, records = self._connection.execute(
            "SELECT count(*), coalesce(sum(n), 0) FROM "
            "(SELECT count(*) AS n FROM records GROUP BY id HAVING n > 1)"
        ).fetchone()
        return ids, records

    def terms(self, limit: int = -1) -> Iterator[dict[str, Any]]:
        """Names that were not recognised, the most frequent first."""
        rows = self._connection.execute(
            "SELECT list, value, count, suggestions FROM terms ORDER BY count DESC, list, value LIMIT ?",
            [limit],
        )
        for list_name, value, count, suggestions in rows:
            yield {
                "list": list_name, "value": value, "count": count,
                "suggestions": json.loads(suggestions),
            }  # fmt: skip

    def count_terms(self) -> int:
        """How many different names were not recognised."""
        return int(self._one("SELECT count(*) FROM terms"))

    def unsafe(self, limit: int = -1) -> Iterator[dict[str, Any]]:
        """Records whose client was treated although a rule stood against it, in input order."""
        rows = self._connection.execute(
            "SELECT id, verdict, rules, file, line, item FROM unsafe ORDER BY number LIMIT ?", [limit]
        )
        for intake_id, verdict, rules, *place in rows:
            yield {
                "intake_id": intake_id, "verdict": verdict, "rules": json.loads(rules),
                "source": _source(*place),
            }  # fmt: skip

    def add_before(self, records: Iterable[Before]) -> None:
        """Take in the results of an older run."""
        self._connection.executemany(
            "INSERT INTO before (id, verdict, states) VALUES (?, ?, ?)", records
        )
        self._connection.execute("CREATE INDEX before_by_id ON before (id, number)")

    def count_records(self) -> tuple[int, int]:
        """How many records this run accepted, and how many the older results hold."""
        return (
            self._one("SELECT count(*) FROM records"),
            self._one("SELECT count(*) FROM before"),
        )

    def pairs(self) -> Iterator[Pair]:
        """Records that are in both runs, in the order of this one."""
        rows = self._connection.execute(_PAIRS)
        for intake_id, file, line, item, *rest in rows:
            yield Pair(intake_id, _source(file, line, item), *rest)

    def _one(self, query: str) -> Any:
        row = self._connection.execute(query).fetchone()
        return row[0] if row else None


def _source(file: str, line: int, item: int | None) -> dict[str, Any]:
    source: dict[str, Any] = {"file": file, "line": line}
    return source if item is None else {**source, "item": item}
