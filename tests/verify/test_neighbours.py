"""Three gates of one station with real agents and real streams: what one accepted the others refuse, with the uplink cut."""

from __future__ import annotations

import json
import socket
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from codes.chain import ListSpace
from codes.claims import StatusType
from codes.errors import SetupError
from codes.passage import GivenPassage, HeardMessage, PassageMessage
from codes.trust import encode_status_authority
from tests.verify.agents import CHALLENGE, Post, ask, challenged, free_port, program, station
from tests.verify.chain_world import EPOCH, Region, authority, history
from tests.verify.city import NOW, City, code
from verify import agent
from verify.frames import HEARD, PASSAGE, REFUSED, Frame, read_frame, send_frame
from verify.group import Address, Group, Member, read_group
from verify.neighbours import Neighbours
from verify.terminal import Holdings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from verify.agent import Agent

NAMES = ("T-0001", "T-0002", "T-0003")


@dataclass
class Station:
    """The gates, by name; each knows the others."""

    posts: dict[str, Post]
    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in NAMES})
    agents: dict[str, Agent] = field(default_factory=dict)
    groups: dict[str, Neighbours] = field(default_factory=dict)

    def group(self, own: str) -> Group:
        members = {
            name: Member(terminal=name, address=Address("127.0.0.1", self.ports[name]), key=post.signer.public_key.load())
            for name, post in self.posts.items()
            if name != own
        }
        return Group(bind=Address("127.0.0.1", self.ports[own]), members=members)

    @contextmanager
    def running(self, *names: str) -> Iterator[Station]:
        with ExitStack() as ending:
            for name in names:
                self.start(name)
                ending.callback(self.stop, name)
            self.wait(lambda: all(self.groups[name].health()["there"][other] for name in names for other in names if other != name))
            yield self

    def start(self, name: str) -> None:
        post, opened = self.posts[name], self.posts[name].agent()
        now = lambda: int(post.clock().timestamp())  # noqa: E731 because it is one expression
        group = Neighbours(self.group(name), own=name, directory=post.directory, gate=opened, signer=post.signer, now=now, look=0.02)
        opened.group = group
        self.agents[name], self.groups[name] = opened, group
        group.start()

    def stop(self, name: str) -> None:
        if name in self.groups:
            self.groups.pop(name).close()
            self.agents.pop(name).close()

    def wait(self, is_so: Callable[[], bool]) -> None:
        """Other threads bring it about, and nothing tells when."""
        for _ in range(1500):
            if is_so():
                return
            time.sleep(0.02)
        pytest.fail("it never came to be")

    def asks(self, name: str, text: str) -> str:
        page = self.agents[name].verify(text)
        return str(page["reason"] or page["verdict"])

    def speak(self, name: str, data: bytes) -> Frame | None:
        """What a gate answers to these bytes."""
        with socket.create_connection(("127.0.0.1", self.ports[name]), timeout=20) as stream:
            send_frame(stream, (PASSAGE, data))
            return read_frame(stream)

    def knows(self, name: str, sub: str) -> bool:
        return ("CN-CQ", sub) in self.agents[name]._learnt


@pytest.fixture
def city(tmp_path: Path) -> City:
    return station(tmp_path / "published", **{"status.cbor": encode_status_authority(authority(epoch=EPOCH))})


@pytest.fixture
def gates(tmp_path: Path, city: City) -> Station:
    return Station({name: Post(tmp_path / name, city, terminal=name) for name in NAMES})


def test_a_second_gate_refuses_what_the_first_accepted_with_the_uplink_cut(gates: Station) -> None:
    with gates.running(*NAMES):
        assert gates.asks("T-0001", code(NOW)) == "accepted"
        gates.wait(lambda: gates.knows("T-0002", "AAAAAAAA") and gates.knows("T-0003", "AAAAAAAA"))
        for name in NAMES:
            assert gates.asks(name, code(NOW + 5)) == "replayed"
        assert gates.asks("T-0002", code(NOW, "BBBBBBBB")) == "accepted"


