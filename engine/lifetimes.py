"""The life of an id: a draft becomes active, an active rule deprecated, and a past id never returns.

A record of the past names rules by their ids. So an id never comes to mean something else, and one
that is out of use says what to read instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, final

from engine.circles import circles
from engine.conditions import Concluded, Condition, leaves
from engine.errors import KnowledgeBaseProblem
from engine.sound_parts import Losses, items_in
from engine.yaml_files import YamlFile

Place = tuple[str | int, ...]

_STAGES: Final = ("active", "draft", "deprecated")
_WHERE: Final = {
    "rule": ("rule", None),
    "conclusion": ("conclusion", None),
    "concept": ("vocabulary", "concepts"),
    "question": ("question", "questions"),
    "source": ("source", "sources"),
}
"""The schema of the files in which things of a kind stand, and their key in there."""


@final
class Written(NamedTuple):
    """A rule or a conclusion as it is written, and where."""

    file: YamlFile
    place: Place
    item: Mapping[str, Any]

    def problem(self, message: str, key: str, code: str, remedy: str) -> KnowledgeBaseProblem:
        """A problem with one of its keys."""
        return self.file.problem(message, *self.place, key, code=code, remedy=remedy)


def unsound_successions(
    kind: str, written: Mapping[str, Written], losses: Losses
) -> Iterator[KnowledgeBaseProblem]:
    """What is wrong with ``replaced_by``: it goes with deprecated, always, and leads to what is used."""
    for name, one in written.items():
        after = one.item.get("replaced_by")
        deprecated = one.item["status"] == "deprecated"
        if deprecated and after is None:
            message = f"the {kind} {name} is deprecated and does not say what replaced it"
            remedy = (
                "Add replaced_by; if nothing replaced it, take it out and enter its id in past-ids.yaml."
            )
            yield one.problem(message, "status", "KB805", remedy)
        elif after is not None and not deprecated:
            message = f"the {kind} {name} is {one.item['status']} and yet replaced by {after}"
            remedy = "Make it deprecated, or take out replaced_by."
            yield one.problem(message, "replaced_by", "KB805", remedy)
        elif after is not None and after not in written and not losses.may_hold(kind, after):
            message = f"there is no {kind} {after} to replace {name}"
            yield one.problem(message, "replaced_by", "KB806", f"Name a {kind} that is there.")
    after = {name: [one.item["replaced_by"]] for name, one in written.items() if _is_followed(one)}
    for circle in circles(after):
        message = f"the {kind} {circle[0]} is replaced by itself in the end: {' > '.join(circle)}"
        remedy = f"Let the last one name a {kind} that is used."
        yield written[circle[0]].problem(message, "replaced_by", "KB807", remedy)


def _is_followed(one: Written) -> bool:
    return "replaced_by" in one.item and one.item["status"] == "deprecated"


def rests_on_less(
    status: str, condition: Condition, conclusions: Mapping[str, Written]
) -> Iterator[tuple[str, str]]:
    """Conclusions that a condition reads although they are less in use than itself: why, and a remedy.

    What is active rests on what is active; a draft may rest on a draft.
    """
    for leaf in leaves(condition):
        if not isinstance(leaf, Concluded) or leaf.conclusion not in conclusions:
            continue
        other = conclusions[leaf.conclusion].item
        if _STAGES.index(other["status"]) > _STAGES.index(status):
            instead = f"; read {other['replaced_by']}" if "replaced_by" in other else ""
            message = f"this is {status}, and the conclusion {leaf.conclusion} is {other['status']}"
            yield (
                message + instead,
                "Read one that is in use, or change a status.",
            )


def returned_ids(files: Sequence[YamlFile], losses: Losses) -> Iterator[KnowledgeBaseProblem]:
    """Ids that are gone and are entered twice, used again, or replaced by what is not there."""
    past = [file for file in files if file.schema == "past-id"]
    if not past:
        return
    present = {kind: dict(_present(kind, files)) for kind in _WHERE}
    gone: dict[tuple[str, str], Mapping[str, Any]] = {}
    for file in past:
        for index, item in items_in(file.data):
            if (item["kind"], item["id"]) in gone:
                message = f"the past {item['kind']} {item['id']} stands twice"
                yield file.problem(message, index, "id", code="KB201", remedy="Keep one of the two.")
            gone[item["kind"], item["id"]] = item
    for (kind, name), item in gone.items():
        if name in present[kind]:
            where, place = present[kind][name]
            message = f"the {kind} {name} was used before, until {item['retired_on']}, and is gone"
            remedy = "Choose another id; records of the past mean the old one by this."
            yield where.problem(message, *place, "id", code="KB708", remedy=remedy)
    yield from _lost_successors(past, present, gone, losses)


def _lost_successors(
    past: Iterable[YamlFile],
    present: Mapping[str, Mapping[str, Any]],
    gone: Mapping[tuple[str, str], Mapping[str, Any]],
    losses: Losses,
) -> Iterator[KnowledgeBaseProblem]:
    for file in past:
        for index, item in items_in(file.data):
            after = item.get("replaced_by")
            if after is None or after in present[item["kind"]]:
                continue
            if losses.may_hold(_WHERE[item["kind"]][0], after):
                continue
            later = gone.get((item["kind"], after), {}).get("replaced_by")
            hint = f"; it is gone too, replaced by {later}" if later else ""
            message = f"there is no {item['kind']} {after} to replace {item['id']}{hint}"
            remedy = f"Name a {item['kind']} that is there, or leave replaced_by out."
            yield file.problem(message, index, "replaced_by", code="KB709", remedy=remedy)


def _present(kind: str, files: Sequence[YamlFile]) -> Iterator[tuple[str, tuple[YamlFile, Place]]]:
    schema, key = _WHERE[kind]
    for file in files:
        if file.schema == schema:
            for index, item in items_in(file.data.get(key, ()) if key else file.data):
                yield item["id"], (file, (key, index) if key else (index,))
