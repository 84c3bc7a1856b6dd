"""The publisher of the status chain when runs die, disks fill, files are damaged and keys are stolen: no version is signed twice, nobody is told half."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codes.chain import MAX_SEQ, StatusHeartbeat
from codes.claims import StatusType
from codes.errors import SetupError
from ecard import faults
from ecard.chaining.places import ChainFolder
from ecard.keyring import Keyring
from tests.ecard.chains import CARD, CHIP, CODE, KEYS, NEIGHBOUR, NOON, OTHER, PHONE, Follower, Truth, contents, news, publish, read, regions

if TYPE_CHECKING:
    from collections.abc import Iterator


DAY = 86400


class Killed(BaseException):
    """The power went."""


def killed_at(monkeypatch: pytest.MonkeyPatch, limit: int) -> Iterator[int]:
    """Every rename of a file into its place is counted, and the one after `limit` never happens."""
    placed = 0
    real = os.replace

    def replacing(self: Path, target: Path) -> Path:
        nonlocal placed
        if placed == limit:
            raise Killed
        placed += 1
        real(self, target)
        return target

    monkeypatch.setattr(Path, "replace", replacing)
    yield placed


@pytest.mark.threat("C07")
def test_a_run_killed_at_any_write_is_finished_by_the_next_and_tells_nobody_half(tmp_path: Path) -> None:
    """All writes of a day's first run: deltas, a merged one, snapshot and body, heads, index, lists."""
    limit, is_over = 0, False
    while not is_over:
        folder = tmp_path / str(limit)
        truth = Truth()
        publish(truth, folder)
        truth.values[OTHER] = StatusType.SUSPENDED
        publish(truth, folder, after=10)
        truth.values[NEIGHBOUR] = StatusType.SUSPENDED
        publish(truth, folder, after=20)
        gate, chip = Follower(folder), Follower(folder, space=CHIP)
        gate.follow(), chip.follow()
        truth.values |= {CODE: StatusType.SUSPENDED, CARD: StatusType.SUSPENDED, OTHER: StatusType.VALID}
        with pytest.MonkeyPatch.context() as patch:
            for _ in killed_at(patch, limit):
                try:
                    publish(truth, folder, after=DAY)
                    is_over = True
                except Killed:
                    pass
        head = gate.head().head
        if head.seq == 2:  # the old version, whole: nobody has been told of another
            assert gate.head().confirms(gate.follow().root)
        publish(truth, folder, after=DAY + 7)
        for ref in (CODE, CARD):
            assert read(folder, ref) is StatusType.SUSPENDED
        assert gate.status(CODE) is chip.status(CARD) is StatusType.SUSPENDED
        assert gate.status(OTHER) is StatusType.VALID
        assert gate.head().head.iat == chip.head().head.iat == NOON + DAY + 7
        assert gate.head().head.seq == 3
        limit += 1
    assert limit > 15


@pytest.mark.threat("C07")
def test_a_disk_that_cannot_take_a_version_keeps_the_one_before(tmp_path: Path) -> None:
    truth = Truth()
    publish(truth, tmp_path)
    before = contents(tmp_path)
    truth.values |= {CODE: StatusType.SUSPENDED, CARD: StatusType.SUSPENDED}
    place = ChainFolder.of(tmp_path, "CN-CQ", CHIP)
    in_the_way = place.delta(1, (1, 2)).with_name(".1-2.cbor.part")
    in_the_way.mkdir(parents=True)
    with pytest.raises(SetupError) as refused:
        publish(truth, tmp_path, after=5)
    assert refused.value.fault is faults.FOLDER_UNWRITABLE
    assert {name: content for name, content in contents(tmp_path).items() if not name.endswith(".part")} == before
    in_the_way.rmdir()
    publish(truth, tmp_path, after=9)
    assert read(tmp_path, CODE) is read(tmp_path, CARD) is StatusType.SUSPENDED


@pytest.mark.threat("C01")
@pytest.mark.parametrize("name", ["head.cbor", "1/d/1-2.cbor", "1/s/1.cbor", "1/s/1.body", "index.json"])
@pytest.mark.parametrize("how", ["flipped", "cut", "gone", "foreign"])
def test_whatever_happens_to_a_published_file_no_version_is_ever_signed_twice(tmp_path: Path, name: str, how: str) -> None:
    truth = Truth({CARD: StatusType.SUSPENDED})
    publish(truth, tmp_path)
    truth.values[CODE] = StatusType.SUSPENDED
    publish(truth, tmp_path, after=5)
    gate = Follower(tmp_path)
    gate.follow()
    path = ChainFolder.of(tmp_path, "CN-CQ", PHONE).path / name
    content = path.read_bytes()
    if how == "foreign":
        publish(Truth(), tmp_path / "foreign", by=regions(keys=Keyring.derived(b"somebody else")))
        publish(
            Truth({CODE: StatusType.VALID, OTHER: StatusType.FROZEN}),
            tmp_path / "foreign",
            after=5,
            by=regions(keys=Keyring.derived(b"somebody else")),
        )
        path.write_bytes((ChainFolder.of(tmp_path / "foreign", "CN-CQ", PHONE).path / name).read_bytes())
    elif how == "gone":
        path.unlink()
    else:
        half = len(content) // 2
        path.write_bytes(content[:half] if how == "cut" else content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :])
    truth.values[OTHER] = StatusType.SUSPENDED
    told = news(publish(truth, tmp_path, after=9, by=regions(floors={PHONE: 2, CHIP: 1})))["CN-CQ", PHONE]
    assert told.seq == 3
    assert read(tmp_path, CODE) is read(tmp_path, OTHER) is StatusType.SUSPENDED
    assert gate.held is not None
    if told.delta_bytes:
        assert gate.status(OTHER) is StatusType.SUSPENDED


def test_a_folder_that_was_lost_goes_on_where_the_record_says(tmp_path: Path) -> None:
    publish(Truth(), tmp_path)
    told = news(publish(Truth(), tmp_path / "new", after=5, by=regions(floors={PHONE: 41, CHIP: 7})))
    assert (told["CN-CQ", PHONE].seq, told["CN-CQ", CHIP].seq) == (42, 8)
    assert Follower(tmp_path / "new").follow().seq == 42


@pytest.mark.error("publisher-epoch")
@pytest.mark.threat("C05")
def test_a_seq_driven_to_its_end_by_a_stolen_key_is_left_by_a_new_epoch(tmp_path: Path) -> None:
    truth = Truth({CODE: StatusType.SUSPENDED})
    publish(truth, tmp_path)
    gate, place = Follower(tmp_path), ChainFolder.of(tmp_path, "CN-CQ", PHONE)
    head = gate.head().head._replace(seq=MAX_SEQ)
    place.head.write_bytes(StatusHeartbeat.issue(head, gate.follow().root, KEYS.status("CN-CQ")).raw)
    with pytest.raises(SetupError) as refused:
        publish(truth, tmp_path, after=5)
    assert refused.value.fault is faults.PUBLISHER_EPOCH
    told = news(publish(truth, tmp_path, after=9, by=regions(epoch=2)))["CN-CQ", PHONE]
    assert (told.epoch, told.seq) == (2, 1)
    assert read(tmp_path, CODE) is StatusType.SUSPENDED
