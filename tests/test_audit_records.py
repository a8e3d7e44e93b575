"""From a file to its records: every byte arrives or is told, in constant memory, line by line exact."""

from __future__ import annotations

import errno
import gzip
import io
import json
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import arrays, chunks, lines, records, single, unpacking
from audit.inputs import Input
from audit.records import Chunk, Fault, InputReader, Record, records_of
from engine import IntakeError, read_intake

MIB = 1024 * 1024
repeatable = settings(derandomize=True, database=None, deadline=None, max_examples=50)

WHITE = b" \t\r\n"
A, B, C = b'{"intake_id": "a"}', b'{"intake_id": "b"}', b'{"intake_id": "c"}'


class Reading(NamedTuple):
    """All that a reader said of one input."""

    chunks: list[Chunk]
    reader: InputReader

    @property
    def records(self) -> list[Record]:
        return [record for chunk in self.chunks for record in records_of(chunk)]

    @property
    def texts(self) -> list[bytes]:
        return [record.text for record in self.records]

    @property
    def faults(self) -> list[Fault]:
        return [fault for chunk in self.chunks for fault in chunk.faults]

    @property
    def codes(self) -> list[str]:
        return [fault.code for fault in self.faults]

    @property
    def order(self) -> list[tuple[int, int | None]]:
        """The places of records and faults, in the order in which they come."""
        pieces: list[Record | Fault] = []
        for chunk in self.chunks:
            pieces += [*records_of(chunk), *chunk.faults]
        return [(piece.line, piece.item) for piece in pieces]


class Pieces(io.RawIOBase):
    """A stream that gives its bytes in pieces of its own; an exception among them is raised."""

    def __init__(self, pieces: Iterable[bytes | OSError | None]) -> None:
        self._pieces = (piece for piece in pieces if piece != b"")
        self._left = b""

    def read(self, size: int = -1) -> bytes | None:
        piece = self._left or next(self._pieces, b"")
        if isinstance(piece, OSError):
            raise piece
        if piece is None:
            return None
        self._left = piece[size:]
        return piece[:size]


def standard_input(*pieces: bytes | OSError | None) -> Reading:
    reader = InputReader(Input("-", None), cast("BinaryIO", Pieces(pieces)))
    return Reading(list(reader), reader)


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str, bytes], Reading]:
    """Read a file of the given name and content."""

    def run(name: str, content: bytes) -> Reading:
        path = tmp_path / name
        path.write_bytes(content)
        reader = InputReader(Input(name, path))
        return Reading(list(reader), reader)

    return run


Read = Callable[[str, bytes], Reading]


