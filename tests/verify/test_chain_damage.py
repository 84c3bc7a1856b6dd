"""What the disk, or a hand, has spoilt: it costs the shard that it is in and is put right from anywhere, and nobody is revived by it (C02, C04, C07)."""

from __future__ import annotations

import itertools
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from codes import faults as form
from codes.chain import ListSpace
from codes.claims import StatusType
from codes.errors import InputError, SetupError
from tests.verify.chain_world import FIRST, SECOND, Region, authority, bring, history, trust
from tests.verify.city import NOW
from verify import faults
from verify.chain_head import SLOT, StoredHead, framed, unframed
from verify.chain_space import Outcome
from verify.chain_store import ChainStore

if TYPE_CHECKING:
    from pathlib import Path

PHONE = ListSpace.PHONE
FIRST_URI, SECOND_URI = "sl:c1000", "sl:c1001"


@pytest.fixture
def region() -> Region:
    return history()


def state_at(path: Path, region: Region, seq: int) -> ChainStore:
    """A state directory whose store has gone from the first version to this one."""
    path.mkdir(exist_ok=True)
    store = ChainStore.open(path, trust())
    bring(store, region, 1)
    for number in range(2, seq + 1):
        store.take(region.events[number].raw, now=NOW)
    return store


def folder(state: Path) -> Path:
    return state / "chain" / "CN-CQ" / "phone"


def spoil(state: Path, at: int) -> None:
    """Turn a byte of the lists over."""
    [path] = folder(state).glob("live-*.bin")
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(data)


def code_of(store: ChainStore, uri: str) -> str:
    with pytest.raises(SetupError) as error:
        store.shard(uri)
    assert error.value.fault is faults.STATUS_DAMAGED
    return str(error.value.facts["found"])


@pytest.mark.threat("C07")
@pytest.mark.error("chain-damaged")
def test_a_spoilt_shard_is_spoilt_alone_and_put_right_alone(tmp_path: Path, region: Region) -> None:
    state_at(tmp_path, region, 2)
    spoil(tmp_path, SLOT + 5)
    store = ChainStore.open(tmp_path, trust())
    assert code_of(store, SECOND_URI) == "chain-damaged"
    shard = store.shard(FIRST_URI)
    assert shard is not None
    assert shard.statuses[7] is StatusType.SUSPENDED
    assert store.heads()[0].damaged == (SECOND,)
    with pytest.raises(SetupError) as error:
        store.take(region.events[3].raw, now=NOW)
    assert (error.value.fault, error.value.facts["shard"]) == (faults.CHAIN_DAMAGED, SECOND)
    for wrong in (region.versions[1][SECOND], region.versions[2][FIRST], b"", region.versions[2][SECOND] + b"\0"):
        with pytest.raises(InputError) as refusal:
            store.mend("CN-CQ", PHONE, SECOND, wrong)
        assert refusal.value.fault is form.CHAIN_ROOT
    other = ChainStore.open(tmp_path, trust())
    assert store.mend("CN-CQ", PHONE, SECOND, region.versions[2][SECOND])
    assert not store.mend("CN-CQ", PHONE, SECOND, region.versions[2][SECOND])
    assert not store.mend("CN-SC", PHONE, SECOND, b"")
    assert store.take(region.events[3].raw, now=NOW).outcome is Outcome.TAKEN
    assert other.refresh()
    assert other.heads() == ChainStore.open(tmp_path, trust()).heads() == store.heads()
    assert not store.heads()[0].damaged


def test_what_happens_elsewhere_goes_on_beside_a_spoilt_shard(tmp_path: Path, region: Region) -> None:
    state_at(tmp_path, region, 2)
    spoil(tmp_path, SLOT + 5)
    store = ChainStore.open(tmp_path, trust())
    plain = Region()
    plain.versions, plain.seq, plain.at = {2: region.versions[2]}, 2, NOW + 2
    delta = plain.go({(FIRST, 30): StatusType.FROZEN})
    assert store.take(delta.raw, now=NOW).outcome is Outcome.TAKEN
    assert store.heads()[0].damaged == (SECOND,)
    shard = store.shard(FIRST_URI)
    assert shard is not None
    assert shard.statuses[30] is StatusType.FROZEN
    gone = plain.go(drop=[SECOND])
    assert store.take(gone.raw, now=NOW).outcome is Outcome.TAKEN
    assert not store.heads()[0].damaged, "and a spoilt shard may go like any other"


def test_a_snapshot_of_the_same_version_or_a_newer_one_puts_everything_right(tmp_path: Path, region: Region) -> None:
    for seq in (2, 5):
        state = tmp_path / str(seq)
        state_at(state, region, 2)
        spoil(state, 3)
        store = ChainStore.open(state, trust())
        assert store.heads()[0].damaged
        assert bring(store, region, seq).outcome is Outcome.TAKEN
        assert not store.heads()[0].damaged
        assert {shard.statuses.to_bytes() for shard in store.shards.values()} == set(region.versions[seq].values())