def test_a_passage_that_did_not_happen_is_free_at_every_gate(gates: Station) -> None:
    with gates.running(*NAMES):
        seq = gates.agents["T-0001"].verify(code(NOW))["seq"]
        gates.wait(lambda: gates.knows("T-0002", "AAAAAAAA"))
        gates.agents["T-0001"].passage(seq, opened=False)
        gates.wait(lambda: not gates.knows("T-0002", "AAAAAAAA"))
        assert gates.asks("T-0002", code(NOW)) == "accepted"


def test_one_who_is_away_costs_nothing_and_hears_of_it_when_it_is_back(gates: Station) -> None:
    with gates.running("T-0001", "T-0002"):
        assert gates.groups["T-0001"].health()["there"] == {"T-0002": True, "T-0003": False}
        assert gates.asks("T-0001", code(NOW)) == "accepted"
        gates.wait(lambda: gates.knows("T-0002", "AAAAAAAA"))
        gates.start("T-0003")
        try:
            gates.wait(lambda: gates.knows("T-0003", "AAAAAAAA"))
            assert gates.asks("T-0003", code(NOW)) == "replayed"
        finally:
            gates.stop("T-0003")
        assert gates.asks("T-0001", code(NOW, "CCCCCCCC")) == "accepted"
        gates.wait(lambda: not gates.groups["T-0001"].health()["there"]["T-0003"])


def _passage(**changes: object) -> GivenPassage:
    return GivenPassage("T-0001", NOW, "CN-CQ", "abcdEF-_", NOW, NOW + 70)._replace(**changes)  # type: ignore[arg-type] # because tests name fields


def test_a_desk_does_not_say_yes_to_what_another_has_accepted_in_the_same_moment(tmp_path: Path, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "HEARD_S", 20)  # this machine may be slow; who is there answers long before
    desks = Station({name: Post(tmp_path / name, city, terminal=name, scene="desk") for name in NAMES})
    with desks.running("T-0001", "T-0002"):
        desks.agents["T-0002"].group = None  # its own message is still on its way
        assert desks.agents["T-0002"].verify(challenged(NOW), challenge=CHALLENGE)["verdict"] == "accepted"
        page = desks.agents["T-0001"].verify(challenged(NOW + 1, challenge=bytes(16)), challenge=bytes(16))
        assert (page["verdict"], page["reason"]) == ("refused", "replayed")
        assert desks.agents["T-0001"].verify(challenged(NOW + 1, "BBBBBBBB"), challenge=CHALLENGE)["verdict"] == "accepted"


@pytest.mark.error("neighbour-unknown")
@pytest.mark.error("neighbour-time")
@pytest.mark.error("neighbour-again")
@pytest.mark.error("passage-signature")
@pytest.mark.error("neighbour-frame")
def test_strangers_old_times_and_what_was_heard_before_change_nothing(gates: Station) -> None:
    signer, stranger = gates.posts["T-0001"].signer, gates.posts["T-0003"].signer
    with gates.running("T-0002"):
        good = PassageMessage.issue(_passage(), signer)
        for message, fault in (
            (PassageMessage.issue(_passage(terminal="T-0009"), signer), "neighbour-unknown"),
            (PassageMessage.issue(_passage(terminal="T-0002"), signer), "neighbour-unknown"),
            (PassageMessage.issue(_passage(), stranger), "passage-signature"),
            (PassageMessage.issue(_passage(iat=NOW - 81), signer), "neighbour-time"),
            (PassageMessage.issue(_passage(iat=NOW + 11), signer), "neighbour-time"),
            (PassageMessage.issue(_passage(until=NOW + 81), signer), "neighbour-time"),
            (PassageMessage.issue(_passage(made=NOW + 21), signer), "neighbour-time"),
        ):
            assert gates.speak("T-0002", message.raw) == (REFUSED, fault.encode())
        assert gates.speak("T-0002", b"\xff") == (REFUSED, b"cbor-indefinite") or gates.groups["T-0002"].health()["refused"]
        assert not gates.knows("T-0002", "abcdEF-_")
        first = gates.speak("T-0002", good.raw)
        assert first is not None
        assert first[0] == HEARD
        assert HeardMessage.from_bytes(first[1]).says == ("T-0002", NOW, good.digest, False)
        gates.speak("T-0002", PassageMessage.issue(_passage(until=0, iat=NOW + 1), signer).raw)
        assert gates.speak("T-0002", good.raw) == first, "heard before: answered as it was, and not remembered again"
        assert not gates.knows("T-0002", "abcdEF-_")
        refused = gates.groups["T-0002"].health()["refused"]
        assert (refused["neighbour-again"], refused["neighbour-time"], refused["passage-signature"]) == (1, 4, 1)


