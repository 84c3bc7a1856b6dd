"""Status snapshots: the whole of one version, a little over a megabyte for a province (codes/FORMAT.md section 4.1).

    manifest    18([ << { 1: -9, 4: kid, 16: "ecard-snapshot" } >>, {}, << [head.., root, shards, lengths, digest] >>, signature 64 ])
    body        the blocks of all shards, one after the other, in order of their numbers

The manifest is signed and says how long each block is and what the whole body hashes to, so a reader knows how much to fetch before it fetches, and what it
has before it decodes. It travels first, the body beside it.

    snapshot = StatusSnapshot.from_bytes(manifest)
    snapshot.check(publisher)                                    # the key in the trust set with snapshot.kid
    body = fetch(..., limit=snapshot.body_bytes)                 # never more than was signed for
    forest = snapshot.load(body, lambda number, packed: write(slot_of(number), packed))
    # no exception: every shard was handed over, `forest.root == snapshot.root`

`load` hands shards over one by one, before it knows that their root is right: write them beside what is there, and put them in force when it returns. Shards
come decoded, 256 KiB at the most, so nothing larger than the body is ever in memory.
"""

from __future__ import annotations

import hashlib
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from codes import chain, faults
from codes.chain_shards import ShardSize, decode_shard, encode_shard, longest_block, parse_shards, shards_to_cbor
from codes.errors import InputError
from codes.merkle import Forest, ShardTree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cryptography.hazmat.primitives.asymmetric import ec

    from codes import cbor, cose
    from codes.chain import StatusHead
    from codes.keys import Signer
    from codes.rice import Packed

TYP_SNAPSHOT = "ecard-snapshot"
MAX_MANIFEST_BYTES = 1 << 16
MAX_BODY_BYTES = 64 << 20
"""A body is never longer, however many are stopped: fifty times a province with one in a hundred stopped."""


class StatusSnapshot(NamedTuple):
    """The manifest of a snapshot as read. Not yet believed."""

    signed: cose.Sign1
    kid: bytes
    head: StatusHead
    root: bytes
    shards: Sequence[ShardSize]
    lengths: Sequence[int]
    """Bytes of each shard's block, in the order of `shards`."""
    digest: bytes
    """SHA-256 of the body."""

    @property
    def raw(self) -> bytes:
        """The exact encoding of the manifest, tag included."""
        return self.signed.raw

    @property
    def body_bytes(self) -> int:
        """Bytes of the body."""
        return sum(self.lengths)

    @classmethod
    def from_bytes(cls, data: bytes) -> StatusSnapshot:
        """Read a manifest. Raises `InputError`: cbor-*, cose-*, signature-*, claims-set, claim-value."""
        signed, kid, head, (root, runs, sizes, digest) = chain.open_signed(data, typ=TYP_SNAPSHOT, items=4, limit=MAX_MANIFEST_BYTES)
        if type(root) is not bytes or type(digest) is not bytes or len(root) != 32 or len(digest) != 32:
            raise InputError(faults.CLAIM_VALUE, claim="root and digest")
        shards = parse_shards(runs)
        lengths = [length for length in sizes if type(length) is int] if type(sizes) is list else []
        if type(sizes) is not list or not len(sizes) == len(lengths) == len(shards):
            raise InputError(faults.CLAIM_VALUE, claim="lengths")
        if (
            not all(3 <= length <= longest_block(shard.entries) for length, shard in zip(lengths, shards, strict=True))
            or sum(lengths) > MAX_BODY_BYTES
        ):
            raise InputError(faults.CLAIM_VALUE, claim="lengths")
        return cls(signed, kid, head, root, shards, lengths, digest)

    def check(self, publisher: ec.EllipticCurvePublicKey) -> None:
        """Return if `publisher` signed exactly these bytes; raise `InputError` status-signature if not."""
        self.signed.check(publisher, otherwise=faults.STATUS_SIGNATURE)

    def load(self, body: Packed, put: Callable[[int, bytearray], object]) -> Forest:
        """Hand every shard to `put(number, two-bit array)`, in order, and return the forest over them, whose root is the signed one.

        Raises `InputError`: chain-body (before the first shard), status-block, chain-root (after the last). What was put until then is not to be used.
        """
        if len(body) != self.body_bytes or hashlib.sha256(body).digest() != self.digest:
            raise InputError(faults.CHAIN_BODY, size=len(body), expected=self.body_bytes)
        trees = {}
        with memoryview(body) as view:
            for shard, length, end in zip(self.shards, self.lengths, accumulate(self.lengths), strict=True):
                packed = decode_shard(bytes(view[end - length : end]), entries=shard.entries)
                trees[shard.number] = ShardTree.of(packed)
                put(shard.number, packed)
        forest = Forest(trees)
        if forest.root != self.root:
            raise InputError(faults.CHAIN_ROOT, seq=self.head.seq)
        return forest

    @classmethod
    def issue(cls, head: StatusHead, lists: Mapping[int, Packed], signer: Signer) -> tuple[StatusSnapshot, bytes]:
        """Sign the snapshot of these two-bit arrays, by shard number; manifest and body, both read back before they are returned.

        Raises `InputError` for what is outside the format.
        """
        numbers = sorted(lists)
        blocks = [encode_shard(lists[number]) for number in numbers]
        body = b"".join(blocks)
        more: list[cbor.Value] = [
            Forest.of(lists).root,
            shards_to_cbor(ShardSize(number, 4 * len(lists[number])) for number in numbers),
            [len(block) for block in blocks],
            hashlib.sha256(body).digest(),
        ]
        snapshot = cls.from_bytes(chain.sign(head, more, typ=TYP_SNAPSHOT, signer=signer))
        snapshot.load(body, lambda *_: None)
        return snapshot, body
