"""`ecard doctor`: all is well, or what is not is named with what to do; nothing is changed, and no secret is shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.ecard.conftest import cluster
from tests.webapp.redishouse import PASSWORD, RedisServer
from tests.webapp.test_office import founded, shell
from tests.webapp.test_office_publish import CQ
from tests.webapp.test_operations_limits import redis
from tests.webapp.test_operations_modules import module
from webapp.office.opening import KEY_LIFE
from webapp.office.settings import read_settings
from webapp.operations import examining, examining_office
from webapp.operations.doctor import examine
from webapp.operations.findings import AREAS, Finding, State, worst
from webapp.settings import METRICS, OFFICE, REDIS, Mode, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ecard.postgres import Cluster
    from tests.webapp.officehouse import Shell
    from tests.webapp.softhsm import Module

__all__ = ["cluster", "founded", "module", "redis", "shell"]


@pytest.fixture
def tidy(shell: Shell, tmp_path: Path) -> Shell:
    """An office whose root keys are in a safe."""
    shell.done("trust", "take-out", "--out", str(tmp_path / "safe"))
    shell.done("publish")
    return shell


def told(shell: Shell, status: int) -> list[dict[str, Any]]:
    """What the doctor finds; the exit status must be this."""
    answer = shell("doctor", "--json")
    assert answer.status == status, answer.out
    found: list[dict[str, Any]] = answer.page["findings"]
    for finding in found:
        assert finding["area"] in AREAS
        assert finding["says"].keys() == {"zh", "en"}
        assert ("todo" in finding) is (finding["state"] != "well")
    return found


def ill(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(finding["area"], finding["state"]) for finding in found if finding["state"] != "well"]


def of(found: list[Finding]) -> list[tuple[str, State]]:
    return [(finding.area, finding.state) for finding in found if finding.state is not State.WELL]


def test_an_office_that_is_well_is_said_to_be(tidy: Shell) -> None:
    assert ill(told(tidy, 0)) == []
    page = tidy("doctor")
    assert page.status == 0
    assert "一切正常 / all is well" in page.out


def test_keys_that_belong_into_a_safe_want_looking_after(shell: Shell) -> None:
    assert ill(told(shell, 1)) == [("keys", "attend")]
    assert "→ 请移到离线介质：ecard trust take-out" in shell("doctor").out


def test_what_is_broken_is_named_and_the_rest_is_looked_at_all_the_same(tidy: Shell) -> None:
    key = tidy.folder / "keys" / f"{CQ}.issuer-phone.pem"
    key.chmod(0o644)
    (tidy.folder / "record.db").rename(tidy.folder / "elsewhere.db")
    (tidy.folder / "office.toml").chmod(0o644)
    found = told(tidy, 3)
    assert ill(found) == [("office", "attend"), ("keys", "broken"), ("database", "broken")]
    assert not (tidy.folder / "record.db").exists(), "looking makes nothing"
    key.chmod(0o600)
    key.unlink()
    assert [finding["facts"] for finding in told(tidy, 3) if finding["area"] == "keys" and finding["state"] == "broken"] == [
        {"code": "key-missing", "file": key.name}
    ]


def test_no_office_and_no_settings_are_said_too(tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OFFICE, raising=False)
    assert shell.plain("doctor", "--json").page["findings"][0]["facts"]["code"] == "settings"
    assert shell.plain("doctor", "--office", str(tmp_path / "nowhere")).status == 3


def test_every_age_is_judged(tidy: Shell) -> None:
    now = datetime.now(UTC)  # noqa: TID251 because the office was founded by this clock
    settings = Settings(published=read_settings(tidy.folder).published, office=tidy.folder)

    def published(at: datetime) -> list[tuple[str, State]]:
        return of(list(examining.published(settings, at=at)))

    def keys(at: datetime) -> list[tuple[str, State]]:
        return of(list(examining_office._keys(read_settings(tidy.folder), at=at)))

    assert published(now) == []
    assert published(now - timedelta(minutes=1)) == [("clock", State.BROKEN)] * 2
    assert published(now + timedelta(minutes=20)) == [("published", State.ATTEND)] * 2
    assert ("published", State.ATTEND) in published(now + timedelta(days=6, hours=1))
    assert published(now + timedelta(days=400)).count(("published", State.BROKEN)) == 2
    assert keys(now + KEY_LIFE - timedelta(days=30)) == [("keys", State.ATTEND)] * 2
    assert keys(now + KEY_LIFE + timedelta(days=30)) == [("keys", State.BROKEN)] * 2


def test_a_published_folder_that_is_empty_or_spoilt_is_broken(tidy: Shell, tmp_path: Path) -> None:
    now = datetime.now(UTC)  # noqa: TID251 because of the same
    assert of(list(examining.published(Settings(published=tmp_path / "none"), at=now))) == [("published", State.BROKEN)]
    folder = read_settings(tidy.folder).published
    (folder / "metadata" / "timestamp.json").write_text("{}", "utf-8")
    assert ("published", State.BROKEN) in of(list(examining.published(Settings(published=folder), at=now)))


def test_redis_is_looked_at_and_its_password_is_not_shown(tidy: Shell, redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REDIS, redis.url)
    assert ill(told(tidy, 0)) == []
    now = datetime.now(UTC)  # noqa: TID251 because of the same
    assert of(list(examining.redis(redis.url, at=now - timedelta(seconds=5)))) == [("clock", State.ATTEND)]
    assert of(list(examining.redis(redis.url, at=now - timedelta(minutes=5)))) == [("clock", State.BROKEN)]
    redis.configure("maxmemory", "100mb")
    redis.configure("maxmemory-policy", "allkeys-lru")
    assert ill(told(tidy, 1)) == [("redis", "attend")]
    redis.kill()
    found = told(tidy, 3)
    assert ill(found) == [("redis", "broken")]
    assert PASSWORD not in json.dumps(found)


def test_a_postgresql_is_asked_for_its_time_and_its_connections(cluster: Cluster, shell: Shell, tmp_path: Path) -> None:
    name, folder = cluster.database(), tmp_path / "grown"
    assert shell.plain("office", "init", str(folder), "--region", CQ, "--database", cluster.url(name)).status == 0
    now = datetime.now(UTC)  # noqa: TID251 because of the same
    settings = Settings(published=folder / "published", office=folder)
    found = list(examining_office._database(read_settings(folder), settings, at=now))
    assert of(found) == []
    assert {finding.area for finding in found} == {"database", "clock"}
    late = now - timedelta(seconds=10)
    grown = Settings(published=folder / "published", office=folder, mode=Mode.PRODUCTION, processes=40)
    assert of(list(examining_office._database(read_settings(folder), grown, at=late))) == [("database", State.ATTEND)] * 2
    cluster.drop(name)
    assert of(list(examining_office._database(read_settings(folder), settings, at=now))) == [("database", State.BROKEN)]


def test_a_key_in_a_module_signs_or_is_named(tidy: Shell, module: Module) -> None:
    tidy.done("office", "module-key", f"{CQ}.receipt", "--uri", module.uri("receipts"), "--import")
    assert [finding["facts"] for finding in told(tidy, 0) if finding["area"] == "keys"] == [{"in_module": 1}]
    module.pin.chmod(0o644)
    from ecard.hsm import _sessions

    _sessions.clear()
    assert ("keys", "broken") in ill(told(tidy, 3))


def test_what_production_wants_besides_is_said(tmp_path: Path) -> None:
    settings = Settings(published=tmp_path, mode=Mode.PRODUCTION, metrics=(), streams=10_000_000)
    found = list(examining.settings(settings))
    assert len(of(found)) == 3
    assert METRICS in str(found)
    assert worst(found) is State.ATTEND
    assert worst([]) is State.WELL
    assert of(list(examine(None, at=datetime(2026, 11, 22, tzinfo=UTC)))) == [("settings", State.BROKEN)]
