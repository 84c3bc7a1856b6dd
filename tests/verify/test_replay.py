"""The replay memory: never a second acceptance, whatever happens to process, clock, power and disk; and never without bound."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from codes.errors import SetupError, StateError
from tests.verify.city import NOW
from tests.verify.presenting import BOOT, HEADER, PASSBACK, RECORD, admit, die, end, made, subject
from verify import faults
from verify.replay import GRACE, FreshMemory, StoredMemory, stored_depth


@pytest.mark.threat("A01")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.integers(0, 200), second=st.integers(0, 200), restart=st.sampled_from(["no", "orderly", "killed"]))
def test_for_all_pairs_of_scans_the_second_is_refused_through_the_passback(tmp_path: Path, first: int, second: int, restart: str) -> None:
    path = made(tmp_path / "replay")
    memory = StoredMemory(path, boot=BOOT)
    assert admit(memory, at=NOW + first) is None
    if restart == "orderly":
        memory.close()
    if restart == "killed":
        die(memory)
    if restart != "no":
        memory = StoredMemory(path, boot=BOOT)
    expected = faults.REPLAYED if second <= first + PASSBACK else None
    assert admit(memory, at=NOW + second) is expected
    assert admit(memory, "BBBBBBBB", at=NOW + second) is None
    memory.close()


class Gate(RuleBasedStateMachine):
    """Any order of acceptances, restarts, kills, power cuts and turns, under a clock that goes anywhere while the power is on."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.path = made(Path(self.folder.name) / "replay")
        self.boot = 0
        self.now = NOW
        self.until: dict[str, int] = {}
        """Through when nobody may be admitted again, by subject."""
        self.codes: set[tuple[str, int]] = set()
        self.written = 0
        """Bytes of the file that a power cut cannot take."""
        self.open()

    def open(self) -> None:
        self.memory = StoredMemory(self.path, boot=self.boot.to_bytes(16), capacity=6)
        self.memory._turn = 3
        self.written = end(self.memory)

    def teardown(self) -> None:
        self.memory.close()
        self.folder.cleanup()

    @rule(
        step=st.one_of(st.integers(0, 40), st.integers(-200, 200)),
        who=st.integers(0, 8),
        age=st.integers(-10, 400),
        passback=st.integers(0, 500),
        future=st.integers(10, 20),
    )
    def scan(self, step: int, who: int, age: int, passback: int, future: int) -> None:
        """Windows and intervals are whatever the rules of the moment say."""
        self.now += step
        size = self.path.stat().st_ino
        fault = admit(self.memory, subject(who), at=self.now, iat=self.now - age, passback=passback, future=future)
        self.memory._turn = min(self.memory._turn, 3)
        if self.path.stat().st_ino != size:
            self.written = end(self.memory) - RECORD * (fault is None)
        if fault is None:
            assert self.now > self.until.get(subject(who), 0), "a second acceptance"
            assert (subject(who), self.now - age) not in self.codes, "the very same code twice"
            self.until[subject(who)] = self.now + passback
            self.codes.add((subject(who), self.now - age))
        else:
            assert fault in {faults.REPLAYED, faults.REPLAY_CLOCK, faults.REPLAY_CUT, faults.REPLAY_FULL}

    @rule()
    def restart(self) -> None:
        self.memory.close()
        self.open()

    @rule()
    def kill(self) -> None:
        os.close(self.memory._log._descriptor or 0)
        self.memory._log._descriptor = None
        self.open()

    @rule(lost=st.integers(0, 200), off=st.integers(0, 300))
    def power_cut(self, lost: int, off: int) -> None:
        """What was not forced to the disk may be gone, from the end; the time goes on; the intervals of lost passages are lost, the codes are not."""
        os.close(self.memory._log._descriptor or 0)
        self.memory._log._descriptor = None
        kept = max(self.written, end(self.memory) - lost)
        content = self.path.read_bytes()
        self.path.write_bytes(content[:kept].ljust(len(content), b"\0"))
        self.boot += 1
        self.now = max([self.now, *(iat for _, iat in self.codes)]) + off
        self.until.clear()
        self.open()

    @rule(gone=st.booleans(), off=st.integers(0, 300), records=st.integers(0, 9))
    def cut(self, gone: bool, off: int, records: int) -> None:
        """Somebody removes the file, or cuts it between two records, while the terminal is off."""
        self.memory.close()
        if gone:
            self.path.unlink()
        else:
            os.truncate(self.path, HEADER + records * RECORD)
        self.now = max([self.now, *(iat for _, iat in self.codes)]) + off
        self.until.clear()
        self.open()

    @precondition(lambda self: self.until)
    @invariant()
    def bounded(self) -> None:
        assert len(self.memory._accepted) <= 6
        assert self.path.stat().st_size <= HEADER + RECORD * (1024 + 7)


Gate.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


TestGate = Gate.TestCase


def test_a_replay_says_when_to_come_again() -> None:
    memory = FreshMemory()
    memory.admit("CN-CQ", "AAAAAAAA", iat=NOW, now=NOW, until=NOW + 70, future=10)
    with pytest.raises(StateError) as error:
        memory.admit("CN-CQ", "AAAAAAAA", iat=NOW + 30, now=NOW + 30, until=NOW + 100, future=10)
    assert error.value.facts == {"again_in_s": 41}
    with pytest.raises(StateError) as error:
        memory.admit("CN-CQ", "AAAAAAAA", iat=NOW, now=NOW + 71, until=NOW + 141, future=10)
    assert error.value.facts == {"again_in_s": 0}, "with a newer code at once"
    memory.admit("CN-CQ", "AAAAAAAA", iat=NOW + 1, now=NOW + 71, until=NOW + 141, future=10)
    memory.admit("CN-SC", "AAAAAAAA", iat=NOW + 1, now=NOW + 71, until=NOW + 141, future=10)


