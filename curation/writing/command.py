"""``needlecheck kb new``: a rule, concept or source that is valid from the start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import click

from curation.library import Kind, Library
from curation.options import write
from curation.writing.asking import Asker, at_a_terminal
from curation.writing.condition import FORMS
from curation.writing.others import (
    KINDS,
    RELIABILITY,
    ConceptWishes,
    SourceWishes,
    make_concept,
    make_source,
    source_kinds,
)
from curation.writing.rule import LEVELS, Wishes, make_rule
from curation.writing.target import Target, find_target
from engine import SHIPPED
from engine.text import printable

_ROUTES: Final = ("oral", "injected", "topical", "inhaled", "nasal", "eye")


@click.group("new", invoke_without_command=False)
def command() -> None:
    """Make a new rule, concept or source.

    \b
    Examples:
      needlecheck kb new rule recent-filler --in ours
      needlecheck kb new concept dental-anaesthesia --in ours --kind procedure
      needlecheck kb new source our-protocol --in ours

    At a terminal whatever is not given is asked for. With --in DIR it goes into that folder: a
    folder that is not there yet becomes an overlay, which adds to the knowledge base. Without --in
    it goes into knowledge_base/ of the checkout that one stands in.

    Nothing that stands in a file is changed: the new text is added, once it is known to load.
    """  # noqa: D301 - click wants the control character itself


def _where(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say where it goes."""
    base = click.option(
        "--knowledge-base", type=click.Path(path_type=Path), default=SHIPPED, metavar="DIR",
        help="The knowledge base that an overlay adds to, instead of the shipped one.",
    )  # fmt: skip
    folder = click.option(
        "--in", "folder", type=click.Path(path_type=Path), metavar="DIR",
        help="The knowledge base or overlay to write into; made if it is not there.",
    )  # fmt: skip
    return folder(base(function))


def _short_forms(function: Callable[..., Any]) -> Callable[..., Any]:
    """An option for each short form of a condition; each may be given more than once."""
    for form in reversed(list(FORMS.values())):
        function = click.option(
            f"--{form.option}", f"short_{form.option}", multiple=True, metavar="TEXT",
            help=f'{form.asks}: "{form.example}".',
        )(function)  # fmt: skip
    return function


@command.command("rule")
@click.argument("rule_id", required=False, metavar="[ID]")
@click.option("--title", metavar="TEXT", help="What was found, in a few plain words.")
@click.option("--level", type=click.Choice([word for word, _ in LEVELS]), help="What it means.")
@_short_forms
@click.option("--when", metavar="YAML", help="The condition in full (docs/knowledge-base.md).")
@click.option(
    "--join", type=click.Choice(["all", "any"]), default="all", show_default=True,
    help="Where several conditions are given: all of them, or any one.",
)  # fmt: skip
@click.option("--lifts", metavar="TEXT", help="What ends it: 'the flare has settled'.")
@click.option("--because", metavar="TEXT", help="Why, for a clinician.")
@click.option("--action", metavar="TEXT", help="What to do now, for a receptionist.")
@click.option("--source", metavar="ID", help="The source that says so.")
@click.option("--locator", metavar="TEXT", help="Where in the source.")
@click.option("--position", metavar="TEXT", help="What the source says there, in a few words.")
@click.option("--topic", metavar="NAME", help="The file: rules/NAME.yaml.")
@click.option("--draft", is_flag=True, help="Tested, but not used for screening yet.")
@click.option(
    "--on", "reviewed_on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE",
    help="The day of the review.  [default: today]",
)  # fmt: skip
@_where
def rule(
    rule_id: str | None, folder: Path | None, knowledge_base: Path, reviewed_on: datetime | None,
    join: str, draft: bool, **given: Any,  # noqa: FBT001 - click passes options by name
) -> None:  # fmt: skip
    """Make a rule, with examples that are made from its condition and run.

    \b
    Example:
      needlecheck kb new rule recent-tattoo-removal --in ours \\
        --title "Tattoo removed by laser in the last month" --level deferral \\
        --done "laser tattoo removal within 28 days in" \\
        --because "The skin is still healing." --action "Book for when four weeks have passed." \\
        --source ours --locator "meeting of the team" --position "four weeks" --topic laser
    """  # noqa: D301
    target = find_target(folder, knowledge_base)
    short = {form.option: given.pop(f"short_{form.option}") for form in FORMS.values()}
    on = reviewed_on.date() if reviewed_on else date.today()  # noqa: DTZ011 - the clinic's day
    wishes = Wishes(id=rule_id, short=short, join=join, draft=draft, on=on, **given)
    fresh = target.is_new
    library, made = make_rule(target, wishes, Asker(at_a_terminal()))
    count = len(library.items["rule", made].data["examples"])
    read_on = (
        f"It has {count} examples, made from its condition; all come as expected. Read them, and "
        "give them the names that your clients write."
    )
    _tell(target, library, "rule", made, fresh, [read_on])
    _next(target, [f"kb test {made} --coverage", "kb check", "screen intake.json"])


