"""Limits: exact within a window, one bucket for all spellings of a subject, bounded memory, and a Redis that fails in every way without opening one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

from codes.errors import StateError
from tests.webapp.redishouse import PASSWORD, RedisServer
from tests.webapp.slowredis import Tarpit
from webapp import faults
from webapp.operations.kinds import GUARDS, WINDOWS, Kind, Window
from webapp.operations.limits import Limits
from webapp.operations.shared_tallies import SharedTallies
from webapp.operations.tallies import Tallies
from webapp.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
SIGN_INS = WINDOWS[Kind.SIGN_IN][0].most


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def client(redis: RedisServer) -> Iterator[Any]:
    with Redis.from_url(redis.url) as made:
        yield made


def process(redis: RedisServer, name: str, *, processes: int = 2) -> Limits:
    return Limits(processes=processes, shared=SharedTallies(redis.url, name))


def admitted(limits: Limits, tries: int, kind: Kind = Kind.SIGN_IN, subject: str = "192.0.2.1", at: datetime = NOW) -> int:
    """How many of so many tries were let through."""
    passed = 0
    for _ in range(tries):
        try:
            limits.admit(kind, subject, at)
        except StateError as refused:
            if refused.fault is not faults.TOO_MANY_REQUESTS or set(refused.facts) != {"kind", "after_s"}:
                raise
        else:
            passed += 1
    return passed


# ------------------------------------------------------------------------------------------------------------ one process


@pytest.mark.error("too-many-requests")
def test_no_more_than_the_limit_in_any_window_and_the_wait_that_is_named_is_enough() -> None:
    limits, passed, at = Limits(), [], NOW
    most, seconds = WINDOWS[Kind.SIGN_IN][0]
    for _ in range(2000):
        try:
            limits.admit(Kind.SIGN_IN, "192.0.2.1", at)
        except StateError as refused:
            wait = refused.facts["after_s"]
            assert isinstance(wait, int)
            if wait > seconds * 2:  # the day is full
                break
            assert 1 <= wait <= seconds * 9 / 8 + 1
            at += timedelta(seconds=wait)
            limits.check(Kind.SIGN_IN, "192.0.2.1", at)
        else:
            passed.append(at)
            at += timedelta(seconds=1)
    assert len(passed) == WINDOWS[Kind.SIGN_IN][1].most
    for begin in passed:
        assert sum(begin <= moment < begin + timedelta(seconds=seconds) for moment in passed) <= most


def test_a_refusal_counts_nothing_and_a_look_counts_nothing() -> None:
    limits = Limits()
    assert admitted(limits, 500) == SIGN_INS
    assert admitted(limits, 1, at=NOW + timedelta(seconds=340)) == 1
    for _ in range(50):
        limits.check(Kind.SIGN_IN, "192.0.2.2", NOW)
    assert admitted(limits, 500, subject="192.0.2.2") == SIGN_INS
    with pytest.raises(StateError):
        limits.check(Kind.SIGN_IN, "192.0.2.2", NOW)


@pytest.mark.threat("G20")
@pytest.mark.parametrize(
    "twins",
    [
        ["op-7", "OP-7", " op-7 ", "ｏｐ－７".replace("－", "-"), "Op-7\t"],
        ["2001:db8::1", "2001:DB8:0:0::ffff", "2001:db8:0:0:1:2:3:4", "2001:0db8:0000:0000::9%eth0"],
        ["192.0.2.9", "::ffff:192.0.2.9", "::FFFF:c000:209"],
    ],
)
def test_every_spelling_of_a_subject_meets_one_limit(twins: list[str]) -> None:
    limits = Limits()
    assert sum(admitted(limits, SIGN_INS, subject=twin) for twin in twins) == SIGN_INS


@pytest.mark.threat("G20")
def test_neighbours_and_other_kinds_have_their_own() -> None:
    limits = Limits()
    assert admitted(limits, 50, subject="2001:db8::1") == admitted(limits, 50, subject="2001:db8:0:1::1") == SIGN_INS
    assert admitted(limits, 5, kind=Kind.REPORT, subject="2001:db8::1") == 5


@pytest.mark.threat("G20")
def test_whoever_makes_up_subjects_fills_no_memory_and_wins_no_try() -> None:
    windows, tallies = (Window(5, 60),), Tallies(most_cells=100)
    for number in range(5_000):
        tallies.of(f"k:{number:032x}", 0.0, windows).add(0.0)
    assert len(tallies) <= 100 + 256
    assert sum(tallies.of(f"k:{number:032x}", 0.0, windows).counts[0].total() >= 5 for number in range(5_000)) > 4_800
    for number in range(100):  # each that is new looks at a few, and what is over goes
        assert not tallies.of(f"n:{number:032x}", 300.0, windows).counts[0]
    assert len(tallies) < 10


def test_what_stands_before_a_guess_is_bounded_for_a_day_or_by_few() -> None:
    assert set(WINDOWS) == set(Kind)
    assert all(min(window.most for window in WINDOWS[kind]) <= 300 for kind in GUARDS)


def test_several_processes_without_redis_share_a_limit_out() -> None:
    processes = [Limits(processes=4) for _ in range(4)]
    assert sum(admitted(limits, 50) for limits in processes) <= SIGN_INS


# ------------------------------------------------------------------------------------------------------------- with Redis


def test_processes_count_together(redis: RedisServer) -> None:
    processes = [process(redis, f"p{number}", processes=3) for number in range(3)]
    passed = [admitted(limits, 1) for _ in range(20) for limits in processes]
    assert sum(passed) == SIGN_INS
    assert all(limits.is_shared for limits in processes)
    with pytest.raises(StateError):
        processes[1].check(Kind.SIGN_IN, "192.0.2.1", NOW)
    assert admitted(processes[2], 5, at=NOW + timedelta(seconds=340)) == 5
    for limits in processes:
        limits.close()


def test_what_stands_in_redis_names_nobody_and_goes_by_itself(redis: RedisServer, client: Any) -> None:
    admitted(process(redis, "p"), 3, subject="192.0.2.77")
    keys = client.keys("*")
    assert len(keys) == len(WINDOWS[Kind.SIGN_IN])
    assert not any(b"192.0.2" in key for key in keys)
    assert all(0 < client.ttl(key) <= 2 * 86400 for key in keys)


@pytest.mark.threat("I05")
@pytest.mark.parametrize("fault", ["flushed", "restarted empty", "evicted", "old copy"])
def test_a_redis_that_forgets_opens_nothing_to_a_process_that_has_counted(fault: str, redis: RedisServer, client: Any) -> None:
    one, two = process(redis, "one"), process(redis, "two")
    assert admitted(one, 5) == 5
    old = {key: client.dump(key) for key in client.keys("*")}
    assert admitted(one, 1) + admitted(two, 4) == 5
    if fault == "flushed":
        client.flushall()
    elif fault == "restarted empty":
        redis.kill()
        redis.start()
    elif fault == "evicted":
        client.delete(*client.keys("*"))
    else:
        for key, value in old.items():
            client.restore(key, 3_600_000, value, replace=True)
    assert admitted(one, 50) <= 4  # it has counted six itself: what the other counted is all that can be lost
    assert admitted(two, 50) == 0
    assert admitted(one, 50) == 0


@pytest.mark.threat("I05")
def test_a_redis_that_is_away_leaves_each_process_its_share_and_is_found_again(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.operations.shared_tallies.REST_S", 0.0)
    one, two = process(redis, "one"), process(redis, "two")
    redis.kill()
    assert admitted(one, 50) == admitted(two, 50) == SIGN_INS // 2
    assert not one.is_shared
    redis.start()
    assert admitted(one, 50) == SIGN_INS // 2  # of the other it has not heard
    assert admitted(two, 50) == 0
    assert one.is_shared


@pytest.mark.threat("I05")
def test_a_redis_that_hangs_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.operations.shared_tallies.TIMEOUT_S", 0.05)
    with Tarpit() as tarpit:
        limits = Limits(processes=2, shared=SharedTallies(tarpit.url, "p"))
        assert admitted(limits, 500) == SIGN_INS // 2
        assert tarpit.met <= 2, "whoever hangs is not asked again at once"


def test_the_address_of_redis_is_shown_nowhere(redis: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    limits = Limits.of(Settings(published=redis.folder, redis=redis.url, processes=2))
    redis.kill()
    admitted(limits, 3)
    assert "redis-away" in caplog.text
    assert PASSWORD not in caplog.text
    assert PASSWORD not in repr(limits)
    assert Limits.of(Settings(published=redis.folder)).is_shared is False


def test_a_redis_that_forgot_is_noted(redis: RedisServer, client: Any, caplog: pytest.LogCaptureFixture) -> None:
    limits = process(redis, "p")
    admitted(limits, 2)
    client.flushall()
    admitted(limits, 1, at=NOW + timedelta(seconds=60))
    assert caplog.text.count("limits-forgotten") == 1
