"""needlecheck's inference core: an intake goes in, an assessment with its proof comes out.

    from engine import Screener, load_knowledge_base, read_intake

    screener = Screener(load_knowledge_base())
    assessment = screener.screen(read_intake(b'{"intake_id": "1"}', on=date(2026, 1, 1)))

The core reads no clock and no environment and prints nothing.
"""

from engine.errors import (
    IntakeError,
    IntakeProblem,
    KnowledgeBaseError,
    KnowledgeBaseProblem,
    NeedlecheckError,
)
from engine.intake import Intake, make_intake, read_intake
from engine.loading import SHIPPED, load_knowledge_base
from engine.rules import KnowledgeBase
from engine.screening import Screener
from engine.text import render_text
from engine.version import VERSION

__all__ = [
    "SHIPPED",
    "VERSION",
    "Intake",
    "IntakeError",
    "IntakeProblem",
    "KnowledgeBase",
    "KnowledgeBaseError",
    "KnowledgeBaseProblem",
    "NeedlecheckError",
    "Screener",
    "load_knowledge_base",
    "make_intake",
    "read_intake",
    "render_text",
]
