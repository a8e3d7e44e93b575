"""The entries of an intake's lists, made of what clients say (:mod:`benchmarks.words`).

An entry is rendered as text once, with a gap where the date goes, so that it can be drawn from a pool.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, final

from benchmarks.words import COMMON, Draw, Ranking, happens, pick, spread, words
from engine.vocabulary import Concept, Term, Vocabulary, code_shelf

_LASTING: Final = frozenset(
    words("""asthma, high blood pressure, underactive thyroid, hypertension, PCOS, hay fever, HIV, IBS,
        high cholesterol, acid reflux, type 2 diabetes, endometriosis, anxiety, depression, menopause,
        ADHD, osteoarthritis, Hashimoto's, coeliac disease, type 1 diabetes, diabetes, epilepsy, lupus,
        rheumatoid arthritis, Crohn's disease, ulcerative colitis, glaucoma, atrial fibrillation,
        tattoo, pacemaker, breast implants, hepatitis B, back pain, varicose veins, insomnia,
        migraine""")
)
_OF_WOMEN: Final = frozenset(
    words("""pregnancy, breastfeeding, polycystic-ovary-syndrome, endometriosis, menopause, fibroids,
        contraceptive-pill, hormone-replacement-therapy, heavy-periods, childbirth, ovarian-cyst,
        perimenopause, breast-implant, long-acting-contraceptive, premenstrual-syndrome""")
)
_LEVELS: Final = {
    4: """anticoagulant, antiplatelet, bleeding-disorder, autoimmune-disease, pregnancy, keloid,
        needle-metal""",
    3: """nsaid, topical-irritant, oral-isotretinoin, chemotherapy, breastfeeding, botulinum-toxin,
        uncontrolled-diabetes, acne, eczema, rosacea, psoriasis, skin-infection, broken-skin, sunburn,
        chemical-peel, deep-resurfacing, ablative-energy, non-ablative-energy, microneedling, waxing""",
    2: """immunosuppressant, systemic-corticosteroid, herpes-simplex, cancer, skin-cancer,
        cardiac-disease, immunodeficiency, blood-borne-infection, autoimmune-marker,
        other-oral-retinoid""",
}
"""What a sensible clinic makes of a concept: 4 declines, 3 waits, 2 asks a clinician."""
_LEVEL_OF: Final = {id_: level for level, text in _LEVELS.items() for id_ in words(text)}


class Piece(NamedTuple):
    """An entry as text: its date, ``ago`` days before the screening, goes between the two halves.

    ``ago`` is -1 where there is none. ``level`` is what a sensible clinic makes of it, 0 to 4.
    """

    text: str
    ago: int
    end: str
    level: int
    name: str
    concept: str
    of_women: bool


class Details(NamedTuple):
    """What an entry says besides its name: JSON with a leading comma, and perhaps a date."""

    text: str
    key: str = ""
    ago: int = -1
    matters: bool = True


class _Word(NamedTuple):
    """A name and all that does not change from one entry of it to the next."""

    name: str
    term: Term | None
    concept: Concept | None
    level: int
    of_women: bool


_FLARES: Final = spread(active=13, controlled=37, resolved=34, absent=6, unknown=3, _=7)
_LASTS: Final = spread(controlled=76, active=12, resolved=2, absent=4, unknown=2, _=4)
_PASSED: Final = spread(resolved=60, controlled=14, active=6, absent=8, unknown=4, _=8)
_TAKEN: Final = spread(_=54, current=26, stopped_on=9, stopped=6, absent=3, unknown=2)
_FACE: Final = spread(face=50, cheeks=22, forehead=8, chin=8, around_eyes=5, around_lips=4, nose=3)
_BODY: Final = spread(arms=20, legs=22, back=20, hands=10, chest=8, scalp=8, neck=6, abdomen=6)
_COMMON_WORDS: Final = {name: frozenset(words(text)) for name, text in COMMON.items()}
_RECENT: Final = 28
_CAPITALS: Final[tuple[Callable[[str], str], ...]] = (
    *(str,) * 35,
    *(lambda name: name[0].upper() + name[1:],) * 13,
    str.upper,
    str.lower,
)
"""What becomes of the capitals of 50 names as people write them."""


def _condition(word: _Word, draw: Draw) -> Details:
    lasts, common = word.name in _LASTING, word.name in _COMMON_WORDS["conditions"]
    status = pick(draw, _LASTS if lasts else _FLARES if common else _PASSED)
    text = f',"status":"{status}"' if status else ""
    if not lasts and happens(draw, 0.6 if common else 0.15):
        text += f',"areas":["{pick(draw, _FACE if happens(draw, 0.6) else _BODY)}"]'
    ago = _days_ago(5_400, draw) if happens(draw, 0.3) else -1
    return Details(text, "since", ago, matters=status in ("active", "controlled"))


def _medication(word: _Word, draw: Draw) -> Details:
    status = pick(draw, _TAKEN)
    text = f',"status":"{status}"' if status not in ("", "stopped_on") else ""
    route = _usual_route(word)
    if route and happens(draw, 0.1):
        text += f',"route":"{route}"'
    elif word.concept and not (route or word.concept.of_no_concern) and happens(draw, 0.5):
        text += ',"route":"topical"'
    dated = status == "stopped_on" or (status == "stopped" and happens(draw, 0.8))
    ago = _days_ago(700, draw) if dated else -1
    return Details(text, "stopped_on", ago, matters=status in ("", "current"))


def _usual_route(word: _Word) -> str | None:
    fixed = word.term.route if word.term else None
    return fixed or (word.concept.usual_route if word.concept else None)


def _procedure(word: _Word, draw: Draw) -> Details:
    text = ""
    if not (word.concept and word.concept.usual_areas) and happens(draw, 0.6):
        face = word.name in _COMMON_WORDS["procedures"] and happens(draw, 0.8)
        text = f',"areas":["{pick(draw, _FACE if face else _BODY)}"]'
    ago = _days_ago(1_400, draw) if happens(draw, 0.95) else -1
    return Details(text, "performed_on", ago, matters=ago < _RECENT)


def _allergy(word: _Word, _: Draw) -> Details:
    return Details("", matters=word.concept is not None and "allergen" in word.concept.kinds)


def _days_ago(longest: int, draw: Draw) -> int:
    """How long ago something was: rather lately than long ago."""
    return int(longest * draw() * draw())


_DETAILS: Final[Mapping[str, Callable[[_Word, Draw], Details]]] = {
    "conditions": _condition,
    "medications": _medication,
    "procedures": _procedure,
    "allergies": _allergy,
}


@final
class Shelf:
    """Makes the entries of one list."""

    def __init__(self, vocabulary: Vocabulary, list_name: str, draw: Draw) -> None:
        self.ranking = Ranking(vocabulary, list_name, draw)
        self._details = _DETAILS[list_name]
        self._vocabulary = vocabulary
        self._draw = draw
        self._words: dict[str, _Word] = {}
        self._codes: dict[str, list[str]] = {}
        for system in {"conditions": ["icd-10", "icd-10-cm"], "medications": ["atc"]}.get(list_name, []):
            for code in sorted(vocabulary.codes.get(code_shelf(system), {}).values()):
                self._codes.setdefault(code.concept, []).append(f'"{system}","value":"{code.written}"')

    @property
    def has_codes(self) -> bool:
        """Whether record systems export codes for such entries."""
        return bool(self._codes)

    def common(self, *, coded: bool = False) -> Piece:
        """An entry with one of the common words; ``coded``: as a record system exports it."""
        return self._piece(self.ranking.common(self._draw), coded=coded)

    def rare(self, *, coded: bool = False) -> Piece:
        """An entry with a name of the long tail."""
        return self._piece(self.ranking.rare(self._draw), coded=coded)

    def _piece(self, name: str, *, coded: bool) -> Piece:
        word = self._words.get(name) or self._words.setdefault(name, self._word(name))
        details = self._details(word, self._draw)
        said = json.dumps(pick(self._draw, _CAPITALS)(name), ensure_ascii=False)
        codes = self._codes.get(word.term.concept, []) if coded and word.term else []
        gap = f',"{details.key}":"' if details.ago >= 0 else "}"
        return Piece(
            "{" + self._said(said, codes) + details.text + gap,
            details.ago,
            '"}',
            word.level if details.matters else min(word.level, 1),
            said,
            word.concept.id if word.concept else name,
            word.of_women,
        )

    def _word(self, name: str) -> _Word:
        term = self._vocabulary.find_name(name)
        if term is None:
            return _Word(name, None, None, 0, of_women=False)
        above = self._vocabulary.above(term.concept)
        level = max((level for id_, level in _LEVEL_OF.items() if id_ in above), default=0)
        of_women = not _OF_WOMEN.isdisjoint(above)
        return _Word(name, term, self._vocabulary.concepts[term.concept], level, of_women)

    def _said(self, said: str, codes: Sequence[str]) -> str:
        """The entry's name, its code, or both."""
        if not codes or happens(self._draw, 0.15):
            return f'"name":{said}'
        code = f'"code":{{"system":{pick(self._draw, codes)}}}'
        return code if happens(self._draw, 0.4) else f'"name":{said},{code}'
