"""The real disk under a chain: what is written is read, names come and go, and what the disk refuses is told."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from codes.errors import SetupError
from verify.chain_files import DiskFiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_what_is_written_is_read_and_seen_in_the_mapping(tmp_path: Path) -> None:
    files = DiskFiles(tmp_path / "a" / "b")
    assert (files.read("live", 9), files.names(""), len(files.map("live")), files.names("deltas")) == (None, [], 0, [])
    files.write("live", [(0, b"abcd"), (6, b"gh")])
    view = files.map("live")
    files.write("live", [(1, b"XY")])
    files.sync("live")
    files.sync_names()
    assert bytes(view) == files.read("live", 99) == b"aXYd\0\0gh"
    assert files.read("live", 3) == b"aXY"
    files.write("empty", [])
    assert len(files.map("empty")) == 0
    files.write("deltas/1", [(0, b"x")])
    assert sorted(files.names("")) == ["empty", "live"]
    assert files.names("deltas") == ["1"]
    assert (tmp_path / "a" / "b" / "live").stat().st_mode & 0o777 == 0o600


def test_a_file_that_goes_or_is_replaced_stays_with_who_has_it_mapped(tmp_path: Path) -> None:
    files = DiskFiles(tmp_path)
    files.replace("live", b"old")
    view = files.map("live")
    files.replace("live", b"newer")
    assert (bytes(view), files.read("live", 99)) == (b"old", b"newer")
    files.remove("live")
    files.remove("live")
    assert bytes(view) == b"old"
    assert files.names("") == []


def test_a_short_write_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.pwrite
    monkeypatch.setattr("verify.chain_files.os.pwrite", lambda descriptor, data, at: write(descriptor, bytes(data)[:7], at))
    DiskFiles(tmp_path).write("live", [(3, bytes(range(100)))])
    assert (tmp_path / "live").read_bytes() == bytes(3) + bytes(range(100))


def test_what_the_disk_refuses_is_told(tmp_path: Path) -> None:
    files = DiskFiles(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    told("state-unreadable", lambda: files.read("folder", 1))
    told("state-unreadable", lambda: files.map("folder"))
    told("state-unwritable", lambda: files.write("folder", [(0, b"")]))
    told("state-unwritable", lambda: files.sync("none"))
    told("state-unwritable", lambda: files.remove("folder"))
    told("state-unwritable", lambda: files.replace("folder", b""))
    below = DiskFiles(tmp_path / "file")
    assert (below.read("x", 1), below.names(""), len(below.map("x"))) == (None, [], 0)


def told(fault: str, act: Callable[[], object]) -> None:
    with pytest.raises(SetupError) as error:
        act()
    assert error.value.code == fault
