"""A chain on a stick: what one terminal hands on another takes, by the shortest way, and whatever else lies there harms nothing."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from codes.chain import ListSpace
from codes.claims import StatusType
from codes.errors import InputError, SetupError
from codes.status import StatusList, StatusListToken
from tests.verify.chain_world import FIRST, Region, history
from tests.verify.city import NOW, City, Gate, code, documents, lines
from verify import chain_kept, faults
from verify.chain_belief import read_object
from verify.chain_files import DiskFiles
from verify.chain_kept import Kept
from verify.exporting import export_folder
from verify.terminal import Holdings

if TYPE_CHECKING:
    from pathlib import Path

    from verify.chain_store import ChainStore

PHONE = ListSpace.PHONE


@pytest.fixture
def region() -> Region:
    return history(epoch=0)


def chain_of(gate: Gate) -> ChainStore:
    return Holdings.read(gate.directory).chain


def publish(path: Path, region: Region, *, snapshots: tuple[int, ...] = (), deltas: tuple[tuple[int, int], ...] = (), beat: bool = False) -> Path:
    """A publisher's folder with these objects of a chain."""
    base = path / "chain" / region.region / region.space.name.lower()
    for seq in snapshots:
        manifest, body = region.snapshot(seq)
        write(base / str(region.epoch) / "s" / f"{seq}.cbor", manifest)
        write(base / str(region.epoch) / "s" / f"{seq}.body", body)
    for since, to in deltas:
        write(base / str(region.epoch) / "d" / f"{since}-{to}.cbor", region.merged(since, to).raw)
    if beat:
        write(base / "head.cbor", region.beat(at=region.at + 30))
    return path


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def told(gate: Gate, path: Path) -> dict[str, str]:
    """What became of each part of a folder."""
    return {name: part.fault.code if part.fault else part.outcome for name, part in gate.take(path=path).items()}


def test_what_one_terminal_hands_on_another_takes(gate: Gate, city: City, region: Region, tmp_path: Path) -> None:
    publish(city.folder, region, snapshots=(1,), deltas=((1, 2), (2, 3), (3, 5)), beat=True)
    assert told(gate, city.folder)["chain/CN-CQ/phone"] == "taken"
    status, [answer], _ = gate.command("export", tmp_path / "stick")
    assert status == 0
    assert {part["part"]: part["files"] for part in answer["parts"]} == {"trust": 12, "status": 2, "chain/CN-CQ/phone": 7}
    other = Gate(tmp_path / "other", city)
    report = other.take(path=tmp_path / "stick")
    assert {name: part.outcome for name, part in report.items()} == {
        "trust": "taken",
        "c1000.cwt": "taken",
        "s1000.cwt": "taken",
        "chain/CN-CQ/phone": "taken",
    }
    assert report["chain/CN-CQ/phone"].facts == {"epoch": 0, "seq": 5, "iat": region.at + 30, "damaged": 0}
    assert chain_of(other).heads() == chain_of(gate).heads()
    assert told(other, tmp_path / "stick")["chain/CN-CQ/phone"] == "kept"
    [page] = other.command("health", at=NOW + 60)[1]
    chain = page["status"]["CN-CQ"]["chains"]["phone"]
    assert (chain["epoch"], chain["seq"], chain["known"], chain["age_s"], chain["damaged"]) == (0, 5, 5, 22, 0)
    assert chain["age"] == {"zh": "22 秒前更新", "en": "updated 22 seconds ago"}
    assert (page["status"]["CN-CQ"]["seq"], page["status"]["CN-CQ"]["lists"], page["ready"]) == (5, 2, True)
    assert (page["status"]["CN-SC"]["seq"], page["status"]["CN-SC"]["chains"]) == (None, {})


def test_the_way_is_the_longest_deltas_and_a_snapshot_only_where_they_end(gate: Gate, region: Region, tmp_path: Path) -> None:
    publish(tmp_path / "first", region, snapshots=(1, 2))
    told(gate, tmp_path / "first")
    assert chain_of(gate).heads()[0].seq == 2
    stick = publish(tmp_path / "stick", region, snapshots=(1, 4, 5), deltas=((1, 2), (2, 3), (2, 4), (1, 3), (4, 5)))
    for name in ("0/s/5.body", "0/s/4.body"):
        (stick / "chain/CN-CQ/phone" / name).write_bytes(b"")
    assert told(gate, stick) == {"chain/CN-CQ/phone": "taken"}, "with deltas to the end no snapshot is looked at"
    assert chain_of(gate).heads()[0].seq == 5


