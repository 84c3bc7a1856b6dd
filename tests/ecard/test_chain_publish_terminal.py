"""What the publisher writes, our own terminal follows: snapshot, deltas, merged deltas and heartbeats, under the trust that stands in the same folder."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from codes.chain import ListSpace
from codes.claims import StatusRef, StatusType
from codes.errors import InputError
from ecard.chaining.places import ChainFolder
from ecard.chaining.publisher import ChainPublisher, RegionChains
from ecard.trustfolder import TrustFolder
from tests.ecard import published
from tests.ecard.chains import CARD, CODE, KEYS, NOON, OTHER, Truth, publish
from verify.chain_store import ChainStore
from verify.importing import import_folder
from verify.state import StateDirectory
from verify.terminal import Holdings, make_state

if TYPE_CHECKING:
    from pathlib import Path

CQ = "CN-CQ"


def regions(folder: Path) -> dict[str, RegionChains]:
    """What the folder's own trust documents say."""
    trust = TrustFolder(folder)
    current = trust.current()
    found = {}
    for region in KEYS.regions:
        authority = published.documents(region).authority
        found[region] = RegionChains(authority=authority, signer=KEYS.status(region), trust=trust.delegated(current, region).signed.version)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    published.found(tmp_path / "published")
    return tmp_path / "published"


@pytest.fixture
def store(tmp_path: Path, folder: Path) -> ChainStore:
    state = StateDirectory(tmp_path / "terminal")
    make_state(state, (folder / "metadata" / "1.root.json").read_bytes(), terminal="T-0001", scene="metro", region=None)
    import_folder(state, folder, now=NOON)
    return ChainStore.open(tmp_path / "terminal", Holdings.read(state).trust.view)


def seen(store: ChainStore, ref: StatusRef) -> StatusType:
    shard = store.shard(ref.uri)
    assert shard is not None
    return shard.statuses[ref.idx]


def test_a_terminal_follows_what_is_published(folder: Path, store: ChainStore) -> None:
    truth, keeper = Truth({OTHER: StatusType.INVALID}), ChainPublisher(folder)
    by = regions(folder)
    publish(truth, folder, publisher=keeper, by=by)
    places = {space: ChainFolder.of(folder, CQ, space) for space in ListSpace}
    for place in places.values():
        store.take(place.manifest(1, 1).read_bytes(), place.body(1, 1).read_bytes(), now=NOON)
    assert (seen(store, CODE), seen(store, OTHER)) == (StatusType.VALID, StatusType.INVALID)
    truth.values |= {CODE: StatusType.SUSPENDED, CARD: StatusType.SUSPENDED}
    publish(truth, folder, after=5, publisher=keeper, by=by)
    for place in places.values():
        store.take(place.delta(1, (1, 2)).read_bytes(), now=NOON + 5)
        store.take(place.head.read_bytes(), now=NOON + 6)
    assert seen(store, CODE) is seen(store, CARD) is StatusType.SUSPENDED
    for nth in range(3):
        truth.values[StatusRef("sl:c1", nth)] = StatusType.FROZEN
        publish(truth, folder, after=20 + nth, publisher=keeper, by=by)
    publish(truth, folder, after=300, publisher=keeper, by=by)
    store.take(places[ListSpace.PHONE].delta(1, (1, 5)).read_bytes(), now=NOON + 301)  # a merged one, from before what is held
    assert [seen(store, StatusRef("sl:c1", nth)) for nth in range(4)] == [StatusType.FROZEN] * 3 + [StatusType.VALID]
    store.take(places[ListSpace.PHONE].head.read_bytes(), now=NOON + 301)
    (phone,) = [head for head in store.heads() if head.space is ListSpace.PHONE]
    assert (phone.seq, phone.known, phone.iat, phone.damaged) == (5, 5, NOON + 300, ())


@pytest.mark.threat("C01")
def test_a_terminal_takes_no_version_that_another_regions_key_has_signed(folder: Path, store: ChainStore) -> None:
    by = regions(folder)
    forged = {CQ: RegionChains(authority=replace(by[CQ].authority, keys=by["CN-SC"].authority.keys), signer=by["CN-SC"].signer)}
    publish(Truth(plans=Truth().plans[:2]), folder, by=forged)
    place = ChainFolder.of(folder, CQ, ListSpace.PHONE)
    with pytest.raises(InputError) as refused:
        store.take(place.manifest(1, 1).read_bytes(), place.body(1, 1).read_bytes(), now=NOON)
    assert refused.value.code == "status-key-unknown"