def test_a_shard_that_is_spoilt_while_we_run_is_found_by_the_delta_that_changes_it(tmp_path: Path, region: Region) -> None:
    store = state_at(tmp_path, region, 2)
    [path] = folder(tmp_path).glob("live-*.bin")
    with path.open("r+b") as file:
        file.seek(2)
        file.write(b"\x55")  # what lies there says that it has ended, so the delta seems to take that back, too
        file.seek(1)
        file.write(b"\x55")
    with pytest.raises(SetupError) as error:
        store.take(region.events[3].raw, now=NOW)
    assert error.value.facts["shard"] == FIRST
    assert code_of(store, FIRST_URI) == "chain-damaged"


@pytest.mark.parametrize("size", [0, 1, SLOT, SLOT + 7])
def test_a_file_that_was_cut_short_has_lost_what_was_cut_off(tmp_path: Path, region: Region, size: int) -> None:
    state_at(tmp_path, region, 2)
    [path] = folder(tmp_path).glob("live-*.bin")
    path.write_bytes(path.read_bytes()[:size])
    store = ChainStore.open(tmp_path, trust())
    assert code_of(store, SECOND_URI) == "chain-damaged"
    assert (store.shards.keys() == {FIRST_URI}) is (size >= SLOT)
    for number in store.heads()[0].damaged:
        assert store.mend("CN-CQ", PHONE, number, region.versions[2][number])
    assert {shard.statuses.to_bytes() for shard in store.shards.values()} == set(region.versions[2].values())


@pytest.mark.threat("C02")
@pytest.mark.parametrize("lost", ["everything", "the newest head", "both heads", "an old copy in its place"])
def test_a_chain_does_not_become_older_because_files_go(tmp_path: Path, region: Region, lost: str) -> None:
    """Across a restart, a newer version's files are gone or an old copy lies in their place: nothing is answered until we are as far again."""
    store = state_at(tmp_path, region, 2)
    copy = shutil.copytree(folder(tmp_path), tmp_path / "copy")
    for seq in (3, 4, 5):
        store.take(region.events[seq].raw, now=NOW)
    before = ChainStore.open(tmp_path, trust())
    if lost == "the newest head":
        newest = max(("head.a", "head.b"), key=lambda name: head_of(folder(tmp_path) / name).turn)
        (folder(tmp_path) / newest).unlink()
    elif lost == "both heads":
        (folder(tmp_path) / "head.a").unlink()
        (folder(tmp_path) / "head.b").unlink()
    else:
        shutil.rmtree(folder(tmp_path))
        if lost == "an old copy in its place":
            shutil.copytree(copy, folder(tmp_path))
    store = ChainStore.open(tmp_path, trust())
    nothing_is_answered_from_before(store, region, 5)
    assert store.head("CN-CQ") == before.head("CN-CQ"), "a list that should be here is missing, not good"
    bring(store, region, 1)
    nothing_is_answered_from_before(store, region, 5)
    if lost in {"everything", "both heads"}:
        assert store.heads()[0].is_rolled_back
        assert {code_of(store, uri) for uri in (FIRST_URI, SECOND_URI)} == {"chain-rolled-back"}
    bring(store, region, 5)
    assert {shard.statuses.to_bytes() for shard in store.shards.values()} == set(region.versions[5].values())
    assert not store.heads()[0].is_rolled_back


def head_of(path: Path) -> StoredHead:
    stored = StoredHead.from_bytes(path.read_bytes())
    assert stored is not None
    return stored


def nothing_is_answered_from_before(store: ChainStore, region: Region, seq: int) -> None:
    for shard in store.shards.values():
        assert shard.statuses.to_bytes() in region.versions[seq].values()


def test_how_far_we_were_goes_with_the_key_that_led_us_there(tmp_path: Path) -> None:
    store = ChainStore.open(tmp_path, trust())
    bring(store, Region(seq=1 << 50))
    shutil.rmtree(tmp_path / "chain")
    after = trust(authority(keys=["new"]))
    store = ChainStore.open(tmp_path, after)
    assert store.head("CN-CQ") is None
    bring(store, Region(key="new"))
    assert store.shards


