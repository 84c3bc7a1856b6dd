"""A scanner that follows what another process takes: at the next code, without opening anything anew, and never a mixture that lets somebody through."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codes.claims import StatusType
from codes.errors import SetupError
from tests.verify.chain_world import FIRST, SECOND, Region, authority, trust
from tests.verify.city import NOW, City, Gate, code, when
from verify import Accepted, Inconclusive, Refused, faults, open_terminal
from verify.chain_files import DiskFiles
from verify.chain_space import Outcome, Space
from verify.chain_store import ChainStore
from verify.terminal import Holdings, Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from verify.trust import TrustView

IDX = 7


@pytest.fixture
def region() -> Region:
    """Version 1 stops nobody, version 2 the resident of index 7, version 3 finds the card again."""
    region = Region(epoch=0)
    region.go({(FIRST, IDX): StatusType.SUSPENDED})
    region.go({(FIRST, IDX): StatusType.VALID})
    return region


def writer(gate: Gate) -> ChainStore:
    """The store of another process."""
    return Holdings.read(gate.directory).chain


def test_a_scanner_that_began_without_a_chain_follows_its_first_and_every_later_version(gate: Gate, region: Region) -> None:
    terminal = Terminal(gate.path)
    verifier, sync = terminal.verifier(), writer(gate)
    assert isinstance(terminal.judge(code(NOW), at=when(NOW)), Accepted)
    sync.take(*region.snapshot(1), now=NOW)
    assert isinstance(terminal.judge(code(NOW, "BBBBBBBB"), at=when(NOW)), Accepted)
    sync.take(region.events[2].raw, now=NOW)
    verdict = terminal.judge(code(NOW, "CCCCCCCC"), at=when(NOW))
    assert isinstance(verdict, Refused)
    assert verdict.facts["as_of"] == NOW + 2
    sync.take(region.events[3].raw, now=NOW)
    assert isinstance(terminal.judge(code(NOW, "DDDDDDDD"), at=when(NOW)), Accepted)
    assert terminal.verifier() is verifier, "what was verified under this trust stays verified"
    terminal.close()


def test_an_import_does_not_open_the_chain_anew(gate: Gate, city: City, region: Region) -> None:
    writer(gate).take(*region.snapshot(1), now=NOW)
    terminal = Terminal(gate.path, read_only=True)
    before = terminal.verifier().believing.status.shard("sl:c1000")
    city.token("sl:s1000", iat=NOW + 1)
    gate.take()
    after = terminal.verifier().believing.status.shard("sl:c1000")
    assert before is not None
    assert after is not None
    assert after.iat == NOW
    assert terminal.verifier().believing.status.head("CN-SC") == NOW + 1


def test_a_list_that_the_chain_has_is_not_unpacked_a_second_time(gate: Gate, city: City, region: Region) -> None:
    assert set(Holdings.read(gate.directory).status.shards) == {"sl:c1000", "sl:s1000"}
    writer(gate).take(*region.snapshot(1), now=NOW)
    holdings = Holdings.read(gate.directory)
    assert set(holdings.status.shards) == {"sl:s1000"}
    assert holdings.source.shards.keys() >= {"sl:c1000", "sl:s1000"}
    city.token(iat=NOW + 1)
    gate.take()
    assert set(Holdings.read(gate.directory).status.shards) == {"sl:c1000", "sl:s1000"}, "but a newer one is"


def test_a_state_whose_chain_cannot_be_read_is_inconclusive_and_recovers(gate: Gate, region: Region) -> None:
    sync = writer(gate)
    sync.take(*region.snapshot(1), now=NOW)
    terminal = Terminal(gate.path)
    sync.take(region.events[2].raw, now=NOW)
    beat = gate.path / "chain" / "CN-CQ" / "phone" / "beat"
    beat.mkdir()
    verdict = terminal.judge(code(NOW), at=when(NOW))
    assert isinstance(verdict, Inconclusive)
    assert verdict.fault is faults.STATE_UNREADABLE
    beat.rmdir()
    assert isinstance(terminal.judge(code(NOW), at=when(NOW)), Refused)
    terminal.close()


class _Stops:
    """The power goes at the last sync before a head."""

    def __init__(self, files: DiskFiles) -> None:
        self.files = files

    def __getattr__(self, name: str) -> object:
        if name == "sync":
            return self._sync
        return getattr(self.files, name)

    def _sync(self, name: str) -> None:
        if name.startswith("live"):
            raise KeyboardInterrupt
        self.files.sync(name)


@pytest.mark.threat("C07")
def test_the_next_scanner_finishes_what_a_killed_process_left_half_written(gate: Gate, region: Region) -> None:
    sync = writer(gate)
    sync.take(*region.snapshot(1), now=NOW)
    [space] = sync._spaces.values()
    space.files = _Stops(DiskFiles(gate.path / "chain/CN-CQ/phone"))  # type: ignore[assignment]  # because it passes the rest on
    with pytest.raises(KeyboardInterrupt):
        sync.take(region.events[2].raw, now=NOW)
    before = gate.snapshot()
    assert isinstance(open_terminal(gate.path, read_only=True).verify(code(NOW), at=when(NOW)), Refused), (
        "its values are there, and as old as they were"
    )
    assert Holdings.read(gate.directory).chain.heads()[0].seq == 1
    assert gate.snapshot() == before, "who only reads writes nothing"
    terminal = Terminal(gate.path)
    assert Holdings.read(gate.directory).chain.heads()[0].seq == 2
    assert isinstance(terminal.judge(code(NOW), at=when(NOW)), Refused)
    terminal.close()
    assert writer(gate).take(region.events[3].raw, now=NOW).outcome is Outcome.TAKEN


_WATCH = """
import sys
from pathlib import Path
from verify.chain_store import ChainStore
from tests.verify.chain_world import FIRST, trust, authority

