"""Status chains out of a folder: the shortest way through the objects that lie there, each of them believed for itself (FORMATS section 5, `import`).

    PATH/chain/<region>/<phone|chip>/head.cbor                     the newest heartbeat
    PATH/chain/<region>/<phone|chip>/<epoch>/s/<seq>.cbor          a snapshot's manifest, and beside it its body: <seq>.body
    PATH/chain/<region>/<phone|chip>/<epoch>/d/<since>-<seq>.cbor  a delta

File names are advice: they say what to try first. What counts is what is signed inside, and where that leads.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from codes import faults as form
from codes.chain import ListSpace
from codes.chain_delta import MAX_DELTA_BYTES
from codes.chain_snapshot import MAX_MANIFEST_BYTES
from codes.claims import shard_uri
from codes.errors import InputError, SetupError, StateError
from verify import faults
from verify.chain_store import ChainStore
from verify.imported import Imported
from verify.status_store import StatusStore
from verify.trust_store import TIMESTAMP, open_trust

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from verify.chain_space import ChainHead
    from verify.importing import Folder
    from verify.state import StateDirectory
    from verify.status_store import Stored
    from verify.trust import TrustView

MAX_OBJECTS = 1 << 17
"""Files of one folder that are looked at: a delta every two seconds for a day, and all that are merged from them."""
MAX_HEARTBEAT_BYTES = 4096
_DELTA = re.compile(r"([0-9]{1,16})-([0-9]{1,16})\.cbor")
_SNAPSHOT = re.compile(r"([0-9]{1,16})\.cbor")
_EPOCH = re.compile(r"[0-9]{1,10}")


def import_chains(directory: StateDirectory, folder: Folder, *, now: int) -> list[Imported]:
    """Go on with every chain as far as the folder leads; what became of each, and of every object that was refused.

    Shards that are damaged are put right where the folder, the tokens or what was kept has their bytes.
    Raises `SetupError` state-locked, state-damaged, state-unreadable, state-unwritable or trust-damaged, `InputError` import-unreadable or import-too-many.
    """
    if not folder.names("chain", MAX_OBJECTS) and not (directory.path / "chain").is_dir():
        return []
    state = directory.load()
    files = directory.trust_files(state)
    if TIMESTAMP not in files:  # what was refused of it stands in the report
        return []
    trust = open_trust(files).view
    store = ChainStore.open(directory.path, trust, mends=True)
    report: list[Imported] = []
    for region, authority in sorted(trust.authorities.items()):
        for space in ListSpace:
            part = f"chain/{region}/{space.name.lower()}"
            names = folder.names(part, MAX_OBJECTS)
            epochs = {int(name) for name in names if _EPOCH.fullmatch(name)}
            if epochs and authority.epoch not in epochs:
                report.append(Imported.refused(part, InputError(faults.CHAIN_EPOCH, epoch=max(epochs), expected=authority.epoch)))
            elif names:
                report += _Walk(folder, store, region, space, authority.epoch).report(part, max(now, state.floor))
    tokens = {uri: (iat, directory.status_token(uri, iat)) for uri, iat in state.status.items()}
    return report + _mend(store, tokens, trust)


class _Walk:
    """The way through one chain's objects."""

    def __init__(self, folder: Folder, store: ChainStore, region: str, space: ListSpace, epoch: int) -> None:
        self._folder, self._store = folder, store
        self._region, self._space, self._epoch = region, space, epoch
        base = f"chain/{region}/{space.name.lower()}"
        deltas = (_DELTA.fullmatch(name) for name in folder.names(f"{base}/{epoch}/d", MAX_OBJECTS))
        snapshots = (_SNAPSHOT.fullmatch(name) for name in folder.names(f"{base}/{epoch}/s", MAX_OBJECTS))
        self._deltas = sorted((int(found[2]), int(found[1])) for found in deltas if found)
        self._snapshots = sorted(int(found[1]) for found in snapshots if found)
        self._base = base

    def report(self, part: str, now: int) -> Iterator[Imported]:
        """Take what leads on; every refusal, and then where we are."""
        before = self._head()
        while (name := self._next()) is not None:
            yield from self._take(name, now)
        if "head.cbor" in self._folder.names(self._base, MAX_OBJECTS):
            yield from self._take("head.cbor", now)
        after = self._head()
        if after is None:
            yield Imported.refused(part, StateError(form.CHAIN_GAP, epoch=self._epoch, held_seq=None))
        elif after.is_rolled_back:
            yield Imported.refused(part, InputError(faults.CHAIN_ROLLED_BACK, epoch=after.epoch, seq=after.seq))
        else:
            facts = {"epoch": after.epoch, "seq": after.seq, "iat": after.iat, "damaged": len(after.damaged)}
            yield Imported(part=part, outcome="kept" if after == before else "taken", facts=facts)

    def _head(self) -> ChainHead | None:
        found = (head for head in self._store.heads() if (head.region, head.space, head.epoch) == (self._region, self._space, self._epoch))
        return next(found, None)

    def _next(self) -> str | None:
        """The object that leads farthest from here: a delta if there is one, else the newest snapshot. Each is tried once."""
        head = self._head()
        if head is not None:
            leading = [delta for delta in self._deltas if delta[1] <= head.seq < delta[0]]
            if leading:
                self._deltas.remove(leading[-1])
                seq, since = leading[-1]
                return f"{self._epoch}/d/{since}-{seq}.cbor"
        least = 0 if head is None else head.seq + (not head.damaged)
        if self._snapshots and (seq := self._snapshots.pop()) >= least:
            return f"{self._epoch}/s/{seq}.cbor"
        return None

    def _take(self, name: str, now: int) -> Iterator[Imported]:
        file = f"{self._base}/{name}"
        try:
            self._store.take(*self._read(file), now=now)
        except (InputError, StateError) as error:
            yield Imported.refused(file, error)
        except SetupError as error:
            if error.fault is not faults.CHAIN_DAMAGED:
                raise
            yield Imported.refused(file, error)

    def _read(self, file: str) -> tuple[bytes, bytes | None]:
        if file.endswith("head.cbor"):
            return self._folder.read(file, MAX_HEARTBEAT_BYTES) or b"", None
        if "/d/" in file:
            return self._folder.read(file, MAX_DELTA_BYTES) or b"", None
        manifest = self._folder.read(file, MAX_MANIFEST_BYTES) or b""
        body = self._folder.read(f"{file.removesuffix('.cbor')}.body", self._store.body_bytes(manifest))
        return manifest, body


def _mend(store: ChainStore, tokens: Mapping[str, Stored], trust: TrustView) -> list[Imported]:
    """Put damaged shards right from what is at hand. Only the very bytes that were signed will do."""
    report: list[Imported] = []
    for head in store.heads():
        for number in head.damaged:
            uri = shard_uri(trust.authorities[head.region].letter, number)
            token = StatusStore.open({uri: tokens[uri]}, trust).shards.get(uri) if uri in tokens else None
            candidates = [token.statuses.to_bytes() if token else None, store.kept(head.region, head.space).shard(number)]
            for packed in candidates:
                with suppress(InputError):
                    if packed is not None and store.mend(head.region, head.space, number, packed):
                        report.append(Imported(part=f"chain/{head.region}/{head.space.name.lower()}/{uri[3:]}", outcome="taken", facts={"uri": uri}))
    return report
