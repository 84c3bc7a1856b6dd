"""The journal on a terminal's disk: every verdict, sealed before it is written, in runs that this terminal cannot read back (`codes.journal`).

    journal/<start>.run     "SCJR1" ‖ u64 start ‖ link before 32 ‖ u16 ‖ sealed key ‖ crc32, then records: u16 ‖ record ‖ crc32
    journal/sent            how far the server has it: the uploader's
    journal/dropped         how many verdicts could not be written: the scanner's

A record is in the kernel's hands before the verdict is answered, so a killed process loses none; a power cut may take the last few, which were never
sent: only what is on the disk is signed. One scanner writes, one uploader reads and removes whole runs that have arrived; the newest run stays, so that
the count goes on from it.
"""

from __future__ import annotations

import json
import os
import struct
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from codes.errors import SetupError
from codes.journal import FIRST_LINK, KEY_BYTES, MAX_COUNT, SEALED_KEY, Entry, Run, next_link, seal_key, seal_record
from verify import faults
from verify.state import reading, unwritable, write_whole, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import ec

    from codes.trust import JournalKey

FOLDER = "journal"
DEFAULT_LIMIT = 64 << 20
"""Bytes that a journal may take on the disk: some 200,000 passages."""
RUN_RECORDS = 1024
"""Records under one key."""

_MAGIC = b"SCJR1"
_HEADER = struct.Struct(f">5sQ32sH{SEALED_KEY}sI")
_SIZE, _CHECKSUM = struct.Struct(">H"), struct.Struct(">I")
_SENT, _DROPPED = "sent", "dropped"


