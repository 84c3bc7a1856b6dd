"""The state directory: old or new and never between, one writer, and a name for everything that can be wrong with it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from codes.errors import SetupError
from tests.verify.city import HOUR, NOW, City, Gate
from verify import faults
from verify.clock import LATEST
from verify.state import IMPORT_LOCK, State, StateDirectory, write_whole
from verify.terminal import Holdings

if TYPE_CHECKING:
    from codes.errors import Fault

STATE = State(terminal="T-0001", scene="metro", region=None, generation=1, trust=1, floor=NOW, status={})


def fault_of(directory: StateDirectory) -> Fault:
    with pytest.raises(SetupError) as error:
        directory.load()
    return error.value.fault


def page(**changes: Any) -> bytes:
    fields = {"terminal": "T", "scene": "metro", "region": None, "generation": 1, "trust": 1, "floor": 0, "status": {}} | changes
    text = json.dumps(fields)
    return json.dumps({"format": 1, "sha256": sha256(text.encode()).hexdigest(), "state": text}).encode()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    directory = StateDirectory(tmp_path / "state")
    directory.create(STATE, {"metadata/root.json": b"root"})
    assert directory.load() == STATE
    assert directory.trust_files(STATE) == {"metadata/root.json": b"root"}
    assert directory.status_token("sl:c1000", 1) is None


@pytest.mark.error("state-exists")
def test_a_directory_with_anything_in_it_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    with pytest.raises(SetupError) as error:
        StateDirectory(tmp_path).create(STATE, {})
    assert error.value.fault is faults.STATE_EXISTS
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.error("state-damaged")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        b"{}",
        b"[]",
        b'{"format": 1, "sha256": "", "state": 7}',
        page()[:-20],
        page().replace(b"metro", b"metri"),
        page(extra=1),
        page(terminal=""),
        page(terminal=7),
        page(generation=-1),
        page(floor=LATEST + 1),
        page(generation=True),
        page(floor=1.5),
        page(region="Chongqing"),
        page(region=7),
        page(status=[]),
        page(status={"c1000": 1}),
        page(status={"sl:c1000": "now"}),
        b" " * ((1 << 21) + 1),
    ],
)
def test_a_damaged_state_is_told_and_never_guessed(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state.json").write_bytes(content)
    assert fault_of(StateDirectory(tmp_path)) is faults.STATE_DAMAGED


def test_every_flipped_bit_of_the_state_is_found(tmp_path: Path) -> None:
    directory = StateDirectory(tmp_path)
    directory.create(STATE, {})
    whole = (tmp_path / "state.json").read_bytes()
    for bit in range(0, 8 * len(whole), 5):
        spoilt = bytearray(whole)
        spoilt[bit // 8] ^= 1 << bit % 8
        (tmp_path / "state.json").write_bytes(spoilt)
        if spoilt[bit // 8] in b" \n":
            continue
        assert fault_of(directory) in {faults.STATE_DAMAGED, faults.STATE_VERSION}


@pytest.mark.error("state-version")
def test_another_versions_state_is_told_apart_from_damage(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_bytes(page().replace(b'"format": 1', b'"format": 2'))
    assert fault_of(StateDirectory(tmp_path)) is faults.STATE_VERSION


@pytest.mark.error("state-missing")
def test_a_state_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "none", tmp_path / "file"):
        assert fault_of(StateDirectory(path)) is faults.STATE_MISSING
    with pytest.raises(SetupError) as error:
        StateDirectory(tmp_path).mark()
    assert error.value.fault is faults.STATE_MISSING


@pytest.mark.error("state-unreadable")
@pytest.mark.error("state-unwritable")
def test_what_the_disk_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "state.json").mkdir()
    directory = StateDirectory(tmp_path)
    assert fault_of(directory) is faults.STATE_UNREADABLE
    with pytest.raises(SetupError) as error:
        directory.commit(STATE, trust={}, status={})
    assert error.value.fault is faults.STATE_UNWRITABLE
    with pytest.raises(SetupError) as error:
        StateDirectory(tmp_path / ("x" * 300)).mark()
    assert error.value.fault is faults.STATE_UNREADABLE
    with pytest.raises(SetupError) as error:
        StateDirectory(tmp_path / ("x" * 300)).create(STATE, {})
    assert error.value.fault is faults.STATE_UNWRITABLE


@pytest.mark.error("state-locked")
def test_two_importers_do_not_meet(gate: Gate, city: City) -> None:
    with gate.directory.locked(IMPORT_LOCK):
        status, _, err = gate.command("import", city.folder)
    assert (status, json.loads(err)["code"]) == (3, "state-locked")
    assert gate.command("import", city.folder)[0] == 0


def test_the_mark_changes_with_every_commit_and_not_without(tmp_path: Path) -> None:
    directory = StateDirectory(tmp_path)
    directory.create(STATE, {})
    marks = [directory.mark(), directory.mark()]
    for _ in range(3):
        directory.commit(STATE, trust=None, status={})
        marks.append(directory.mark())
    assert marks[0] == marks[1]
    assert len(set(marks)) == 4


def test_what_no_state_names_is_swept_and_what_the_last_one_named_stays_for_its_readers(tmp_path: Path) -> None:
    directory = StateDirectory(tmp_path)
    directory.create(STATE, {"a": b"1"})
    for number in range(2, 5):
        state = replace(STATE, trust=number, status={"sl:c1": number})
        directory.commit(state, trust={"a": b"2"}, status={"sl:c1": b"token"})
    assert sorted(path.name for path in (tmp_path / "trust").iterdir()) == ["3", "4"]
    assert sorted(path.name for path in (tmp_path / "status").iterdir()) == ["c1-3.cwt", "c1-4.cwt"]
    assert directory.status_token("sl:c1", 3) == b"token"


def test_sweeping_never_stops_a_commit(tmp_path: Path) -> None:
    directory = StateDirectory(tmp_path)
    directory.create(STATE, {})
    (tmp_path / "status" / "old").mkdir(parents=True)
    directory.commit(STATE, trust=None, status={})
    assert directory.load() == STATE


@pytest.mark.threat("C07")
def test_an_import_killed_at_any_write_leaves_the_old_state_or_the_new_one(tmp_path: Path, city: City) -> None:
    """The process dies, without any clearing up, before its n-th file operation; for every n until it comes through."""
    gate = Gate(tmp_path / "gate", city)
    gate.take()
    city.publish(at=NOW + HOUR)
    city.token("sl:c1000")
    script = """
