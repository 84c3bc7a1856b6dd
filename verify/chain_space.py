"""One chain on a terminal's disk: a region's lists of one space (STATUS section 5.2).

    live-<n>.bin      the shards, two bits an entry, each in a slot of 256 KiB; mapped
    head.a, head.b    the version in force and the one before it, written in turn (`chain_head`)
    journal           the version that is being written, in the same form
    beat              the newest heartbeat

The Merkle tree is not kept: it is computed when the folder is opened, and its tops compared with those of the head, which prove themselves against the
signed root. Going on by a delta: compute leaves and root in memory, compare with the signed root, journal, sync, leaves, sync, head, sync. By a snapshot:
a file of its own beside the old one, sync, head, sync. Cut anywhere, the old version is in force afterwards or the new one; a delta that was cut while its
leaves were written is finished by the next opening that may write.
"""

from __future__ import annotations

import enum
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from codes import faults as form
from codes.chain import StatusHeartbeat
from codes.chain_apply import follow
from codes.chain_delta import StatusDelta
from codes.chain_shards import MAX_SHARDS
from codes.chain_snapshot import StatusSnapshot
from codes.errors import InputError, SetupError, StateError
from codes.status import SHARD_CAPACITY
from verify import faults
from verify.chain_belief import believed
from verify.chain_head import HEADS, LONGEST_FILE, StoredHead, framed, unframed
from verify.chain_look import in_between, look_at, succeeds
from verify.chain_writing import JOURNAL, finish, install, mend, write_step

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codes.chain import ListSpace, StatusHead
    from codes.rice import Packed
    from verify.chain_belief import ChainObject, Version
    from verify.chain_files import Files
    from verify.chain_look import Look
    from verify.trust import TrustView

BEAT = "beat"
LOOKS = 8
"""How often a look is repeated when the version changes under it."""
_LONGEST_BEAT = 1 << 13
_BITS = SHARD_CAPACITY.bit_length() - 1


class Outcome(enum.StrEnum):
    """What became of an object that was believed."""

    TAKEN = "taken"
    KEPT = "kept"
    """We hold this version or a later one already, and nothing newer about it."""
    BEHIND = "behind"
    """A heartbeat of a version that we do not hold yet: noted."""


