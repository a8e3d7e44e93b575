"""The names of what an audit writes into its output folder."""

from __future__ import annotations

from typing import Final

UNFINISHED: Final = "unfinished-audit"
"""The folder in which a run grows until it is complete."""

FINAL_NAMES: Final = (
    "results.jsonl", "results.jsonl.gz", "rules.json", "rejects.jsonl", "changes.jsonl", "report.html",
    "summary.json",
)  # fmt: skip
"""What an audit can publish; the summary comes last, so that with it the set is complete."""
