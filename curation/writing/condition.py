"""Short forms of conditions: ``dental anaesthesia within 1 day in`` is what a rule file spells out.

A concept is named by its id or by any of its names. What is left out is not guessed where a guess
could make the rule mean something else: the form that was expected is told instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, final

from curation.errors import KeeperError
from curation.library import Library
from curation.meant import meant
from engine import answer_tests
from engine.atoms import concept_of
from engine.conditions import Concluded, Condition, ConditionError, leaves, parse_condition
from engine.references import References, answer_fields
from engine.schemas import violations
from engine.sound_parts import Losses
from engine.text import printable
from engine.yaml_text import parsed

_PERIOD: Final = r"(?P<within>[1-9][0-9]{0,3} (?:day|month)s?)"
_SITE: Final = r"(?: (?P<site>in|elsewhere|any))?"
_STATUS: Final = r"(?:active|controlled|resolved|unknown|present|reported|ever)"
_STATUSES: Final = rf"(?P<status>{_STATUS}(?:(?: or |,|\+){_STATUS})*)"


@final
class Form(NamedTuple):
    """A short form: how it is written, an example, what it asks, and what it stands for."""

    option: str
    pattern: str
    example: str
    asks: str
    spelt: Callable[[Mapping[str, str], Library], Any]


def _named(found: Mapping[str, str], library: Library) -> str:
    return concept_named(found["thing"], library)


def _status(written: str) -> str | list[str]:
    words = re.split(r" or |,|\+", written)
    return words[0] if len(words) == 1 and words[0] != "unknown" else words


def _has(found: Mapping[str, str], library: Library) -> dict[str, Any]:
    statuses = _status(found["status"])
    return {"is": _named(found, library), "status": statuses, "site": found["site"] or "any"}


def _done(found: Mapping[str, str], library: Library) -> dict[str, Any]:
    within = {"within": found["within"]} if found["within"] else {}
    return {"procedure": _named(found, library), **within, "site": found["site"] or "any"}


def _began(found: Mapping[str, str], library: Library) -> dict[str, Any]:
    return {"is": _named(found, library), "within": found["within"], "site": found["site"] or "any"}


def _stopped(found: Mapping[str, str], library: Library) -> dict[str, Any]:
    return {"medicine": _named(found, library), "within": found["within"]}


def _answer(found: Mapping[str, str], _: Library) -> dict[str, Any]:
    field = found["field"]
    if field not in answer_fields():
        raise KeeperError(f"an intake has no field {printable(field)}{meant(field, answer_fields())}")
    numbers = answer_tests.Between in answer_fields()[field].tests
    return {"field": field, **_answer_test(found["test"], numbers=numbers)}


def _answer_test(test: str, *, numbers: bool) -> dict[str, Any]:
    match test.split():
        case ["is", *rest] if rest:
            words = [word.strip(",") for word in rest if word != "or"]
            values = [int(word) if numbers and word.isdigit() else word for word in words]
            return {"is": values[0] if len(values) == 1 else values}
        case ["under", bound] if bound.isdigit():
            return {"under": int(bound)}
        case ["from", low, "to", high] if low.isdigit() and high.isdigit():
            return {"from": int(low), "to": int(high)}
        case ["within", *period]:
            return {"within": " ".join(period)}
        case ["includes", word]:
            return {"includes": word}
    raise KeeperError(
        f"an answer is not tested by {printable(test)!r}; write it as: is yes, is 4 or 5, under 18, "
        "from 18 to 21, within 14 days, includes deep_scars"
    )


FORMS: Final[Mapping[str, Form]] = {
    "taking": Form(
        "taking", r"(?P<thing>.+)", "anticoagulant", "A medicine that is taken now", _named,
    ),
    "stopped": Form(
        "stopped", rf"(?P<thing>.+) within {_PERIOD}", "isotretinoin within 6 months",
        "A medicine that ended not long ago", _stopped,
    ),
    "condition": Form(
        "condition", rf"(?P<thing>.+?) {_STATUSES}{_SITE}", "eczema active in",
        "A condition with its status and, if it matters, its place (in or elsewhere)", _has,
    ),
    "mentioned": Form(
        "mentioned", rf"(?P<thing>.+?) {_STATUSES}{_SITE}", "nicotine dependence reported",
        "A condition that can only say yes: not mentioned is no", _has,
    ),
    "began": Form(
        "began", rf"(?P<thing>.+) within {_PERIOD}{_SITE}", "scar within 6 months in",
        "A condition that began not long ago", _began,
    ),
    "done": Form(
        "done", rf"(?P<thing>.+?)(?: within {_PERIOD})?{_SITE}", "filler within 6 months in",
        "A procedure, at any time or inside a window, anywhere or in the treated area", _done,
    ),
    "allergy": Form("allergy", r"(?P<thing>.+)", "lidocaine", "An allergy", _named),
    "answer": Form(
        "answer", r"(?P<field>\S+) (?P<test>.+)", "lifestyle.smoking is yes",
        "An answer of the intake", _answer,
    ),
}  # fmt: skip
"""The short forms by the option that takes them, which is the key of the condition too."""


def concept_named(written: str, library: Library) -> str:
    """The id of the concept with this id or name. Raises KeeperError with what was meant."""
    vocabulary = library.knowledge_base.vocabulary
    if written in vocabulary.concepts:
        return written
    term = vocabulary.find_name(written)
    if term is not None:
        return term.concept
    labels = {concept.id: concept.label for concept in vocabulary.concepts.values()}
    raise KeeperError(
        f"there is no concept {printable(written)}{meant(written, labels, labels)}; "
        "needlecheck kb new concept makes one"
    )


def spelt_out(kind: str, written: str, library: Library) -> dict[str, Any]:
    """A short form as a rule file holds it. Raises KeeperError with the form that was expected."""
    form = FORMS[kind]
    found = re.fullmatch(form.pattern, " ".join(written.split()))
    if found is None:
        raise KeeperError(
            f"--{kind} {printable(written)!r} is not understood; write it like {form.example!r}"
        )
    return {kind: form.spelt(found.groupdict(), library)}


def written_condition(text: str) -> Any:
    """A condition given as YAML. Raises KeeperError if it is not readable."""
    try:
        return parsed(text)
    except ValueError as error:
        raise KeeperError(f"--when is not readable as YAML: {error}") from None


def joined(parts: Sequence[Any], how: str) -> Any:
    """Several conditions as one."""
    return parts[0] if len(parts) == 1 else {how: list(parts)}


def understood(data: Any, library: Library) -> Condition:
    """The condition, if all that it names is there. Raises KeeperError otherwise."""
    broken = violations("rule", [{"when": data}])
    faults = [violation for violation in broken if violation.path[:2] == (0, "when")]
    if faults:
        raise KeeperError(f"the condition: found {faults[0].found}; expected {faults[0].expected}")
    try:
        condition = parse_condition(data)
    except ConditionError as error:
        raise KeeperError(f"the condition: {error}") from None
    base = library.knowledge_base
    for leaf in leaves(condition):
        if not isinstance(leaf, Concluded) and (concept := concept_of(leaf.atom)) is not None:
            concept_named(concept, library)
    paths = [question.path for question in base.questions.values()]
    references = References(base.vocabulary, base.conclusions, base.questions, paths, Losses())
    for leaf in leaves(condition):
        for fault in references.faults(leaf):
            raise KeeperError(f"the condition: {fault.message}. {fault.remedy}")
    return condition
