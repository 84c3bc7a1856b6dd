"""What the regions say in their documents, and what a terminal does not let them say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tuf.api.metadata import Metadata, Snapshot, Targets

from codes import faults as form
from codes.errors import SetupError
from tests.verify.city import DAY, HOUR, LETTERS, NOW, City, Gate, code, documents, lines, signer, when
from verify import faults
from verify.terminal import Holdings
from verify.trust_source import MAX_TARGET
from verify.trust_store import open_trust

if TYPE_CHECKING:
    from pathlib import Path

    from codes.errors import Fault


def apart(gate: Gate, region: str) -> Fault | None:
    """Import; the trust is taken but for one region, whose documents in force stay so through a new opening and the next import. Return why."""
    before = Holdings.read(gate.directory).trust.regions.get(region)
    report = gate.take()
    assert {name for name, part in report.items() if part.outcome == "refused"} == {f"trust/{region}"}
    assert report["trust"].outcome == "taken"
    for _ in range(2):
        trust = Holdings.read(gate.directory).trust
        assert trust.regions.get(region) == before
        assert trust.versions["timestamp"] == gate.city.versions["timestamp"]
        again = gate.take()
        assert (again["trust"].outcome, again[f"trust/{region}"].outcome) == ("kept", "refused")
    return report[f"trust/{region}"].fault


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
    assert apart(gate, "CN-SC") is faults.TRUST_TARGET_MISSING
    assert set(Holdings.read(gate.directory).trust.view.scenes) == {"CN-CQ"}


def test_a_region_that_the_first_snapshot_withholds_is_missed(tmp_path: Path) -> None:
    city = City(tmp_path / "published", drop_meta={"CN-SC"})
    assert Gate(tmp_path / "gate", city).refusal() is faults.TRUST_FILE_MISSING


@pytest.mark.threat("D01")
@pytest.mark.error("trust-foreign")
@pytest.mark.parametrize("name", ["issuers.cbor", "status.cbor", "scenes.json"])
def test_a_region_speaks_only_for_itself(gate: Gate, city: City, name: str) -> None:
    city.documents["CN-CQ"][name] = documents("CN-SC")[name]
    city.publish(at=NOW + HOUR)
    assert apart(gate, "CN-CQ") is faults.TRUST_FOREIGN


@pytest.mark.threat("D02")
def test_a_region_cannot_take_the_others_letter(gate: Gate, city: City) -> None:
    city.documents["CN-CQ"] = documents("CN-CQ", letter="s")
    city.publish(at=NOW + HOUR)
    assert apart(gate, "CN-CQ") is faults.TRUST_FOREIGN
    assert {region: authority.letter for region, authority in Holdings.read(gate.directory).trust.view.authorities.items()} == LETTERS


def test_regions_may_exchange_their_letters_and_a_letter_that_nobody_has_is_nobodys(gate: Gate, city: City) -> None:
    city.documents = {"CN-CQ": documents("CN-CQ", letter="s"), "CN-SC": documents("CN-SC", letter="c")}
    city.publish(at=NOW + HOUR)
    assert gate.take()["trust"].outcome == "taken"
    city.documents = {region: documents(region, letter="x") for region in LETTERS}
    city.publish()
    assert {part for part, found in gate.take().items() if found.outcome == "refused" and part.startswith("trust")} == {"trust/CN-CQ", "trust/CN-SC"}
    held = Holdings.read(gate.directory).trust
    assert {region: authority.letter for region, authority in held.view.authorities.items()} == {"CN-CQ": "s", "CN-SC": "c"}


BROKEN = {"issuers.cbor": b"\x80", "status.cbor": b"", "scenes.json": b"{"}


@pytest.mark.parametrize("name", BROKEN)
def test_what_one_region_breaks_does_not_hold_back_the_news_of_another(gate: Gate, city: City, name: str) -> None:
    """The broken region brings news in its other documents too: none of it is mixed with what is in force."""
    city.documents["CN-SC"] = documents("CN-SC", not_after=NOW + 300 * DAY) | {name: BROKEN[name]}
    city.documents["CN-CQ"] = documents("CN-CQ", not_after=NOW + 200 * DAY)
    city.publish(at=NOW + HOUR)
    assert apart(gate, "CN-SC") in {form.DOCUMENT_SHAPE, form.CBOR_TRUNCATED, form.DOCUMENT_JSON}
    trust = Holdings.read(gate.directory).trust
    assert {region: authority.keys[0].not_after for region, authority in trust.view.authorities.items()} == {
        "CN-CQ": NOW + 200 * DAY,
        "CN-SC": NOW + 400 * DAY,
    }
    assert (trust.versions["CN-CQ"], trust.versions["CN-SC"]) == (2, 1)
    assert gate.command("scan", lines=lines(code(NOW + HOUR, region="CN-SC")), at=NOW + HOUR)[1][0]["verdict"] == "accepted"
    city.documents["CN-SC"] = documents("CN-SC", not_after=NOW + 100 * DAY)
    city.publish()
    assert gate.take()["trust"].outcome == "taken"
    mended = Holdings.read(gate.directory).trust
    assert mended.view.authorities["CN-SC"].keys[0].not_after == NOW + 100 * DAY
    assert not any(file.startswith("kept/") for file in mended.files)


def test_a_region_that_never_had_anything_in_force_is_not_there_when_it_begins_badly(tmp_path: Path) -> None:
    city = City(tmp_path / "published")
    city.documents["CN-SC"]["scenes.json"] = b"{"
    city.publish()
    gate = Gate(tmp_path / "gate", city)
    assert gate.take()["trust/CN-SC"].fault is form.DOCUMENT_JSON
    assert set(Holdings.read(gate.directory).trust.view.scenes) == {"CN-CQ"}
    city.publish(at=NOW + HOUR)
    assert apart(gate, "CN-SC") is form.DOCUMENT_JSON


def test_where_no_region_can_be_believed_nothing_is_taken(tmp_path: Path) -> None:
    city = City(tmp_path / "published")
    for region in LETTERS:
        city.documents[region]["scenes.json"] = b"{"
    city.publish()
    assert Gate(tmp_path / "gate", city).refusal() is form.DOCUMENT_JSON


@pytest.mark.parametrize("why", ["its key was taken away", "its paths were taken away", "it is out of date"])
def test_what_was_in_force_does_not_stay_so_for_ever(gate: Gate, city: City, why: str) -> None:
    city.documents["CN-SC"]["scenes.json"] = b"{"
    at = NOW + HOUR
    if why == "its key was taken away":
        city.quorums["CN-SC"] = (["region CN-SC anew"], 1)
    elif why == "its paths were taken away":
        city.alter["targets"] = lambda targets: setattr(targets.delegations.roles["CN-SC"], "paths", ["CN-SC/s*"])
    else:
        at = NOW + 7 * DAY
    city.publish(at=at)
    assert gate.take()["trust/CN-SC"].outcome == "refused"
    assert set(Holdings.read(gate.directory).trust.view.scenes) == {"CN-CQ"}


@pytest.mark.threat("C07")
@pytest.mark.error("trust-damaged")
def test_what_stayed_in_force_is_verified_again_at_every_opening(gate: Gate, city: City) -> None:
    city.documents["CN-SC"]["scenes.json"] = b"{"
    city.publish(at=NOW + HOUR)
    gate.take()
    files = gate.directory.trust_files(gate.directory.load())
    signed = signer("region CN-SC")
    half: Metadata[Targets] = Metadata.from_bytes(files["kept/CN-SC.json"])
    del half.signed.targets["CN-SC/scenes.json"]
    half.sign(signed)
    other = Metadata(Snapshot(expires=when(NOW + DAY)))
    other.sign(signed)
    spoilt = {
        "kept/CN-SC.json": [b"{}", half.to_bytes(), other.to_bytes(), files["metadata/CN-CQ.json"]],
        "targets/CN-SC/issuers.cbor": [b"", documents("CN-CQ")["issuers.cbor"]],
    }
    for name, contents in spoilt.items():
        for content in contents:
            with pytest.raises(SetupError) as error:
                open_trust({**files, name: content})
            assert error.value.fault is faults.TRUST_DAMAGED


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
    assert apart(gate, "CN-CQ") is faults.TRUST_SHAPE


def test_a_document_larger_than_any_is_not_asked_for(gate: Gate, city: City) -> None:
    def huge(region: Targets) -> None:
        for target in region.targets.values():
            target.length = MAX_TARGET + 1

    city.alter["CN-CQ"] = huge
    city.publish(at=NOW + HOUR)
    assert apart(gate, "CN-CQ") is faults.IMPORT_TOO_LARGE
