"""What can stop an audit; a record that is refused never does."""

from __future__ import annotations

from typing import final

from engine.errors import NeedlecheckError


@final
class AuditError(NeedlecheckError):
    """The audit cannot start or cannot go on; the text says why, what is safe, and what to do."""
