"""Citations into the project's own documents, held against the documents where they are at hand."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from case_files import REPOSITORY
from citations import citations, fault, faults, project_documents, quoted_words

LINES = ["", "one  two\tthree", "four"]
TWO_THREE = hashlib.sha256(b"two three").hexdigest()


def test_every_citation_stands_in_the_documents(sources: Path) -> None:
    assert list(faults(sources)) == []


def test_every_citation_into_the_projects_documents_has_a_place_and_a_hash() -> None:
    ours = project_documents()
    incomplete = [
        cited
        for cited in citations()
        if cited.data["source"] in ours
        and not (cited.data["locator"].startswith("line ") and "quote_sha256" in cited.data)
    ]
    assert incomplete == []


def test_the_project_cites_each_of_its_own_documents() -> None:
    assert set(project_documents()) == {"S0", "S1", "S2", "S3"}
    assert {cited.data["source"] for cited in citations()} >= set(project_documents())


def test_only_the_projects_own_documents_are_quoted_by_hash() -> None:
    ours = project_documents()
    others = [c for c in citations() if "quote_sha256" in c.data and c.data["source"] not in ours]
    assert others == []


def test_white_space_between_the_cited_words_does_not_count() -> None:
    assert quoted_words("line 2, words 2-3", LINES) == "two three"


@pytest.mark.parametrize(
    ("citation", "message"),
    [
        ({"locator": "line 2, words 2-3", "quote_sha256": TWO_THREE}, None),
        ({"locator": "line 2, words 1-3", "quote_sha256": TWO_THREE}, "not the hash"),
        ({"locator": "line 2, words 2-3", "quote_sha256": "0" * 64}, "not the hash"),
        ({"locator": "line 2, words 2-3"}, "quote_sha256 is missing"),
        ({"locator": "line 2, words 2-4", "quote_sha256": TWO_THREE}, "no such place"),
        ({"locator": "line 2, words 3-2", "quote_sha256": TWO_THREE}, "no such place"),
        ({"locator": "line 9, words 1-2", "quote_sha256": TWO_THREE}, "no such place"),
        ({"locator": "second line", "quote_sha256": TWO_THREE}, "not of the form"),
    ],
    ids=lambda value: value["locator"] if isinstance(value, dict) else None,
)
def test_a_citation_that_is_wrong_is_told(citation: dict[str, str], message: str | None) -> None:
    found = fault(citation, LINES)
    assert (found is None) if message is None else (found is not None and message in found)


def test_documents_other_than_those_cited_are_told(tmp_path: Path) -> None:
    for document in project_documents().values():
        (tmp_path / document.file).write_text("something else", encoding="utf-8")
    other = [line.split(":")[0] for line in faults(tmp_path) if "its SHA-256 differs" in line]
    assert other == list(project_documents())


def test_missing_documents_are_told(tmp_path: Path) -> None:
    assert list(faults(tmp_path)) == [
        f"{source}: {document.file} is missing" for source, document in project_documents().items()
    ]


@pytest.mark.parametrize(
    ("arguments", "code"), [(["."], 1), ([], 2), (["--help"], 2)], ids=["faults", "no folder", "option"]
)
def test_the_script_says_by_its_exit_code_what_it_found(
    arguments: list[str], code: int, tmp_path: Path
) -> None:
    script = [sys.executable, str(REPOSITORY / "tests" / "citations.py"), *arguments]
    done = subprocess.run(script, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == code


def test_the_script_finds_nothing_wrong_with_the_documents(sources: Path) -> None:
    script = [sys.executable, str(REPOSITORY / "tests" / "citations.py"), str(sources)]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1].split(", ")[-1]) == (0, "0 faults")
