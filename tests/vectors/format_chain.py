"""The generated parts about the status chain: one delta with every byte explained, and a table of sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codes.chain_changes import Changes
from codes.chain_delta import StatusDelta
from codes.claims import StatusType
from tests.vectors import cast, cast_chain
from tests.vectors.listing import listing, printed

if TYPE_CHECKING:
    from collections.abc import Iterator

MEANING: dict[str, str] = {
    "": "the delta: a COSE_Sign1 (tag 18)",
    "/0": "its four parts",
    "/0/0": "1 protected header, signed",
    "/0/0/0": "three parameters",
    "/0/0/0/1": "algorithm: ESP256 (-9)",
    "/0/0/0/4": "kid: the status key's name, eight bytes",
    "/0/0/0/16": "typ: ecard-delta",
    "/0/1": "2 unprotected header: always empty",
    "/0/2": "3 payload, signed by the publisher",
    "/0/2/0": "thirteen items",
    "/0/2/0/0": "region: CN-CQ, Chongqing",
    "/0/2/0/1": "space: phones (1)",
    "/0/2/0/2": "epoch 1",
    "/0/2/0/3": "seq: it leads to version 42",
    "/0/2/0/4": "iat: 2026-11-21T08:00:00Z",
    "/0/2/0/5": "life: 86,400 s",
    "/0/2/0/6": "trust: a terminal needs version 7 of the region's role",
    "/0/2/0/7": "root of version 42",
    "/0/2/0/8": "steps: 1, an event",
    "/0/2/0/9": "previous: first 8 bytes of the root of version 41",
    "/0/2/0/10": "added: one run",
    "/0/2/0/10/0": "of shards",
    "/0/2/0/10/0/0": "first number 5908: sl:c4k4",
    "/0/2/0/10/0/1": "one shard",
    "/0/2/0/10/0/2": "8 entries, all valid",
    "/0/2/0/11": "dropped: none",
    "/0/2/0/12": "places, explained below",
    "/0/3": "4 the publisher's signature: r, s",
}
PLACES = (
    (1, "one span"),
    (2, "5,906 shard numbers left out before it"),
    (1, "three shards in it (3 - 1): sl:c4k2 to sl:c4k4, places 0 to 3,145,727"),
    (1, "three places become suspended: k is 19"),
    (1, "one becomes valid: k is 21"),
    (1, "one becomes ended: k is 21"),
    (1, "one becomes frozen: k is 21"),
    (15, "low bits of the gaps 10, 1,048,565, 1,048,582; 2; 3; 20"),
    (2, "and the rest of them: 1 01 001 1 1 1"),
)


def delta() -> str:
    """The event of the vectors: the whole delta, then its places."""
    event = cast_chain.event_42().raw
    places = event[-66 - sum(size for size, _ in PLACES) : -66]
    return "\n".join(["```text", *listing(event, MEANING), "```", "", "The places:", "", "```text", *printed(_parts(places)), "```", ""])


def _parts(places: bytes) -> Iterator[tuple[int, int, bytes, str]]:
    at = 0
    for size, means in PLACES:
        yield at, 0, places[at : at + size], means
        at += size


def sizes() -> str:
    """Bytes of typical objects."""
    rows = [("heartbeat", len(cast_chain.heartbeat().raw))]
    for count in (1, 76, 340, 22_000):
        places = [(5906 << 20) + 110_100_480 // count * number + 77 for number in range(count)]
        to = {StatusType.SUSPENDED: places[::2], StatusType.VALID: places[1::4], StatusType.INVALID: places[3::4]}
        made = StatusDelta.issue(cast_chain.head(seq=6_000_000), Changes(to=to), root=bytes(32), previous=bytes(8), signer=cast.PUBLISHER)
        rows.append((f"delta of {count:,} change{'s' * (count > 1)} among 110 million places", len(made.raw)))
    lines = ["| object | bytes |", "|---|--:|", *(f"| {name} | {size:,} |" for name, size in rows)]
    return "\n".join([*lines, ""])
