"""Whoever stands between publisher and terminal, or holds the terminal in hand: what they can bring about is what was signed, or nothing (threats C01-C07, C10)."""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING

import pytest

from codes.chain_delta import MAX_DELTA_BYTES
from codes.chain_snapshot import MAX_MANIFEST_BYTES
from codes.claims import StatusType
from codes.errors import CardError
from tests.verify.chain_world import FIRST, Region, bring, history, trust
from tests.verify.city import DAY, HOUR, NOW, City, Gate, code, when
from verify import Accepted, Inconclusive, Refused, faults, open_terminal
from verify.chain_head import StoredHead
from verify.chain_space import Outcome
from verify.chain_store import ChainStore
from verify.terminal import Holdings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from verify.verdict import Verdict

IDX = 7
"""Where the city's resident stands in the first list."""


def flipped(data: bytes) -> Iterator[bytes]:
    """Every byte altered, one at a time."""
    for at in range(len(data)):
        yield data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.threat("C01")
@pytest.mark.threat("C07")
def test_an_object_altered_or_cut_off_at_any_byte_changes_nothing(tmp_path: Path) -> None:
    region = history()
    store = ChainStore.open(tmp_path, trust())
    manifest, body = region.snapshot(1)
    for wrong in itertools.chain(flipped(manifest), (manifest[:at] for at in range(len(manifest)))):
        refused(store, wrong, body)
    for wrong in itertools.chain(flipped(body), (body[:at] for at in range(len(body)))):
        refused(store, manifest, wrong)
    assert store.heads() == []
    bring(store, region, 1)
    delta, beat = region.events[2].raw, region.beat(at=NOW + 60, seq=1)
    for wrong in itertools.chain(flipped(delta), flipped(beat), (delta[:at] for at in range(len(delta))), (beat[:at] for at in range(len(beat)))):
        refused(store, wrong)
    assert [(head.seq, head.iat) for head in store.heads()] == [(1, NOW)]
    assert [head.seq for head in ChainStore.open(tmp_path, trust()).heads()] == [1]
    assert not list(tmp_path.rglob("live-2.bin")), "and nothing of it is left lying about"


def refused(store: ChainStore, data: bytes, body: bytes | None = None) -> None:
    with pytest.raises(CardError):
        store.take(data, body, now=NOW)


def test_endless_objects_are_refused_by_their_length_alone(tmp_path: Path) -> None:
    store = ChainStore.open(tmp_path, trust())
    region = history()
    for start, most in ((region.events[2].raw, MAX_DELTA_BYTES), (region.snapshot(1)[0], MAX_MANIFEST_BYTES), (region.beat(), 4096)):
        with pytest.raises(CardError) as refusal:
            store.take(start + bytes(most), now=NOW)
        assert refusal.value.code == "cbor-size"


@pytest.mark.threat("C04")
def test_of_the_parts_of_three_versions_only_those_that_belong_together_are_taken(tmp_path: Path) -> None:
    """Two after one another of: snapshots with their own bodies and with each other's, deltas, heartbeats. What is in force then is a version, whole."""
    region = history()
    snapshots = {seq: region.snapshot(seq) for seq in (1, 3, 5)}
    parts: list[tuple[bytes, bytes | None]] = [(snapshots[one][0], snapshots[other][1]) for one in snapshots for other in snapshots]
    parts += [(region.events[seq].raw, None) for seq in (2, 4)] + [(region.merged(1, 3).raw, None), (region.merged(2, 5).raw, None)]
    parts += [(region.beat(seq=seq), None) for seq in (1, 5)]
    ends = set()
    for number, order in enumerate(itertools.product(range(len(parts)), repeat=2)):
        store = ChainStore.open(tmp_path / str(number), trust())
        (tmp_path / str(number)).mkdir()
        bring(store, region, 1)
        for part in order:
            try:
                store.take(*parts[part], now=NOW)
            except CardError:
                continue
        [head] = store.heads()
        assert {shard.statuses.to_bytes() for shard in store.shards.values()} == set(region.versions[head.seq].values())
        ends.add(head.seq)
    assert ends == {1, 2, 3, 4, 5}


# ---------------------------------------------------------------------------------------------------- a whole terminal


@pytest.fixture
def region(city: City) -> Region:
    """The city's region as the publisher of a chain, in the epoch that its documents name."""
    assert city.at == NOW
    region = Region(epoch=0)
    region.go({(FIRST, IDX): StatusType.SUSPENDED})
    return region


def give(gate: Gate, *objects: tuple[bytes, bytes | None], at: int = NOW) -> list[Outcome]:
    """Have a gate take objects, as whoever fetches does."""
    store = Holdings.read(gate.directory).chain
    return [store.take(data, body, now=at).outcome for data, body in objects]


def judged(gate: Gate, *, at: int = NOW, shown: int | None = None) -> Verdict:
    return open_terminal(gate.path, read_only=True).verify(code(at if shown is None else shown), at=when(at))


