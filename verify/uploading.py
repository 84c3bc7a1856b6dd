"""Sending the journal: in order, under a head signed now, again and again until the server has it (threat C13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codes.errors import SetupError
from codes.journal import SEALED_KEY
from codes.upload import MAX_UPLOAD, JournalHead, SignedHead, Upload
from verify import faults
from verify.journal import FOLDER, Stored, beyond, depth, read_sent, remove_sent, stored_runs, synced, write_sent
from verify.state import write_whole, writing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codes.journal import Run
    from codes.keys import Signer
    from verify.fetching import Server
    from verify.state import StateDirectory

RECORDS = 1000
"""Records in one upload: a minute of a busy gate, well within the server's limit."""
_ROOM = MAX_UPLOAD - 4096
_RUN = 20 + SEALED_KEY
"""Bytes that a run takes beside its records."""
_GAP, _ANSWER_BYTES = 409, 1 << 14
JOURNAL_PATH = "/v1/journal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """What came of it."""

    sent: int
    """Entries sent now."""
    seq: int
    """The server has everything up to here."""
    left: int
    """Entries that it does not have yet."""


def next_upload(folder: Path, *, terminal: str, signer: Signer, after: int, now: int, records: int = RECORDS) -> Upload | None:
    """What follows `after`, safe on the disk and signed at `now`; None when there is nothing. Raises `SetupError`: journal-damaged, state-*."""
    runs: list[Run] = []
    end: Stored | None = None
    count = size = 0
    for stored in stored_runs(folder, after=after):
        part = _cut(beyond(stored, after), records - count, _ROOM - size - _RUN)
        if not part.run.records:
            break
        synced(folder, stored)
        runs.append(part.run)
        end = part
        count += len(part.run.records)
        size += _RUN + sum(len(record) + 2 for record in part.run.records)
        if part.run.last != stored.run.last:
            break
    if end is None:
        return None
    seq, link = end.end()
    head = SignedHead.issue(JournalHead(now, terminal, seq, link, read_sent(folder).dropped), signer)
    return Upload(head, runs)


def upload(directory: StateDirectory, server: Server, signer: Signer, *, now: Callable[[], int]) -> Uploaded:
    """Send all there is. A lost answer is no harm: the same is sent again and counts once.

    Raises `SetupError`: server-* (what was sent before stays sent), journal-damaged, state-*.
    """
    folder = directory.path / FOLDER
    terminal = directory.load().terminal
    count = 0
    has_gone_back = False
    while (part := next_upload(folder, terminal=terminal, signer=signer, after=read_sent(folder).seq, now=now())) is not None:
        answer = server.post(JOURNAL_PATH, part.to_bytes(), limit=_ANSWER_BYTES, good=frozenset({_GAP}))
        page = answer.page()
        if answer.status == _GAP:
            _go_back(folder, page, part, again=has_gone_back)
            has_gone_back = True
            continue
        seq = page.get("seq")
        if type(seq) is not int or seq < part.head.says.seq:
            raise SetupError(faults.SERVER_ANSWER, wrong="seq", seq=str(seq)[:20])
        count += sum(len(run.records) for run in part.runs)
        remove_sent(folder, upto=part.head.says.seq)
    return Uploaded(sent=count, seq=read_sent(folder).seq, left=0)


def save(directory: StateDirectory, path: Path, signer: Signer, *, now: int) -> Uploaded:
    """Write what the server lacks into a file for `ecard terminal take`, as much as one upload holds. What is carried counts as sent when the server says so.

    Raises `SetupError`: journal-damaged, state-*.
    """
    folder = directory.path / FOLDER
    known = read_sent(folder).seq
    part = next_upload(folder, terminal=directory.load().terminal, signer=signer, after=known, now=now, records=MAX_UPLOAD)
    if part is None:
        return Uploaded(sent=0, seq=known, left=0)
    with writing(path):
        write_whole(path, part.to_bytes())
    return Uploaded(sent=part.head.says.seq - known, seq=known, left=depth(folder))


def _go_back(folder: Path, page: dict[str, object], part: Upload, *, again: bool) -> None:
    """The server lacks something from before: go on from where it says, if that lies before what was sent.

    Raises `SetupError` server-refuses: that makes no sense, or it asks `again` for what is gone here since somebody confirmed it.
    """
    facts = page.get("facts")
    following = facts.get("next") if page.get("code") == "journal-gap" and isinstance(facts, dict) else None
    if type(following) is not int or not 1 <= following < part.first or again:
        raise SetupError(faults.SERVER_REFUSES, status=_GAP, code=str(page.get("code"))[:40])
    write_sent(folder, following - 1)


def _cut(stored: Stored, records: int, room: int) -> Stored:
    """As many of the first records as there may be."""
    kept = []
    for record in stored.run.records[:records]:
        room -= len(record) + 2
        if room < 0:
            break
        kept.append(record)
    return Stored(stored.run._replace(records=kept), stored.link, stored.size)
