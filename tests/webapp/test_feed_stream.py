"""The event stream and the long poll as terminals meet them: real servers of both forms, on loopback."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from codes.chain import ListSpace
from tests.webapp.chainhouse import Chain, Server, embedded, production

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMS = {"embedded": embedded, "gunicorn": production}


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    made = Chain(tmp_path / "published")
    made.beat()
    return made


@pytest.fixture(params=FORMS)
def server(request: pytest.FixtureRequest, tmp_path: Path, chain: Chain) -> Iterator[Server]:
    started = FORMS[request.param](tmp_path / "log", ECARD_PUBLISHED=str(chain.root), ECARD_STREAMS="6", ECARD_STREAMS_PER_ADDRESS="4")
    yield started
    started.end()


def test_who_is_connected_hears_every_change_the_moment_it_is_published(server: Server, chain: Chain) -> None:
    listeners = [server.listen() for _ in range(3)]
    for listener in listeners:
        assert listener.answer.status == 200
        assert listener.answer.getheader("Content-Type") == "text/event-stream"
        assert listener.answer.getheader("Cache-Control") == "no-store"
        assert listener.next().id == "CN-CQ/phone/1.1"
        assert 1000 <= listener.retry_ms <= 31_000
    for _ in range(3):
        delta = chain.change()
        assert {listener.next() for listener in listeners} == {(f"CN-CQ/phone/{chain.version}", delta)}
    again = chain.beat()
    assert {listener.next() for listener in listeners} == {(f"CN-CQ/phone/{chain.version}", again)}


def test_who_comes_back_is_told_first_what_was_missed(server: Server, chain: Chain) -> None:
    listener = server.listen()
    last = listener.next().id
    listener.close()
    missed = [chain.change() for _ in range(3)]
    head = chain.beat()
    back = server.listen(Last_Event_ID=last)
    assert [back.next().content for _ in range(4)] == [*missed, head]
    told = server.listen(f"/v1/status/events?follow=CN-CQ/phone/1.{chain.seq - 1}")
    assert [told.next().content for _ in range(2)] == [missed[-1], head]


def test_what_was_missed_comes_in_the_fewest_steps(server: Server, chain: Chain) -> None:
    for _ in range(5):
        chain.change()
    merged = chain.merge(1, 5)
    last = chain.deltas[-1].raw
    head = chain.beat()
    back = server.listen(Last_Event_ID="CN-CQ/phone/1.1")
    assert [back.next().content for _ in range(3)] == [merged, last, head]


@pytest.mark.parametrize("position", ["1.900", "0.7", "2.1"])
def test_who_cannot_be_led_on_is_given_the_head_alone(position: str, server: Server, chain: Chain) -> None:
    chain.change()
    head = chain.beat()
    assert server.listen(Last_Event_ID=f"CN-CQ/phone/{position}").next().content == head


def test_only_the_chains_that_are_asked_for_come(server: Server, chain: Chain) -> None:
    chips = Chain(chain.root, space=ListSpace.CHIP)
    chips.beat()
    listener = server.listen("/v1/status/events?follow=CN-CQ/chip", Last_Event_ID="CN-CQ/phone/1.1")
    assert listener.next().id == "CN-CQ/chip/1.1"
    chain.change()
    delta = chips.change()
    assert listener.next() == ("CN-CQ/chip/1.2", delta)


def test_a_new_epoch_is_told_by_its_head(server: Server, chain: Chain) -> None:
    listener = server.listen()
    listener.next()
    chain.change(announced=False)
    chain.epoch, chain.deltas, chain.spans = 2, [], []
    head = chain.beat()
    assert listener.next() == ("CN-CQ/phone/2.2", head)


@pytest.mark.threat("G15")
@pytest.mark.error("feed-full")
def test_one_address_cannot_keep_the_others_out(server: Server) -> None:
    listeners = [server.listen() for _ in range(4)]
    for listener in listeners:
        listener.next()
    refused = server.ask("/v1/status/events")
    assert refused.status == 503
    assert b'"feed-full"' in refused.body
    assert 30 <= int(refused.headers["Retry-After"]) < 60
    assert server.ask("/v1/status/CN-CQ/phone/head?since=1.1&wait=1").status == 503
    assert server.ask("/v1/status/CN-CQ/phone/head").status == 200


def test_a_head_request_opens_no_stream(server: Server) -> None:
    for _ in range(10):
        assert server.ask("/v1/status/events", method="HEAD").status == 200


def test_a_poll_is_answered_as_soon_as_there_is_something_later(server: Server, chain: Chain) -> None:
    listener = server.listen()
    listener.next()
    chain.change()
    listener.next()
    head = (chain.folder / "head.cbor").read_bytes()
    assert server.ask("/v1/status/CN-CQ/phone/head?since=1.1&wait=30").body == head
    assert server.ask("/v1/status/CN-CQ/phone/head?since=0.9&wait=30").body == head
    after = server.ask("/v1/status/CN-CQ/phone/head?since=1.2&wait=1")
    assert (after.status, after.body) == (200, head)
    assert after.headers["Cache-Control"] == "no-store"


def test_a_waiting_poll_hears_of_a_change(server: Server, chain: Chain) -> None:
    poll = server.begin("/v1/status/CN-CQ/phone/head?since=1.1&wait=30")
    chain.change()
    assert poll.getresponse().read() == (chain.folder / "head.cbor").read_bytes()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_ends_ends_its_streams_where_an_event_ends(number: int, server: Server) -> None:
    if number == signal.SIGINT and "gunicorn" in " ".join(map(str, server.process.args)):  # type: ignore[arg-type] # because Popen keeps what it was given
        number = signal.SIGTERM  # gunicorn takes SIGINT for "at once"
    listeners = [server.listen() for _ in range(3)]
    for listener in listeners:
        listener.next()
    assert server.stop(number) == 0
    for listener in listeners:
        assert listener.rest() == []


def test_nobody_who_asks_is_named_in_the_log(server: Server, chain: Chain) -> None:
    server.ask("/v1/status/CN-CQ/phone/head?since=1.7&wait=0", headers={"User-Agent": "canary-agent", "X-Forwarded-For": "203.0.113.9"})
    server.ask("/v1/status/canary")
    server.stop()
    said = server.log.read_text("utf-8").replace(server.url, "")
    assert '"method": "GET", "route": "/v1/status/<region>/<space>/head", "status": 200' in said
    assert '"route": "/v1/status/<shard>", "status": 404' in said
    for canary in ("canary", "203.0.113.9", "127.0.0.1", "since", chain.region):
        assert canary not in said, canary