@pytest.mark.threat("A01")
@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("later", [PASSBACK + 1, PASSBACK + GRACE + 1, 5000])
def test_rules_with_a_longer_window_do_not_let_the_same_code_pass_again(tmp_path: Path, later: int, restarted: bool) -> None:
    memory = StoredMemory(made(tmp_path / "replay"), boot=BOOT)
    memory._turn = 1
    assert admit(memory, at=NOW, iat=NOW + 10) is None
    if restarted:
        memory.close()
        memory = StoredMemory(tmp_path / "replay", boot=BOOT)
        memory._turn = 1
    assert admit(memory, "BBBBBBBB", at=NOW + later, passback=10_000, future=0) is None, "this one may make the memory forget the first"
    assert admit(memory, "CCCCCCCC", at=NOW + later, passback=10_000, future=0) is None
    for older in (10, 0):
        assert admit(memory, at=NOW + later, iat=NOW + older, passback=10_000, future=0) in {faults.REPLAYED, faults.REPLAY_CUT}
    assert admit(memory, at=NOW + later, iat=NOW + 11, passback=10_000, future=0) is None, "a newer code of the same phone"
    memory.close()


@pytest.mark.error("replay-clock")
def test_a_clock_that_goes_back_finds_what_is_remembered_and_is_refused_where_nothing_is() -> None:
    memory = FreshMemory(capacity=2)
    assert admit(memory, at=NOW) is None
    assert admit(memory, subject(1), at=NOW + 200) is None
    assert admit(memory, subject(2), at=NOW + 200) is None, "to make room, the first was forgotten"
    assert admit(memory, at=NOW + PASSBACK) is faults.REPLAY_CLOCK
    assert admit(memory, subject(1), at=NOW - 10_000) is faults.REPLAYED
    with pytest.raises(SetupError) as error:
        memory.admit("CN-CQ", "AAAAAAAA", iat=NOW + 1, now=NOW, until=NOW, future=10)
    assert error.value.facts == {"behind_s": PASSBACK + 1}


def test_a_clock_that_jumped_far_ahead_and_came_home_does_not_stop_the_gate_for_long() -> None:
    memory = FreshMemory()
    memory._turn = 1
    assert admit(memory, at=NOW) is None
    assert admit(memory, subject(1), at=NOW + 86400) is None
    assert admit(memory, subject(2), at=NOW + PASSBACK) is faults.REPLAY_CLOCK
    assert admit(memory, subject(2), at=NOW + PASSBACK + 1) is None


@pytest.mark.error("replay-full")
def test_a_memory_full_of_what_counts_admits_nobody() -> None:
    memory = FreshMemory(capacity=3)
    for number in range(3):
        assert admit(memory, subject(number), at=NOW + number) is None
    assert admit(memory, subject(3), at=NOW + 3) is faults.REPLAY_FULL
    assert admit(memory, subject(3), at=NOW + 4) is faults.REPLAY_FULL, "and does not look through everything again to find that out"
    assert admit(memory, subject(0), at=NOW + 5) is faults.REPLAYED
    assert admit(memory, subject(3), at=NOW + PASSBACK + GRACE + 1) is None
    assert memory.depth(NOW + PASSBACK + GRACE + 1) == 1


def test_ten_thousand_passages_of_one_card_do_not_make_the_file_grow(tmp_path: Path) -> None:
    memory = StoredMemory(made(tmp_path / "replay"), boot=BOOT)
    for number in range(10_000):
        assert admit(memory, at=NOW + number * (PASSBACK + 1)) is None
    assert (tmp_path / "replay").stat().st_size < HEADER + RECORD * 1100
    memory.close()


@pytest.mark.threat("A01")
def test_kill_9_loses_nothing(tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from verify.replay import StoredMemory, empty_file
empty_file(Path({str(tmp_path / "replay")!r}))
memory = StoredMemory(Path({str(tmp_path / "replay")!r}), boot=b"a" * 16)
for number in range(3000):
    memory.admit("CN-CQ", f"{{number:08}}", iat={NOW}, now={NOW}, until={NOW} + 70, future=10)
os.kill(os.getpid(), signal.SIGKILL)
"""
    run = subprocess.run([sys.executable, "-c", script], check=False, cwd=Path(__file__).parents[2])
    assert run.returncode == -signal.SIGKILL
    memory = StoredMemory(tmp_path / "replay", boot=BOOT)
    assert {admit(memory, subject(number), at=NOW) for number in range(3000)} == {faults.REPLAYED}
    assert admit(memory, subject(3000), at=NOW) is None
    memory.close()


def test_depth_counts_what_still_counts_and_reads_a_file_in_use(tmp_path: Path) -> None:
    path = tmp_path / "replay"
    assert stored_depth(path, NOW) == 0
    memory = StoredMemory(made(path), boot=BOOT)
    for number in range(4):
        assert admit(memory, subject(number), at=NOW + number) is None
    assert stored_depth(path, NOW + PASSBACK + 1) == memory.depth(NOW + PASSBACK + 1) == 3
    memory.close()
