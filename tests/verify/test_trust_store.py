"""Trust: what an import takes, what it refuses by name, and what a terminal still believes when it opens its state."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from codes.errors import InputError
from tests.verify.city import DAY, HOUR, LETTERS, NOW, City, Gate, documents
from verify import faults
from verify.clock import LATEST
from verify.terminal import Holdings
from verify.trust_source import MAX_METADATA, MAX_TARGET

if TYPE_CHECKING:
    from pathlib import Path


def test_an_import_brings_keys_authorities_and_scenes_of_both_regions(gate: Gate) -> None:
    view = Holdings.read(gate.directory).trust.view
    assert {region for region, _ in view.issuers} == view.authorities.keys() == view.scenes.keys() == set(LETTERS)
    assert view.version == 1
    assert view.expires == NOW + DAY, "the earliest expiry of all roles, here the timestamp's"


def test_importing_the_same_again_changes_nothing(gate: Gate) -> None:
    before = gate.snapshot()
    assert {part.outcome for part in gate.take().values()} == {"kept"}
    assert gate.snapshot() == before


def test_a_newer_timestamp_alone_renews_the_trust(gate: Gate, city: City) -> None:
    city.stamp(at=NOW + 2 * HOUR)
    assert gate.take()["trust"].outcome == "taken"
    holdings = Holdings.read(gate.directory)
    assert (holdings.trust.view.version, holdings.trust.view.expires) == (2, NOW + 2 * HOUR + DAY)
    assert holdings.floor.overall == NOW + 2 * HOUR


def test_files_that_are_still_valid_need_not_be_on_the_stick(gate: Gate, city: City) -> None:
    city.stamp(at=NOW + HOUR)
    for path in (*city.folder.glob("metadata/*.*.json"), *city.folder.glob("targets/**/*.*")):
        path.unlink()
    assert gate.take()["trust"].outcome == "taken"


@pytest.mark.threat("C01")
@pytest.mark.error("trust-unsigned")
@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "CN-CQ", "joint-CN-CQ"])
def test_metadata_signed_by_another_key_is_refused(gate: Gate, city: City, role: str) -> None:
    city.joint = {"CN-CQ": {"items.json": b"{}"}}
    city.publish()
    assert gate.take()["trust"].outcome == "taken"
    city.signers[role] = ["thief", "another thief"]
    city.publish(at=NOW + HOUR)
    assert gate.refusal() is faults.TRUST_UNSIGNED


@pytest.mark.threat("C01")
@pytest.mark.parametrize("count", [0, 1])
def test_fewer_signatures_than_the_threshold_are_refused(gate: Gate, city: City, count: int) -> None:
    city.signers["targets"] = city.quorums["targets"][0][:count]
    city.publish(at=NOW + HOUR)
    assert gate.refusal() is faults.TRUST_UNSIGNED


@pytest.mark.threat("D04")
def test_a_new_root_needs_the_old_threshold_and_the_new_one(gate: Gate, city: City) -> None:
    city.at = NOW + HOUR
    city.rotate(by=["root 0", "root 1"])
    assert gate.refusal() is faults.TRUST_UNSIGNED
    city.versions["root"] = 1
    city.quorums["root"] = ([f"new root {number}" for number in range(5)], 3)
    city.rotate()
    assert gate.refusal() is faults.TRUST_UNSIGNED, "signed by the new owners only"
    city.versions["root"] = 1
    city.rotate(by=[*(f"root {n}" for n in range(3)), *(f"new root {n}" for n in range(3))])
    city.publish()
    assert gate.take()["trust"].outcome == "taken"


def test_a_terminal_walks_every_root_it_missed_even_expired_ones(gate: Gate, city: City) -> None:
    for year in range(1, 4):
        city.at = NOW + year * 300 * DAY
        city.rotate()
    city.publish()
    assert gate.take()["trust"].outcome == "taken"
    assert Holdings.read(gate.directory).trust.versions["root"] == 4


def test_a_root_may_not_skip_a_version(gate: Gate, city: City) -> None:
    city.versions["root"] = 2
    data = city.rotate()
    city.write("metadata/2.root.json", data)
    assert gate.refusal() is faults.TRUST_ROLLED_BACK


@pytest.mark.threat("C02")
@pytest.mark.error("trust-rolled-back")
def test_older_trust_never_follows_newer_trust(gate: Gate, city: City, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(city.folder, old)
    city.publish(at=NOW + HOUR)
    assert gate.take()["trust"].outcome == "taken"
    part = gate.take(path=old)["trust"]
    assert part.fault is faults.TRUST_ROLLED_BACK
    assert part.to_json()["code"] == "trust-rolled-back"
    assert "停" not in part.to_json()["title"]["zh"]


@pytest.mark.threat("C02")
@pytest.mark.parametrize("role", ["targets", "CN-SC"])
def test_a_snapshot_may_not_take_a_role_back(gate: Gate, city: City, role: str) -> None:
    city.publish(at=NOW + HOUR)
    assert gate.take()["trust"].outcome == "taken"
    before = city.versions[role]
    city.versions[role] = before - 2
    city.publish(at=NOW + 2 * HOUR)
    assert gate.refusal() is faults.TRUST_ROLLED_BACK


@pytest.mark.error("trust-mismatch")
def test_a_snapshot_may_not_drop_a_region(gate: Gate, city: City) -> None:
    city.drop_meta = {"CN-SC"}
    city.publish(at=NOW + HOUR)
    assert gate.refusal() is faults.TRUST_MISMATCH


@pytest.mark.threat("C03")
@pytest.mark.error("trust-past-expiry")
@pytest.mark.parametrize(
    ("role", "life"), [("timestamp", DAY), ("snapshot", 7 * DAY), ("CN-CQ", 7 * DAY), ("targets", 90 * DAY), ("root", 365 * DAY)]
)
def test_expired_metadata_is_refused_from_the_second_it_expires(gate: Gate, city: City, role: str, life: int) -> None:
    before = city.folder.with_name("before")
    shutil.copytree(city.folder, before)
    if role != "timestamp":
        city.at = NOW + life
        city.stamp()
    assert gate.refusal(at=NOW + life) is faults.TRUST_PAST_EXPIRY
    assert gate.take(at=NOW + min(life, DAY) - 1, path=before)["trust"].outcome == "kept"


@pytest.mark.threat("C10")
def test_a_clock_that_fell_back_does_not_revive_expired_trust(tmp_path: Path) -> None:
    city = City(tmp_path / "published", clock_floor=NOW + DAY)
    assert Gate(tmp_path / "gate", city).refusal(at=NOW) is faults.TRUST_PAST_EXPIRY, (
        "by the floor the timestamp is past its day, whatever the clock says"
    )


@pytest.mark.threat("C04")
def test_parts_of_different_publications_do_not_mix(city: City, tmp_path: Path) -> None:
    """Every combination of two publications' files: only whole sets are taken."""
    first = {path.relative_to(city.folder): path.read_bytes() for path in city.folder.rglob("*") if path.is_file()}
    city.versions = {role: version - 1 if role != "root" else version for role, version in city.versions.items()}
    city.at = NOW + HOUR
    city.documents["CN-CQ"] = documents("CN-CQ", not_after=NOW + 300 * DAY)
    city.publish()
    second = {path.relative_to(city.folder): path.read_bytes() for path in city.folder.rglob("*") if path.is_file()}
    names = sorted(name for name in second if name.parts[0] == "metadata" and first[name] != second[name])
    assert len(names) == 5
    taken = 0
    for choice in range(2 ** len(names)):
        mixed = tmp_path / f"mixed-{choice}"
        for name, data in second.items():
            wanted = first[name] if name in names and choice >> names.index(name) & 1 else data
            (mixed / name).parent.mkdir(parents=True, exist_ok=True)
            (mixed / name).write_bytes(wanted)
        fresh = Gate(tmp_path / f"fresh-{choice}", city)
        part = fresh.take(path=mixed)["trust"]
        if part.outcome == "taken":
            taken += 1
            assert choice in {0, 2 ** len(names) - 1}
        else:
            assert part.fault is faults.TRUST_MISMATCH
    assert taken == 2


