r"""A condition in plain English, made from the condition itself, so that it is never out of step.

    >>> phrase = in_words(rule.condition, knowledge_base)
    >>> print(*lines(phrase), sep="\n")
    at least one of these is true:
      - any oral isotretinoin is taken now
      - the last dose of any oral isotretinoin was less than 6 months ago

What is denied is denied part by part (De Morgan), so that every line is true or untrue by itself.
The words for one atom are in :mod:`curation.english_atoms`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, final

from curation.english_atoms import atom_in_words
from engine.conditions import AllOf, AnyOf, Concluded, Condition, Leaf, Not
from engine.rules import KnowledgeBase

Joined = Literal["all", "any"]

_HEADINGS: dict[Joined, str] = {
    "all": "all of these are true",
    "any": "at least one of these is true",
}


@final
class Phrase(NamedTuple):
    """A condition in words: one statement, or a heading with the phrases that it joins.

    ``joined`` is ``None`` for a single statement, which has no ``parts``.
    """

    text: str
    joined: Joined | None = None
    parts: tuple[Phrase, ...] = ()


def in_words(condition: Condition, knowledge_base: KnowledgeBase) -> Phrase:
    """The condition in words; labels and titles come from the knowledge base."""
    return _phrase(condition, knowledge_base, denied=False)


def lines(phrase: Phrase, indent: str = "") -> list[str]:
    """The phrase as indented lines of text, one statement a line."""
    if phrase.joined is None:
        return [indent + phrase.text]
    return [f"{indent}{phrase.text}:", *_listed(phrase.parts, indent + "  ")]


def sentence(phrase: Phrase) -> str:
    """The phrase on one line; what is joined inside stands in brackets."""
    if phrase.joined is None:
        return phrase.text
    joint = " and " if phrase.joined == "all" else " or "
    return joint.join(f"({sentence(part)})" if part.joined else part.text for part in phrase.parts)


def _listed(parts: tuple[Phrase, ...], indent: str) -> Iterator[str]:
    for part in parts:
        first, *rest = lines(part)
        yield f"{indent}- {first}"
        yield from (f"{indent}{line}" for line in rest)


def _phrase(condition: Condition, knowledge_base: KnowledgeBase, *, denied: bool) -> Phrase:
    match condition:
        case Not(part):
            return _phrase(part, knowledge_base, denied=not denied)
        case Leaf(atom):
            return _statement(atom_in_words(atom, knowledge_base.vocabulary), denied=denied)
        case Concluded(conclusion):
            known = knowledge_base.conclusions.get(conclusion)  # none where it is deprecated
            title = _uncapitalised(known.title) if known else conclusion
            return _statement(f"it is concluded: {title}", denied=denied)
        case AllOf(parts) | AnyOf(parts):
            phrases = tuple(_phrase(part, knowledge_base, denied=denied) for part in parts)
            joined: Joined = "all" if isinstance(condition, AllOf) != denied else "any"
            return phrases[0] if len(phrases) == 1 else Phrase(_HEADINGS[joined], joined, phrases)


def _statement(text: str, *, denied: bool) -> Phrase:
    return Phrase(f"not so: {text}" if denied else text)


def _uncapitalised(title: str) -> str:
    """A title inside a sentence; an abbreviation such as HIV stays as it is."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]
