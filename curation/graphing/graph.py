"""The dependency graph: what is asked, concepts, statements, conclusions, rules, and what they mean.

Edges lead from what is read to what reads it. A statement is an atom of a condition in plain
English; how a rule joins its statements is in ``kb show``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple, final

from curation.english_atoms import atom_in_words, field_in_words
from curation.relations import below
from engine import atoms
from engine.atoms import Atom
from engine.conditions import Concluded, Condition, Leaf, Not, leaves
from engine.loading import LONGER_INTERVAL
from engine.rules import LEVELS, KnowledgeBase
from engine.vocabulary import KIND_OF_LIST

NodeKind = Literal["asked", "concept", "statement", "conclusion", "rule", "meaning"]


@final
class Node(NamedTuple):
    """One thing: ``id`` is unique and readable, ``detail`` a smaller second line."""

    id: str
    kind: NodeKind
    label: str
    detail: str = ""
    level: str = ""


@final
class Edge(NamedTuple):
    """``target`` reads ``source``; ``denied``: it wants it not to be so."""

    source: str
    target: str
    denied: bool = False


@final
class Graph(NamedTuple):
    """Nodes by id and the edges between them, strictest rules first."""

    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]


def graph_of(knowledge_base: KnowledgeBase) -> Graph:
    """The graph of every rule and conclusion of a knowledge base."""
    nodes: dict[str, Node] = {}
    edges: dict[Edge, None] = {}
    for node, found in _all_parts(knowledge_base):
        nodes.setdefault(node.id, node)
        edges.update(dict.fromkeys(found))
    return Graph(nodes, tuple(edges))


def connected(graph: Graph, wanted: Iterable[str]) -> Graph:
    """The nodes that are wanted, all that they rest on, and all that rests on them."""
    wanted = set(wanted)
    forward = [(edge.source, edge.target) for edge in graph.edges]
    kept = _reached(wanted, forward) | _reached(wanted, [(target, source) for source, target in forward])
    nodes = {name: node for name, node in graph.nodes.items() if name in kept}
    lit = _reached(wanted, forward), _reached(wanted, [(t, s) for s, t in forward])
    edges = tuple(
        edge for edge in graph.edges if any(edge.source in side and edge.target in side for side in lit)
    )
    return Graph(nodes, edges)


def with_concept(graph: Graph, concept: str, knowledge_base: KnowledgeBase) -> Graph:
    """The graph with a concept that no rule names itself, below the ones through which it is read."""
    name = f"concept:{concept}"
    if name in graph.nodes:
        return graph
    vocabulary = knowledge_base.vocabulary
    above = vocabulary.above(concept).union(
        *(vocabulary.above(taken) for taken in vocabulary.concepts[concept].implies_taking)
    )
    read = [f"concept:{other}" for other in sorted(above) if f"concept:{other}" in graph.nodes]
    kinds = vocabulary.concepts[concept].kinds
    asked = [
        _asked(f"/{list_}", knowledge_base) for list_, kind in KIND_OF_LIST.items() if kind in kinds
    ]
    added = [node for node in (_concept(concept, knowledge_base), *asked) if node.id not in graph.nodes]
    edges = [*(Edge(node.id, name) for node in asked), *(Edge(name, other) for other in read)]
    return Graph({**{node.id: node for node in added}, **graph.nodes}, (*edges, *graph.edges))


def _all_parts(knowledge_base: KnowledgeBase) -> Iterator[tuple[Node, list[Edge]]]:
    """Every node (some more than once), with the edges that lead to or from it."""
    for level in LEVELS:
        yield Node(f"level:{level}", "meaning", level, level=level), []
    for rule in knowledge_base.rules.values():
        name = f"rule:{rule.id}"
        detail = rule.id if rule.status == "active" else f"{rule.id} ({rule.status})"
        node = Node(name, "rule", rule.title, detail, rule.level)
        yield node, [Edge(name, f"level:{rule.level}"), *_edges_to(name, rule.condition)]
        yield from _read_by(rule.condition, knowledge_base)
    for conclusion in knowledge_base.conclusions.values():
        name = f"conclusion:{conclusion.id}"
        node = Node(name, "conclusion", conclusion.title, conclusion.id)
        yield node, list(_edges_to(name, conclusion.condition))
        yield from _read_by(conclusion.condition, knowledge_base)
    if LONGER_INTERVAL in knowledge_base.conclusions:
        edge = Edge(f"conclusion:{LONGER_INTERVAL}", "plan:interval")
        yield Node("plan:interval", "meaning", "interval of the plan"), [edge]


def _edges_to(reader: str, condition: Condition, *, denied: bool = False) -> Iterator[Edge]:
    match condition:
        case Leaf(atom):
            yield Edge(f"statement:{atom.key}", reader, denied)
        case Concluded(conclusion):
            yield Edge(f"conclusion:{conclusion}", reader, denied)
        case Not(part):
            yield from _edges_to(reader, part, denied=not denied)
        case _:
            for part in condition.parts:
                yield from _edges_to(reader, part, denied=denied)


def _read_by(condition: Condition, knowledge_base: KnowledgeBase) -> Iterator[tuple[Node, list[Edge]]]:
    """The statements of a condition, their concepts, and what is asked for them."""
    for leaf in leaves(condition):
        if isinstance(leaf, Leaf):
            yield from _statement(leaf.atom, knowledge_base)


def _statement(atom: Atom, knowledge_base: KnowledgeBase) -> Iterator[tuple[Node, list[Edge]]]:
    name, concept = f"statement:{atom.key}", atoms.concept_of(atom)
    node = Node(name, "statement", atom_in_words(atom, knowledge_base.vocabulary))
    asked = [_asked(path, knowledge_base) for path in _paths(atom)]
    if concept is None:
        yield node, [Edge(question.id, name) for question in asked]
    else:
        read = _concept(concept, knowledge_base)
        yield read, [Edge(question.id, read.id) for question in asked]
        yield node, [Edge(read.id, name)]
    for question in asked:
        yield question, []


def _paths(atom: Atom) -> list[str]:
    """The lists or the field of an intake that an atom reads."""
    match atom:
        case atoms.Answered(field):
            return ["/" + field.replace(".", "/")]
        case atoms.NotUnderstood(lists):
            return [f"/{name}" for name in lists]
        case _:
            return [f"/{atoms.list_of(atom)}"]


def _asked(path: str, knowledge_base: KnowledgeBase) -> Node:
    """The question for a path; a field with a default has none."""
    for question in knowledge_base.questions.values():
        if question.path == path:
            return Node(f"question:{question.id}", "asked", question.id.replace("-", " "), path)
    field = path.strip("/").replace("/", ".")
    return Node(f"field:{field}", "asked", field_in_words(field), path)


def _concept(concept: str, knowledge_base: KnowledgeBase) -> Node:
    vocabulary = knowledge_base.vocabulary
    label, lower = vocabulary.concepts[concept].label, len(below(vocabulary, concept))
    named = () if concept.replace("-", " ") == label else (concept,)
    detail = ", ".join([*named, *([f"and {lower} below it"] if lower else [])])
    return Node(f"concept:{concept}", "concept", label, detail)


def _reached(start: set[str], steps: Iterable[tuple[str, str]]) -> set[str]:
    following: dict[str, list[str]] = {}
    for source, target in steps:
        following.setdefault(source, []).append(target)
    found, ahead = set(start), list(start)
    while ahead:
        for name in following.get(ahead.pop(), ()):
            if name not in found:
                found.add(name)
                ahead.append(name)
    return found
