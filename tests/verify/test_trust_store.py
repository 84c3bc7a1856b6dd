"""Trust: what an import takes, what it refuses by name, and what a terminal still believes when it opens its state."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tuf.api.metadata import Metadata, MetaFile, Targets

from codes.errors import InputError, SetupError
from tests.verify.city import DAY, HOUR, LETTERS, NOW, City, Gate, documents, signer
from verify import faults
from verify.terminal import Holdings
from verify.trust_descent import MAX_METADATA, MAX_TARGET
from verify.trust_store import anchor, open_trust

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codes.errors import Fault


def refusal(gate: Gate, *, at: int | None = None) -> Fault:
    """Import, see the trust refused and the old state kept to the byte; return why."""
    before = gate.snapshot()
    part = gate.take(at=at)["trust"]
    assert part.outcome == "refused"
    assert part.fault is not None
    after = gate.snapshot()
    assert {name: data for name, data in after.items() if name.startswith("trust/")} == {n: d for n, d in before.items() if n.startswith("trust/")}
    return part.fault


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
    threshold = city.quorums[role][1]
    real = city.sign

    def forge(of: str, signed: Targets, by: list[str] | None = None) -> bytes:
        return real(of, signed, ["thief"] * threshold if of == role else by)

    city.sign = forge  # type: ignore[method-assign,assignment]  # because the fixture's publisher is turned into a forger
    city.publish(at=NOW + HOUR)
    assert refusal(gate) is faults.TRUST_UNSIGNED


@pytest.mark.threat("C01")
@pytest.mark.parametrize("count", [0, 1])
def test_fewer_signatures_than_the_threshold_are_refused(gate: Gate, city: City, count: int) -> None:
    city.quorums["targets"] = (city.quorums["targets"][0], 2)
    real = city.sign
    city.sign = lambda of, signed, by=None: real(of, signed, city.quorums["targets"][0][:count] if of == "targets" else by)  # type: ignore[method-assign,misc]  # because the fixture's publisher is short of hands
    city.publish(at=NOW + HOUR)
    assert refusal(gate) is faults.TRUST_UNSIGNED


@pytest.mark.threat("D04")
def test_a_new_root_needs_the_old_threshold_and_the_new_one(gate: Gate, city: City) -> None:
    city.at = NOW + HOUR
    city.rotate(by=["root 0", "root 1"])
    assert refusal(gate) is faults.TRUST_UNSIGNED
    city.versions["root"] = 1
    city.quorums["root"] = ([f"new root {number}" for number in range(5)], 3)
    city.rotate()
    assert refusal(gate) is faults.TRUST_UNSIGNED, "signed by the new owners only"
    city.versions["root"] = 1
    city.rotate(by=[*(f"root {n}" for n in range(3)), *(f"new root {n}" for n in range(3))])
    city.publish()
    assert gate.take()["trust"].outcome == "taken"


@pytest.mark.threat("D05")
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
    assert refusal(gate) is faults.TRUST_ROLLED_BACK


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
    assert refusal(gate) is faults.TRUST_ROLLED_BACK


@pytest.mark.threat("C16")
@pytest.mark.error("trust-mismatch")
def test_a_snapshot_may_not_drop_a_region(gate: Gate, city: City) -> None:
    city.drop_meta = {"CN-SC"}
    city.publish(at=NOW + HOUR)
    assert refusal(gate) is faults.TRUST_MISMATCH


@pytest.mark.threat("C03")
@pytest.mark.error("trust-past-expiry")
@pytest.mark.parametrize(("role", "life"), [("timestamp", DAY), ("snapshot", 7 * DAY), ("CN-CQ", 7 * DAY), ("targets", 90 * DAY), ("root", 365 * DAY)])
def test_expired_metadata_is_refused_from_the_second_it_expires(gate: Gate, city: City, role: str, life: int) -> None:
    before = city.folder.with_name("before")
    shutil.copytree(city.folder, before)
    if role != "timestamp":
        city.at = NOW + life
        city.stamp()
    assert refusal(gate, at=NOW + life) is faults.TRUST_PAST_EXPIRY
    assert gate.take(at=NOW + min(life, DAY) - 1, path=before)["trust"].outcome == "kept"


@pytest.mark.threat("C10")
def test_a_clock_that_fell_back_does_not_revive_expired_trust(tmp_path: Path) -> None:
    city = City(tmp_path / "published", clock_floor=NOW + DAY)
    assert refusal(Gate(tmp_path / "gate", city), at=NOW) is faults.TRUST_PAST_EXPIRY, "by the floor the timestamp is past its day, whatever the clock says"


@pytest.mark.threat("C04")
def test_parts_of_different_publications_do_not_mix(gate: Gate, city: City, tmp_path: Path) -> None:
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


@pytest.mark.error("trust-target-missing")
def test_a_document_that_is_not_there_or_not_what_was_signed_is_refused(gate: Gate, city: City) -> None:
    city.documents["CN-CQ"] = documents("CN-CQ", not_after=NOW + 300 * DAY)
    city.publish(at=NOW + HOUR)
    path = next(path for path in city.folder.glob("targets/CN-CQ/*.status.cbor") if path.read_bytes() == city.documents["CN-CQ"]["status.cbor"])
    path.write_bytes(path.read_bytes() + b"\0")
    assert refusal(gate) is faults.IMPORT_TOO_LARGE, "longer than signed"
    path.write_bytes(path.read_bytes()[:-2] + b"\0")
    assert refusal(gate) is faults.TRUST_MISMATCH
    path.unlink()
    assert refusal(gate) is faults.TRUST_TARGET_MISSING


def test_half_a_region_is_refused_and_a_region_that_publishes_nothing_yet_is_not_there(tmp_path: Path) -> None:
    city = City(tmp_path / "published")
    city.documents["CN-SC"] = {}
    city.publish()
    gate = Gate(tmp_path / "gate", city)
    assert gate.take()["trust"].outcome == "taken"
    assert set(Holdings.read(gate.directory).trust.view.scenes) == {"CN-CQ"}
    city.documents["CN-SC"] = {"issuers.cbor": documents("CN-SC")["issuers.cbor"]}
    city.publish()
    assert refusal(gate) is faults.TRUST_TARGET_MISSING


@pytest.mark.error("trust-file-missing")
@pytest.mark.parametrize("role", ["timestamp", "2.snapshot", "2.CN-CQ"])
def test_a_missing_metadata_file_is_named(gate: Gate, city: City, role: str) -> None:
    city.publish(at=NOW + HOUR)
    (city.folder / "metadata" / f"{role}.json").unlink()
    assert refusal(gate) is faults.TRUST_FILE_MISSING


def test_a_region_that_the_first_snapshot_withholds_is_missed(tmp_path: Path) -> None:
    city = City(tmp_path / "published", drop_meta={"CN-SC"})
    assert refusal(Gate(tmp_path / "gate", city)) is faults.TRUST_FILE_MISSING


@pytest.mark.threat("D01")
@pytest.mark.error("trust-foreign")
@pytest.mark.parametrize("name", ["issuers.cbor", "status.cbor", "scenes.json"])
def test_a_region_speaks_only_for_itself(gate: Gate, city: City, name: str) -> None:
    city.documents["CN-CQ"][name] = documents("CN-SC")[name]
    city.publish(at=NOW + HOUR)
    assert refusal(gate) is faults.TRUST_FOREIGN


@pytest.mark.threat("D02")
def test_a_region_cannot_take_the_others_letter(gate: Gate, city: City) -> None:
    city.documents["CN-CQ"] = documents("CN-CQ", letter="s")
    city.publish(at=NOW + HOUR)
    assert refusal(gate) is faults.TRUST_FOREIGN


@pytest.mark.threat("D01")
def test_a_document_outside_the_paths_of_its_role_is_not_seen(gate: Gate, city: City) -> None:
    real = city.paths
    city.paths = lambda role: "CN-SC/*" if role == "CN-CQ" else real(role)  # type: ignore[method-assign]  # because the fixture's region writes where it may not
    city.documents["CN-CQ"] = documents("CN-SC")
    city.publish(at=NOW + HOUR)
    assert gate.take()["trust"].outcome == "taken"
    assert set(Holdings.read(gate.directory).trust.view.scenes) == {"CN-SC"}


def test_joint_documents_travel_with_the_trust(gate: Gate, city: City) -> None:
    city.joint = {"CN-CQ": {"items.json": b'{"items": []}'}}
    city.publish(at=NOW + HOUR)
    assert gate.take()["trust"].outcome == "taken"
    assert gate.directory.trust_files(gate.directory.load())["targets/joint/CN-CQ/items.json"] == b'{"items": []}'


@pytest.mark.threat("C06")
@pytest.mark.error("import-too-large")
def test_endless_files_are_not_read_to_their_end(gate: Gate, city: City) -> None:
    city.write("metadata/timestamp.json", b" " * (MAX_METADATA + 1))
    assert refusal(gate) is faults.IMPORT_TOO_LARGE
    city.documents["CN-CQ"]["scenes.json"] = b" " * (MAX_TARGET + 1)
    city.publish(at=NOW + HOUR)
    assert refusal(gate) is faults.IMPORT_TOO_LARGE


@pytest.mark.error("import-too-many")
def test_delegations_are_counted(gate: Gate, city: City) -> None:
    for number in range(65):
        city.quorums[f"CN-{number:03}"] = (["region CN-CQ"], 1)
    city.publish(at=NOW + HOUR)
    assert refusal(gate) is faults.IMPORT_TOO_MANY


def test_roles_with_other_names_are_nobody_to_a_terminal(gate: Gate, city: City) -> None:
    city.quorums["soft-ware"] = (["software"], 1)
    city.publish(at=NOW + HOUR)
    assert gate.take()["trust"].outcome == "taken"


def test_targets_without_delegations_leave_a_terminal_without_regions(tmp_path: Path) -> None:
    city = City(tmp_path / "published")
    real = city.sign

    def sign(role: str, signed: Targets, by: list[str] | None = None) -> bytes:
        if role == "targets":
            signed.delegations = None
        return real(role, signed, by)

    city.sign = sign  # type: ignore[method-assign,assignment]  # because the fixture's publisher forgets its delegations
    city.publish()
    gate = Gate(tmp_path / "gate", city)
    assert gate.take()["trust"].outcome == "taken"
    assert not Holdings.read(gate.directory).trust.view.scenes


@pytest.mark.error("trust-shape")
@pytest.mark.parametrize("broken", [b"", b"{}", b"[" * 100_000, b"\xff", b'{"signed": {"_type": "timestamp"}, "signatures": []}'])
def test_broken_metadata_is_refused(gate: Gate, city: City, broken: bytes) -> None:
    city.write("metadata/timestamp.json", broken)
    assert refusal(gate) is faults.TRUST_SHAPE


def test_a_document_without_a_sha256_is_refused(gate: Gate, city: City) -> None:
    real = city.sign

    def sign(role: str, signed: Targets, by: list[str] | None = None) -> bytes:
        if role == "CN-CQ":
            for target in signed.targets.values():
                target.hashes = {"sha512": "00"}
        return real(role, signed, by)

    city.sign = sign  # type: ignore[method-assign,assignment]  # because the fixture's region leaves out its hashes
    city.publish(at=NOW + HOUR)
    assert refusal(gate) is faults.TRUST_SHAPE


@pytest.mark.error("trust-time")
@pytest.mark.parametrize("issued", [None, "now", -1, True, 1 << 40, NOW + 2 * DAY])
def test_a_timestamp_says_when_it_was_signed(gate: Gate, city: City, issued: object) -> None:
    city.extra["timestamp"] = {"x-issued": issued}
    city.publish(at=NOW + HOUR)
    assert refusal(gate) is faults.TRUST_TIME


@pytest.mark.threat("C05")
def test_a_version_number_pushed_to_the_sky_is_forgotten_with_the_stolen_key(gate: Gate, city: City) -> None:
    city.versions |= {"timestamp": 1 << 62, "snapshot": 1 << 62}
    city.publish(at=NOW + HOUR)
    assert gate.take()["trust"].outcome == "taken"
    city.versions |= {"timestamp": 2, "snapshot": 2}
    city.publish(at=NOW + 2 * HOUR)
    assert refusal(gate) is faults.TRUST_ROLLED_BACK
    city.quorums |= {"timestamp": (["timestamp of the new root"], 1), "snapshot": (["snapshot of the new root"], 1)}
    city.versions |= {"timestamp": 3, "snapshot": 3}
    city.publish(at=NOW + 3 * HOUR, root=True)
    assert gate.take()["trust"].outcome == "taken"
    assert Holdings.read(gate.directory).trust.view.version == 4


@pytest.mark.threat("C11")
def test_a_new_root_ends_what_a_stolen_timestamp_key_did_to_the_clock_floor(gate: Gate, city: City) -> None:
    city.extra["timestamp"] = {"x-issued": NOW + 300 * DAY}
    city.at = NOW + HOUR
    real = city.expires
    city.expires = lambda role: real(role).replace(year=2036)  # type: ignore[method-assign]  # because the thief signs long lives
    city.stamp()
    city.expires = real  # type: ignore[method-assign]  # because the publisher is honest again
    assert gate.take()["trust"].outcome == "taken"
    assert Holdings.read(gate.directory).floor.overall == NOW + HOUR + 31 * DAY, "one bounded jump"
    city.extra.clear()
    city.stamp(at=NOW + 2 * HOUR)
    assert refusal(gate) is faults.TRUST_PAST_EXPIRY
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


@pytest.mark.error("trust-root")
@pytest.mark.parametrize("root", [b"", b"{}", b"not json"])
def test_only_a_root_signed_by_itself_can_be_an_anchor(city: City, root: bytes) -> None:
    with pytest.raises(InputError) as error:
        anchor(root)
    assert error.value.fault is faults.TRUST_ROOT
    with pytest.raises(InputError) as error:
        anchor(city.signed["timestamp"].to_bytes())
    assert error.value.fault is faults.TRUST_ROOT
    city.signed["root"].signatures.popitem()
    with pytest.raises(InputError) as error:
        anchor(city.signed["root"].to_bytes())
    assert error.value.fault is faults.TRUST_ROOT


def test_an_anchor_gives_the_first_floor(city: City, tmp_path: Path) -> None:
    assert anchor(city.root_file)[1] == NOW - 30 * DAY
    assert anchor(City(tmp_path / "other", clock_floor=None).root_file)[1] == 0
    assert Gate(tmp_path / "gate", city).directory.load().floor == NOW - 30 * DAY


@pytest.mark.error("trust-absent")
def test_a_terminal_that_has_imported_nothing_says_so(city: City, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate", city)
    with pytest.raises(SetupError) as error:
        Holdings.read(gate.directory)
    assert error.value.fault is faults.TRUST_ABSENT


def test_opening_has_no_regard_to_expiry(gate: Gate) -> None:
    files = gate.directory.trust_files(gate.directory.load())
    assert open_trust(files).view.expires == NOW + DAY, "it is for each scan to find that this has passed"


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _resigned(data: bytes) -> bytes:
    metadata: Metadata[Targets] = Metadata.from_bytes(data)
    metadata.sign(signer("thief"))
    return metadata.to_bytes()


@pytest.mark.threat("C07")
@pytest.mark.error("trust-damaged")
@pytest.mark.parametrize("spoil", [_cut, _resigned, lambda _: None], ids=["cut", "signed anew", "gone"])
@pytest.mark.parametrize("name", ["root", "timestamp", "snapshot", "targets", "CN-CQ"])
def test_stored_metadata_is_verified_again_at_every_opening(gate: Gate, name: str, spoil: Callable[[bytes], bytes | None]) -> None:
    files = dict(gate.directory.trust_files(gate.directory.load()))
    spoilt = spoil(files.pop(f"metadata/{name}.json"))
    if spoilt is not None:
        files[f"metadata/{name}.json"] = spoilt
    with pytest.raises(SetupError) as error:
        open_trust(files)
    assert error.value.fault is (faults.TRUST_ABSENT if name == "timestamp" and spoilt is None else faults.TRUST_DAMAGED)


@pytest.mark.threat("C07")
def test_stored_documents_are_verified_again_at_every_opening(gate: Gate) -> None:
    files = dict(gate.directory.trust_files(gate.directory.load()))
    for spoilt in ({"targets/CN-CQ/issuers.cbor": documents("CN-SC")["issuers.cbor"]}, {"targets/CN-CQ/issuers.cbor": b""}):
        with pytest.raises(SetupError) as error:
            open_trust(files | spoilt)
        assert error.value.fault is faults.TRUST_DAMAGED


def test_an_import_mends_what_the_disk_spoilt(gate: Gate) -> None:
    path = gate.path / "trust" / "2" / "metadata" / "CN-CQ.json"
    whole = path.read_bytes()
    path.write_bytes(_cut(whole))
    assert gate.take()["trust"].outcome == "taken"
    assert Holdings.read(gate.directory).trust.view.version == 1


def test_metadata_of_a_known_version_may_not_have_other_bytes(gate: Gate, city: City) -> None:
    """Equal version, other content: the snapshot's hash is over the bytes that were signed first."""
    city.versions["CN-CQ"] -= 1
    city.documents["CN-CQ"] = documents("CN-CQ", not_after=NOW + 300 * DAY)
    city.region("CN-CQ")
    city.write("metadata/1.CN-CQ.json", city.signed["CN-CQ"].to_bytes())
    meta: MetaFile = city.signed["timestamp"].signed.snapshot_meta
    city.stamp(meta, at=NOW + HOUR)
    assert gate.take()["trust"].outcome == "taken"
    assert Holdings.read(gate.directory).trust.view.authorities["CN-CQ"].keys[0].not_after == NOW + 400 * DAY
