"""An assessment as plain text for the front desk: 80 columns, no colour, no tables.

The verdict comes first, then why, what to do and when to come back, what to ask, the sources.
With ``details`` the clinician's part is added: rationale, proof, disagreements, care.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from engine.intake import LISTS
from engine.judgement import day_in_words

WIDTH: Final = 79
_SHORT: Final = 5
_ISO_DAY: Final = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")

_VERDICTS: Final = {
    "contraindicated": "DO NOT TREAT",
    "deferred": "WAIT: NOT TODAY",
    "referral": "ASK A CLINICIAN FIRST",
    "incomplete": "NOT DECIDED YET: ASK FIRST",
    "eligible_with_precautions": "CAN BE TREATED, WITH CARE",
    "eligible": "CAN BE TREATED",
}
_LEVELS: Final = {
    "contraindication": "Rules it out",
    "deferral": "Has to wait",
    "referral": "For a clinician",
    "precaution": "With care",
}
_KEYS: Final = {
    "level": "how strict it is",
    "title": "its title",
    "because": "the reason",
    "action": "what to do",
}
DISCLAIMER: Final = "This is decision support, not a diagnosis, and no reason to stop a medicine."


def render_text(assessment: Mapping[str, Any], *, details: bool = False) -> str:
    """The assessment as text, each line at most 79 characters, ending in a line break.

    Words from the intake are shown with control characters escaped; a word longer than the
    line is broken.
    """
    verdict = assessment["verdict"]
    lines = [
        f"{_VERDICTS[verdict]} ({verdict.replace('_', ' ')})",
        *_wrap(assessment["headline"]),
        *_wrap(
            f"Intake {assessment['intake_id']}, screened on {day_in_words(assessment['screened_on'])}"
        ),
    ]
    for title, body in (
        ("Why", _why(assessment["findings"], details=details)),
        ("What to do", _what_to_do(assessment)),
        ("What to ask", _what_to_ask(assessment, details=details)),
        ("Not understood", _not_understood(assessment["unrecognised"])),
        ("Before and after a session", _care(assessment["care"]) if details else ()),
        ("Goals that the sources support", _goals(assessment) if details else ()),
        ("Sources", _sources(assessment, details=details)),
    ):
        section = list(body)
        if section:
            lines += ["", title.upper(), *section]
    lines += ["", *_wrap(DISCLAIMER), *_wrap(_identity(assessment, details=details))]
    return "\n".join(lines) + "\n"


def printable(text: str) -> str:
    """A text safe to print: control, format and line-separating characters are escaped."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def _why(findings: Sequence[Mapping[str, Any]], *, details: bool) -> Iterator[str]:
    for finding in findings:
        yield from _wrap(f"{_LEVELS[finding['level']]}: {finding['title']}", "- ", "  ")
        for remark in _standing(finding):
            yield from _wrap(remark, "    ", "    ")
        for item in finding["evidence"]:
            yield from _wrap(_evidence(item), "    ", "    ")
        if details:
            yield from _proof(finding)


def _evidence(item: Mapping[str, Any]) -> str:
    """What was said, and what it means unless that is the same: ``Smoking: "yes"``."""
    means = _ISO_DAY.sub(lambda day: day_in_words(day[0]), item["means"])
    section, _, key = item["path"][1:].partition("/")
    said = _quoted(item["value"])
    if section in LISTS or "/" in key:
        return f"{said}: {means}"
    label = key.replace("_", " ")
    meaning = means.removeprefix(f"{label}: ")
    is_told = str(item["value"]) in meaning.split(" or ")
    return f"{label.capitalize()}: {said}" + ("" if is_told else f" ({meaning})")


def _standing(finding: Mapping[str, Any]) -> Iterator[str]:
    """Whose rule it is, if not simply a shipped one that is in use."""
    if "draft" in finding:
        yield "Draft: this rule is not in use yet."
    if "added_by" in finding:
        yield f"Added by {_in_words(finding['added_by'])}."
    for change in finding.get("changed", ()):
        keys = _listed([_KEYS[key] for key in change["keys"]])
        yield f"Changed by {_in_words(change['overlay'])} ({keys}): {change['reason']}"


def _proof(finding: Mapping[str, Any]) -> Iterator[str]:
    yield from _wrap(f"Rule {finding['rule']}. {finding['because']}", "    ", "    ")
    for step in finding["derivation"]:
        text = f"{step['step']}: {step['says']} is {step['value']}"
        if step["step"] == "observed" and step["from"]:
            text += f" (from {', '.join(step['from'])})"
        yield from _wrap(text, "    > ", "      ")
    if finding["disagreement"]:
        yield from _wrap(f"Sources differ: {finding['disagreement']}", "    ", "    ")


def _what_to_do(assessment: Mapping[str, Any]) -> Iterator[str]:
    for action in dict.fromkeys(finding["action"] for finding in assessment["findings"]):
        yield from _wrap(action, "- ", "  ")
    for sentence in _coming_back(assessment):
        yield from _wrap(sentence, "- ", "  ")
    if assessment["verdict"] in ("eligible", "eligible_with_precautions"):
        yield from _wrap(_plan(assessment["plan"]), "- ", "  ")
        yield from _wrap("Give the care instructions (shown with --details).", "- ", "  ")


