"""What is remembered so as not to be worked out twice, and how much of it at most."""

from __future__ import annotations

from typing import Final, TypeVar, final

K = TypeVar("K")
V = TypeVar("V")

LONGEST_WORDS: Final = 80
"""Characters of a client's words that may be remembered: common words are short."""


@final
class Memory(dict[K, V]):
    """A dict that starts afresh when it is full, so that memory stays small for ever."""

    __slots__ = ("_limit",)

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def keep(self, key: K, value: V) -> V:
        """Remember a value; the value."""
        if len(self) >= self._limit:
            self.clear()
        self[key] = value
        return value
