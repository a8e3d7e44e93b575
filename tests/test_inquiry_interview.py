"""The interview: settled with half the questions, the verdict of the full intake, and its dialogue."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Final

import click
import orjson
import pytest
from click.testing import CliRunner, Result

from benchmarks.mix import realistic
from case_files import REPOSITORY
from cli import main
from engine import SHIPPED, KnowledgeBase, Screener, load_knowledge_base, make_intake, read_intake
from engine.dates import age_on, parse_date
from engine.intake import LISTS, NOT_ANSWERED
from engine.schemas import violations
from inquiry.dialogue import value_of
from inquiry.edits import END_OF_LIST
from inquiry.inquirer import Inquirer
from inquiry.interview import Interview
from inquiry.interview_command import command as interview_command
from intakes import words
from thorough import drawn

# Simulated clients


CLIENTS: Final = drawn(1_000)
FEW: Final = 30
LONGEST: Final = 40
ASKED_OF_EVERYBODY: Final = 14
ASKED_OF_AN_ENTRY: Final = {
    "conditions": 2,  # how it is now, and since when
    "medications": 3,  # whether it is used now, the day of the last dose, and how it is used
    "procedures": 1,  # on what day
    "allergies": 0,
}
ANSWERS: Final = {
    "client": ("pregnancy", "breastfeeding", "skin_sensitivity"),
    "treatment": ("device", "needle_material"),
    "lifestyle": ("alcohol", "smoking", "last_sunburn_or_tan"),
}
STATUSES: Final = {
    "conditions": ("active", "controlled", "resolved"),
    "medications": ("current", "stopped"),
}
Record = dict[str, Any]


class Client:
    """Somebody who knows every answer; what the record leaves out was drawn once and for all."""

    def __init__(self, record: Record, draw: Random) -> None:
        self.record = record
        self._draw = draw
        self._today = parse_date(record["screened_on"])
        self._complete_answers()
        for name in LISTS:
            for entry in record.setdefault(name, []):
                self._complete(name, entry)

    def _complete_answers(self) -> None:
        client = self.record.setdefault("client", {})
        if "birth_date" not in client:
            client.setdefault("age_years", self._draw.randint(18, 70))
        client.setdefault("fitzpatrick_type", self._draw.randint(1, 6))
        self.record.setdefault("treatment", {}).setdefault("needle_material", "steel")
        for section, keys in ANSWERS.items():
            said = self.record.setdefault(section, {})
            for key in keys:
                if said.get(key, "unknown") in NOT_ANSWERED:
                    known = [word for word in words(section, key) if word not in NOT_ANSWERED]
                    said[key] = self._draw.choice(known)

    def _complete(self, list_name: str, entry: Record) -> None:
        if list_name in STATUSES and entry.get("status", "unknown") == "unknown":
            is_over = "stopped_on" in entry
            entry["status"] = "stopped" if is_over else self._draw.choice(STATUSES[list_name])
        dated = {"conditions": "since", "procedures": "performed_on"}.get(list_name)
        if entry.get("status") == "stopped":
            dated = "stopped_on"
        if dated:
            days = timedelta(days=self._draw.randrange(1_000))
            entry.setdefault(dated, (self._today - days).isoformat())
        if "code" in entry:
            entry.pop("route", None)  # the code tells it, or it is asked; nobody contradicts himself
        if "diabet" in str(entry.get("name")).casefold() and entry.get("status") == "active":
            entry["status"] = "controlled"  # “active” leaves open whether it is under control

    def begin(self) -> Record:
        """What is known before anybody is asked: the day, and what is planned where."""
        planned = {k: v for k, v in self.record["treatment"].items() if k not in ANSWERS["treatment"]}
        return {
            "intake_id": self.record["intake_id"],
            "screened_on": self.record["screened_on"],
            "treatment": planned,
        }

    def answer(self, path: str) -> Any:
        section, *steps = path.split("/")[1:]
        if steps[0:1] == [END_OF_LIST]:
            return (self._today - timedelta(days=self._draw.randrange(1_000))).isoformat()
        if section in LISTS:
            entries = self.record[section]
            return self._about(entries[int(steps[0])], steps[1]) if steps else list(map(told, entries))
        if path == "/client/age_years" and "birth_date" in self.record["client"]:
            return age_on(parse_date(self.record["client"]["birth_date"]), self._today)
        return self.record[section][steps[0]]

    def _about(self, entry: Record, key: str) -> Any:
        if key == "route":
            entry.setdefault("route", self._draw.choice(["oral", "topical"]))
        return entry[key]


def told(entry: Record) -> Record:
    """What a client says of an entry when all are asked for: names and places, and what is over."""
    over = {"status"} if entry.get("status") in ("absent", "resolved") else set()
    return {key: value for key, value in entry.items() if key in {"name", "code", "areas", *over}}


def questions_of_the_full_questionnaire(record: Record) -> int:
    entries = sum(count * len(record[name]) for name, count in ASKED_OF_AN_ENTRY.items())
    return ASKED_OF_EVERYBODY + entries


def interviewed(inquirer: Inquirer, client: Client, *, complete: bool = False) -> Interview:
    interview = Interview(inquirer, client.begin(), date(2026, 6, 15), complete=complete)
    while (question := interview.next()) is not None:
        interview.answer(client.answer(question.path))
        if f"/{END_OF_LIST}/" in question.path:  # what a condition speaks of belongs to the full intake
            client.record["medications"].append(interview.intake.document["medications"][-1])
        assert len(interview.asked) < LONGEST
    return interview


def clients(screener: Screener, count: int, seed: int = 1) -> Iterator[Client]:
    draw = Random(seed)
    for text in islice(realistic(screener.knowledge_base, seed), count):
        yield Client(orjson.loads(text), draw)


@pytest.fixture(scope="module")
def inquirer(screener: Screener) -> Inquirer:
    return Inquirer(screener)


def test_clients_are_settled_as_by_their_full_intake_with_at_most_half_of_the_questions(
    inquirer: Inquirer,
) -> None:
    """1,000 clients (see :mod:`thorough`), asked by the object that the command asks with.

    The full questionnaire is counted as a clinic would print it: the 14 questions that everybody is
    asked, and for each entry that the client names 2 (a condition), 3 (a medicine), 1 (a procedure) or
    none (an allergy). A client tells with a list what is over or was denied, since something that is
    only named counts as there now; whatever else there is to say of an entry waits until it is asked.
    """
    asked = full = 0
    for client in clients(inquirer.screener, CLIENTS):
        interview = interviewed(inquirer, client)
        verdict = inquirer.assess(make_intake(client.record))["verdict"]
        assert interview.range().is_settled, client.record
        assert inquirer.assess(interview.intake)["verdict"] == verdict, client.record
        asked += len(interview.asked)
        full += questions_of_the_full_questionnaire(client.record)
    assert asked <= full / 2


def test_the_full_questionnaire_counts_what_the_rules_ask(screener: Screener) -> None:
    paths = {question.path for question in screener.knowledge_base.questions.values()}
    assert sum("*" not in path for path in paths) == ASKED_OF_EVERYBODY
    of_entries = {name: sum(path.startswith(f"/{name}/*") for path in paths) for name in LISTS}
    assert of_entries == ASKED_OF_AN_ENTRY


def test_a_complete_interview_asks_more_and_finds_the_same(inquirer: Inquirer) -> None:
    more = 0
    for client in clients(inquirer.screener, FEW, seed=2):
        short = interviewed(inquirer, client)
        whole = interviewed(inquirer, client, complete=True)
        verdicts = {inquirer.assess(interview.intake)["verdict"] for interview in (short, whole)}
        assert len(verdicts) == 1, client.record
        more += len(whole.asked) - len(short.asked)
    assert more > FEW


def test_what_was_taken_back_is_as_if_it_had_never_been_said(inquirer: Inquirer) -> None:
    for client in clients(inquirer.screener, FEW, seed=3):
        interview = interviewed(inquirer, client)
        began = interview.asked[0].before
        paths = [step.question.path for step in interview.asked]
        for path in reversed(paths):
            assert interview.back()
            question = interview.next()
            assert question is not None
            assert question.path == path
        assert not interview.back()
        assert interview.intake.document == began


# The dialogue


DAY: Final = "2026-06-15"
FULL_DISK: Final = Path("/dev/full")
OVERLAY: Final = REPOSITORY / "examples" / "overlay"
HEALTHY: Final = {
    "/medications": "none",
    "/conditions": "none",
    "/allergies": "none",
    "/procedures": "nothing",
    "/client/skin_sensitivity": "normal",
    "/client/pregnancy": "no",
    "/client/breastfeeding": "not applicable",
    "/client/age_years": "34",
    "/client/fitzpatrick_type": "2",
    "/lifestyle/last_sunburn_or_tan": "none",
    "/lifestyle/alcohol": "1",
    "/lifestyle/smoking": "no",
}


@pytest.fixture(autouse=True)
def _make_each_inquirer_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading the rules and finding out what they can hear takes longer than every dialogue."""
    monkeypatch.setattr("commands.inputs.load_knowledge_base", load_once)
    monkeypatch.setattr("inquiry.interview_command.Inquirer", inquirer_once)


