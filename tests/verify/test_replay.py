"""The replay memory: never a second acceptance, whatever happens to process, clock, power and disk; and never without bound."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from codes.errors import CardError, SetupError, StateError
from tests.verify.city import NOW
from verify import faults, replay
from verify.replay import GRACE, FreshMemory, StoredMemory, stored_depth
from verify.terminal import boot_name

if TYPE_CHECKING:
    from codes.errors import Fault

BOOT, NEXT_BOOT = b"a" * 16, b"b" * 16
PASSBACK, FUTURE = 70, 10


def admit(memory: FreshMemory, sub: str = "AAAAAAAA", *, at: int, iat: int | None = None) -> Fault | None:
    """Present a code made at `iat` (now, if not said) at time `at`: None if admitted, else why not."""
    try:
        memory.admit("CN-CQ", sub, now=at, until=at + PASSBACK, made=(at if iat is None else iat) - FUTURE)
    except CardError as error:
        return error.fault
    return None


def subject(number: int) -> str:
    return f"{number:08}"


@pytest.mark.threat("A01")
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.integers(0, 200), second=st.integers(0, 200), restart=st.sampled_from(["no", "orderly", "killed"]))
def test_for_all_pairs_of_scans_the_second_is_refused_through_the_passback(tmp_path: Path, first: int, second: int, restart: str) -> None:
    path = tmp_path / "replay"
    path.unlink(missing_ok=True)
    memory = StoredMemory(path, boot=BOOT)
    assert admit(memory, at=NOW + first) is None
    if restart == "orderly":
        memory.close()
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
        self.path = Path(os.environ.get("TMPDIR", "/tmp")) / f"replay-{os.getpid()}-{id(self)}"  # noqa: TID251 because a state machine has no tmp_path
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
        self.written = self.path.stat().st_size

    def teardown(self) -> None:
        self.memory.close()
        self.path.unlink()

    @rule(step=st.one_of(st.integers(0, 40), st.integers(-200, 200)), who=st.integers(0, 8), age=st.integers(-10, 60))
    def scan(self, step: int, who: int, age: int) -> None:
        self.now += step
        size = self.path.stat().st_ino
        fault = admit(self.memory, subject(who), at=self.now, iat=self.now - age)
        self.memory._turn = min(self.memory._turn, 3)
        if self.path.stat().st_ino != size:
            self.written = self.path.stat().st_size
        if fault is None:
            assert self.now > self.until.get(subject(who), 0), "a second acceptance"
            assert (subject(who), self.now - age) not in self.codes, "the very same code twice"
            self.until[subject(who)] = self.now + PASSBACK
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
        """What was not forced to the disk may be gone, from the end; the time goes on; what the gate knew of passages beyond codes may be lost."""
        os.close(self.memory._log._descriptor or 0)
        self.memory._log._descriptor = None
        os.truncate(self.path, max(self.written, self.path.stat().st_size - lost))
        self.boot += 1
        self.now += off
        self.until.clear()
        self.codes = {(who, iat) for who, iat in self.codes if iat + 60 >= self.now - 400}
        self.open()

    @precondition(lambda self: self.until)
    @invariant()
    def bounded(self) -> None:
        assert len(self.memory._accepted) <= 6
        assert self.path.stat().st_size <= 50 + 26 * 16


Gate.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
TestGate = Gate.TestCase


def test_a_replay_says_when_to_come_again() -> None:
    memory = FreshMemory()
    memory.admit("CN-CQ", "AAAAAAAA", now=NOW, until=NOW + 70, made=NOW)
    with pytest.raises(StateError) as error:
        memory.admit("CN-CQ", "AAAAAAAA", now=NOW + 30, until=NOW + 100, made=NOW)
    assert error.value.facts == {"again_in_s": 41}
    memory.admit("CN-CQ", "AAAAAAAA", now=NOW + 71, until=NOW + 141, made=NOW)
    memory.admit("CN-SC", "AAAAAAAA", now=NOW + 71, until=NOW + 141, made=NOW)


@pytest.mark.threat("C12")
@pytest.mark.error("replay-clock")
def test_a_clock_that_goes_back_finds_what_is_remembered_and_is_refused_where_nothing_is() -> None:
    memory = FreshMemory(capacity=2)
    assert admit(memory, at=NOW) is None
    assert admit(memory, subject(1), at=NOW + 200) is None
    assert admit(memory, subject(2), at=NOW + 200) is None, "to make room, the first was forgotten"
    assert admit(memory, at=NOW + PASSBACK) is faults.REPLAY_CLOCK
    assert admit(memory, subject(1), at=NOW - 10_000) is faults.REPLAYED
    with pytest.raises(SetupError) as error:
        memory.admit("CN-CQ", "AAAAAAAA", now=NOW, until=NOW, made=NOW)
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
    memory = StoredMemory(tmp_path / "replay", boot=BOOT)
    for number in range(10_000):
        assert admit(memory, at=NOW + number * (PASSBACK + 1)) is None
    assert (tmp_path / "replay").stat().st_size < 50 + 26 * 1100
    memory.close()


@pytest.mark.threat("C07")
@pytest.mark.error("replay-cut")
def test_after_a_power_cut_codes_made_before_it_are_not_judged_and_new_ones_are(tmp_path: Path) -> None:
    path = tmp_path / "replay"
    memory = StoredMemory(path, boot=BOOT)
    assert admit(memory, at=NOW) is None
    os.truncate(path, 50)
    memory._log._descriptor = None  # the process is gone with the power
    after = StoredMemory(path, boot=NEXT_BOOT)
    assert admit(after, at=NOW + 20, iat=NOW) is faults.REPLAY_CUT, "this very code had passed"
    assert admit(after, at=NOW + 30, iat=NOW + 30) is faults.REPLAY_CUT, "could have been shown ten seconds before it was made"
    again = StoredMemory(path, boot=NEXT_BOOT)
    assert admit(again, at=NOW + 31, iat=NOW + 31) is None
    assert admit(again, "BBBBBBBB", at=NOW + 40, iat=NOW + 30) is faults.REPLAY_CUT
    again.close()


def test_a_clock_that_fell_back_with_the_power_does_not_bring_old_codes_back(tmp_path: Path) -> None:
    path = tmp_path / "replay"
    memory = StoredMemory(path, boot=BOOT)
    assert admit(memory, at=NOW) is None
    assert admit(memory, "BBBBBBBB", at=NOW + 1) is None
    memory._log._descriptor = None
    os.truncate(path, 50 + 26)
    after = StoredMemory(path, boot=NEXT_BOOT)
    assert admit(after, "CCCCCCCC", at=NOW - 600) is faults.REPLAY_CUT
    assert admit(after, "BBBBBBBB", at=NOW + 1) is faults.REPLAY_CUT, "the clock has come as far again: what was lost stays refused"
    after.close()


def test_a_clean_end_needs_no_caution_after_the_next_boot(tmp_path: Path) -> None:
    memory = StoredMemory(tmp_path / "replay", boot=BOOT)
    assert admit(memory, at=NOW) is None
    memory.close()
    memory.close()
    after = StoredMemory(tmp_path / "replay", boot=NEXT_BOOT)
    assert admit(after, at=NOW + 1) is faults.REPLAYED
    assert admit(after, "BBBBBBBB", at=NOW + 1) is None
    after.close()
    with pytest.raises(RuntimeError, match="closed"):
        after.admit("CN-CQ", "CCCCCCCC", now=NOW, until=NOW, made=NOW)


def test_the_end_of_the_process_is_a_clean_end(tmp_path: Path) -> None:
    script = f"from pathlib import Path; from verify.replay import StoredMemory; m = StoredMemory(Path({str(tmp_path / 'replay')!r}), boot=b'a' * 16); m.admit('CN-CQ', 'AAAAAAAA', now=1, until=71, made=1)"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])
    after = StoredMemory(tmp_path / "replay", boot=NEXT_BOOT)
    assert admit(after, at=2) is faults.REPLAYED
    assert admit(after, "BBBBBBBB", at=2) is None
    after.close()


@pytest.mark.threat("A01")
def test_kill_9_loses_nothing(tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from verify.replay import StoredMemory
memory = StoredMemory(Path({str(tmp_path / "replay")!r}), boot=b"a" * 16)
for number in range(3000):
    memory.admit("CN-CQ", f"{{number:08}}", now={NOW}, until={NOW} + 70, made={NOW})
os.kill(os.getpid(), signal.SIGKILL)
"""
    run = subprocess.run([sys.executable, "-c", script], check=False, cwd=Path(__file__).parents[2])
    assert run.returncode == -signal.SIGKILL
    memory = StoredMemory(tmp_path / "replay", boot=BOOT)
    assert {admit(memory, subject(number), at=NOW) for number in range(3000)} == {faults.REPLAYED}
    assert admit(memory, subject(3000), at=NOW) is None
    memory.close()


