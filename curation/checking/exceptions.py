"""Exceptions with a written reason: what is right as it is, although a check finds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, final

from curation.checking.codes import MAY_BE_EXCEPTED, all_codes
from curation.checking.written import Item, Spot, Written


@final
class _Exception(NamedTuple):
    item: Item
    place: int
    code: str


def apply_exceptions(
    written: Written, spots: Sequence[Spot], *, proved: bool, ran: bool
) -> Iterator[Spot]:
    """The problems that no exception covers, and what is wrong with the exceptions.

    Whether an exception is needed can be told only where its check was run: ``proved`` and ``ran`` say
    whether the proofs and the examples were.
    """
    exceptions = list(_exceptions(written))
    used: set[int] = set()
    for spot in spots:
        covering = {index for index, one in enumerate(exceptions) if _covers(one, spot)}
        used |= covering
        if not covering:
            yield spot
    for index, one in enumerate(exceptions):
        if not _can_be_excepted(one.code):
            yield _unknown(one)
        elif index not in used and _was_looked_for(one.code, proved=proved, ran=ran):
            yield _idle(one)


def _exceptions(written: Written) -> Iterator[_Exception]:
    for item in written.items:
        for index, exception in enumerate(item.data.get("exceptions", ())):
            yield _Exception(item, index, exception["code"])


def _covers(one: _Exception, spot: Spot) -> bool:
    item = one.item
    return (
        spot.code == one.code
        and _can_be_excepted(one.code)
        and spot.file == item.file
        and spot.place[: len(item.place)] == item.place
    )


def _can_be_excepted(code: str) -> bool:
    return code in all_codes() and code[:3] in MAY_BE_EXCEPTED


def _was_looked_for(code: str, *, proved: bool, ran: bool) -> bool:
    if code.startswith("KB6") and code != "KB600":
        return proved
    return ran or not code.startswith("KB5")


def _unknown(one: _Exception) -> Spot:
    known = one.code in all_codes()
    why = "nothing can be excepted from it" if known else "there is no such code"
    return Spot(
        "KB803", one.item.file, one.item.at("exceptions", one.place, "code"),
        f"{one.item.id} has an exception for {one.code}, and {why}",
        "Correct the code; needlecheck kb check --explain all lists them.",
    )  # fmt: skip


def _idle(one: _Exception) -> Spot:
    return Spot(
        "KB802", one.item.file, one.item.at("exceptions", one.place),
        f"{one.item.id} has an exception for {one.code}, and there is no such problem",
        "Take the exception out.",
    )  # fmt: skip