@cache
def load_once(folder: Path, overlays: tuple[Path, ...], *, include_drafts: bool) -> KnowledgeBase:
    return load_knowledge_base(folder, overlays, include_drafts=include_drafts)


INQUIRERS: Final[dict[str, Inquirer]] = {}


def inquirer_once(screener: Screener) -> Inquirer:
    return INQUIRERS.setdefault(screener.knowledge_base.digest, Inquirer(screener))


def talk(*lines: str, options: Iterable[str | Path] = ()) -> Result:
    """A whole dialogue; the input ends after the lines."""
    arguments = ["interview", "--on", DAY, *map(str, options)]
    done = CliRunner().invoke(main, arguments, input="".join(f"{line}\n" for line in lines))
    assert "Traceback" not in done.stderr
    return done


def result_of(done: Result) -> tuple[Record, Record]:
    """The intake and the assessment of a dialogue with ``--format json``."""
    assert done.exit_code == 0, done.stderr
    result = json.loads(done.stdout)
    assert violations("intake", result["intake"]) == []
    assert violations("assessment", result["assessment"]) == []
    return result["intake"], result["assessment"]


def known_but(folder: Path, complete: Record, *places: str, **more: Any) -> list[str]:
    """Options that begin with an intake of which everything is known but some places."""
    document = {**complete, **more}
    for place in places:
        section, _, key = place[1:].partition("/")
        document[section] = {k: v for k, v in document[section].items() if k != key} if key else None
    file = folder / "partial.json"
    told = {key: value for key, value in document.items() if value is not None}
    file.write_text(json.dumps(told), encoding="utf-8")
    return ["--from", str(file), "--format", "json"]


