"""What many tests need: a screener over the shipped knowledge base and a clean intake."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from citations import project_documents
from engine import Screener, load_knowledge_base, make_intake

SCREENED_ON = date(2026, 6, 15)

# Tests run the command line in other folders too: what was found from here is found from there.
_PATHS = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
os.environ["PYTHONPATH"] = os.pathsep.join(str(Path(path).resolve()) for path in _PATHS)

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "sources"

Assessment = dict[str, Any]
Screen = Callable[[Mapping[str, Any]], Assessment]


@pytest.fixture(scope="session")
def screener() -> Screener:
    return Screener(load_knowledge_base())


@pytest.fixture(scope="session")
def screen(screener: Screener) -> Screen:
    """Screen a partial intake on 15 June 2026."""

    def run(intake: Mapping[str, Any]) -> Assessment:
        return screener.screen(make_intake({"intake_id": "test", **intake}, SCREENED_ON))

    return run


@pytest.fixture
def complete() -> dict[str, Any]:
    """An intake in which everything was asked and nothing stands against treatment."""
    return {
        "intake_id": "complete",
        "screened_on": SCREENED_ON.isoformat(),
        "client": {
            "age_years": 34,
            "pregnancy": "no",
            "breastfeeding": "no",
            "skin_sensitivity": "normal",
            "fitzpatrick_type": 2,
        },
        "treatment": {"setting": "clinic", "device": "pen", "areas": ["face"], "goals": ["acne_scars"]},
        "conditions": [],
        "medications": [],
        "procedures": [],
        "allergies": [],
        "lifestyle": {"alcohol": "none", "smoking": "no", "last_sunburn_or_tan": "none"},
    }


@pytest.fixture(scope="session")
def sources() -> Path:
    """The folder with the project's documents; a test that wants it is skipped where it is missing.

    The environment variable NEEDLECHECK_SOURCES names the folder. Where CI is ``true`` or
    NEEDLECHECK_REQUIRE_SOURCES is ``1``, the documents must be there.
    """
    folder = Path(os.environ.get("NEEDLECHECK_SOURCES") or SHARED)
    if not all((folder / document.file).is_file() for document in project_documents().values()):
        message = f"the project's documents are not in {folder} (NEEDLECHECK_SOURCES names the folder)"
        if os.environ.get("CI") == "true" or os.environ.get("NEEDLECHECK_REQUIRE_SOURCES") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture
def told(complete: dict[str, Any]) -> Callable[..., bytes]:
    """A complete intake as text; the answers come over what it says."""

    def text(intake_id: str = "a", **answers: Any) -> bytes:
        intake = {**complete, "intake_id": intake_id}
        for key, answer in answers.items():
            before = intake.get(key)
            intake[key] = {**before, **answer} if isinstance(before, dict) else answer
        return json.dumps(intake, ensure_ascii=False).encode()

    return text


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """A folder for the results of an audit; it is not there yet."""
    return tmp_path / "out"


@pytest.fixture
def each_knowledge_base_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from audit_runs import load_once  # only the audit's tests need it

    monkeypatch.setattr("commands.inputs.load_knowledge_base", load_once)
