"""Status deltas: what leads from one version of a chain to a later one, four hundred bytes for five minutes of a province (codes/FORMAT.md section 4.1).

    18([ << { 1: -9, 4: kid, 16: "ecard-delta" } >>, {},
         << [head.., root, steps, previous, added, dropped, places] >>, signature 64 ])

`head.seq` and `root` are of the version that it leads to; it starts `steps` versions before, from the one whose root begins with `previous`. An event is one
step. Several deltas in a row merge into one over all their steps, by nobody but the publisher, because it is signed anew:

    event = StatusDelta.issue(head, Changes.between(before, after), previous=forest.root, root=..., signer=signer)
    hour = StatusDelta.merge(events, signer)              # from the first one's start to the last one's version, with the last one's head

A terminal reads and checks it as any object of a chain (`codes.chain`), and gives it to `chain_apply.follow`. A delta is a heartbeat, too.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from codes import chain, faults
from codes.chain_changes import Changes, decode_places, encode_places, merge
from codes.chain_shards import numbers_to_cbor, parse_numbers, parse_shards, shards_to_cbor
from codes.errors import InputError, StateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric import ec

    from codes import cbor, cose
    from codes.chain import StatusHead
    from codes.keys import Signer

TYP_DELTA = "ecard-delta"
MAX_DELTA_BYTES = 4 << 20
"""2^20 places in their longest spelling, and an envelope."""


class StatusDelta(NamedTuple):
    """A delta as read. Not yet believed."""

    signed: cose.Sign1
    kid: bytes
    head: StatusHead
    root: bytes
    """Root of the version it leads to."""
    steps: int
    """Versions it goes on by: 1 for an event, more for a merged delta."""
    previous: bytes
    """First 8 bytes of the root of the version it starts from."""
    changes: Changes

    @property
    def raw(self) -> bytes:
        """The exact encoding, tag included."""
        return self.signed.raw

    @property
    def since(self) -> int:
        """The seq that it starts from."""
        return self.head.seq - self.steps

    @classmethod
    def from_bytes(cls, data: bytes) -> StatusDelta:
        """Read a delta.

        Raises `InputError`: cbor-*, cose-*, signature-*, claims-set, claim-value, status-block, chain-shards and status-index (it contradicts itself).
        """
        signed, kid, head, more = chain.open_signed(data, typ=TYP_DELTA, items=6, limit=MAX_DELTA_BYTES)
        root, steps, previous, added, dropped, places = more
        if type(root) is not bytes or type(previous) is not bytes or len(root) != 32 or len(previous) != chain.MARK_BYTES:
            raise InputError(faults.CLAIM_VALUE, claim="root and previous")
        if type(steps) is not int or not 1 <= steps < head.seq:
            raise InputError(faults.CLAIM_VALUE, claim="steps")
        if type(places) is not bytes:
            raise InputError(faults.CLAIM_VALUE, claim="places")
        changes = Changes(added=parse_shards(added), dropped=parse_numbers(dropped), to=decode_places(places))
        return cls(signed, kid, head, root, steps, previous, changes.checked())

    def check(self, publisher: ec.EllipticCurvePublicKey) -> None:
        """Return if `publisher` signed exactly these bytes; raise `InputError` status-signature if not."""
        self.signed.check(publisher, otherwise=faults.STATUS_SIGNATURE)

    @classmethod
    def issue(cls, head: StatusHead, changes: Changes, *, root: bytes, previous: bytes, signer: Signer, steps: int = 1) -> StatusDelta:
        """Sign what leads from the version with the root (or the mark of it) `previous` to the version of `head` and `root`; read back before it is returned.

        Raises `InputError` for what is outside the format: more changes than a delta takes need a snapshot.
        """
        places = encode_places(changes.to)
        shards: list[cbor.Value] = [shards_to_cbor(changes.added), numbers_to_cbor(changes.dropped)]
        more: list[cbor.Value] = [root, steps, previous[: chain.MARK_BYTES], *shards, places]
        return cls.from_bytes(chain.sign(head, more, typ=TYP_DELTA, signer=signer))

    @classmethod
    def merge(cls, deltas: Sequence[StatusDelta], signer: Signer) -> StatusDelta:
        """One delta for several in a row, with the head and root of the last. `ValueError` for none.

        Raises `StateError` chain-gap when one does not start where the one before ends; `InputError` as `chain_changes.merge` and `issue`.
        """
        if not deltas:
            msg = "no delta to merge"
            raise ValueError(msg)
        for before, after in pairwise(deltas):
            if before.head[:3] != after.head[:3] or before.head.seq != after.since or before.root[: chain.MARK_BYTES] != after.previous:
                raise StateError(faults.CHAIN_GAP, seq=before.head.seq, since=after.since, epoch=after.head.epoch)
        first, last = deltas[0], deltas[-1]
        changes = merge(delta.changes for delta in deltas)
        steps = last.head.seq - first.since
        return cls.issue(last.head, changes, root=last.root, previous=first.previous, steps=steps, signer=signer)
