"""What a knowledge base holds: rules, conclusions, questions, advice and their citations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, final

from engine.conditions import Condition
from engine.vocabulary import Vocabulary

LEVELS: Final = ("contraindication", "deferral", "referral", "precaution")
"""The levels of a finding, strictest first."""

VERDICTS: Final = (
    "contraindicated",
    "deferred",
    "referral",
    "incomplete",
    "eligible_with_precautions",
    "eligible",
)
"""The verdicts, strictest first."""

VERDICT_OF_LEVEL: Final = {
    "contraindication": "contraindicated",
    "deferral": "deferred",
    "referral": "referral",
    "precaution": "eligible_with_precautions",
}
"""The verdict that a fired rule of each level gives, unless a stricter one fired too."""

DECISIVE: Final = ("contraindication", "deferral", "referral")
"""The levels of the rules that can stop treatment."""


@final
class Citation(NamedTuple):
    """A place in a source and the position that the source takes there.

    ``verified`` tells how far the passage was read; ``quote_sha256`` is the hash of the cited
    words, white space folded, for the project's own documents.
    """

    source: str
    locator: str
    position: str
    verified: str
    quote_sha256: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The citation as the assessment shows it."""
        return {
            "source": self.source,
            "locator": self.locator,
            "position": self.position,
            "verified": self.verified,
        }


@final
class Lifting(NamedTuple):
    """What ends a finding: an event always waited for, events while an atom holds, a date.

    ``by_date`` means the latest end of the time windows that hold; ``while_holding`` maps the
    keys of atoms to events.
    """

    event: str | None = None
    by_date: bool = False
    while_holding: tuple[tuple[str, str], ...] = ()


@final
class Overlay(NamedTuple):
    """A folder that was added to a knowledge base."""

    id: str
    version: str
    title: str


@final
class RuleChange(NamedTuple):
    """What an overlay changed in a rule, why, who answers for it, and who accepted it if milder.

    ``before`` holds the words that were replaced, by key (``level``, ``title``, ``because``,
    ``action``).
    """

    overlay: str
    before: tuple[tuple[str, str], ...]
    reason: str
    owner: str
    accepted_by: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the rule that are different now."""
        return tuple(key for key, _ in self.before)

    def as_json(self) -> dict[str, Any]:
        """The change as the assessment shows it."""
        return {"overlay": self.overlay, "keys": list(self.keys), "reason": self.reason}


@final
class Rule(NamedTuple):
    """One rule of the policy.

    ``advises`` and ``advises_against`` name what its action says to do and to leave, so that rules
    which contradict each other can be found. ``status`` is ``active``, ``draft`` or ``deprecated``;
    ``added_by`` is the overlay that the rule comes from, ``changes`` what other overlays changed.
    """

    id: str
    title: str
    level: str
    condition: Condition
    lifting: Lifting
    because: str
    action: str
    citations: tuple[Citation, ...]
    disagreement: str | None
    examples: tuple[Mapping[str, Any], ...]
    advises: tuple[str, ...] = ()
    advises_against: tuple[str, ...] = ()
    status: str = "active"
    added_by: str | None = None
    changes: tuple[RuleChange, ...] = ()

    @property
    def strictness(self) -> tuple[int, str]:
        """The order of findings: strictest level first, then the rule's id."""
        return LEVELS.index(self.level), self.id


@final
class Conclusion(NamedTuple):
    """Something that rules read and that has a condition of its own; ``status`` as of a rule."""

    id: str
    title: str
    condition: Condition
    because: str
    citations: tuple[Citation, ...]
    examples: tuple[Mapping[str, Any], ...]
    status: str = "active"


@final
class Question(NamedTuple):
    """One question of the questionnaire; ``path`` may hold ``*`` for one entry of a list.

    ``harmless`` are the answers that lead nowhere on purpose; numbers may be a range (from, to).
    """

    id: str
    path: str
    ask: str
    why: str
    order: int
    harmless: tuple[str | int | tuple[int, int], ...] = ()


@final
class Source(NamedTuple):
    """One source of the bibliography and how far it was read."""

    id: str
    title: str
    kind: str
    reliability: str


@final
@dataclass(frozen=True)
class KnowledgeBase:
    """A loaded and checked knowledge base; ``digest`` covers every file, overlays included.

    ``care``, ``plan`` and ``indications`` hold plain JSON values, ready for an assessment.
    ``overlays`` are in the order in which they were given; ``drafts`` tells whether rules that are
    drafts are among the rules, and then the digest is another one.
    """

    id: str
    version: str
    digest: str
    vocabulary: Vocabulary
    rules: Mapping[str, Rule]
    conclusions: Mapping[str, Conclusion]
    questions: Mapping[str, Question]
    sources: Mapping[str, Source]
    care: Mapping[str, Any]
    plan: Mapping[str, Any]
    indications: Mapping[str, Any]
    examples_on: str
    overlays: tuple[Overlay, ...] = ()
    drafts: bool = False
