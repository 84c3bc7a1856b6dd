"""The replay memory's file: power cuts, torn records, full disks, files that are not ours."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from codes.errors import SetupError
from tests.verify.city import NOW
from tests.verify.presenting import BOOT, HEADER, NEXT_BOOT, RECORD, admit, die, end, made, subject
from verify import faults, replay_file
from verify.replay import StoredMemory, stored_depth
from verify.terminal import boot_name


def forget(path: Path, kept: int) -> None:
    """The power goes: what lies behind the first `kept` bytes never came to the disk. The file's length did."""
    content = path.read_bytes()
    path.write_bytes(content[:kept].ljust(len(content), b"\0"))


@pytest.mark.threat("C07")
@pytest.mark.error("replay-cut")
def test_after_a_power_cut_codes_made_before_it_are_not_judged_and_new_ones_are(tmp_path: Path) -> None:
    path = made(tmp_path / "replay")
    memory = StoredMemory(path, boot=BOOT)
    assert admit(memory, at=NOW) is None
    forget(path, HEADER)
    die(memory)
    after = StoredMemory(path, boot=NEXT_BOOT)
    assert admit(after, at=NOW + 20, iat=NOW) is faults.REPLAY_CUT, "this very code had passed"
    assert admit(after, at=NOW + 30, iat=NOW + 30) is faults.REPLAY_CUT, "could have been shown ten seconds before it was made"
    die(after)
    again = StoredMemory(path, boot=NEXT_BOOT)
    assert admit(again, at=NOW + 31, iat=NOW + 31) is None
    assert admit(again, "BBBBBBBB", at=NOW + 40, iat=NOW + 30) is faults.REPLAY_CUT
    again.close()


def test_a_clock_that_fell_back_with_the_power_does_not_bring_old_codes_back(tmp_path: Path) -> None:
    path = made(tmp_path / "replay")
    memory = StoredMemory(path, boot=BOOT)
    assert admit(memory, at=NOW) is None
    assert admit(memory, "BBBBBBBB", at=NOW + 1) is None
    die(memory)
    forget(path, HEADER + RECORD)
    after = StoredMemory(path, boot=NEXT_BOOT)
    assert admit(after, "CCCCCCCC", at=NOW - 600) is faults.REPLAY_CUT
    assert admit(after, "BBBBBBBB", at=NOW + 1) is faults.REPLAY_CUT, "the clock has come as far again: what was lost stays refused"
    after.close()


def test_a_clean_end_needs_no_caution_after_the_next_boot(tmp_path: Path) -> None:
    memory = StoredMemory(made(tmp_path / "replay"), boot=BOOT)
    assert admit(memory, at=NOW) is None
    memory.close()
    memory.close()
    after = StoredMemory(tmp_path / "replay", boot=NEXT_BOOT)
    assert admit(after, at=NOW + 1) is faults.REPLAYED
    assert admit(after, "BBBBBBBB", at=NOW + 1) is None
    after.close()
    with pytest.raises(RuntimeError, match="closed"):
        after.admit("CN-CQ", "CCCCCCCC", iat=NOW, now=NOW, until=NOW, future=10)