class Sent(NamedTuple):
    """What journal/sent and journal/dropped say. Two files, because each has one writer."""

    seq: int = 0
    """Everything up to here has arrived."""
    dropped: int = 0
    """Verdicts that were given and could not be written."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A run as it lies on the disk."""

    run: Run
    link: bytes
    """The link before its first record."""
    size: int
    """Bytes up to the end of the last whole record."""

    def links(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Every record with its seq and the link after it."""
        link = self.link
        for seq, record in enumerate(self.run.records, self.run.first):
            link = next_link(link, record)
            yield seq, record, link

    def end(self) -> tuple[int, bytes]:
        """Seq and link after the last record."""
        *_, (seq, link) = [(self.run.first - 1, self.link), *((seq, link) for seq, _, link in self.links())]
        return seq, link


class Journal:
    """The writing end. The caller holds the scanner's lock."""

    def __init__(self, folder: Path, *, terminal: str, entropy: Callable[[int], bytes], limit: int = DEFAULT_LIMIT) -> None:
        """Go on where the last run ended. Raises `SetupError`: journal-damaged, state-unreadable, state-unwritable."""
        self._folder = folder
        self.terminal = terminal
        self._entropy = entropy
        self._limit = limit
        self._descriptor: int | None = None
        self._key = b""
        self._start = self._count = self._end = 0
        with writing(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
        runs = run_files(folder)
        self._seq, self._link = _read_run(runs[-1]).end() if runs else (0, FIRST_LINK)
        self._used = _used(folder)
        self.dropped = self._kept = read_sent(folder).dropped

    @property
    def seq(self) -> int:
        """Of the newest entry."""
        return self._seq

    def note(self, entry: Entry, key: JournalKey) -> int:
        """Write this terminal's next entry, sealed to `key`; its seq.

        Raises `SetupError`: journal-full, state-unwritable. Nothing was written then. `ValueError` for an entry that is not the next.
        """
        if (entry.terminal, entry.seq) != (self.terminal, self._seq + 1):
            msg = f"the next entry is {self._seq + 1} of {self.terminal}"
            raise ValueError(msg)
        if self._used > self._limit:
            self._used = _used(self._folder)  # an upload may have made room
            if self._used > self._limit:
                raise SetupError(faults.JOURNAL_FULL, limit=self._limit)
        if self._descriptor is None or self._count >= RUN_RECORDS:
            self._begin(key.key.load())
        record = seal_record(entry, self._key, start=self._start)
        framed = _SIZE.pack(len(record)) + record + _CHECKSUM.pack(crc32(record))
        self._append(framed)
        self._seq, self._link, self._count = entry.seq, next_link(self._link, record), self._count + 1
        self._used += len(framed)
        if self.dropped != self._kept:
            self._keep_dropped()
        return entry.seq

    def drop(self) -> None:
        """Count a verdict that could not be written. Kept on the disk as far as the disk allows."""
        self.dropped += 1
        self._keep_dropped()

    def _keep_dropped(self) -> None:
        path = self._folder / _DROPPED
        try:
            with writing(path):
                write_whole(path, json.dumps({"count": self.dropped}).encode() + b"\n")
        except SetupError:  # the disk that took no entry takes no count either: it goes with the next entry
            return
        self._kept = self.dropped

    def close(self) -> None:
        """End the run, and forget its key. Whoever signs for what was written puts it on the disk first (`synced`)."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor, self._key = None, b""

    def _begin(self, public: ec.EllipticCurvePublicKey) -> None:
        """Start a run under a fresh key. The file appears whole, so a run without a header does not exist."""
        self.close()
        start, key = self._seq + 1, self._entropy(KEY_BYTES)
        sealed_key = seal_key(key, public, terminal=self.terminal, start=start)
        header = _HEADER.pack(_MAGIC, start, self._link, len(sealed_key), sealed_key, 0)[: -_CHECKSUM.size]
        path = self._folder / f"{start:020}.run"
        with writing(path):
            write_whole(path, header + _CHECKSUM.pack(crc32(header)))
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        self._key, self._start, self._count, self._end = key, start, 0, _HEADER.size
        self._used += _HEADER.size

    def _append(self, framed: bytes) -> None:
        path = self._folder / f"{self._start:020}.run"
        if self._descriptor is None:
            msg = "the journal is closed"
            raise RuntimeError(msg)
        try:
            if os.pwrite(self._descriptor, framed, self._end) != len(framed):
                raise OSError(28, os.strerror(28))
        except OSError as error:
            self.close()  # what came of this record is unknown, so its key and number seal no other
            raise unwritable(path, error) from error
        self._end += len(framed)


def run_files(folder: Path) -> list[Path]:
    """The runs, oldest first. None where there is no journal."""
    with reading(folder):
        return sorted(folder.glob("*.run"))


def stored_runs(folder: Path, *, after: int = 0) -> Iterator[Stored]:
    """The runs with anything beyond `after`, oldest first; a run that is being written is read as far as it is whole.

    Raises `SetupError`: journal-damaged, state-unreadable.
    """
    files = run_files(folder)
    for path, following in zip(files, [*files[1:], None], strict=False):
        if following is None or int(following.stem) - 1 > after:
            yield _read_run(path)


def synced(folder: Path, stored: Stored) -> None:
    """Have a run on the disk before anybody signs for it. Raises `SetupError` state-unwritable."""
    path = folder / f"{stored.run.start:020}.run"
    with writing(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_sent(folder: Path, *, upto: int) -> None:
    """Note that the server has everything up to `upto`, and remove the runs that lie wholly before it. Raises `SetupError` state-unwritable."""
    write_sent(folder, max(upto, read_sent(folder).seq))
    files = run_files(folder)
    for path, following in pairwise(files):
        if int(following.stem) - 1 <= upto:
            with writing(path):
                path.unlink(missing_ok=True)


def read_sent(folder: Path) -> Sent:
    """How far the server has it. What is lost or damaged is sent again: a server takes each entry once."""
    return Sent(seq=_number(folder / _SENT, "seq"), dropped=_number(folder / _DROPPED, "count"))


def _number(path: Path, name: str) -> int:
    try:
        number = json.loads(path.read_bytes())[name]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return 0
    return number if type(number) is int and 0 <= number <= MAX_COUNT else 0


def write_sent(folder: Path, seq: int) -> None:
    """Keep how far the server has it. Raises `SetupError` state-unwritable."""
    path = folder / _SENT
    with writing(path):
        write_whole(path, json.dumps({"seq": seq}).encode() + b"\n")


def depth(folder: Path) -> int:
    """Entries that the server does not have yet. Raises `SetupError`: journal-damaged, state-unreadable."""
    sent = read_sent(folder).seq
    last = max((stored.end()[0] for stored in stored_runs(folder, after=sent)), default=0)
    return max(0, last - sent)


def _used(folder: Path) -> int:
    with reading(folder):
        return sum(path.stat().st_size for path in folder.glob("*.run"))


def _read_run(path: Path) -> Stored:
    with reading(path):
        data = path.read_bytes()
    head = data[: _HEADER.size]
    if len(head) != _HEADER.size or crc32(head[: -_CHECKSUM.size]) != _CHECKSUM.unpack(head[-_CHECKSUM.size :])[0]:
        raise SetupError(faults.JOURNAL_DAMAGED, file=path.name)
    magic, start, link, size, sealed_key, _ = _HEADER.unpack(head)
    if magic != _MAGIC or size != SEALED_KEY or path.name != f"{start:020}.run":
        raise SetupError(faults.JOURNAL_DAMAGED, file=path.name)
    records, at = _records(data, _HEADER.size)
    return Stored(Run(start, start, sealed_key, records), link, at)


def _records(data: bytes, at: int) -> tuple[Sequence[bytes], int]:
    """The whole records, and where they end: what follows was torn by a power cut, and never signed for."""
    records: list[bytes] = []
    while at + _SIZE.size <= len(data):
        begin = at + _SIZE.size
        end = begin + _SIZE.unpack(data[at:begin])[0]
        record, checksum = data[begin:end], data[end : end + _CHECKSUM.size]
        if len(checksum) != _CHECKSUM.size or not record or _CHECKSUM.unpack(checksum)[0] != crc32(record):
            break
        records.append(record)
        at = end + _CHECKSUM.size
    return records, at


def beyond(stored: Stored, seq: int) -> Stored:
    """The part of a run that lies after `seq`, with the link before it."""
    link = next((link for number, _, link in stored.links() if number == seq), stored.link)
    skip = max(0, seq + 1 - stored.run.first)
    run = stored.run._replace(first=stored.run.first + skip, records=stored.run.records[skip:])
    return replace(stored, run=run, link=link)
