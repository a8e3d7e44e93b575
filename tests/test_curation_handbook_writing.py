"""Where a handbook is written: whole or not at all, and nothing of anybody else is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import main
from curation.errors import KeeperError
from curation.handbook.writing import MARK, write_handbook
from test_curation_handbook import SMALL

OLD = {"index.html": "old", "old.html": "old", "rules/old.html": "old"}
NEW = {"index.html": "new", "rules/new.html": "new"}


def files_in(folder: Path) -> dict[str, str]:
    """What stands in a folder, but for the list of what is the handbook's."""
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in folder.rglob("*")
        if file.is_file() and file.name != MARK
    }


def command(output: str | Path) -> tuple[int, str]:
    arguments = ["kb", "handbook", "--knowledge-base", str(SMALL), "--output", str(output)]
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.stderr


def test_an_earlier_handbook_is_replaced_and_nothing_else_is(tmp_path: Path) -> None:
    folder = tmp_path / "handbook"
    write_handbook(OLD, folder)
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("keep me", encoding="utf-8")
    write_handbook(NEW, folder)
    assert files_in(folder) == {**NEW, ".git/config": "keep me"}
    assert [file.name for file in tmp_path.iterdir()] == ["handbook"]


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("keep me", encoding="utf-8")
    code, said = command(tmp_path)
    assert (code, said.count("\n")) == (1, 1)
    assert "holds something else; give an empty folder" in said
    assert files_in(tmp_path) == {"letter.txt": "keep me"}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("keep me", encoding="utf-8")
    for output in (tmp_path / "letter.txt", tmp_path / "letter.txt" / "below"):
        code, said = command(output)
        assert (code, said.count("\n")) == (1, 1)
    assert files_in(tmp_path) == {"letter.txt": "keep me"}


def test_a_file_of_the_same_name_is_not_replaced(tmp_path: Path) -> None:
    write_handbook(OLD, tmp_path)
    (tmp_path / "rules" / "new.html").write_text("keep me", encoding="utf-8")
    with pytest.raises(KeeperError, match=r"new\.html is not of an earlier handbook"):
        write_handbook(NEW, tmp_path)
    assert files_in(tmp_path) == {**OLD, "rules/new.html": "keep me"}


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    link = tmp_path / "handbook"
    link.symlink_to("disk")
    for files in (OLD, NEW):
        write_handbook(files, link)
        assert link.is_symlink()
        assert files_in(tmp_path / "disk") == files
    assert {file.name for file in tmp_path.iterdir()} == {"disk", "handbook"}


def test_the_folder_of_a_link_is_made(tmp_path: Path) -> None:
    (tmp_path / "handbook").symlink_to("not/there/yet")
    write_handbook(NEW, tmp_path / "handbook")
    assert files_in(tmp_path / "not" / "there" / "yet") == NEW


def test_the_current_folder_can_hold_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = command(".")
    assert (code, said.split("; ")[1]) == (0, "open index.html\n")
    first = files_in(Path())
    assert "index.html" in first
    assert command(".")[0] == 0
    assert files_in(Path()) == first == files_in(tmp_path)


def test_what_cannot_be_written_leaves_the_earlier_handbook(tmp_path: Path) -> None:
    folder = tmp_path / "handbook"
    write_handbook(OLD, folder)
    with pytest.raises(OSError, match=r"index\.html"):
        write_handbook({**NEW, "index.html/page.html": ""}, folder)
    assert files_in(folder) == OLD
    assert {file.name for file in folder.iterdir()} == {MARK, "index.html", "old.html", "rules"}


@pytest.mark.parametrize("step", range(7))
def test_what_cannot_be_put_in_place_leaves_the_earlier_handbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    write_handbook(OLD, tmp_path)
    renamed, steps = Path.rename, iter(range(100))

    def rename(self: Path, target: Path) -> Path:
        if next(steps) == step:
            raise PermissionError(13, "Permission denied", str(self))
        return renamed(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(PermissionError):
        write_handbook(NEW, tmp_path)
    assert files_in(tmp_path) == OLD
    monkeypatch.undo()
    write_handbook(NEW, tmp_path)
    assert files_in(tmp_path) == NEW


def test_a_list_that_was_tampered_with_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("keep me", encoding="utf-8")
    folder = tmp_path / "handbook"
    write_handbook(OLD, folder)
    (folder / "link").symlink_to(tmp_path)
    with (folder / MARK).open("a", encoding="utf-8") as mark:
        mark.write(f"../letter.txt\nlink/letter.txt\n{tmp_path / 'letter.txt'}\n\n.\n\0\n")
    write_handbook(NEW, folder)
    assert (tmp_path / "letter.txt").read_text(encoding="utf-8") == "keep me"
    assert (folder / "link").is_symlink()
