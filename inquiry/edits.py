"""An intake with something else in some places, as a new intake: the old one stays as it is."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from engine import Intake
from inquiry.parts import Edit

END_OF_LIST = "-"
"""The place of a new entry of a list (RFC 6901)."""


def edited(intake: Intake, edits: Iterable[Edit], on: date | None = None) -> Intake:
    """The intake with some values set or (``None``) taken away, screened on another day if given.

    Sections and lists that are not there are made. Nothing is checked: see :mod:`inquiry.variation`
    for edits that come from people.
    """
    document = copy.deepcopy(intake.document)
    for path, value in edits:
        _set(document, [_plain(part) for part in path.split("/")[1:]], value)
    if on is not None:
        document["screened_on"] = on.isoformat()
    return Intake(document, on or intake.screened_on)


def _plain(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def _set(document: Any, steps: list[str], value: Any) -> None:
    for number, step in enumerate(steps[:-1]):
        following = steps[number + 1]
        if isinstance(document, list):
            is_new = step == END_OF_LIST or _index(step) == len(document)
            if is_new:
                document.append({})
            document = document[-1 if is_new else _index(step)]
        else:
            empty: Any = [] if following == END_OF_LIST or following.isdigit() else {}
            document = document.setdefault(step, empty)
    last = steps[-1]
    if isinstance(document, list):
        if last == END_OF_LIST:
            document.append(value)
        elif value is None:
            del document[_index(last)]
        else:
            document[_index(last)] = value
    elif value is None:
        document.pop(last, None)
    else:
        document[last] = value


def _index(step: str) -> int:
    """The number of an entry; no number counts from the end. Raises ValueError."""
    if re.fullmatch("0|[1-9][0-9]{0,8}", step) is None:
        raise ValueError(step)
    return int(step)