def test_answers_are_typed_until_the_verdict_is_settled(inquirer: Inquirer) -> None:
    in_order = []
    interview = Interview(inquirer, {"intake_id": "a", "screened_on": DAY}, parse_date(DAY))
    while (question := interview.next()) is not None:
        in_order.append(HEALTHY[question.path])
        interview.answer(value_of(in_order[-1], question) if question.path[1:] not in LISTS else [])
    done = talk(*in_order)
    assert done.exit_code == 0
    assert done.stdout.startswith("CAN BE TREATED (eligible)\n")
    assert f"Settled after {len(HEALTHY)} questions.\n" in done.stderr
    intake, assessment = result_of(talk(*in_order, options=["--format", "json", "--id", "Zoë"]))
    assert intake == {**interview.intake.document, "intake_id": "Zoë"}
    assert assessment == inquirer.screener.screen(make_intake(intake))


@pytest.mark.parametrize("answers", [{"medications": [{"name": "warfarin"}]}, {}])
def test_nothing_is_asked_once_the_verdict_is_settled(
    answers: Record, complete: Record, tmp_path: Path
) -> None:
    done = talk("no", "no", options=known_but(tmp_path, complete, **answers))
    assert done.stderr == "\nSettled after 0 questions.\n"
    assert result_of(done)[0]["intake_id"] == "complete"


