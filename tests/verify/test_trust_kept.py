"""The anchor that a terminal starts from, and what it still believes whenever it opens its state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tuf.api.metadata import Metadata, MetaFile, Targets

from codes.errors import InputError, SetupError
from tests.verify.city import DAY, HOUR, NOW, City, Gate, documents, signer
from verify import faults
from verify.terminal import Holdings
from verify.trust_store import anchor, open_trust

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


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
