"""A recorded assessment as it was kept: a whole one, or a client's own part from an audit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from engine.errors import IntakeProblem
from engine.reading import MAX_DEPTH
from engine.schemas import violations

_ADDED_BY_AUDIT: Final = ("source", "audit")
_LEFT_OUT_BY_AUDIT: Final = frozenset(
    f'no "{key}"' for key in ("title", "because", "action", "citations", "disagreement", "care")
)
_TOLD: Final = 5


class NotARecordError(ValueError):
    """What should be an assessment is none; the text says why."""


def read_record(data: bytes) -> Mapping[str, Any]:
    """An assessment, or a line of an audit's results less what the audit added to it.

    Raises :class:`NotARecordError`.
    """
    try:
        record = json.loads(
            data.removeprefix(b"\xef\xbb\xbf").decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_no_number,
        )
    except RecursionError:
        raise NotARecordError("it is nested too deeply") from None
    except ValueError as error:
        raise NotARecordError(_not_json(data, error)) from None
    if not isinstance(record, dict):
        raise NotARecordError("it is no JSON object")
    _check_values(record, 1)
    recorded = {key: value for key, value in record.items() if key not in _ADDED_BY_AUDIT}
    broken = [v for v in violations("assessment", recorded) if is_whole(recorded) or not _left_out(v)]
    if broken:
        reasons = [IntakeProblem(v.code, v.pointer, v.found, v.expected) for v in broken[:_TOLD]]
        more = f"\n  and {len(broken) - _TOLD} more" if len(broken) > _TOLD else ""
        raise NotARecordError("it is no assessment:" + "".join(f"\n  {r}" for r in reasons) + more)
    return recorded


def is_whole(record: Mapping[str, Any]) -> bool:
    """Whether it is a whole assessment, not a client's own part only."""
    return "care" in record


def _left_out(violation: Any) -> bool:
    return violation.code == "missing-key" and violation.found in _LEFT_OUT_BY_AUDIT


def _not_json(data: bytes, error: ValueError) -> str:
    if isinstance(error, NotARecordError):
        return str(error)
    lines = len(data.strip().splitlines())
    if lines > 1 and isinstance(error, json.JSONDecodeError) and error.msg == "Extra data":
        return f"it holds {lines} lines; give one line of an audit's results"
    return f"it is not JSON: {error}"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotARecordError("a key stands more than once in one of its objects")
    return found


def _no_number(text: str) -> Any:
    raise NotARecordError(f"it holds {text}, which is no number")


def _check_values(value: Any, depth: int) -> None:
    """Refuse what cannot be shown or walked through: lone surrogates, deep nesting."""
    if depth > MAX_DEPTH:
        raise NotARecordError(f"it is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        for key, item in value.items():
            _check_values(key, depth)
            _check_values(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_values(item, depth + 1)
    elif isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise NotARecordError(f"it holds half a character: {ascii(value)[:60]}")