@pytest.mark.threat("C07")
@pytest.mark.parametrize("torn", range(1, 26))
def test_a_torn_last_record_was_nobodys_passage(tmp_path: Path, torn: int) -> None:
    path = tmp_path / "replay"
    memory = StoredMemory(path, boot=BOOT)
    assert admit(memory, at=NOW) is None
    memory._log._descriptor = None
    with path.open("ab") as file:
        file.write(os.urandom(torn))
    after = StoredMemory(path, boot=BOOT)
    assert admit(after, at=NOW + 1) is faults.REPLAYED
    assert admit(after, "BBBBBBBB", at=NOW + 1) is None
    after.close()


def test_a_spoilt_record_in_the_middle_is_taken_for_a_power_cut(tmp_path: Path) -> None:
    path = tmp_path / "replay"
    memory = StoredMemory(path, boot=BOOT)
    for number in range(3):
        assert admit(memory, subject(number), at=NOW) is None
    memory.close()
    spoilt = bytearray(path.read_bytes())
    spoilt[50 + 30] ^= 1
    path.write_bytes(spoilt)
    after = StoredMemory(path, boot=BOOT)
    assert admit(after, subject(0), at=NOW + 1) is faults.REPLAYED
    assert admit(after, subject(1), at=NOW + 1) is faults.REPLAY_CUT
    after.close()


