"""The status chains that a terminal follows: what it takes, and what it answers from (STATUS section 5, FORMATS section 3).

    store = ChainStore.open(state_directory, trust.view)       # reads everything, believes what is signed
    store.take(data, body, now=now)                            # any signed object, from anywhere: Taken, or an exception and nothing has happened
    store.refresh()                                            # what another process has taken; costs three system calls if nothing
    store.shard("sl:c4k2"), store.head("CN-CQ")                # as a `StatusSource`
    store.heads()                                              # for whoever fetches: version, age, what is missing, which shards are damaged
    store.mend("CN-CQ", ListSpace.PHONE, 5906, packed)         # one damaged shard put right from anywhere

    chain/<region>/<space>/     one chain (`chain_space`)
    chain/lock, chain/count     whose turn it is (`chain_turns`)
    chain.seen                  how far we have been (`chain_seen`)

An object counts if a status key of its region signed it while the key was valid, not more than 31 days ahead of the terminal's time, in the epoch that the
region's trust documents name. So neither a stolen online key nor a mirror can drive the epoch up; and a region that names the next one begins anew.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from codes import faults as form
from codes.chain import ListSpace
from codes.chain_snapshot import StatusSnapshot
from codes.claims import shard_uri
from codes.errors import InputError, SetupError
from codes.status import StatusList
from verify import faults
from verify.chain_belief import check_object, profile_of, read_object
from verify.chain_files import DiskFiles
from verify.chain_kept import Kept
from verify.chain_seen import Seen, read_seen, write_seen
from verify.chain_space import ChainHead, Outcome, Space
from verify.chain_turns import Turns
from verify.ports import Shard
from verify.status_store import FARTHEST_FUTURE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from codes.chain import StatusHead
    from codes.errors import Fault
    from codes.rice import Packed
    from verify.trust import TrustView

FOLDER = "chain"


class Taken(NamedTuple):
    """What became of a believed object."""

    outcome: Outcome
    head: StatusHead


class ChainStore:
    """All chains of one state directory: a `StatusSource`. Not for several threads at once."""

    def __init__(self, state: Path, trust: TrustView) -> None:
        self._state = state
        self._path = state / FOLDER
        self._turns = Turns(self._path)
        self._trust = trust
        self._mark = b""
        self._spaces: dict[tuple[str, ListSpace], Space] = {}
        self._seen: dict[str, Seen] = {}
        self.shards: Mapping[str, Shard] = {}
        """Lists that can be asked, by uri."""
        self.damaged: Mapping[str, Fault] = {}
        """Lists that should be here and cannot be asked."""

    @classmethod
    def open(cls, state: Path, trust: TrustView, *, mends: bool = False) -> ChainStore:
        """Read the chains of a state directory and check every byte. `mends`: a delta that a power cut interrupted is written to its end.

        Raises `SetupError` state-unreadable.
        """
        store = cls(state, trust)
        store._mark = store._turns.mark()
        store._find_spaces()
        if mends and store._spaces:
            with suppress(SetupError), store._turns.alone(patience=1):  # whoever holds the lock is writing it now; without a lock it is read as it is
                store._look(alone=True)
        store._look(alone=False)
        return store

    def refresh(self, trust: TrustView | None = None) -> bool:
        """See what other processes have taken, or what counts under new trust; whether there was anything. Raises `SetupError` state-unreadable."""
        mark = self._turns.mark()
        if mark == self._mark and (trust is None or trust is self._trust):
            return False
        self._trust = trust or self._trust
        self._find_spaces()
        self._look(alone=False)
        self._mark = mark
        return True

    def take(self, data: bytes, body: Packed | None = None, *, now: int) -> Taken:
        """Take a snapshot (its manifest, and its body), delta or heartbeat that was brought at the terminal's time `now` (seconds since 1970 UTC).

        "taken": it is in force and on the disk. "kept": we were there already. "behind": a heartbeat told us of a version that we lack.

        Raises `InputError`: cbor-*, cose-*, signature-*, claims-set, claim-value, status-key-unknown, status-key-period, status-signature,
        status-from-future, chain-epoch, chain-rolled-back, chain-equivocation, chain-body, chain-shards, chain-root, chain-reversal, status-index,
        status-block; `StateError` chain-gap (fetch what lies between, or a snapshot); `SetupError`: chain-damaged (mend first), state-locked,
        state-unreadable, state-unwritable. What was held is held then.
        """
        found = read_object(data)
        authority = check_object(found, self._trust)
        head = found.head
        if head.iat > now + FARTHEST_FUTURE:
            raise InputError(faults.STATUS_FROM_FUTURE, region=head.region, ahead_s=head.iat - now)
        if head.epoch != authority.epoch:
            raise InputError(faults.CHAIN_EPOCH, region=head.region, epoch=head.epoch, expected=authority.epoch)
        with self._turns.alone():
            space = self._spaces.setdefault((head.region, head.space), self._new_space(head.region, head.space))
            try:
                has_finished = space.refresh(self._trust, alone=True)
                outcome = space.take(found, body)
                if has_finished or outcome is not Outcome.KEPT:
                    self._note(space)
            finally:
                self._index()
            if outcome is Outcome.TAKEN:
                self.kept(head.region, head.space).add(found, body)
        return Taken(outcome, head)

    def body_bytes(self, manifest: bytes) -> int:
        """How long the body is that belongs to a snapshot's manifest, once that is believed: never fetch or read more.

        Raises `InputError`: those of reading and believing it; cose-type for anything but a manifest.
        """
        found = read_object(manifest)
        check_object(found, self._trust)
        if not isinstance(found, StatusSnapshot):
            raise InputError(form.COSE_TYPE)
        return found.body_bytes

    def mend(self, region: str, space: ListSpace, number: int, packed: Packed) -> bool:
        """Put one damaged shard right; False if it was not damaged.

        Raises `InputError` chain-root (not the bytes that were signed), `SetupError` state-locked, state-unreadable, state-unwritable.
        """
        found = self._spaces.get((region, space))
        if found is None:
            return False
        with self._turns.alone():
            found.refresh(self._trust, alone=True)
            is_mended = found.mend(number, packed)
            self._note(found)
            self._index()
        return is_mended

    @property
    def regions(self) -> Collection[str]:
        """Whose chains are believed."""
        return self._trust.authorities.keys()

    def heads(self) -> list[ChainHead]:
        """What is held of every chain, in order."""
        held = (ChainHead.of(space, is_rolled_back=self._is_rolled_back(space)) for _, space in sorted(self._spaces.items()))
        return [head for head in held if head is not None]

    def beat(self, region: str, space: ListSpace) -> bytes | None:
        """The newest heartbeat of a chain that we believe, as it was signed."""
        found = self._spaces.get((region, space))
        return found.beat.raw if found and found.beat else None

    def kept(self, region: str, space: ListSpace) -> Kept:
        """The signed objects of a chain that are kept for others."""
        return Kept(DiskFiles(self._folder(region, space)))

    def shard(self, uri: str) -> Shard | None:
        """See `StatusSource`. Raises `SetupError` status-damaged."""
        shard = self.shards.get(uri)
        if shard is None and uri in self.damaged:
            raise SetupError(faults.STATUS_DAMAGED, uri=uri, found=self.damaged[uri].code)
        return shard

    def least(self, uri: str, shard: Shard) -> int:
        """How new a list from elsewhere must be to be asked: what a chain told us once is not replaced by something older when its files are spoilt."""
        key = (shard.region, ListSpace.of(shard.profile))
        space, seen = self._spaces.get(key), self._seen.get(_name(*key))
        if space is not None and space.look is not None and not self._is_rolled_back(space):
            return space.as_of or 0 if uri in self.damaged else 0
        return seen.iat if seen and seen.binds(shard.region, self._trust) else 0

    def head(self, region: str) -> int | None:
        """See `StatusSource`. What was once held counts, even if its files are gone: its lists are missing then."""
        heads = [space.as_of for (of, _), space in self._spaces.items() if of == region and space.as_of is not None]
        heads += [seen.iat for name, seen in self._seen.items() if name.startswith(f"{region}/") and seen.binds(region, self._trust)]
        return max(heads, default=None)

    @property
    def trust(self) -> TrustView:
        """What it believes by."""
        return self._trust

    def demand(self, region: str) -> int:
        """See `StatusSource`."""
        spaces = (space for (of, _), space in self._spaces.items() if of == region)
        return max((found.head.trust for space in spaces for found in space.objects()), default=0)

    def floors(self) -> dict[str, int]:
        """The latest time that each region has signed: its own clock floor, and no other region's."""
        floors: dict[str, int] = {}
        for (region, _), space in self._spaces.items():
            for found in space.objects():
                floors[region] = max(found.head.iat, floors.get(region, 0))
        return floors

    def _is_rolled_back(self, space: Space) -> bool:
        seen = self._seen.get(_name(space.region, space.space))
        if seen is None or space.look is None or not seen.binds(space.region, self._trust):
            return False
        head = space.look.says.head
        return (head.epoch, head.seq) < seen[:2]

    def _note(self, space: Space) -> None:
        """Have others notice, and remember how far we are."""
        before, after = self._turns.turn()
        if before == self._mark:  # else another process has changed another chain, which the next refresh will see
            self._mark = after
        if space.look is not None and not self._is_rolled_back(space):
            noted = {_name(space.region, space.space): Seen.of(space.look.says)}
            write_seen(self._state, {**read_seen(self._state), **noted})
            self._seen = {**self._seen, **noted}  # of other chains no more than before: they were looked at before

    def _find_spaces(self) -> None:
        """The chains of regions that are trusted now."""
        there = [(region, space) for region in self._trust.authorities for space in ListSpace if self._folder(region, space).is_dir()]
        self._spaces = {key: self._spaces.get(key) or self._new_space(*key) for key in there}

    def _new_space(self, region: str, space: ListSpace) -> Space:
        return Space(DiskFiles(self._folder(region, space)), region, space)

    def _folder(self, region: str, space: ListSpace) -> Path:
        return self._path / region / space.name.lower()

    def _look(self, *, alone: bool) -> None:
        self._seen = read_seen(self._state)  # before looking: a version that another process takes meanwhile would make the one looked at a step back
        for space in self._spaces.values():
            if space.refresh(self._trust, alone=alone):
                self._note(space)
        self._index()

    def _index(self) -> None:
        shards: dict[str, Shard] = {}
        damaged: dict[str, Fault] = {}
        for (region, of), space in self._spaces.items():
            look, authority = space.look, self._trust.authorities[region]
            if look is None:
                continue
            is_rolled_back = self._is_rolled_back(space)
            for top in look.stored.tops.tops:
                profile = profile_of(authority, of, top.number)
                if profile is None:  # nobody's list: what a region says beyond its own numbers means nothing
                    continue
                uri = shard_uri(authority.letter, top.number)
                if is_rolled_back or top.number in look.damaged:
                    damaged[uri] = faults.CHAIN_ROLLED_BACK if is_rolled_back else faults.CHAIN_DAMAGED
                else:
                    shards[uri] = Shard(region=region, profile=profile, iat=space.as_of or 0, statuses=StatusList(look.packed(top.number)))
        self.shards, self.damaged = shards, damaged


def _name(region: str, space: ListSpace) -> str:
    return f"{region}/{space.name.lower()}"
