"""``kb new``: what is written loads, is tested at once, and touches nothing that stood there."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from ryaml import loads  # type: ignore[attr-defined]

from case_files import CASES, read_yaml
from cli import main
from curation.errors import KeeperError
from curation.library import Library, open_library
from curation.writing.append import appended
from curation.writing.condition import FORMS, spelt_out, understood
from curation.writing.examples import make_examples
from engine import SHIPPED

LIBRARY = open_library(SHIPPED)
WORDS = ["--title", "A rule of the tests", "--because", "It is: tested.", "--action", "Nothing.",
         "--source", "policy", "--locator", "tests", "--position", "none"]  # fmt: skip


@pytest.fixture(autouse=True)
def _open_the_shipped_rules_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading takes longer than everything else in these tests."""

    def opened(folder: Path, overlays: Sequence[Path] = ()) -> Library:
        return LIBRARY if folder == SHIPPED and not overlays else open_library(folder, overlays)

    monkeypatch.setattr("curation.writing.target.open_library", opened)


def new(*arguments: str | Path, text: str | None = None) -> Result:
    return CliRunner().invoke(main, ["kb", "new", *map(str, arguments)], input=text)


def rule(folder: Path, *more: str, name: str = "tested") -> Result:
    return new("rule", name, "--in", folder, "--level", "deferral", *WORDS, *more)


def examples_of(kind: str, written: str) -> dict[str, tuple[Any, str]]:
    data = spelt_out(kind, written, LIBRARY)
    made = make_examples("tested", understood(data, LIBRARY), LIBRARY)
    return {example.name: (example.given, example.expect) for example in made}


def following(said: str) -> list[list[str]]:
    """The commands that a message says to run next."""
    return [shlex.split(line)[1:] for line in said.splitlines() if line.startswith("  needlecheck ")]


# Rules