import os, pathlib, signal, sys
from verify.importing import import_folder
from verify.state import StateDirectory
left = int(sys.argv[3])
def counted(real):
    def call(*arguments, **options):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **options)
    return call
for name in ("fsync", "mkdir", "unlink", "rmdir", "fchmod"):
    setattr(os, name, counted(getattr(os, name)))
pathlib.Path.replace = counted(pathlib.Path.replace)
import_folder(StateDirectory(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2]), now=int(sys.argv[4]))
"""
    seen = []
    for killed_at in (*range(1, 60, 4), 10_000):
        copy = tmp_path / f"gate-{killed_at}"
        subprocess.run(["cp", "-r", gate.path, copy], check=True)
        program = [sys.executable, "-c", script, copy, city.folder, str(killed_at), str(city.at)]
        run = subprocess.run([str(part) for part in program], check=False, cwd=Path(__file__).parents[2])
        assert run.returncode in {0, -signal.SIGKILL}
        holdings = Holdings.read(StateDirectory(copy))
        assert not holdings.status.damaged
        seen.append((holdings.trust.view.version, holdings.status.head("CN-CQ")))
        resumed = Gate.__new__(Gate)
        resumed.path, resumed.city, resumed.directory = copy, city, StateDirectory(copy)
        resumed.take()
        assert Holdings.read(StateDirectory(copy)).trust.view.version == 2
    assert set(seen) == {(1, NOW), (2, NOW + HOUR)}
    assert seen == sorted(seen)


@pytest.mark.threat("C07")
def test_a_whole_write_leaves_no_half(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "b", b"one")
    write_whole(tmp_path / "a" / "b", b"two")
    assert (tmp_path / "a" / "b").read_bytes() == b"two"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]
    assert (tmp_path / "a" / "b").stat().st_mode & 0o077 == 0