def test_complete_asks_the_rest(complete: Record, tmp_path: Path) -> None:
    blood_thinner = {"medications": [{"name": "warfarin"}]}
    partial = known_but(tmp_path, complete, "/client/pregnancy", "/lifestyle/smoking", **blood_thinner)
    intake, assessment = result_of(talk("no", "yes", options=[*partial, "--complete"]))
    assert intake["client"]["pregnancy"] == "no"
    assert intake["lifestyle"]["smoking"] == "yes"
    assert assessment["verdict"] == "contraindicated"
    short, _ = result_of(talk("no", "yes", options=partial))
    assert "smoking" not in short["lifestyle"]


def test_why_tells_why_and_what_each_answer_would_do(complete: Record, tmp_path: Path) -> None:
    done = talk("why", "no", options=known_but(tmp_path, complete, "/client/pregnancy"))
    told = " ".join(done.stderr.split())
    assert "Cosmetic treatment waits until a pregnancy has ended. What answers would do: " in told
    assert "“no”: possible (eligible), settled" in told
    assert result_of(done)[0]["client"]["pregnancy"] == "no"


@pytest.mark.parametrize(
    ("typed", "place", "kept"),
    [
        ("?", "/client/pregnancy", "unknown"),
        ("unknown", "/client/pregnancy", "unknown"),
        ("-", "/client/pregnancy", "declined"),
        ("Declined", "/lifestyle/alcohol", "declined"),
        ("?", "/client/age_years", None),
        ("-", "/client/age_years", None),
        ("?", "/treatment/needle_material", "unknown"),
        ("3", "/client/pregnancy", "possible"),
        ("Not applicable", "/client/pregnancy", "not_applicable"),
        ("2026-06-01", "/lifestyle/last_sunburn_or_tan", "2026-06-01"),
        ("NONE", "/lifestyle/last_sunburn_or_tan", "none"),
        ("2", "/client/fitzpatrick_type", 2),
    ],
)
def test_an_answer_is_kept_as_it_was_meant(
    typed: str, place: str, kept: Any, complete: Record, tmp_path: Path
) -> None:
    nickel = {"allergies": [{"name": "nickel"}]} if place == "/treatment/needle_material" else {}
    done = talk(typed, options=known_but(tmp_path, complete, place, **nickel))
    _, section, key = place.split("/")
    assert "1. " in done.stderr
    assert result_of(done)[0][section].get(key) == kept


@pytest.mark.parametrize(
    ("place", "typed", "told"),
    [
        ("/client/pregnancy", "perhaps", "Please type a number or a word; or ? if it is not known."),
        ("/client/pregnancy", "", "Please type a number or a word"),
        ("/client/pregnancy", "9", "Please type a number or a word"),
        ("/client/pregnancy", "²", "Please type a number or a word"),
        ("/client/age_years", "121", "Please type a whole number from 0 to 120"),
        ("/client/age_years", "-3", "Please type a whole number from 0 to 120"),
        ("/client/age_years", "9" * 5_000, "Please type a whole number from 0 to 120"),
        ("/client/fitzpatrick_type", "7", "Please type a whole number from 1 to 6"),
        ("/lifestyle/last_sunburn_or_tan", "last week", "or a date such as 2026-03-31"),
        ("/lifestyle/last_sunburn_or_tan", "2026-02-30", "or a date such as 2026-03-31"),
        ("/lifestyle/last_sunburn_or_tan", "2026-06-16", "a date up to the screening on 2026-06-15"),
        ("/medications", "", "Please type one a line"),
        ("/conditions", "", "“none” if there is nothing"),
        ("/conditions", "back", "There is nothing to take back."),
    ],
)
def test_what_answers_nothing_is_told_and_asked_again(
    place: str, typed: str, told: str, complete: Record, tmp_path: Path
) -> None:
    right = {"/client/age_years": "34", "/client/fitzpatrick_type": "2"}
    done = talk(typed, right.get(place, "1" if "/client" in place else "none"),
                options=known_but(tmp_path, complete, place))  # fmt: skip
    assert told in " ".join(done.stderr.split())
    assert "Settled after 1 question.\n" in done.stderr
    assert result_of(done)[1]["questions"] == []