def _coming_back(assessment: Mapping[str, Any]) -> Iterator[str]:
    again = assessment["rescreen"]
    if again is None:
        return
    if again["by_review_only"]:
        yield "Come back: only after a clinician has reviewed this; it does not pass by itself."
    if again["on"]:
        yield f"Screen again: not before {day_in_words(again['on'])}."
    if again["when"]:
        yield "Screen again only when: " + "; ".join(again["when"]) + "."


def _plan(plan: Mapping[str, Any]) -> str:
    weeks, sessions = plan["interval_weeks"], plan["sessions"]
    apart = f"{weeks['min']} to {weeks['max']}" if weeks["max"] else f"{weeks['min']} or more"
    return f"Plan {sessions['min']} to {sessions['max']} sessions, {apart} weeks apart."


def _what_to_ask(assessment: Mapping[str, Any], *, details: bool) -> Iterator[str]:
    questions = assessment["questions"]
    shown = questions if details else questions[:_SHORT]
    for question in shown:
        yield from _wrap(question["ask"], "- ", "  ")
        if details:
            could = question["could_raise_to"].replace("_", " ")
            yield from _wrap(f"{question['path']}; an answer could lead to: {could}", "    ", "    ")
    if len(shown) < len(questions):
        yield from _wrap(f"{len(questions) - len(shown)} more (shown with --details)", "- ", "  ")
    asked = {question["id"] for question in questions}
    declined = {need for rule in assessment["undecided"] for need in rule["needs"]} - asked
    if declined:
        text = f"Not asked again, since the client declined: {', '.join(sorted(declined))}."
        yield from _wrap(f"{text} Without an answer a clinician has to decide.", "- ", "  ")
    drafts = [rule["title"] for rule in assessment["undecided"] if "draft" in rule]
    if drafts:
        yield from _wrap(
            f"Open because of drafts that are not in use yet: {'; '.join(drafts)}.", "- ", "  "
        )


def _not_understood(unrecognised: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for item in unrecognised:
        text = f"{_quoted(item['value'])} in {item['path']}: {item['why']}"
        if item["suggestions"]:
            text += "; did you mean " + ", ".join(item["suggestions"]) + "?"
        yield from _wrap(text, "- ", "  ")


def _care(care: Mapping[str, Any]) -> Iterator[str]:
    for part in ("before", "after"):
        for item in care[part]:
            days = f" ({item['days']} day{'s' if item['days'] > 1 else ''})" if item["days"] else ""
            yield from _wrap(f"{part.capitalize()}{days}: {item['text']}", "- ", "  ")


def _goals(assessment: Mapping[str, Any]) -> Iterator[str]:
    for item in assessment["indications"]:
        yield from _wrap(f"{item['label']}: {item['because']}", "- ", "  ")


def _sources(assessment: Mapping[str, Any], *, details: bool) -> Iterator[str]:
    cited: dict[str, dict[str, None]] = {}
    for finding in assessment["findings"]:
        for citation in finding["citations"]:
            place = f"{citation['locator']} ({citation['position']}; {citation['verified']})"
            cited.setdefault(citation["source"], {})[place] = None
    if details and cited:
        yield from _wrap("; ".join(f"{source}: {', '.join(cited[source])}" for source in sorted(cited)))
    elif cited:
        yield from _wrap(f"{', '.join(sorted(cited))} (where in each, and what it says: --details)")


def _identity(assessment: Mapping[str, Any], *, details: bool) -> str:
    base = assessment["knowledge_base"]
    digest = base["digest"] if details else base["digest"][:12]
    text = (
        f"needlecheck {assessment['engine']['version']}, knowledge base {base['id']} {base['version']}"
    )
    overlays = [f"{overlay['id']} {overlay['version']}" for overlay in base.get("overlays", ())]
    if overlays:
        text += f" with the overlay{'s' if len(overlays) > 1 else ''} {_listed(overlays)}"
    if "drafts" in base:
        text += ", drafts included"
    return f"{text} ({digest})"


def _in_words(overlay: str) -> str:
    """An overlay's id as people read it: ``example-clinic`` is Example clinic."""
    words = overlay.replace("-", " ")
    return words[0].upper() + words[1:]


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _wrap(text: str, first: str = "", rest: str = "") -> list[str]:
    """Fill lines of 79 columns; a word that is longer than a line is broken."""
    lines: list[str] = []
    indent, line = first, ""
    for word in printable(text).split():
        for piece in _pieces(word, WIDTH - max(len(first), len(rest))):
            longer = f"{line} {piece}" if line else piece
            if line and _columns(indent + longer) > WIDTH:
                lines.append(indent + line)
                indent, line = rest, piece
            else:
                line = longer
    return [*lines, indent + line]


def _pieces(word: str, width: int) -> Iterator[str]:
    """A word in pieces of at most ``width`` columns."""
    piece = ""
    for character in word:
        if _columns(piece + character) > width:
            yield piece
            piece = ""
        piece += character
    yield piece


def _columns(text: str) -> int:
    """The most columns that a text takes on a terminal: East Asian wide characters take two."""
    if text.isascii():
        return len(text)
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)
