"""The one module that touches experta, and the fence around it.

experta 1.9.4 is sound only for a fragment: ground facts that are added and never withdrawn,
patterns without negation, predicates or priorities. A :class:`RuleEngine` can express nothing
else. What is mended here, and nowhere else:

- the import: experta's pinned frozendict looks for ``collections.Mapping``, which Python 3.10
  moved; the name is put back for the time of the import;
- ``logging.basicConfig()`` at import, which would take over the application's logging;
- the matcher's memory of its terminal nodes, kept in a cache of one entry for all engines;
- the search for rules and initial facts by reflection at every reset;
- the agenda's order, whose class-level cache keeps facts of past runs alive, and whose search
  for withdrawn activations can miss (nothing is ever withdrawn here: that is checked).
"""

from __future__ import annotations

import collections
import collections.abc
import inspect
import logging
from collections.abc import Iterable, Sequence
from typing import Any, final

from engine.conditions import Clause, Fact


def _import_experta() -> Any:
    handlers = list(logging.root.handlers)
    missing = not hasattr(collections, "Mapping")
    if missing:
        collections.Mapping = collections.abc.Mapping  # type: ignore[attr-defined]
    try:
        import experta
        import experta.abstract
        import experta.matchers
    finally:
        if missing:
            del collections.Mapping  # type: ignore[attr-defined]
        logging.root.handlers[:] = handlers
    return experta


_experta = _import_experta()


_SIGNATURE = inspect.Signature([inspect.Parameter("engine", inspect.Parameter.POSITIONAL_OR_KEYWORD)])
"""experta asks each rule for its signature, several times; made once, it is quick to answer."""


class Known(_experta.Fact):  # type: ignore[misc, name-defined]
    """A decided symbol: ``Known(symbol="taking:anticoagulant", value="yes")``. Strings only."""


class _Matcher(_experta.matchers.ReteMatcher):  # type: ignore[misc, name-defined]
    """experta's network, with its terminal nodes remembered by each engine for itself."""

    _terminals: tuple[Any, ...] | None = None

    def _get_conflict_set_nodes(self) -> tuple[Any, ...]:
        if self._terminals is None:
            self._terminals = super()._get_conflict_set_nodes.__wrapped__(self)
        return self._terminals


class _Strategy(_experta.abstract.Strategy):  # type: ignore[misc, name-defined]
    """Activations run in any order: facts are only added, so the result is the same."""

    def _update_agenda(self, agenda: Any, added: Iterable[Any], removed: Iterable[Any]) -> None:
        if list(removed):
            raise AssertionError("an activation was withdrawn; facts must only be added")
        agenda.activations.extend(added)


class _Engine(_experta.KnowledgeEngine):  # type: ignore[misc, name-defined]
    """An engine that is handed its rules, instead of searching its class for them."""

    __matcher__ = _Matcher
    __strategy__ = _Strategy

    def __init__(self, rules: Sequence[Any]) -> None:
        self._rules = list(rules)
        super().__init__()

    def get_rules(self) -> list[Any]:
        return self._rules

    def get_deffacts(self) -> list[Any]:
        return []


@final
class RuleEngine:
    """An experta engine over negation-free clauses.

    It holds nothing of a client: its facts are names of symbols. After any exception the
    underlying engine is thrown away, so that nothing of one run can reach the next.
    """

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self._clauses = tuple(clauses)
        self._fired: list[int] = []
        self._engine: Any = None

    def run(self, facts: Iterable[Fact]) -> list[int]:
        """Chain forward from ``facts``; return the indexes of the clauses that fired, sorted."""
        if self._engine is None:
            self._engine = _Engine([self._rule(index) for index in range(len(self._clauses))])
        self._fired.clear()
        try:
            self._engine.reset()
            for symbol, value in facts:
                self._engine.facts.declare(Known(symbol=symbol, value=value))
            self._engine.run()
        except BaseException:
            self._engine = None
            raise
        return sorted(self._fired)

    def _rule(self, index: int) -> Any:
        head, body = self._clauses[index]
        fired = self._fired

        def fire(engine: Any) -> None:
            fired.append(index)
            engine.facts.declare(Known(symbol=head.symbol, value=head.value))

        fire.__signature__ = _SIGNATURE  # type: ignore[attr-defined]
        patterns = dict.fromkeys(body)  # a fact that stands twice is one pattern
        return _experta.Rule(*(Known(symbol=s, value=v) for s, v in patterns))(fire)
