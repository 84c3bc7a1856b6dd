"""Power cuts and full disks at every step of every change of a chain: the old version is found afterwards or the new one, never one between (C07)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from codes.chain import ListSpace
from codes.chain_changes import Changes
from codes.chain_delta import StatusDelta
from codes.chain_shards import ShardTops
from codes.claims import StatusType
from codes.errors import SetupError
from codes.merkle import ShardTop
from tests.verify.chain_disk import CutDisk, PowerCut
from tests.verify.chain_world import FIRST, Region, history, lists_of, trust
from verify.chain_belief import read_object
from verify.chain_space import Outcome, Space

if TYPE_CHECKING:
    from tests.verify.chain_world import Lists

TRUST = trust()
SEEDS = range(5)
Act = Callable[[Space], object]


def space_on(disk: CutDisk, *, alone: bool = True) -> Space:
    space = Space(disk, "CN-CQ", ListSpace.PHONE)
    space.refresh(TRUST, alone=alone)
    return space


def disk_at(region: Region, seq: int, *, start: int = 1) -> CutDisk:
    """A disk on which the snapshot of `start` was taken, and the deltas after it."""
    disk = CutDisk()
    space = space_on(disk)
    manifest, body = region.snapshot(start)
    space.take(read_object(manifest), body)
    for number in range(start + 1, seq + 1):
        space.take(region.events[number], None)
    return copy(disk)


def follow(region: Region, seq: int) -> Act:
    return lambda space: space.take(region.events[seq], None)


def snapshot(region: Region, seq: int) -> Act:
    manifest, body = region.snapshot(seq)
    return lambda space: space.take(read_object(manifest), body)


def without_journal(disk: CutDisk) -> CutDisk:
    del disk.files["journal"]
    return copy(disk)


def copy(disk: CutDisk) -> CutDisk:
    return CutDisk({name: bytes(content.live[: content.size]) for name, content in disk.files.items()})


HISTORY = history()
CASES: dict[str, tuple[CutDisk, Act, int, int]] = {
    "a first snapshot": (CutDisk(), snapshot(HISTORY, 1), 0, 1),
    "a delta": (disk_at(HISTORY, 1), follow(HISTORY, 2), 1, 2),
    "a delta, and somebody has taken the journal away": (without_journal(disk_at(HISTORY, 1)), follow(HISTORY, 2), 1, 2),
    "a delta that brings a shard": (disk_at(HISTORY, 2), follow(HISTORY, 3), 2, 3),
    "a delta that takes a shard": (disk_at(HISTORY, 3), follow(HISTORY, 4), 3, 4),
    "a merged delta": (disk_at(HISTORY, 2), lambda space: space.take(HISTORY.merged(1, 5), None), 2, 5),
    "a newer snapshot": (disk_at(HISTORY, 3), snapshot(HISTORY, 5), 3, 5),
}


def steps_of(disk: CutDisk, act: Act) -> int:
    trial = copy(disk)
    space = space_on(trial)
    trial.steps = 0
    act(space)
    return trial.steps


def is_version(space: Space, *seqs: int) -> int:
    """Which of these versions is held, whole."""
    if space.look is None:
        assert 0 in seqs
        return 0
    seq = space.look.says.head.seq
    assert seq in seqs
    assert not space.look.damaged
    assert lists_of(space) == HISTORY.versions[seq]
    return seq


def each_entry_is_of(space: Space, old: Lists, new: Lists) -> None:
    """No entry has a value that neither version gives it."""
    assert space.look is not None
    assert not space.look.damaged
    for number, packed in lists_of(space).items():
        pairs = zip(packed, old.get(number, packed), new.get(number, packed), strict=True)
        for found, was, becomes in pairs:
            assert found in {was, becomes} or all(found >> two & 3 in {was >> two & 3, becomes >> two & 3} for two in (0, 2, 4, 6))


@pytest.mark.threat("C07")
@pytest.mark.parametrize("tears", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_after_a_power_cut_at_any_step_the_old_version_is_found_or_the_new_one(case: str, tears: bool) -> None:
    start, act, old, new = CASES[case]
    found = set()
    for cut in range(1, steps_of(start, act) + 1):
        for seed in SEEDS:
            disk = copy(start)
            space = space_on(disk)
            disk.steps, disk.cut, disk.tears = 0, cut, tears
            with pytest.raises(PowerCut):
                act(space)
            left = disk.survivor(seed)
            if old:
                each_entry_is_of(space_on(copy(left), alone=False), HISTORY.versions[old], HISTORY.versions[new])
            again = space_on(left)
            found.add(is_version(again, old, new))
            act(again)
            is_version(again, new)
            is_version(space_on(left.survivor(0)), new)
    assert found == {old, new}


@pytest.mark.threat("C07")
@pytest.mark.parametrize("case", ["a delta", "a delta that brings a shard"])
def test_a_power_cut_while_the_last_one_is_being_mended_does_no_harm_either(case: str) -> None:
    start, act, old, new = CASES[case]
    for cut in range(1, steps_of(start, act) + 1):
        disk = copy(start)
        space = space_on(disk)
        disk.steps, disk.cut, disk.tears = 0, cut, True
        with pytest.raises(PowerCut):
            act(space)
        left = disk.survivor(2)
        for second in range(1, 12):
            trial = copy(left)
            trial.cut, trial.tears = second, True
            try:
                space_on(trial)
            except PowerCut:
                is_version(space_on(trial.survivor(second)), old, new)
            else:
                break


@pytest.mark.threat("C07")
@pytest.mark.parametrize("case", CASES)
def test_a_disk_that_fills_up_at_any_step_leaves_the_old_version_or_the_new_one(case: str) -> None:
    start, act, old, new = CASES[case]
    for cut in range(1, steps_of(start, act) + 1):
        disk = copy(start)
        space = space_on(disk)
        disk.steps, disk.cut, disk.is_full = 0, cut, True
        with suppress(SetupError):
            act(space)
            is_version(space, new)  # all writing was done by then
        if old:
            each_entry_is_of(space_on(disk, alone=False), HISTORY.versions[old], HISTORY.versions[new])
        disk.cut = None
        space.refresh(TRUST, alone=True)
        is_version(space, old, new)
        act(space)
        is_version(space, new)


@pytest.mark.parametrize("case", [case for case, (_, _, old, _) in CASES.items() if old])
def test_who_looks_in_the_middle_sees_an_old_or_a_new_value_in_every_place(case: str) -> None:
    """Another process, without a lock: one that had looked before, and one that opens in the middle."""
    start, act, old, new = CASES[case]
    for cut in range(1, steps_of(start, act) + 1):
        disk = copy(start)
        writer, before = space_on(disk), space_on(disk, alone=False)
        disk.steps, disk.cut = 0, cut
        with pytest.raises(PowerCut):
            act(writer)
        disk.cut = None
        each_entry_is_of(before, HISTORY.versions[old], HISTORY.versions[new])
        opened = space_on(disk, alone=False)
        each_entry_is_of(opened, HISTORY.versions[old], HISTORY.versions[new])
        before.refresh(TRUST, alone=False)
        each_entry_is_of(before, HISTORY.versions[old], HISTORY.versions[new])
        writer.refresh(TRUST, alone=True)
        act(writer)
        for reader in (before, opened):
            reader.refresh(TRUST, alone=False)
            is_version(reader, new)


def test_a_heartbeat_is_on_the_disk_or_it_is_not() -> None:
    start = disk_at(HISTORY, 5)
    beat = read_object(HISTORY.beat(at=HISTORY.at + 60))
    assert space_on(copy(start)).take(beat, None) is Outcome.TAKEN
    disk = copy(start)
    space = space_on(disk)
    disk.steps, disk.cut = 0, 1
    with pytest.raises(PowerCut):
        space.take(beat, None)
    assert space_on(disk.survivor(0)).as_of == HISTORY.at


class Busy(CutDisk):
    """A disk on which somebody writes whenever the journal is read."""

    def __init__(self, disk: CutDisk, acts: list[Act]) -> None:
        super().__init__({name: bytes(content.live[: content.size]) for name, content in disk.files.items()})
        self._acts = acts

    def read(self, name: str, limit: int) -> bytes | None:
        if name == "journal" and self._acts:
            acts, self._acts = self._acts, []
            other = space_on(self)
            for act in acts:
                other.refresh(TRUST, alone=True)
                act(other)
        return super().read(name, limit)


@pytest.mark.parametrize("looks", [1, 8])
def test_a_version_that_goes_on_while_one_looks_is_looked_at_again(looks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The leaves of a delta are seen, and by the time its journal is asked for, two versions more have come."""
    start, act, old, new = CASES["a delta"]
    disk = copy(start)
    writer = space_on(disk)
    disk.steps, disk.cut = 0, steps_of(start, act)
    with pytest.raises(PowerCut):
        act(writer)  # all but the head's last sync
    del disk.files["head.b" if writer.look is not None and writer.look.name == "head.a" else "head.a"]
    busy = Busy(disk, [act, follow(HISTORY, 3)])
    monkeypatch.setattr("verify.chain_space.LOOKS", looks)
    reader = Space(busy, "CN-CQ", ListSpace.PHONE)
    reader.refresh(TRUST, alone=False)
    assert reader.look is not None
    if looks == 1:
        assert reader.look.says.head.seq == old, "who may look only once does not wait for the end"
        assert reader.look.damaged
    else:
        is_version(reader, new, 3)


def test_a_journal_that_was_never_right_makes_nothing_right() -> None:
    """Signed by the publisher, and for places that the shard does not have: whoever laid it there, no shard becomes another one's."""
    region = Region()
    lists = {FIRST: bytes(8)}
    region.versions = {1: lists}
    disk = disk_at(region, 1)
    space = space_on(disk)
    assert space.look is not None
    changes = Changes(to={StatusType.SUSPENDED: [FIRST << 20 | 5, FIRST << 20 | 40]})
    tops = ShardTops((ShardTop(FIRST, 32, bytes(32)),))
    head = region.head(seq=2)
    delta = StatusDelta.issue(head, changes, root=tops.root, previous=region.root(1), signer=region.signer)
    stored = space.look.stored._replace(turn=2, tops=tops, signed=delta.raw)
    disk.write("journal", [(0, stored.to_bytes())])
    disk.write("live-1.bin", [(1, b"\x08")])
    reader = space_on(disk, alone=False)
    assert reader.look is not None
    assert reader.look.damaged == {FIRST}
    writer = space_on(disk)
    assert writer.look is not None
    assert writer.look.damaged == {FIRST}
