"""What neighbours hand on of a state directory, and how a group begins and ends."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from codes.chain import ListSpace
from codes.errors import SetupError
from codes.trust import encode_status_authority
from tests.verify.agents import Post, free_port, station
from tests.verify.chain_world import EPOCH, authority, history
from tests.verify.city import DAY, NOW, City, code, when
from tests.verify.test_agent_program import served
from tests.verify.test_neighbour_talk import Memory
from verify.carrying import Carrier, Held
from verify.frames import BODY, MANIFEST, OBJECT
from verify.group import Address, Group
from verify.neighbours import Neighbours
from verify.terminal import Holdings, Terminal

if TYPE_CHECKING:
    from pathlib import Path

HELD = Held("CN-CQ", ListSpace.PHONE, EPOCH, 5, NOW)


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path / "gate", station(tmp_path / "published", **{"status.cbor": encode_status_authority(authority(epoch=EPOCH))}))


def test_a_chain_is_handed_on_by_deltas_or_by_its_snapshot_and_only_if_it_is_here(post: Post) -> None:
    chongqing, store = history(), Holdings.read(post.directory).chain
    carrier = Carrier(post.directory)
    nothing = HELD._replace(epoch=0, seq=0, at=0)
    assert list(carrier.way(nothing)) == []
    store.take(*chongqing.snapshot(2), now=NOW + 60)
    for seq in (3, 4, 5):
        store.take(chongqing.events[seq].raw, now=NOW + 60)
    assert [kind for kind, _ in carrier.way(nothing)] == [MANIFEST, BODY, OBJECT, OBJECT, OBJECT]
    assert [kind for kind, _ in carrier.way(HELD._replace(seq=4))] == [OBJECT]
    store.take(chongqing.beat(at=NOW + 30), now=NOW + 60)
    assert list(carrier.way(HELD)) == [(OBJECT, chongqing.beat(at=NOW + 30))]
    (post.path / "chain/CN-CQ/phone/snapshot/manifest").unlink()
    assert [kind for kind, _ in carrier.way(nothing)] == [OBJECT], "without a snapshot the heartbeat alone"
    (post.path / "state.json").unlink()
    assert carrier.held() == []


def test_strangers_and_streams_too_many_are_hung_up_on(post: Post) -> None:
    bind = Address("127.0.0.1", free_port())
    group = Neighbours(Group(bind=bind, members={}), own="T-0001", directory=post.directory, gate=Memory(), signer=post.signer, now=lambda: NOW)
    group.start()
    with socket.create_connection(bind, timeout=20) as stranger:
        assert stranger.recv(1) == b""
    group.close()


def test_a_group_over_ipv6_listens_there(post: Post) -> None:
    there = Group(bind=Address("2001:db8::1", free_port()), members={})
    with pytest.raises(SetupError) as refused:
        Neighbours(there, own="T-0001", directory=post.directory, gate=Memory(), signer=post.signer, now=lambda: NOW)
    assert refused.value.code == "agent-port", "nobody here has this address"


def test_the_verb_starts_the_group_that_its_file_names(post: Post, tmp_path: Path) -> None:
    file, port = tmp_path / "group.json", free_port()
    file.write_text(json.dumps({"bind": f"127.0.0.1:{port}", "members": []}))

    def do(ports: dict[str, int]) -> None:
        assert ports["group"] == port

    with served("--state", post.path, "--port", "0", "--group", file) as found:
        found["do"] = do
    assert found["status"] == 0


def test_a_release_is_written_only_where_a_journal_is_kept(tmp_path: Path, post: Post) -> None:
    plain = Post(tmp_path / "plain", City(tmp_path / "p"))
    terminal = Terminal(plain.path)
    terminal.release(1, at=when(NOW))
    terminal.close()
    assert not (plain.path / "journal").exists()
    kept = Terminal(post.path)
    kept.judge(code(NOW), at=when(NOW))
    kept.release(1, at=when(NOW + 500 * DAY))
    kept.close()
    assert [entry.seq for entry in post.journal()] == [1], "no key was in force"