@command.command("concept")
@click.argument("concept_id", required=False, metavar="[ID]")
@click.option("--label", metavar="TEXT", help="How it is printed.  [default: the id in words]")
@click.option("--kind", type=click.Choice([word for word, _ in KINDS]), help="The list it belongs in.")
@click.option("--name", "names", multiple=True, metavar="TEXT", help="What people write; repeat it.")
@click.option("--under", multiple=True, metavar="CONCEPT", help="What it is a kind of; repeat it.")
@click.option("--code", "codes", multiple=True, metavar="TEXT", help="'icd-10 L20'; repeat it.")
@click.option("--area", "areas", multiple=True, metavar="AREA", help="Where it usually is; repeat it.")
@click.option("--usual-route", type=click.Choice(_ROUTES), help="How a medicine is usually taken.")
@click.option("--of-no-concern", is_flag=True, help="Recognised, and read by no rule.")
@click.option(
    "--accepted-by", metavar="NAME",
    help="In an overlay: who accepted that these names are understood, which can make a verdict milder.",
)  # fmt: skip
@click.option("--file", metavar="NAME", help="The file: vocabulary/NAME.yaml.  [default: its kind]")
@_where
def concept(concept_id: str | None, folder: Path | None, knowledge_base: Path, **given: Any) -> None:
    """Make a concept: a thing that clients write and rules name.

    \b
    Example:
      needlecheck kb new concept dental-anaesthesia --in ours --kind procedure \\
        --name "dental injection" --name "numbed at the dentist" --area face \\
        --accepted-by "B. Example, lead practitioner"
    """  # noqa: D301
    target = find_target(folder, knowledge_base)
    fresh = target.is_new
    library, made = make_concept(target, ConceptWishes(id=concept_id, **given), Asker(at_a_terminal()))
    _tell(target, library, "concept", made, fresh, [])
    _next(target, ["kb new rule", "kb check"])


@command.command("source")
@click.argument("source_id", required=False, metavar="[ID]")
@click.option("--title", metavar="TEXT", help="What it is: title, author, year.")
@click.option("--kind", metavar="KIND", type=click.Choice([word for word, _ in source_kinds()]),
              help="What kind of source it is.")  # fmt: skip
@click.option(
    "--reliability", type=click.Choice([w for w, _ in RELIABILITY]), help="How far it was read."
)
@click.option("--gives", metavar="TEXT", help="What it supports, in words of your own.")
@click.option("--address", metavar="TEXT", help="Where it was found.")
@_where
def source(source_id: str | None, folder: Path | None, knowledge_base: Path, **given: Any) -> None:
    """Make a source that rules can cite.

    \b
    Example:
      needlecheck kb new source our-protocol --in ours --title "Our protocol, 2026" \\
        --kind "project decision" --reliability read --gives "Four weeks after laser."
    """  # noqa: D301
    target = find_target(folder, knowledge_base)
    fresh = target.is_new
    library, made = make_source(target, SourceWishes(id=source_id, **given), Asker(at_a_terminal()))
    _tell(target, library, "source", made, fresh, [])
    _next(target, ["kb new rule", "kb check"])


def _tell(
    target: Target, library: Library, kind: Kind, made: str, fresh: bool, more: Sequence[str]  # noqa: FBT001
) -> None:  # fmt: skip
    lines = []
    if fresh:
        lines.append(
            f"{target.folder.as_posix()}/ is a new overlay, with manifest.yaml and sources.yaml: it "
            "adds to the knowledge base and takes nothing away."
        )
    lines.append(f"{library.items[kind, made].place}: the {kind} {made} is written.")
    write("".join(f"{printable(line)}\n" for line in (*lines, *more)))


def _next(target: Target, commands: Sequence[str]) -> None:
    lines = ["Next:"]
    for name in commands:
        where = target.option_of_new if name.startswith("kb new") else target.option
        lines.append(f"  needlecheck {name} {where}")
    write("".join(f"{printable(line)}\n" for line in lines))
