"""The memory of a gate group: what neighbours accepted, and passages that did not happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codes.errors import CardError
from verify.replay import FreshMemory, StoredMemory, empty_file

if TYPE_CHECKING:
    from pathlib import Path

T = 1_795_000_000
BOOT = bytes(range(16))


def stored(path: Path) -> StoredMemory:
    if not path.exists():
        empty_file(path)
    return StoredMemory(path, boot=BOOT)


def admits(memory: FreshMemory, *, iat: int = T, now: int = T, sub: str = "abcdEF-_") -> bool:
    try:
        memory.admit("CN-CQ", sub, iat=iat, now=now, until=now + 70, future=10)
    except CardError as error:
        if error.code != "replayed":
            raise
        return False
    return True


def test_what_a_neighbour_accepted_is_refused_here_also_after_a_restart(tmp_path: Path) -> None:
    memory = stored(tmp_path / "replay")
    assert memory.learn("CN-CQ", "abcdEF-_", iat=T, now=T, until=T + 70)
    assert not admits(memory, now=T + 1)
    memory.close()
    again = stored(tmp_path / "replay")
    assert not admits(again, iat=T + 15, now=T + 15)
    assert admits(again, iat=T + 71, now=T + 71)


def test_what_is_known_already_is_told_and_a_longer_time_counts() -> None:
    memory = FreshMemory()
    assert admits(memory)
    for _ in range(2):
        assert not memory.learn("CN-CQ", "abcdEF-_", iat=T, now=T + 1, until=T + 90)
    assert not memory.learn("CN-CQ", "abcdEF-_", iat=T + 15, now=T + 16, until=T + 86), "another code of the same credential"
    assert not admits(memory, iat=T + 90, now=T + 90)
    assert not admits(memory, iat=T + 15, now=T + 91)
    assert memory.learn("CN-CQ", "abcdEF-_", iat=T + 91, now=T + 91, until=T + 161)


def test_a_passage_that_did_not_happen_is_forgotten_and_no_other(tmp_path: Path) -> None:
    memory = stored(tmp_path / "replay")
    assert not memory.release("CN-CQ", "abcdEF-_", iat=T), "nothing is remembered"
    assert admits(memory)
    assert admits(memory, sub="00000000")
    assert not memory.release("CN-CQ", "abcdEF-_", iat=T - 1), "another code"
    assert memory.release("CN-CQ", "abcdEF-_", iat=T)
    assert not memory.release("CN-CQ", "abcdEF-_", iat=T), "once"
    memory.close()
    again = stored(tmp_path / "replay")
    assert again.depth(T) == 1
    assert admits(again, now=T + 1)
    assert not admits(again, now=T + 1, sub="00000000")


def test_neighbours_fill_no_more_than_there_is_room() -> None:
    memory = FreshMemory(capacity=2)
    assert admits(memory)
    assert memory.learn("CN-CQ", "00000001", iat=T, now=T, until=T + 70)
    with pytest.raises(CardError) as full:
        memory.learn("CN-CQ", "00000002", iat=T, now=T, until=T + 70)
    assert full.value.code == "replay-full"
    assert memory.release("CN-CQ", "00000001", iat=T)
    assert memory.learn("CN-CQ", "00000002", iat=T, now=T, until=T + 70)
