"""The names closest to a word that is no name: which are found, in which order, with what work."""

from __future__ import annotations

import json
import random
import string
import time
from collections.abc import Callable, Sequence
from typing import Final

import pytest
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extractOne

from engine import Screener
from engine.closest import NameShelf
from test_same_bytes import in_a_new_process

Slip = Callable[[str, random.Random], str]

CUTOFF: Final = 60
PRINT_CLOSEST: Final = """
import json, sys
from engine.closest import NameShelf
names, words = json.load(sys.stdin)
shelf = NameShelf(set(names))
print(json.dumps([shelf.closest(word, 12) for word in words]))
"""


def added(name: str, choice: random.Random) -> str:
    place = choice.randrange(len(name) + 1)
    return name[:place] + choice.choice(string.ascii_lowercase) + name[place:]


def missing(name: str, choice: random.Random) -> str:
    place = choice.randrange(len(name))
    return name[:place] + name[place + 1 :]


def wrong(name: str, choice: random.Random) -> str:
    place = choice.randrange(len(name))
    return name[:place] + choice.choice(string.ascii_lowercase) + name[place + 1 :]


def swapped(name: str, choice: random.Random) -> str:
    place = choice.randrange(len(name) - 1)
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]


SLIPS: Final[Sequence[Slip]] = (added, missing, wrong, swapped)


@pytest.fixture(scope="module")
def names(screener: Screener) -> list[str]:
    return sorted(screener.knowledge_base.vocabulary.names)


@pytest.fixture(scope="module")
def shelf(names: list[str]) -> NameShelf:
    return NameShelf(names)


def repeatable(seed: str) -> random.Random:
    return random.Random(seed)


def some(names: Sequence[str], choice: random.Random, count: int) -> list[str]:
    return choice.sample([name for name in names if len(name) >= 6], count)


@pytest.mark.parametrize("slip", SLIPS)
def test_a_name_is_found_after_one_slip(slip: Slip, names: list[str], shelf: NameShelf) -> None:
    choice = repeatable(slip.__name__)
    words = {name: slip(name, choice) for name in some(names, choice, 200)}
    assert [name for name, word in words.items() if name not in shelf.closest(word, 12)] == []


def test_after_two_slips_the_first_is_hardly_ever_further_than_the_closest_of_all(
    names: list[str], shelf: NameShelf
) -> None:
    choice = repeatable("two slips")
    further = 0
    for name in some(names, choice, 150):
        word = choice.choice(SLIPS)(choice.choice(SLIPS)(name, choice), choice)
        _, best, _ = extractOne(word, names, scorer=ratio)
        found = shelf.closest(word, 1)
        further += best >= CUTOFF and (not found or ratio(word, found[0]) < best)
    assert further <= 3


@pytest.mark.parametrize(
    ("word", "name"),
    [("severepsoriasi", "psoriasi"), ("psoriasionmyleg", "psoriasi"), ("myeczema", "eczema")],
)
def test_a_name_is_found_with_other_words_before_or_after_it(
    shelf: NameShelf, word: str, name: str
) -> None:
    assert name in shelf.closest(word, 12)


def test_nothing_is_offered_that_is_less_than_sixty_percent_alike(
    names: list[str], shelf: NameShelf
) -> None:
    choice = repeatable("far from any name")
    halves = [(name[:5], other[-5:]) for name, other in zip(names[::40], names[7::40], strict=False)]
    words = [start + "".join(choice.choices(string.ascii_lowercase, k=6)) + end for start, end in halves]
    likeness = [ratio(word, name) for word in words for name in shelf.closest(word, 12)]
    assert likeness
    assert min(likeness) >= CUTOFF


@pytest.mark.parametrize("word", ["", "qxzjqwvkpf", "?!", "\ud800", "0" * 40])
def test_for_a_word_like_no_name_nothing_is_offered(shelf: NameShelf, word: str) -> None:
    assert shelf.closest(word, 12) == []


def test_the_closest_comes_first_and_equals_in_the_order_of_their_letters() -> None:
    shelf = NameShelf(["latexb", "latexgel", "latexa", "latex", "cat"])
    assert shelf.closest("latexc", 12) == ["latex", "latexa", "latexb", "latexgel"]


def test_no_more_names_are_offered_than_asked_for(shelf: NameShelf) -> None:
    twelve = shelf.closest("psoriassis", 12)
    assert len(twelve) == 12
    assert shelf.closest("psoriassis", 3) == twelve[:3]


def test_an_empty_shelf_offers_nothing() -> None:
    assert NameShelf(()).closest("eczema", 3) == []


def test_the_order_of_the_names_on_the_shelf_does_not_count() -> None:
    more_than_are_compared = [f"{first}aser{number:03}" for first in "vwxyz" for number in range(90)]
    shelves = NameShelf(more_than_are_compared), NameShelf(more_than_are_compared[::-1])
    closest = [shelf.closest("aaser", 12) for shelf in shelves]
    assert len(closest[0]) == 12
    assert closest[0] == closest[1]


def test_a_rare_end_counts_more_than_a_common_start() -> None:
    shelf = NameShelf(["lesertonic", *(f"laser{number:03}" for number in range(1_000))])
    assert shelf.closest("lasertonic", 1) == ["lesertonic"]


def test_another_process_offers_the_same(names: list[str], shelf: NameShelf) -> None:
    choice = repeatable("hash seed")
    words = [wrong(name, choice) for name in some(names, choice, 200)]
    expected = [shelf.closest(word, 12) for word in words]
    printed = in_a_new_process(["-c", PRINT_CLOSEST], "4711", json.dumps([names, words]))
    assert json.loads(printed) == expected


@pytest.mark.parametrize("word", ["a" * 10_000, "psoriasi" * 125_000], ids=["10,000", "1,000,000"])
def test_a_very_long_word_takes_no_longer(shelf: NameShelf, word: str) -> None:
    shelf.closest("psoriassis", 3)
    began = time.monotonic()
    for _ in range(1_000):
        assert shelf.closest(word, 3) == []
    assert time.monotonic() - began < 0.2
