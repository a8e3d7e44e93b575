"""Proofs about the questionnaire: every question can change a verdict, every answer leads somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final

from curation.proving.logic import truth
from curation.proving.proofs import GAP, IDLE_QUESTION, Proved, Reasoner, TooManyWorldsError
from curation.proving.worlds import Choice, World
from engine.chaining import Group
from engine.intake import LISTS, NOT_ANSWERED
from engine.names import words
from engine.reading import shown
from engine.rules import Question
from engine.truth import TRUTHS, Truth
from engine.vocabulary import KIND_OF_LIST, Term, Vocabulary

_LONGEST_NAME: Final = 4  # words


def prove(reasoner: Reasoner) -> Iterator[Proved]:
    """All faults of the questionnaire."""
    for question in reasoner.knowledge_base.questions.values():
        section, _, key = question.path.removeprefix("/").partition("/")
        if section in LISTS:
            yield from _list_question(reasoner, question, section, key)
        else:
            yield from _answer_question(reasoner, question, f"{section}.{key}")


def _list_question(reasoner: Reasoner, question: Question, list_name: str, key: str) -> Iterator[Proved]:
    if key:
        if not any(_asks(reasoner, list_name, question.id)):
            yield _idle(reasoner, question, "no entry leaves a rule waiting for its answer")
        return
    if not any(i.list_name == list_name for i in reasoner.possibilities.ingredients):
        yield _idle(reasoner, question, f"no rule hears of any entry of {list_name}")
        return
    yield from _named_but_unread(reasoner, question, list_name)


def _asks(reasoner: Reasoner, list_name: str, question: str) -> Iterator[bool]:
    sight = reasoner.sight
    for ingredient in reasoner.possibilities.ingredients:
        if ingredient.list_name == list_name:
            unsettled = sight.observe({list_name: [ingredient.raw]}).unsettled
            supports = chain.from_iterable(unsettled.values())
            yield any(support.judgement.question == question for support in supports)


def _answer_question(reasoner: Reasoner, question: Question, field: str) -> Iterator[Proved]:
    choices = reasoner.possibilities.choices.get(field, [])
    leading: set[int] = set()
    moves = False
    for group, keys in _groups_reading(reasoner, choices):
        try:
            worlds = reasoner.worlds(keys)
        except TooManyWorldsError:
            return
        for world in worlds:
            by_choice = [_with_answer(reasoner, world, choice) for choice in choices]
            rules = reasoner.rules_of(group)
            moves = moves or len({reasoner.severity(rules, truths) for truths in by_choice}) > 1
            leading |= _leading(reasoner, group, by_choice)
    if not moves:
        yield _idle(reasoner, question, "whatever is answered, no rule changes")
        return
    idle = [
        choice
        for number, choice in enumerate(choices)
        if number not in leading and _needs_reason(question, choice.value)
    ]
    for first, last in _runs(idle):
        yield _gap(reasoner, question, first, last)


def _needs_reason(question: Question, value: Any) -> bool:
    """Whether it is a fault that an answer leads nowhere: one that is not known or long past may."""
    is_date = isinstance(value, str) and value[:1].isdigit()
    return not (value is None or value in NOT_ANSWERED or is_date or _is_harmless(question, value))


def _runs(idle: Iterable[Choice]) -> Iterator[tuple[Choice, Choice]]:
    """Numbers that follow each other as one, from the first to the last."""
    run: list[Choice] = []
    for choice in idle:
        if run and isinstance(choice.value, int) and choice.value == run[-1].value + 1:
            run.append(choice)
            continue
        if run:
            yield run[0], run[-1]
        run = [choice]
    if run:
        yield run[0], run[-1]


def _groups_reading(reasoner: Reasoner, choices: Iterable[Choice]) -> Iterator[tuple[Group, list[str]]]:
    places = {place for choice in choices for place in choice.effect}
    for group in reasoner.sight.groups:
        keys = list(group.atoms)
        if any(reasoner.sight.places[key] in places for key in keys):
            yield group, keys


def _with_answer(reasoner: Reasoner, world: World, choice: Choice) -> dict[str, Truth]:
    places = reasoner.sight.places
    return {
        key: TRUTHS[choice.effect[places[key]]] if places[key] in choice.effect else found
        for key, found in world.by_key.items()
    }


def _leading(reasoner: Reasoner, group: Group, by_choice: list[dict[str, Truth]]) -> set[int]:
    """The answers with which something fires that does not fire with every answer."""
    leading: set[int] = set()
    for symbol in group.conditions:
        condition = reasoner.condition_of(symbol)
        fires = [truth(condition, truths) == "yes" for truths in by_choice]
        if not all(fires):
            leading.update(number for number, found in enumerate(fires) if found)
    return leading


def _is_harmless(question: Question, value: Any) -> bool:
    for harmless in question.harmless:
        if isinstance(harmless, tuple):
            if isinstance(value, int) and harmless[0] <= value <= harmless[1]:
                return True
        elif harmless == value:
            return True
    return isinstance(value, list) and all(_is_harmless(question, item) for item in value)


def _idle(reasoner: Reasoner, question: Question, why: str) -> Proved:
    document = reasoner.witnesses.plain()
    verdict = reasoner.witnesses.screen(document)["verdict"]
    return Proved(
        IDLE_QUESTION, "question", question.id, "path",
        f"this question can never change a verdict: {why}",
        "take the question out, or write the rule that it is asked for",
        document, f"the verdict is {verdict}, whatever is answered at {question.path}",
    )  # fmt: skip


def _gap(reasoner: Reasoner, question: Question, first: Choice, last: Choice) -> Proved:
    document = reasoner.witnesses.plain(first)
    verdict = reasoner.witnesses.screen(document)["verdict"]
    answer = f"the answer {shown(first.value)} leads"
    if first is not last:
        answer = f"the answers {first.value} to {last.value} lead"
    return Proved(
        GAP, "question", question.id, "path",
        f"{answer} nowhere: no rule fires because of it",
        "write a rule that reads it, or list it under harmless",
        document, f"the verdict is {verdict}, and no rule speaks of the answer",
    )  # fmt: skip


def _named_but_unread(reasoner: Reasoner, question: Question, list_name: str) -> Iterator[Proved]:
    """Things that the question names and that no rule hears of."""
    vocabulary = reasoner.knowledge_base.vocabulary
    heard = {
        vocabulary.find_name(str(i.raw["name"]))
        for i in reasoner.possibilities.ingredients
        if i.list_name == list_name
    }
    concepts = {term.concept for term in heard if term is not None}
    told: set[str] = set()
    for name, term in _names(question.ask, vocabulary):
        if term.concept in concepts | told or _is_harmless(question, name):
            continue
        if KIND_OF_LIST[list_name] in vocabulary.concepts[term.concept].kinds:
            told.add(term.concept)
            document = {**reasoner.witnesses.plain(), list_name: [{"name": name}]}
            verdict = reasoner.witnesses.screen(document)["verdict"]
            yield Proved(
                GAP, "question", question.id, "ask",
                f"the question names {name!r} ({term.concept}), and no rule hears of it",
                "write a rule that reads it, or leave it out of the question",
                document, f"the verdict is {verdict}, and no rule speaks of {name!r}",
            )  # fmt: skip


def _names(text: str, vocabulary: Vocabulary) -> Iterator[tuple[str, Term]]:
    """The names of the vocabulary in a text, the longest wherever there are several."""
    found = words(text)
    start = 0
    while start < len(found):
        for length in range(_LONGEST_NAME, 0, -1):
            name = " ".join(found[start : start + length])
            term = vocabulary.find_name(name)
            if term is not None:
                yield name, term
                start += length
                break
        else:
            start += 1
