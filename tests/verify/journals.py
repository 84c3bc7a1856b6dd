"""Journals for the tests: a server's key, entries, and reading back what only the server can."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from codes.journal import Entry
from codes.keys import CoseKey
from codes.trust import JournalKey
from tests.verify.city import DAY, NOW
from verify.journal import Journal, beyond, stored_runs

if TYPE_CHECKING:
    from pathlib import Path

SERVER = ec.derive_private_key(0x5E2A, ec.SECP256R1())
SEALED_TO = JournalKey(region="CN-CQ", key=CoseKey.of(SERVER.public_key()), not_before=NOW - DAY, not_after=NOW + 400 * DAY)


def entry(seq: int, **changes: object) -> Entry:
    return Entry("T-1", seq, NOW, "metro", 1)._replace(**changes)  # type: ignore[arg-type] # because each test names fields of the entry


def opened(folder: Path, *, limit: int = 1 << 20) -> Journal:
    return Journal(folder, terminal="T-1", entropy=os.urandom, limit=limit)


def read(folder: Path, *, terminal: str = "T-1", after: int = 0) -> list[Entry]:
    """Everything, as the server opens it, with the chain walked."""
    found: list[Entry] = []
    for stored in stored_runs(folder, after=after):
        found += beyond(stored, after).run.open(SERVER, terminal=terminal)
    return found