class Space:
    """One chain. Whoever takes or mends holds the writer's lock and has just refreshed."""

    def __init__(self, files: Files, region: str, space: ListSpace) -> None:
        self.files = files
        self.region = region
        self.space = space
        self.look: Look | None = None
        """The version in force; None if there is none that is believed."""
        self.beat: StatusHeartbeat | None = None
        """The newest heartbeat that is believed."""
        self._trust: TrustView | None = None
        self._read: dict[str, tuple[bytes | None, tuple[StoredHead, Version] | None]] = {}

    @property
    def word(self) -> StatusHead | None:
        """The publisher's last word on the version in force: its own head, or that of a later heartbeat which confirms it."""
        if self.look is None:
            return None
        head, beat = self.look.says.head, self.beat
        is_confirmed = beat is not None and beat.head[:4] == head[:4] and beat.confirms(self.look.says.root)
        return beat.head if beat is not None and is_confirmed and beat.head.iat > head.iat else head

    @property
    def as_of(self) -> int | None:
        """When the publisher last said that the version in force is the newest one."""
        return self.word.iat if self.word else None

    def objects(self) -> Iterable[ChainObject]:
        """The signed objects that are believed now."""
        versions: list[ChainObject] = [self.look.says] if self.look else []
        return [*versions, self.beat] if self.beat else versions

    def refresh(self, trust: TrustView, *, alone: bool) -> bool:
        """Look at the folder as it is now. `alone`: under the writer's lock; a delta that somebody left half written is written first.

        Whether there was such a one.
        """
        if trust is not self._trust:
            self._trust, self._read = trust, {}
        data = unframed(self.files.read(BEAT, _LONGEST_BEAT))
        beat = None if data is None else believed(data, trust)
        self.beat = beat if isinstance(beat, StatusHeartbeat) and self._is_ours(beat) else None
        look, has_finished = None, False
        for _ in range(LOOKS):
            newest = self._newest()
            if newest is None:
                break
            name, stored, says = newest
            look = look_at(self.files, name, stored, says, before=self.look)
            if alone:
                journal = self._journal(look)
                if journal is None:
                    break
                finish(self.files, look, *journal)
                has_finished = True
            elif not look.damaged:
                break
            else:
                look = self._judged(look)
                again = self._newest()
                if again is not None and again[1].turn == stored.turn:
                    break
        self.look = look
        return has_finished

    def _is_ours(self, found: ChainObject) -> bool:
        return found.head[:2] == (self.region, self.space)

    def _newest(self) -> tuple[str, StoredHead, Version] | None:
        """The head in force: of those that are whole and believed the one with the higher turn."""
        found = [(name, *head) for name in HEADS if (head := self._head(name)) is not None]
        return max(found, key=lambda head: head[1].turn, default=None)

    def _head(self, name: str) -> tuple[StoredHead, Version] | None:
        data = self.files.read(name, LONGEST_FILE)
        if name not in self._read or self._read[name][0] != data:
            self._read[name] = data, self._believed(StoredHead.from_bytes(data))
        return self._read[name][1]

    def _believed(self, stored: StoredHead | None) -> tuple[StoredHead, Version] | None:
        """A stored version whose signed object is believed, and whose tops have its root."""
        if stored is None or self._trust is None:
            return None
        says = believed(stored.signed, self._trust)
        if says is None or isinstance(says, StatusHeartbeat) or not self._is_ours(says) or stored.tops.root != says.root:
            return None
        return stored, says

    def _journal(self, look: Look) -> tuple[StoredHead, StatusDelta] | None:
        """The journal, if it leads on from this version."""
        stored = StoredHead.from_bytes(self.files.read(JOURNAL, LONGEST_FILE))
        if stored is None or stored.turn <= look.stored.turn:  # it has been written to its end, as nearly every one has
            return None
        found = self._believed(stored)
        if found is None or not isinstance(found[1], StatusDelta) or not succeeds(*found, look):
            return None
        return found[0], found[1]

    def _judged(self, look: Look) -> Look:
        """A look with damage: what is merely being written is not damaged."""
        journal = self._journal(look)
        between = in_between(*journal, look) if journal else frozenset[int]()
        return replace(look, damaged=look.damaged - between, is_settled=not between)

    def take(self, found: ChainObject, body: Packed | None) -> Outcome:
        """Take a believed object of the epoch in force.

        Raises `StateError` chain-gap; `InputError`: chain-equivocation, chain-rolled-back, chain-body, chain-shards, chain-root, chain-reversal, status-index, status-block;
        `SetupError`: chain-damaged (a shard that it changes must be mended first), state-unreadable, state-unwritable. What was held is held then.
        """
        look = self.look
        if look is not None and look.says.head.epoch == found.head.epoch:
            if found.head.seq == look.says.head.seq:
                return self._take_same(found, body, look)
            if found.head.seq < look.says.head.seq:
                return self._take_older(found)
        if isinstance(found, StatusHeartbeat):
            return self._note(found, Outcome.BEHIND)
        if isinstance(found, StatusSnapshot):
            self.look = install(self.files, look, found, body or b"")
        else:
            self._follow(found, look)
        return Outcome.TAKEN

    def _take_same(self, found: ChainObject, body: Packed | None, look: Look) -> Outcome:
        agrees = found.confirms(look.says.root) if isinstance(found, StatusHeartbeat) else found.root == look.says.root
        if not agrees:
            raise InputError(faults.CHAIN_EQUIVOCATION, epoch=found.head.epoch, seq=found.head.seq)
        if isinstance(found, StatusHeartbeat) and found.head.iat > (self.as_of or 0):
            return self._note(found, Outcome.TAKEN)
        if isinstance(found, StatusSnapshot) and look.damaged:
            self.look = install(self.files, look, found, body or b"")
            return Outcome.TAKEN
        return Outcome.KEPT

    def _take_older(self, found: ChainObject) -> Outcome:
        """A version that we have left behind: nothing to do, unless its publisher calls it the newest one now."""
        if isinstance(found, StatusHeartbeat) and found.head.iat > (self.as_of or 0):
            raise InputError(faults.CHAIN_ROLLED_BACK, epoch=found.head.epoch, seq=found.head.seq)
        return Outcome.KEPT

    def _note(self, found: StatusHeartbeat, outcome: Outcome) -> Outcome:
        if self.beat is not None and self.beat.head.epoch == found.head.epoch and self.beat.head.iat >= found.head.iat:
            return Outcome.KEPT
        self.files.replace(BEAT, framed(found.raw))
        self.beat = found
        return outcome

    def _follow(self, delta: StatusDelta, look: Look | None) -> None:
        if look is None:
            raise StateError(form.CHAIN_GAP, epoch=delta.head.epoch, since=delta.since, seq=delta.head.seq, held_epoch=None, held_seq=None)
        if hurt := look.damaged & {place >> _BITS for places in delta.changes.to.values() for place in places}:
            raise SetupError(faults.CHAIN_DAMAGED, region=self.region, shard=min(hurt))
        try:
            step = follow(delta, look.held())
        except InputError:
            self.look = look_at(self.files, look.name, look.stored, look.says, before=None)
            if hurt := self.look.damaged - look.damaged:
                raise SetupError(faults.CHAIN_DAMAGED, region=self.region, shard=min(hurt)) from None
            raise
        if len(step.forest.trees) > MAX_SHARDS:
            raise InputError(form.CHAIN_SHARDS, wrong="many", shards=len(step.forest.trees))
        self.look = replace(look, trees={})  # if this is cut short, whoever looks next looks at everything
        self.look = write_step(self.files, look, delta, step)

    def mend(self, number: int, packed: Packed) -> bool:
        """Put a damaged shard right; False for one that is not damaged. Raises `InputError` chain-root: these are not the bytes that were signed."""
        if self.look is None or number not in self.look.damaged:
            return False
        self.look = mend(self.files, self.look, number, packed)
        return True


class ChainHead(NamedTuple):
    """What we hold of one chain."""

    region: str
    space: ListSpace
    epoch: int
    seq: int
    root: bytes
    iat: int
    """When its publisher last said that this is the newest version."""
    exp: int
    """Until when it may be followed: then ask elsewhere."""
    known: int
    """The highest seq of this epoch that was ever signed to us; more than `seq` when we are behind."""
    lists: int
    damaged: tuple[int, ...]
    """Numbers of the shards that must be mended."""
    is_rolled_back: bool
    """We have held a newer version, and its files are gone: nothing is answered from this one."""

    @classmethod
    def of(cls, space: Space, *, is_rolled_back: bool) -> ChainHead | None:
        """What a space holds; None if no version is in force."""
        look, head = space.look, space.word
        if look is None or head is None:
            return None
        signed = [found.head for found in space.objects() if found.head.epoch == head.epoch]
        return cls(
            region=space.region,
            space=space.space,
            epoch=head.epoch,
            seq=head.seq,
            root=look.says.root,
            iat=head.iat,
            exp=head.exp,
            known=max(found.seq for found in signed),
            lists=len(look.stored.slots),
            damaged=tuple(sorted(look.damaged)),
            is_rolled_back=is_rolled_back,
        )