def test_one_uplink_keeps_the_whole_group_current(gates: Station) -> None:
    chongqing = history()
    first = min(chongqing.lists)
    holdings = Holdings.read(gates.posts["T-0001"].directory)
    holdings.chain.take(*chongqing.snapshot(2), now=NOW + 60)
    with gates.running(*NAMES):
        gates.wait(lambda: all(_seq(gates.posts[name]) == 2 for name in NAMES))
        for seq in (3, 4, 5):
            holdings.chain.take(chongqing.events[seq].raw, now=NOW + 60)
        holdings.chain.take(chongqing.beat(at=NOW + 30), now=NOW + 60)
        gates.wait(lambda: all(_seq(gates.posts[name]) == 5 for name in NAMES))
        holdings.chain.take(chongqing.go({(first, 7): StatusType.SUSPENDED}).raw, now=NOW + 60)
        gates.wait(lambda: all(_seq(gates.posts[name]) == 6 for name in NAMES))
        gates.posts["T-0003"].clock.at = NOW + 60
        assert gates.asks("T-0003", code(NOW + 60)) in {"suspended", "status-out-of-range"}


def test_a_region_that_is_not_trusted_here_is_not_asked_for(gates: Station) -> None:
    from verify.carrying import Carrier, Held

    carrier = Carrier(gates.posts["T-0001"].directory)
    other = Held("CN-GD", ListSpace.PHONE, 1, 1, NOW)
    assert carrier.lacking([other, other._replace(region="CN-CQ")]) == [Held("CN-CQ", ListSpace.PHONE, 0, 0, 0)]
    assert Region().seq == 1


def _seq(post: Post) -> int:
    return next((head.seq for head in Holdings.read(post.directory).chain.heads()), 0)


def test_a_port_that_somebody_has_is_told(gates: Station) -> None:
    with socket.create_server(("127.0.0.1", gates.ports["T-0001"])), pytest.raises(SetupError) as refused:
        gates.start("T-0001")
    assert refused.value.code == "agent-port"


def test_three_programs_know_one_another_by_their_group_files(gates: Station, tmp_path: Path) -> None:
    members = [{"terminal": name, "address": f"127.0.0.1:{gates.ports[name]}", "key": post.key} for name, post in gates.posts.items()]
    with ExitStack() as ending:
        http = {}
        for name, post in gates.posts.items():
            file = tmp_path / f"{name}.json"
            file.write_text(json.dumps({"bind": f"127.0.0.1:{gates.ports[name]}", "members": members}))
            assert set(read_group(file, own=name).members) == set(NAMES) - {name}
            _, ports = ending.enter_context(program("--state", post.path, "--group", file))
            assert ports["group"] == gates.ports[name]
            http[name] = ports["http"]

        def there(name: str) -> bool:
            return all(ask(http[name], "GET", "/v1/health").page["neighbours"]["there"].values())

        gates.wait(lambda: all(there(name) for name in NAMES))
        assert ask(http["T-0001"], "POST", "/v1/verify", {"text": code(NOW)}).page["verdict"] == "accepted"
        gates.wait(lambda: ask(http["T-0003"], "GET", "/v1/health").page["replay"]["depth"] == 1)
        assert ask(http["T-0003"], "POST", "/v1/verify", {"text": code(NOW)}).page["reason"] == "replayed"
