"""The names of what an audit writes into its output folder."""

from __future__ import annotations

from typing import Final

UNFINISHED: Final = "unfinished-audit"
"""The folder in which a run grows until it is complete."""

LEDGER: Final = "ledger.sqlite"
"""What is known of all records, in that folder."""

FINAL_NAMES: Final = (
    "results.jsonl", "results.jsonl.gz", "rules.json", "rejects.jsonl", "changes.jsonl", "report.html",
    "summary.json",
)  # fmt: skip
"""What an audit can publish; the summary comes last, so that with it the set is complete."""

_ALWAYS: Final = {"summary.json", "rules.json"}
_RESULTS: Final = {"results.jsonl", "results.jsonl.gz"}


def holds_results(names: set[str]) -> bool:
    """Whether a folder with files of these names is one into which an audit has written, or writes."""
    return not names.isdisjoint(_RESULTS) and (names >= _ALWAYS or LEDGER in names)
