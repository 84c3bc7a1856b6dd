"""Redis in trouble, and calls of a phone beside it: whatever happens to it, a proof and a request serve once, and nobody waits for it."""

from __future__ import annotations

import json
import secrets
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from redis import Redis

from tests.webapp.residenthouse import Clock, Hall
from tests.webapp.slowredis import Tarpit
from tests.webapp.test_office import founded, shell
from tests.webapp.test_operations_limits import redis
from webapp import SERVICES, create_app
from webapp.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.webapp.officehouse import Shell
    from tests.webapp.phonehouse import Phone
    from tests.webapp.redishouse import RedisServer

__all__ = ["founded", "redis", "shell"]

PATIENT_S = 10.0


@pytest.fixture
def tarpit() -> Iterator[Tarpit]:
    with Tarpit() as made:
        yield made


def hall(shell: Shell, address: str) -> Hall:
    clock = Clock()
    app = create_app(Settings(published=shell.folder / "published", office=shell.folder, redis=address, processes=2), clock=clock)
    return Hall(shell, app, clock)


def once(phone: Phone, card: str, trouble: object) -> None:
    """A request is made, trouble happens, and the same bytes come again: refused; the same request with a fresh proof: the same answer."""
    body, key = json.dumps({"card": card, "of": "card", "phone": None}).encode(), secrets.token_hex(16)
    phone.me()
    told = {"DPoP": phone.proof("POST", "/v1/reports", body, key), "Content-Type": "application/json", "Idempotency-Key": key}
    first = phone.line.send("POST", "/v1/reports", body, told)
    assert first.status == 201
    assert callable(trouble)
    trouble()
    began = monotonic()
    for _ in range(3):
        again = phone.line.send("POST", "/v1/reports", body, told)
        assert (again.status, again.code) == (401, "proof-replayed")
    assert phone.ask("POST", "/v1/reports", body, key=key).body == first.body
    assert monotonic() - began < PATIENT_S


@pytest.mark.threat("I05")
@pytest.mark.parametrize("fault", ["none", "away", "flushed", "restarted empty", "evicted", "full"])
def test_what_serves_once_serves_once_whatever_redis_does(fault: str, shell: Shell, redis: RedisServer) -> None:
    card, here = shell.active(), hall(shell, redis.url)
    phone = here.phone(card)

    def trouble() -> None:
        if fault in {"away", "restarted empty"}:
            redis.kill()
        if fault == "restarted empty":
            redis.start()
        with Redis.from_url(redis.url) as client:
            if fault == "flushed":
                client.flushall()
            elif fault == "evicted":
                client.config_set("maxmemory-policy", "allkeys-random")
                client.config_set("maxmemory", "1")
            elif fault == "full":
                client.config_set("maxmemory-policy", "noeviction")
                client.config_set("maxmemory", "1")

    once(phone, card, trouble)
    here.app.extensions[SERVICES].close(within=5)


@pytest.mark.threat("I05")
def test_a_redis_that_hangs_from_the_beginning_holds_up_no_phone(shell: Shell, tarpit: Tarpit) -> None:
    card, here = shell.active(), hall(shell, tarpit.url)
    once(here.phone(card), card, lambda: None)
    here.app.extensions[SERVICES].close(within=5)
