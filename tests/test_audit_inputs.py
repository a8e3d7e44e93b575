"""Which files an audit reads: all that was named, once, in order; nothing is left out in silence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.errors import AuditError
from audit.inputs import Input, ending, find_inputs

OTHER_ENDING = (
    "not a file of intakes: its name ends in none of .json, .jsonl, .ndjson (or one of them and .gz)"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for each test, which is the present one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*names: str) -> None:
    """Empty files, with their folders."""
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def names(*arguments: str, output: str = "results") -> list[str]:
    """The names of what is read."""
    return [source.name for source in find_inputs(arguments, Path(output))[0]]


def skipped(*arguments: str, output: str = "results") -> list[tuple[str, str]]:
    return [(what.name, what.why) for what in find_inputs(arguments, Path(output))[1]]


def refused(*arguments: str) -> str:
    with pytest.raises(AuditError) as raised:
        find_inputs(arguments, Path("results"))
    return str(raised.value)


def test_files_come_in_the_order_in_which_they_are_named() -> None:
    make("b.json", "a.jsonl", "c.ndjson.gz")
    assert find_inputs(["b.json", "a.jsonl", "c.ndjson.gz"], Path("results")) == (
        [
            Input("b.json", Path("b.json")),
            Input("a.jsonl", Path("a.jsonl")),
            Input("c.ndjson.gz", Path("c.ndjson.gz")),
        ],
        [],
    )


def test_a_folder_is_read_at_any_depth_sorted_by_the_way_to_the_file() -> None:
    make("in/b.json", "in/a/z.jsonl", "in/a-b.json", "in/a/b/c.json", "in/B.json")
    assert names("in") == ["in/B.json", "in/a-b.json", "in/a/b/c.json", "in/a/z.jsonl", "in/b.json"]


@pytest.mark.parametrize(
    ("written", "name"),
    [("in", "in/a.json"), ("in/", "in/a.json"), ("./in//", "./in/a.json"), ("in/.", "in/./a.json")],
)
def test_a_file_in_a_folder_is_named_after_the_folder_as_written(written: str, name: str) -> None:
    make("in/a.json")
    [source] = find_inputs([written], Path("results"))[0]
    assert source.name == name
    assert source.path is not None
    assert source.path.samefile("in/a.json")


@pytest.mark.parametrize(
    "name", ["a.json", "a.jsonl", "a.ndjson", "a.JSON", "a.b.Jsonl.GZ", "a.json.gz"]
)
def test_every_ending_counts_in_small_and_capital_letters(name: str) -> None:
    make(f"in/{name}")
    assert names("in", f"in/{name}") == [f"in/{name}"]


@pytest.mark.parametrize("name", ["a.txt", "a", "a.json.bak", "a.gz", "json", "a.json.gz.gz", "ajson"])
def test_a_file_of_another_ending_is_skipped_in_a_folder_and_refused_by_name(name: str) -> None:
    make(f"in/{name}")
    assert (names("in"), skipped("in")) == ([], [(f"in/{name}", OTHER_ENDING)])
    assert f"in/{name}: {OTHER_ENDING}" in refused(f"in/{name}")


def test_hidden_files_and_folders_are_skipped_each_as_one() -> None:
    make("in/.a.json", "in/.git/a.json", "in/.git/b.json", "in/b.json")
    why = "hidden: its name begins with a dot"
    assert (names("in"), skipped("in")) == (["in/b.json"], [("in/.a.json", why), ("in/.git", why)])


def test_a_hidden_file_that_is_named_is_read() -> None:
    make(".a.json")
    assert names(".a.json") == [".a.json"]


# The folder of results


def test_the_folder_of_results_is_skipped_as_one_also_with_intakes_in_it() -> None:
    make("in/a.json", "in/results/results.jsonl", "in/results/deep/b.json")
    assert names("in", output="in/results") == ["in/a.json"]
    assert skipped("in", output="in/results") == [("in/results", "the folder of results")]


@pytest.mark.parametrize("argument", ["results/results.jsonl", "results/unfinished-audit", "link.jsonl"])
def test_what_an_audit_wrote_is_no_input_of_the_next(argument: str) -> None:
    make("results/results.jsonl", "results/unfinished-audit/results.jsonl")
    Path("link.jsonl").symlink_to("results/results.jsonl")
    with pytest.raises(AuditError, match="written by an audit"):
        names(argument)


def test_intakes_may_lie_in_the_folder_of_results_but_its_results_are_skipped() -> None:
    make("a.json", "results.jsonl", "summary.json", "unfinished-audit/results.jsonl")
    assert names(".", output=".") == ["./a.json"]
    assert {name for name, _ in skipped(".", output=".")} == {
        "./results.jsonl",
        "./summary.json",
        "./unfinished-audit",
    }
    assert names("a.json", output=".") == ["a.json"]


def test_a_folder_beside_the_folder_of_results_is_read_however_much_the_names_are_alike() -> None:
    make("in/results-2024/a.json")
    assert names("in", output="in/results") == ["in/results-2024/a.json"]


@pytest.mark.parametrize("results", ["results.jsonl", "results.jsonl.gz"])
def test_the_results_of_an_older_audit_are_skipped_as_one(results: str) -> None:
    make("in/a.json", *(f"in/old/2025/{name}" for name in ("rules.json", "summary.json", results)))
    make(*(f"in/new/unfinished-audit/{name}" for name in ("ledger.sqlite", results)))
    make("in/half/rules.json", "in/half/summary.json")
    assert names("in") == ["in/a.json", "in/half/rules.json", "in/half/summary.json"]
    why = "the results of another audit"
    assert skipped("in") == [("in/new/unfinished-audit", why), ("in/old/2025", why)]


def test_of_a_named_folder_with_the_results_of_an_older_audit_the_intakes_are_read() -> None:
    make("old/rules.json", "old/summary.json", "old/results.jsonl", "old/intakes.json")
    assert names("old") == ["old/intakes.json"]
    assert {name for name, _ in skipped("old")} == {
        "old/rules.json",
        "old/summary.json",
        "old/results.jsonl",
    }


# Links, and the same file twice


def test_a_file_that_is_named_twice_is_read_once() -> None:
    make("in/a.json", "in/b.json")
    assert names("in/b.json", "in", "./in/a.json") == ["in/b.json", "in/a.json"]
    assert skipped("in/b.json", "in", "./in/a.json") == [
        ("in/b.json", "already read as in/b.json"),
        ("./in/a.json", "already read as in/a.json"),
    ]


def test_a_link_to_a_file_is_read_unless_the_file_is() -> None:
    make("in/b.json", "elsewhere/c.data.json")
    Path("in/a.json").symlink_to("b.json")
    Path("in/c.json").symlink_to("../elsewhere/c.data.json")
    assert names("in") == ["in/a.json", "in/c.json"]
    assert skipped("in") == [("in/b.json", "already read as in/a.json")]


def test_links_to_folders_and_to_nothing_are_skipped() -> None:
    make("elsewhere/a.json", "in/z.json")
    Path("in/folder").symlink_to("../elsewhere")
    Path("in/around").symlink_to("..")
    Path("in/gone.json").symlink_to("nothing.json")
    Path("in/loop.json").symlink_to("loop.json")
    assert names("in") == ["in/z.json"]
    assert skipped("in") == [
        ("in/around", "a link to a folder"),
        ("in/folder", "a link to a folder"),
        ("in/gone.json", "a link that leads nowhere"),
        ("in/loop.json", "a link that leads nowhere"),
    ]


def test_a_folder_that_is_named_may_be_a_link() -> None:
    make("elsewhere/a.json")
    Path("in").symlink_to("elsewhere")
    assert names("in", "elsewhere") == ["in/a.json"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_a_folder_is_skipped() -> None:
    make("in/a.json")
    os.mkfifo("in/pipe.json")
    assert names("in") == ["in/a.json"]
    assert skipped("in") == [("in/pipe.json", "not a file: a pipe, a socket or a device")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_that_is_named_is_read_and_not_opened_before() -> None:
    os.mkfifo("pipe.jsonl")
    assert names("pipe.jsonl") == ["pipe.jsonl"]


# What cannot be used


def test_every_argument_that_cannot_be_used_is_told_at_once() -> None:
    make("a.json", "b.txt")
    Path("gone.json").symlink_to("nothing")
    said = refused("missing.json", "a.json", "b.txt", "-", "gone.json", "", "-").splitlines()
    assert said == [
        "nothing was read, since not every input can be used:",
        "  missing.json: does not exist",
        f"  b.txt: {OTHER_ENDING}",
        "  gone.json: does not exist",
        "  (an empty name): does not exist",
        "  -: standard input can be read only once",
    ]


@pytest.mark.parametrize("argument", ["a.json", "in"])
def test_what_cannot_be_opened_is_refused(argument: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make("a.json", "in/a.json")

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", denied)
    monkeypatch.setattr(Path, "open", denied)
    assert refused(argument).endswith(f"\n  {argument}: cannot be opened: Permission denied")


def test_a_folder_inside_that_cannot_be_listed_is_left_to_fail_where_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make("in/a.json", "in/closed/b.json")
    listed = os.scandir

    def scandir(path: str | Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert find_inputs(["in"], Path("results")) == (
        [Input("in/a.json", Path("in/a.json")), Input("in/closed", Path("in/closed"))],
        [],
    )


def test_standard_input_has_its_place_among_the_files() -> None:
    make("a.json", "b.json")
    sources, _ = find_inputs(["a.json", "-", "b.json"], Path("results"))
    assert sources == [
        Input("a.json", Path("a.json")),
        Input("-", None),
        Input("b.json", Path("b.json")),
    ]


# Names


def test_a_name_that_is_not_utf8_is_written_with_escapes() -> None:
    try:
        Path(os.fsdecode(b"in")).mkdir()
        Path(os.fsdecode(b"in/caf\xe9 \xc3\xa9.json")).touch()
        Path(os.fsdecode(b"in/\xff.txt")).touch()
    except OSError:
        pytest.skip("this file system takes only names in UTF-8")
    assert names("in") == ["in/caf\\xe9 é.json"]
    assert skipped("in") == [("in/\\xff.txt", OTHER_ENDING)]
    [source] = find_inputs(["in"], Path("results"))[0]
    assert source.path is not None
    assert source.path.exists()


PARTS = st.sampled_from(["a", "b", ".c", "é", "a.json", "b.jsonl", "x.json.gz", "y.txt", "-"])


@settings(derandomize=True, database=None, deadline=None, max_examples=40)
@given(st.lists(st.lists(PARTS, min_size=1, max_size=4).map("/".join), max_size=8))
def test_whatever_is_in_a_folder_is_read_or_skipped_once(
    tmp_path_factory: pytest.TempPathFactory, paths: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("in")
    for path in paths:
        place = folder / path
        if not place.exists() and not any(parent.is_file() for parent in place.parents):
            make(str(place))
    sources, left_out = find_inputs([str(folder)], folder / "a")
    seen = [source.name for source in sources]
    assert seen == sorted(seen)
    assert all(ending(name) for name in seen)
    told = [*seen, *(what.name for what in left_out)]
    files = [file.as_posix() for file in folder.rglob("*") if file.is_file()]
    for file in files:
        assert sum(file == name or file.startswith(f"{name}/") for name in told) == 1
    assert len(told) <= len(files)
