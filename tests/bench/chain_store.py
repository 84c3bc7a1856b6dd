"""The chain of a province's chips in a terminal's own store, on a real disk: opening, following with and without the disk's leave, asking, memory.

status.store_install_s      a snapshot from its bytes into force, synchronised
status.store_open_s         opening what is there: every leaf hashed, every head verified
status.store_lookup_us      one place by uri and index, as a scan asks
status.apply_ms             a delta of 76 changes, journal and head and all, where a sync costs nothing; the best of fifteen
status.apply_fsync_ms       the same on this disk; the median
status.store_memory_mib     what a process holds beside the mapped file after opening and following
"""

from __future__ import annotations

import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from codes.chain_changes import Changes
from codes.chain_delta import StatusDelta
from codes.chain_snapshot import StatusSnapshot
from codes.claims import Profile, shard_uri
from codes.merkle import Forest
from codes.status import SHARD_CAPACITY
from codes.trust import StatusAuthority, StatusKey
from tests.bench.measure import Figure, pairs
from tests.bench.status import SPACES, five_minutes, lists_of
from tests.vectors import cast
from verify.chain_store import ChainStore
from verify.trust import TrustView

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SECONDS, _LOOKUP_US, _APPLY_MS, _FSYNC_MS, _MEMORY_MIB = 1.0, 1.0, 10.0, 60.0, 64.0
_ROUNDS = 15
_MEMORY = Path("/dev/shm")
_TELL = """
import re, sys
from pathlib import Path
from tests.bench.chain_store import trust
from verify.chain_store import ChainStore
def held():
    status = Path("/proc/self/status").read_text()
    return sum(int(re.search(name + r":\\s*([0-9]+)", status)[1]) for name in ("RssAnon", "RssShmem"))
store = ChainStore.open(Path(sys.argv[1]), trust())
before = held()
for path in sorted(Path(sys.argv[2]).iterdir()):
    store.take(path.read_bytes(), now=int(sys.argv[3]))
assert [head.damaged for head in store.heads()] == [()]
print(max(before, held()))
"""


def trust() -> TrustView:
    """Trust in the cast's publisher, for chips with numbers as high as the bench needs."""
    key = StatusKey(key=cast.PUBLISHER.public_key, not_before=0, not_after=cast.NOW + 400 * cast.DAY)
    authority = StatusAuthority(region="CN-CQ", letter="c", epoch=1, keys=(key,), spaces={Profile.CHIP: (1_000_000, 1_600_000)})
    return TrustView.of(version=1, expires=cast.NOW + cast.DAY, issuers=(), authorities=(authority,), scenes=(), versions={"CN-CQ": 30})


def figures() -> Iterator[Figure]:
    """All of them."""
    space = SPACES[0]
    lists, _ = lists_of(space, 0.01)
    snapshot, body = StatusSnapshot.issue(space.head, lists, cast.PUBLISHER)
    deltas = _deltas(lists)
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        yield _seconds("status.store_install_s", _install(state, snapshot.raw, body))
        yield _seconds("status.store_open_s", min(_open(state) for _ in range(3)))
        yield _lookup(ChainStore.open(state, trust()), space.first)
        yield _memory(Path(folder), state, deltas)
        yield _milliseconds("status.apply_fsync_ms", _FSYNC_MS, statistics.median(_apply(state, deltas)))
        with tempfile.TemporaryDirectory(dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None) as fast:
            quick = Path(fast) / "state"
            _install(quick, snapshot.raw, body)
            yield _milliseconds("status.apply_ms", _APPLY_MS, min(_apply(quick, deltas)))


def _deltas(lists: Mapping[int, bytes]) -> list[bytes]:
    """One after the other, five minutes each."""
    space, held, made = SPACES[0], dict(lists), []
    for seq in range(space.head.seq + 1, space.head.seq + 1 + _ROUNDS):
        after = five_minutes(space, held, seq)
        head = space.head._replace(seq=seq)
        delta = StatusDelta.issue(
            head, Changes.between(held, after), root=Forest.of(after).root, previous=Forest.of(held).root, signer=cast.PUBLISHER
        )
        made.append(delta.raw)
        held = after
    return made


def _install(state: Path, manifest: bytes, body: bytes) -> float:
    state.mkdir()
    start = perf_counter()
    ChainStore.open(state, trust()).take(manifest, body, now=cast.NOW)
    return perf_counter() - start


def _open(state: Path) -> float:
    start = perf_counter()
    store = ChainStore.open(state, trust())
    taken = perf_counter() - start
    assert store.shards
    return taken


def _apply(state: Path, deltas: list[bytes]) -> list[float]:
    """Milliseconds of each delta."""
    store, taken = ChainStore.open(state, trust()), []
    for delta in deltas:
        start = perf_counter()
        store.take(delta, now=cast.NOW)
        taken.append((perf_counter() - start) * 1e3)
    return taken


def _lookup(store: ChainStore, first: int) -> Figure:
    chance = random.Random(1)
    asked = [(shard_uri("c", first + chance.randrange(100)), chance.randrange(SHARD_CAPACITY)) for _ in range(20_000)]

    def ask() -> None:
        for uri, idx in asked:
            shard = store.shard(uri)
            assert shard is not None
            shard.statuses[idx]

    def do_not_ask() -> None:
        for _, _ in asked:
            pass

    found = pairs("status.store_lookup_us", subject=lambda: ask, floor=do_not_ask, times=len(asked))
    return Figure(name=found.name, value=found.value, unit="us", floor=_LOOKUP_US, ratio=found.value / _LOOKUP_US)


def _memory(folder: Path, state: Path, deltas: list[bytes]) -> Figure:
    objects, copy = folder / "objects", shutil.copytree(state, folder / "copy")
    objects.mkdir()
    for number, delta in enumerate(deltas):
        (objects / f"{number:04}").write_bytes(delta)
    command = [sys.executable, "-c", _TELL, str(copy), str(objects), str(cast.NOW)]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=Path(__file__).resolve().parents[2]).stdout
    held = int(re.sub(r"\D", "", told)) / 1024
    return Figure(name="status.store_memory_mib", value=held, unit="MiB", floor=_MEMORY_MIB, ratio=held / _MEMORY_MIB)


def _seconds(name: str, taken: float) -> Figure:
    return Figure(name=name, value=taken, unit="s", floor=_SECONDS, ratio=taken / _SECONDS)


def _milliseconds(name: str, most: float, taken: float) -> Figure:
    return Figure(name=name, value=taken, unit="ms", floor=most, ratio=taken / most)