@pytest.mark.parametrize(
    ("place", "lines", "kept"),
    [
        ("/medications", ["vitamin D", "paracetamol", ""], ["vitamin D", "paracetamol"]),
        ("/medications", ["paracetamoll", "paracetamol", ""], ["paracetamol"]),
        ("/medications", ["flarp", "", "paracetamol", ""], ["flarp", "paracetamol"]),
        ("/medications", ["vitamin D", "back", "paracetamol", ""], ["paracetamol"]),
        ("/medications", ["why", "vitamin D", "why", ""], ["vitamin D"]),
        ("/medications", ["vitamin D", "?", ""], ["vitamin D"]),
        ("/allergies", ["Penicillin", ""], ["Penicillin"]),
        ("/conditions", ["history of acne", "hay fever", ""], ["history of acne", "hay fever"]),
        ("/conditions", ["acne @ moon", "", "hay fever", ""], ["hay fever"]),
        ("/conditions", ["@ face", "hay fever", ""], ["hay fever"]),
        ("/conditions", ["@ face", "", "no"], []),
        ("/medications", ["vitamin D"], ["vitamin D"]),
    ],
)
def test_a_list_is_typed_line_by_line(
    place: str, lines: list[str], kept: list[str], complete: Record, tmp_path: Path
) -> None:
    partial = known_but(tmp_path, complete, place)
    intake, _ = result_of(talk(*lines, options=partial))
    assert [entry["name"] for entry in intake[place[1:]]] == kept


def test_a_place_on_the_body_follows_an_at_sign(complete: Record, tmp_path: Path) -> None:
    partial = known_but(tmp_path, complete, "/conditions")
    intake, _ = result_of(talk("Acne @ Around eyes, chest", "", options=partial))
    assert intake["conditions"][0] == {"name": "Acne", "areas": ["around_eyes", "chest"]}


def test_a_slip_is_told_with_names_that_come_close(complete: Record, tmp_path: Path) -> None:
    partial = known_but(tmp_path, complete, "/medications")
    done = talk("warfrin", "warfarin", "", options=partial)
    assert "“warfrin” is not understood: not in the vocabulary; did you mean warfarin" in done.stderr
    assert result_of(done)[1]["unrecognised"] == []


def test_answers_are_taken_back_across_several_questions(complete: Record, tmp_path: Path) -> None:
    partial = known_but(tmp_path, complete, "/medications", "/conditions", "/client/pregnancy")
    first = ["vitamin D", "", "hay fever", ""]
    done = talk(*first, "back", "back", "paracetamol", "", "none", "no", options=partial)
    intake, _ = result_of(done)
    assert [entry["name"] for entry in intake["medications"]] == ["paracetamol"]
    assert intake["conditions"] == []
    asked = [line for line in done.stderr.splitlines() if line[:3] in ("1. ", "2. ", "3. ")]
    assert [line[0] for line in asked] == ["1", "2", "3", "2", "1", "2", "3"]


