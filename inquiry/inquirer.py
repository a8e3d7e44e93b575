"""What all explanations of one knowledge base share: its screener, its situations, its parts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, final

from curation.proving.sight import Sight
from curation.proving.worlds import Possibilities
from engine import Intake, Screener
from engine.rules import VERDICTS
from inquiry.parts import Part, Reader
from inquiry.situations import Situations
from inquiry.voices import Voices


@final
class Inquirer:
    """Answers questions about the verdicts of one screener; making it takes about a second."""

    def __init__(self, screener: Screener) -> None:
        self.screener = screener

    @cached_property
    def sight(self) -> Sight:
        """What the knowledge base sees."""
        return Sight(self.screener.knowledge_base)

    @cached_property
    def possibilities(self) -> Possibilities:
        """All that intakes can say to it."""
        return Possibilities(self.sight)

    @cached_property
    def situations(self) -> Situations:
        """Its rules, group by group."""
        return Situations(self.screener.knowledge_base, self.possibilities)

    @cached_property
    def voices(self) -> Voices:
        """What parts of intakes say to these groups."""
        return Voices(self.situations)

    @cached_property
    def reader(self) -> Reader:
        """Takes intakes apart."""
        return Reader(self.possibilities, self.sight)

    def parts(self, intake: Intake) -> list[Part]:
        """The parts of an intake."""
        return self.reader.parts(intake)

    def assess(self, intake: Intake) -> Mapping[str, Any]:
        """The client's own part of the assessment, only to be read."""
        return self.screener.explain(intake)

    def severity(self, intake: Intake) -> int:
        """How strict the verdict is: 0 is the strictest."""
        return VERDICTS.index(self.assess(intake)["verdict"])
