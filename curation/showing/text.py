"""A page of ``kb show`` as text: plain, 79 columns, headings in capitals, no colour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, Final

from curation.showing.layout import LEVELS, ROUTES, WIDTH, bullets, by_route, shortened, wrapped

Page = Mapping[str, Any]
Sections = Iterator[tuple[str, Iterable[str]]]

_OUTCOMES: Final = {
    "fired": "Fires",
    "concluded": "Is concluded",
    "ruled_out": "Is ruled out",
    "undecided": "Stays undecided",
}
_READ: Final = {"read": "read", "partial": "read in part", "secondary": "as others restate it"}


def page_text(page: Page) -> str:
    """The page as text that ends in a line break."""
    head, sections = _LAYOUTS[page["kind"]]
    blocks = ["\n".join(chain.from_iterable(wrapped(line) for line in head(page)))]
    for title, body in sections(page):
        found = list(body)
        if found:
            blocks.append("\n".join([title.upper(), *found]))
    return "\n\n".join(blocks) + "\n"


def _rule_head(page: Page) -> Iterator[str]:
    yield f"Rule {page['id']}: {page['title']}"
    yield f"{LEVELS[page['level']]}; {_standing(page)}"
    yield page["place"]


def _rule_sections(page: Page) -> Sections:
    yield "When", _when(page)
    yield "What ends it", _lifting(page["lifts"])
    yield "Because", wrapped(page["because"])
    yield "What to do", wrapped(page["action"])
    yield "Changed here", bullets(map(_change, page["changes"]))
    yield from _evidence(page)


def _conclusion_head(page: Page) -> Iterator[str]:
    yield f"Conclusion {page['id']}: {page['title']}"
    yield _standing(page).capitalize()
    yield page["place"]


def _conclusion_sections(page: Page) -> Sections:
    yield "When", _when(page)
    yield "Because", wrapped(page["because"])
    yield "Read by", bullets(map(_reader, page["read_by"]))
    yield from _evidence(page)


def _evidence(page: Page) -> Sections:
    yield "Citations", chain.from_iterable(map(_citation, page["citations"]))
    yield "Where sources differ", wrapped(page["disagreement"] or "")
    yield "Reads", bullets(_reads(page))
    yield "Waits for", chain.from_iterable(map(_question, page["waits_for"]))
    yield "Examples", _examples(page["examples"])


def _concept_head(page: Page) -> Iterator[str]:
    yield f"Concept {page['id']}: {page['label']}"
    kinds = " or ".join(page["kinds"])
    yield kinds.capitalize() + ("; of no concern" if page["of_no_concern"] else "")
    yield page["place"]


def _concept_sections(page: Page) -> Sections:
    yield "Names", wrapped("; ".join(page["names"]))
    yield "Codes", bullets(f"{system}: {', '.join(codes)}" for system, codes in page["codes"].items())
    yield "Lies under", bullets(map(_labelled, page["above"]))
    yield f"Below it: {len(page['below'])}", wrapped("; ".join(c["label"] for c in page["below"]))
    yield "Taken for granted", bullets(_assumptions(page))
    yield "Read by", _concept_readers(page)
    yield "Note", wrapped(page["note"] or "")


def _question_head(page: Page) -> Iterator[str]:
    yield f"Question {page['id']}"
    yield f"The answer belongs at {page['path']}"
    yield page["place"]


def _question_sections(page: Page) -> Sections:
    yield "Asks", wrapped(page["ask"])
    yield "Why", wrapped(page["why"])
    yield "Leads nowhere on purpose", bullets(map(_answer, page["harmless"]))
    waiting = page["awaited_by"]
    yield f"Waiting for it: {len(waiting)}", bullets(map(_reader, waiting))


def _source_head(page: Page) -> Iterator[str]:
    yield f"Source {page['id']}: {page['title']}"
    yield f"{page['kind_of_source'].capitalize()}; {_READ.get(page['reliability'], page['reliability'])}"
    if page["address"]:
        yield page["address"]
    yield page["place"]


def _source_sections(page: Page) -> Sections:
    yield "What it gives", wrapped(page["gives"])
    yield (
        f"Cited: {len(page['cited_by'])}",
        bullets(
            f"{cited['part']} {cited['id']}, {cited['locator']}: {cited['position']}"
            for cited in page["cited_by"]
        ),
    )


def _standing(page: Page) -> str:
    instead = f", replaced by {page['replaced_by']}" if page["replaced_by"] else ""
    return f"{page['status']}{instead}; last reviewed on {page['reviewed_on']}"


def _when(page: Page) -> Iterator[str]:
    for line in page["when_lines"]:
        indent = len(line) - len(line.lstrip(" -"))
        yield from wrapped(line.lstrip(), line[: len(line) - len(line.lstrip())], " " * indent)


def _lifting(lifts: Mapping[str, Any] | None) -> Iterator[str]:
    if lifts is None:
        yield "Nothing by itself."
        return
    if lifts["when"]:
        yield from wrapped(lifts["when"], "- ")
    if lifts["at_the_end_of_the_window"]:
        yield "- the end of the time window, or of the last of them"
    for part in lifts["while"]:
        yield from wrapped(f"as long as {part['if']}: {part['when']}", "- ")


def _change(change: Mapping[str, Any]) -> str:
    before = "; ".join(f"{key} was: {text}" for key, text in change["before"].items())
    accepted = f"; accepted by {change['accepted_by']}" if change["accepted_by"] else ""
    reason = f"{change['reason'].rstrip('.')}."
    return f"By {change['overlay']} ({change['owner']}{accepted}): {reason} Before: {before}"


def _citation(citation: Mapping[str, Any]) -> Iterator[str]:
    read = _READ.get(citation["verified"], citation["verified"])
    place = f"{citation['source']}, {citation['locator']}"
    yield from wrapped(f"{place}: {citation['position']} [{read}]", "- ")
    yield from wrapped(citation["title"], "  ")


def _reads(page: Page) -> Iterator[str]:
    for concept in page["concepts"]:
        more = f", and {concept['below']} below it" if concept["below"] else ""
        yield f"{_labelled(concept)}{more}{by_route(concept['routes'])}"
    for conclusion in page["conclusions"]:
        yield f"conclusion {conclusion['id']}: {conclusion['title']}"


def _question(question: Mapping[str, Any]) -> list[str]:
    return wrapped(f"{question['id']}: {shortened(question['ask'], 2 * WIDTH - 30)}", "- ")


def _examples(examples: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for outcome, names in examples.items():
        yield from wrapped(f"{_OUTCOMES.get(outcome, outcome)}: {'; '.join(names)}", "- ")


def _labelled(concept: Mapping[str, Any]) -> str:
    return f"{concept['id']} ({concept['label']})"


def _assumptions(page: Page) -> Iterator[str]:
    if page["routes"]:
        yield f"a medicine below it counts only {' or '.join(ROUTES.get(r, r) for r in page['routes'])}"
    if page["usual_route"]:
        yield f"route, if nothing is said: {ROUTES.get(page['usual_route'], page['usual_route'])}"
    if page["usual_areas"]:
        areas = ", ".join(area.replace("_", " ") for area in page["usual_areas"])
        yield f"areas, if nothing is said: {areas}"
    for narrower in page["also_said_of"]:
        yield f"also said of {narrower['label']}, which then counts"
    if page["implies_status"]:
        yield f"the name itself says: {page['implies_status']}"
    for taken in page["implies_taking"]:
        yield f"it says that this is taken: {taken}"


def _concept_readers(page: Page) -> Iterator[str]:
    """Each rule once, with every atom by which it reads the concept."""
    if not page["read_by"]:
        yield "No rule."
    for _, group in groupby(page["read_by"], key=itemgetter("kind", "id")):
        readings = list(group)
        yield from wrapped(_reader(readings[0]), "- ")
        for reading in readings:
            through = "" if reading["through"] == page["id"] else f" (through {reading['through']})"
            yield from wrapped(reading["words"] + through + by_route(reading["routes"]), "    ")


def _reader(reader: Mapping[str, Any]) -> str:
    if reader["kind"] == "plan":
        return f"the plan: {reader['title']}"
    return f"{reader.get('level', reader['kind'])} {reader['id']}: {reader['title']}"


def _answer(answer: Any) -> str:
    return f"{answer['from']} to {answer['to']}" if isinstance(answer, dict) else str(answer)


_Layout = tuple[Callable[[Page], Iterator[str]], Callable[[Page], Sections]]

_LAYOUTS: Final[Mapping[str, _Layout]] = {
    "rule": (_rule_head, _rule_sections),
    "conclusion": (_conclusion_head, _conclusion_sections),
    "concept": (_concept_head, _concept_sections),
    "question": (_question_head, _question_sections),
    "source": (_source_head, _source_sections),
}
