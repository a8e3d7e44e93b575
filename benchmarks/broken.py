"""Records that must be refused, each made from a good one, in the ways in which records break.

A good record is compact JSON whose first two keys are ``intake_id`` and ``screened_on`` (a day of this
century) and which may end in ``recorded_decision``. What comes out holds no line break.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from benchmarks.words import Draw, pick

Way = Callable[[str, Draw], bytes]

_DAY: Final = '"screened_on":'
_DAY_LENGTH: Final = len('"2026-06-15"')

_EVERYDAY_PARTS: Final = (
    '"client":{"age_years":null}',
    '"client":{"age_years":-1}',
    '"client":{"age_years":"35"}',
    '"client":{"age_years":35.5}',
    '"client":{"age_years":35,"birth_date":"1990-04-01"}',
    '"client":{"birth_date":"2990-04-01"}',
    '"client":{"birth_date":"1990-02-29"}',
    '"client":{"birth_date":"1890-03-01"}',
    '"client":{"pregnancy":"maybe"}',
    '"client":{"pregnant":"no"}',
    '"client":{"fitzpatrick_type":"III"}',
    '"treatment":{"areas":["full face"]}',
    '"treatment":{"areas":"face"}',
    '"conditions":null',
    '"conditions":"none"',
    '"conditions":["acne"]',
    '"conditions":[{"name":""}]',
    '"conditions":[{"name":"acne","status":"Active"}]',
    '"conditions":[{"name":"scar","since":"2025"}]',
    '"conditions":[{"status":"active"}]',
    '"medications":[{"name":"aspirin","dose":"75 mg"}]',
    '"medications":[{"name":"aspirin","status":"current","stopped_on":"2020-01-01"}]',
    '"medications":[{"name":"aspirin","stopped_on":"2999-01-01"}]',
    '"procedures":[{"name":"Botox","performed_on":"01/02/2025"}]',
    '"procedures":[{"name":"Botox","status":"resolved"}]',
    '"allergies":[{"name":"nickel","status":"active"}]',
    '"lifestyle":{"last_sunburn_or_tan":"last week"}',
    '"lifestyle":{"smoking":false}',
    '"notes":[]',
    '"recorded_decision":{"outcome":"treated"}',
    '"recorded_decision":{"outcome":"cancelled","on":"2020-01-01"}',
)
_NASTY_PARTS: Final = (
    '"client":{"age_years":1e400}',
    '"client":{"age_years":Infinity}',
    '"client":{"age_years":-NaN}',
    '"client":{"age_years":030}',
    f'"client":{{"age_years":{"9" * 5000}}}',
    '"client":{"fitzpatrick_type":true}',
    '"conditions":[{"name":"\\u00a0\\u3000\\ufeff"}]',
    '"conditions":[{}]',
    '"conditions":[[]]',
    '"conditions":[{"name":"acne","name":"eczema"}]',
    '"conditions":[{"name":"acne","code":{"system":"icd-11","value":"1"}}]',
    '"conditions":[{"name":"acne","code":{"system":"icd-10","value":null}}]',
    '"conditions":[{"name":{"name":"acne"}}]',
    '"conditions":[{"name":"\\ud83d"}]',
    '"conditions":[{"name":"a\\qb"}]',
    '"conditions":[{"name":"a\tb"}]',
    '"conditions":[{"name":"acne","since":"2025-01-01T00:00:00Z"}]',
    '"conditions":[{"name":"acne","since":"\u0662\u0660\u0662\u0660-01-01"}]',
    '"procedures":[{"name":"Botox","performed_on":"9999-12-31"}]',
    '"notes":"\\udc00\\ud800"',
    '"notes":undefined',
    '"__proto__":{}',
    '"":""',
    '/* none */ "notes":""',
)


def spoil(text: str, draw: Draw, ways: Sequence[Way]) -> bytes:
    """The record broken in one of the ways (:data:`EVERYDAY`, :data:`NASTY`)."""
    return pick(draw, ways)(text, draw)


def _everyday_part(text: str, draw: Draw) -> bytes:
    return _with_part(text, pick(draw, _EVERYDAY_PARTS))


def _nasty_part(text: str, draw: Draw) -> bytes:
    return _with_part(text, pick(draw, _NASTY_PARTS))


def _deep(text: str, draw: Draw) -> bytes:
    depth = pick(draw, (30, 40, 500, 5_000, 50_000))
    return _with_part(text, '"conditions":' + "[" * depth + "]" * depth)


def _huge(text: str, draw: Draw) -> bytes:
    length = pick(draw, (100_000, 100_000, 100_000, 1_100_000))
    return _with_part(text, '"notes":"' + "x" * length + '","notes":""')


def _truncated(text: str, draw: Draw) -> bytes:
    whole = text.encode()
    return whole[: 2 + int(draw() * (len(whole) - 2))]


def _trailing_comma(text: str, _: Draw) -> bytes:
    return (text[:-1] + ",}").encode()


def _single_quotes(text: str, _: Draw) -> bytes:
    return text.replace('"', "'").encode()


def _two_on_a_line(text: str, draw: Draw) -> bytes:
    return (text + pick(draw, ("", " ", ",")) + text).encode()


def _duplicate_key(text: str, _: Draw) -> bytes:
    return ('{"intake_id":"1",' + text[1:]).encode()


def _unknown_key(text: str, _: Draw) -> bytes:
    return ('{"weight_kg":70,' + text[1:]).encode()


def _without_id(text: str, _: Draw) -> bytes:
    return ("{" + text[_day(text) :]).encode()


def _latin_1(text: str, _: Draw) -> bytes:
    start, end = text[: len('{"intake_id":"')], text[len('{"intake_id":"') :]
    return start.encode() + "Zoë-Renée-".encode("latin-1") + end.encode()


def _wrong_day(text: str, draw: Draw) -> bytes:
    place = _day(text) + len(_DAY)
    wrong = ('"2025-02-29"', '"2025-13-01"', '"0000-01-01"', '"01.02.2025"', '"2025-2-1"', '""', "NaN")
    others = ("null", "20250201", "30.0", "-Infinity", "true", "[]", "{}", '"2025-02-01\\n"')
    value = pick(draw, wrong + others)
    return (text[:place] + value + text[place + _DAY_LENGTH :]).encode()


def _decided_later(text: str, _: Draw) -> bytes:
    end = text.rfind(',"recorded_decision":{')
    decision = ',"recorded_decision":{"outcome":"treated","on":"9999-12-31"}}'
    return (text[: end if end >= 0 else -1] + decision).encode()


def _no_object(_: str, draw: Draw) -> bytes:
    return pick(draw, (b"42", b'"none"', b"true", b"null", b"NaN", b"-", b"acne;eczema", b"\\", b"}{"))


def _wrong_bytes(text: str, draw: Draw) -> bytes:
    wrong = (b"\xc0\xaf", b"\xed\xa0\x80", b"\xff\xfe", b"\xf5\x80\x80\x80", b"\x80", b"\x00", b"\x1b")
    return text[:15].encode() + pick(draw, wrong) + text[15:].encode()


def _utf_16(text: str, _: Draw) -> bytes:
    return b"\xff\xfe" + text[: _day(text)].encode("ascii", "ignore").decode().encode("utf-16-le")


def _with_part(text: str, part: str) -> bytes:
    """Only the record's id and day, and after them one part that is wrong."""
    return (text[: _day(text) + len(_DAY) + _DAY_LENGTH] + "," + part + "}").encode()


def _day(text: str) -> int:
    return text.index("," + _DAY) + 1


EVERYDAY: Final[tuple[Way, ...]] = (
    _everyday_part,
    _everyday_part,
    _everyday_part,
    _everyday_part,
    _truncated,
    _trailing_comma,
    _single_quotes,
    _two_on_a_line,
    _duplicate_key,
    _unknown_key,
    _without_id,
    _latin_1,
    _wrong_day,
    _wrong_day,
    _decided_later,
)
"""How the records of a clinic come to be unusable: export scripts, spreadsheets, hands."""

NASTY: Final[tuple[Way, ...]] = (
    *EVERYDAY,
    _nasty_part,
    _nasty_part,
    _nasty_part,
    _nasty_part,
    _deep,
    _huge,
    _no_object,
    _wrong_bytes,
    _utf_16,
)
"""The same, and what someone would send who wants to see the tool fall over."""
