"""Whether a text tells someone to stop a medicine, or how long to be without a blood thinner.

Sentence by sentence: a word for ending, together with a word for a medicine, and nobody told not to.
"Carry on", "do not stop" and "never change one" are fine, and so is a report of what was found.
"""

from __future__ import annotations

import re
from typing import Final

_ENDS: Final = (
    r"stop(?:s|ped|ping)?|discontinu\w+|(?:com(?:e|ing)|came|leav(?:e|ing)|left|go(?:ing)?) off|"
    r"pauses?d?|pausing|withh[eo]ld\w*|(?:hold(?:s|ing)?|held)(?! (?:back|on|up))|suspend\w*|"
    r"omit\w*|interrupt\w*|ceas\w+|quit\w*|"
    r"withdr[ae]w\w*|wean\w*|(?:go|going|do|doing) without|be off|"
    r"(?:cut(?:ting)?|leav(?:e|ing)|left) (?:back|down|out)|(?:take|have) a break|"
    r"taper\w*|skip\w*(?! the (?:procedure|session|treatment|appointment))|give up|gave up|given up|"
    r"wash(?:ed)?[- ]?out|reduc\w+|halv\w+|"
    r"lower(?:ing)? (?:your|the) (?:dose|medicine)"
)
_ENDING: Final = re.compile(rf"\b(?:{_ENDS})\b", re.IGNORECASE)
_BETWEEN: Final = (
    r"the|an?|any|all|one|two|your|their|his|her|next|first|last|morning|evening|daily|blood|of"
)
_NAMED: Final = (
    r"(?:medicines?|medications?|tablets?|pills?|doses?|drugs?|aspirin|ibuprofen|naproxen|nsaids?|"
    r"thinners?|anticoagulants?|antiplatelets?|warfarin|heparin|clopidogrel|apixaban|rivaroxaban|"
    r"isotretinoin|methotrexate)\b"
)
_MEDICINE: Final = re.compile(
    r"\b(medicin\w+|medication\w*|tablets?|pills?|doses?|drugs?|aspirin|ibuprofen|naproxen|nsaids?|"
    r"thinners?|anti\w*coagulants?|antiplatelets?|anti-?depressants?|warfarin|heparin|clopidogrel|"
    r"isotretinoin|retinoids?|steroids?|metformin|insulin|prescri\w+|(?:your|the) course|it|"
    r"rivaroxaban|apixaban|dabigatran|edoxaban|ticagrelor|prasugrel|predniso\w+|methotrexate|"
    r"antibiotics?|contracepti\w+|statins?)\b",
    re.IGNORECASE,
)
_MISSED: Final = re.compile(
    rf"\b(?:delay|postpon|drop|miss|swap)\w*(?= (?:(?:{_BETWEEN}) ){{0,3}}{_NAMED})", re.IGNORECASE
)
"""Words that end a medicine only close before it: an appointment is postponed, too."""

_DENIED: Final = re.compile(
    r"(?:\b(?:never|nobody|no one|not|no|neither|nor|cannot|without)\b|n['\u2019]t\b)"
    r"(?:\W+\w+){0,7}\W+$",
    re.IGNORECASE,
)
"""A denial at most seven words before the word for ending."""

_HARM: Final = re.compile(
    r"\b(harm\w*|danger\w*|risk\w*|insufficient|too little|no(?:body| one| reason)|never)\b",
    re.IGNORECASE,
)
_THINNER: Final = re.compile(
    r"\b(anti\w*coagula\w*|antiplatelets?|(blood[- ]?)?thinners?|warfarin|heparin|clopidogrel|aspirin|"
    r"acetylsalicylic|rivaroxaban|apixaban|dabigatran|edoxaban|ticagrelor|prasugrel)\b",
    re.IGNORECASE,
)
_DURATION: Final = re.compile(
    r"\b(\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|a|an|few|several)[- ]+"
    r"((to|or|-)[- ]*\w+[- ]+)?(hour|day|week|fortnight|month)s?\b",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(r"(?<=[.!?;:])\s+")


def sentences(text: str) -> list[str]:
    """A text in its sentences, also at semicolons and colons."""
    return [sentence for sentence in _SENTENCE.split(text) if sentence]


def ending_told(sentence: str) -> str | None:
    """The words with which a sentence tells someone to end a medicine, if it does."""
    if not _MEDICINE.search(sentence) or _HARM.search(sentence):
        return None
    return next(
        (
            ending[0]
            for ways in (_ENDING, _MISSED)
            for ending in ways.finditer(sentence)
            if not _DENIED.search(sentence[: ending.start()])
        ),
        None,
    )


def hold_time_told(sentence: str) -> str | None:
    """The length of time that a sentence gives beside a blood thinner, if it does."""
    duration = _DURATION.search(sentence)
    return duration[0] if duration and _THINNER.search(sentence) else None
