"""What the regions say in their documents, and what a terminal does not let them say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.verify.city import DAY, HOUR, NOW, City, Gate, documents
from verify import faults
from verify.terminal import Holdings

if TYPE_CHECKING:
    from pathlib import Path

    from tuf.api.metadata import Targets


@pytest.mark.error("trust-target-missing")
def test_a_document_that_is_not_there_or_not_what_was_signed_is_refused(gate: Gate, city: City) -> None:
    city.documents["CN-CQ"] = documents("CN-CQ", not_after=NOW + 300 * DAY)
    city.publish(at=NOW + HOUR)
    path = next(path for path in city.folder.glob("targets/CN-CQ/*.status.cbor") if path.read_bytes() == city.documents["CN-CQ"]["status.cbor"])
    path.write_bytes(path.read_bytes() + b"\0")
    assert gate.refusal() is faults.IMPORT_TOO_LARGE, "longer than signed"
    path.write_bytes(path.read_bytes()[:-2] + b"\0")
    assert gate.refusal() is faults.TRUST_MISMATCH
    path.unlink()
    assert gate.refusal() is faults.TRUST_TARGET_MISSING


def test_half_a_region_is_refused_and_a_region_that_publishes_nothing_yet_is_not_there(tmp_path: Path) -> None:
    city = City(tmp_path / "published")
    city.documents["CN-SC"] = {}
    city.publish()
    gate = Gate(tmp_path / "gate", city)
    assert gate.take()["trust"].outcome == "taken"
    assert set(Holdings.read(gate.directory).trust.view.scenes) == {"CN-CQ"}
    city.documents["CN-SC"] = {"issuers.cbor": documents("CN-SC")["issuers.cbor"]}
    city.publish()
    assert gate.refusal() is faults.TRUST_TARGET_MISSING


def test_a_region_that_the_first_snapshot_withholds_is_missed(tmp_path: Path) -> None:
    city = City(tmp_path / "published", drop_meta={"CN-SC"})
    assert Gate(tmp_path / "gate", city).refusal() is faults.TRUST_FILE_MISSING


@pytest.mark.threat("D01")
@pytest.mark.error("trust-foreign")
@pytest.mark.parametrize("name", ["issuers.cbor", "status.cbor", "scenes.json"])
def test_a_region_speaks_only_for_itself(gate: Gate, city: City, name: str) -> None:
    city.documents["CN-CQ"][name] = documents("CN-SC")[name]
    city.publish(at=NOW + HOUR)
    assert gate.refusal() is faults.TRUST_FOREIGN


@pytest.mark.threat("D02")
def test_a_region_cannot_take_the_others_letter(gate: Gate, city: City) -> None:
    city.documents["CN-CQ"] = documents("CN-CQ", letter="s")
    city.publish(at=NOW + HOUR)
    assert gate.refusal() is faults.TRUST_FOREIGN


@pytest.mark.threat("D01")
def test_a_document_outside_the_paths_of_its_role_is_not_seen(gate: Gate, city: City) -> None:
    city.elsewhere["CN-CQ"] = "CN-SC/*"
    city.documents["CN-CQ"] = documents("CN-SC")
    city.publish(at=NOW + HOUR)
    assert gate.take()["trust"].outcome == "taken"
    assert set(Holdings.read(gate.directory).trust.view.scenes) == {"CN-SC"}


def test_joint_documents_travel_with_the_trust(gate: Gate, city: City) -> None:
    city.joint = {"CN-CQ": {"items.json": b'{"items": []}'}}
    city.publish(at=NOW + HOUR)
    assert gate.take()["trust"].outcome == "taken"
    assert gate.directory.trust_files(gate.directory.load())["targets/joint/CN-CQ/items.json"] == b'{"items": []}'


@pytest.mark.error("import-too-many")
def test_delegations_are_counted(gate: Gate, city: City) -> None:
    for number in range(65):
        city.quorums[f"CN-{number:03}"] = (["region CN-CQ"], 1)
    city.publish(at=NOW + HOUR)
    assert gate.refusal() is faults.IMPORT_TOO_MANY


def test_roles_with_other_names_are_nobody_to_a_terminal(gate: Gate, city: City) -> None:
    city.quorums["soft-ware"] = (["software"], 1)
    city.publish(at=NOW + HOUR)
    assert gate.take()["trust"].outcome == "taken"


def test_targets_without_delegations_leave_a_terminal_without_regions(tmp_path: Path) -> None:
    city = City(tmp_path / "published")
    city.alter["targets"] = lambda targets: setattr(targets, "delegations", None)
    city.publish()
    gate = Gate(tmp_path / "gate", city)
    assert gate.take()["trust"].outcome == "taken"
    assert not Holdings.read(gate.directory).trust.view.scenes


def test_a_document_without_a_sha256_is_refused(gate: Gate, city: City) -> None:
    def other_hash(region: Targets) -> None:
        for target in region.targets.values():
            target.hashes = {"sha512": "00"}

    city.alter["CN-CQ"] = other_hash
    city.publish(at=NOW + HOUR)
    assert gate.refusal() is faults.TRUST_SHAPE
