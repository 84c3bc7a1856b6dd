"""The journal on disk: every verdict is there, sealed, in order, after kills, power cuts, full disks and uploads."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from codes.errors import InputError, SetupError
from codes.journal import FIRST_LINK
from verify import faults
from verify.journal import (
    RUN_RECORDS,
    Sent,
    beyond,
    depth,
    read_sent,
    remove_sent,
    run_files,
    stored_runs,
    synced,
    write_sent,
)

if TYPE_CHECKING:
    from pathlib import Path

from tests.verify.journals import SEALED_TO, entry, opened, read

# ------------------------------------------------------------------------------------------------------------------ on disk


@pytest.mark.threat("C08")
def test_what_is_written_is_there_in_order_and_nobody_but_the_server_reads_it(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    for seq in range(1, 6):
        assert journal.note(entry(seq, shown=b"WANG FANG 51009"), SEALED_TO) == seq
    assert [found.seq for found in read(tmp_path / "j")] == [1, 2, 3, 4, 5]
    disk = b"".join(path.read_bytes() for path in (tmp_path / "j").iterdir())
    assert b"WANG" not in disk
    assert b"metro" not in disk
    with pytest.raises(InputError):
        next(stored_runs(tmp_path / "j")).run.open(ec.generate_private_key(ec.SECP256R1()), terminal="T-1")
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "j").iterdir())


def test_a_process_that_is_killed_loses_nothing_and_the_count_goes_on(tmp_path: Path) -> None:
    first = opened(tmp_path / "j")
    first.note(entry(1), SEALED_TO)
    first.note(entry(2), SEALED_TO)  # and is never closed
    second = opened(tmp_path / "j")
    assert second.seq == 2
    second.note(entry(3), SEALED_TO)
    assert [found.seq for found in read(tmp_path / "j")] == [1, 2, 3]
    links = [(seq, link) for stored in stored_runs(tmp_path / "j") for seq, _, link in stored.links()]
    assert [stored.link for stored in stored_runs(tmp_path / "j")] == [FIRST_LINK, links[1][1]]


def test_a_run_ends_after_its_records_and_the_next_has_another_key(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j", limit=1 << 24)
    for seq in range(1, RUN_RECORDS + 3):
        journal.note(entry(seq), SEALED_TO)
    first, second = stored_runs(tmp_path / "j")
    assert (len(first.run.records), second.run.start, len(second.run.records)) == (RUN_RECORDS, RUN_RECORDS + 1, 2)
    assert first.run.sealed_key != second.run.sealed_key
    assert list(stored_runs(tmp_path / "j", after=RUN_RECORDS)) == [second]


@pytest.mark.threat("C07")
def test_a_record_torn_by_a_power_cut_was_never_there(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    for seq in (1, 2):
        journal.note(entry(seq), SEALED_TO)
    (path,) = run_files(tmp_path / "j")
    whole = path.read_bytes()
    one = next(stored_runs(tmp_path / "j"))
    header = one.size - sum(len(record) + 6 for record in one.run.records)
    for end in range(header, len(whole)):
        path.write_bytes(whole[:end] + bytes(7))
        expected = [1] if end >= header + len(one.run.records[0]) + 6 else []
        assert [found.seq for found in read(tmp_path / "j")] == expected
    again = opened(tmp_path / "j")
    assert again.seq == 1
    again.note(entry(2), SEALED_TO)
    assert [found.seq for found in read(tmp_path / "j")] == [1, 2]


@pytest.mark.error("journal-damaged")
@pytest.mark.parametrize("harm", [b"", b"SCJR1", b"\0" * 400])
def test_a_run_whose_beginning_is_damaged_is_named(tmp_path: Path, harm: bytes) -> None:
    opened(tmp_path / "j").note(entry(1), SEALED_TO)
    (path,) = run_files(tmp_path / "j")
    path.write_bytes(harm)
    with pytest.raises(SetupError) as refused:
        opened(tmp_path / "j")
    assert (refused.value.code, refused.value.facts["file"]) == ("journal-damaged", path.name)


def test_a_run_under_another_name_is_not_believed(tmp_path: Path) -> None:
    opened(tmp_path / "j").note(entry(1), SEALED_TO)
    (path,) = run_files(tmp_path / "j")
    path.rename(path.with_name(f"{7:020}.run"))
    with pytest.raises(SetupError) as refused:
        list(stored_runs(tmp_path / "j"))
    assert refused.value.fault is faults.JOURNAL_DAMAGED


def test_only_the_next_entry_of_this_terminal_is_written(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    for wrong in (entry(2), entry(1)._replace(terminal="T-2")):
        with pytest.raises(ValueError, match="next entry"):
            journal.note(wrong, SEALED_TO)


def test_a_closed_journal_opens_a_new_run(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    journal.note(entry(1), SEALED_TO)
    journal.close()
    journal.close()
    journal.note(entry(2), SEALED_TO)
    assert len(run_files(tmp_path / "j")) == 2
    journal._descriptor = None
    with pytest.raises(RuntimeError):
        journal._append(b"x")


# ----------------------------------------------------------------------------------------------------------------- uploading


def test_what_the_server_has_is_removed_but_the_newest_run(tmp_path: Path) -> None:
    for seq in (1, 2, 3):
        opened(tmp_path / "j").note(entry(seq), SEALED_TO)
    assert depth(tmp_path / "j") == 3
    remove_sent(tmp_path / "j", upto=1)
    assert (depth(tmp_path / "j"), len(run_files(tmp_path / "j"))) == (2, 2)
    remove_sent(tmp_path / "j", upto=3)
    remove_sent(tmp_path / "j", upto=2)  # an answer that comes late takes nothing back
    assert (depth(tmp_path / "j"), len(run_files(tmp_path / "j")), read_sent(tmp_path / "j").seq) == (0, 1, 3)
    assert opened(tmp_path / "j").seq == 3


def test_the_part_of_a_run_beyond_a_record_goes_on_from_its_link(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    for seq in (1, 2, 3):
        journal.note(entry(seq), SEALED_TO)
    (stored,) = stored_runs(tmp_path / "j")
    synced(tmp_path / "j", stored)
    part = beyond(stored, 2)
    assert (part.run.first, part.end()) == (3, stored.end())
    assert beyond(stored, 0) == stored
    assert [found.seq for found in read(tmp_path / "j", after=2)] == [3]


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"seq": -1, "dropped": 0}', b'{"seq": "1"}', b'{"count": 1}', b"[" * 9000])
def test_what_is_not_known_to_have_arrived_is_sent_again(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "sent").write_bytes(content)
    assert read_sent(tmp_path) == Sent()


# ---------------------------------------------------------------------------------------------------------------- full disks


@pytest.mark.error("journal-full")
def test_a_full_journal_takes_no_more_until_an_upload_makes_room(tmp_path: Path) -> None:
    opened(tmp_path / "j").note(entry(1), SEALED_TO)
    journal = opened(tmp_path / "j", limit=300)
    journal.note(entry(2), SEALED_TO)
    with pytest.raises(SetupError) as refused:
        journal.note(entry(3), SEALED_TO)
    assert refused.value.fault is faults.JOURNAL_FULL
    remove_sent(tmp_path / "j", upto=2)
    assert journal.note(entry(3), SEALED_TO) == 3


def test_a_disk_that_takes_no_record_leaves_the_journal_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = opened(tmp_path / "j")
    journal.note(entry(1), SEALED_TO)
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", lambda *_: 3)
        with pytest.raises(SetupError) as refused:
            journal.note(entry(2), SEALED_TO)
    assert refused.value.fault is faults.STATE_UNWRITABLE
    assert journal.note(entry(2), SEALED_TO) == 2
    assert [found.seq for found in read(tmp_path / "j")] == [1, 2]


def test_a_verdict_that_could_not_be_written_is_counted_as_far_as_the_disk_allows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = opened(tmp_path / "j")
    write_sent(tmp_path / "j", 4)
    journal.drop()
    assert read_sent(tmp_path / "j") == Sent(seq=4, dropped=1)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "full")

    with monkeypatch.context() as patch:
        patch.setattr("verify.journal.write_whole", full)
        journal.drop()
    assert (journal.dropped, opened(tmp_path / "j").dropped) == (2, 1)
    journal.note(entry(1), SEALED_TO)  # there is room again
    assert read_sent(tmp_path / "j") == Sent(seq=4, dropped=2)


def test_what_the_server_has_and_what_was_dropped_never_overwrite_one_another(tmp_path: Path) -> None:
    journal = opened(tmp_path / "j")
    journal.note(entry(1), SEALED_TO)
    journal.drop()
    remove_sent(tmp_path / "j", upto=1)  # by an uploader that looked before
    assert {path.name for path in (tmp_path / "j").iterdir()} == {"00000000000000000001.run", "dropped", "sent"}
    assert read_sent(tmp_path / "j") == Sent(seq=1, dropped=1)


def test_a_key_that_may_have_sealed_a_record_seals_no_other_under_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = opened(tmp_path / "j")
    journal.note(entry(1), SEALED_TO)
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", lambda *_: 3)
        with pytest.raises(SetupError):
            journal.note(entry(2), SEALED_TO)
    journal.note(entry(2, number=2), SEALED_TO)
    assert [stored.run.start for stored in stored_runs(tmp_path / "j")] == [1, 2]