@pytest.mark.threat("C02")
def test_a_gate_that_knows_of_a_loss_is_not_made_to_forget_it(gate: Gate, city: City, region: Region) -> None:
    give(gate, region.snapshot(1))
    assert isinstance(judged(gate), Accepted)
    give(gate, (region.events[2].raw, None))
    assert isinstance(judged(gate), Refused)
    assert give(gate, region.snapshot(1), (region.beat(seq=1, at=NOW), None)) == [Outcome.KEPT, Outcome.KEPT]
    assert isinstance(judged(gate), Refused)
    heads = {path: head.turn for path in gate.path.rglob("head.?") if (head := StoredHead.from_bytes(path.read_bytes()))}
    max(heads, key=lambda path: heads[path]).unlink()
    assert isinstance(judged(gate), Inconclusive), "the newest version's file is gone, and neither the one before it is asked nor the token"
    shutil.rmtree(gate.path / "chain")
    verdict = judged(gate)
    assert isinstance(verdict, Inconclusive)
    assert (verdict.fault, verdict.facts["found"]) == (faults.STATUS_DAMAGED, "chain-rolled-back")
    city.token(iat=NOW + 5, values={IDX: StatusType.SUSPENDED})
    gate.take()
    assert isinstance(judged(gate, at=NOW + 5), Refused), "a newer token is asked: it is the publisher's later word"


@pytest.mark.threat("C03")
def test_a_chain_that_is_held_back_grows_old_and_ends_in_doubt_at_the_second(gate: Gate, city: City, region: Region) -> None:
    give(gate, region.snapshot(1), (region.beat(seq=1, at=NOW + HOUR), None))
    city.lives["timestamp"] = 6 * DAY
    city.publish()
    gate.take()
    since = NOW + HOUR
    fresh, stale = judged(gate, at=since + 21600), judged(gate, at=since + 21601)
    assert isinstance(fresh, Accepted)
    assert fresh.notes == ()
    assert isinstance(stale, Accepted)
    assert [str(note) for note in stale.notes] == ["status-aging"]
    assert isinstance(judged(gate, at=since + 259200), Accepted)
    last = judged(gate, at=since + 259201)
    assert isinstance(last, Inconclusive)
    assert last.fault is faults.STATUS_TOO_OLD
    give(gate, (region.events[2].raw, None))
    assert isinstance(judged(gate, at=since + 259201), Refused), "a stop is believed at any age"


@pytest.mark.threat("C10")
def test_a_clock_set_back_below_a_head_is_no_time_for_that_region_and_for_no_other(gate: Gate, region: Region) -> None:
    give(gate, region.snapshot(1), (region.beat(seq=1, at=NOW + 2 * HOUR), None), at=NOW + 2 * HOUR)
    back = judged(gate, at=NOW)
    assert isinstance(back, Inconclusive)
    assert (back.fault, back.facts) == (faults.CLOCK_BELOW_FLOOR, {"behind_s": 2 * HOUR, "region": "CN-CQ"})
    other = open_terminal(gate.path, read_only=True).verify(code(NOW, region="CN-SC"), at=when(NOW))
    assert isinstance(other, Accepted)
    assert isinstance(judged(gate, at=NOW + 2 * HOUR), Accepted)
    assert isinstance(judged(gate, at=NOW + 2 * HOUR - 60), Accepted), "publisher and terminal never agree to the second"


def test_a_clock_set_forward_makes_lists_old_and_nothing_good(gate: Gate, region: Region) -> None:
    give(gate, region.snapshot(1))
    assert not isinstance(judged(gate, at=NOW + 4 * DAY), Accepted)


@pytest.mark.error("trust-behind")
def test_a_publisher_that_demands_newer_trust_gets_no_yes_before_it_comes(gate: Gate, city: City, region: Region) -> None:
    """Whoever runs the snapshot role cannot hold a region's news back: its heartbeats say how new its documents must be."""
    give(gate, region.snapshot(1), (region.beat(seq=1, at=NOW + 60, trust=2), None))
    verdict = judged(gate, at=NOW + 60)
    assert isinstance(verdict, Inconclusive)
    assert (verdict.fault, verdict.facts) == (faults.TRUST_BEHIND, {"region": "CN-CQ", "version": 1, "demanded": 2})
    assert verdict.to_json()["reason"] == "trust-stale"
    [page] = gate.command("health", at=NOW + 60)[1]
    assert [problem["code"] for problem in page["problems"]] == ["trust-behind"]
    give(gate, (region.events[2].raw, None))
    assert isinstance(judged(gate, at=NOW + 60), Refused), "what is stopped is stopped under any trust"
    other = open_terminal(gate.path, read_only=True).verify(code(NOW + 60, region="CN-SC"), at=when(NOW + 60))
    assert isinstance(other, Accepted)
    found = region.go({(FIRST, IDX): StatusType.VALID})
    give(gate, (found.raw, None))
    assert isinstance(judged(gate, at=NOW + 60), Inconclusive)
    city.publish()
    gate.take()
    assert isinstance(judged(gate, at=NOW + 60), Accepted)


def test_the_newer_word_counts_whichever_way_it_came(gate: Gate, city: City, region: Region) -> None:
    give(gate, region.snapshot(2))
    assert isinstance(judged(gate), Refused), "the chain says so later than the token"
    city.token(iat=NOW + 5)
    gate.take()
    assert isinstance(judged(gate, at=NOW + 5), Accepted), "and the token later still that it was found"
    again = region.go({(FIRST, IDX): StatusType.INVALID})
    region.at = NOW + 5
    give(gate, (again.raw, None), (region.beat(at=NOW + 9), None))
    assert isinstance(judged(gate, at=NOW + 9), Refused)