@pytest.mark.parametrize("end", [["quit"], ["QUIT", "no"], []])
def test_leaving_keeps_what_was_answered(end: list[str], complete: Record, tmp_path: Path) -> None:
    partial = known_but(tmp_path, complete, "/conditions", "/lifestyle/smoking")
    done = talk("hay fever", "", *end, options=partial)
    intake, assessment = result_of(done)
    assert intake["conditions"] == [{"name": "hay fever"}]
    assert "smoking" not in intake["lifestyle"]
    assert assessment["questions"] != []
    assert "Not settled: it could still be" in done.stderr


def test_half_a_list_is_not_taken_for_the_whole(complete: Record, tmp_path: Path) -> None:
    done = talk("vitamin D", "quit", options=known_but(tmp_path, complete, "/medications"))
    intake, assessment = result_of(done)
    assert "medications" not in intake
    assert assessment["verdict"] == "incomplete"
    assert "This list was not finished, so it is left out." in done.stderr


def test_needles_are_asked_about_where_it_matters(complete: Record, tmp_path: Path) -> None:
    partial = known_but(tmp_path, complete, allergies=[{"name": "nickel"}])
    verdicts = {answer: result_of(talk(answer, options=partial))[1]["verdict"] for answer in ("1", "2")}
    assert verdicts["1"] == "contraindicated"
    assert verdicts["2"] != "contraindicated"


@pytest.mark.parametrize(("day", "verdict"), [("2026-11-10", "referral"), ("2020-01-01", "incomplete")])
def test_when_a_medicine_ended_of_which_a_condition_speaks(
    day: str, verdict: str, complete: Record, tmp_path: Path
) -> None:
    ended = {"conditions": [{"name": "long-term anticoagulants", "status": "resolved"}]}
    done = talk("why", day, options=known_but(tmp_path, complete, screened_on="2026-11-16", **ended))
    assert "on what day was the last dose?" in done.stderr
    assert "“2026-11-16”: a clinician decides first" in " ".join(done.stderr.split())
    intake, assessment = result_of(done)
    assert intake["medications"] == [{"name": "anticoagulant", "status": "stopped", "stopped_on": day}]
    assert assessment["verdict"] == verdict


