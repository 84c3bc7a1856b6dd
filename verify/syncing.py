"""`ecard-terminal sync`: what the card office has published since, fetched and believed only as it is signed (STATUS sections 4, 5.3 and 5.7).

One round: trust by TUF; then each chain by heartbeat, by deltas, or by a snapshot where deltas do not lead; where a region serves no chain, its list tokens.
Whatever goes wrong with one part leaves what was held, and is told beside what went well.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from codes.ack import HeldVersions, StatusAck
from codes.chain import ListSpace
from codes.chain_delta import MAX_DELTA_BYTES
from codes.chain_snapshot import MAX_MANIFEST_BYTES
from codes.claims import URI_PATTERN, shard_uri
from codes.errors import CardError, InputError, SetupError, StateError
from codes.status import MAX_TOKEN_BYTES
from verify import faults
from verify.chain_index import MAX_INDEX, ChainIndex
from verify.importing import import_source
from verify.status_store import read_token
from verify.terminal import Holdings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codes.keys import Signer
    from codes.rice import Packed
    from verify.chain_store import ChainStore
    from verify.fetching import Server
    from verify.imported import Imported
    from verify.state import StateDirectory

SHORTEST_BEAT_S, LONGEST_BEAT_S = 60, 300
MAX_HEAD = 4096
MAX_LISTING = 1 << 20
MAX_TOKENS = 4096
ACKS_PATH = "/v1/acks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What became of one chain, of the trust, or of one list."""

    part: str
    outcome: str
    """"taken", "kept" or "refused"."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    error: CardError | None = None

    def to_json(self) -> dict[str, Any]:
        """For `ecard-terminal sync`."""
        page: dict[str, Any] = {"part": self.part, "outcome": self.outcome}
        return page | ({"facts": dict(self.facts)} if self.error is None else faults.told(self.error.fault, self.error.facts))


class RemoteSource:
    """A server's published files as the source of an import."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def metadata(self, role: str, version: int | None, limit: int) -> bytes | None:
        """See `Source`."""
        return self._read(f"/v1/trust/metadata/{role}.json" if version is None else f"/v1/trust/metadata/{version}.{role}.json", limit)

    def target(self, path: str, digest: str, limit: int) -> bytes | None:
        """See `Source`."""
        folder, _, name = path.rpartition("/")
        return self._read(f"/v1/trust/targets/{folder}/{digest}.{name}", limit)

    def has_trust(self) -> bool:
        """A card office always publishes trust."""
        return True

    def tokens(self) -> list[str]:
        """None by themselves: lists come by the chain, and one by one where there is none."""
        return []

    def read(self, name: str, limit: int) -> bytes | None:
        """One list token."""
        return self._read(f"/v1/status/{name}", limit)

    def _read(self, path: str, limit: int) -> bytes | None:
        answer = self._server.get(path, limit=limit)
        return answer.body if answer.status == 200 else None


class TokenSource(RemoteSource):
    """The same, with the list tokens that an aggregation document names."""

    def __init__(self, server: Server, uris: list[str]) -> None:
        super().__init__(server)
        self._uris = uris

    def has_trust(self) -> bool:
        """The trust came before."""
        return False

    def tokens(self) -> list[str]:
        """The shards to ask for."""
        return [uri.removeprefix("sl:") for uri in self._uris]


