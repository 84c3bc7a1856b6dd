"""What the vectors of the status chain do with the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codes import cbor, rice
from codes.chain import ListSpace, StatusHead, StatusHeartbeat
from codes.chain_apply import follow
from codes.chain_delta import StatusDelta
from codes.chain_shards import ShardTops, decode_shard, encode_shard
from codes.chain_snapshot import StatusSnapshot
from codes.keys import CoseKey
from tests.vectors import cast, cast_chain

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric import ec

    from codes.chain_changes import Changes
    from tests.vectors.case import Json

Given = dict[str, Any]


def _bytes(given: Given) -> bytes:
    return bytes.fromhex(given["hex"])


def _key(given: Given) -> ec.EllipticCurvePublicKey:
    return CoseKey.parse(cbor.decode(bytes.fromhex(given["key"]))).load()


def _same(again: bytes, data: bytes) -> None:
    if again != data:
        msg = "accepted, but written differently"
        raise AssertionError(msg)


def _block(given: Given) -> Json:
    data, universe = _bytes(given), int(given["universe"])
    sets = rice.decode(data, universe=universe, sets=given["sets"], limit=int(given.get("limit", universe)))
    _same(rice.encode(sets, universe=universe), data)
    return [list(some) for some in sets]


def _shard(given: Given) -> Json:
    data = _bytes(given)
    packed = decode_shard(data, entries=given["entries"])
    _same(encode_shard(packed), data)
    return packed.hex()


def _lists(given: Given) -> dict[int, bytes]:
    return {int(number): bytes.fromhex(packed) for number, packed in given["lists"].items()}


def _head(head: StatusHead) -> dict[str, Json]:
    return {**head._asdict(), "space": int(head.space)}


def changes_to_json(changes: Changes) -> dict[str, Json]:
    """What changes, as the vectors write it: places as [shard number, index]."""
    to = {status.name.lower(): [list(divmod(place, 1 << 20)) for place in places] for status, places in changes.to.items() if places}
    return {"added": [list(shard) for shard in changes.added], "dropped": list(changes.dropped), "to": to}


def _heartbeat(given: Given) -> Json:
    heartbeat = StatusHeartbeat.from_bytes(_bytes(given))
    heartbeat.check(_key(given))
    return {**_head(heartbeat.head), "mark": heartbeat.mark.hex()}


def _snapshot(given: Given) -> Json:
    snapshot = StatusSnapshot.from_bytes(_bytes(given))
    snapshot.check(_key(given))
    lists: dict[str, Json] = {}
    snapshot.load(bytes.fromhex(given["body"]), lambda number, packed: lists.update({str(number): packed.hex()}))
    return {**_head(snapshot.head), "root": snapshot.root.hex(), "lists": lists}


def _delta(given: Given) -> Json:
    delta = StatusDelta.from_bytes(_bytes(given))
    delta.check(_key(given))
    again = StatusDelta.issue(delta.head, delta.changes, root=delta.root, previous=delta.previous, steps=delta.steps, signer=cast.PUBLISHER)
    _same(again.raw, delta.raw)
    return {**_head(delta.head), "root": delta.root.hex(), "since": delta.since, "previous": delta.previous.hex(), **changes_to_json(delta.changes)}


def _follow(given: Given) -> Json:
    delta, lists, at = StatusDelta.from_bytes(_bytes(given)), _lists(given), given.get("held", {})
    held = cast_chain.held(lists, **at | {key: make(at[key]) for key, make in (("space", ListSpace), ("root", bytes.fromhex)) if key in at})
    step = follow(delta, held)
    return {
        "seq": step.seq,
        "root": step.root.hex(),
        "lists": {str(number): packed.hex() for number, packed in cast_chain.written(step, lists).items()},
    }


def _merge(given: Given) -> Json:
    deltas = [StatusDelta.from_bytes(bytes.fromhex(delta)) for delta in (given["hex"], *given["then"])]
    merged = StatusDelta.merge(deltas, cast.PUBLISHER)
    return {"seq": merged.head.seq, "since": merged.since, "previous": merged.previous.hex(), **changes_to_json(merged.changes)}


def _tops(given: Given) -> Json:
    data = _bytes(given)
    tops = ShardTops.from_bytes(data)
    _same(tops.to_bytes(), data)
    return {"root": tops.root.hex(), "shards": [[top.number, top.entries] for top in tops.tops]}


DEEDS: dict[str, Callable[[Given], Json]] = {
    "status-block": _block,
    "status-shard": _shard,
    "status-heartbeat": _heartbeat,
    "status-snapshot": _snapshot,
    "status-delta": _delta,
    "status-follow": _follow,
    "status-merge": _merge,
    "shard-tops": _tops,
}