@pytest.mark.error("replay-damaged")
@pytest.mark.parametrize("content", [b"", b"junk", b"SCRM\x01" + bytes(45), b"x" * 50])
def test_a_file_that_is_not_ours_is_not_guessed_at(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "replay").write_bytes(content)
    with pytest.raises(SetupError) as error:
        StoredMemory(tmp_path / "replay", boot=BOOT)
    assert error.value.fault is faults.REPLAY_DAMAGED


def test_a_header_is_held_to_its_magic_and_the_file_to_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "replay"
    StoredMemory(path, boot=BOOT).close()
    monkeypatch.setattr(replay, "_LARGEST_FILE", 60)
    with pytest.raises(SetupError) as error:
        stored_depth(path, NOW)
    assert error.value.fault is faults.REPLAY_DAMAGED
    path.write_bytes(replay._sealed(replay._HEADER, b"OTHER", BOOT, 0, 0))
    with pytest.raises(SetupError) as error:
        stored_depth(path, NOW)
    assert error.value.fault is faults.REPLAY_DAMAGED


def test_where_kernels_have_no_names_every_record_is_forced_to_the_disk(tmp_path: Path) -> None:
    memory = StoredMemory(tmp_path / "replay", boot=None)
    assert admit(memory, at=NOW) is None
    memory._log._descriptor = None
    after = StoredMemory(tmp_path / "replay", boot=None)
    assert admit(after, at=NOW) is faults.REPLAYED
    assert admit(after, "BBBBBBBB", at=NOW) is None, "nothing can be lost, so nothing is doubted"
    after.close()


def test_a_state_from_a_machine_with_a_name_is_doubted_on_one_without(tmp_path: Path) -> None:
    memory = StoredMemory(tmp_path / "replay", boot=BOOT)
    assert admit(memory, at=NOW) is None
    memory._log._descriptor = None
    after = StoredMemory(tmp_path / "replay", boot=None)
    assert admit(after, "BBBBBBBB", at=NOW + 5) is faults.REPLAY_CUT
    after.close()


@pytest.mark.threat("C15")
@pytest.mark.error("state-unwritable")
def test_a_full_disk_admits_nobody_and_forgets_nobody(tmp_path: Path) -> None:
    """A real limit of the kernel: the file may grow to its present size and half a record."""
    path = tmp_path / "replay"
    memory = StoredMemory(path, boot=BOOT)
    assert admit(memory, at=NOW) is None
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        for room in (13, 0):
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size // 26 * 26 + 24 + room if room else 50 + 26, before[1]))
            assert admit(memory, "BBBBBBBB", at=NOW) is faults.STATE_UNWRITABLE
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert admit(memory, at=NOW) is faults.REPLAYED
    assert admit(memory, "BBBBBBBB", at=NOW) is None, "what could not be written did not happen"
    memory._log._descriptor = None
    after = StoredMemory(path, boot=BOOT)
    assert admit(after, at=NOW) is faults.REPLAYED
    assert admit(after, "BBBBBBBB", at=NOW) is faults.REPLAYED
    after.close()


def test_closing_on_a_full_disk_only_leaves_the_mark_out(tmp_path: Path) -> None:
    path = tmp_path / "replay"
    memory = StoredMemory(path, boot=BOOT)
    assert admit(memory, at=NOW) is None
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, before[1]))
        memory.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    after = StoredMemory(path, boot=NEXT_BOOT)
    assert admit(after, "BBBBBBBB", at=NOW) is faults.REPLAY_CUT
    after.close()


@pytest.mark.error("state-unreadable")
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "replay").mkdir()
    with pytest.raises(SetupError) as error:
        stored_depth(tmp_path / "replay", NOW)
    assert error.value.fault is faults.STATE_UNREADABLE
    assert error.value.facts["problem"] == os.strerror(errno.EISDIR)


def test_depth_counts_what_still_counts_and_reads_a_file_in_use(tmp_path: Path) -> None:
    path = tmp_path / "replay"
    assert stored_depth(path, NOW) == 0
    memory = StoredMemory(path, boot=BOOT)
    for number in range(4):
        assert admit(memory, subject(number), at=NOW + number) is None
    assert stored_depth(path, NOW + PASSBACK + 1) == memory.depth(NOW + PASSBACK + 1) == 2
    memory.close()


def test_the_kernel_has_a_name_for_its_run_or_none(tmp_path: Path) -> None:
    (tmp_path / "boot_id").write_text("0f3a3b3c-aaaa-bbbb-cccc-0123456789ab\n")
    assert boot_name(tmp_path / "boot_id") == bytes.fromhex("0f3a3b3caaaabbbbcccc0123456789ab")
    (tmp_path / "boot_id").write_text("?")
    assert boot_name(tmp_path / "boot_id") is None
    assert boot_name(tmp_path / "none") is None
