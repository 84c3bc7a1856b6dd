"""The parts of the feed, each on its own: names and versions, the list of news, the way over deltas, who is let in."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest

from codes.errors import InputError, SetupError
from tests.webapp.chainhouse import Chain
from verify.chain_index import MOST_STEPS, ChainIndex
from webapp import faults
from webapp.feeding.admission import Admission, party_of
from webapp.feeding.feed import Feed, Pace
from webapp.feeding.hub import Hub
from webapp.feeding.news import ChainName, News, Position, Version
from webapp.feeding.paths import read_index, way
from webapp.feeding.reader import Wish
from webapp.feeding.watching import Watcher, deltas
from webapp.published import PublishedFolder

if TYPE_CHECKING:
    from pathlib import Path

PHONES = ChainName("CN-CQ", "phone")


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    made = Chain(tmp_path)
    made.beat()
    return made


def told(hub: Hub, place: int = 0) -> list[bytes]:
    heard = hub.hear(place, within=0)
    assert heard is not None
    return [news.content for news in heard]


# ------------------------------------------------------------------------------------------------------------------ names


def test_a_position_has_one_spelling() -> None:
    for text in ("CN-CQ/phone/1.345", "CN-SC/chip/0.1"):
        position = Position.parse(text)
        assert position is not None
        assert f"{position.chain}/{position.version}" == text
    assert Position.parse("CN-CQ/phone") == (PHONES, None)


@pytest.mark.parametrize(
    "text", ["", "CN-CQ", "CN-CQ/", "CN-CQ/phone/", "CN-CQ/phone/1", "CN-CQ/phone/1.1/", "CN-CQ/Phone", "cn-cq/phone", "CN-CQ/phone/1.0"]
)
def test_whatever_else_is_no_position(text: str) -> None:
    assert Position.parse(text) is None


@pytest.mark.parametrize("content", [b"", b"\xa0", b"\xd2\x84", b"\x00" * 70_000])
def test_what_is_no_object_of_a_chain_is_no_news(content: bytes) -> None:
    with pytest.raises(InputError):
        News.read(content)


# -------------------------------------------------------------------------------------------------------------------- hub


def test_everything_is_told_once_and_nothing_older_after_it(chain: Chain) -> None:
    hub = Hub()
    first = News.read(chain.beat())
    second, third = News.read(chain.change()), News.read(chain.beat())
    assert [hub.tell(news) for news in (first, first, third, second, third)] == [True, False, True, False, False]
    assert told(hub) == [first.content, third.content]
    assert told(hub, 1) == [third.content]
    assert hub.latest(PHONES) == third
    assert hub.hear(2, within=0) == []


def test_a_reader_who_is_too_slow_has_to_go_and_the_others_stay(chain: Chain) -> None:
    hub = Hub(kept_bytes=1000)
    for _ in range(20):
        hub.tell(News.read(chain.beat()))
    assert hub.hear(0, within=0) is None
    assert len(told(hub, 18)) == 2


def test_news_larger_than_all_that_is_kept_are_still_told(chain: Chain) -> None:
    hub = Hub(kept_bytes=1)
    hub.tell(News.read(chain.beat()))
    hub.tell(News.read(chain.beat()))
    assert len(told(hub, 1)) == 1


def test_nobody_waits_for_a_hub_that_is_closed() -> None:
    hub = Hub()
    hub.close()
    assert hub.hear(0, within=3600) is None


# ----------------------------------------------------------------------------------------------------- watching the folder


def test_changes_are_told_as_deltas_and_a_head_only_where_it_says_more(chain: Chain) -> None:
    hub = Hub()
    watcher = Watcher(PublishedFolder(chain.root), hub)
    watcher.look()
    watcher.look()
    start = hub.told
    changes = [chain.change() for _ in range(3)]
    watcher.look()
    assert told(hub, start) == changes
    again = chain.beat()
    watcher.look()
    assert told(hub, start) == [*changes, again]


def test_a_head_without_a_way_to_it_is_told_alone(chain: Chain) -> None:
    hub = Hub()
    watcher = Watcher(PublishedFolder(chain.root), hub)
    watcher.look()
    chain.change()
    (chain.folder / "1" / "d" / "1-2.cbor").unlink()
    head = chain.beat()
    watcher.look()
    assert told(hub, 1) == [head]


def test_an_index_that_is_not_there_yet_is_done_without(chain: Chain) -> None:
    hub = Hub()
    watcher = Watcher(PublishedFolder(chain.root), hub)
    watcher.look()
    stale = (chain.folder / "index.json").read_bytes()
    changes = [chain.change() for _ in range(2)]
    (chain.folder / "index.json").write_bytes(stale)
    watcher.look()
    assert told(hub, 1) == changes


def test_a_head_that_cannot_be_read_is_said_in_the_log_and_looked_at_again(chain: Chain, caplog: pytest.LogCaptureFixture) -> None:
    hub = Hub()
    watcher = Watcher(PublishedFolder(chain.root), hub)
    good = (chain.folder / "head.cbor").read_bytes()
    (chain.folder / "head.cbor").write_bytes(good[:-1])
    watcher.look()
    assert "CN-CQ/phone: " in caplog.text
    assert hub.told == 0
    (chain.folder / "head.cbor").write_bytes(good)
    watcher.look()
    assert told(hub) == [good]


def test_a_change_too_large_to_push_is_told_by_its_head(tmp_path: Path) -> None:
    chain = Chain(tmp_path, size=1 << 18)
    chain.beat()
    hub = Hub()
    watcher = Watcher(PublishedFolder(chain.root), hub)
    watcher.look()
    chain.change(*range(0, 1 << 20, 4))
    assert (chain.folder / "1" / "d" / "1-2.cbor").stat().st_size > 64 * 1024
    watcher.look()
    assert told(hub, 1) == [(chain.folder / "head.cbor").read_bytes()]


def test_folders_that_are_no_chains_are_passed_over(chain: Chain) -> None:
    for name in ("CN-CQ/paper", "nowhere/phone"):
        (chain.root / "chain" / name).mkdir(parents=True)
        (chain.root / "chain" / name / "head.cbor").write_bytes(b"")
    assert [found[:2] for found in PublishedFolder(chain.root).heads()] == [PHONES]


# -------------------------------------------------------------------------------------------------------------------- ways


def index(*spans: tuple[int, int], epoch: int = 1) -> ChainIndex:
    found: dict[int, list[int]] = {}
    for start, end in spans:
        found.setdefault(start, []).append(end)
    return ChainIndex(epoch=epoch, seq=max(end for _, end in spans), snapshots=[], deltas=found)


def test_the_way_is_the_shortest() -> None:
    page = index((1, 2), (2, 3), (3, 4), (4, 5), (1, 3), (1, 4), (5, 6))
    assert way(page, Version(1, 1), Version(1, 5)) == [(1, 4), (4, 5)]
    assert way(page, Version(1, 1), Version(1, 3)) == [(1, 3)]
    assert way(page, Version(1, 6), Version(1, 6)) == []


def test_there_is_no_way_across_a_gap_or_an_epoch_or_back() -> None:
    page = index((1, 2), (3, 4))
    assert way(page, Version(1, 1), Version(1, 4)) is None
    assert way(page, Version(0, 1), Version(1, 2)) is None
    assert way(page, Version(0, 1), Version(0, 2)) is None
    assert way(page, Version(1, 9), Version(1, 4)) is None
    many = index(*itertools.pairwise(range(1, MOST_STEPS + 3)))
    assert len(way(many, Version(1, 2), Version(1, MOST_STEPS + 2)) or ()) == MOST_STEPS
    assert way(many, Version(1, 1), Version(1, MOST_STEPS + 2)) is None


@pytest.mark.parametrize(
    "page",
    [
        "",
        "[]",
        "{}",
        '{"epoch":1,"seq":2,"snapshots":[],"deltas":[[1]]}',
        '{"epoch":1,"seq":2,"snapshots":[],"deltas":[[1,"2"]]}',
        '{"epoch":1,"seq":2,"snapshots":[],"deltas":7}',
    ],
)
def test_a_broken_index_is_none(page: str, chain: Chain) -> None:
    (chain.folder / "index.json").write_text(page, "utf-8")
    assert read_index(PublishedFolder(chain.root), PHONES) is None


def test_an_index_that_leads_in_circles_leads_nowhere(chain: Chain) -> None:
    (chain.folder / "index.json").write_text(json.dumps({"epoch": 1, "seq": 9, "snapshots": [], "deltas": [[1, 1], [3, 2], [2, 1]]}), "utf-8")
    page = read_index(PublishedFolder(chain.root), PHONES)
    assert page is not None
    assert page.way(3, 9) is None
    assert deltas(PublishedFolder(chain.root), PHONES, Version(1, 1), Version(1, 900)) == []


# --------------------------------------------------------------------------------------------------------------- admission


@pytest.mark.error("feed-full")
def test_each_party_and_all_together_have_a_limit() -> None:
    door = Admission(whole=4, each=2)
    parties = [door.enter("192.0.2.1"), door.enter("192.0.2.1"), door.enter("192.0.2.2")]
    for address in ("192.0.2.1", "::ffff:192.0.2.1"):
        with pytest.raises(SetupError) as refused:
            door.enter(address)
        assert refused.value.fault is faults.FEED_FULL
    door.enter("192.0.2.3")
    with pytest.raises(SetupError):
        door.enter("192.0.2.4")
    assert not door.emptied(within=0)
    door.leave(parties[0])
    assert door.enter("192.0.2.1") == "192.0.2.1"
    assert door.inside == 4


@pytest.mark.threat("G20")
def test_a_station_is_one_party_however_it_is_spelled() -> None:
    assert len({party_of(address) for address in ("2001:db8::1", "2001:0DB8:0:0::2", "2001:db8::ffff:1%eth0")}) == 1
    assert party_of("2001:db8:0:1::1") != party_of("2001:db8::1")
    assert party_of("::ffff:192.0.2.1") == party_of("192.0.2.1")
    assert party_of("") == ""


# ------------------------------------------------------------------------------------------------------------------- feed


def test_a_quiet_stream_carries_comments(chain: Chain) -> None:
    feed = Feed(PublishedFolder(chain.root), pace=Pace(keep_alive=0.01))
    stream = feed.stream({})
    head = (chain.folder / "head.cbor").read_bytes()
    assert next(stream).startswith(b"retry: ")
    assert next(stream) == News.read(head).event
    assert next(stream) == b":\n\n"
    feed.close()
    assert list(stream) == []


def test_a_chain_that_is_not_published_yet_may_be_followed(chain: Chain) -> None:
    feed = Feed(PublishedFolder(chain.root), pace=Pace(look=0.01))
    stream = feed.stream({ChainName("CN-SC", "phone"): None}, Wish(only=True))
    next(stream)
    assert next(stream) == b""
    other = Chain(chain.root, region="CN-SC")
    head = other.beat()
    assert next(event for event in stream if event != b":\n\n") == News.read(head).event
    feed.close()


def test_a_poll_goes_by_the_folder_even_where_redis_was_faster(chain: Chain) -> None:
    feed = Feed(PublishedFolder(chain.root), pace=Pace(look=0.01))
    feed.start()
    feed.hub.tell(News.read(chain.change(announced=False)))
    feed.wait(PHONES, Version(1, 1), within=0.05)
    chain.beat()
    feed.wait(PHONES, Version(1, 1), within=3600)
    feed.close()
    feed.wait(PHONES, Version(1, 9), within=3600)