def test_the_end_of_the_process_is_a_clean_end(tmp_path: Path) -> None:
    script = f"""
from pathlib import Path
from verify.replay import StoredMemory, empty_file
empty_file(Path({str(tmp_path / "replay")!r}))
memory = StoredMemory(Path({str(tmp_path / "replay")!r}), boot=b"a" * 16)
memory.admit("CN-CQ", "AAAAAAAA", iat={NOW}, now={NOW}, until={NOW} + 70, future=10)
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])
    after = StoredMemory(tmp_path / "replay", boot=NEXT_BOOT)
    assert admit(after, at=NOW + 1) is faults.REPLAYED
    assert admit(after, "BBBBBBBB", at=NOW + 1) is None
    after.close()


@pytest.mark.threat("C07")
@pytest.mark.parametrize("orderly", [True, False])
@pytest.mark.parametrize("torn", range(RECORD))
def test_a_file_cut_anywhere_has_lost_a_passage_for_all_we_know(tmp_path: Path, torn: int, orderly: bool) -> None:
    path = made(tmp_path / "replay")
    memory = StoredMemory(path, boot=BOOT)
    assert admit(memory, "BBBBBBBB", at=NOW) is None
    assert admit(memory, at=NOW, iat=NOW + 10) is None
    cut = end(memory) - RECORD + torn  # without the last passage, or with part of it
    if orderly:
        memory.close()
    else:
        die(memory)
    os.truncate(path, cut)
    after = StoredMemory(path, boot=BOOT)
    assert admit(after, "BBBBBBBB", at=NOW + 1) is faults.REPLAYED, "what is whole counts"
    assert admit(after, at=NOW + 1, iat=NOW + 10) is faults.REPLAY_CUT, "this very code had passed"
    assert admit(after, at=NOW + 81) is None, "a new code passes"
    after.close()


@pytest.mark.threat("C07")
def test_a_file_that_is_gone_has_lost_passages_for_all_we_know(tmp_path: Path) -> None:
    path = made(tmp_path / "replay")
    memory = StoredMemory(path, boot=BOOT)
    assert admit(memory, at=NOW, iat=NOW + 10) is None
    memory.close()
    path.unlink()
    after = StoredMemory(path, boot=BOOT)
    assert admit(after, at=NOW, iat=NOW + 10) is faults.REPLAY_CUT, "this very code had passed"
    assert admit(after, at=NOW + 11) is None
    after.close()


def test_a_new_terminal_judges_its_first_code(tmp_path: Path) -> None:
    memory = StoredMemory(made(tmp_path / "replay"), boot=BOOT)
    assert admit(memory, at=NOW) is None
    memory.close()


@pytest.mark.threat("C07")
@pytest.mark.parametrize("shorter", [0, 5])
def test_a_power_cut_and_rules_that_let_codes_run_ahead_less_do_not_let_a_code_pass_twice(tmp_path: Path, shorter: int) -> None:
    path = made(tmp_path / "replay")
    memory = StoredMemory(path, boot=BOOT)
    assert admit(memory, "BBBBBBBB", at=NOW, future=5) is None
    kept = end(memory)
    assert admit(memory, at=NOW, iat=NOW + 20, future=20) is None
    die(memory)
    forget(path, kept)
    waiting = StoredMemory(path, boot=NEXT_BOOT)
    die(waiting)  # opened, and gone again before anybody came
    after = StoredMemory(path, boot=NEXT_BOOT)
    assert admit(after, at=NOW + 15, iat=NOW + 20, future=shorter) is faults.REPLAY_CUT
    die(after)
    again = StoredMemory(path, boot=NEXT_BOOT)
    assert admit(again, at=NOW + 16, iat=NOW + 20, future=shorter) is faults.REPLAY_CUT
    assert admit(again, at=NOW + 91, future=shorter) is None
    again.close()


@pytest.mark.threat("C07")
@pytest.mark.parametrize("torn", range(1, RECORD))
def test_a_torn_last_record_was_nobodys_passage(tmp_path: Path, torn: int) -> None:
    path = made(tmp_path / "replay")
    memory = StoredMemory(path, boot=BOOT)
    assert admit(memory, at=NOW) is None
    die(memory)
    with path.open("r+b") as file:
        file.seek(end(memory))
        file.write(b"\xa5" * torn)
    after = StoredMemory(path, boot=BOOT)
    assert admit(after, at=NOW + 1) is faults.REPLAYED
    assert admit(after, "BBBBBBBB", at=NOW + 1) is faults.REPLAY_CUT, "nothing tells it from a passage that was cut off"
    assert admit(after, "BBBBBBBB", at=NOW + 81) is None
    after.close()


def test_a_spoilt_record_in_the_middle_is_taken_for_a_power_cut(tmp_path: Path) -> None:
    path = made(tmp_path / "replay")
    memory = StoredMemory(path, boot=BOOT)
    for number in range(3):
        assert admit(memory, subject(number), at=NOW) is None
    memory.close()
    spoilt = bytearray(path.read_bytes())
    spoilt[HEADER + RECORD + 4] ^= 1
    path.write_bytes(spoilt)
    after = StoredMemory(path, boot=BOOT)
    assert admit(after, subject(0), at=NOW + 1) is faults.REPLAYED
    assert admit(after, subject(1), at=NOW + 1) is faults.REPLAY_CUT
    after.close()


@pytest.mark.error("replay-damaged")
@pytest.mark.parametrize("content", [b"", b"junk", b"SCRM\x02" + bytes(HEADER - 5), b"SCRM\x01" + bytes(45), b"x" * HEADER])
def test_a_file_that_is_not_ours_is_not_guessed_at(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "replay").write_bytes(content)
    with pytest.raises(SetupError) as error:
        StoredMemory(tmp_path / "replay", boot=BOOT)
    assert error.value.fault is faults.REPLAY_DAMAGED


def test_a_header_is_held_to_its_magic_and_the_file_to_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "replay"
    StoredMemory(path, boot=BOOT).close()
    monkeypatch.setattr(replay_file, "LARGEST_FILE", 60)
    with pytest.raises(SetupError) as error:
        stored_depth(path, NOW)
    assert error.value.fault is faults.REPLAY_DAMAGED
    path.write_bytes(replay_file.sealed(replay_file.HEADER, b"OTHER", BOOT, 0, 0, 0, 0))
    with pytest.raises(SetupError) as error:
        stored_depth(path, NOW)
    assert error.value.fault is faults.REPLAY_DAMAGED


def test_where_kernels_have_no_names_every_record_is_forced_to_the_disk(tmp_path: Path) -> None:
    memory = StoredMemory(made(tmp_path / "replay"), boot=None)
    assert admit(memory, at=NOW) is None
    die(memory)
    after = StoredMemory(tmp_path / "replay", boot=None)
    assert admit(after, at=NOW) is faults.REPLAYED
    assert admit(after, "BBBBBBBB", at=NOW) is None, "nothing can be lost, so nothing is doubted"
    after.close()


def test_a_state_from_a_machine_with_a_name_is_doubted_on_one_without(tmp_path: Path) -> None:
    memory = StoredMemory(made(tmp_path / "replay"), boot=BOOT)
    assert admit(memory, at=NOW) is None
    die(memory)
    after = StoredMemory(tmp_path / "replay", boot=None)
    assert admit(after, "BBBBBBBB", at=NOW + 5) is faults.REPLAY_CUT
    after.close()


@pytest.mark.threat("C15")
@pytest.mark.error("state-unwritable")
def test_a_full_disk_admits_nobody_and_forgets_nobody(tmp_path: Path) -> None:
    """A real limit of the kernel: writing ends in the middle of the next record, or before it."""
    path = made(tmp_path / "replay")
    memory = StoredMemory(path, boot=BOOT)
    assert admit(memory, at=NOW) is None
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        for room in (13, 0):
            resource.setrlimit(resource.RLIMIT_FSIZE, (end(memory) + room, before[1]))
            assert admit(memory, "BBBBBBBB", at=NOW) is faults.STATE_UNWRITABLE
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert admit(memory, at=NOW) is faults.REPLAYED
    assert admit(memory, "BBBBBBBB", at=NOW) is None, "what could not be written did not happen"
    die(memory)
    after = StoredMemory(path, boot=BOOT)
    assert admit(after, at=NOW) is faults.REPLAYED
    assert admit(after, "BBBBBBBB", at=NOW) is faults.REPLAYED
    after.close()


def test_closing_on_a_full_disk_only_leaves_the_mark_out(tmp_path: Path) -> None:
    path = made(tmp_path / "replay")
    memory = StoredMemory(path, boot=BOOT)
    assert admit(memory, at=NOW) is None
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (end(memory), before[1]))
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


def test_the_kernel_has_a_name_for_its_run_or_none(tmp_path: Path) -> None:
    (tmp_path / "boot_id").write_text("0f3a3b3c-aaaa-bbbb-cccc-0123456789ab\n")
    assert boot_name(tmp_path / "boot_id") == bytes.fromhex("0f3a3b3caaaabbbbcccc0123456789ab")
    (tmp_path / "boot_id").write_text("?")
    assert boot_name(tmp_path / "boot_id") is None
    assert boot_name(tmp_path / "none") is None
