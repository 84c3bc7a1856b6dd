"""Taking a journal in: in order, each entry once, nothing believed that does not prove itself (threats C09, C13, C14).

A terminal may send the same again, send what overlaps, or lose the answer: entries count by (terminal, seq), and the answer always says up to where all
of them are here. What the terminal signed before binds it: a story that does not go on from there is refused, and somebody is asked to look at it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.errors import SetupError, StateError
from codes.upload import Upload
from ecard import faults, schema
from ecard.model import FindingKind, JournalState, JournalTaken
from ecard.terminals import findings, registering
from ecard.terminals.examining import examine

if TYPE_CHECKING:
    from codes.journal import Entry
    from ecard.model import JournalFinding, Terminal
    from ecard.premises import Premises
    from ecard.store import Work
    from ecard.terminals.examining import Examined

CLOCK_TOLERANCE = 120
"""Seconds that a terminal's clock may be ahead of ours before somebody is told."""


def take(premises: Premises, body: bytes, *, now: int) -> JournalTaken:
    """Take an upload in. Its records are checked one after another; the first that does not verify ends it, with nothing taken.

    Raises `InputError` journal-upload, journal-signature, journal-sealed, journal-entry; `StateError` terminal-unknown, terminal-ended, journal-gap (with
    the number to go on from), journal-forked; `SetupError` journal-no-key.
    """
    upload = Upload.from_bytes(body)
    says = upload.head.says
    with premises.writing() as work:
        terminal = registering.terminal(work, says.terminal)
        upload.head.check(terminal.key.load())
        if terminal.ended is not None:
            raise StateError(faults.TERMINAL_ENDED, terminal=terminal.ref)
        state = journal_state(work, terminal.ref)
        found: list[JournalFinding] = []
        if upload.first > state.seq + 1:
            raise StateError(faults.JOURNAL_GAP, next=state.seq + 1, first=upload.first)
        is_fork = says.seq >= state.seq and not upload.follows(state.seq, state.link)
        if is_fork:
            findings.note(work, premises.entropy, FindingKind.FORKED, terminal.ref, says.seq, now=now)
        else:
            found += _write(premises, work, terminal, state, upload, now=now)
    if is_fork:  # after the transaction, which keeps the finding
        raise StateError(faults.JOURNAL_FORKED, terminal=says.terminal, seq=says.seq, known=state.seq)
    reached = max(state.seq, says.seq)
    return JournalTaken(terminal=says.terminal, seq=reached, taken=reached - state.seq, findings=tuple(found))


def journal_state(work: Work, terminal: str) -> JournalState:
    """How far the journal has arrived; the row is locked where the database locks rows."""
    table = schema.terminal_journal
    query = sa.select(table).where(table.c.terminal == terminal)
    row = work.connection.execute(query if work.reading else query.with_for_update()).one()
    return JournalState(seq=row.seq, link=bytes(row.link), dropped=row.dropped, seen=row.seen)


def _write(premises: Premises, work: Work, terminal: Terminal, state: JournalState, upload: Upload, *, now: int) -> list[JournalFinding]:
    """The new entries as rows, and what is odd about them."""
    says = upload.head.says
    private = premises.issuer(terminal.region).journal
    if private is None:
        raise SetupError(faults.JOURNAL_NO_KEY, region=terminal.region)
    entries = [entry for run in upload.runs if run.last > state.seq for entry in run.open(private, terminal=terminal.ref) if entry.seq > state.seq]
    examined = [(entry, examine(premises, work, entry)) for entry in entries]
    for entry, seen in examined:
        work.connection.execute(sa.insert(schema.journal_event).values(_row(entry, seen, now=now)))
    found = []
    for entry, seen in examined:  # when all of them are there: a passage may be taken back further on
        for kind, measured in seen.odd:
            found.append(findings.note(work, premises.entropy, kind, terminal.ref, entry.seq, card=seen.card, measured=measured, now=now))
        if entry.scene not in terminal.scenes:
            found.append(findings.note(work, premises.entropy, FindingKind.OTHER_SCENE, terminal.ref, entry.seq, now=now))
        if entry.at > now + CLOCK_TOLERANCE:
            found.append(findings.note(work, premises.entropy, FindingKind.CLOCK_AHEAD, terminal.ref, entry.seq, measured=entry.at - now, now=now))
        if entry.number == 0 and seen.credential is not None:
            found += findings.compare(work, premises.entropy, terminal, entry, seen, now=now)
    if says.dropped > state.dropped:
        lost = says.dropped - state.dropped
        found.append(findings.note(work, premises.entropy, FindingKind.NOT_WRITTEN, terminal.ref, says.seq, measured=lost, now=now))
    table = schema.terminal_journal
    reached = (says.seq, says.link) if says.seq > state.seq else (state.seq, state.link)
    values = {"seq": reached[0], "link": reached[1], "dropped": max(state.dropped, says.dropped), "seen": now}
    work.connection.execute(sa.update(table).where(table.c.terminal == terminal.ref).values(values))
    return [finding for finding in found if finding is not None]


def _row(entry: Entry, seen: Examined, *, now: int) -> dict[str, object]:
    """What is kept of an entry: which credential, when, on which evidence, and the digest of the proof that was checked. No name, and no code."""
    proof = entry.shown if isinstance(entry.shown, bytes) else b"".join(entry.shown or ())
    return {
        "terminal": entry.terminal,
        "seq": entry.seq,
        "at": entry.at,
        "received": now,
        "scene": entry.scene,
        "number": entry.number,
        "released": entry.released,
        "credential": seen.credential,
        "card": seen.card,
        "made": seen.made,
        "as_of": entry.as_of,
        "head": entry.head,
        "proof": hashlib.sha256(proof).digest() if proof else None,
    }