@pytest.mark.parametrize("content", [b"", b"junk", b"[]", b'{"CN-CQ/phone": [1]}', b'{"CN-CQ/phone": ["a", 1, 1, "b"]}', b'{"CN-CQ/phone": 7}'])
def test_a_spoilt_note_of_how_far_we_were_says_nothing(tmp_path: Path, region: Region, content: bytes) -> None:
    state_at(tmp_path, region, 3)
    (tmp_path / "chain.seen").write_bytes(content)
    store = ChainStore.open(tmp_path, trust())
    assert store.shards
    store.take(region.events[4].raw, now=NOW)
    assert json.loads((tmp_path / "chain.seen").read_bytes())["CN-CQ/phone"][1] == 4


@pytest.mark.threat("C04")
def test_no_mixture_of_the_files_of_three_versions_revives_anybody(tmp_path: Path) -> None:
    """Every combination of head, head, lists and journal of three versions: what is answered is a version's own, or one on its way to the next."""
    region, states = history(), {}
    for seq in (2, 3, 4):
        state_at(tmp_path / str(seq), region, seq)
        files = folder(tmp_path / str(seq))
        states[seq] = {name: (files / name).read_bytes() for name in ("head.a", "head.b", "live-1.bin", "journal")}
    mixed = tmp_path / "mixed"
    folder(mixed).mkdir(parents=True)
    answered = 0
    for parts in itertools.product(states, repeat=4):
        for name, seq in zip(("head.a", "head.b", "live-1.bin", "journal"), parts, strict=True):
            (folder(mixed) / name).write_bytes(states[seq][name])
        for mends in (False, True):
            store = ChainStore.open(mixed, trust(), mends=mends)
            for head in store.heads():
                later = region.versions.get(head.seq + 1, {})
                for uri, shard in store.shards.items():
                    number = int(uri[4:], 36)
                    answered += 1
                    no_entry_is_from_before(shard.statuses.to_bytes(), region.versions[head.seq][number], later.get(number))
    assert answered > 50


def no_entry_is_from_before(found: bytes, own: bytes, later: bytes | None) -> None:
    for at, byte in enumerate(found):
        for two in (0, 2, 4, 6):
            assert byte >> two & 3 in {own[at] >> two & 3, (later or own)[at] >> two & 3}


@pytest.mark.threat("C07")
def test_every_byte_of_a_head_file_counts(tmp_path: Path, region: Region) -> None:
    """Wherever it is torn or altered, the head before it is in force, and its lists are only as good as they are."""
    state_at(tmp_path, region, 2)
    newest = max(("head.a", "head.b"), key=lambda name: head_of(folder(tmp_path) / name).turn)
    path = folder(tmp_path) / newest
    whole = path.read_bytes()
    assert head_of(path).to_bytes() == whole
    for at in range(len(whole)):
        for spoilt in (whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]):
            assert StoredHead.from_bytes(spoilt) is None
    path.write_bytes(whole[:-1])
    store = ChainStore.open(tmp_path, trust())
    nothing_is_answered_from_before(store, region, 2)


def test_a_head_that_contradicts_itself_is_none(tmp_path: Path, region: Region) -> None:
    state_at(tmp_path, region, 2)
    good = head_of(folder(tmp_path) / "head.a")
    for wrong in (
        good._replace(slots=(0,)),
        good._replace(slots=(0, 0)),
        good._replace(slots=(0, 9)),
        good._replace(used=1 << 30),
        good._replace(turn=-1),
    ):
        assert StoredHead.from_bytes(wrong.to_bytes()) is None
    content = unframed(good.to_bytes())
    assert content is not None
    for junk in (b"", b"\x80", b"\x87" + b"\x00" * 7, b"\x87\x02" + content[2:], content + b"\0", b"\x87\x01\x01\x01\x01\x80\x40\x40"):
        assert StoredHead.from_bytes(framed(junk)) is None
    assert StoredHead.from_bytes(None) is None


def test_heads_that_prove_nothing_are_not_believed(tmp_path: Path, region: Region) -> None:
    """Whole files, but what is signed in them is another's, is no version, or is not the root over these tops."""
    state_at(tmp_path, region, 2)
    files = folder(tmp_path)
    name = max(("head.a", "head.b"), key=lambda name: head_of(files / name).turn)
    good = head_of(files / name)
    chips = history(space=ListSpace.CHIP)
    for signed in (region.beat(), history(key="thief").events[2].raw, region.events[3].raw, chips.events[2].raw, b"junk"):
        (files / name).write_bytes(good._replace(signed=signed).to_bytes())
        store = ChainStore.open(tmp_path, trust())
        assert {head.seq for head in store.heads()} <= {1}
        nothing_is_answered_from_before(store, region, 2)
    (files / "beat").write_bytes(framed(region.events[2].raw))
    assert ChainStore.open(tmp_path, trust()).beat("CN-CQ", PHONE) is None
    (files / "beat").write_bytes(framed(chips.beat()))
    assert ChainStore.open(tmp_path, trust()).beat("CN-CQ", PHONE) is None
