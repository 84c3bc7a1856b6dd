"""What a gate's line carries while it follows, and that nothing it must know is kept from it for the sake of that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.webapp.chainhouse import Chain
from tests.webapp.linkhouse import COMMENT, DAY, FIVE_MINUTES, a_day, on_stream
from webapp.feeding.feed import Feed, Pace
from webapp.feeding.news import ChainName, News
from webapp.feeding.reader import WINDOW, Reader, Wish
from webapp.published import PublishedFolder

if TYPE_CHECKING:
    from pathlib import Path

PHONES = ChainName("CN-CQ", "phone")
_STATED_DELTAS = (869, 441)
"""Bytes of the deltas of five minutes in two regions, 340 changes between them."""


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    made = Chain(tmp_path)
    made.beat()
    return made


def one(chain: Chain, *, at: int) -> News:
    """A version that was published at that time."""
    chain.iat = at - 1
    return News.read(chain.change())


def again(chain: Chain, *, at: int) -> News:
    chain.iat = at - 1
    return News.read(chain.beat())


def gathering(chain: Chain) -> tuple[Reader, Feed]:
    feed = Feed(PublishedFolder(chain.root))
    reader = Reader(Wish(only=True, gathered=True), {PHONES: None}, feed._gatherable)
    return reader, feed


@pytest.mark.parametrize("metered", [False, True], ids=["each-change", "gathered"])
def test_a_day_of_following_costs_less_than_a_megabyte(tmp_path: Path, *, metered: bool) -> None:
    with a_day(tmp_path, metered=metered) as day:
        day.start()
        day.hurry()
        before, signed = day.line.bytes, len(day.deltas)
        for _ in range(4):
            day.pass_five_minutes()
        carried = day.line.bytes - before - sum(map(on_stream, day.deltas[signed:]))
    words = carried + 4 * (sum(map(on_stream, _STATED_DELTAS)))
    assert words * (DAY / FIVE_MINUTES / 4) + DAY / Pace().keep_alive * len(COMMENT) < 1_000_000


def test_a_head_that_says_the_same_again_is_left_out_for_as_long_as_it_is_believed(chain: Chain) -> None:
    reader = Reader(Wish(beat=300), {}, lambda *_: [])
    first = again(chain, at=WINDOW * 7_000_000)
    assert reader.hear([first]) == first.event
    assert reader.hear([again(chain, at=first.iat + late) for late in (60, 120, 240)]) == b""
    due = again(chain, at=first.iat + 300)
    assert reader.hear([due]) == due.event
    assert reader.hear([due, first]) == b""


def test_no_change_and_no_newer_demand_is_ever_left_out(chain: Chain) -> None:
    reader = Reader(Wish(beat=600), {}, lambda *_: [])
    reader.hear([again(chain, at=WINDOW * 7_000_000)])
    change = one(chain, at=WINDOW * 7_000_000 + 1)
    assert reader.hear([change]) == change.event
    demand = replace(again(chain, at=WINDOW * 7_000_000 + 2), trust=change.trust + 1)
    assert reader.hear([demand]) == demand.event


def test_of_other_chains_a_reader_of_one_hears_nothing(chain: Chain) -> None:
    other = Reader(Wish(only=True), {ChainName("CN-SC", "phone"): None}, lambda *_: [])
    assert other.hear([one(chain, at=WINDOW * 7_000_000)]) == b""


def test_the_changes_of_five_minutes_come_in_one_object_when_they_are_over(chain: Chain) -> None:
    reader, _ = gathering(chain)
    start = WINDOW * 7_000_000
    head = again(chain, at=start)
    assert reader.begin(PHONES, None) == head.event
    assert reader.hear([one(chain, at=start + late) for late in (2, 9, 200)]) == b""
    merged = News.read(chain.merge(1, 4))
    later = one(chain, at=start + WINDOW + 3)
    assert reader.hear([later]) == merged.event
    assert reader.hear([one(chain, at=start + WINDOW + 8)]) == b""
    News.read(chain.merge(4, 6))
    assert reader.hear([again(chain, at=start + 3 * WINDOW)]) == News.read(chain.merge(4, 6)).event


def test_where_nothing_changed_a_gathering_reader_hears_that_it_stands(chain: Chain) -> None:
    reader, _ = gathering(chain)
    start = WINDOW * 7_000_000
    again(chain, at=start)
    reader.begin(PHONES, None)
    assert reader.hear([again(chain, at=start + late) for late in (60, 240)]) == b""
    stands = again(chain, at=start + WINDOW)
    assert reader.hear([stands]) == stands.event


def test_a_gathering_reader_waits_for_the_index_that_is_written_last(chain: Chain) -> None:
    reader, feed = gathering(chain)
    start = WINDOW * 7_000_000
    again(chain, at=start)
    reader.begin(PHONES, None)
    one(chain, at=start + 5)
    index = (chain.folder / "index.json").read_bytes()
    one(chain, at=start + 6)
    late = one(chain, at=start + WINDOW)
    whole = (chain.folder / "index.json").read_bytes()
    (chain.folder / "index.json").write_bytes(index)
    assert reader.hear([late]) == b""
    (chain.folder / "index.json").write_bytes(whole)
    merged = News.read(chain.merge(1, 3))
    assert reader.hear([again(chain, at=start + WINDOW + 60)]) == merged.event
    (chain.folder / "head.cbor").unlink()
    assert feed._gatherable(PHONES, None) == []


def test_a_stream_of_one_chain_keeps_still_while_others_speak(chain: Chain) -> None:
    feed = Feed(PublishedFolder(chain.root), pace=Pace(look=0.01, keep_alive=0.2))
    stream = feed.stream({ChainName("CN-SC", "phone"): None}, Wish(only=True))
    assert next(stream).startswith(b"retry: ")
    assert next(stream) == b""
    for _ in range(3):
        chain.change()
    assert next(stream) == b":\n\n"
    feed.close()
