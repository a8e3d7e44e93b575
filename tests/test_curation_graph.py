"""``kb graph``: what rests on what, escaped for other programs and drawn without overlaps."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from cli import main
from curation.graphing.drawing import svg
from curation.graphing.formats import dot, mermaid
from curation.graphing.graph import Edge, Graph, Node, connected, graph_of, with_concept
from curation.graphing.layers import Box, lay_out
from engine import KnowledgeBase, load_knowledge_base
from engine.atoms import concept_of
from engine.conditions import Leaf, leaves

SVG = "{http://www.w3.org/2000/svg}"
AWKWARD = 'a "quoted" <b>label</b> & #1; `code` \\ end\nnext\x1b'


@pytest.fixture(scope="module")
def knowledge_base() -> KnowledgeBase:
    return load_knowledge_base()


@pytest.fixture(scope="module")
def graph(knowledge_base: KnowledgeBase) -> Graph:
    return graph_of(knowledge_base)


@pytest.fixture(scope="module")
def awkward() -> Graph:
    nodes = [Node("rule:one", "rule", AWKWARD, "one", "deferral"), Node('a:"\\', "statement", "x")]
    return Graph({node.id: node for node in nodes}, (Edge('a:"\\', "rule:one", denied=True),))


def kb(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["kb", "graph", *map(str, arguments)])


def test_everything_that_rules_read_is_in_the_graph(graph: Graph, knowledge_base: KnowledgeBase) -> None:
    edges = {(edge.source, edge.target) for edge in graph.edges}
    for rule in knowledge_base.rules.values():
        assert (f"rule:{rule.id}", f"level:{rule.level}") in edges
        for leaf in leaves(rule.condition):
            if not isinstance(leaf, Leaf):
                assert (f"conclusion:{leaf.conclusion}", f"rule:{rule.id}") in edges
                continue
            statement = f"statement:{leaf.atom.key}"
            assert (statement, f"rule:{rule.id}") in edges
            concept = concept_of(leaf.atom)
            assert concept is None or (f"concept:{concept}", statement) in edges


def test_every_edge_joins_two_nodes_and_every_statement_comes_from_a_question(graph: Graph) -> None:
    for edge in graph.edges:
        assert {edge.source, edge.target} <= set(graph.nodes)
    read = {edge.target for edge in graph.edges}
    assert {name for name, node in graph.nodes.items() if name not in read} == {
        name for name, node in graph.nodes.items() if node.kind == "asked"
    }


def test_what_must_not_be_so_is_marked(graph: Graph) -> None:
    denied = {(edge.source.split(":")[2], edge.target) for edge in graph.edges if edge.denied}
    assert ("treatment.needle_material", "rule:needle-metal-allergy") in denied


def test_one_rule_comes_with_what_it_rests_on_only(graph: Graph) -> None:
    part = connected(graph, ["rule:recent-microneedling-sensitive"])
    kinds = {node.kind for node in part.nodes.values()}
    assert kinds == {"asked", "concept", "statement", "conclusion", "rule", "meaning"}
    assert [n for n in part.nodes if n.startswith("rule:")] == ["rule:recent-microneedling-sensitive"]
    assert "concept:eczema" in part.nodes
    assert "statement:condition:eczema:active:in" not in part.nodes


def test_medicine_below_a_class_is_drawn_through_the_class(
    graph: Graph, knowledge_base: KnowledgeBase
) -> None:
    part = connected(with_concept(graph, "warfarin", knowledge_base), ["concept:warfarin"])
    assert Edge("concept:warfarin", "concept:anticoagulant") in part.edges
    assert Edge("question:medications", "concept:warfarin") in part.edges
    assert {n for n in part.nodes if n.startswith("rule:")} == {
        "rule:anticoagulant",
        "rule:blood-thinner-stopped",
    }


def test_mermaid_labels_are_escaped(awkward: Graph) -> None:
    text = mermaid(awkward)
    rule, statement, edge = text.split("\n")[1:4]
    assert rule.startswith(
        '  n1["a #quot;quoted#quot; #lt;b#gt;label#lt;/b#gt; #amp; #35;1; #96;code#96;'
    )
    assert rule.endswith('<br/>one"]:::deferral')
    assert re.fullmatch(r'  n\d\["x"\]', statement)
    assert edge == "  n2 -. not .-> n1"
    assert "\x1b" not in text


def test_dot_labels_are_escaped(awkward: Graph) -> None:
    text = dot(awkward)
    assert '"a:\\"\\\\" -> "rule:one" [style=dashed, label="not"];' in text
    assert '\\"quoted\\" <b>label</b>' in text
    assert "\x1b" not in text
    strings = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    assert '"' not in strings


def test_picture_is_well_formed_and_self_contained(awkward: Graph, graph: Graph) -> None:
    for drawn in (awkward, graph):
        text = svg(drawn, "A <title>")
        root = ET.fromstring(text)  # noqa: S314 - our own text
        assert root.findtext(f"{SVG}title") == "A <title>"
        assert root.findtext(f"{SVG}desc")
        assert "prefers-color-scheme: dark" in text
        assert not {"script", "image", "use", "a"} & {
            element.tag.removeprefix(SVG) for element in root.iter()
        }
        assert text.count("http") == 1, "the namespace, and no other address"


def test_boxes_of_the_whole_picture_do_not_overlap(graph: Graph) -> None:
    root = ET.fromstring(svg(graph, "all"))  # noqa: S314
    boxes = [
        tuple(float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
        for rect in root.iter(f"{SVG}rect")
    ]
    assert len(boxes) == len(graph.nodes)
    for (x, y, width, height), (x2, y2, width2, height2) in combinations(boxes, 2):
        assert x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y
    right, bottom = (float(root.attrib[key]) for key in ("width", "height"))
    assert all(x + width <= right and y + height <= bottom for x, y, width, height in boxes)


def test_every_label_of_a_rule_is_in_its_picture(graph: Graph) -> None:
    part = connected(graph, ["rule:needle-metal-allergy"])
    root = ET.fromstring(svg(part, "one"))  # noqa: S314
    text = " ".join(element.text or "" for element in root.iter(f"{SVG}text"))
    for node in part.nodes.values():
        assert node.label in text


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(10, 80)), min_size=1, max_size=14),
    st.data(),
)
def test_no_layout_has_boxes_or_lanes_on_top_of_each_other(
    sizes: list[tuple[int, int]], data: st.DataObject
) -> None:
    boxes = [Box(f"b{n}", column, 50, height) for n, (column, height) in enumerate(sizes)]
    pairs = [(a.id, b.id) for a in boxes for b in boxes if a.column < b.column]
    edges = data.draw(st.lists(st.sampled_from(pairs), max_size=20)) if pairs else []
    layout = lay_out(boxes, edges)
    for a, b in combinations(layout.places.values(), 2):
        assert a.x != b.x or abs(a.y - b.y) >= (a.height + b.height) / 2 - 1e-6
    for (start, end), way in zip(edges, layout.ways, strict=True):
        lanes = way[2:-1]
        assert len(lanes) == 2 * (
            next(b.column for b in boxes if b.id == end)
            - next(b.column for b in boxes if b.id == start)
            - 1
        )
        for x, y in lanes:
            for place in layout.places.values():
                assert not (place.x <= x <= place.x + 50 and abs(place.y - y) < place.height / 2 - 1e-6)


@pytest.mark.parametrize("output_format", ["mermaid", "dot", "svg"])
def test_same_knowledge_base_gives_the_same_bytes(output_format: str, tmp_path: Path) -> None:
    file = tmp_path / "graph"
    written = kb("nsaid", "--format", output_format, "--output", file)
    assert (written.exit_code, written.stdout) == (0, "")
    assert file.read_bytes() == kb("nsaid", "--format", output_format).stdout_bytes


def test_unknown_id_is_told_with_what_was_meant() -> None:
    done = kb("nsiad")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "did you mean nsaid?" in done.stderr


def test_source_is_told_where_to_look() -> None:
    assert "needlecheck kb list --cites S3" in kb("S3").stderr


def test_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    done = kb("nsaid", "--output", tmp_path / "no" / "graph.mmd")
    assert done.exit_code == 1
    assert "cannot be written" in done.stderr