@pytest.mark.error("trust-file-missing")
@pytest.mark.parametrize("role", ["timestamp", "2.snapshot", "2.CN-CQ"])
def test_a_missing_metadata_file_is_named(gate: Gate, city: City, role: str) -> None:
    city.publish(at=NOW + HOUR)
    (city.folder / "metadata" / f"{role}.json").unlink()
    assert gate.refusal() is faults.TRUST_FILE_MISSING


@pytest.mark.error("import-too-large")
def test_endless_files_are_not_read_to_their_end(gate: Gate, city: City) -> None:
    city.write("metadata/timestamp.json", b" " * (MAX_METADATA + 1))
    assert gate.refusal() is faults.IMPORT_TOO_LARGE
    city.documents["CN-CQ"]["scenes.json"] = b" " * (MAX_TARGET + 1)
    city.publish(at=NOW + HOUR)
    assert gate.take()["trust/CN-CQ"].fault is faults.IMPORT_TOO_LARGE


@pytest.mark.error("trust-shape")
@pytest.mark.parametrize("broken", [b"", b"{}", b"[" * 100_000, b"\xff", b'{"signed": {"_type": "timestamp"}, "signatures": []}'])
def test_broken_metadata_is_refused(gate: Gate, city: City, broken: bytes) -> None:
    city.write("metadata/timestamp.json", broken)
    assert gate.refusal() is faults.TRUST_SHAPE


