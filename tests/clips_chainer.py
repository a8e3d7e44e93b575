"""The clauses of the rule engine, run by CLIPS: a second engine with nothing in common with experta.

Symbols become strings of a CLIPS fact, so that no name can clash with CLIPS' own syntax.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import clips

from engine.conditions import Clause, Fact

_TEMPLATE = "(deftemplate known (slot symbol (type STRING)) (slot value (type SYMBOL)))"


class ClipsChainer:
    """An :class:`engine.chaining.Chainer` on CLIPS; reset before each run, never rebuilt."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self._fired: list[int] = []
        self._environment = clips.Environment()
        self._environment.define_function(self._note, name="note")
        self._environment.build(_TEMPLATE)
        self._known = self._environment.find_template("known")
        for index, clause in enumerate(clauses):
            self._environment.build(_rule(index, clause))

    def run(self, facts: Iterable[Fact]) -> list[int]:
        """The indexes of the clauses that fire, given the facts, sorted."""
        self._fired.clear()
        self._environment.reset()
        for symbol, value in facts:
            self._known.assert_fact(symbol=symbol, value=clips.Symbol(value))
        self._environment.run()
        return sorted(self._fired)

    def _note(self, index: int) -> None:
        self._fired.append(int(index))


def _rule(index: int, clause: Clause) -> str:
    body = " ".join(map(_pattern, clause.body))
    return f"(defrule clause-{index} {body} => (assert {_pattern(clause.head)}) (note {index}))"


def _pattern(fact: Fact) -> str:
    symbol = fact.symbol.replace("\\", "\\\\").replace('"', '\\"')
    return f'(known (symbol "{symbol}") (value {fact.value}))'
