"""What is wrong with a knowledge base, as data: a code, a place, what to do, and a witness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, final

Severity = Literal["error", "warning", "note"]
"""A note tells of something that a reviewer wants to see; nothing has to be mended."""


@final
class Problem(NamedTuple):
    """One problem of a knowledge base.

    ``code`` is stable (see :mod:`curation.checking.codes`); ``file`` is as messages show it, ``line``
    and ``column`` count from 1 and are 0 where there is none; ``remedy`` says how to mend it.
    ``witness`` is an intake that shows the problem when it is screened, and ``claim`` what its
    screening then gives.
    """

    code: str
    severity: Severity
    file: str
    line: int
    column: int
    message: str
    remedy: str = ""
    witness: Mapping[str, Any] | None = None
    claim: str = ""
