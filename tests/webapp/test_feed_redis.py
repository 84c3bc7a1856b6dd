"""News through a real Redis: sooner than the folder, and never instead of it."""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.webapp.chainhouse import Chain, Server, embedded, production, program
from tests.webapp.redishouse import PASSWORD, RedisServer
from webapp.feeding.hub import Hub
from webapp.feeding.lines import STREAM, RedisLine
from webapp.feeding.news import News

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    made = Chain(tmp_path / "published")
    made.beat()
    return made


@pytest.fixture
def far(chain: Chain, tmp_path: Path) -> Path:
    """The published folder of another machine, as it was copied a while ago."""
    return shutil.copytree(chain.root, tmp_path / "far")


@pytest.fixture
def announcer(chain: Chain, redis: RedisServer, tmp_path: Path) -> Iterator[Server]:
    words = [program("ecard"), "announce", "--published", str(chain.root)]
    server = Server(words, {"ECARD_REDIS": redis.url}, tmp_path / "announcer.log", listening="")
    yield server
    server.end()


def arrived(redis: RedisServer, content: bytes) -> None:
    """Wait until an object stands in the stream."""
    for _ in range(20_000):
        if content in redis.entries():
            return
    pytest.fail("it was not announced")


@pytest.mark.parametrize("form", [embedded, production])
@pytest.mark.usefixtures("announcer")
def test_a_service_on_another_machine_hears_before_its_files_are_there(
    form: object, chain: Chain, far: Path, redis: RedisServer, tmp_path: Path
) -> None:
    arrived(redis, (chain.folder / "head.cbor").read_bytes())
    server = (embedded if form is embedded else production)(tmp_path / "log", ECARD_PUBLISHED=str(far), ECARD_REDIS=redis.url)
    try:
        listener = server.listen()
        assert listener.next().id == "CN-CQ/phone/1.1"
        for _ in range(3):
            delta = chain.change()
            assert listener.next().content == delta
        assert PASSWORD not in server.log.read_text("utf-8")
    finally:
        server.end()


@pytest.mark.usefixtures("announcer")
def test_redis_killed_in_the_middle_loses_nothing(chain: Chain, redis: RedisServer, announcer: Server, tmp_path: Path) -> None:
    server = embedded(tmp_path / "log", ECARD_PUBLISHED=str(chain.root), ECARD_REDIS=redis.url)
    try:
        listener = server.listen()
        listener.next()
        before = chain.change()
        assert listener.next().content == before
        redis.kill()
        during = [chain.change() for _ in range(3)]
        assert [listener.next().content for _ in during] == during
        redis.start()
        after = chain.change()
        assert listener.next().content == after
        arrived(redis, after)
        assert PASSWORD not in server.log.read_text("utf-8") + announcer.log.read_text("utf-8")
    finally:
        server.end()


@pytest.mark.usefixtures("announcer")
def test_what_was_published_while_redis_was_away_is_announced_in_order(chain: Chain, redis: RedisServer) -> None:
    arrived(redis, (chain.folder / "head.cbor").read_bytes())
    redis.kill()
    changes = [chain.change() for _ in range(3)]
    redis.start()
    arrived(redis, changes[-1])
    assert redis.entries() == changes


def test_a_line_goes_on_where_it_was_and_passes_over_what_is_no_news(chain: Chain, redis: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    hub, line = Hub(), RedisLine(redis.url)
    redis.add("object", b"from before")
    assert line.announce(News.read(chain.change()))
    assert line.listen(hub)
    assert hub.told == 0  # what stood there before is in the folder
    change = News.read(chain.change())
    redis.add("object", b"nonsense")
    redis.add("another", b"field")
    assert line.announce(change)
    assert line.listen(hub)
    assert [news.content for news in hub.hear(0, within=0) or ()] == [change.content]
    assert caplog.text.count("no news") == 2
    redis.kill()
    with caplog.at_level(logging.WARNING):
        assert not line.listen(hub)
        assert not line.announce(change)
        assert not line.is_up
    assert caplog.text.count("Redis is away") == 1
    assert PASSWORD not in caplog.text
    line.close()
    assert STREAM.startswith("ecard")


@pytest.mark.error("settings")
def test_an_announcer_without_a_redis_says_what_is_missing(chain: Chain, tmp_path: Path) -> None:
    server = Server([program("ecard"), "announce", "--published", str(chain.root)], {}, tmp_path / "log", listening="")
    assert server.process.wait(30) == 3
    assert "ECARD_REDIS = missing" in server.log.read_text("utf-8")
