"""From the files of a knowledge base to one checked value.

Everything that the schemas cannot tell is checked here, across files: ids are unique, whatever
is named exists, no name or code means two things, nothing lies under itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, final

from engine.circles import circles
from engine.conditions import (
    Concluded,
    Condition,
    ConditionError,
    Leaf,
    leaf_places,
    leaves,
    parse_condition,
)
from engine.errors import KnowledgeBaseError
from engine.references import References
from engine.rules import Citation, Conclusion, KnowledgeBase, Lifting, Question, Rule, Source
from engine.sound_parts import Losses, Lost, items_in
from engine.vocabulary_files import VocabularyBuilder
from engine.yaml_files import Reading, YamlFile, read_folder

SHIPPED: Final = Path(__file__).resolve().parent.parent / "knowledge_base"
"""The knowledge base that comes with needlecheck."""

LONGER_INTERVAL: Final = "needs-longer-interval"
"""The conclusion that decides the interval of the plan (POLICY)."""

_FORMS: Final = "Write one of the forms that docs/knowledge-base.md lists."

Place = tuple[str | int, ...]


def load_knowledge_base(folder: Path = SHIPPED, overlays: Sequence[Path] = ()) -> KnowledgeBase:
    """Load a knowledge base and the overlays that add to it.

    An overlay has a manifest and adds vocabulary, sources and rules; it cannot change what is
    there. Raises :class:`~engine.errors.KnowledgeBaseError` with every problem found.
    """
    readings = [read_folder(folder), *(read_folder(overlay, overlay=True) for overlay in overlays)]
    digest = readings[0].digest
    if overlays:
        digest = hashlib.sha256("".join(reading.digest for reading in readings).encode()).hexdigest()
    return _Loader(readings).load(digest)


@final
class _Placed(NamedTuple):
    """A condition and where it stands, for the checks that need the whole knowledge base."""

    file: YamlFile
    place: Place
    condition: Condition
    written: Mapping[str, Any]


@final
class _Loader:
    """Puts the parts together and collects what is wrong with them."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self.files = [file for reading in readings for file in reading.files]
        self.problems = [problem for reading in readings for problem in reading.problems]
        self.losses = Losses(lost for reading in readings for lost in reading.lost)
        self.placed: list[_Placed] = []
        self.sources = self._sources()

    def load(self, digest: str) -> KnowledgeBase:
        builder = VocabularyBuilder(self.losses)
        vocabulary = builder.build(self._files("vocabulary"))
        self.problems.extend(builder.problems)
        questions = self._questions()
        conclusions = self._conclusions()
        rules = self._rules()
        care, plan, indications = (self._advice(name) for name in ("care", "plan", "indication"))
        references = References(
            vocabulary,
            conclusions,
            questions,
            [question.path for question in questions.values()],
            self.losses,
        )
        self._check_references(references)
        self._check_circles(conclusions)
        if LONGER_INTERVAL not in conclusions and not self.losses.may_hold(
            "conclusion", LONGER_INTERVAL
        ):
            message = f"the plan reads the conclusion {LONGER_INTERVAL}, which is not there"
            remedy = "Keep this conclusion; the interval between sessions follows from it."
            for file in self._files("conclusion"):
                self._report(file, (), message, "KB210", remedy)
        if self.problems:
            raise KnowledgeBaseError(self.problems)
        manifest = self._files("manifest")[0].data
        return KnowledgeBase(
            id=manifest["id"],
            version=manifest["version"],
            digest=digest,
            vocabulary=vocabulary,
            rules=dict(sorted(rules.items(), key=lambda item: item[1].strictness)),
            conclusions=conclusions,
            questions=questions,
            sources=self.sources,
            care={part: [_dated(item) for item in care[part]] for part in ("before", "after")},
            plan=plan,
            indications={item["goal"]: item for item in indications["indications"]},
            examples_on=manifest.get("examples_screened_on", "2026-01-01"),
        )

    def _files(self, schema: str) -> list[YamlFile]:
        return [file for file in self.files if file.schema == schema]

    def _items(self, schema: str, key: str | None = None) -> Iterator[tuple[YamlFile, Place, Any]]:
        """The items of all files of one schema, ids that stand twice reported and left out."""
        seen: set[str] = set()
        for file in self._files(schema):
            for index, item in items_in(file.data[key] if key else file.data):
                place = (key, index) if key else (index,)
                if item["id"] in seen:
                    message = f"the id {item['id']} stands twice"
                    remedy = "Give one of the two another id; an id is never used again."
                    self.problems.append(
                        file.problem(message, *place, "id", code="KB201", remedy=remedy)
                    )
                else:
                    seen.add(item["id"])
                    yield file, place, item

    def _sources(self) -> dict[str, Source]:
        return {
            item["id"]: Source(item["id"], item["title"], item["kind"], item["reliability"])
            for _, _, item in self._items("source", "sources")
        }

    def _questions(self) -> dict[str, Question]:
        items = [item for _, _, item in self._items("question", "questions")]
        return {
            item["id"]: Question(
                item["id"],
                item["path"],
                item["ask"],
                item["why"],
                order,
                tuple(map(_answer_or_range, item.get("harmless", ()))),
            )
            for order, item in enumerate(items)
        }

    def _conclusions(self) -> dict[str, Conclusion]:
        return {
            item["id"]: Conclusion(
                id=item["id"],
                title=item["title"],
                condition=condition,
                because=item["because"],
                citations=self._citations(file, place, item),
                examples=tuple(item["examples"]),
            )
            for file, place, item in self._items("conclusion")
            if (condition := self._condition(file, place, item)) and item["status"] == "active"
        }

    def _rules(self) -> dict[str, Rule]:
        return {
            item["id"]: Rule(
                id=item["id"],
                title=item["title"],
                level=item["level"],
                condition=condition,
                lifting=self._lifting(file, place, item, condition),
                because=item["because"],
                action=item["action"],
                citations=self._citations(file, place, item),
                disagreement=item.get("disagreement"),
                examples=tuple(item["examples"]),
                advises=tuple(item.get("advises", ())),
                advises_against=tuple(item.get("advises_against", ())),
            )
            for file, place, item in self._items("rule")
            if (condition := self._condition(file, place, item)) and item["status"] == "active"
        }

    def _condition(self, file: YamlFile, place: Place, item: Mapping[str, Any]) -> Condition | None:
        try:
            condition = parse_condition(item["when"])
        except ConditionError as error:
            self._report(file, (*place, "when"), str(error), "KB112", _FORMS)
            self.losses.add(Lost(file.schema, item["id"]))
            return None
        self.placed.append(_Placed(file, (*place, "when"), condition, item["when"]))
        return condition

    def _lifting(
        self, file: YamlFile, place: Place, item: Mapping[str, Any], condition: Condition
    ) -> Lifting:
        data = item.get("lifts", {})
        own = {leaf.atom.key for leaf in leaves(condition) if isinstance(leaf, Leaf)}
        holding = []
        for index, part in enumerate(data.get("while", ())):
            below = ("while", index, "if")
            try:
                atom = parse_condition(part["if"])
            except ConditionError as error:
                self._report(file, (*place, "lifts"), str(error), "KB112", _FORMS, below)
                continue
            if not isinstance(atom, Leaf) or atom.atom.key not in own:
                message = "lifts.while names something that is not an atom of this rule's condition"
                remedy = "Write an atom there exactly as the condition has it."
                self._report(file, (*place, "lifts"), message, "KB211", remedy, below)
            else:
                holding.append((atom.atom.key, part["when"]))
        return Lifting(data.get("when"), "on" in data, tuple(holding))

    def _citations(self, file: YamlFile, place: Place, item: Mapping[str, Any]) -> tuple[Citation, ...]:
        found = []
        for index, data in enumerate(item["citations"]):
            source = self.sources.get(data["source"])
            if source is None:
                self._report_source(file, (*place, "citations", index), data["source"])
                continue
            verified = data.get("verified", source.reliability)
            found.append(
                Citation(
                    data["source"], data["locator"], data["position"], verified, data.get("quote_sha256")
                )
            )
        return tuple(found)

    def _advice(self, schema: str) -> Any:
        """Care, plan or indications with their citations as an assessment shows them."""
        (file,) = self._files(schema) or (None,)
        return self._with_citations(file, (), file.data) if file else {}

    def _with_citations(self, file: YamlFile, place: Place, data: Any) -> Any:
        if isinstance(data, list):
            return [self._with_citations(file, (*place, i), item) for i, item in enumerate(data)]
        if not isinstance(data, dict):
            return data
        done = {
            key: self._with_citations(file, (*place, key), value)
            for key, value in data.items()
            if key != "citations"
        }
        if "citations" in data:
            citations = self._citations(file, place, data)
            done["citations"] = [citation.as_json() for citation in citations]
        return done

    def _check_references(self, references: References) -> None:
        for placed in self.placed:
            together = zip(leaves(placed.condition), leaf_places(placed.written), strict=True)
            for leaf, below in together:
                for fault in references.faults(leaf):
                    self._report(placed.file, placed.place, *fault, below)
        for questionnaire in self._files("question"):
            for fault in references.missing_questions():
                self._report(questionnaire, (), *fault)

    def _check_circles(self, conclusions: Mapping[str, Conclusion]) -> None:
        reads = {
            name: [
                leaf.conclusion for leaf in leaves(conclusion.condition) if isinstance(leaf, Concluded)
            ]
            for name, conclusion in conclusions.items()
        }
        for circle in circles(reads):
            file, place = next(
                (file, index)
                for file in self._files("conclusion")
                for index, item in items_in(file.data)
                if item["id"] == circle[0]
            )
            message = f"the conclusion {circle[0]} rests on itself: {' < '.join(circle)}"
            remedy = "Let one of these read something else than a conclusion of the circle."
            self._report(file, (place,), message, "KB209", remedy, ("when",))

    def _report_source(self, file: YamlFile, place: Place, source: str) -> None:
        if self.losses.may_hold("source", source):
            return
        from difflib import get_close_matches

        close = get_close_matches(source, self.sources, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        remedy = "Correct the id, or add the source to sources.yaml."
        message = f"there is no source {source}{hint}"
        self._report(file, place, message, "KB205", remedy, ("source",))

    def _report(
        self,
        file: YamlFile,
        place: Place,
        message: str,
        code: str,
        remedy: str,
        below: Place = (),
    ) -> None:
        self.problems.append(file.problem(message, *place, code=code, remedy=remedy, below=below))


def _answer_or_range(harmless: Any) -> str | int | tuple[int, int]:
    return (harmless["from"], harmless["to"]) if isinstance(harmless, dict) else harmless


def _dated(instruction: Mapping[str, Any]) -> dict[str, Any]:
    """A care instruction as an assessment shows it: ``days`` is null where no source has one."""
    return {
        "id": instruction["id"],
        "text": instruction["text"],
        "days": instruction.get("days"),
        "citations": instruction["citations"],
    }
