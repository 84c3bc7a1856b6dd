"""The status chains of a terminal, for its neighbours: what is held, what another lacks, and what leads there. Every object proves itself."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from codes import cbor
from codes.chain import MAX_EPOCH, MAX_SEQ, ListSpace
from codes.claims import REGION_PATTERN
from codes.errors import CardError, InputError, SetupError
from verify import faults
from verify.chain_index import ChainIndex
from verify.frames import BODY, DONE, MANIFEST, MAX_OFFER, OBJECT
from verify.terminal import Holdings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codes.rice import Packed
    from verify.chain_store import ChainStore
    from verify.frames import Frame
    from verify.state import StateDirectory

_SPACES = {int(space): space for space in ListSpace}


class Held(NamedTuple):
    """How far one chain goes: its newest version, and when its publisher last said that this is the newest."""

    region: str
    space: ListSpace
    epoch: int
    seq: int
    at: int

    @property
    def version(self) -> tuple[int, int, int]:
        """What is compared: epoch, seq, time."""
        return self.epoch, self.seq, self.at


def encode_held(held: list[Held]) -> bytes:
    """What O and W carry."""
    return cbor.encode([[one.region, int(one.space), one.epoch, one.seq, one.at] for one in held])


def decode_held(data: bytes) -> list[Held]:
    """Read it. Raises `InputError`: cbor-*, neighbour-frame."""
    value = cbor.decode(data, limit=MAX_OFFER)
    if type(value) is not list:
        raise InputError(faults.NEIGHBOUR_FRAME, wrong="offer")
    return [_held(one) for one in value]


def _held(one: cbor.Value) -> Held:
    if type(one) is list and len(one) == 5:
        region, space, epoch, seq, at = one
        if type(region) is str and REGION_PATTERN.fullmatch(region) and type(space) is int and space in _SPACES and type(at) is int and at >= 0:
            return Held(region, _SPACES[space], _number(epoch, MAX_EPOCH), _number(seq, MAX_SEQ), at)
    raise InputError(faults.NEIGHBOUR_FRAME, wrong="offer")


def _number(value: cbor.Value, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise InputError(faults.NEIGHBOUR_FRAME, wrong="offer")
    return value


class Carrier:
    """A view of its own on the chains of a state directory, for the threads that talk to neighbours."""

    def __init__(self, directory: StateDirectory) -> None:
        self._directory = directory
        self._alone = Lock()
        self._mark: tuple[int, int] | None = None
        self._holdings: Holdings | None = None

    def held(self) -> list[Held]:
        """What is held of every chain; nothing while the state cannot be read."""
        with self._alone:
            try:
                return _heads(self._now_held().chain)
            except SetupError:
                return []

    def lacking(self, offered: list[Held]) -> list[Held]:
        """What we hold of the chains of which another has more. Chains of regions that are not trusted here are not asked for. Raises `SetupError`."""
        with self._alone:
            holdings = self._now_held()
            own = {(held.region, held.space): held for held in _heads(holdings.chain)}
            none = [one._replace(epoch=0, seq=0, at=0) for one in offered]
            known = [(one, own.get((one.region, one.space), missing)) for one, missing in zip(offered, none, strict=True)]
            return [held for one, held in known if one.region in holdings.trust.view.authorities and one.version > held.version]

    def way(self, wanted: Held) -> Iterator[Frame]:
        """What leads from what another holds to what we hold: deltas, or the newest snapshot and deltas; then the heartbeat. A body follows its manifest."""
        with self._alone:
            store = self._now_held().chain
            head = next((held for held in _heads(store) if held[:2] == wanted[:2]), None)
            kept, beat = store.kept(wanted.region, wanted.space), store.beat(wanted.region, wanted.space)
        if head is None:
            return
        names = {(delta.since, delta.seq): delta for delta in kept.deltas() if delta.epoch == head.epoch}
        spans: dict[int, list[int]] = {}
        for since, seq in names:
            spans.setdefault(since, []).append(seq)
        index = ChainIndex(epoch=head.epoch, seq=head.seq, snapshots=[], deltas=spans)
        way = index.way(wanted.seq) if wanted.epoch == head.epoch and wanted.seq else None
        if way is None:
            found = kept.snapshot()
            if found is not None:
                manifest, body = found
                yield MANIFEST, manifest.raw
                yield BODY, body
                way = index.way(manifest.head.seq)
        for step in way or ():
            yield OBJECT, kept.read(names[step]) or b""
        if beat is not None:
            yield OBJECT, beat

    def take(self, data: bytes, body: Packed | None = None, *, now: int) -> None:
        """Take an object for what it proves; whatever is wrong with it leaves what is held."""
        with self._alone:
            try:
                self._now_held().chain.take(data, body, now=now)
            except CardError:
                return

    def body_bytes(self, manifest: bytes) -> int:
        """How long a body to take with this manifest; 0 for none: it is not believed, or leads nowhere."""
        with self._alone:
            try:
                return self._now_held().chain.body_bytes(manifest)
            except CardError:
                return 0

    def _now_held(self) -> Holdings:
        """Trust and chains as they are now. Raises `SetupError` as `Holdings.read`."""
        mark = self._directory.mark()
        if self._holdings is None or mark != self._mark:
            self._holdings = Holdings.read(self._directory, chain=self._holdings.chain if self._holdings else None)
            self._mark = mark
        else:
            self._holdings = self._holdings.follow()
        return self._holdings


def done(count: int = 0) -> Frame:
    """K: how many bytes of a body are wanted."""
    return DONE, cbor.encode(count)


def _heads(store: ChainStore) -> list[Held]:
    return [Held(head.region, head.space, head.epoch, head.seq, head.iat) for head in store.heads() if not head.is_rolled_back]
