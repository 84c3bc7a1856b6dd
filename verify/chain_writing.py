"""How a version of a chain is put on the disk: every write and every sync in its order. Cut after any of them, the old version is in force or the new one.

    a delta        journal, sync; leaves, sync; head, sync
    a snapshot     shards into a file of their own, sync, its name; head, sync; the old file goes
    an old file    written anew without its gaps, as a snapshot's, when too many slots of it are of shards that have gone

The disk does what `Files` says and no more. Callers hold the writer's lock.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from codes import faults as form
from codes.chain_shards import ShardTops
from codes.errors import InputError, SetupError
from codes.merkle import LEAF_BYTES, ShardTree
from verify.chain_head import HEADS, LONGEST_FILE, SLOT, StoredHead, live_name
from verify.chain_look import Look, rewritten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codes.chain_apply import Step
    from codes.chain_delta import StatusDelta
    from codes.chain_snapshot import StatusSnapshot
    from codes.rice import Packed
    from verify.chain_belief import Version
    from verify.chain_files import Files, Part

JOURNAL = "journal"
_SPARE_SLOTS = 16
_LIVE = re.compile(r"live-([0-9]{1,9})\.bin")


def write_step(files: Files, look: Look, delta: StatusDelta, step: Step) -> Look:
    """Go on to the version that a step leads to. Raises `SetupError` state-unwritable: then whoever looks next finishes it, or finds it not begun."""
    if look.stored.used + len(step.added) > 2 * len(look.stored.slots) + _SPARE_SLOTS:
        look = _renewed(files, look)
    before, tops = look.stored, ShardTops(step.forest.tops)
    slots = {top.number: slot for slot, top in zip(before.slots, before.tops.tops, strict=True)}
    slots |= {number: before.used + nth for nth, number in enumerate(step.added)}
    order = tuple(slots[top.number] for top in tops.tops)
    stored = StoredHead(_next_turn(files), before.live, before.used + len(step.added), order, tops, delta.raw)
    if _makes_names(files):
        files.sync_names()
    files.write(JOURNAL, [(0, stored.to_bytes())])
    files.sync(JOURNAL)
    places = stored.places
    files.write(stored.file, _parts(step, places))
    files.sync(stored.file)
    name = _put_in_force(files, stored, look.name)
    damaged = look.damaged & step.forest.trees.keys()
    trees = {number: tree for number, tree in step.forest.trees.items() if number not in damaged}
    view = files.map(stored.file) if step.added else look.view
    return Look(name=name, stored=stored, says=delta, places=places, view=view, trees=trees, damaged=damaged)


def _parts(step: Step, places: Mapping[int, tuple[int, int]]) -> Iterator[Part]:
    """What a step writes, and where: whole shards that are new, single leaves of others."""
    for number, (start, end) in places.items():
        leaves = step.leaves.get(number, {})
        if number in step.added:
            packed = bytearray(end - start)
            for leaf, data in leaves.items():
                packed[leaf * LEAF_BYTES : leaf * LEAF_BYTES + len(data)] = data
            yield start, bytes(packed)
        else:
            for leaf, data in leaves.items():
                yield start + leaf * LEAF_BYTES, data


def finish(files: Files, look: Look, stored: StoredHead, delta: StatusDelta) -> None:
    """Write what a journal calls for, whatever of it is there already, and put its version in force."""
    places = stored.places
    files.write(stored.file, [(places[number][0], packed) for number, packed in rewritten(stored, delta, look)])
    files.sync(stored.file)
    _put_in_force(files, stored, look.name)


def install(files: Files, look: Look | None, snapshot: StatusSnapshot, body: Packed) -> Look:
    """Put a snapshot in force. Raises `InputError`: chain-body, status-block, chain-root; `SetupError` state-unwritable. Nothing has happened then."""
    live, places = _next_live(files), {shard.number: nth * SLOT for nth, shard in enumerate(snapshot.shards)}
    name = live_name(live)
    files.write(name, [])
    try:
        forest = snapshot.load(body, lambda number, packed: files.write(name, [(places[number], bytes(packed))]))
    except (InputError, SetupError):
        files.remove(name)
        raise
    return _begin_file(files, look, live, ShardTops(forest.tops), says=snapshot, trees=forest.trees, damaged=frozenset())


def _renewed(files: Files, look: Look) -> Look:
    """The same version in a file without gaps."""
    live = _next_live(files)
    parts = ((nth * SLOT, bytes(look.packed(top.number))) for nth, top in enumerate(look.stored.tops.tops))
    files.write(live_name(live), parts)
    return _begin_file(files, look, live, look.stored.tops, says=look.says, trees=look.trees, damaged=look.damaged)


def _begin_file(
    files: Files, before: Look | None, live: int, tops: ShardTops, *, says: Version, trees: Mapping[int, ShardTree], damaged: frozenset[int]
) -> Look:
    """Put a version in force whose shards lie one after the other in a new file, and take the files of before away."""
    stored = StoredHead(_next_turn(files), live, len(tops.tops), tuple(range(len(tops.tops))), tops, says.raw)
    files.sync(stored.file)
    _makes_names(files)
    files.sync_names()
    name = _put_in_force(files, stored, before.name if before else None)
    for other in files.names(""):
        if other.startswith("live-") and other != stored.file:
            with suppress(SetupError):  # it is tried again with the next file
                files.remove(other)
    view = files.map(stored.file)
    return Look(name=name, stored=stored, says=says, places=stored.places, view=view, trees=trees, damaged=damaged)


def mend(files: Files, look: Look, number: int, packed: Packed) -> Look:
    """Put a damaged shard right. Raises `InputError` chain-root: these are not the bytes that were signed."""
    top = next(top for top in look.stored.tops.tops if top.number == number)
    if 4 * len(packed) != top.entries or (tree := ShardTree.of(packed)).top != top.top:
        raise InputError(form.CHAIN_ROOT, shard=number)
    start, end = look.places[number]
    files.write(look.stored.file, [(start, bytes(packed))])
    files.sync(look.stored.file)
    view = look.view if len(look.view) >= end else files.map(look.stored.file)
    return replace(look, view=view, trees={**look.trees, number: tree}, damaged=look.damaged - {number})


def _put_in_force(files: Files, stored: StoredHead, before: str | None) -> str:
    """Write a head into the file that the one before it does not stand in."""
    name = HEADS[before == HEADS[0]]
    files.write(name, [(0, stored.to_bytes())])
    files.sync(name)
    return name


def _makes_names(files: Files) -> bool:
    """Make journal and heads where they are missing; whether any was. Their names must last before anything in the file depends on them."""
    there = files.names("")
    missing = [name for name in (JOURNAL, *HEADS) if name not in there]
    for name in missing:
        files.write(name, [])
    return bool(missing)


def _next_turn(files: Files) -> int:
    heads = (StoredHead.from_bytes(files.read(name, LONGEST_FILE)) for name in HEADS)
    return 1 + max((head.turn for head in heads if head is not None), default=0)


def _next_live(files: Files) -> int:
    numbers = (found[1] for name in files.names("") if (found := _LIVE.fullmatch(name)))
    return 1 + max(map(int, numbers), default=0)