def test_a_refused_object_is_named_and_another_way_is_tried(gate: Gate, region: Region, tmp_path: Path) -> None:
    stick = publish(tmp_path / "stick", region, snapshots=(1, 3), deltas=((1, 5), (3, 4), (4, 5)))
    base = stick / "chain/CN-CQ/phone"
    (base / "0/d/1-5.cbor").write_bytes(b"junk")
    (base / "0/s/3.body").write_bytes(b"junk")
    (base / "head.cbor").write_bytes(b"junk")
    (base / "holiday.jpg").write_bytes(b"nobody looks at this")
    assert told(gate, stick) == {
        "chain/CN-CQ/phone/0/s/3.cbor": "chain-body",
        "chain/CN-CQ/phone/0/d/1-5.cbor": "cose-type",
        "chain/CN-CQ/phone/head.cbor": "cose-type",
        "chain/CN-CQ/phone": "taken",
    }
    assert chain_of(gate).heads()[0].seq == 1
    (base / "0/s/3.body").write_bytes(region.snapshot(3)[1])
    assert told(gate, stick)["chain/CN-CQ/phone"] == "taken"
    assert chain_of(gate).heads()[0].seq == 5
    assert gate.command("import", stick)[0] == 1


def test_names_are_advice_and_what_is_signed_counts(gate: Gate, region: Region, tmp_path: Path) -> None:
    stick = publish(tmp_path / "stick", region, snapshots=(1,))
    write(stick / "chain/CN-CQ/phone/0/d/1-9999.cbor", region.events[2].raw)
    write(stick / "chain/CN-CQ/phone/0/d/2-3.cbor", history(key="thief", epoch=0).events[3].raw)
    write(stick / "chain/CN-CQ/phone/0/s/7.cbor", region.snapshot(1)[0])
    write(stick / "chain/CN-CQ/chip/0/d/1-2.cbor", region.events[3].raw)
    report = told(gate, stick)
    assert report["chain/CN-CQ/phone"] == "taken"
    assert report["chain/CN-CQ/phone/0/d/2-3.cbor"] == "status-key-unknown"
    assert report["chain/CN-CQ/chip"] == "chain-gap"
    assert chain_of(gate).heads()[0].seq == 2


def test_a_folder_with_a_heartbeat_alone_is_taken_note_of(gate: Gate, region: Region, tmp_path: Path) -> None:
    publish(tmp_path / "first", region, snapshots=(5,))
    told(gate, tmp_path / "first")
    assert told(gate, publish(tmp_path / "stick", region, beat=True)) == {"chain/CN-CQ/phone": "taken"}
    assert chain_of(gate).heads()[0].iat == region.at + 30
    (tmp_path / "bare/chain/CN-CQ/phone").mkdir(parents=True)
    assert told(gate, tmp_path / "bare") == {}


def test_another_epoch_than_that_of_the_trust_documents_is_not_looked_at(gate: Gate, tmp_path: Path) -> None:
    stick = publish(tmp_path / "stick", history(epoch=3), snapshots=(1,))
    assert told(gate, stick) == {"chain/CN-CQ/phone": "chain-epoch"}


