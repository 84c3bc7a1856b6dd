"""One round of sync against a server that behaves, and against one that does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from codes.ack import StatusAck
from codes.chain import ListSpace
from codes.claims import StatusType, shard_uri
from codes.errors import SetupError
from codes.status import StatusList, StatusListToken
from tests.verify.chain_world import EPOCH, Region, authority, history
from tests.verify.city import NOW, City, Gate, code, lines
from tests.verify.publisher import Publisher, Reply, serving
from verify import faults
from verify.fetching import Server
from verify.syncing import Part, Sync
from verify.terminal import Holdings
from verify.terminal_key import terminal_signer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def office(city: City) -> Iterator[Publisher]:
    """A server of a city in which Chongqing serves a chain of five versions, and Sichuan the standard lists alone."""
    from codes.trust import encode_status_authority

    city.documents["CN-CQ"]["status.cbor"] = encode_status_authority(authority(epoch=EPOCH))
    city.publish()
    with serving(Publisher(city)) as running:
        running.add(history())
        yield running


@pytest.fixture
def gate(tmp_path: Path, city: City) -> Gate:
    """A terminal that has only its root."""
    return Gate(tmp_path / "gate", city)


def synced(gate: Gate, office: Publisher, *, now: int = NOW + 10) -> dict[str, Part]:
    server = Server(office.url)
    try:
        parts = Sync(gate.directory, server, terminal_signer(gate.directory)).round(now=now)
    finally:
        server.close()
    return {part.part: part for part in parts}


def phone(office: Publisher) -> Region:
    return office.chains["CN-CQ/phone"]


def test_a_new_terminal_comes_from_its_root_to_the_newest_of_everything(gate: Gate, office: Publisher) -> None:
    parts = synced(gate, office)
    assert {name: part.outcome for name, part in parts.items() if part.outcome != "refused"} == {
        "trust": "taken",
        "chain/CN-CQ/phone": "taken",
        "s1000": "taken",
    }
    assert parts["chain/CN-CQ/phone"].facts == {"epoch": EPOCH, "seq": 5}
    assert parts["chain/CN-SC/phone"].error is not None
    assert parts["chain/CN-SC/phone"].error.fault is faults.CHAIN_UNPUBLISHED
    (_, (verdict,), _) = gate.command("scan", lines=lines(code(NOW + 10)), at=NOW + 10)
    assert verdict["reason"] in {None, "status-out-of-range", "status-stale"}
    again = synced(gate, office)
    assert {again[name].outcome for name in ("trust", "chain/CN-CQ/phone", "s1000")} == {"kept"}


def test_what_is_missing_comes_as_deltas_and_a_loss_is_refused_at_once(gate: Gate, office: Publisher) -> None:
    synced(gate, office)
    office.asked.clear()
    first = min(phone(office).lists)
    phone(office).go({(first, 7): StatusType.SUSPENDED})
    assert synced(gate, office)["chain/CN-CQ/phone"].facts["seq"] == 6
    assert [path for path in office.asked if "/d/" in path or "/s/" in path] == [f"/v1/status/CN-CQ/phone/{EPOCH}/d/5-6"]


def test_a_terminal_says_which_versions_it_judges_by_when_that_changes(gate: Gate, office: Publisher) -> None:
    server = Server(office.url)
    sync = Sync(gate.directory, server, terminal_signer(gate.directory))
    sync.round(now=NOW + 10)
    sync.round(now=NOW + 11)
    (raw,) = office.acks
    says = StatusAck.from_bytes(raw).says
    assert (says.terminal, says.versions) == ("T-0001", [("CN-CQ", ListSpace.PHONE, EPOCH, 5)])
    StatusAck.from_bytes(raw).check(terminal_signer(gate.directory).public_key.load())
    phone(office).go()
    office.bend = lambda path, reply: (503, b"") if path == "/v1/acks" else reply
    sync.round(now=NOW + 12)
    office.bend = lambda _, reply: reply
    sync.round(now=NOW + 13)
    assert [StatusAck.from_bytes(ack).says.versions[0][3] for ack in office.acks] == [5, 6, 6]
    server.close()


@pytest.mark.threat("C07")
@pytest.mark.parametrize("served", ["the right list", "another list", "nonsense", "nothing"])
def test_a_shard_that_was_spoilt_on_the_disk_is_mended_by_its_list_and_by_nothing_else(gate: Gate, office: Publisher, served: str) -> None:
    synced(gate, office)
    chain = phone(office)
    number = min(chain.lists)
    [path] = gate.path.glob("chain/CN-CQ/phone/live-*.bin")
    whole = path.read_bytes()
    path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    uri = shard_uri("c", number)
    other = number + 1 if served == "another list" else number
    content = chain.lists[number] if served == "the right list" else bytes(len(chain.lists[number]))
    token = StatusListToken.issue(shard_uri("c", other), StatusList(content), chain.signer, iat=NOW, exp=NOW + 999, ttl=60).raw
    replies = {"the right list": (200, token), "another list": (200, token), "nonsense": (200, b"x"), "nothing": (404, b"")}
    office.bend = lambda path, good: replies[served] if path.endswith(uri.removeprefix("sl:")) else good
    synced(gate, office, now=NOW + 20)
    (head,) = Holdings.read(gate.directory).chain.heads()
    assert head.damaged == (() if served == "the right list" else (number,))


# ------------------------------------------------------------------------------------------------- servers that do not behave


@pytest.mark.threat("C06")
def test_a_server_that_goes_away_leaves_what_was_held(gate: Gate, office: Publisher) -> None:
    synced(gate, office)
    before = gate.snapshot()
    office.bend = lambda *_: (503, b"")
    parts = synced(gate, office, now=NOW + 20)
    assert {part.outcome for part in parts.values()} == {"refused"}
    changed = {name for name, data in gate.snapshot().items() if before.get(name) != data}
    assert not {name for name in changed if name.startswith(("trust/", "chain/", "status/"))}


@pytest.mark.threat("C01")
@pytest.mark.parametrize("piece", ["/head", "/index", "/s/1", "/s/1/body", "/d/1-2"])
@pytest.mark.parametrize(
    "reply",
    [(200, b""), (200, b"{}"), (200, bytes(100)), (404, b""), (302, b""), (500, b"x" * 100)],
    ids=["empty", "page", "zeros", "gone", "moved", "error"],
)
def test_one_spoilt_answer_spoils_its_chain_and_nothing_else(gate: Gate, office: Publisher, piece: str, reply: Reply) -> None:
    office.bend = lambda path, good: reply if path.endswith(piece) and "CN-CQ" in path else good
    parts = synced(gate, office)
    assert parts["trust"].outcome == "taken"
    assert parts["chain/CN-CQ/phone"].outcome == "refused"
    office.bend = lambda _, good: good
    assert synced(gate, office)["chain/CN-CQ/phone"].to_json() == {
        "part": "chain/CN-CQ/phone",
        "outcome": "taken",
        "facts": {"epoch": EPOCH, "seq": 5},
    }


@pytest.mark.threat("C06")
@pytest.mark.parametrize("piece", ["/head", "/index", "/s/1", "/s/1/body", "/d/1-2"])
def test_an_answer_that_never_ends_is_cut_off(gate: Gate, office: Publisher, piece: str) -> None:
    office.bend = lambda path, good: (200, bytes(3 << 20)) if path.endswith(piece) and "CN-CQ" in path else good
    part = synced(gate, office)["chain/CN-CQ/phone"]
    assert part.error is not None
    assert part.error.fault in {faults.SERVER_ENDLESS, faults.SERVER_ANSWER} or part.error.code.startswith(("cbor", "chain", "cose"))


@pytest.mark.parametrize(
    "index",
    [
        [],
        {"epoch": 5, "seq": 5},
        {"epoch": "5", "seq": 5, "snapshots": [1], "deltas": []},
        {"epoch": 1 << 40, "seq": 5, "snapshots": [1], "deltas": []},
        {"epoch": 5, "seq": 5, "snapshots": [], "deltas": []},
        {"epoch": 5, "seq": 5, "snapshots": [1], "deltas": [[1]]},
        {"epoch": 5, "seq": -5, "snapshots": [1], "deltas": [[1, 2]]},
    ],
    ids=["list", "few", "text", "epoch", "nothing", "span", "negative"],
)
def test_an_index_that_helps_nobody_is_told(gate: Gate, office: Publisher, index: object) -> None:
    office.bend = lambda path, good: (200, json.dumps(index).encode()) if path.endswith("/index") else good
    assert synced(gate, office)["chain/CN-CQ/phone"].error is not None


def test_an_index_without_a_way_brings_the_snapshot(gate: Gate, office: Publisher) -> None:
    page = {"epoch": EPOCH, "seq": 5, "snapshots": [1], "deltas": [[1, 3], [1, 2], [3, 5], [2, 3]]}
    office.bend = lambda path, good: (200, json.dumps(page).encode()) if path.endswith("/index") else good
    synced(gate, office)
    assert [path.rpartition("/")[2] for path in office.asked if "/d/" in path] == ["1-3", "3-5"]
    office.asked.clear()
    phone(office).go()
    page |= {"seq": 6, "snapshots": [1, 6], "deltas": []}
    assert synced(gate, office)["chain/CN-CQ/phone"].facts["seq"] == 6


@pytest.mark.threat("C02")
def test_an_older_head_is_no_news_and_takes_nothing_back(gate: Gate, office: Publisher) -> None:
    synced(gate, office)
    old = phone(office).beat(seq=3, at=NOW + 2)
    office.bend = lambda path, good: (200, old) if path.endswith("/head") else good
    synced(gate, office, now=NOW + 30)
    office.bend = lambda _, good: good
    assert synced(gate, office)["chain/CN-CQ/phone"].facts["seq"] == 5


@pytest.mark.threat("C01")
def test_trust_that_is_forged_on_the_way_is_refused(gate: Gate, office: Publisher) -> None:
    office.bend = lambda path, good: (200, good[1].replace(b"signatures", b"signaturez")) if path.endswith("timestamp.json") else good
    part = synced(gate, office)["trust"]
    assert part.error is not None
    assert part.to_json()["code"].startswith("trust")


@pytest.mark.parametrize("listing", [b"x", b"{}", b'{"status_lists": [1]}', json.dumps({"status_lists": ["sl:s1000"] * 5000}).encode()])
def test_a_listing_that_cannot_be_read_costs_the_standard_lists_only(gate: Gate, office: Publisher, listing: bytes) -> None:
    office.bend = lambda path, good: (200, listing) if path.endswith("/aggregation") else good
    parts = synced(gate, office)
    assert parts["status"].error is not None
    assert parts["chain/CN-CQ/phone"].outcome == "taken"


def test_a_state_that_somebody_else_is_writing_is_said(gate: Gate, office: Publisher) -> None:
    from verify.state import IMPORT_LOCK

    with gate.directory.locked(IMPORT_LOCK), pytest.raises(SetupError) as refused:
        synced(gate, office)
    assert refused.value.fault is faults.STATE_LOCKED


@pytest.mark.error("chain-unpublished")
@pytest.mark.error("server-answer")
def test_the_shell_syncs_and_says_what_was_refused(gate: Gate, office: Publisher) -> None:
    (status, (page,), told) = gate.command("sync", "--server", office.url, at=NOW + 10)
    assert status == 1  # Sichuan serves no chain
    assert {part["part"] for part in page["parts"]} >= {"trust", "chain/CN-CQ/phone", "chain/CN-SC/phone"}
    assert "chain/CN-SC/phone" in told