store = ChainStore.open(Path(sys.argv[1]), trust(authority(epoch=0)))
looks = revived = news = 0
last = 0
print("ready", flush=True)
while True:
    news += store.refresh()
    for _ in range(20):
        shard = store.shards["sl:c1000"]
        looks += 1
        revived += shard.statuses[100] != 1 or shard.statuses[9000] != 2 or shard.statuses[16500] != 3
    [head] = store.heads()
    revived += bool(head.damaged) or head.seq < last
    last = head.seq
    if head.seq == int(sys.argv[2]):
        break
print(looks, revived, news, flush=True)
"""
"""Looks as fast as it can at three stopped cards while others come and go around them."""


@pytest.mark.threat("C07")
def test_who_looks_while_another_process_writes_never_sees_a_stopped_card_good(tmp_path: Path) -> None:
    region = Region(epoch=0)
    stopped = {(FIRST, 100): StatusType.INVALID, (FIRST, 9000): StatusType.SUSPENDED, (FIRST, 16_500): StatusType.FROZEN}
    region.go(stopped)
    store = ChainStore.open(tmp_path, trust(authority(epoch=0)))
    store.take(*region.snapshot(2), now=NOW)
    last = 90
    deltas = []
    for seq in range(3, last + 1):
        becomes = (StatusType.SUSPENDED, StatusType.VALID)[seq % 2]
        change = {(FIRST, idx): becomes for idx in range(40, 16_700, 997)}
        fresh = FIRST + seq
        deltas.append(region.go(change, add=[fresh], drop=[fresh - 3] if fresh - 3 > SECOND else []))
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(Path(__file__).parents[2])}  # noqa: TID251 - the child is this test run
    with subprocess.Popen([sys.executable, "-c", _WATCH, str(tmp_path), str(last)], stdout=subprocess.PIPE, text=True, env=environment) as watch:
        assert watch.stdout is not None
        assert watch.stdout.readline() == "ready\n"
        for nth, delta in enumerate(deltas):
            taken = store.take(delta.raw, now=NOW) if nth % 30 < 29 else store.take(*region.snapshot(delta.head.seq), now=NOW)
            assert taken.outcome is Outcome.TAKEN
        looks, revived, news = map(int, watch.stdout.read().split())
    assert watch.returncode == 0
    assert (revived, looks > 0, news > 0) == (0, True, True)


class Overtaken(Space):
    """A chain of which another process takes the next version just after one has looked at it."""

    meanwhile: Callable[[], object]

    def refresh(self, trust: TrustView, *, alone: bool) -> bool:
        has_finished = super().refresh(trust, alone=alone)
        self.meanwhile()
        return has_finished


@pytest.mark.threat("C07")
def test_a_version_that_is_taken_while_one_looks_is_no_step_back(tmp_path: Path) -> None:
    region = Region(epoch=0)
    region.go({(FIRST, 100): StatusType.INVALID})
    writer = ChainStore.open(tmp_path, trust(authority(epoch=0)))
    writer.take(*region.snapshot(2), now=NOW)
    reader = ChainStore.open(tmp_path, trust(authority(epoch=0)))
    held = set(reader.shards)
    first, second = (region.go({(FIRST, idx): StatusType.SUSPENDED}) for idx in (200, 300))
    writer.take(first.raw, now=NOW)
    (key,) = reader._spaces
    chain = reader._spaces[key] = Overtaken(DiskFiles(reader._folder(*key)), *key)
    chain.meanwhile = lambda: writer.take(second.raw, now=NOW)
    assert reader.refresh()
    assert (set(reader.shards), reader.damaged) == (held, {})
    chain.meanwhile = lambda: None
    assert reader.refresh()
    assert (set(reader.shards), [head.seq for head in reader.heads()]) == (held, [second.head.seq])


def test_a_whole_scan_refuses_the_card_that_was_reported_between_two_codes(gate: Gate, region: Region) -> None:
    sync = writer(gate)
    sync.take(*region.snapshot(1), now=NOW)
    command = [sys.executable, "-m", "verify", "scan", "--state", str(gate.path)]
    moment = "2026-09-21T14:00:05Z"
    with subprocess.Popen(
        [*command, "--at", moment], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as scan:
        assert scan.stdin is not None
        assert scan.stdout is not None
        reasons = []
        for person, event in (("AAAAAAAA", 2), ("BBBBBBBB", 3), ("CCCCCCCC", None)):
            scan.stdin.write(code(NOW + 5, person) + "\n")
            scan.stdin.flush()
            reasons.append(json.loads(scan.stdout.readline())["reason"])
            if event is not None:
                sync.take(region.events[event].raw, now=NOW)
        scan.stdin.close()
    assert reasons == [None, "suspended", None]


def test_a_terminal_without_trust_has_no_chain_to_follow(city: City, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "new", city)
    terminal = Terminal(gate.path)
    with pytest.raises(SetupError):
        terminal.verifier()
    gate.take()
    assert isinstance(terminal.judge(code(NOW), at=when(NOW)), Accepted)
    terminal.close()
