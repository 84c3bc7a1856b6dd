"""Following: the stream, the polls, the rounds, and how long a terminal waits before it comes back."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from codes.claims import StatusType
from codes.trust import encode_status_authority
from tests.verify.chain_world import EPOCH, Region, authority, history
from tests.verify.city import NOW, City, Gate, when
from tests.verify.publisher import Publisher, serving
from verify.cli import Streams, run
from verify.fetching import Server
from verify.following import LONGEST_PAUSE_S, MOST_ACKS, TRUST_AGAIN_S, TRUST_EVERY_S, Follower
from verify.syncing import Part, Sync
from verify.terminal import Holdings
from verify.terminal_key import terminal_signer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typing_extensions import Buffer


@pytest.fixture
def office(city: City) -> Iterator[Publisher]:
    for region in city.documents:
        city.documents[region]["status.cbor"] = encode_status_authority(authority(region, epoch=EPOCH))
    city.publish()
    with serving(Publisher(city)) as running:
        running.add(history())
        running.add(Region(region="CN-SC"))
        yield running


@pytest.fixture
def gate(tmp_path: Path, city: City) -> Gate:
    return Gate(tmp_path / "gate", city)


class Patience:
    """A pause that nobody feels: it remembers what was asked of it and ends after so many rounds."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self.waits: list[float] = []

    def __call__(self, seconds: float, /) -> bool:
        if seconds == 0:
            return False
        self.waits.append(seconds)
        return len(self.waits) >= self.rounds


def follow(gate: Gate, office: Publisher, rounds: int = 1, *, elapsed: float = 0.0, metered: bool = False) -> tuple[list[list[Part]], Patience]:
    server, pause, told = Server(office.url), Patience(rounds), list[list[Part]]()
    sync = Sync(gate.directory, server, terminal_signer(gate.directory))
    ticks = iter(range(0, 1_000_000, int(elapsed) or 1))
    follower = Follower(
        sync, server, now=lambda: NOW + 60, elapsed=lambda: float(next(ticks)) if elapsed else 0.0, chance=lambda: 0.5, pause=pause, metered=metered
    )
    try:
        follower.run(told.append)
    finally:
        server.close()
    return told, pause


def seq(gate: Gate, region: str = "CN-CQ") -> int:
    return next(head.seq for head in Holdings.read(gate.directory).chain.heads() if head.region == region)


def test_a_change_that_is_pushed_is_in_force_at_once(gate: Gate, office: Publisher) -> None:
    chongqing = office.chains["CN-CQ/phone"]
    follow(gate, office)
    first = min(chongqing.lists)
    delta = chongqing.go({(first, 7): StatusType.SUSPENDED})
    office.pushes = [delta.raw, chongqing.beat()]
    chongqing.seq -= 1  # the stream is faster than the files
    follow(gate, office)
    assert seq(gate) == 6
    (stream,) = {path for path in office.asked if path.startswith("/v1/status/events")} - {"/v1/status/events CN-CQ/phone,CN-SC/phone"}
    assert stream == f"/v1/status/events CN-CQ/phone/{EPOCH}.5,CN-SC/phone/{EPOCH}.1"


@pytest.mark.threat("C16")
def test_what_lies_between_is_fetched(gate: Gate, office: Publisher) -> None:
    chongqing = office.chains["CN-CQ/phone"]
    follow(gate, office)

    def publish() -> None:
        chongqing.go()
        office.pushes = [chongqing.go().raw]

    office.on_stream = publish
    follow(gate, office)
    assert seq(gate) == 7


def test_without_a_stream_a_long_poll_brings_the_news(gate: Gate, office: Publisher) -> None:
    office.streams = False
    follow(gate, office, rounds=40)
    asked = [path for path in office.asked if path.endswith("/head")]
    assert len(asked) > 10
    chongqing = office.chains["CN-CQ/phone"]
    turns = 0

    def later(_path: str, reply: tuple[int, bytes]) -> tuple[int, bytes]:
        nonlocal turns
        turns += 1
        if turns == 30:
            chongqing.go()
        return reply

    office.bend = later
    follow(gate, office, rounds=40)
    assert seq(gate) == 6


def test_a_host_that_holds_no_poll_is_not_asked_without_end(gate: Gate, office: Publisher) -> None:
    office.streams = False
    _, pause = follow(gate, office, rounds=6)
    assert pause.waits[:5] == [5.0] * 5


@pytest.mark.parametrize("answer", [(503, b""), (404, b"")], ids=["away", "gone"])
def test_a_poll_that_fails_ends_in_a_round(gate: Gate, office: Publisher, answer: tuple[int, bytes]) -> None:
    office.streams = False
    follow(gate, office)
    heads = 0

    def fail(path: str, reply: tuple[int, bytes]) -> tuple[int, bytes]:
        nonlocal heads
        heads += path.endswith("/head")
        return answer if heads > 3 and path.endswith("/head") else reply

    office.bend = fail
    told, _ = follow(gate, office, rounds=9)
    assert len(told) >= 2


