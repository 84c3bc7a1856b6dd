"""The chains of a terminal: what is taken, what is answered from it, and what is refused with everything left as it was."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

import pytest

from codes import faults as form
from codes.chain import ListSpace
from codes.chain_delta import StatusDelta
from codes.claims import Profile, StatusType
from codes.errors import CardError, InputError, SetupError
from tests.verify.chain_world import EPOCH, FIRST, SECOND, THIRD, Region, authority, bring, history, trust
from tests.verify.city import DAY, NOW
from verify import chain_writing, faults
from verify.chain_space import Outcome
from verify.chain_store import ChainStore

if TYPE_CHECKING:
    from pathlib import Path

    from codes.errors import Fault

URI = "sl:c1000"


def fault_of(store: ChainStore, data: bytes, body: bytes | None = None, *, now: int = NOW) -> Fault:
    """Offer an object, see it refused and everything left as it was; return why."""
    before = store.heads(), {uri: shard.statuses.to_bytes() for uri, shard in store.shards.items()}
    with pytest.raises(CardError) as refusal:
        store.take(data, body, now=now)
    assert before == (store.heads(), {uri: shard.statuses.to_bytes() for uri, shard in store.shards.items()})
    return refusal.value.fault


@pytest.fixture
def region() -> Region:
    return history()


@pytest.fixture
def store(tmp_path: Path, region: Region) -> ChainStore:
    """A store that has taken the first version."""
    store = ChainStore.open(tmp_path, trust())
    assert bring(store, region, 1).outcome is Outcome.TAKEN
    return store


def test_deltas_lead_from_version_to_version_and_all_is_there_after_a_restart(tmp_path: Path, store: ChainStore, region: Region) -> None:
    for seq in range(2, 6):
        assert store.take(region.events[seq].raw, now=NOW).outcome is Outcome.TAKEN
        for reader in (store, ChainStore.open(tmp_path, trust())):
            [head] = reader.heads()
            assert (head.region, head.space, head.epoch, head.seq, head.known) == ("CN-CQ", ListSpace.PHONE, EPOCH, seq, seq)
            assert (head.root, head.iat, head.exp) == (region.root(seq), region.times[seq], region.times[seq] + DAY)
            assert (head.damaged, head.is_rolled_back, head.lists) == ((), False, len(region.versions[seq]))
            assert {uri: shard.statuses.to_bytes() for uri, shard in reader.shards.items()} == {
                {FIRST: URI, SECOND: "sl:c1001", THIRD: "sl:c1002"}[number]: packed for number, packed in region.versions[seq].items()
            }


def test_it_answers_as_a_source_of_status(store: ChainStore, region: Region) -> None:
    store.take(region.events[2].raw, now=NOW)
    shard = store.shard(URI)
    assert shard is not None
    assert (shard.region, shard.profile, shard.iat) == ("CN-CQ", Profile.GENERAL, NOW + 2)
    assert [shard.statuses[idx] for idx in (6, 7, 16_500)] == [StatusType.VALID, StatusType.SUSPENDED, StatusType.INVALID]
    assert store.shard("sl:c1007") is None
    assert (store.head("CN-CQ"), store.head("CN-SC"), store.floors()) == (NOW + 2, None, {"CN-CQ": NOW + 2})
    assert (store.demand("CN-CQ"), store.demand("CN-SC"), set(store.regions)) == (1, 0, {"CN-CQ"})


def test_the_chain_of_chips_is_another_one(store: ChainStore) -> None:
    chips = history(space=ListSpace.CHIP, at=NOW + 60)
    bring(store, chips, 2)
    assert [(head.space, head.seq) for head in store.heads()] == [(ListSpace.PHONE, 1), (ListSpace.CHIP, 2)]
    shard = store.shard("sl:c14")
    assert shard is not None
    assert (shard.profile, shard.statuses[7]) == (Profile.CHIP, StatusType.SUSPENDED)
    assert store.head("CN-CQ") == NOW + 62


def test_a_shard_outside_the_regions_numbers_is_nobodys(store: ChainStore) -> None:
    far = Region(space=ListSpace.CHIP, versions={1: {40: bytes(4), 5000: bytes(4), FIRST: bytes(4)}})
    bring(store, far)
    assert set(store.shards) == {URI, "sl:c1001", "sl:c14"}, "and a chip's chain says nothing about phones"


def test_heartbeats_make_a_version_younger_and_tell_of_newer_ones(tmp_path: Path, store: ChainStore, region: Region) -> None:
    beat = region.beat(at=NOW + 50, seq=1)
    assert store.take(beat, now=NOW).outcome is Outcome.TAKEN
    assert store.take(beat, now=NOW).outcome is Outcome.KEPT
    assert store.beat("CN-CQ", ListSpace.PHONE) == beat
    assert store.beat("CN-SC", ListSpace.PHONE) is None
    assert ChainStore.open(tmp_path, trust()).heads()[0].iat == NOW + 50
    assert store.shards[URI].iat == NOW + 50
    assert store.take(region.beat(at=NOW + 60, seq=5), now=NOW).outcome is Outcome.BEHIND
    assert store.take(region.beat(at=NOW + 55, seq=4), now=NOW).outcome is Outcome.KEPT
    [head] = store.heads()
    assert (head.seq, head.known, head.iat) == (1, 5, NOW), "a heartbeat of another version says nothing about ours"
    assert store.floors() == {"CN-CQ": NOW + 60}
    assert store.take(region.merged(1, 5).raw, now=NOW).outcome is Outcome.TAKEN
    assert store.heads()[0].iat == NOW + 60, "and about this one it does"


def test_what_is_behind_us_is_kept_and_what_leads_nowhere_is_a_gap(store: ChainStore, region: Region, tmp_path: Path) -> None:
    store.take(region.merged(1, 3).raw, now=NOW)
    for data, body in (
        (region.events[2].raw, None),
        (region.events[3].raw, None),
        region.snapshot(1),
        region.snapshot(3),
        (region.beat(at=NOW, seq=2), None),
    ):
        assert store.take(data, body, now=NOW).outcome is Outcome.KEPT
    assert fault_of(store, region.events[5].raw) is form.CHAIN_GAP
    empty = ChainStore.open(tmp_path / "new", trust())
    (tmp_path / "new").mkdir()
    assert fault_of(empty, region.events[2].raw) is form.CHAIN_GAP
    assert empty.take(region.beat(), now=NOW).outcome is Outcome.BEHIND
    assert empty.heads() == []
    assert empty.demand("CN-CQ") == 1


@pytest.mark.error("chain-equivocation")
@pytest.mark.error("chain-rolled-back")
def test_a_publisher_that_says_two_things_of_one_version_is_told_apart(store: ChainStore, region: Region) -> None:
    other = Region()
    other.go({(FIRST, 9): StatusType.SUSPENDED})
    store.take(region.events[2].raw, now=NOW)
    assert fault_of(store, other.events[2].raw) is faults.CHAIN_EQUIVOCATION
    assert fault_of(store, *other.snapshot()) is faults.CHAIN_EQUIVOCATION
    assert fault_of(store, other.beat(at=NOW + 60)) is faults.CHAIN_EQUIVOCATION
    assert fault_of(store, region.beat(at=NOW + 60, seq=1)) is faults.CHAIN_ROLLED_BACK, "an older version is called the newest"


@pytest.mark.threat("C05")
@pytest.mark.error("chain-epoch")
def test_a_chain_driven_to_its_end_by_a_thief_begins_anew_in_the_next_epoch(tmp_path: Path, store: ChainStore) -> None:
    thief = Region(seq=(1 << 53) - 1, at=NOW + DAY)
    bring(store, thief)
    assert store.heads()[0].seq == (1 << 53) - 1
    further = Region(epoch=EPOCH + 1)
    assert fault_of(store, *further.snapshot()) is faults.CHAIN_EPOCH, "only the trust documents name an epoch: no online key drives it up"
    after = trust(authority(keys=["new"], epoch=EPOCH + 1))
    assert store.refresh(after)
    assert (store.heads(), store.shards, store.head("CN-CQ"), store.floors()) == ([], {}, None, {}), "what a thief signed goes with the key"
    anew = Region(epoch=EPOCH + 1, key="new", seq=3)
    assert fault_of(store, *thief.snapshot()) is faults.STATUS_KEY_UNKNOWN
    assert bring(store, anew).outcome is Outcome.TAKEN
    assert [(head.epoch, head.seq) for head in ChainStore.open(tmp_path, after).heads()] == [(EPOCH + 1, 3)]
    assert fault_of(store, *Region(key="new", seq=9).snapshot()) is faults.CHAIN_EPOCH


def test_without_a_stolen_key_the_next_epoch_needs_no_new_one(store: ChainStore, region: Region) -> None:
    store.refresh(trust(authority(epoch=EPOCH + 1)))
    assert store.shards[URI].iat == NOW, "what is held stands until the new epoch's first snapshot comes, as old as it is"
    anew = Region(epoch=EPOCH + 1, seq=3)
    delta = anew.go({(FIRST, 1): StatusType.FROZEN})
    assert fault_of(store, delta.raw) is form.CHAIN_GAP
    bring(store, anew)
    assert fault_of(store, region.events[2].raw) is faults.CHAIN_EPOCH


def test_only_keys_of_the_region_count_and_only_in_their_time(tmp_path: Path, region: Region) -> None:
    store = ChainStore.open(tmp_path, trust(authority(not_after=NOW + 2), authority("CN-SC")))
    bring(store, region, 1)
    assert fault_of(store, region.events[2].raw) is faults.STATUS_KEY_PERIOD
    assert fault_of(store, history(key="thief").events[2].raw) is faults.STATUS_KEY_UNKNOWN
    forged = Region()
    forged.key, forged.region = "status CN-SC", "CN-CQ"
    assert fault_of(store, *forged.snapshot()) is faults.STATUS_KEY_UNKNOWN
    nobody = Region()
    nobody.region = "CN-GZ"
    assert fault_of(store, *nobody.snapshot()) is faults.STATUS_KEY_UNKNOWN
    assert fault_of(store, b"junk") is form.COSE_TYPE


def test_what_was_signed_far_in_the_future_is_refused(store: ChainStore, region: Region) -> None:
    assert fault_of(store, region.beat(at=NOW + 31 * DAY + 1, seq=1)) is faults.STATUS_FROM_FUTURE
    assert store.take(region.beat(at=NOW + 31 * DAY, seq=1), now=NOW).outcome is Outcome.TAKEN


def test_a_snapshot_needs_its_own_body_and_no_more_is_read_than_was_signed_for(store: ChainStore, region: Region) -> None:
    manifest, body = region.snapshot()
    assert store.body_bytes(manifest) == len(body)
    assert fault_of(store, manifest) is form.CHAIN_BODY
    assert fault_of(store, manifest, body[:-1]) is form.CHAIN_BODY
    assert fault_of(store, manifest, region.snapshot(1)[1]) is form.CHAIN_BODY
    for data, fault in ((region.beat(), form.COSE_TYPE), (Region(key="thief").snapshot()[0], faults.STATUS_KEY_UNKNOWN)):
        with pytest.raises(InputError) as refusal:
            store.body_bytes(data)
        assert refusal.value.fault is fault


def test_a_signed_object_that_contradicts_itself_changes_nothing(store: ChainStore, region: Region) -> None:
    head = region.head(seq=2, iat=NOW + 2, exp=NOW + DAY)
    changes = region.events[2].changes
    wrong = StatusDelta.issue(head, changes, root=bytes(32), previous=region.root(1), signer=region.signer)
    assert fault_of(store, wrong.raw) is form.CHAIN_ROOT


def test_more_shards_than_a_chain_has_are_not_taken(store: ChainStore, region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.chain_space.MAX_SHARDS", 2)
    store.take(region.events[2].raw, now=NOW)
    assert fault_of(store, region.events[3].raw) is form.CHAIN_SHARDS


def test_a_file_with_too_many_gaps_is_written_anew(tmp_path: Path, store: ChainStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain_writing, "_SPARE_SLOTS", 0)
    region, reader = Region(), ChainStore.open(tmp_path, trust())
    names = set()
    for nth in range(9):
        number = FIRST + nth
        delta = region.go({(number + 1, 5): StatusType.SUSPENDED}, add=[number + 2], drop=[number])
        store.take(delta.raw, now=NOW)
        reader.refresh()
        for found in (store, reader, ChainStore.open(tmp_path, trust())):
            assert [shard.statuses.to_bytes() for _, shard in sorted(found.shards.items())] == [packed for _, packed in sorted(region.lists.items())]
        names |= {path.name for path in (tmp_path / "chain" / "CN-CQ" / "phone").glob("live-*")}
        assert len(list((tmp_path / "chain" / "CN-CQ" / "phone").glob("live-*"))) == 1
    assert len(names) > 2


@pytest.mark.error("state-locked")
def test_a_writer_that_does_not_let_go_is_waited_for_and_then_told(
    tmp_path: Path, store: ChainStore, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = os.open(tmp_path / "chain" / "lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)

    def release(_seconds: float) -> None:
        nonlocal lock
        if lock >= 0:
            os.close(lock)
            lock = -1

    monkeypatch.setattr("verify.chain_turns.time.sleep", lambda _: None)
    assert fault_of(store, region.events[2].raw) is faults.STATE_LOCKED
    assert ChainStore.open(tmp_path, trust(), mends=True).heads() == store.heads(), "who reads need not wait"
    monkeypatch.setattr("verify.chain_turns.time.sleep", release)
    assert store.take(region.events[2].raw, now=NOW).outcome is Outcome.TAKEN


def test_one_process_sees_what_another_has_taken(tmp_path: Path, store: ChainStore, region: Region) -> None:
    other = ChainStore.open(tmp_path, trust())
    assert not other.refresh()
    store.take(region.events[2].raw, now=NOW)
    before = other.shards[URI]
    assert (before.iat, before.statuses[7]) == (NOW, StatusType.SUSPENDED), "the file is one and the same; its new age is told with the new head"
    assert other.refresh()
    assert not other.refresh()
    assert other.shards[URI].iat == NOW + 2
    other.take(region.events[3].raw, now=NOW)
    chips = history(space=ListSpace.CHIP)
    bring(store, chips, 1)
    assert [head.seq for head in store.heads()] == [2, 1], "our own news does not hide the other's"
    assert store.refresh()
    assert [head.seq for head in store.heads()] == [3, 1]
    assert store.take(region.events[4].raw, now=NOW).outcome is Outcome.TAKEN


def test_two_writers_take_turns(tmp_path: Path, store: ChainStore, region: Region) -> None:
    other = ChainStore.open(tmp_path, trust())
    for seq in range(2, 6):
        assert (store, other)[seq % 2].take(region.events[seq].raw, now=NOW).outcome is Outcome.TAKEN
        assert (other, store)[seq % 2].take(region.events[seq].raw, now=NOW).outcome is Outcome.KEPT
    assert other.heads() == store.heads()


def test_a_region_that_is_not_trusted_any_more_has_no_chain(store: ChainStore) -> None:
    assert store.refresh(trust(authority("CN-SC")))
    assert (store.heads(), store.shards, store.demand("CN-CQ"), store.floors()) == ([], {}, 0, {})


def test_an_unreadable_folder_is_told(tmp_path: Path, store: ChainStore) -> None:
    path = tmp_path / "chain" / "CN-CQ" / "phone" / "head.a"
    path.unlink()
    path.mkdir()
    with pytest.raises(SetupError) as error:
        ChainStore.open(tmp_path, trust())
    assert error.value.code == "state-unreadable"
    assert store.shards
