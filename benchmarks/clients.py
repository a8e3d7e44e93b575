"""What a clinic knows of a client besides the lists: who, what for, habits, remarks.

Each function draws one section of a record as text with a leading comma (empty: not asked).
"""

from __future__ import annotations

import json
from typing import Final, NamedTuple

from benchmarks.words import Draw, happens, pick, spread

_SENSITIVITY: Final = spread(normal=76, sensitive=17, very_sensitive=2, unknown=1, declined=1, _=3)
_SKIN_TYPE: Final = tuple("1" * 6 + "2" * 28 + "3" * 31 + "4" * 17 + "5" * 8 + "6" * 5) + ("",) * 5
_PREGNANCY: Final = spread(no=92, not_applicable=1, yes=1, possible=1, unknown=1, declined=2, _=2)
_BREASTFEEDING: Final = spread(no=93, not_applicable=1, yes=2, declined=1, unknown=1, _=2)
_OF_MEN: Final = spread(not_applicable=90, no=6, _=4)
_TOO_OLD: Final = spread(no=25, not_applicable=72, _=3)
_ALCOHOL: Final = spread(none=28, occasional=63, frequent=4, unknown=1, declined=2, _=2)
_SMOKING: Final = spread(no=84, yes=12, unknown=1, declined=1, _=2)
_SUN: Final = spread(none=85, unknown=2, declined=1, dated=9, _=3)
_SETTING: Final = spread(clinic=40, _=59, home=1)
_DEVICE: Final = spread(pen=78, radiofrequency=7, roller=5, unknown=4, _=6)
_MATERIAL: Final = spread(_=70, steel=28, other=1, unknown=1)
_PHASE: Final = spread(_=60, series=28, maintenance=12)
_GOALS: Final = spread(
    acne_scars=24, fine_lines=20, enlarged_pores=12, uneven_texture=10, wrinkles=8, stretch_marks=6,
    dull_skin=6, hyperpigmentation=6, scars=3, sagging_skin=2, deep_scars=2, hair=1,
)  # fmt: skip
_AREAS: Final = (
    ('"face"',) * 50 + ('"cheeks"',) * 16 + ('"face","neck"',) * 10 + ('"forehead","cheeks"',) * 6
    + ('"abdomen"',) * 4 + ('"legs"',) * 3 + ('"neck","chest"',) * 3 + ('"scalp"',) * 2
    + ('"around_eyes"',) * 2 + ('"back"',) * 2 + ("",) * 2
)  # fmt: skip
_ADULT, _GROWN, _OLD = 18, 22, 52
_BURNT: Final = 14
_REMARKS: Final = (
    "Prefers appointments after work.", "Has had two sessions elsewhere.", "Wedding in three months.",
    "Nervous about needles; numbing cream discussed.", "Consent form signed.", "Came with a friend.",
    "Skin looks calm today.", "Patch test done last week, no reaction.", "Wants before/after photos.",
    "Asked for the price of six sessions.", "Zoë will call back.", "Referred by a friend: 10 % off.",
    "Holiday in Málaga planned.", "Text a reminder.", "Uses SPF 50 daily.", '"Just the cheeks."',
    "Medication list to follow from GP.", "First visit.\nNo questions.", "Prefers Dr Müller.",
)  # fmt: skip


class Part(NamedTuple):
    """A section of a record as text, in halves if a date goes between (see ``Piece``)."""

    text: str
    ago: int
    end: str
    level: int
    is_man: bool = False


def client(draw: Draw) -> Part:
    """Somebody: mostly a woman, mostly between 20 and 60; half with an age, half with a birthday."""
    is_man = happens(draw, 0.15)
    age = int(draw() * 56) + 16 if happens(draw, 0.06) else 20 + int((draw() + draw()) * 20.5)
    pregnancy = pick(draw, _OF_MEN if is_man else _PREGNANCY if age < _OLD else _TOO_OLD)
    breastfeeding = pick(draw, _OF_MEN if is_man else _BREASTFEEDING if age < _OLD else _TOO_OLD)
    sensitivity, skin_type = pick(draw, _SENSITIVITY), pick(draw, _SKIN_TYPE)
    said = _words(pregnancy=pregnancy, breastfeeding=breastfeeding, skin_sensitivity=sensitivity)
    said += f',"fitzpatrick_type":{skin_type}' if skin_type else ""
    levels = {"yes": 4, "possible": 3, "sensitive": 1, "very_sensitive": 4}
    level = max(levels.get(answer, 0) for answer in (pregnancy, breastfeeding, sensitivity))
    level = max(level, 2 if age < _ADULT else 1 if age < _GROWN or skin_type in ("4", "5", "6") else 0)
    if happens(draw, 0.5):
        ago = int((age + draw()) * 365.25)
        return Part(',"client":{"birth_date":"', ago, f'"{said}}}', level, is_man)
    known = f',"age_years":{age}' if happens(draw, 0.97) else ""
    return Part(f',"client":{{{(said + known)[1:]}}}', -1, "", level, is_man)


def treatment(draw: Draw) -> str:
    """What is planned, where, and what for."""
    said = _words(
        setting=pick(draw, _SETTING),
        device=pick(draw, _DEVICE),
        needle_material=pick(draw, _MATERIAL),
        phase=pick(draw, _PHASE),
    )
    areas = pick(draw, _AREAS)
    said += f',"areas":[{areas}]' if areas else ""
    goals = dict.fromkeys(pick(draw, _GOALS) for _ in range(pick(draw, (0, 1, 1, 1, 1, 2, 2, 3))))
    said += f',"goals":{json.dumps(list(goals), separators=(",", ":"))}' if goals else ""
    return f',"treatment":{{{said[1:]}}}'


def habits(draw: Draw) -> Part:
    """Alcohol, smoking, sun."""
    alcohol, smoking, sun = pick(draw, _ALCOHOL), pick(draw, _SMOKING), pick(draw, _SUN)
    said = _words(alcohol=alcohol, smoking=smoking, last_sunburn_or_tan="" if sun == "dated" else sun)
    level = 3 if alcohol == "frequent" else int(smoking == "yes")
    if sun != "dated":
        return Part(f',"lifestyle":{{{said[1:]}}}' if said else "", -1, "", level)
    ago = int(draw() * 120)
    return Part(',"lifestyle":{"last_sunburn_or_tan":"', ago, f'"{said}}}', 3 if ago < _BURNT else level)


def note(draw: Draw) -> str:
    """One remark or two."""
    remarks = dict.fromkeys(pick(draw, _REMARKS) for _ in range(pick(draw, (1, 1, 2))))
    return f',"notes":{json.dumps(" ".join(remarks), ensure_ascii=False)}'


def _words(**answers: str) -> str:
    return "".join(f',"{key}":"{answer}"' for key, answer in answers.items() if answer)