def test_a_pushed_forgery_is_told_and_changes_nothing(gate: Gate, office: Publisher) -> None:
    follow(gate, office)
    office.pushes = [b"forged"]
    told, _ = follow(gate, office)
    assert told[-1][0].error is not None
    assert seq(gate) == 5


def test_trust_is_looked_at_again_although_the_stream_goes_on(gate: Gate, office: Publisher) -> None:
    office.pushes = [office.chains["CN-CQ/phone"].beat(at=NOW + 30 + turn) for turn in range(3)]
    told, pause = follow(gate, office, rounds=2, elapsed=TRUST_EVERY_S)
    assert len(told) >= 2
    assert max(pause.waits) <= 2


def test_a_head_that_demands_newer_trust_is_heeded_at_once(gate: Gate, office: Publisher) -> None:
    follow(gate, office)
    office.asked.clear()
    office.pushes = [office.chains["CN-CQ/phone"].beat(at=NOW + 30 + turn, trust=9) for turn in range(3)]
    told, _ = follow(gate, office, elapsed=TRUST_AGAIN_S)
    assert [part.part for part in told[1]] == ["trust"]
    assert len(told) < 6


def test_new_trust_is_followed_by_a_whole_round(gate: Gate, office: Publisher) -> None:
    follow(gate, office)
    office.on_stream = office.city.publish
    office.pushes = [office.chains["CN-CQ/phone"].beat(at=NOW + 30 + turn, trust=9) for turn in range(30)]
    told, pause = follow(gate, office, rounds=1, elapsed=TRUST_AGAIN_S)
    assert [part.outcome for part in told[-1]] == ["taken"]
    assert len(pause.waits) == 1


def test_word_of_every_version_is_not_given_for_ever(gate: Gate, office: Publisher) -> None:
    chongqing = office.chains["CN-CQ/phone"]
    follow(gate, office)
    before = len(office.acks)
    office.pushes = [chongqing.go().raw for _ in range(MOST_ACKS + 9)]
    chongqing.seq -= MOST_ACKS + 9
    follow(gate, office)
    assert len(office.acks) - before == 1 + MOST_ACKS  # one is the round's own


def test_a_stream_that_breaks_is_tried_again_before_anything_else(gate: Gate, office: Publisher) -> None:
    office.breaks = True
    follow(gate, office, rounds=3)
    assert sum(path.startswith("/v1/status/events") for path in office.asked) == 3


def test_what_a_terminal_wants_to_hear_is_in_its_address(gate: Gate, office: Publisher) -> None:
    follow(gate, office)
    follow(gate, office, metered=True)
    assert office.wished == [{"beat": ["300"]}, {"gathered": ["1"]}]


def test_terminals_come_back_later_each_time_and_never_all_at_once(gate: Gate, office: Publisher) -> None:
    follow(gate, office)
    office.bend = lambda *_: (503, b"")
    _, pause = follow(gate, office, rounds=6)
    assert pause.waits == [LONGEST_PAUSE_S * factor * 0.75 for factor in (1, 2, 4, 8)] + [225.0, 225.0]


def test_a_line_without_end_ends_the_stream(gate: Gate, office: Publisher) -> None:
    office.pushes = [bytes(3 << 20)]
    told, _ = follow(gate, office)
    assert told


def test_a_terminal_that_could_not_read_its_trust_tries_again(gate: Gate, office: Publisher) -> None:
    office.bend = lambda path, reply: (404, b"") if "/trust/" in path else reply
    told, _ = follow(gate, office, rounds=2)
    assert [[part.part for part in parts] for parts in told] == [["trust"], ["trust"]]


def test_the_program_follows_until_it_is_told_to_stop(gate: Gate, office: Publisher) -> None:
    chongqing = office.chains["CN-CQ/phone"]
    office.pushes = [chongqing.beat()]
    words = [sys.executable, "-m", "verify", "sync", "--state", str(gate.path), "--server", office.url, "--follow"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONUNBUFFERED": "1"}) as program:  # noqa: TID251 - because the program gets the environment of the test
        assert program.stdout is not None
        page = json.loads(program.stdout.readline())
        program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=60) == 0
    assert {part["part"] for part in page["parts"]} >= {"trust"}


class ToldOnce(io.BytesIO):
    """Output whose reader has seen enough after the first line: the program is told to end."""

    def write(self, data: Buffer, /) -> int:
        written = super().write(data)
        signal.raise_signal(signal.SIGTERM)
        return written


def test_who_is_told_to_stop_ends_well_and_gives_back_the_signals(gate: Gate, office: Publisher) -> None:
    before, out = signal.getsignal(signal.SIGTERM), ToldOnce()
    words = ["sync", "--state", str(gate.path), "--server", office.url, "--follow"]
    assert run(words, now=lambda: when(NOW), streams=Streams(lines=io.BytesIO(), out=out, err=io.StringIO())) == 0
    assert json.loads(out.getvalue())["parts"]
    assert signal.getsignal(signal.SIGTERM) == before