class Sync:
    """Keeps one terminal state current from one server."""

    def __init__(self, directory: StateDirectory, server: Server, signer: Signer) -> None:
        self._directory = directory
        self._server = server
        self._signer = signer
        self._source = RemoteSource(server)
        self._told: tuple[tuple[str, ListSpace, int, int], ...] = ()

    def round(self, *, now: int) -> list[Part]:
        """Everything once. Raises `SetupError`: state-*, trust-damaged. A server that is away refuses the parts, not the round."""
        parts = self.trust(now=now)
        with suppress(SetupError):
            store, regions = self.chains()
            for region, space in regions:
                parts.append(self.chain(store, region, space, now=now))
            without = {part.part.split("/")[1] for part in parts if part.error is not None and part.error.fault is faults.CHAIN_UNPUBLISHED}
            parts += self.tokens(without, now=now) if without else []
            self.acknowledge(store, now=now)
        return parts

    def trust(self, *, now: int) -> list[Part]:
        """Bring trust and scene rules up to date."""
        try:
            return [_of(found) for found in import_source(self._directory, self._source, now=now)]
        except (InputError, SetupError) as error:
            if isinstance(error, SetupError) and error.fault.code.startswith("state"):
                raise
            return [Part(part="trust", outcome="refused", error=error)]

    def chains(self) -> tuple[ChainStore, list[tuple[str, ListSpace]]]:
        """The store, and the chains that this terminal's scene can need. Raises `SetupError`: trust-absent, state-*, scene-unknown."""
        holdings = Holdings.read(self._directory)
        scene = holdings.scene()
        authorities = holdings.trust.view.authorities
        wanted = [ListSpace.PHONE, *([ListSpace.CHIP] if scene.chip else [])]
        regions = [
            (region, space)
            for region in sorted(scene.recognises & authorities.keys())
            for space in wanted
            if any(ListSpace.of(profile) is space for profile in authorities[region].spaces)
        ]
        return holdings.chain, regions

    def beat(self) -> int:
        """Seconds for which a head that stands need not be said again: a fifth of what the scene calls fresh, at least the publisher's minute."""
        return max(SHORTEST_BEAT_S, min(LONGEST_BEAT_S, Holdings.read(self._directory).scene().staleness.fresh // 5))

    def is_trust_behind(self, store: ChainStore) -> bool:
        """Whether a head asks for newer documents of its region than are here (FORMATS section 4)."""
        view = store.trust
        return any(store.demand(region) > view.versions.get(region, 0) for region in view.authorities)

    def chain(self, store: ChainStore, region: str, space: ListSpace, *, now: int) -> Part:
        """Bring one chain to its newest version."""
        name = f"chain/{region}/{space.name.lower()}"
        try:
            outcome = self._catch_up(store, region, space, now=now)
        except CardError as error:
            return Part(part=name, outcome="refused", error=error)
        held = _held(store, region, space)
        facts = {} if held is None else {"epoch": held[0], "seq": held[1]}
        return Part(part=name, outcome=outcome, facts=facts)

    def take(self, store: ChainStore, data: bytes, *, now: int) -> bool:
        """Take an object that was pushed to us; False when it shows that something lies between. Raises `CardError` as `ChainStore.take`."""
        try:
            head = store.take(data, now=now).head
        except StateError:
            return False
        held = _held(store, head.region, head.space)  # a word that we had heard before may still be ahead of us
        return held is not None and held >= (head.epoch, head.seq)

    def tokens(self, regions: set[str], *, now: int) -> list[Part]:
        """The standard list tokens of regions that serve no chain."""
        try:
            answer = self._server.get("/v1/status/aggregation", limit=MAX_LISTING)
            letters = {authority.letter for region, authority in Holdings.read(self._directory).trust.view.authorities.items() if region in regions}
            uris = _uris(answer.body, letters) if answer.status == 200 else []
            return [_of(found) for found in import_source(self._directory, TokenSource(self._server, uris), now=now)]
        except (InputError, SetupError) as error:
            return [Part(part="status", outcome="refused", error=error)]

    def acknowledge(self, store: ChainStore, *, now: int) -> bool:
        """Tell the office which versions we judge by, when that has changed. A server that does not want to know is no trouble."""
        versions = tuple(sorted((head.region, head.space, head.epoch, head.seq) for head in store.heads() if not head.is_rolled_back))
        if not versions or versions == self._told:
            return False
        ack = StatusAck.issue(HeldVersions(now, self._directory.load().terminal, versions), self._signer)
        try:
            self._server.post(ACKS_PATH, ack.raw, limit=MAX_HEAD, good=frozenset({404, 409}))
        except SetupError:
            return False
        self._told = versions
        return True

    def _catch_up(self, store: ChainStore, region: str, space: ListSpace, *, now: int) -> str:
        base = f"/v1/status/{region}/{space.name.lower()}"
        self._mend(store, region, space)
        head = self._server.get(f"{base}/head", limit=MAX_HEAD)
        if head.status == 404:
            raise SetupError(faults.CHAIN_UNPUBLISHED, region=region, space=space.name.lower())
        if self.take(store, head.body, now=now):
            return "kept"
        index = ChainIndex.read(self._required(f"{base}/index", MAX_INDEX))
        for data, body in self._objects(store, base, index, _held(store, region, space)):
            store.take(data, body, now=now)
        store.take(head.body, now=now)
        return "taken"

    def _mend(self, store: ChainStore, region: str, space: ListSpace) -> None:
        """Put damaged shards right by their list tokens: the store takes nothing but the bytes that were signed for the version it holds."""
        view = Holdings.read(self._directory).trust.view
        for head in store.heads():
            for number in head.damaged if (head.region, head.space) == (region, space) else ():
                uri = shard_uri(view.authorities[region].letter, number)
                data = self._source.read(uri.removeprefix("sl:"), MAX_TOKEN_BYTES)
                with suppress(InputError):
                    token, shard = read_token(data or b"", view)
                    if token.uri == uri:
                        store.mend(region, space, number, shard.statuses.to_bytes())

    def _objects(self, store: ChainStore, base: str, index: ChainIndex, held: tuple[int, int] | None) -> Iterator[tuple[bytes, Packed | None]]:
        """What leads from what is held to the newest: deltas, or the newest snapshot and the deltas after it."""
        way = index.way(held[1]) if held is not None and held[0] == index.epoch else None
        if way is None:
            number = index.snapshot()
            if number is None:
                raise SetupError(faults.SERVER_ANSWER, wrong="no snapshot")
            manifest = self._required(f"{base}/{index.epoch}/s/{number}", MAX_MANIFEST_BYTES)
            yield manifest, self._required(f"{base}/{index.epoch}/s/{number}/body", store.body_bytes(manifest))
            way = index.way(number) or []
        for start, end in way:
            yield self._required(f"{base}/{index.epoch}/d/{start}-{end}", MAX_DELTA_BYTES), None

    def _required(self, path: str, limit: int) -> bytes:
        answer = self._server.get(path, limit=limit)
        if answer.status != 200:
            raise SetupError(faults.SERVER_ANSWER, status=answer.status, wrong="missing")
        return answer.body


def _held(store: ChainStore, region: str, space: ListSpace) -> tuple[int, int] | None:
    return next(((head.epoch, head.seq) for head in store.heads() if (head.region, head.space) == (region, space) and not head.is_rolled_back), None)


def _uris(content: bytes, letters: set[str]) -> list[str]:
    """The lists of these regions in an aggregation document. Raises `SetupError` server-answer."""
    try:
        named = json.loads(content)["status_lists"]
        uris = [uri for uri in named if URI_PATTERN.fullmatch(uri) and uri[3] in letters]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SetupError(faults.SERVER_ANSWER, wrong="aggregation") from None
    if len(uris) > MAX_TOKENS:
        raise SetupError(faults.SERVER_ANSWER, wrong="too many lists", limit=MAX_TOKENS)
    return uris


def _of(found: Imported) -> Part:
    error = None if found.fault is None else InputError(found.fault, **found.facts)
    return Part(part=found.part, outcome=found.outcome, facts=found.facts, error=error)
