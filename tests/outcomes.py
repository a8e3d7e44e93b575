"""What an assessment says about one rule: ``fired``, ``undecided`` or ``ruled_out``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Outcome = Literal["fired", "undecided", "ruled_out"]


def outcome_of(rule: str, assessment: Mapping[str, Any]) -> Outcome:
    """The outcome of a rule; one that is in neither list is ruled out."""
    if any(finding["rule"] == rule for finding in assessment["findings"]):
        return "fired"
    if any(waiting["rule"] == rule for waiting in assessment["undecided"]):
        return "undecided"
    return "ruled_out"
