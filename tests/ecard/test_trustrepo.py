"""The trust repository: what a plain TUF client reads, and who must sign."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tuf.api.exceptions import BadVersionNumberError, ExpiredMetadataError, LengthOrHashMismatchError

from codes.errors import SetupError
from codes.scenes import decode_scenes
from codes.trust import decode_issuers, decode_status_authority
from ecard import faults
from ecard.ceremony import Authorities, Quorum
from ecard.trustrepo import TrustRepository
from tests.ecard.published import AT, KEYS, NOON, PlainClient, documents, files, found, metadata

if TYPE_CHECKING:
    from collections.abc import Callable
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


# -------------------------------------------------------------------------------------------------- what a client reads


def test_a_plain_client_reads_both_regions_from_root_one(client: PlainClient) -> None:
    for region in KEYS.regions:
        read = [client.read(f"{region}/{name}") for name in ("issuers.cbor", "status.cbor", "scenes.json")]
        issuers, authority, scenes = (content or b"" for content in read)
        assert list(decode_issuers(issuers)) == documents(region).issuers
        assert decode_status_authority(authority).keys[0].key == KEYS.status(region).public_key
        assert decode_scenes(scenes) == documents(region).scenes


def test_the_folder_has_the_agreed_names(published: Path) -> None:
    names = {path for path in files(published) if "." in path}
    assert {"metadata/1.root.json", "metadata/1.targets.json", "metadata/3.snapshot.json", "metadata/timestamp.json"} <= names
    assert {"metadata/2.CN-CQ.json", "metadata/2.CN-SC.json", "metadata/1.joint-CN-CQ.json", "metadata/1.joint-CN-SC.json"} <= names
    target = metadata(published, "2.CN-CQ.json")["targets"]["CN-CQ/issuers.cbor"]["hashes"]["sha256"]
    assert f"targets/CN-CQ/{target}.issuers.cbor" in names
    assert not [path for path in files(published) if path.endswith(".part")]


def test_a_timestamp_says_when_it_was_signed_and_a_root_may_set_the_clock_floor(tmp_path: Path) -> None:
    TrustRepository.create(tmp_path, KEYS.authorities(), KEYS.trust_signers(), at=AT + timedelta(microseconds=999), clock_floor=NOON - 5)
    assert metadata(tmp_path, "timestamp.json")["x-issued"] == NOON
    assert metadata(tmp_path, "1.root.json")["x-clock-floor"] == NOON - 5


def test_the_roles_have_the_agreed_thresholds_paths_and_lives(published: Path) -> None:
    root, top = metadata(published, "1.root.json"), metadata(published, "1.targets.json")
    assert {role: (entry["threshold"], len(entry["keyids"])) for role, entry in root["roles"].items()} == {
        "root": (3, 5),
        "targets": (2, 3),
        "snapshot": (1, 1),
        "timestamp": (1, 1),
    }
    assert {role["name"]: (role["paths"], role["terminating"]) for role in top["delegations"]["roles"]} == {
        "CN-CQ": (["CN-CQ/*"], True),
        "CN-SC": (["CN-SC/*"], True),
        "joint-CN-CQ": (["joint/CN-CQ/*"], True),
        "joint-CN-SC": (["joint/CN-SC/*"], True),
    }
    expires = TrustRepository(published).expiries()
    assert {role: (when - AT).days for role, when in expires.items()} == {
        "root": 365,
        "targets": 90,
        "snapshot": 7,
        "timestamp": 7,
        "CN-CQ": 7,
        "CN-SC": 7,
        "joint-CN-CQ": 7,
        "joint-CN-SC": 7,
    }


def test_the_same_history_makes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        found(tmp_path / name)
        repository = TrustRepository(tmp_path / name)
        repository.refresh(KEYS.trust_signers(*ONLINE), at=LATER)
        repository.rotate_root(KEYS.authorities(), KEYS.trust_signers(), at=LATER)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_a_new_version_leaves_every_older_file_as_it_was(published: Path, client: PlainClient) -> None:
    before = files(published)
    TrustRepository(published).publish(documents("CN-CQ", epoch=2), KEYS.trust_signers("CN-CQ", *ONLINE), at=LATER)
    after = files(published)
    assert {path for path in before if after.get(path) != before[path]} == {"metadata/timestamp.json"}
    assert decode_status_authority(client.read("CN-CQ/status.cbor", at=LATER) or b"").epoch == 2
    assert metadata(published, "3.CN-CQ.json")["version"] == 3


def test_a_client_that_has_seen_the_new_refuses_the_old(published: Path, client: PlainClient, tmp_path: Path) -> None:
    shutil.copytree(published, tmp_path / "old")
    TrustRepository(published).refresh(KEYS.trust_signers(*ONLINE), at=LATER)
    client.updater(at=LATER)
    client.published = tmp_path / "old"
    with pytest.raises(BadVersionNumberError):
        client.updater(at=LATER)


def test_an_expired_timestamp_is_refused_and_a_refresh_mends_it(published: Path, client: PlainClient) -> None:
    later = AT + timedelta(days=7)
    with pytest.raises(ExpiredMetadataError):
        client.updater(at=later)
    TrustRepository(published).refresh(KEYS.trust_signers(*ONLINE), at=later)
    client.updater(at=later)


def test_a_refresh_signs_the_snapshot_only_when_half_its_life_is_gone(published: Path, client: PlainClient) -> None:
    repository = TrustRepository(published)
    repository.refresh(KEYS.trust_signers("timestamp"), at=AT + timedelta(days=3))
    assert not (published / "metadata" / "4.snapshot.json").exists()
    with pytest.raises(SetupError):
        repository.refresh(KEYS.trust_signers("timestamp"), at=AT + timedelta(days=4))
    repository.refresh(KEYS.trust_signers(*ONLINE), at=AT + timedelta(days=4))
    assert (published / "metadata" / "4.snapshot.json").exists()
    client.updater(at=AT + timedelta(days=4))


def test_delegated_roles_are_renewed_without_a_change_by_whoever_holds_their_keys(published: Path, client: PlainClient) -> None:
    day6 = AT + timedelta(days=6)
    assert TrustRepository(published).renew(KEYS.trust_signers("CN-CQ", *ONLINE), at=day6) == ("CN-CQ", "joint-CN-CQ")
    day8 = AT + timedelta(days=8)
    TrustRepository(published).refresh(KEYS.trust_signers(*ONLINE), at=day8)
    assert client.read("CN-CQ/issuers.cbor", at=day8)
    with pytest.raises(ExpiredMetadataError):
        client.read("CN-SC/issuers.cbor", at=day8)


# --------------------------------------------------------------------------------------------------------- who may sign


@pytest.mark.error("trust-signers-missing")
@pytest.mark.threat("D04")
def test_too_few_signers_sign_nothing_and_the_missing_are_named(tmp_path: Path) -> None:
    came = [signer for signer in KEYS.trust_signers() if signer not in KEYS.trust_signers("root")[2:]]
    with pytest.raises(SetupError) as refused:
        TrustRepository.create(tmp_path, KEYS.authorities(), came, at=AT)
    assert refused.value.fault is faults.TRUST_SIGNERS_MISSING
    assert refused.value.facts == {"role": "root", "threshold": 3, "came": 2, "missing": "root-3, root-4, root-5"}
    assert not files(tmp_path)


@pytest.mark.parametrize(("region", "signer"), [("CN-CQ", "CN-SC"), ("CN-SC", "CN-CQ"), ("CN-CQ", "targets")])
def test_a_region_speaks_only_with_its_own_key(published: Path, region: str, signer: str) -> None:
    before = files(published)
    with pytest.raises(SetupError) as refused:
        TrustRepository(published).publish(documents(region), KEYS.trust_signers(signer, *ONLINE), at=LATER)
    assert refused.value.facts["role"] == region
    assert refused.value.facts["missing"] == f"{region}.trust"
    assert files(published) == before


@pytest.mark.threat("D01")
def test_a_region_cannot_speak_for_another_even_when_it_signs(published: Path, client: PlainClient) -> None:
    """The keys of CN-SC, snapshot and timestamp together put CN-CQ's issuers into CN-SC's metadata: the path is not theirs, so nobody looks."""
    forged = documents("CN-CQ", epoch=99).files()["CN-CQ/status.cbor"]
    repository = TrustRepository(published)
    repository._replace("CN-SC", {"CN-CQ/status.cbor": forged}, KEYS.trust_signers("CN-SC", *ONLINE), AT)
    assert decode_status_authority(client.read("CN-CQ/status.cbor") or b"").epoch == 1
    assert client.read("CN-SC/status.cbor") is None


def test_a_target_that_was_tampered_with_is_refused_by_the_client(published: Path, client: PlainClient) -> None:
    for path in (published / "targets" / "CN-CQ").iterdir():
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(LengthOrHashMismatchError):
        client.read("CN-CQ/issuers.cbor")


@pytest.mark.error("trust-authorities")
@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: replace(good, root=Quorum(keys=good.root.keys, threshold=2)),
        lambda good: replace(good, targets=Quorum(keys=good.targets.keys, threshold=1)),
        lambda good: replace(good, regions={}),
        lambda good: replace(good, joint={"CN-CQ": good.joint["CN-CQ"]}),
        lambda good: replace(good, snapshot=good.timestamp),
        lambda good: replace(good, root=Quorum(keys=good.root.keys, threshold=6)),
        lambda good: replace(good, root=Quorum(keys=(), threshold=0)),
    ],
    ids=["root by one holder", "targets by one holder", "no region", "half a region", "one key twice", "too many", "none"],
)
def test_authorities_that_cannot_be_right_do_not_exist(spoil: Callable[[Authorities], Authorities]) -> None:
    with pytest.raises(SetupError) as refused:
        spoil(KEYS.authorities())
    assert refused.value.fault is faults.TRUST_AUTHORITIES


def test_no_region_alone_reaches_a_threshold_of_root_or_targets() -> None:
    for quorum in (KEYS.authorities().root, KEYS.authorities().targets):
        for holder in (*KEYS.regions, "joint"):
            assert sum(key.holder == holder for key in quorum.keys) < quorum.threshold