@pytest.mark.error("trust-time")
@pytest.mark.parametrize("issued", [None, "now", -1, True, 1 << 40, NOW + 2 * DAY])
def test_a_timestamp_says_when_it_was_signed(gate: Gate, city: City, issued: object) -> None:
    city.extra["timestamp"] = {"x-issued": issued}
    city.publish(at=NOW + HOUR)
    assert gate.refusal() is faults.TRUST_TIME


@pytest.mark.threat("C05")
def test_a_version_number_pushed_to_the_sky_is_forgotten_with_the_stolen_key(gate: Gate, city: City) -> None:
    city.versions |= {"timestamp": 1 << 62, "snapshot": 1 << 62}
    city.publish(at=NOW + HOUR)
    assert gate.take()["trust"].outcome == "taken"
    city.versions |= {"timestamp": 2, "snapshot": 2}
    city.publish(at=NOW + 2 * HOUR)
    assert gate.refusal() is faults.TRUST_ROLLED_BACK
    city.quorums |= {"timestamp": (["timestamp of the new root"], 1), "snapshot": (["snapshot of the new root"], 1)}
    city.versions |= {"timestamp": 3, "snapshot": 3}
    city.publish(at=NOW + 3 * HOUR, root=True)
    assert gate.take()["trust"].outcome == "taken"
    assert Holdings.read(gate.directory).trust.view.version == 4


def test_a_new_root_ends_what_a_stolen_timestamp_key_did_to_the_clock_floor(gate: Gate, city: City) -> None:
    city.extra["timestamp"] = {"x-issued": NOW + 300 * DAY}
    city.at = NOW + HOUR
    city.lives["timestamp"] = 3000 * DAY
    city.stamp()
    city.lives["timestamp"] = DAY
    assert gate.take()["trust"].outcome == "taken"
    assert Holdings.read(gate.directory).floor.overall == NOW + HOUR + 31 * DAY, "one bounded jump"
    city.extra.clear()
    city.stamp(at=NOW + 2 * HOUR)
    assert gate.refusal() is faults.TRUST_PAST_EXPIRY
    city.quorums["timestamp"] = (["timestamp of the new root"], 1)
    city.clock_floor = NOW
    city.publish(at=NOW + 3 * HOUR, root=True)
    assert gate.take()["trust"].outcome == "taken"
    assert Holdings.read(gate.directory).floor.overall == NOW + 3 * HOUR


def test_a_new_root_without_a_demand_leaves_the_floor_alone(gate: Gate, city: City) -> None:
    city.clock_floor = None
    city.publish(at=NOW + HOUR, root=True)
    gate.take()
    assert Holdings.read(gate.directory).floor.overall == NOW + HOUR


@pytest.mark.error("trust-time")
def test_a_demand_on_the_floor_beyond_every_calendar_is_refused(gate: Gate, city: City, tmp_path: Path) -> None:
    city.clock_floor = LATEST + 1
    city.publish(at=NOW + HOUR, root=True)
    assert gate.refusal() is faults.TRUST_TIME
    with pytest.raises(InputError) as error:
        Gate(tmp_path / "other", City(tmp_path / "elsewhere", clock_floor=LATEST + 1))
    assert error.value.fault is faults.TRUST_TIME
    assert Gate(tmp_path / "last", City(tmp_path / "latest", clock_floor=LATEST)).refusal() is faults.TRUST_PAST_EXPIRY
