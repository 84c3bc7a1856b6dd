"""Whether a process is ready: the folder, the record, Redis, the end; looked up rarely, and never waited for long."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from codes.errors import CardError, SetupError
from ecard import faults as record
from tests.ecard.conftest import cluster
from tests.webapp.chainhouse import Answer, Server, production
from tests.webapp.test_office import founded, shell
from tests.webapp.test_operations_limits import redis
from webapp import SERVICES, create_app, faults
from webapp.operations import readiness
from webapp.operations.limits import Limits
from webapp.operations.readiness import Readiness
from webapp.published import PublishedFolder
from webapp.services import StandingOffice
from webapp.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from tests.ecard.postgres import Cluster
    from tests.webapp.officehouse import Shell
    from tests.webapp.redishouse import RedisServer

__all__ = ["cluster", "founded", "redis", "shell"]


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "FRESH_S", 0.0)


def service(shell: Shell, **more: str) -> Flask:
    return create_app(Settings.from_environ({"ECARD_OFFICE": str(shell.folder), **more}))


@pytest.mark.error("ending")
def test_an_office_is_ready_until_the_process_ends(shell: Shell) -> None:
    app = service(shell)
    client = app.test_client()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert "lacks" not in answer.get_json()
    app.extensions[SERVICES].close(within=1)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "ending")
    assert int(answer.headers["Retry-After"]) > 0


def test_an_office_that_cannot_be_opened_is_not_ready_and_says_why(shell: Shell) -> None:
    app = service(shell)
    (shell.folder / "keys").chmod(0o755)
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "key-exposed")
    assert app.test_client().get("/healthz").status_code == 200


@pytest.mark.threat("I05")
def test_a_redis_that_is_away_is_said_and_takes_nobody_out(shell: Shell, redis: RedisServer) -> None:
    app = service(shell, ECARD_REDIS=redis.url)
    assert "lacks" not in app.test_client().get("/readyz").get_json()
    redis.kill()
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json()["lacks"] == ["redis"]
    redis.start()
    assert "lacks" not in app.test_client().get("/readyz").get_json()
    app.extensions[SERVICES].close(within=1)


def test_a_database_that_is_gone_is_not_ready(shell: Shell, cluster: Cluster, tmp_path: Path) -> None:
    name, folder = cluster.database(), tmp_path / "grown"
    assert shell.plain("office", "init", str(folder), "--region", "CN-CQ", "--database", cluster.url(name)).status == 0
    app = create_app(Settings(published=folder / "published", office=folder))
    assert app.test_client().get("/readyz").status_code == 200
    cluster.drop(name)
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "store-unavailable")
    app.extensions[SERVICES].close(within=1)


@pytest.mark.error("store-unavailable")
def test_a_database_that_hangs_holds_up_whoever_asked_it_and_nobody_else_of_the_process(shell: Shell, cluster: Cluster, tmp_path: Path) -> None:
    name, folder = cluster.database(), tmp_path / "grown"
    assert shell.plain("office", "init", str(folder), "--region", "CN-CQ", "--database", cluster.url(name)).status == 0
    server = production(tmp_path / "log", "-w", "1", ECARD_OFFICE=str(folder))
    try:
        _until(server, 200)
        held = cluster.execute(f"SELECT pid FROM pg_stat_activity WHERE datname = '{name}' AND backend_type = 'client backend'")
        assert held
        try:
            for (pid,) in held:
                os.kill(pid, signal.SIGSTOP)
            assert json.loads(_until(server, 503).body)["code"] == "store-unavailable"
            assert server.ask("/healthz").status == 200
        finally:
            for (pid,) in held:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
        _until(server, 200)
    finally:
        server.end()


def _until(server: Server, status: int) -> Answer:
    """The answer of /readyz once it has this status: what was found lately is believed for a while."""
    for _ in range(10_000):
        if (answer := server.ask("/readyz")).status == status:
            return answer
    raise AssertionError(answer)


class Hanging(StandingOffice):
    """An office whose database takes a question and does not answer."""

    def __init__(self) -> None:
        self.asked = 0
        self.let_go = Event()

    def check(self) -> None:
        self.asked += 1
        self.let_go.wait(20)


def test_a_database_that_hangs_is_waited_for_once_and_not_for_long(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "PATIENCE_S", 0.1)
    office = Hanging()
    looking = Readiness(PublishedFolder(shell.folder / "published"), office, Limits())
    began = monotonic()
    for _ in range(10):
        with pytest.raises(SetupError) as refused:
            looking.check()
        assert refused.value.fault is record.STORE_UNAVAILABLE
    assert monotonic() - began < 5
    assert office.asked == 1
    office.let_go.set()
    while True:
        try:
            assert looking.check() == ()
            break
        except CardError:
            continue


def test_nothing_published_is_not_ready(tmp_path: Path) -> None:
    with pytest.raises(SetupError) as refused:
        Readiness(PublishedFolder(tmp_path), None, Limits()).check()
    assert refused.value.fault is faults.NOT_READY
