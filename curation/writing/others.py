"""``needlecheck kb new concept`` and ``new source``: what rules name and cite."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, final

from curation.errors import KeeperError
from curation.flow import scalar
from curation.library import Library
from curation.writing.append import appended
from curation.writing.asking import Asker
from curation.writing.condition import concept_named
from curation.writing.target import (
    Target,
    checked_id,
    refuse_known,
    schema_line,
    skeleton,
    write_checked,
)
from curation.writing.text import concept_text, source_text
from engine.schemas import load_schema
from engine.text import printable

KINDS: Final = (
    ("condition", "an illness or a state of the skin"),
    ("medication", "a medicine, cream or supplement"),
    ("procedure", "something that was done to the client"),
    ("allergen", "what somebody is allergic to"),
)
RELIABILITY: Final = (
    ("read", "the passage was read"),
    ("partial", "only a part or an abstract was read"),
    ("secondary", "restated by someone else"),
    ("unverified", "not read"),
)
_SOURCE_ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


@final
class ConceptWishes(NamedTuple):
    """What was given on the command line for a concept."""

    id: str | None
    label: str | None
    kind: str | None
    names: Sequence[str]
    under: Sequence[str]
    codes: Sequence[str]
    areas: Sequence[str]
    usual_route: str | None
    of_no_concern: bool
    accepted_by: str | None
    file: str | None


@final
class SourceWishes(NamedTuple):
    """What was given on the command line for a source."""

    id: str | None
    title: str | None
    kind: str | None
    reliability: str | None
    gives: str | None
    address: str | None


def make_concept(target: Target, wishes: ConceptWishes, asker: Asker) -> tuple[Library, str]:
    """Write a new concept; the library with it, and its id. Raises KeeperError or UsageError."""
    library = target.open()
    new = asker.text("ID", wishes.id, "A permanent name for the concept, such as dental-anaesthesia.")
    if new:
        refuse_known(library, "concept", checked_id(new))
    label = asker.text("--label", wishes.label, "How it is printed.", new.replace("-", " ") or None)
    kind = asker.choice("--kind", wishes.kind, "Which list does it belong in?", KINDS)
    names = list(wishes.names)
    if asker.interactive and not names:
        said = asker.text("--name", None, "What do people write? Names with commas between.", "none")
        names = [] if said == "none" else [name.strip() for name in said.split(",") if name.strip()]
    asker.complain()
    data: dict[str, Any] = {"id": new, "label": label, "kind": kind}
    more = {
        "parents": [concept_named(parent, library) for parent in wishes.under],
        "names": names,
        "codes": _codes(wishes.codes),
        "usual_route": wishes.usual_route,
        "usual_areas": list(wishes.areas),
        "of_no_concern": wishes.of_no_concern,
    }
    data |= {key: value for key, value in more.items() if value}
    _refuse_taken_names(library, [label, *names])
    name = f"vocabulary/{checked_id(wishes.file or f'{kind}s')}.yaml"
    head = schema_line(target, name, "vocabulary")
    whole = appended(target.folder / name, head, concept_text(data), "concepts")
    accepted_by = wishes.accepted_by
    if target.base is not None and asker.interactive and not accepted_by:
        asks = "Who accepted that these names are understood now? Nobody yet: leave it empty."
        accepted_by = asker.text("--accepted-by", None, asks, "")
    if target.base is not None and accepted_by:
        whole = _accepted(whole, accepted_by)
    return write_checked(target, {**skeleton(target), name: whole}), new


def _accepted(whole: str, name: str) -> str:
    """The file with the name of who accepted it; a name that is there already stays."""
    if re.search(r"^accepted_by:", whole, re.MULTILINE):
        return whole
    ends = "\r\n" if "\r\n" in whole else "\n"
    line = f"accepted_by: {scalar(name)}  # that entries with these names are understood now{ends}"
    return re.sub(r"^concepts:", lambda found: line + found[0], whole, count=1, flags=re.MULTILINE)


def _codes(written: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code in written:
        system, _, value = code.partition(" ")
        if system not in ("atc", "icd-10", "snomed-ct") or not value.strip():
            raise KeeperError(
                f"--code {printable(code)!r} is not understood; write it like 'icd-10 L20', "
                "'atc B01AA03' or 'snomed-ct 43116000'"
            )
        found.setdefault(system, []).append(value.strip())
    return found


def _refuse_taken_names(library: Library, names: Sequence[str]) -> None:
    for name in names:
        term = library.knowledge_base.vocabulary.find_name(name)
        if term is not None:
            raise KeeperError(
                f"the name {printable(name)} means {term.concept} already; rules can read that concept"
            )


def source_kinds() -> list[tuple[str, str]]:
    """The kinds of source with what they mean, from the schema."""
    schema = load_schema("source")["properties"]["sources"]["items"]["properties"]["kind"]
    return [(option["const"], option["description"]) for option in schema["oneOf"]]


def make_source(target: Target, wishes: SourceWishes, asker: Asker) -> tuple[Library, str]:
    """Write a new source; the library with it, and its id. Raises KeeperError or UsageError."""
    library = target.open()
    new = asker.text("ID", wishes.id, "A short name by which rules cite it, such as our-protocol.")
    if new:
        if not _SOURCE_ID.fullmatch(new):
            raise KeeperError(
                f"{printable(new)!r} cannot be an id: a letter, then letters, digits, hyphens"
            )
        refuse_known(library, "source", new)
    data = {
        "id": new,
        "title": asker.text("--title", wishes.title, "What it is: title, author, year."),
        "kind": asker.choice("--kind", wishes.kind, "What kind of source is it?", source_kinds()),
        "reliability": asker.choice(
            "--reliability", wishes.reliability, "How far was it read? Be honest.", RELIABILITY
        ),
    }
    gives = asker.text("--gives", wishes.gives, "What it supports, in words of your own.")
    asker.complain()
    if wishes.address:
        data["address"] = wishes.address
    data["gives"] = gives
    files = skeleton(target)
    name = "sources.yaml"
    if name in files:
        files[name] += "".join(f"  {line}\n" for line in source_text(data).splitlines())
    else:
        head = schema_line(target, name, "source")
        files[name] = appended(target.folder / name, head, source_text(data), "sources")
    return write_checked(target, files), new
