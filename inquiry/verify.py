"""Whether a recorded assessment is what the rules give for an intake, or where it differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, final

from engine import Intake, Screener
from engine.reading import pointer, shown
from inquiry.record import NotARecordError, is_whole

_IDENTITY: Final = ("knowledge_base", "engine")
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


def verify(screener: Screener, record: Mapping[str, Any], intake: Intake) -> Verification:
    """Screen again and compare with a record (see :func:`inquiry.record.read_record`).

    Raises NotARecordError where it is the record of another intake.
    """
    now = screener.screen(intake) if is_whole(record) else screener.explain(intake)
    if record["intake_id"] != now["intake_id"]:
        raise NotARecordError(
            f"it is of the intake {shown(record['intake_id'])}, not of {shown(now['intake_id'])}"
        )
    found = _differences(_without_identity(record), _without_identity(now), ())
    return Verification(tuple(found), tuple(_other_rules(record, now)))


def _without_identity(assessment: Mapping[str, Any]) -> dict[str, Any]:
    """All but the names of the rules and the program, which are compared for themselves."""
    return {key: value for key, value in assessment.items() if key not in _IDENTITY}


def _other_rules(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    was, is_now = recorded["knowledge_base"], now["knowledge_base"]
    for key in ("id", "version", "digest", "overlays", "drafts"):
        if was.get(key) != is_now.get(key):
            yield f"knowledge base, {key}: recorded {_said(was.get(key))}, here {_said(is_now.get(key))}"
    before, here = recorded["engine"]["version"], now["engine"]["version"]
    if before != here:
        yield f"needlecheck, version: recorded {before}, here {here}"


def _said(value: Any) -> str:
    """A part of a knowledge base's identity in words."""
    if isinstance(value, list):
        return " and ".join(f"{overlay['id']} {overlay['version']}" for overlay in value)
    return {None: "none", True: "used"}.get(value, str(value))


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
