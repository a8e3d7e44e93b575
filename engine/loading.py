"""From the files of a knowledge base to one checked value.

Everything that the schemas cannot tell is checked here, across files: ids are unique, whatever
is named exists, no name or code means two things, nothing lies under itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar, final

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
from engine.lifetimes import Written, rests_on_less, returned_ids, unsound_successions
from engine.overlays import RuleChanger, doubled_overlays, misplaced_acceptances, overlays_in
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
_Item = TypeVar("_Item", Rule, Conclusion)


def load_knowledge_base(
    folder: Path = SHIPPED, overlays: Sequence[Path] = (), *, include_drafts: bool = False
) -> KnowledgeBase:
    """Load a knowledge base and the overlays that add to it; with drafts only where asked for.

    An overlay has a manifest, adds vocabulary, sources and rules, and may change what a rule means
    or says, but not when it fires. Raises :class:`~engine.errors.KnowledgeBaseError` with every
    problem found.
    """
    readings = [read_folder(folder), *(read_folder(overlay, overlay=True) for overlay in overlays)]
    digest = readings[0].digest
    if overlays:
        digest = hashlib.sha256("".join(reading.digest for reading in readings).encode()).hexdigest()
    if include_drafts:  # records made with drafts are told from those made without
        digest = hashlib.sha256(f"{digest} with drafts".encode()).hexdigest()
    return _Loader(readings, include_drafts=include_drafts).load(digest)


@final
class _Placed(NamedTuple):
    """A condition and where it stands, for the checks that need the whole knowledge base."""

    file: YamlFile
    place: Place
    condition: Condition
    written: Mapping[str, Any]
    status: str


@final
class _Loader:
    """Puts the parts together and collects what is wrong with them."""

    def __init__(self, readings: Sequence[Reading], *, include_drafts: bool) -> None:
        self.files = [file for reading in readings for file in reading.files]
        self.problems = [problem for reading in readings for problem in reading.problems]
        self.losses = Losses(lost for reading in readings for lost in reading.lost)
        self.placed: list[_Placed] = []
        self.running = ("active", "draft") if include_drafts else ("active",)
        added = [file for reading in readings[1:] for file in reading.files]
        self.added_folders = {file.folder for file in added}
        self.overlays = overlays_in([file for file in added if file.schema == "manifest"])
        self.sources = self._sources()
        self.written = {
            kind: {item["id"]: Written(file, place, item) for file, place, item in self._items(kind)}
            for kind in ("conclusion", "rule")
        }

    def load(self, digest: str) -> KnowledgeBase:
        builder = VocabularyBuilder(self.losses)
        vocabulary = builder.build(self._files("vocabulary"))
        self.problems.extend(builder.problems)
        questions = self._questions()
        conclusions = self._conclusions()
        rules = self._changed(self._rules())
        care, plan, indications = (self._advice(name) for name in ("care", "plan", "indication"))
        references = References(
            vocabulary,
            self.written["conclusion"],
            questions,
            [question.path for question in questions.values()],
            self.losses,
        )
        self._check_references(references)
        self._check_circles(conclusions)
        self._check_lifetimes()
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
            rules=self._in_use(dict(sorted(rules.items(), key=lambda item: item[1].strictness))),
            conclusions=self._in_use(conclusions),
            questions=questions,
            sources=self.sources,
            care={part: [_dated(item) for item in care[part]] for part in ("before", "after")},
            plan=plan,
            indications={item["goal"]: item for item in indications["indications"]},
            examples_on=manifest.get("examples_screened_on", "2026-01-01"),
            overlays=tuple(self.overlays.values()),
            drafts="draft" in self.running,
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
        """The conclusions of every status."""
        return {
            name: Conclusion(
                id=name,
                title=item["title"],
                condition=condition,
                because=item["because"],
                citations=self._citations(file, place, item),
                examples=tuple(item["examples"]),
                status=item["status"],
            )
            for name, (file, place, item) in self.written["conclusion"].items()
            if (condition := self._condition(file, place, item))
        }

    def _rules(self) -> dict[str, Rule]:
        """The rules of every status, as they are written."""
        return {
            name: Rule(
                id=name,
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
                status=item["status"],
                added_by=overlay.id if (overlay := self.overlays.get(file.folder)) else None,
            )
            for name, (file, place, item) in self.written["rule"].items()
            if (condition := self._condition(file, place, item))
        }

    def _changed(self, rules: Mapping[str, Rule]) -> Mapping[str, Rule]:
        """The rules with what overlays change in them."""
        self.problems.extend(doubled_overlays(self._files("manifest")))
        self.problems.extend(misplaced_acceptances(self._files("vocabulary"), self.added_folders))
        changer = RuleChanger(rules, self.written["rule"], self.losses)
        for file in self._files("change"):
            if file.folder in self.overlays:
                changer.apply(file, self.overlays[file.folder].id)
        self.problems.extend(changer.problems)
        return changer.rules

    def _condition(self, file: YamlFile, place: Place, item: Mapping[str, Any]) -> Condition | None:
        try:
            condition = parse_condition(item["when"])
        except ConditionError as error:
            self._report(file, (*place, "when"), str(error), "KB112", _FORMS)
            self.losses.add(Lost(file.schema, item["id"]))
            return None
        self.placed.append(_Placed(file, (*place, "when"), condition, item["when"], item["status"]))
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
            less = rests_on_less(placed.status, placed.condition, self.written["conclusion"])
            for message, remedy in less:
                self._report(placed.file, placed.place, message, "KB808", remedy)
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

    def _check_lifetimes(self) -> None:
        for kind, written in self.written.items():
            self.problems.extend(unsound_successions(kind, written, self.losses))
        self.problems.extend(returned_ids(self.files, self.losses))

    def _in_use(self, items: Mapping[str, _Item]) -> dict[str, _Item]:
        """Those that are in use, and drafts where they were asked for."""
        return {name: item for name, item in items.items() if item.status in self.running}

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
