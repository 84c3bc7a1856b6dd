"""From one version of a chain to a later one: every way ends in the same bytes, and no step is taken from another version than its own."""

from __future__ import annotations

import random
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codes.chain_apply import Held, follow
from codes.chain_changes import Changes, decode_places, merge
from codes.chain_delta import StatusDelta
from codes.claims import StatusType
from codes.errors import CardError, InputError, StateError
from codes.merkle import Forest
from tests.vectors import cast, cast_chain

Lists = dict[int, bytes]


def version(chance: random.Random, before: Lists) -> Lists:
    """A later version: a few places change, never back from ended; sometimes a shard comes or goes."""
    after = dict(before)
    if chance.random() < 0.3:
        after[max(after, default=100) + chance.randrange(1, 40)] = bytes(chance.choice((1, 16, 4096, 5000)))
    if len(after) > 2 and chance.random() < 0.3:
        del after[min(after)]
    for number, before_it in after.items():
        packed = bytearray(before_it)
        for _ in range(chance.randrange(6)):
            idx = chance.randrange(4 * len(packed))
            was = packed[idx >> 2] >> 2 * (idx & 3) & 3
            becomes = 1 if was == 1 else chance.choice((0, 1, 2, 2, 3))
            packed[idx >> 2] ^= (was ^ becomes) << 2 * (idx & 3)
        after[number] = bytes(packed)
    return after


def history(chance: random.Random, length: int) -> tuple[list[Lists], list[StatusDelta]]:
    """Versions from 1 on, and the events between them."""
    versions: list[Lists] = [{100: bytes(16), 101: bytes(5000)}]
    events = []
    for seq in range(2, length + 2):
        before, after = versions[-1], version(chance, versions[-1])
        changes = Changes.between(before, after)
        root, previous = Forest.of(after).root, Forest.of(before).root
        events.append(StatusDelta.issue(cast_chain.head(seq=seq), changes, root=root, previous=previous, signer=cast.PUBLISHER))
        versions.append(after)
    return versions, events


def gone(held: Held, delta: StatusDelta) -> Held:
    """What a terminal holds after it has followed a delta."""
    step = follow(delta, held)
    return step.held(held, cast_chain.written(step, held.lists))


@settings(max_examples=25)
@given(st.randoms(use_true_random=False), st.integers(1, 8), st.data())
def test_every_way_to_a_version_ends_in_the_same_bytes(chance: random.Random, length: int, data: st.DataObject) -> None:
    versions, events = history(chance, length)
    stepwise = cast_chain.held(versions[0], seq=1)
    for seq, event in enumerate(events, start=2):
        stepwise = gone(stepwise, event)
        assert (stepwise.seq, stepwise.lists) == (seq, versions[seq - 1])
    first = data.draw(st.integers(0, length - 1))
    last = data.draw(st.integers(first + 1, length))
    merged = StatusDelta.merge(events[first:last], cast.PUBLISHER)
    assert (merged.since, merged.steps, merged.head) == (first + 1, last - first, events[last - 1].head)
    at_once = gone(cast_chain.held(versions[first], seq=first + 1), merged)
    assert at_once.lists == versions[last]
    assert at_once.forest.root == at_once.root == Forest.of(versions[last]).root
    middle = data.draw(st.integers(first, last))
    parts = [StatusDelta.merge(some, cast.PUBLISHER) for some in (events[first:middle], events[middle:last]) if some]
    assert StatusDelta.merge(parts, cast.PUBLISHER).raw == merged.raw


def test_a_merged_delta_leads_on_from_any_version_in_between() -> None:
    chance = random.Random(5)
    versions: list[Lists] = [{100: bytes(16), 101: bytes(5000)}]
    for _ in range(6):
        versions.append(version(chance, versions[-1]))
    versions[3] = versions[3] | {150: bytes(8)}
    for later in versions[4:]:
        later[150] = bytes(8)
    events = []
    for seq in range(2, 8):
        before, after = versions[seq - 2], versions[seq - 1]
        root, previous = Forest.of(after).root, Forest.of(before).root
        changes = Changes.between(before, after)
        events.append(StatusDelta.issue(cast_chain.head(seq=seq), changes, root=root, previous=previous, signer=cast.PUBLISHER))
    merged = StatusDelta.merge(events, cast.PUBLISHER)
    for seq in range(1, 7):
        assert gone(cast_chain.held(versions[seq - 1], seq=seq), merged).lists == versions[6]
    with pytest.raises(StateError) as refusal:
        follow(merged, cast_chain.held(versions[6], seq=7))
    assert refusal.value.code == "chain-gap"


def test_nothing_that_is_held_is_touched() -> None:
    lists = {number: bytearray(packed) for number, packed in cast_chain.V41.items()}
    held = cast_chain.held({number: memoryview(packed).toreadonly() for number, packed in lists.items()})
    root = held.forest.root
    follow(cast_chain.event_42(), held)
    assert {number: bytes(packed) for number, packed in lists.items()} == cast_chain.V41
    assert held.forest.root == root


@pytest.mark.threat("C02")
@pytest.mark.threat("C05")
@pytest.mark.parametrize("seq", [41, 43, 44, 1 << 52])
def test_a_delta_leads_on_from_its_own_version_and_from_no_other(seq: int) -> None:
    with pytest.raises(StateError) as refusal:
        follow(cast_chain.event_43(), cast_chain.held(cast_chain.V42, seq=seq))
    assert refusal.value.code == "chain-gap"


def test_a_difference_is_told_with_its_reasons() -> None:
    before = {1: bytes([0b01_00_00_00]), 2: bytes(2)}
    with pytest.raises(InputError) as refusal:
        Changes.between(before, {1: bytes(1), 2: bytes(2)})
    assert (refusal.value.code, refusal.value.facts) == ("chain-reversal", {"shard": 1, "idx": 3})
    with pytest.raises(InputError) as refusal:
        Changes.between(before, {1: before[1], 2: bytes(3)})
    assert (refusal.value.code, refusal.value.facts) == ("chain-shards", {"wrong": "size", "shard": 2})
    nothing = Changes.between(before, before)
    assert (len(nothing), nothing.added, nothing.dropped) == (0, (), ())


def test_merging_nothing_changes_nothing_and_is_no_delta() -> None:
    assert len(merge([])) == 0
    with pytest.raises(ValueError, match="no delta"):
        StatusDelta.merge([], cast.PUBLISHER)


def test_more_changes_than_a_delta_takes_need_a_snapshot() -> None:
    places = range((1 << 20) + 1)
    with pytest.raises(InputError) as refusal:
        StatusDelta.issue(cast_chain.head(), Changes(to={StatusType.SUSPENDED: places}), root=bytes(32), previous=bytes(8), signer=cast.PUBLISHER)
    assert refusal.value.code == "status-block"


def test_a_small_delta_that_speaks_of_a_thousand_shards_takes_little_memory() -> None:
    spans = b"\x01\x00" + b"\xff\x87\x02" + b"\x00\x00\x00\x00"
    tracemalloc.start()
    try:
        with pytest.raises(CardError):
            decode_places(spans)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
