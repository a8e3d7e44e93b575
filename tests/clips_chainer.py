"""The clauses of the rule engine, run by CLIPS: a second engine with nothing in common with experta.

Every symbol becomes a template of its own, numbered, so that no name can clash with CLIPS' syntax:
``(s12 (value yes))``. Rules note their own number in a global variable when they fire.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import clips

from engine.conditions import Clause, Fact

_VALUES = {"yes": clips.Symbol("yes"), "no": clips.Symbol("no")}


class ClipsChainer:
    """An :class:`engine.chaining.Chainer` on CLIPS; reset before each run, never rebuilt."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        symbols = {fact.symbol for clause in clauses for fact in (clause.head, *clause.body)}
        self._names = {symbol: f"s{number}" for number, symbol in enumerate(sorted(symbols))}
        self._environment = clips.Environment()
        self._environment.build("(defglobal ?*fired* = (create$))")
        for name in self._names.values():
            self._environment.build(f"(deftemplate {name} (slot value (type SYMBOL)))")
        for index, clause in enumerate(clauses):
            self._environment.build(self._rule(index, clause))
        self._templates = {
            symbol: self._environment.find_template(name) for symbol, name in self._names.items()
        }

    def run(self, facts: Iterable[Fact]) -> list[int]:
        """The indexes of the clauses that fire, given the facts, sorted."""
        self._environment.reset()
        for symbol, value in facts:
            if symbol in self._templates:  # a fact that no clause reads changes nothing
                self._templates[symbol].assert_fact(value=_VALUES[value])
        self._environment.run()
        return sorted(self._environment.eval("?*fired*"))

    def _rule(self, index: int, clause: Clause) -> str:
        body = " ".join(map(self._pattern, clause.body))
        note = f"(bind ?*fired* (create$ ?*fired* {index}))"
        return f"(defrule clause-{index} {body} => (assert {self._pattern(clause.head)}) {note})"

    def _pattern(self, fact: Fact) -> str:
        return f"({self._names[fact.symbol]} (value {fact.value}))"
