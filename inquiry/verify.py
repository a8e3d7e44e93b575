"""Whether a recorded assessment is what the rules give for an intake, or where it differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, final

from engine import Intake, Screener
from engine.reading import pointer
from engine.schemas import violations

_ADDED_BY_AUDIT: Final = ("source", "audit")
_ABSENT: Final = object()


@final
class Difference(NamedTuple):
    """A place (JSON Pointer) where record and rules disagree; ``None``: nothing, or null."""

    path: str
    recorded: Any
    now: Any


@final
class Verification(NamedTuple):
    """What came of comparing a record with the rules at hand.

    ``other_rules`` says in what the rules or the program differ from those of the record; then the
    differences prove nothing.
    """

    differences: tuple[Difference, ...]
    other_rules: tuple[str, ...]

    @property
    def is_verified(self) -> bool:
        """Whether the record is what the tool gives, with the same rules and the same program."""
        return not self.differences and not self.other_rules


class NotARecordError(ValueError):
    """What should be an assessment is none; the text says why."""


def verify(screener: Screener, record: Any, intake: Intake) -> Verification:
    """Screen again and compare.

    ``record`` is an assessment, or a line of an audit's results. Raises NotARecordError.
    """
    recorded = {key: value for key, value in _checked(record).items() if key not in _ADDED_BY_AUDIT}
    own_part = "care" not in recorded
    now = screener.explain(intake) if own_part else screener.screen(intake)
    if recorded["intake_id"] != now["intake_id"]:
        raise NotARecordError(
            f"the record is of {recorded['intake_id']!r}, the intake is {now['intake_id']!r}"
        )
    other = tuple(_other_rules(recorded, now))
    return Verification(tuple(_differences(recorded, now, ())), other)


def _checked(record: Any) -> Mapping[str, Any]:
    """The record, if it is one."""
    if not isinstance(record, Mapping):
        raise NotARecordError("it is no JSON object")
    if "care" not in record:
        needed = ("intake_id", "screened_on", "verdict", "findings", "knowledge_base", "engine")
        missing = [key for key in needed if key not in record]
        if missing:
            raise NotARecordError(f"it has no {', '.join(missing)}")
        return record
    whole = {key: value for key, value in record.items() if key not in _ADDED_BY_AUDIT}
    broken = violations("assessment", whole)
    if broken:
        told = "; ".join(f"{one.pointer or '/'}: found {one.found}" for one in broken[:3])
        raise NotARecordError(f"it is no assessment: {told}")
    return record


def _other_rules(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name, key in (("knowledge base", "digest"), ("knowledge base", "version")):
        was, is_now = (own["knowledge_base"].get(key) for own in (recorded, now))
        if was != is_now:
            yield f"{name} {key}: recorded {was}, here {is_now}"
    was, is_now = (own["engine"].get("version") for own in (recorded, now))
    if was != is_now:
        yield f"needlecheck: recorded {was}, here {is_now}"


def _differences(recorded: Any, now: Any, path: tuple[str | int, ...]) -> Iterator[Difference]:
    if isinstance(recorded, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys((*recorded, *now)):
            yield from _differences(recorded.get(key, _ABSENT), now.get(key, _ABSENT), (*path, key))
    elif isinstance(recorded, list) and isinstance(now, list):
        for index in range(max(len(recorded), len(now))):
            was, is_now = (items[index] if index < len(items) else _ABSENT for items in (recorded, now))
            yield from _differences(was, is_now, (*path, index))
    elif type(recorded) is not type(now) or recorded != now:
        was, is_now = (None if value is _ABSENT else value for value in (recorded, now))
        yield Difference(pointer(*path), was, is_now)
