"""Rotations of the root, joint documents, and folders with trouble: a repository is never left half-way."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import Metadata, Root, TargetFile, Targets

from codes.errors import SetupError
from codes.trust import decode_status_authority
from ecard import faults
from ecard.ceremony import Lives, Quorum, RoleKey, sign
from ecard.folder import sole_writer
from ecard.keyring import Keyring
from ecard.trustrepo import RegionDocuments, TrustRepository
from tests.ecard.published import AT, KEYS, NOON, PlainClient, documents, files, found, metadata

if TYPE_CHECKING:
    from pathlib import Path

ONLINE = ("snapshot", "timestamp")
LATER = AT + timedelta(hours=3)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    found(tmp_path / "published")
    return tmp_path / "published"


@pytest.fixture
def client(published: Path, tmp_path: Path) -> PlainClient:
    return PlainClient(published, tmp_path / "client")


# ------------------------------------------------------------------------------------------------------------- rotation


def strangers() -> Keyring:
    return Keyring.derived(b"the keys after the rotation")


@pytest.mark.threat("D04")
def test_old_clients_walk_to_a_root_of_new_keys(published: Path, client: PlainClient) -> None:
    client.updater()
    fresh = strangers()
    both = (*KEYS.trust_signers("root"), *fresh.trust_signers())
    assert TrustRepository(published).rotate_root(fresh.authorities(), both, at=LATER, clock_floor=NOON) == 2
    assert client.read("CN-CQ/issuers.cbor", at=LATER) == documents("CN-CQ").files()["CN-CQ/issuers.cbor"]
    assert metadata(published, "2.root.json")["x-clock-floor"] == NOON
    with pytest.raises(SetupError):
        TrustRepository(published).refresh(KEYS.trust_signers(*ONLINE), at=LATER)
    TrustRepository(published).refresh(fresh.trust_signers(*ONLINE), at=LATER)


@pytest.mark.parametrize(("old", "new", "missing"), [(2, 5, "root-3"), (5, 2, "root-3")])
def test_a_new_root_needs_the_old_threshold_and_the_new_one(published: Path, old: int, new: int, missing: str) -> None:
    fresh = strangers()
    online = [signer for signer in fresh.trust_signers() if signer not in fresh.trust_signers("root")]
    came = (*KEYS.trust_signers("root")[:old], *fresh.trust_signers("root")[:new], *online)
    before = files(published)
    with pytest.raises(SetupError) as refused:
        TrustRepository(published).rotate_root(fresh.authorities(), came, at=LATER)
    assert missing in str(refused.value.facts["missing"])
    assert files(published) == before


def test_a_rotation_that_changes_no_key_signs_root_and_the_online_roles_only(published: Path) -> None:
    before = files(published)
    TrustRepository(published).rotate_root(KEYS.authorities(), KEYS.trust_signers("root", *ONLINE), at=LATER)
    assert {path for path in files(published) if path not in before} == {"metadata/2.root.json", "metadata/4.snapshot.json"}


def test_a_rotation_renews_targets_that_have_grown_old(published: Path, client: PlainClient) -> None:
    later = AT + timedelta(days=80)
    with pytest.raises(SetupError):
        TrustRepository(published).rotate_root(KEYS.authorities(), KEYS.trust_signers("root", *ONLINE), at=later)
    TrustRepository(published).rotate_root(KEYS.authorities(), KEYS.trust_signers("root", "targets", *ONLINE), at=later)
    assert (published / "metadata" / "2.targets.json").exists()
    client.updater(at=later)


def test_one_regions_key_is_replaced_without_touching_the_other(published: Path, client: PlainClient) -> None:
    fresh, old = strangers(), KEYS.authorities()
    changed = replace(old, regions={**old.regions, "CN-CQ": fresh.authorities().regions["CN-CQ"]})
    came = (*KEYS.trust_signers("root", "targets", *ONLINE), *fresh.trust_signers("CN-CQ"))
    TrustRepository(published).rotate_root(changed, came, at=LATER)
    assert (published / "metadata" / "3.CN-CQ.json").exists()
    assert not (published / "metadata" / "3.CN-SC.json").exists()
    assert client.read("CN-CQ/issuers.cbor", at=LATER)
    assert client.read("CN-SC/issuers.cbor", at=LATER)


def test_a_third_region_joins_by_a_rotation(published: Path, client: PlainClient) -> None:
    three = Keyring.derived(b"the third region", regions=("CN-GZ",))
    key = RoleKey(name="CN-GZ.trust", holder="CN-GZ", public=three.trust_signers("CN-GZ")[0].public_key())
    joint = RoleKey(name="CN-GZ.joint", holder="CN-GZ", public=three.trust_signers("CN-GZ")[1].public_key())
    old = KEYS.authorities()
    larger = replace(
        old,
        regions={**old.regions, "CN-GZ": Quorum(keys=(key,), threshold=1)},
        joint={**old.joint, "CN-GZ": Quorum(keys=(joint,), threshold=1)},
    )
    repository = TrustRepository(published)
    with pytest.raises(SetupError) as unknown:
        repository.publish_joint("CN-GZ", {"items.json": b"{}"}, three.trust_signers(), at=LATER)
    assert unknown.value.fault is faults.TRUST_REGION
    came = (*KEYS.trust_signers("root", "targets", *ONLINE), *three.trust_signers("CN-GZ"))
    repository.rotate_root(larger, came, at=LATER)
    repository.publish_joint("CN-GZ", {"items.json": b"{}"}, (*KEYS.trust_signers(*ONLINE), *three.trust_signers("CN-GZ")), at=LATER)
    assert client.read("joint/CN-GZ/items.json", at=LATER) == b"{}"


# ------------------------------------------------------------------------------------------------------ joint documents


def test_a_joint_document_counts_only_when_both_regions_publish_the_same_bytes(published: Path) -> None:
    repository = TrustRepository(published)
    assert repository.joint_document("items.json") is None
    repository.publish_joint("CN-CQ", {"items.json": b"[1]"}, KEYS.trust_signers("CN-CQ", *ONLINE), at=LATER)
    assert repository.joint_document("items.json") is None
    repository.publish_joint("CN-SC", {"items.json": b"[2]"}, KEYS.trust_signers("CN-SC", *ONLINE), at=LATER)
    assert repository.joint_document("items.json") is None
    repository.publish_joint("CN-SC", {"items.json": b"[1]"}, KEYS.trust_signers("CN-SC", *ONLINE), at=LATER)
    assert repository.joint_document("items.json") == b"[1]"


# ------------------------------------------------------------------------------------------------ a folder with trouble


def test_a_run_that_died_before_the_timestamp_changed_nothing_and_its_numbers_stay_unused(
    published: Path, client: PlainClient, tmp_path: Path
) -> None:
    shutil.copytree(published, tmp_path / "copy")
    TrustRepository(tmp_path / "copy").publish(documents("CN-CQ", epoch=7), KEYS.trust_signers("CN-CQ", *ONLINE), at=LATER)
    for name in ("3.CN-CQ.json", "4.snapshot.json"):
        shutil.copy(tmp_path / "copy" / "metadata" / name, published / "metadata" / name)
    dead = files(published)
    assert decode_status_authority(client.read("CN-CQ/status.cbor") or b"").epoch == 1
    TrustRepository(published).publish(documents("CN-CQ", epoch=8), KEYS.trust_signers("CN-CQ", *ONLINE), at=LATER)
    assert decode_status_authority(client.read("CN-CQ/status.cbor", at=LATER) or b"").epoch == 8
    assert files(published)["metadata/3.CN-CQ.json"] == dead["metadata/3.CN-CQ.json"]
    assert metadata(published, "4.CN-CQ.json")["version"] == 4


@pytest.mark.error("publisher-clock-back")
def test_a_publisher_whose_clock_went_back_signs_nothing(published: Path) -> None:
    before = files(published)
    with pytest.raises(SetupError) as refused:
        TrustRepository(published).refresh(KEYS.trust_signers(*ONLINE), at=AT - timedelta(seconds=1))
    assert refused.value.fault is faults.PUBLISHER_CLOCK
    assert refused.value.facts == {"behind_s": 1}
    assert files(published) == before


@pytest.mark.error("publisher-busy")
def test_two_publishers_never_write_at_once(published: Path) -> None:
    with sole_writer(published / "metadata"), pytest.raises(SetupError) as refused:
        TrustRepository(published).refresh(KEYS.trust_signers(*ONLINE), at=LATER)
    assert refused.value.fault is faults.PUBLISHER_BUSY


@pytest.mark.error("trust-exists")
def test_a_repository_is_never_founded_twice(published: Path) -> None:
    with pytest.raises(SetupError) as refused:
        TrustRepository.create(published, KEYS.authorities(), KEYS.trust_signers(), at=AT)
    assert refused.value.fault is faults.TRUST_EXISTS


@pytest.mark.error("trust-broken")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("timestamp.json", None),
        ("timestamp.json", b"{}"),
        ("timestamp.json", b"\xff"),
        ("3.snapshot.json", None),
        ("1.targets.json", b"[]"),
        ("2.CN-CQ.json", None),
        ("1.root.json", None),
    ],
)
def test_a_damaged_folder_is_named_and_left_alone(published: Path, name: str, content: bytes | None) -> None:
    path = published / "metadata" / name
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(SetupError) as refused:
        TrustRepository(published).renew(KEYS.trust_signers("CN-CQ", *ONLINE), at=LATER)
    assert refused.value.fault is faults.TRUST_BROKEN
    assert refused.value.facts["file"] == name


def test_metadata_of_another_role_in_the_place_of_the_timestamp_is_broken(published: Path) -> None:
    shutil.copy(published / "metadata" / "1.root.json", published / "metadata" / "timestamp.json")
    with pytest.raises(SetupError) as refused:
        TrustRepository(published).expiries()
    assert refused.value.fault is faults.TRUST_BROKEN


def test_a_snapshot_that_forgets_a_role_is_broken(published: Path) -> None:
    path = published / "metadata" / "3.snapshot.json"
    document = json.loads(path.read_bytes())
    del document["signed"]["meta"]["CN-CQ.json"]
    path.write_bytes(json.dumps(document).encode())
    with pytest.raises(SetupError) as refused:
        TrustRepository(published).expiries()
    assert refused.value.facts["file"] == "CN-CQ.json"


@pytest.mark.error("folder-unwritable")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "published").write_bytes(b"a file in the way")
    with pytest.raises(SetupError) as refused:
        found(tmp_path / "published")
    assert refused.value.fault is faults.FOLDER_UNWRITABLE


@pytest.mark.error("trust-region")
def test_a_region_without_a_role_publishes_nothing(published: Path) -> None:
    with pytest.raises(SetupError) as refused:
        TrustRepository(published).publish_joint("CN-YN", {}, KEYS.trust_signers(), at=LATER)
    assert refused.value.fault is faults.TRUST_REGION


# ----------------------------------------------------------------------------------------------------- our own mistakes


def test_documents_that_speak_for_two_regions_are_a_bug() -> None:
    mixed, other = documents("CN-CQ"), documents("CN-SC")
    with pytest.raises(ValueError, match="another region"):
        RegionDocuments(issuers=mixed.issuers, authority=mixed.authority, scenes=other.scenes)


def test_a_naive_time_is_a_bug(published: Path) -> None:
    with pytest.raises(ValueError, match="zone"):
        TrustRepository(published).refresh(KEYS.trust_signers(), at=datetime(2026, 11, 21, 8))  # noqa: DTZ001 because a naive time is the point


@pytest.mark.parametrize("lives", [{"delegated": timedelta(days=8)}, {"timestamp": timedelta(0)}])
def test_lives_that_contradict_the_rules_do_not_exist(lives: dict[str, timedelta]) -> None:
    with pytest.raises(ValueError, match="7 days"):
        Lives(**lives)


def test_a_signature_by_a_stranger_is_not_added(published: Path) -> None:
    root = Metadata[Root].from_file(str(published / "metadata" / "1.root.json")).signed
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    targets = Targets(targets={"x": TargetFile.from_data("x", b"", ["sha256"])}, expires=LATER)
    signed = Metadata[Targets].from_bytes(sign(targets, "targets", (stranger, *KEYS.trust_signers("targets")), root))
    assert len(signed.signatures) == 3
    with pytest.raises(UnsignedMetadataError):
        root.verify_delegate("snapshot", signed.signed_bytes, signed.signatures)