def test_a_new_rule_in_a_new_folder_is_an_overlay_that_passes_its_tests(tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    done = rule(ours, "--done", "filler within 7 days in", "--on", "2026-11-20")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "is a new overlay" in done.stdout
    assert "ours/rules/rules.yaml:2: the rule tested is written." in done.stdout
    (written,) = read_yaml(ours / "rules" / "rules.yaml")
    assert written["when"] == {"done": {"procedure": "filler", "within": "7 days", "site": "in"}}
    assert written["lifts"] == {"on": "end of window"}
    assert (written["because"].strip(), written["reviewed_on"]) == ("It is: tested.", "2026-11-20")
    tested = CliRunner().invoke(main, ["kb", "test", "tested", "--coverage", "--overlay", str(ours)])
    assert tested.exit_code == 0, tested.stdout


def test_the_examples_stand_on_both_sides_of_a_window() -> None:
    made = examples_of("done", "filler within 6 months in")
    inside = {"procedures": [{"name": "filler", "performed_on": "2025-12-16"}]}
    outside = {"procedures": [{"name": "filler", "performed_on": "2025-12-15"}]}
    assert (inside, "fired") in made.values()
    assert (outside, "ruled_out") in made.values()
    assert {expect for _, expect in made.values()} == {"fired", "ruled_out", "undecided"}


@pytest.mark.parametrize("kind", FORMS)
def test_the_example_of_each_short_form_can_be_written_and_fires(kind: str) -> None:
    assert "fired" in {expect for _, expect in examples_of(kind, FORMS[kind].example).values()}


@pytest.mark.parametrize(
    ("kind", "written", "spelt"),
    [
        ("taking", "Roaccutane", "isotretinoin"),
        ("condition", "atopic  dermatitis active or controlled elsewhere",
         {"is": "eczema", "status": ["active", "controlled"], "site": "elsewhere"}),
        ("condition", "eczema present", {"is": "eczema", "status": "present", "site": "any"}),
        ("done", "tattoo", {"procedure": "tattoo", "site": "any"}),
        ("answer", "client.fitzpatrick_type is 4, 5 or 6",
         {"field": "client.fitzpatrick_type", "is": [4, 5, 6]}),
        ("answer", "client.age_years under 18", {"field": "client.age_years", "under": 18}),
        ("answer", "treatment.goals includes hair",
         {"field": "treatment.goals", "includes": "hair"}),
    ],
)  # fmt: skip
def test_a_short_form_is_spelt_out(kind: str, written: str, spelt: Any) -> None:
    found = spelt_out(kind, written, LIBRARY)[kind]
    if kind == "condition":
        assert found["is"] in ("eczema", "atopic-dermatitis")
        found = {**found, "is": "eczema"}
    assert found == spelt or found in ("oral-isotretinoin", "isotretinoin")


@pytest.mark.parametrize(
    ("kind", "written", "message"),
    [
        ("taking", "anticoagulent", "did you mean anticoagulant"),
        ("taking", "moon dust", "needlecheck kb new concept makes one"),
        ("condition", "eczema", "write it like 'eczema active in'"),
        ("done", "filler within a week", "there is no concept"),
        ("stopped", "isotretinoin", "write it like"),
        ("answer", "client.agee is 4", "did you mean"),
        ("answer", "client.age_years about 4", "is not tested by"),
        ("answer", "lifestyle.smoking is often", "often"),
        ("condition", "nsaid active in", "does not belong in conditions"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_was_meant(
    kind: str, written: str, message: str
) -> None:
    with pytest.raises(KeeperError) as refused:
        understood(spelt_out(kind, written, LIBRARY), LIBRARY)
    assert message in refused.value.message


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ("{all: [{taking: nsaid}, {not: {taking: nsaid}}]}", "never be true"),
        ("{answer: {field: treatment.setting, is: [home, clinic]}}", "always true"),
        ("{taking", "not readable as YAML"),
        ("{7: nsaid}", "not readable as YAML: a key that is not text"),
        ("{not: " * 200, "too many levels inside one another"),
        ("{taking: nsaid, allergy: latex}", "expected exactly 1 of the keys all"),
        ("{takes: nsaid}", "the condition: found"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused_and_nothing_is_written(
    when: str, message: str, tmp_path: Path
) -> None:
    done = rule(tmp_path / "ours", "--when", when)
    assert (done.exit_code, done.stdout) == (1, "")
    assert message in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["ours", "our own clinic"])
def test_what_is_said_to_come_next_can_be_run_as_it_stands(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(CASES / "small-knowledge-base", "base")
    Path("intake.json").write_text('{"intake_id": "1", "screened_on": "2026-11-20"}', encoding="utf-8")
    given = ["--allergy", "latex", "--topic", "own"]
    for folder in (["base"], [name, "--knowledge-base", "base"]):
        done = rule(Path(folder[0]), *folder[1:], *given, name=f"tested-{len(folder)}")
        assert done.exit_code == 0, done.stderr
        commands = following(done.stdout)
        for command in commands:
            assert command[-2:] == ["--knowledge-base", "base"]
            ran = CliRunner().invoke(main, command)
            assert ran.exit_code != 2, ran.stderr
            assert command[1] != "test" or ran.exit_code == 0, ran.stdout


def test_an_id_that_is_there_or_was_there_is_refused(tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    ours.mkdir()
    (ours / "manifest.yaml").write_text("id: ours\ntitle: Ours\nversion: 1.0.0\n", encoding="utf-8")
    gone = "- {id: gone, kind: rule, retired_on: 2026-11-20, replaced_by: nsaid, why: It was wrong.}\n"
    (ours / "past-ids.yaml").write_text(gone, encoding="utf-8")
    there = rule(ours, "--taking", "nsaid", name="anticoagulant")
    assert "there is a rule anticoagulant already: knowledge_base/rules/bleeding.yaml:2" in there.stderr
    past = rule(ours, "--taking", "nsaid", name="gone")
    assert "the id gone was used once and is never used again (nsaid took its place)" in past.stderr
    assert "cannot be an id" in rule(ours, "--taking", "nsaid", name="No Id").stderr
    assert not (ours / "rules").exists()


def test_what_is_missing_is_told_all_at_once_where_nobody_can_be_asked(tmp_path: Path) -> None:
    done = new("rule", "tested", "--in", tmp_path / "ours", "--title", "A title")
    assert done.exit_code == 2
    assert all(f"\n  {word}" in done.stderr for word in ("--level", "--because", "--done", "--locator"))
    assert "--title" not in done.stderr.split("missing:")[1]


def test_at_a_terminal_what_is_missing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curation.writing.command.at_a_terminal", lambda: True)
    answers = ["tested", "A title", "4", "taking", "moon dust", "ibuprofen", "no",
               "It is tested.", "Nothing.", "ours", "here", "none", ""]  # fmt: skip
    ours = tmp_path / "ours"
    done = new("rule", "--in", ours, text="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    assert "there is no concept moon dust" in done.stderr
    (written,) = read_yaml(ours / "rules" / "rules.yaml")
    assert (written["level"], written["when"]) == ("precaution", {"taking": "ibuprofen"})


def test_without_a_folder_outside_a_checkout_it_is_asked_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = new("rule", "tested")
    assert (done.exit_code, "--in DIR" in done.stderr) == (1, True)


def test_a_folder_of_something_else_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    done = rule(tmp_path, "--taking", "nsaid")
    assert "is not a knowledge base or overlay" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


# Concepts and sources


def test_a_concept_and_a_source_are_written_and_can_be_used(tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    made = new("concept", "moon-dust", "--in", ours, "--kind", "medication", "--name", "lunar dust",
               "--under", "NSAID", "--usual-route", "oral", "--code", "atc M99")  # fmt: skip
    cited = new("source", "our-protocol", "--in", ours, "--title", "Our protocol: 2026", "--kind",
                "project decision", "--reliability", "read", "--gives", "All.")  # fmt: skip
    assert (made.exit_code, cited.exit_code) == (0, 0), made.stderr + cited.stderr
    done = rule(ours, "--taking", "lunar dust", "--source", "our-protocol")
    assert done.exit_code == 0, done.stderr
    (concept,) = read_yaml(ours / "vocabulary" / "medications.yaml")["concepts"]
    assert (concept["parents"], concept["codes"]) == (["nsaid"], {"atc": ["M99"]})
    (_, source) = read_yaml(ours / "sources.yaml")["sources"]
    assert (source["id"], source["title"]) == ("our-protocol", "Our protocol: 2026")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("concept", "warfarin", "--kind", "medication"), "there is a concept warfarin already"),
        (("concept", "own", "--kind", "medication", "--name", "Coumadin"), "means warfarin already"),
        (("concept", "own", "--kind", "medication", "--under", "moon"), "there is no concept moon"),
        (("concept", "own", "--kind", "medication", "--code", "L20"), "write it like 'icd-10 L20'"),
        (("source", "S3", "--kind", "paper"), "there is a source S3 already"),
        (("source", "3 S"), "cannot be an id"),
    ],
)
def test_what_cannot_be_added_is_refused(
    arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    done = new(*arguments, "--in", tmp_path / "ours")
    assert (done.exit_code, message in done.stderr) == (1, True), done.stderr
    assert list(tmp_path.iterdir()) == []


# Files


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("concepts:\n  - {id: a}  # kept", "concepts:\n  - {id: a}  # kept\n\n  - id: b\n"),
        ("concepts:\n- id: a\n\n# vague ones\nvague:\n  - x\n",
         "concepts:\n- id: a\n\n- id: b\n\n# vague ones\nvague:\n  - x\n"),
        ("vague:\n  - x\n", "vague:\n  - x\n\nconcepts:\n  - id: b\n"),
        ("concepts:\r\n  - id: a\r\n", "concepts:\r\n  - id: a\r\n\r\n  - id: b\r\n"),
    ],
)  # fmt: skip
def test_an_item_is_added_and_the_rest_of_the_file_stays(
    before: str, after: str, tmp_path: Path
) -> None:
    path = tmp_path / "file.yaml"
    path.write_bytes(before.encode())
    found = appended(path, "# head\n", "- id: b\n", "concepts")
    assert found == after
    assert {"id": "b"} in loads(found)["concepts"]


def test_a_second_rule_of_a_topic_stands_after_the_first_untouched(tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    rule(ours, "--taking", "nsaid", "--topic", "own")
    file = ours / "rules" / "own.yaml"
    before = file.read_text("utf-8") + "# a remark of mine\n"
    file.write_text(before, encoding="utf-8")
    rule(ours, "--taking", "warfarin", "--topic", "own", "--draft", name="second")
    after = file.read_text("utf-8")
    assert after.startswith(before)
    assert [(item["id"], item["status"]) for item in loads(after)] == [
        ("tested", "active"), ("second", "draft"),
    ]  # fmt: skip
