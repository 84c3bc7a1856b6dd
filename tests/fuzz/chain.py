"""A campaign of mutants against everything that reads a status chain: heartbeats, snapshots, deltas, blocks, top nodes.

    python tests/fuzz/chain.py [--count N] [--seed S]

Prints one JSON object, which is also kept in .reports/fuzz-chain.json. Exit status 1: a violation. The same count and seed make the same mutants.

What must hold: nothing but a `CardError` or a meaning comes back; what is read is written again, by another hand where there is one, to the very same bytes;
what its publisher did not sign is not believed; what follows a delta has the root that was signed, and nobody who had ended comes back; no
answer takes more than 50 ms of processor time or 4 MiB.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
import tracemalloc
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random, SystemRandom
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent.parent
if __name__ == "__main__":
    sys.path[0] = str(ROOT)

from codes.chain import StatusHeartbeat  # noqa: E402 - after the root can be found
from codes.chain_apply import follow  # noqa: E402 - the same
from codes.chain_changes import encode_places  # noqa: E402 - the same
from codes.chain_delta import StatusDelta  # noqa: E402 - the same
from codes.chain_shards import ShardTops, encode_shard, numbers_to_cbor, shards_to_cbor  # noqa: E402 - the same
from codes.chain_snapshot import StatusSnapshot  # noqa: E402 - the same
from codes.errors import CardError, InputError  # noqa: E402 - the same
from codes.merkle import Forest  # noqa: E402 - the same
from tests.vectors import cast, cast_chain, loose  # noqa: E402 - the same

if TYPE_CHECKING:
    from collections.abc import Callable

    from codes.chain import StatusHead
    from codes.rice import Packed

LONGEST, LARGEST = 0.050, 4 << 20
"""Seconds of processor time and bytes of memory for one mutant."""
EVERY_WEIGHED, KEPT = 100, 20
KEY = cast.PUBLISHER.public_key.load()
INTERESTING = (0x00, 0x01, 0x02, 0x17, 0x18, 0x1A, 0x1B, 0x20, 0x40, 0x58, 0x5F, 0x60, 0x7F, 0x80, 0x81, 0x9B, 0xA0, 0xD2, 0xF5, 0xF6, 0xFB, 0xFF)
MANIFEST, BODY = cast_chain.snapshot()
OBJECTS = {"heartbeat": cast_chain.heartbeat().raw, "event": cast_chain.event_42().raw, "merged": cast_chain.merged().raw, "manifest": MANIFEST.raw}
TOPS = ShardTops(Forest.of(cast_chain.V42).tops).to_bytes()
HELD = [cast_chain.held(lists, seq=seq) for seq, lists in ((41, cast_chain.V41), (42, cast_chain.V42))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """Changed bytes, what they were, and whether the publisher signed the change. `body` belongs to a manifest."""

    kind: str
    of: str
    data: bytes
    body: bytes = BODY
    signed: bool = False


def altered(rng: Random, data: bytes) -> bytes:
    """Bits turned, bytes set, put in, taken out or repeated."""
    changed, act = bytearray(data), rng.randrange(5)
    at = rng.randrange(len(changed) + 1)
    if act == 0:
        for _ in range(rng.randint(1, 3)):
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    elif act == 1:
        changed[min(at, len(changed) - 1)] = rng.choice(INTERESTING)
    elif act == 2:
        changed[at:at] = bytes(rng.choice(INTERESTING) for _ in range(rng.choice((1, 1, 2, 9))))
    elif act == 3:
        del changed[at - 1 if at else 0 : at - 1 + rng.choice((1, 1, 2, 16))]
    else:
        changed[at:at] = changed[at : at + rng.randint(1, 40)]
    return bytes(changed)


def resigned(rng: Random, kind: str) -> Mutant:
    """An object with one item changed, or its places, or its blocks; the publisher signs what came of it."""
    tree = loose.read(OBJECTS[kind])
    items = cast.inner(cast.parts_of(tree)[2]).items or []
    body, what = BODY, "item"
    if kind == "manifest" and rng.random() < 0.5:
        what, start, length = "block", *rng.choice(((0, 7), (7, 5), (12, 5)))
        block = altered(rng, BODY[start : start + length]) or b"\0"
        body = BODY[:start] + block + BODY[start + length :]
        lengths = [len(block) if at == start else size for at, size in ((0, 7), (7, 5), (12, 5))]
        items[9], items[10] = loose.of(lengths), loose.of(hashlib.sha256(body).digest())
    elif kind in {"event", "merged"} and rng.random() < 0.6:
        what = "places"
        items[12] = loose.of(altered(rng, items[12].chunk))
    else:
        at = rng.randrange(len(items))
        number = rng.choice((0, 1, 2, 42, 5906, 5907, 1023, 1 << 20, 36**4, 1 << 31, 1 << 32, 1 << 53, 1 << 63, -1))
        runs = [[rng.choice((0, 5905, 5906, 5907, 5909, 36**4 - 1)), rng.choice((0, 1, 2, 1024, 1 << 40)), *([64] * rng.randrange(2))]]
        items[at] = loose.of(
            rng.choice((number, number, runs, b"", bytes(8), bytes(32), "CN-SC", [], {}, True, [[]], altered(rng, items[at].write())))
        )
    cast.seal(tree, cast.PUBLISHER)
    return Mutant(kind=f"{kind}: {what}, signed", of=kind, data=tree.write(), body=body, signed=True)


def mutant(rng: Random) -> Mutant:
    """One changed object."""
    chosen = rng.random()
    if chosen < 0.1:
        return Mutant(kind="tops", of="tops", data=altered(rng, TOPS))
    kind = rng.choice(tuple(OBJECTS))
    if chosen < 0.4:
        return Mutant(kind=f"{kind}: bytes", of=kind, data=altered(rng, OBJECTS[kind]))
    if chosen < 0.45:
        return Mutant(kind="body", of="manifest", data=MANIFEST.raw, body=altered(rng, BODY))
    return resigned(rng, kind)


def head_items(head: StatusHead) -> list[object]:
    """The first items of a payload, by another hand."""
    return [head.region, int(head.space), head.epoch, head.seq, head.iat, head.exp - head.iat, head.trust]


def violation(made: Mutant) -> str | None:
    """What is wrong with the answer to a mutant, if anything."""
    before = time.thread_time()
    try:
        wrong = JUDGES[made.of](made)
    except CardError:
        wrong = None
    except Exception as error:  # noqa: BLE001 - that nothing else comes is the question
        return f"raised {type(error).__name__}: {error}"
    if time.thread_time() - before > LONGEST and min(_again(made) for _ in range(3)) > LONGEST:
        return "took too long"
    return wrong


def _again(made: Mutant) -> float:
    before = time.thread_time()
    with suppress(CardError):
        JUDGES[made.of](made)
    return time.thread_time() - before


def _envelope(made: Mutant, found: StatusDelta | StatusHeartbeat | StatusSnapshot, more: list[object]) -> str | None:
    """Whether what was read is, in the one spelling of what it says, what the publisher signed."""
    if loose.of([*head_items(found.head), *more]).write() != found.signed.payload or found.raw != made.data:
        return "read, though not in the one spelling"
    found.check(KEY)
    return None if made.signed or made.data in OBJECTS.values() else "believed, though not what the publisher signed"


def _heartbeat(made: Mutant) -> str | None:
    found = StatusHeartbeat.from_bytes(made.data)
    return _envelope(made, found, [found.mark])


def _delta(made: Mutant) -> str | None:
    found = StatusDelta.from_bytes(made.data)
    changes = found.changes
    shards: list[object] = [shards_to_cbor(changes.added), numbers_to_cbor(changes.dropped)]
    wrong = _envelope(made, found, [found.root, found.steps, found.previous, *shards, encode_places(changes.to)])
    for held in HELD:
        try:
            step = follow(found, held)
        except CardError:
            continue
        after = cast_chain.written(step, held.lists)
        if cast_chain.root(after) != found.root:
            return "followed to another root than the signed one"
        if any(_returned(packed, after.get(number)) for number, packed in held.lists.items()):
            return "brought back what had ended"
    return wrong


def _returned(before: Packed, after: Packed | None) -> bool:
    if after is None:
        return False
    places = ((at, shift) for at in range(len(before)) for shift in (0, 2, 4, 6))
    return any(before[at] >> shift & 3 == 1 and after[at] >> shift & 3 != 1 for at, shift in places)


def _manifest(made: Mutant) -> str | None:
    found = StatusSnapshot.from_bytes(made.data)
    shards: list[object] = [shards_to_cbor(found.shards)]
    wrong = _envelope(made, found, [found.root, *shards, list(found.lengths), found.digest])
    lists: dict[int, bytes] = {}
    found.load(made.body, lambda number, packed: lists.update({number: bytes(packed)}))
    if cast_chain.root(lists) != found.root:
        return "loaded with another root than the signed one"
    return wrong if b"".join(map(encode_shard, lists.values())) == made.body else "loaded, though not in the one spelling"


def _tops(made: Mutant) -> str | None:
    found = ShardTops.from_bytes(made.data)
    if found.to_bytes() != made.data:
        return "read, though not in the one spelling"
    return None if made.data == TOPS or found.root != MANIFEST.root else "other top nodes under the same root"


JUDGES: dict[str, Callable[[Mutant], str | None]] = {
    "heartbeat": _heartbeat,
    "event": _delta,
    "merged": _delta,
    "manifest": _manifest,
    "tops": _tops,
}


READERS: dict[str, Callable[[bytes], object]] = {
    "heartbeat": StatusHeartbeat.from_bytes,
    "event": StatusDelta.from_bytes,
    "merged": StatusDelta.from_bytes,
    "manifest": StatusSnapshot.from_bytes,
    "tops": ShardTops.from_bytes,
}


def peak(made: Mutant) -> int:
    """Most bytes that judging a mutant takes."""
    tracemalloc.start()
    try:
        violation(made)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@dataclass(slots=True, kw_only=True)
class Result:
    """What a campaign found."""

    count: int
    seed: int
    seconds: float = 0.0
    violations: int = 0
    weighed: int = 0
    peak_bytes: int = 0
    read: int = 0
    """Mutants that have a meaning all the same."""
    kinds: dict[str, int] = field(default_factory=dict)
    examples: list[dict[str, str]] = field(default_factory=list)


def run(count: int, seed: int) -> Result:
    """Make and judge `count` mutants."""
    rng, result, kinds = Random(seed), Result(count=count, seed=seed), Counter[str]()
    started = time.monotonic()
    for number in range(1, count + 1):
        made = mutant(rng)
        kinds[made.kind] += 1
        wrong = violation(made)
        result.read += _is_read(made)
        if wrong is None and number % EVERY_WEIGHED == 0:
            weight = peak(made)
            result.weighed, result.peak_bytes = result.weighed + 1, max(result.peak_bytes, weight)
            wrong = "took too much memory" if weight > LARGEST else None
        if wrong is not None:
            result.violations += 1
            if len(result.examples) < KEPT:
                result.examples.append({"kind": made.kind, "wrong": wrong, "data": made.data.hex(), "body": made.body.hex()})
    result.kinds, result.seconds = dict(sorted(kinds.items())), round(time.monotonic() - started, 1)
    return result


def _is_read(made: Mutant) -> bool:
    try:
        READERS[made.of](made.data)
    except InputError:
        return False
    return True


def main() -> int:
    """Run, tell, keep."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=400_000, help="how many mutants (default: four hundred thousand)")
    parser.add_argument("--seed", type=int, default=None, help="begin of the sequence (default: a new one every time)")
    asked = parser.parse_args()
    seed = SystemRandom().getrandbits(32) if asked.seed is None else asked.seed
    found = run(asked.count, seed)
    result = json.dumps(asdict(found), ensure_ascii=False)
    (ROOT / ".reports").mkdir(exist_ok=True)
    (ROOT / ".reports" / "fuzz-chain.json").write_text(result + "\n", "utf-8")
    print(result)
    return 1 if found.violations else 0


if __name__ == "__main__":
    sys.exit(main())
