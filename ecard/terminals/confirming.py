"""The loss clock: which terminals have confirmed which version of the status chain, and so who knows of a stop by now."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import sqlalchemy as sa

from codes.ack import StatusAck
from codes.chain import ListSpace
from codes.errors import StateError
from ecard import faults, schema
from ecard.model import Confirmed, LossClock
from ecard.terminals import registering

if TYPE_CHECKING:
    from collections.abc import Collection

    from codes.claims import Region
    from ecard.premises import Premises
    from ecard.store import Work


def take_ack(premises: Premises, data: bytes, *, now: int) -> StatusAck:
    """Note which versions a terminal holds. An older word than the one we have changes nothing.

    Raises `InputError` cbor-*, cose-*, claim-value, ack-signature; `StateError` terminal-unknown, terminal-ended.
    """
    ack = StatusAck.from_bytes(data)
    with premises.writing() as work:
        terminal = registering.terminal(work, ack.says.terminal)
        ack.check(terminal.key.load())
        if terminal.ended is not None:
            raise StateError(faults.TERMINAL_ENDED, terminal=terminal.ref)
        table = schema.terminal_ack
        for region, space, epoch, seq in ack.says.versions:
            own = (table.c.terminal == terminal.ref) & (table.c.region == region) & (table.c.space == int(space))
            row = work.connection.execute(sa.select(table).where(own)).one_or_none()
            values = {"epoch": epoch, "seq": seq, "at": now}
            if row is None:
                key = {"terminal": terminal.ref, "region": region, "space": int(space)}
                work.connection.execute(sa.insert(table).values(key | values))
            elif (epoch, seq) > (row.epoch, row.seq):
                work.connection.execute(sa.update(table).where(own).values(values))
        work.connection.execute(sa.update(schema.terminal_journal).where(schema.terminal_journal.c.terminal == terminal.ref).values(seen=now))
    return ack


def note_edition(work: Work, *, region: Region, space: ListSpace, epoch: int, seq: int, iat: int, now: int) -> None:
    """Note that a version was signed at `iat` and lies published since `now`."""
    values = {"region": region, "space": int(space), "epoch": epoch, "seq": seq, "iat": iat, "published": now}
    work.connection.execute(sa.insert(schema.status_edition).values(values))


def loss_clock(work: Work, *, region: Region, since: int, spaces: Collection[ListSpace] = tuple(ListSpace)) -> LossClock:
    """Who knows by now of something that has been true since `since`: terminals that confirmed, for every space, the first version signed after it."""
    versions = []
    for space in spaces:
        table = schema.status_edition
        first = (
            sa.select(table).where((table.c.region == region) & (table.c.space == int(space)) & (table.c.iat >= since)).order_by(table.c.iat).limit(1)
        )
        row = work.connection.execute(first).one_or_none()
        if row is not None:
            versions.append((region, space, row.epoch, row.seq, row.iat))
    known, registered = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    acks = schema.terminal_ack
    held = {
        (row.terminal, row.region, row.space): (row.epoch, row.seq) for row in work.connection.execute(sa.select(acks).where(acks.c.region == region))
    }
    for terminal in registering.terminals(work):
        if terminal.ended is not None:
            continue
        follows = [
            held.get((terminal.ref, of, int(space)), (-1, 0)) >= (epoch, seq)
            for of, space, epoch, seq, _ in versions
            if (terminal.ref, of, int(space)) in held
        ]
        for scene in terminal.scenes:
            registered[terminal.region, scene] += 1
            known[terminal.region, scene] += bool(follows) and all(follows)
    confirmed = tuple(Confirmed(region=key[0], scene=key[1], confirmed=known[key], registered=count) for key, count in sorted(registered.items()))
    return LossClock(effective=since, versions=tuple(versions), confirmed=confirmed)
