"""Rice blocks: one spelling, nothing allocated that the bytes do not pay for, and the sweep with numpy no different from plain Python."""

from __future__ import annotations

import json
import random
import sys
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes import rice
from codes.chain_shards import STOPPED, decode_shard, encode_shard, longest_block
from codes.errors import InputError
from codes.status import SHARD_CAPACITY
from tests.codes.refusing import refusal
from tests.vectors.replay import outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "chain-blocks.json").read_text("utf-8"))["cases"]
NEVER, ALWAYS = 1 << 60, 1


@pytest.fixture(params=[NEVER, ALWAYS], ids=["plain", "swept"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(rice, "SWEEP", request.param)
    return request.param  # type: ignore[no-any-return]  # because pytest does not type the parameters of a fixture


def both(data: bytes, **told: int) -> list[list[int]] | str:
    """What a block says, or with which code it is refused; the same either way."""
    found: list[list[list[int]] | str] = []
    for sweep in (NEVER, ALWAYS):
        before, rice.SWEEP = rice.SWEEP, sweep
        try:
            found.append([list(some) for some in rice.decode(data, **told)])
        except InputError as error:
            found.append(f"{error.code} {error.facts['wrong']}")
        finally:
            rice.SWEEP = before
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["name"])
def test_both_ways_do_what_a_vector_says(case: dict[str, Any], way: int) -> None:
    assert outcome(case) == case["expect"], way


@st.composite
def sets(draw: st.DrawFn) -> tuple[int, list[list[int]]]:
    universe = draw(st.sampled_from([1, 2, 8, 61, 1000, 1 << 20, 1 << 36]))
    numbers = st.integers(0, universe - 1) | st.sampled_from([0, universe - 1])
    return universe, draw(st.lists(st.sets(numbers, max_size=60).map(sorted), min_size=1, max_size=4))


@given(sets())
def test_every_set_comes_back(drawn: tuple[int, list[list[int]]]) -> None:
    universe, wanted = drawn
    assert both(rice.encode(wanted, universe=universe), universe=universe, sets=len(wanted), limit=1000) == wanted


@given(sets(), st.data())
def test_a_changed_block_is_refused_or_is_the_one_spelling_of_something_else(drawn: tuple[int, list[list[int]]], data: st.DataObject) -> None:
    universe, wanted = drawn
    block = bytearray(rice.encode(wanted, universe=universe))
    at = data.draw(st.integers(0, len(block) - 1))
    block[at] ^= data.draw(st.integers(1, 255))
    found = both(bytes(block), universe=universe, sets=len(wanted), limit=1000)
    assert found[:12] == "status-block" or rice.encode([some for some in found if not isinstance(some, str)], universe=universe) == block


@given(st.binary(max_size=60), st.sampled_from([0, 1, 8, 1 << 20, 1 << 36]), st.integers(1, 4))
def test_arbitrary_bytes_are_refused_or_are_the_one_spelling_of_something(data: bytes, universe: int, count: int) -> None:
    found = both(data, universe=universe, sets=count, limit=50)
    assert found[:12] == "status-block" or rice.encode([some for some in found if not isinstance(some, str)], universe=universe) == data


def test_a_block_is_refused_cut_at_every_byte_and_with_any_byte_after_it() -> None:
    block = rice.encode([[1, 5, 900], [2]], universe=1000)
    for end in range(len(block)):
        assert both(block[:end], universe=1000, sets=2, limit=1000)[:12] == "status-block"
    for extra in (b"\0", b"\x80", block):
        assert both(block + extra, universe=1000, sets=2, limit=1000)[:12] == "status-block"


@given(st.integers(1, 1 << 36), st.integers(1, 1 << 36))
def test_the_parameter_is_the_whole_part_of_the_logarithm(count: int, universe: int) -> None:
    k = rice.parameter(count, universe)
    assert k == 0 or 80 * count << k <= 77 * universe
    assert 77 * universe < 80 * count << k + 1


@pytest.mark.parametrize("wrong", [[[1, 1]], [[2, 1]], [[-1]], [[8]]])
def test_sets_that_do_not_rise_or_lie_outside_are_our_own_bug(wrong: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="rise and lie below"):
        rice.encode(wrong, universe=8)


def test_a_universe_beyond_the_largest_is_our_own_bug() -> None:
    with pytest.raises(ValueError, match="at most"):
        rice.encode([[1]], universe=rice.MAX_UNIVERSE + 1)


def stopped(entries: int, share: float, seed: int = 1) -> bytes:
    """A shard in which so many are not valid."""
    chance = random.Random(seed)
    packed = bytearray(entries // 4)
    for place in chance.sample(range(entries), int(entries * share)):
        packed[place >> 2] |= chance.choice((1, 2, 2, 3)) << 2 * (place & 3)
    return bytes(packed)


@pytest.mark.parametrize("share", [0, 0.001, 0.03, 0.34, 0.5, 1])
@pytest.mark.parametrize("entries", [4, 64, 4096, 1 << 16])
@pytest.mark.usefixtures("way")
def test_a_shard_comes_back_and_is_never_longer_than_its_bound(entries: int, share: float) -> None:
    packed = stopped(entries, share)
    block = encode_shard(packed)
    assert decode_shard(block, entries=entries) == packed
    assert len(block) <= longest_block(entries)


@pytest.mark.usefixtures("way")
def test_a_place_has_one_status() -> None:
    for sets in ([[5], [5], []], [[1, 5], [], [5]], [[], [0, 7], [7]]):
        with pytest.raises(InputError) as refusal:
            decode_shard(rice.encode(sets, universe=64), entries=64)
        assert refusal.value.facts == {"wrong": "twice"}


@given(st.binary(min_size=1, max_size=64))
def test_every_shard_has_one_block_whichever_way_it_is_made(packed: bytes) -> None:
    plain = rice.encode_values(packed, STOPPED)
    before, rice.SWEEP = rice.SWEEP, ALWAYS
    try:
        assert rice.encode_values(packed, STOPPED) == plain
        assert rice.decode_values(plain, entries=4 * len(packed), values=STOPPED) == packed
    finally:
        rice.SWEEP = before


def test_without_numpy_a_large_shard_is_read_and_written_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = stopped(1 << 18, 0.05)
    with_numpy = encode_shard(packed)
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert encode_shard(packed) == with_numpy
    assert decode_shard(with_numpy, entries=1 << 18) == packed


@pytest.mark.parametrize("spelling", ["ffffffff03" + "00" * 400, "80804000" + "00" * 400, "80804000" + "ff" * 400, "01" * 400])
@pytest.mark.usefixtures("way")
def test_a_block_that_counts_more_than_it_pays_for_costs_nothing(spelling: str) -> None:
    data = bytes.fromhex(spelling)
    refusal(lambda: rice.decode(data, universe=8, sets=1, limit=8))  # what is loaded once is not weighed
    tracemalloc.start()
    try:
        assert refusal(lambda: rice.decode(data, universe=1 << 36, sets=1, limit=1 << 20)) == "status-block"
        assert refusal(lambda: decode_shard(data, entries=SHARD_CAPACITY)) == "status-block"
        assert tracemalloc.get_traced_memory()[1] < 1 << 16
    finally:
        tracemalloc.stop()