def test_an_interview_is_taken_up_where_it_was_left(tmp_path: Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    talk("none", "hay fever", "", "quit", options=["--output", first])
    done = talk("none", "quit", options=["--from", first, "--output", second, "--id", "again"])
    assert done.exit_code == 0, done.stderr
    intake = read_intake(second.read_bytes()).document
    assert intake["intake_id"] == "again"
    assert (intake["medications"], intake["conditions"]) == ([], [{"name": "hay fever"}])
    assert intake["allergies"] == []


# What is written


def test_the_intake_and_its_assessment_are_written(tmp_path: Path, inquirer: Inquirer) -> None:
    file = tmp_path / "Zoë.json"
    done = talk("warfarin", "", "quit", options=["--output", file])
    intake = read_intake(file.read_bytes())
    assert intake.document["medications"][0]["name"] == "warfarin"
    beside = tmp_path / "Zoë.json.assessment.json"
    assert json.loads(beside.read_bytes()) == inquirer.screener.screen(intake)
    assert f"Written: {file}\nWritten: {beside}\n" in done.stderr
    assert b"\r" not in file.read_bytes() + beside.read_bytes()


@pytest.mark.parametrize("taken", ["intake.json", "intake.json.assessment.json"])
def test_nothing_is_replaced_unless_that_is_asked_for(taken: str, tmp_path: Path) -> None:
    (tmp_path / taken).write_text("precious", encoding="utf-8")
    options: list[str | Path] = ["--output", tmp_path / "intake.json"]
    done = talk("none", options=options)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"needlecheck: {tmp_path / taken} is there already; --force replaces it\n"
    assert [file.read_text(encoding="utf-8") for file in tmp_path.iterdir()] == ["precious"]
    assert talk("none", options=[*options, "--force"]).exit_code == 0
    assert "precious" not in (tmp_path / taken).read_text(encoding="utf-8")


def test_a_folder_that_is_not_there_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    done = talk("none", options=["--output", tmp_path / "nowhere" / "intake.json"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"needlecheck: {tmp_path / 'nowhere'} is no folder to write to\n"


def test_a_folder_is_no_file_to_write(tmp_path: Path) -> None:
    assert talk("none", options=["--output", tmp_path]).exit_code == 2


@pytest.mark.skipif(not FULL_DISK.exists(), reason="only some systems have a device that is always full")
def test_what_was_told_is_shown_though_the_disk_is_full(tmp_path: Path) -> None:
    full = tmp_path / "intake.json"
    full.symlink_to(FULL_DISK)
    options: list[str | Path] = ["--output", full, "--force", "--format", "json"]
    done = talk("warfarin", "", "quit", options=options)
    assert done.exit_code == 1
    assert "intake.json cannot be written: " in done.stderr
    assert json.loads(done.stdout)["intake"]["medications"][0]["name"] == "warfarin"


# Rules and input


def test_an_overlay_asks_its_own_questions(complete: Record, tmp_path: Path) -> None:
    older = {**complete, "client": {**complete["client"], "age_years": 71}, "procedures": None}
    partial = known_but(tmp_path, older)
    overlay: list[str | Path] = [*partial, "--overlay", OVERLAY]
    assert result_of(talk("none", options=partial))[1]["verdict"] == "eligible"
    assert result_of(talk("none", options=overlay))[1]["verdict"] == "referral"


def test_the_rules_can_be_chosen() -> None:
    usual = talk("warfarin", "", "quit").stdout
    chosen: list[str | Path] = ["--knowledge-base", SHIPPED, "--format", "text"]
    assert talk("warfarin", "", "quit", options=chosen).stdout == usual
    assert "drafts included" not in usual
    assert "drafts included" in talk("warfarin", "", "quit", options=["--include-drafts"]).stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "line 1, column 2"), ('{"intake_id": "a", "medication": []}', 'did you mean "medications"?')],
)
def test_a_beginning_that_cannot_be_used_is_refused(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "partial.json"
    file.write_text(text, encoding="utf-8")
    done = talk("none", options=["--from", file])
    assert (done.exit_code, done.stdout) == (1, "")
    assert told in done.stderr


@pytest.mark.parametrize("name", ["", "x" * 129])
def test_a_name_that_no_intake_can_have_is_refused(name: str) -> None:
    done = talk("none", options=["--id", name])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "needlecheck: this is no valid intake:\n  /intake_id: found " in done.stderr


@pytest.mark.parametrize("line", [b"\xff\xfe", b"\x1b[31m", b"\xe2\x80\xae", b"\x00"])
def test_bytes_that_are_no_words_cannot_steer_the_terminal(line: bytes) -> None:
    done = CliRunner().invoke(main, ["interview", "--on", DAY], input=line + b"\n\n\nquit\n")
    assert done.exit_code == 0
    assert "is not understood" in done.stderr
    unsafe = {c for c in done.stderr + done.stdout if unicodedata.category(c) in ("Cc", "Cf")}
    assert unsafe == {"\n"}


def test_a_byte_order_mark_is_no_answer(complete: Record, tmp_path: Path) -> None:
    partial = known_but(tmp_path, complete, "/client/pregnancy")
    done = CliRunner().invoke(main, ["interview", *partial], input="\ufeffno\r\n".encode())
    assert result_of(done)[0]["client"]["pregnancy"] == "no"


def test_questions_fit_a_screen() -> None:
    done = talk("acne @ moon", "warfrin", "", "", "why", "?", "perhaps", "quit")
    assert max(map(len, (done.stderr + done.stdout).splitlines())) <= 80


def test_every_option_says_what_it_is_for() -> None:
    shown = CliRunner().invoke(main, ["interview", "--help"]).stdout
    options = [o for o in interview_command.params if isinstance(o, click.Option)]
    assert len(options) == 10
    assert [option.opts[0] for option in options if option.opts[0] not in shown or not option.help] == []