def test_without_trust_no_chain_is_judged(city: City, region: Region, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate", city)
    publish(city.folder, region, snapshots=(1,))
    city.write("metadata/timestamp.json", b"junk")
    assert told(gate, city.folder) == {"trust": "trust-shape"}


def test_trust_that_no_longer_verifies_stops_an_import_of_chains(gate: Gate, region: Region, tmp_path: Path) -> None:
    publish(tmp_path / "stick", region, snapshots=(1,))
    (gate.path / "trust" / "2" / "metadata" / "timestamp.json").write_bytes(b"junk")
    with pytest.raises(SetupError) as error:
        told(gate, tmp_path / "stick")
    assert error.value.fault is faults.TRUST_DAMAGED


def test_a_full_disk_stops_the_import_and_not_the_terminal(gate: Gate, region: Region, tmp_path: Path) -> None:
    publish(tmp_path / "stick", region, snapshots=(1,))
    (gate.path / "chain").mkdir()
    (gate.path / "chain" / "CN-CQ").write_bytes(b"")
    with pytest.raises(SetupError) as error:
        told(gate, tmp_path / "stick")
    assert error.value.code == "state-unwritable"
    assert gate.command("scan", lines=lines(code(NOW)))[1][0]["verdict"] == "accepted"


def test_a_chain_whose_files_went_says_so_until_it_is_as_far_again(gate: Gate, region: Region, tmp_path: Path) -> None:
    publish(tmp_path / "all", region, snapshots=(5,))
    told(gate, tmp_path / "all")
    shutil.rmtree(gate.path / "chain")
    old = publish(tmp_path / "old", region, snapshots=(1,))
    assert told(gate, old) == {"chain/CN-CQ/phone": "chain-rolled-back"}
    assert [problem["code"] for problem in gate.command("health")[1][0]["problems"]] == ["chain-rolled-back"]
    assert told(gate, publish(tmp_path / "old", region, deltas=((1, 5),))) == {"chain/CN-CQ/phone": "taken"}


@pytest.mark.threat("C07")
@pytest.mark.parametrize("source", ["the list token", "the snapshot that was kept", "nothing"])
def test_an_import_puts_a_spoilt_shard_right_from_what_is_at_hand(gate: Gate, city: City, region: Region, tmp_path: Path, source: str) -> None:
    publish(city.folder, region, snapshots=(1,))
    told(gate, city.folder)
    [path] = gate.path.glob("chain/CN-CQ/phone/live-*.bin")
    whole = path.read_bytes()
    path.write_bytes(b"\xff" + whole[1:])
    if source != "the snapshot that was kept":
        (gate.path / "chain/CN-CQ/phone/snapshot/body").write_bytes(b"\0")
    assert chain_of(gate).heads()[0].damaged == (FIRST,)
    stick = tmp_path / "stick"
    if source == "the list token":
        signer = region.signer
        token = StatusListToken.issue("sl:c1000", StatusList(region.versions[1][FIRST]), signer, iat=NOW + 1, exp=NOW + 999, ttl=60)
        write(stick / "c1000.cwt", token.raw)
    else:
        write(stick / "c1000.cwt", city.token(iat=NOW + 1, values={1: StatusType.FROZEN}))
    report = told(gate, stick)
    assert report.get("chain/CN-CQ/phone/c1000") == (None if source == "nothing" else "taken")
    assert (path.read_bytes() == whole) is (source != "nothing")


def test_a_spoilt_shard_that_a_delta_changes_is_named_and_a_snapshot_helps(gate: Gate, region: Region, tmp_path: Path) -> None:
    publish(tmp_path / "first", region, snapshots=(1,))
    told(gate, tmp_path / "first")
    [path] = gate.path.glob("chain/CN-CQ/phone/live-*.bin")
    path.write_bytes(b"\xff" + path.read_bytes()[1:])
    (gate.path / "chain/CN-CQ/phone/snapshot/manifest").unlink()
    stick = publish(tmp_path / "stick", region, deltas=((1, 2),))
    report = gate.take(path=stick)
    assert report["chain/CN-CQ/phone/0/d/1-2.cbor"].fault is faults.CHAIN_DAMAGED
    assert report["chain/CN-CQ/phone"].facts["damaged"] == 1
    [page] = gate.command("health")[1]
    assert [(problem["code"], problem["facts"]) for problem in page["problems"]] == [
        ("chain-damaged", {"region": "CN-CQ", "space": "phone", "shards": 1})
    ]
    assert told(gate, publish(tmp_path / "more", region, snapshots=(1,)))["chain/CN-CQ/phone"] == "taken"
    assert not chain_of(gate).heads()[0].damaged


# ----------------------------------------------------------------------------------------------------------- handing on


@pytest.mark.error("export-unwritable")
def test_a_stick_that_cannot_be_written_is_told(gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "stick").write_bytes(b"")
    with pytest.raises(InputError) as error:
        export_folder(gate.directory, tmp_path / "stick")
    assert error.value.fault is faults.EXPORT_UNWRITABLE
    assert gate.command("export", tmp_path / "stick")[0] == 2


def test_trust_that_lacks_a_regions_newest_documents_is_not_handed_on(gate: Gate, city: City, tmp_path: Path) -> None:
    city.documents["CN-SC"] = documents("CN-SC") | {"scenes.json": b"junk"}
    city.publish()
    assert told(gate, city.folder)["trust/CN-SC"] == "document-json"
    assert [part.part for part in export_folder(gate.directory, tmp_path / "stick")] == ["status"]


def test_only_what_is_still_believed_is_handed_on(gate: Gate, city: City, region: Region, tmp_path: Path) -> None:
    publish(city.folder, region, snapshots=(1,), deltas=((1, 2), (2, 3)))
    told(gate, city.folder)
    [delta, _] = sorted(gate.path.glob("chain/CN-CQ/phone/deltas/*"))
    delta.write_bytes(b"junk")
    (gate.path / "chain/CN-CQ/phone/deltas/3.1-2.1.13").write_bytes(b"another epoch")
    (gate.path / "status" / f"s1000-{NOW}.cwt").unlink()
    report = {part.part: part for part in export_folder(gate.directory, tmp_path / "stick")}
    assert report["chain/CN-CQ/phone"].files == 4
    assert report["status"].files == 1
    index = json.loads((tmp_path / "stick/chain/CN-CQ/phone/index.json").read_bytes())
    assert index == {"epoch": 0, "seq": 3, "snapshots": [1], "deltas": [[2, 3]]}
    (gate.path / "chain/CN-CQ/phone/snapshot/manifest").write_bytes(history(key="thief", epoch=0).snapshot(1)[0])
    assert {part.part: part for part in export_folder(gate.directory, tmp_path / "two")}["chain/CN-CQ/phone"].files == 2
    (gate.path / "chain/CN-CQ/phone/snapshot/manifest").write_bytes(history(epoch=4).snapshot(1)[0])
    assert {part.part: part for part in export_folder(gate.directory, tmp_path / "three")}["chain/CN-CQ/phone"].files == 2


def test_what_is_kept_for_others_is_bounded(tmp_path: Path, region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept(DiskFiles(tmp_path))
    assert kept.snapshot() is None
    assert kept.shard(FIRST) is None
    for seq in (2, 3, 4):
        kept.add(region.events[seq], None)
    assert [delta.seq for delta in kept.deltas()] == [2, 3, 4]
    assert kept.read(kept.deltas()[0]) == region.events[2].raw
    manifest, body = region.snapshot(3)
    kept.add(read_object(manifest), body)
    assert [delta.seq for delta in kept.deltas()] == [2, 3, 4], "a day old at the most"
    region.at += 2 * 86400
    region.times[5] = region.at
    kept.add(read_object(region.snapshot(5)[0]), region.snapshot(5)[1])
    assert kept.deltas() == []
    assert kept.shard(FIRST) == region.versions[5][FIRST]
    assert kept.shard(FIRST + 99) is None
    monkeypatch.setattr(chain_kept, "_SWEEP", 1)
    monkeypatch.setattr(chain_kept, "MAX_DELTAS", 2)
    for number in range(4):
        kept.add(region.go({(FIRST, 100 + number): StatusType.FROZEN}), None)
    assert [delta.seq for delta in kept.deltas()] == [8, 9]
    monkeypatch.setattr(chain_kept, "MAX_BYTES", kept.deltas()[1].size + 10)
    kept.add(region.go({(FIRST, 200): StatusType.FROZEN}), None)
    assert [delta.seq for delta in kept.deltas()] == [10]
    kept.add(read_object(region.beat()), None)
    (tmp_path / "snapshot" / "manifest").write_bytes(b"junk")
    assert kept.snapshot() is None
    assert kept.shard(FIRST) is None


def test_what_cannot_be_kept_for_others_harms_nothing(tmp_path: Path, region: Region) -> None:
    (tmp_path / "deltas").write_bytes(b"")
    kept = Kept(DiskFiles(tmp_path))
    kept.add(region.events[2], None)
    assert kept.deltas() == []
