"""How much of what is drawn at random the tests go through: a fifth each time, all of it if asked to."""

from __future__ import annotations

import os
from typing import Final

IS_THOROUGH: Final = os.environ.get("NEEDLECHECK_THOROUGH") == "1"
SHARE: Final = 5


def drawn(whole: int) -> int:
    """How many of ``whole`` to draw: all of it where ``NEEDLECHECK_THOROUGH=1`` is set."""
    return whole if IS_THOROUGH else whole // SHARE
