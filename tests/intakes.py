"""Intakes to try the engine with: realistic and hostile ones, built from the shipped vocabulary.

Every intake is valid by construction. It may still be odd: names in capitals or with other
punctuation, names in the wrong list, vague and unknown words, codes with a tail, dates on the
first and last day of a window, leap days, the ends of the calendar, one entry twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from engine import load_knowledge_base
from engine.atoms import concept_of, list_of
from engine.chaining import atoms_of
from engine.dates import Period, parse_date
from engine.intake import LISTS
from engine.schemas import load_schema
from engine.screening import all_conditions

IntakeDict = dict[str, Any]

KNOWLEDGE_BASE: Final = load_knowledge_base()
VOCABULARY: Final = KNOWLEDGE_BASE.vocabulary
_SCHEMA: Final = load_schema("intake")


def words(section: str, key: str) -> list[str]:
    """The words with which a field can be answered."""
    schema = _SCHEMA["properties"][section]["properties"][key]
    options = schema.get("oneOf") or schema["items"]["oneOf"]
    return [option["const"] for option in options if "const" in option]


def _classes(list_name: str) -> dict[str, list[str]]:
    """For each concept that rules read in a list, the names that count for it.

    Among the conditions also, in a class of their own, those that say that a medicine is in use.
    """
    terms = VOCABULARY.names_of_list(list_name).values()
    atoms = atoms_of(all_conditions(KNOWLEDGE_BASE)).values()
    read = {str(concept_of(atom)) for atom in atoms if list_of(atom) == list_name}
    found = {concept: [t for t in terms if concept in VOCABULARY.above(t.concept)] for concept in read}
    if list_name == "conditions":
        found["implying a medicine"] = [
            term for term in terms if VOCABULARY.concepts[term.concept].implies_taking
        ]
    return {name: sorted({term.written for term in found[name]}) for name in sorted(found)}


AREAS: Final = [option["const"] for option in _SCHEMA["$defs"]["area"]["oneOf"]]
NAMES: Final = {
    name: sorted({term.written for term in VOCABULARY.names_of_list(name).values()}) for name in LISTS
}
CLASSES: Final = {name: _classes(name) for name in LISTS}
_CODES: Final = {
    system: sorted(VOCABULARY.codes["icd-10" if system.startswith("icd") else system])
    for system in ("icd-10", "icd-10-cm", "atc", "snomed-ct")
}
_WINDOWS: Final = [
    Period.parse(text)
    for text in (
        "7 days", "14 days", "21 days", "28 days", "42 days", "56 days", "84 days", "3 months",
        "6 months", "12 months",
    )
]  # fmt: skip

_HOSTILE: Final = [
    "none", "N/A", "nil", "no history of eczema", "denies acne", "family history of melanoma",
    "painkiller", "blood medicine", "acne pills", "zzz unheard of", "eczema?", "0", "-", "\u0661",
    "\u202eamceze", "ecze\u200bma", "\U0001f489", "<b>acne</b>", "'; drop table", "warfarin and aspirin",
    "a" * 300, "\u1e9eA\u0308", "\u212b", "history of", "in remission", "history of history of acne",
]  # fmt: skip

SCREENING_DAYS: Final = st.one_of(
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    st.sampled_from([
        date(2026, 6, 15), date(2024, 2, 29), date(2025, 2, 28), date(2026, 8, 31), date(2026, 1, 1),
        date(1, 1, 1), date(1900, 3, 1), date(9999, 12, 31),
    ]),
)  # fmt: skip


def _restyled(name: str) -> st.SearchStrategy[str]:
    """Other ways of writing a name that mean the same."""
    return st.sampled_from([
        name, name, name, name.upper(), name.lower(), f"  {name} ", name.replace(" ", "-"),
        name.replace(" ", "  "), f"{name}.",
    ])  # fmt: skip


_UNKNOWN_WORDS = st.text(min_size=1, max_size=12).filter(lambda text: bool(text.strip()))


def recognised_names(list_name: str) -> st.SearchStrategy[str]:
    """Names that belong in a list; most of them count for some rule, and every rule gets its turn."""
    classes = CLASSES[list_name]
    telling = st.sampled_from(sorted(classes)).flatmap(lambda name: st.sampled_from(classes[name]))
    anything = st.sampled_from(NAMES[list_name])
    if list_name == "allergies":  # rules read few of the many things one can be allergic to
        return st.one_of(telling, anything, anything, anything)
    return st.one_of(telling, telling, telling, anything)


def _odd_names(list_name: str) -> st.SearchStrategy[str]:
    known = recognised_names(list_name)
    return st.one_of(
        known.flatmap(_restyled),
        known.map("history of {}".format),
        known.map("{} in remission".format),
        st.sampled_from(NAMES[LISTS[LISTS.index(list_name) - 1]]),
        st.sampled_from(_HOSTILE),
        st.sampled_from(sorted(term.written for term in VOCABULARY.vague.values())),
        _UNKNOWN_WORDS,
    )


_TAILS = st.sampled_from(["", "", "", "9", ".9", "XA"])
_CODE = st.sampled_from(sorted(_CODES)).flatmap(
    lambda system: st.fixed_dictionaries({
        "system": st.just(system),
        "value": st.one_of(
            st.builds(str.__add__, st.sampled_from(_CODES[system]), _TAILS), _UNKNOWN_WORDS
        ),
    })
)  # fmt: skip


def _called(list_name: str, *, tame: bool) -> st.SearchStrategy[IntakeDict]:
    """How an entry is called: by a name; in wild intakes oddly, by a code, or by both."""
    plain = st.fixed_dictionaries({"name": recognised_names(list_name)})
    if tame:
        return plain
    odd = st.fixed_dictionaries({"name": _odd_names(list_name)})
    coded = st.fixed_dictionaries({"code": _CODE})
    both = st.fixed_dictionaries({"name": recognised_names(list_name), "code": _CODE})
    return st.one_of(plain, odd, coded, both)


_CALLED: Final = {(name, tame): _called(name, tame=tame) for name in LISTS for tame in (True, False)}
_AREA_LISTS = st.lists(st.sampled_from(AREAS), max_size=2)
_STATUS = st.sampled_from(["active", "controlled", "resolved", "unknown", "absent"])
_CONDITION_EXTRAS = st.fixed_dictionaries({}, optional={"status": _STATUS, "areas": _AREA_LISTS})
_ROUTES = st.sampled_from(["oral", "injected", "topical", "inhaled", "nasal", "eye"])
_MEDICINE_EXTRAS = st.fixed_dictionaries({}, optional={"route": _ROUTES})
_MEDICINE_STATUS = st.sampled_from([None, "current", "stopped", "absent", "unknown"])
_PROCEDURE_EXTRAS = st.fixed_dictionaries({}, optional={"areas": _AREA_LISTS})
_DAYS_AGO = st.integers(0, 500)
_EDGES = st.tuples(st.sampled_from(_WINDOWS), st.integers(-1, 1))


@st.composite
def days_up_to(draw: st.DrawFn, last: date) -> str:
    """A day not after ``last``: often the first or last day of a time window, or near them."""
    if draw(st.booleans()):
        period, shift = draw(_EDGES)
        day = _before(last, period)
        ago = (last - day).days + shift
    else:
        ago = draw(_DAYS_AGO)
    ago = max(0, min(ago, (last - date.min).days))
    return (last - timedelta(days=ago)).isoformat()


def _before(day: date, period: Period) -> date:
    """About the day on which a window that ends on ``day`` began."""
    length = period.length if period.unit == "days" else period.length * 31
    first = date.fromordinal(max(1, day.toordinal() - length))
    while first < day and period.after(first) < day:
        first += timedelta(days=1)
    return first


@st.composite
def entries(draw: st.DrawFn, list_name: str, screened_on: date, *, tame: bool = False) -> IntakeDict:
    """One entry of a list of an intake that is screened on a day; a tame one is recognised."""
    return draw(_with_extras(list_name, screened_on, draw(_CALLED[list_name, tame])))


@st.composite
def _with_extras(draw: st.DrawFn, list_name: str, screened_on: date, called: IntakeDict) -> IntakeDict:
    """An entry with a status, a place, a day, a route, or some of them."""
    entry = dict(called)
    dated = draw(st.booleans())
    if list_name == "conditions":
        entry.update(draw(_CONDITION_EXTRAS))
        if dated:
            entry["since"] = draw(days_up_to(screened_on))
    elif list_name == "medications":
        entry.update(draw(_MEDICINE_EXTRAS))
        status = draw(_MEDICINE_STATUS)
        if status is not None:
            entry["status"] = status
        if dated and status in (None, "stopped"):
            entry["stopped_on"] = draw(days_up_to(screened_on))
    elif list_name == "procedures":
        entry.update(draw(_PROCEDURE_EXTRAS))
        if dated:
            entry["performed_on"] = draw(days_up_to(screened_on))
    return entry


@st.composite
def one_thing_twice(draw: st.DrawFn, list_name: str, screened_on: date) -> list[IntakeDict]:
    """Two entries of one name, with statuses, places and days of their own."""
    called = draw(_CALLED[list_name, True])
    return [draw(_with_extras(list_name, screened_on, called)) for _ in range(2)]


_ANY_CLIENT = st.fixed_dictionaries(
    {},
    optional={
        "age_years": st.one_of(st.sampled_from([0, 17, 18, 21, 22, 120]), st.integers(16, 90)),
        "pregnancy": st.sampled_from(words("client", "pregnancy")),
        "breastfeeding": st.sampled_from(words("client", "breastfeeding")),
        "skin_sensitivity": st.sampled_from(words("client", "skin_sensitivity")),
        "fitzpatrick_type": st.integers(1, 6),
    },
)
_TAME_CLIENT = st.fixed_dictionaries({
    "age_years": st.integers(20, 70),
    "pregnancy": st.sampled_from(["no", "no", "no", "not_applicable", "not_applicable", "unknown"]),
    "breastfeeding": st.sampled_from(["no", "no", "no", "not_applicable", "not_applicable", "unknown"]),
    "skin_sensitivity": st.sampled_from(["normal", "normal", "sensitive", "declined"]),
    "fitzpatrick_type": st.integers(1, 6),
})  # fmt: skip
_ANY_TREATMENT = st.fixed_dictionaries(
    {},
    optional={
        "setting": st.sampled_from(words("treatment", "setting")),
        "device": st.sampled_from(words("treatment", "device")),
        "needle_material": st.sampled_from(words("treatment", "needle_material")),
        "areas": _AREA_LISTS,
        "goals": st.lists(st.sampled_from(words("treatment", "goals")), max_size=3),
        "phase": st.sampled_from(words("treatment", "phase")),
    },
)
_TAME_TREATMENT = st.fixed_dictionaries(
    {"device": st.sampled_from(["pen", "pen", "roller", "radiofrequency"])},
    optional={
        "areas": st.lists(st.sampled_from(["face", "neck", "legs"]), min_size=1, max_size=2),
        "goals": st.lists(st.sampled_from(words("treatment", "goals")), max_size=2),
        "phase": st.sampled_from(words("treatment", "phase")),
    },
)
_ANY_LIFESTYLE = st.fixed_dictionaries(
    {},
    optional={
        "alcohol": st.sampled_from(words("lifestyle", "alcohol")),
        "smoking": st.sampled_from(words("lifestyle", "smoking")),
    },
)
_TAME_LIFESTYLE = st.fixed_dictionaries({
    "alcohol": st.sampled_from(["none", "none", "occasional", "occasional", "declined"]),
    "smoking": st.sampled_from(["yes", "no", "no", "no", "unknown"]),
})  # fmt: skip
_SECTIONS: Final[dict[bool, dict[str, st.SearchStrategy[IntakeDict]]]] = {
    True: {"client": _TAME_CLIENT, "treatment": _TAME_TREATMENT, "lifestyle": _TAME_LIFESTYLE},
    False: {"client": _ANY_CLIENT, "treatment": _ANY_TREATMENT, "lifestyle": _ANY_LIFESTYLE},
}
_SUN = st.sampled_from(["none", "unknown", "declined"])
_IDS = st.one_of(st.just("client-1"), st.text(min_size=1, max_size=128))
_NOTES = st.one_of(st.just(""), st.just("  "), st.text(max_size=40))
_LENGTHS: Final = {
    True: st.sampled_from([0, 0, 0, 1, 1, 2]),
    False: st.sampled_from([None, 0, 1, 1, 2, 3, 4]),
}


@st.composite
def intakes(
    draw: st.DrawFn,
    *,
    asked: Sequence[str] = (),
    screened_on: st.SearchStrategy[date] = SCREENING_DAYS,
) -> IntakeDict:
    """An intake, tame (a quiet day in a clinic) or wild; the lists in ``asked`` are there."""
    day = draw(screened_on)
    tame = draw(st.booleans())
    intake: IntakeDict = {"intake_id": draw(_IDS), "screened_on": day.isoformat()}
    for section, fields in _SECTIONS[tame].items():
        if tame or draw(st.integers(0, 5)):
            intake[section] = dict(draw(fields))
    client, lifestyle = intake.get("client", {}), intake.get("lifestyle", {})
    if "client" in intake and draw(st.booleans()):
        client.pop("age_years", None)
        client["birth_date"] = draw(birth_dates(day, youngest=20 if tame else 0))
    if "lifestyle" in intake and draw(st.booleans()):
        lifestyle["last_sunburn_or_tan"] = draw(st.one_of(_SUN, days_up_to(day)))
    for list_name in LISTS:
        length = draw(_LENGTHS[tame])
        if length is not None or list_name in asked:
            several = range(length or 0)
            intake[list_name] = [draw(entries(list_name, day, tame=tame)) for _ in several]
    if not draw(st.integers(0, 3)):
        intake["notes"] = draw(_NOTES)
    return intake


@st.composite
def birth_dates(draw: st.DrawFn, screened_on: date, youngest: int = 0) -> str:
    """A day of birth, of a client of at most 119; often a birthday on which a rule turns."""
    turning = [years for years in (0, 17, 18, 21, 22) if years >= youngest]
    years = draw(st.one_of(st.integers(youngest, 119), st.sampled_from(turning)))
    ago = years * 365 + years // 4 + draw(st.integers(-1, 1))
    ago = max(0, min(ago, (screened_on - date.min).days))
    return (screened_on - timedelta(days=ago)).isoformat()


def screened_day(intake: Mapping[str, Any]) -> date:
    """The day on which an intake is screened."""
    return parse_date(intake["screened_on"])
