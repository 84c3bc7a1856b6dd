"""A small status chain for vectors and tests, and its roots by another hand than the library's."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from codes.chain import ListSpace, StatusHead, StatusHeartbeat
from codes.chain_apply import Held
from codes.chain_changes import Changes
from codes.chain_delta import StatusDelta
from codes.chain_shards import ShardSize
from codes.chain_snapshot import StatusSnapshot
from codes.claims import StatusType
from codes.merkle import Forest
from tests.vectors import cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codes.chain_apply import Step
    from codes.rice import Packed

SHARD, SECOND, THIRD = 5906, 5907, 5908
"""c4k2, c4k3, c4k4: the list of the cast's credential and its neighbours."""
V41 = {SHARD: cast.status_list().to_bytes(), SECOND: bytes(2)}
"""Version 41: 64 entries, of which 1 and 63 are ended, 2 suspended, 3 frozen; and 8 valid ones."""
V42 = {SHARD: bytes.fromhex("4400200000 03" + "00" * 9 + "40"), SECOND: bytes.fromhex("0200"), THIRD: bytes.fromhex("0080")}
"""Version 42: index 2 found again, 3 ended, 10 suspended, 20 frozen; index 0 of the second shard suspended; a third shard with index 7 suspended."""
V43 = {SHARD: bytes.fromhex("4400100000 03" + "00" * 9 + "40"), THIRD: bytes.fromhex("0080")}
"""Version 43: index 10 ended, the second shard gone."""


def head(**changes: Any) -> StatusHead:
    """The head of version 42, with changes."""
    first = StatusHead(region="CN-CQ", space=ListSpace.PHONE, epoch=1, seq=42, iat=cast.NOW, exp=cast.NOW + cast.DAY, trust=7)
    return first._replace(**changes)


def over(hashes: list[bytes]) -> bytes:
    """The top node of a row, from the definition: halves at the largest power of two (RFC 9162 section 2.1.1)."""
    if len(hashes) < 2:
        return b"".join(hashes)
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + over(hashes[:half]) + over(hashes[half:])).digest()


def root_over(tops: list[tuple[int, int, bytes]]) -> bytes:
    """The root over shards, each by its number, its entries and the top node of its leaves."""
    shards = [hashlib.sha256(b"\2" + number.to_bytes(4, "big") + entries.to_bytes(4, "big") + top).digest() for number, entries, top in tops]
    return hashlib.sha256(b"\3" + len(shards).to_bytes(4, "big") + over(shards)).digest()


def root(lists: Mapping[int, Packed]) -> bytes:
    """The root over these two-bit arrays."""

    def leaves(packed: Packed) -> list[bytes]:
        return [hashlib.sha256(b"\0" + bytes(packed[at : at + 4096])).digest() for at in range(0, len(packed), 4096)]

    return root_over([(number, 4 * len(packed), over(leaves(packed))) for number, packed in sorted(lists.items())])


SUSPENDED, VALID, FROZEN = StatusType.SUSPENDED, StatusType.VALID, StatusType.FROZEN
CHANGES_42 = Changes(
    added=(ShardSize(THIRD, 8),),
    to={
        StatusType.SUSPENDED: [SHARD << 20 | 10, SECOND << 20, THIRD << 20 | 7],
        StatusType.VALID: [SHARD << 20 | 2],
        StatusType.INVALID: [SHARD << 20 | 3],
        StatusType.FROZEN: [SHARD << 20 | 20],
    },
)
CHANGES_43 = Changes(dropped=(SECOND,), to={StatusType.INVALID: [SHARD << 20 | 10]})


def event_42(**changes: Any) -> StatusDelta:
    """From version 41 to 42."""
    return StatusDelta.issue(head(**changes), CHANGES_42, root=root(V42), previous=root(V41), signer=cast.PUBLISHER)


def event_43() -> StatusDelta:
    """From version 42 to 43."""
    return StatusDelta.issue(head(seq=43, iat=cast.NOW + 2), CHANGES_43, root=root(V43), previous=root(V42), signer=cast.PUBLISHER)


def merged() -> StatusDelta:
    """From version 41 to 43 at once."""
    return StatusDelta.merge([event_42(), event_43()], cast.PUBLISHER)


def heartbeat() -> StatusHeartbeat:
    """Version 42 still stands, a minute later."""
    return StatusHeartbeat.issue(head(iat=cast.NOW + 60, exp=cast.NOW + 60 + cast.DAY), root(V42), cast.PUBLISHER)


def snapshot() -> tuple[StatusSnapshot, bytes]:
    """The whole of version 42: manifest and body."""
    return StatusSnapshot.issue(head(), V42, cast.PUBLISHER)


def held(lists: Mapping[int, Packed] = V41, **changes: Any) -> Held:
    """A version as a terminal holds it; 41 unless said otherwise."""
    fields: dict[str, Any] = {
        "region": "CN-CQ",
        "space": ListSpace.PHONE,
        "epoch": 1,
        "seq": 41,
        "root": root(lists),
        "lists": lists,
        "forest": Forest.of(lists),
    }
    return Held(**fields | changes)


def written(step: Step, lists: Mapping[int, Packed]) -> dict[int, bytes]:
    """The two-bit arrays after a step, as a store would write them."""
    after = {number: bytearray(packed) for number, packed in lists.items() if number not in step.dropped}
    after |= {number: bytearray(entries // 4) for number, entries in step.added.items()}
    for number, leaves in step.leaves.items():
        for leaf, content in leaves.items():
            after[number][4096 * leaf : 4096 * leaf + len(content)] = content
    return {number: bytes(packed) for number, packed in sorted(after.items())}
