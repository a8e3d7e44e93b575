"""One atom in plain English: what has to be found on the form for it to be true.

A class of medicines is written "any anticoagulant", a single medicine by its name alone. Where
silence counts as no, the words say so. No verb depends on whether a label is singular or plural.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from engine import answer_tests, atoms
from engine.atoms import Atom
from engine.intake import OLDEST
from engine.schemas import load_schema
from engine.vocabulary import Vocabulary

_HAS: Final = {
    "active": "there now (active)",
    "controlled": "under control (quiet)",
    "resolved": "over",
    "unknown": "not said whether it is there now",
    "present": "there now (active or under control)",
    "reported": "not said to be over",
    "ever": "now or at any time in the past",
}
_UNCLEAR: Final = {"active": "there now", "unknown": "not said whether it is there now"}
_UNTIL_KNOWN: Final = ", of which the control is not known (undecided until that is asked)"
_ONLY_IF_NAMED: Final = " (no unless it is named among the conditions)"
_SITES: Final = {atoms.IN: ", in the treated area", atoms.ELSEWHERE: ", outside the treated area"}

_FIELDS: Final = {
    "client.age_years": "the client's age",
    "client.pregnancy": "the answer on pregnancy",
    "client.breastfeeding": "the answer on breastfeeding",
    "client.skin_sensitivity": "the client's skin",
    "client.fitzpatrick_type": "the Fitzpatrick skin type",
    "treatment.setting": "the place of treatment",
    "treatment.device": "the device",
    "treatment.needle_material": "the material of the needles",
    "treatment.phase": "the phase of the course",
    "treatment.goals": "the goals",
    "lifestyle.alcohol": "the answer on alcohol",
    "lifestyle.smoking": "the answer on smoking",
    "lifestyle.last_sunburn_or_tan": "the last sunburn or tan",
}


def atom_in_words(atom: Atom, vocabulary: Vocabulary) -> str:
    """What the atom says, as a statement without capital and full stop."""
    match atom:
        case atoms.Has(concept, status, site, weak):
            said = f"{label(vocabulary, concept)}, {_alternatives([_HAS[w] for w in status.split('+')])}"
            words = said + _SITES.get(site, "") + (_ONLY_IF_NAMED if weak else "")
        case atoms.Began(concept, within, site):
            began = f"{label(vocabulary, concept)} that began less than {within} ago"
            words = began + _SITES.get(site, "")
        case atoms.Unclear(concept, statuses):
            states = _alternatives([_UNCLEAR.get(status, status) for status in statuses])
            words = f"{label(vocabulary, concept)}, {states}{_UNTIL_KNOWN}"
        case atoms.Taking(concept):
            words = f"{_medicine(vocabulary, concept)} is taken now"
        case atoms.Stopped(concept, within):
            words = f"the last dose of {_medicine(vocabulary, concept)} was less than {within} ago"
        case atoms.Done(concept, within, site):
            when = f"less than {within} ago" if within else "at any time"
            words = f"{label(vocabulary, concept)}, done {when}{_SITES.get(site, '')}"
        case atoms.Allergic(concept):
            named = label(vocabulary, concept)
            words = f"{named}, among the allergies" if "allergy" in named else f"an allergy to {named}"
        case atoms.NotUnderstood(lists):
            words = f"an entry under {_alternatives(lists)} was not recognised"
        case atoms.Answered(field, test):
            words = _answered(field, test)
    return words


def field_in_words(field: str) -> str:
    """A field of the intake such as ``client.skin_sensitivity``, by a readable name."""
    return _FIELDS.get(field) or "the " + field.partition(".")[2].replace("_", " ")


def label(vocabulary: Vocabulary, concept: str) -> str:
    """A concept's label."""
    return vocabulary.concepts[concept].label


def _medicine(vocabulary: Vocabulary, concept: str) -> str:
    """The label; "any ..." if other concepts lie below, so that it stands for all of them."""
    stands_for_others = any(concept in other.parents for other in vocabulary.concepts.values())
    return f"any {label(vocabulary, concept)}" if stands_for_others else label(vocabulary, concept)


def _answered(field: str, test: answer_tests.AnswerTest) -> str:
    name = field_in_words(field)
    match test:
        case answer_tests.Between(low, high):
            return _range(field, name, low, high)
        case answer_tests.Within(period):
            return f"{name} was less than {period} ago"
        case answer_tests.Includes(value):
            return f"{name} include {_value(field, value)}"
        case answer_tests.OneOf(values):
            return f"{name} is {_alternatives([_value(field, value) for value in values])}"


def _range(field: str, name: str, low: int, high: int) -> str:
    if field != "client.age_years":
        return f"{name} is {low}" if low == high else f"{name} is from {low} to {high}"
    if low == 0:
        return f"the client is under {high + 1}"
    if high == OLDEST:
        return f"the client is {low} or older"
    return f"the client is {f'{low} to {high}' if low < high else low} years old"


def _value(field: str, value: str | int) -> str:
    """An answer as the form has it, with the form's explanation."""
    if isinstance(value, int):
        return str(value)
    word, meaning = value.replace("_", " "), _meanings(field).get(value, "")
    says_more = meaning and not meaning.lower().startswith(word)
    return f"“{word}” ({meaning[:1].lower()}{meaning[1:]})" if says_more else f"“{word}”"


@cache
def _meanings(field: str) -> Mapping[str, str]:
    """What each answer to a field means, from the schema of the intake."""
    section, _, key = field.partition(".")
    properties: Mapping[str, Any] = load_schema("intake")["properties"][section]["properties"]
    schema = properties.get(key, {})
    options = schema.get("items", schema).get("oneOf", ())
    return {option["const"]: option["description"] for option in options if "const" in option}


def _alternatives(words: Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