@contextmanager
def limits(block: int, record: int = MIB) -> Iterator[None]:
    """Another size of blocks, and of the largest record."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpacking, "CHUNK_BYTES", block)
        for module in (arrays, chunks, lines, records, single):
            patch.setattr(module, "MAX_BYTES", record)
        yield


def cut(text: bytes, places: list[int]) -> list[bytes]:
    """The text in pieces that end at these places."""
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


PLACES = st.lists(st.integers(0, 10_000), max_size=8)
BLOCKS = st.integers(1, 60)


# Lines


def test_every_line_is_a_record_with_its_number(read: Read) -> None:
    assert read("x.jsonl", A + b"\n" + B + b"\n").records == [Record(1, None, A), Record(2, None, B)]


def test_the_name_decides_that_lines_are_records_whatever_is_on_them(read: Read) -> None:
    assert read("x.ndjson", b"[\n" + A + b"\n]").texts == [b"[", A, b"]"]


def test_a_last_line_without_a_line_end_is_a_record(read: Read) -> None:
    reading = read("x.jsonl", A + b"\n" + B[:-3])
    assert (reading.texts, reading.faults) == ([A, B[:-3]], [])


def test_line_ends_of_windows_do_not_belong_to_the_record(read: Read) -> None:
    assert read("x.jsonl", A + b"\r\n" + B + b"\r\n").texts == [A, B]


def test_blank_lines_are_counted_and_keep_the_numbers_right(read: Read) -> None:
    reading = read("x.jsonl", b"\n \t\n" + A + b"\n\r\n\n" + B + b"\n\n")
    assert [(record.line, record.text) for record in reading.records] == [(3, A), (6, B)]
    assert reading.reader.blank_lines == 5


def test_white_space_beside_a_record_on_its_line_is_kept(read: Read) -> None:
    assert read("x.jsonl", b"\n  " + A + b" \n").texts == [b"  " + A + b" "]


@pytest.mark.parametrize("name", ["x.jsonl", "x.json"])
def test_a_byte_order_mark_at_the_start_is_no_part_of_the_text(read: Read, name: str) -> None:
    assert read(name, b"\xef\xbb\xbf" + A).records == [Record(1, None, A)]


@pytest.mark.parametrize("name", ["x.jsonl", "x.json"])
@pytest.mark.parametrize("text", [A, b"[" + A + b"]"])
def test_a_second_byte_order_mark_is_left_for_the_engine_to_refuse(
    read: Read, name: str, text: bytes
) -> None:
    (record,) = read(name, b"\xef\xbb\xbf" * 2 + text).texts
    with pytest.raises(IntakeError, match="BOM"):
        read_intake(record, date(2026, 6, 15))


TEXTS = st.lists(st.sampled_from([b"\n", b"\r\n", b" ", b"{}", b'"', b"[", b"\xff", b"abcdefgh"])).map(
    b"".join
)


@repeatable
@given(TEXTS, st.integers(1, 20), st.integers(0, 20))
def test_each_line_is_a_record_or_blank_or_too_large(text: bytes, block: int, more: int) -> None:
    largest = block + more  # a record may always be larger than a block
    split = [(n, line.removesuffix(b"\r")) for n, line in enumerate(text.split(b"\n"), 1)]
    full = [(n, line) for n, line in split if line.strip()]
    with limits(block, largest):
        reading = standard_input(b"x\n", text)  # what begins with x is read as lines
    expected = [Record(1, None, b"x")]
    expected += [Record(n + 1, None, line) for n, line in full if len(line) <= largest]
    assert reading.records == expected
    assert [fault.line for fault in reading.faults] == [n + 1 for n, line in full if len(line) > largest]
    assert set(reading.codes) <= {"too-large"}
    whole = text.endswith(b"\n") or not text  # nothing after the last line end is no line
    assert reading.reader.blank_lines == len(split) - len(full) - whole
    assert reading.order == sorted(reading.order)


@repeatable
@given(TEXTS, PLACES, PLACES, BLOCKS)
def test_chunks_do_not_depend_on_how_the_bytes_arrive(
    text: bytes, pieces: list[int], members: list[int], block: int
) -> None:
    packed = b"".join(gzip.compress(part, mtime=0) for part in cut(text, members))
    with limits(block):
        whole = standard_input(text)
        in_pieces = standard_input(*cut(text, pieces))
        unpacked = standard_input(*cut(packed, pieces))
    assert in_pieces.chunks == whole.chunks == unpacked.chunks


# A file that holds one intake


def test_one_intake_may_have_any_line_breaks(read: Read) -> None:
    text = json.dumps({"intake_id": "a", "conditions": []}, indent=2).encode()
    assert read("x.json", b"\n\r\n " + text + b"\n\n").records == [Record(3, None, text)]


@pytest.mark.parametrize("text", [b'"a"', b"{", b"nonsense\nand more", b"{}\n{}"])
def test_a_json_file_that_is_no_array_is_one_record_whatever_it_is(read: Read, text: bytes) -> None:
    assert read("x.json", text).texts == [text]


# Arrays


def test_the_elements_of_an_array_are_records_with_line_and_item(read: Read) -> None:
    reading = read("x.json", b"\n[" + A + b",\n\n  " + B + b" , " + C + b"\n]\n")
    assert reading.records == [Record(2, 0, A), Record(4, 1, B), Record(4, 2, C)]
    assert reading.faults == []


@pytest.mark.parametrize("text", [b"[]", b" [ \n ] \n"])
def test_an_empty_array_holds_no_record_and_has_no_fault(read: Read, text: bytes) -> None:
    assert read("x.json", text).chunks == []


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('ab"\\[]{},é\n ')),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=12,
)
WHITES = st.text(st.sampled_from(" \t\r\n"), max_size=3).map(str.encode)


@repeatable
@given(st.lists(st.tuples(WHITES, JSON_VALUES, WHITES)), st.sampled_from([None, 1]), BLOCKS)
def test_an_array_is_split_into_exactly_the_texts_of_its_values(
    values: list[tuple[bytes, Any, bytes]], indent: int | None, block: int
) -> None:
    elements = [
        (before, json.dumps(value, indent=indent).encode(), after) for before, value, after in values
    ]
    with limits(block):
        reading = standard_input(b"[" + b",".join(map(b"".join, elements)) + b"]")
    expected, before_it = [], b""
    for item, (before, text, after) in enumerate(elements):
        line = (before_it + before).count(b"\n") + 1
        expected.append(Record(line, item, text))
        before_it += before + text + after
    assert (reading.records, reading.faults) == (expected, [])


def test_a_chunk_holds_little_text_and_few_pieces(read: Read) -> None:
    array = read("x.json", b"[" + b",".join([A] * 20_000) + b"]")
    tiny = read("y.json", b"[" + b"1," * 9_000 + b"," * 9_000 + b"]")
    assert len(array.records) == 20_000
    assert (len(tiny.records), len(tiny.faults)) == (9_000, 9_001)
    assert max(len(chunk.text) for chunk in array.chunks) < chunks.CHUNK_BYTES + 1000
    sizes = [len(chunk.spans or ()) + len(chunk.faults) for chunk in array.chunks + tiny.chunks]
    assert max(sizes) <= chunks.CHUNK_PIECES


BROKEN_ARRAYS: dict[str, tuple[bytes, list[bytes], list[tuple[int, int | None, str]]]] = {
    "a comma at the end": (b"[" + A + b",\n]", [A], [(2, 1, "found nothing where")]),
    "a comma at the start": (b"[," + A + b"]", [A], [(1, 0, "found nothing where")]),
    "two commas": (b"[" + A + b",," + B + b"]", [A, B], [(1, 1, "found nothing where")]),
    "no comma": (b"[" + A + b"\n" + B + b",\n" + C + b"]", [C], [(1, 0, "comma"), (2, 1, "comma")]),
    "a semicolon": (b"[" + A + b"; " + B + b"," + C + b"]", [C], [(1, 0, "comma"), (1, 1, "comma")]),
    "text after it": (b"[" + A + b"]\n\n[" + B + b"]", [A], [(3, None, "after the closing bracket")]),
    "not closed": (b"[" + A + b",\n" + B, [A, B], [(2, 2, "the closing bracket ]")]),
    "a comma, not closed": (b"[" + A + b",\n", [A], [(2, 1, "the closing bracket ]")]),
    "only begun": (b"[", [], [(1, 0, "the closing bracket ]")]),
    "an open object": (b"[" + A + b",\n" + B[:-1] + b",\n" + C + b"]", [A], [(2, 1, "from it on")]),
    "an open string": (b"[" + A + b",\n" + B[:-2] + b"},\n" + C + b"]", [A], [(2, 1, "from it on")]),
    "a cut-off word": (b"[" + A + b", tru", [A], [(1, 1, "from it on")]),
}


@pytest.mark.parametrize("case", BROKEN_ARRAYS)
def test_what_is_wrong_with_an_array_is_told_with_its_place(read: Read, case: str) -> None:
    text, texts, places = BROKEN_ARRAYS[case]
    reading = read("x.json", text)
    assert reading.texts == texts
    assert [(fault.line, fault.item) for fault in reading.faults] == [place[:2] for place in places]
    for fault, (_, _, words) in zip(reading.faults, places, strict=True):
        assert fault.code == "malformed-array"
        assert fault.message.startswith("found ")
        assert words in fault.message


@pytest.mark.parametrize(
    "garbage", [b"nonsense", b"1 2", b"{]", A + b"}", A + b" more", b'{"a": }', b"\xff", b'"\\""']
)
def test_balanced_garbage_is_one_record_and_spoils_no_other(read: Read, garbage: bytes) -> None:
    reading = read("x.json", b"[" + A + b"," + garbage + b"," + C + b"]")
    assert (reading.texts, reading.faults) == ([A, garbage, C], [])


@repeatable
@given(st.integers(1, 3 * len(A) + 4), BLOCKS)
def test_a_truncated_array_keeps_its_complete_elements(length: int, block: int) -> None:
    text = b"[" + b",".join((A, B, C)) + b"]"
    with limits(block):
        reading = standard_input(text[:length])
    assert reading.texts == [element for element in (A, B, C) if element in text[:length]]
    assert reading.codes == ["malformed-array"] * (length < len(text))


MARKS = [b"", b'"', b"\\", b"[", b"]", b"{", b"}", b",", b"x", b"\n"]
SPOILT = st.tuples(st.integers(0, 300), st.sampled_from(MARKS))


@settings(repeatable, max_examples=120)
@given(st.lists(SPOILT), BLOCKS, BLOCKS, st.integers(5, 60))
def test_a_spoilt_array_loses_no_text(
    spoils: list[tuple[int, bytes]], block: int, other_block: int, largest: int
) -> None:
    notes = 'a "b" [c] {d}, \\'
    intakes = [{"intake_id": n, "notes": notes, "areas": [[], {}]} for n in range(4)]
    text = json.dumps(intakes, indent=1).encode()
    for place, byte in spoils:
        text = text[:place] + byte + text[place + 1 :]
    text = b"[" + text[1:]
    with limits(block, largest):
        reading = standard_input(text)
    with limits(other_block, largest):
        other = standard_input(text)
    assert (reading.records, reading.faults) == (other.records, other.faults)
    assert_nothing_lost(text, reading)


def assert_nothing_lost(text: bytes, reading: Reading) -> None:
    """Between the records are only commas and white space, unless a fault on those lines says so."""
    begins = [0, *(place + 1 for place, byte in enumerate(text) if byte == ord("\n"))]
    told = {fault.line for fault in reading.faults}
    seen = 0
    for record in [*reading.records, None]:
        start = len(text)
        if record:
            start = text.index(record.text, max(seen, begins[record.line - 1]))
        first, last = text.count(b"\n", 0, seen) + 1, text.count(b"\n", 0, start) + 1
        between = text[seen:start].strip(WHITE + b",[]")
        assert not between or told & {*range(first, last + 1)}, (between, reading.faults)
        seen = start + len(record.text) if record else start


# Too large


LONG = b'{"notes": "' + b"a" * MIB + b'"}'
TOO_LARGE = "found more than 1048576 bytes; expected at most 1 MiB of text"


def test_a_line_that_is_too_large_is_a_fault_between_its_neighbours(read: Read) -> None:
    reading = read("x.jsonl", A + b"\n" + LONG + b"\r\n" + B + b"\n")
    assert reading.texts == [A, B]
    assert reading.faults == [Fault(2, None, "too-large", TOO_LARGE)]
    assert reading.order == [(1, None), (2, None), (3, None)]


def test_an_element_that_is_too_large_does_not_swallow_the_next(read: Read) -> None:
    reading = read("x.json", b"[" + A + b",\n" + LONG + b"\n,\n" + B + b"]")
    assert reading.records == [Record(1, 0, A), Record(4, 2, B)]
    assert reading.faults == [Fault(2, 1, "too-large", TOO_LARGE)]
    assert reading.order == [(1, 0), (2, 1), (4, 2)]


def test_an_intake_that_is_too_large_is_a_fault(read: Read) -> None:
    assert read("x.json", b"\n" + LONG).faults == [Fault(2, None, "too-large", TOO_LARGE)]


LARGEST = b'{"notes": "' + b"a" * (MIB - 13) + b'"}'


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("x.jsonl", b"", b"\r\n"), ("x.json", b"", b"\n" * MIB), ("x.json", b"[", b" " * MIB + b"]")],
    ids=["line", "intake", "element"],
)
def test_a_record_of_exactly_one_mebibyte_arrives(
    read: Read, name: str, before: bytes, after: bytes
) -> None:
    reading = read(name, before + LARGEST + after)
    assert (len(LARGEST), reading.faults) == (MIB, [])
    assert reading.texts == [LARGEST]


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("x.jsonl", b"", b" \n"),
        ("x.json", b"", b"\n" * MIB + b"}"),
        ("x.json", b"[", b" " * MIB + b"}]"),
    ],
    ids=["line", "intake", "element"],
)
def test_one_byte_more_is_too_large(read: Read, name: str, before: bytes, after: bytes) -> None:
    assert read(name, before + LARGEST + after).codes == ["too-large"]


def test_a_long_line_of_white_space_is_blank(read: Read) -> None:
    reading = read("x.jsonl", A + b"\n" + b" " * (2 * MIB) + b"\n" + B)
    assert reading.records == [Record(1, None, A), Record(3, None, B)]
    assert (reading.faults, reading.reader.blank_lines) == ([], 1)


class Large(NamedTuple):
    """A large text, and the only code that it may give."""

    name: str
    before: bytes
    repeated: bytes
    after: bytes
    code: str | None


LARGE = {
    "a line": Large("x.jsonl", b"", b"a" * 20, b"\n", "too-large"),
    "a compressed line": Large("x.jsonl.gz", b"", b"a" * 20, b"\n", "too-large"),
    "an element": Large("x.json", b'["', b"a" * 20, b'"]', "too-large"),
    "an intake": Large("x.json", b'"', b"a" * 20, b'"', "too-large"),
    "an array without end": Large("x.json", b"[{", b'"a": "bcdefghijklm",\n', b"", "malformed-array"),
    "blank lines": Large("x.jsonl", b"", b" " * 19 + b"\n", b"", "empty-file"),
    "a blank line": Large("x.jsonl", A + b"\n", b" " * 20, b"", None),
    "many lines": Large("x.jsonl", b"", b"a" * 1023 + b"\n", b"", None),
}


@pytest.mark.parametrize("case", LARGE)
def test_memory_does_not_grow_with_what_is_in_a_file(tmp_path: Path, case: str) -> None:
    large = LARGE[case]
    path = tmp_path / large.name
    text = large.before + large.repeated * (20 * MIB // len(large.repeated)) + large.after
    path.write_bytes(gzip.compress(text, 1) if large.name.endswith(".gz") else text)
    del text
    codes = set()
    tracemalloc.start()
    for chunk in InputReader(Input(large.name, path)):
        codes |= {fault.code for fault in chunk.faults}
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert codes == ({large.code} if large.code else set())
    assert most < 10 * MIB


# Empty files


@pytest.mark.parametrize("name", ["x.jsonl", "x.json", "x.jsonl.gz"])
@pytest.mark.parametrize("text", [b"", b"\xef\xbb\xbf", b" \n\t\r\n"])
def test_a_file_without_any_record_is_a_fault(read: Read, name: str, text: bytes) -> None:
    reading = read(name, gzip.compress(text) if name.endswith("gz") else text)
    found = "found nothing but white space; expected at least one intake"
    assert (reading.records, reading.faults) == ([], [Fault(1, None, "empty-file", found)])
    assert not reading.reader.broken


def test_no_bytes_at_all_are_an_empty_file_even_where_gzip_is_expected(read: Read) -> None:
    assert read("x.jsonl.gz", b"").codes == ["empty-file"]


# Standard input


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        (b" \n[" + A + b"]", [A]),
        (b'\n{ \n"intake_id": "a"}\n', [b'{ \n"intake_id": "a"}']),
        (b'{ "intake_id":\n"a"}', [b'{ "intake_id":\n"a"}']),
        (b'{"notes": {\n\n"x": 1,\n"y": 2}}\n', [b'{"notes": {\n\n"x": 1,\n"y": 2}}']),
        (A + b"\n" + B, [A, B]),
        (b"nonsense\n" + B, [b"nonsense", B]),
        (b'{"intake_id": "a",\n' + B, [b'{"intake_id": "a",', B]),
        (b'{"intake_id": "a\nb"}\n' + B, [b'{"intake_id": "a', b'b"}', B]),
        (gzip.compress(b"[" + A + b"]"), [A]),
        (gzip.compress(A + b"\n" + B), [A, B]),
    ],
    ids=[
        "array",
        "one intake",
        "one begun",
        "one in one",
        "lines",
        "garbage",
        "lines, the first cut off",
        "lines, the first cut in two",
        "packed array",
        "packed lines",
    ],
)
def test_standard_input_is_what_it_looks_like(text: bytes, texts: list[bytes]) -> None:
    reading = standard_input(text[:1], text[1:])
    assert (reading.texts, reading.faults) == (texts, [])
    assert {chunk.file for chunk in reading.chunks} == {"-"}


def test_a_stream_that_has_nothing_yet_is_not_taken_for_ended() -> None:
    reading = standard_input(A + b"\n", None)
    assert (reading.texts, reading.codes, reading.reader.broken) == ([A], ["unreadable"], True)


# Broken files

INTAKES = [b'{"intake_id": "%d"}' % n for n in range(300)]
LINES = b"\n".join(INTAKES)
PACKED = gzip.compress(LINES, mtime=0)


def test_members_one_after_the_other_and_padding_are_one_text(read: Read) -> None:
    half = len(LINES) // 2
    packed = gzip.compress(LINES[:half]) + gzip.compress(LINES[half:]) + bytes(100_000)
    reading = read("x.jsonl.gz", packed)
    assert (reading.texts, reading.faults, reading.reader.broken) == (INTAKES, [], False)


def test_size_and_hash_are_of_the_file_as_it_lies_on_the_disk(read: Read) -> None:
    reader = read("x.jsonl.gz", PACKED).reader
    assert (reader.read_bytes, reader.sha256) == (len(PACKED), sha256(PACKED).hexdigest())


@repeatable
@given(st.integers(2, len(PACKED) - 1), st.integers(20, 5000))
def test_a_truncated_gzip_keeps_its_complete_lines(length: int, block: int) -> None:
    with limits(block):
        reading = standard_input(PACKED[:length])
    unpacked = zlib.decompressobj(31).decompress(PACKED[:length])
    *complete, last = unpacked.split(b"\n")
    assert (reading.texts, reading.codes) == (complete, ["truncated-gzip"])
    assert reading.faults[0].line == len(complete) + 1
    assert (f"{len(last)} bytes into a line" in reading.faults[0].message) == bool(last)
    assert reading.reader.broken


@repeatable
@given(st.integers(2, len(PACKED) - 1), st.integers(1, 255))
def test_a_damaged_gzip_is_read_to_its_end_and_told(place: int, change: int) -> None:
    damaged = bytearray(PACKED)
    damaged[place] ^= change
    reading = standard_input(bytes(damaged))
    assert reading.reader.sha256 == sha256(damaged).hexdigest()
    if reading.reader.broken:
        assert reading.codes in (["corrupt-gzip"], ["truncated-gzip"])
    else:  # what a header says of time and system is no part of the text
        assert (place < 10, reading.texts) == (True, INTAKES)


def test_a_wrong_check_sum_is_told_after_the_lines(read: Read) -> None:
    reading = read("x.jsonl.gz", PACKED[:-8] + bytes(8))
    assert (reading.texts, reading.codes) == (INTAKES[:-1], ["corrupt-gzip"])
    assert "damaged, 20 bytes into a line" in reading.faults[0].message


def test_damage_does_not_cost_the_lines_before_it(read: Read) -> None:
    lines = [b'{"intake_id": "%d"}' % (n**5 % 999_999_937) for n in range(9000)]
    packed = bytearray(gzip.compress(b"\n".join(lines)))
    packed[-40:-20] = b"\xff" * 20
    texts = read("x.jsonl.gz", bytes(packed)).texts
    assert (texts[:8900], len(texts) > 8900) == (lines[:8900], True)


def test_bytes_after_the_compressed_text_are_told_and_cost_no_record(read: Read) -> None:
    reading = read("x.jsonl.gz", PACKED + b"?" * 100_000)
    assert (reading.texts, reading.codes) == (INTAKES, ["corrupt-gzip"])
    assert "other bytes after the compressed text" in reading.faults[0].message
    assert (reading.reader.broken, reading.reader.read_bytes) == (True, len(PACKED) + 100_000)


@pytest.mark.parametrize("text", [A, b"[" + A + b"]", b"[" + A + b",\n" + B + b"\n]\n"])
def test_bytes_after_a_compressed_document_cost_no_record(read: Read, text: bytes) -> None:
    reading = read("x.json.gz", gzip.compress(text) + b"\x1f\x8c more")
    assert reading.texts == [intake for intake in (A, B) if intake in text]
    assert (reading.codes, reading.faults[0].line) == (["corrupt-gzip"], text.count(b"\n") + 1)


def test_a_truncated_line_that_is_too_large_is_told_once(read: Read) -> None:
    reading = read("x.jsonl.gz", gzip.compress(A + b"\n" + LONG)[:-8])
    assert (reading.texts, reading.codes) == ([A], ["truncated-gzip"])
    assert "more than 1048576 bytes into a line" in reading.faults[0].message


def test_a_name_that_ends_in_gz_does_not_make_it_gzip(read: Read) -> None:
    reading = read("x.jsonl.gz", LINES)
    assert (reading.texts, reading.codes) == ([], ["corrupt-gzip"])
    assert "does not begin as gzip does" in reading.faults[0].message


@pytest.mark.parametrize("text", [b"[" + A + b",\n" + B[:9], b"[" + A])
def test_a_truncated_array_in_gzip_has_one_fault_only(read: Read, text: bytes) -> None:
    reading = read("x.json.gz", gzip.compress(text)[:-8])
    assert (reading.texts, reading.codes) == ([A], ["truncated-gzip"])
    assert reading.faults[0].item == 1


def test_a_truncated_intake_in_gzip_is_a_fault_only(read: Read) -> None:
    reading = read("x.json.gz", gzip.compress(A)[:-8])
    assert (reading.records, reading.codes) == ([], ["truncated-gzip"])


def test_an_error_in_reading_keeps_the_lines_before_it() -> None:
    reading = standard_input(A + b"\n" + B[:5], OSError(errno.EIO, "Input/output error"))
    assert (reading.texts, reading.codes, reading.reader.broken) == ([A], ["unreadable"], True)
    assert "cannot be read (Input/output error), 5 bytes into a line" in reading.faults[0].message


def test_a_file_that_is_gone_is_a_fault(tmp_path: Path) -> None:
    reader = InputReader(Input("gone.jsonl", tmp_path / "gone.jsonl"))
    [chunk] = reader
    assert (chunk.file, chunk.faults[0].code) == ("gone.jsonl", "unreadable")
    assert reader.broken


def test_a_folder_cannot_be_read_as_a_file(tmp_path: Path) -> None:
    [chunk] = InputReader(Input("closed", tmp_path))
    assert [fault.code for fault in chunk.faults] == ["unreadable"]
