"""Files that were damaged in any way are audited to the end, and nothing in them gets lost."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from audit import Audit, run_audit
from audit.executors import InProcess
from audit.inputs import find_inputs
from audit_runs import PUBLISHED, files, lines, mixed, summary_of
from engine import Screener

BATCHES: Final = 10
FILES: Final = 200
_SPECIAL: Final = b'{}[],:"\\\n\r\t \x00\xff\xef\xbb\xbf\x1f\x8b0e'


def flipped(content: bytes, chance: Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def overwritten(content: bytes, chance: Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        damaged[chance.randrange(len(damaged))] = chance.choice(_SPECIAL)
    return bytes(damaged)


def truncated(content: bytes, chance: Random) -> bytes:
    return content[: chance.randrange(len(content))]


def inserted(content: bytes, chance: Random) -> bytes:
    place = chance.randint(0, len(content))
    piece = bytes(chance.choice(_SPECIAL) for _ in range(chance.randint(1, 6)))
    return content[:place] + piece + content[place:]


def left_out(content: bytes, chance: Random) -> bytes:
    start, end = sorted(chance.randint(0, len(content)) for _ in range(2))
    return content[:start] + content[end:]


def doubled(content: bytes, chance: Random) -> bytes:
    start, end = sorted(chance.randint(0, len(content)) for _ in range(2))
    return content[:end] + content[start:]


def swapped(content: bytes, chance: Random) -> bytes:
    a, b, c, d = sorted(chance.randint(0, len(content)) for _ in range(4))
    return content[:a] + content[c:d] + content[b:c] + content[a:b] + content[d:]


DAMAGES: Final[list[Callable[[bytes, Random], bytes]]] = [
    flipped, overwritten, truncated, inserted, left_out, doubled, swapped,
]  # fmt: skip


def good_file(chance: Random) -> tuple[str, bytes]:
    """The ending of a name and what goes with it."""
    small = [record for record in mixed(400) if len(record) < 600]
    records = chance.sample(small, chance.randint(3, 6))
    ending, content = chance.choice([
        (".jsonl", b"\n".join(records) + b"\n"),
        (".jsonl", b"\n".join(records) + b"\n"),
        (".ndjson", b"\r\n".join(records)),
        (".json", b"[" + b",\n".join(records) + b"]"),
        (".json", json.dumps([json.loads(record) for record in records], indent=1).encode()),
        (".json", records[0]),
        (".json", json.dumps(json.loads(records[0]), indent=2).encode()),
    ])  # fmt: skip
    if chance.random() < 0.3:
        return f"{ending}.gz", gzip.compress(content, mtime=0)
    return ending, content


def unharmed(content: bytes, damaged: bytes) -> list[dict[str, Any]]:
    """The records of JSON Lines that stand before the first byte that is not as it was."""
    pairs = enumerate(zip(content, damaged, strict=False))
    same = next((place for place, (one, other) in pairs if one != other), len(damaged))
    return [json.loads(line) for line in content[:same].split(b"\n")[:-1]]


def is_empty_array(name: str, content: bytes) -> bool:
    """Whether a file holds no record and is right to."""
    try:
        text = gzip.decompress(content) if name.endswith(".gz") else content
    except (OSError, EOFError, zlib.error):
        return False
    return ".json" in name and "".join(text.decode("latin-1").split()).removeprefix("ï»¿") == "[]"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_damaged_files_are_audited_to_the_end(tmp_path: Path, screener: Screener, batch: int) -> None:
    """2,000 files in ten runs; what cannot be told is told in the rejects, file by file."""
    chance = Random(batch)
    written: dict[str, bytes] = {}
    expected: dict[str, list[str]] = {}
    for number in range(FILES):
        ending, content = good_file(chance)
        damaged = content
        for _ in range(chance.choice([1, 1, 1, 2, 5])):
            damaged = chance.choice(DAMAGES)(damaged, chance) if damaged else damaged
        name = f"{number:03}{ending}"
        written[name] = damaged
        if ending == ".jsonl":
            expected[name] = [record["intake_id"] for record in unharmed(content, damaged)]
    (tmp_path / "in").mkdir()
    for name, content in written.items():
        (tmp_path / "in" / name).write_bytes(content)

    inputs, skipped = find_inputs([str(tmp_path / "in")], tmp_path / "out")
    audit = Audit(inputs, skipped, tmp_path / "out", date(2026, 6, 15))
    run_audit(audit, screener, InProcess())

    assert {*files(tmp_path / "out")} == PUBLISHED
    summary = summary_of(tmp_path / "out")
    results, rejects = lines(tmp_path / "out/results.jsonl"), lines(tmp_path / "out/rejects.jsonl")
    records = summary["records"]
    assert (records["accepted"], records["rejected"]) == (len(results), len(rejects))
    assert records["read"] == len(results) + len(rejects)
    assert {Path(file["file"]).name for file in summary["inputs"]} == {*written}
    for file in summary["inputs"]:
        name = Path(file["file"]).name
        assert (file["records"] > 0) != is_empty_array(name, written[name]), name
    accepted: dict[str, list[str]] = {name: [] for name in written}
    for result in results:
        accepted[Path(result["source"]["file"]).name].append(result["intake_id"])
    assert {name: accepted[name][: len(ids)] for name, ids in expected.items()} == expected
    assert sum(map(len, expected.values())) > FILES // 20


def test_the_damage_is_of_every_kind(tmp_path: Path, screener: Screener) -> None:
    """The files above are worth the time: most are hurt, and in many ways."""
    chance = Random(0)
    (tmp_path / "in").mkdir()
    for number in range(FILES):
        ending, content = good_file(chance)
        (tmp_path / "in" / f"{number}{ending}").write_bytes(chance.choice(DAMAGES)(content, chance))
    inputs, skipped = find_inputs([str(tmp_path / "in")], tmp_path / "out")
    run_audit(Audit(inputs, skipped, tmp_path / "out", date(2026, 6, 15)), screener, InProcess())
    codes = {reject["code"] for reject in summary_of(tmp_path / "out")["rejects"]}
    assert codes > {"malformed-json", "malformed-array", "truncated-gzip", "corrupt-gzip"}
