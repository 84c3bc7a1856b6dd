"""What stands under deploy/ names only what exists: settings, commands, files, one number of proxies everywhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from codes.errors import SetupError
from webapp import cli
from webapp.operations.kinds import Kind
from webapp.operations.orders import _URGENT, Order, order_of
from webapp.settings import MODE, PROXIES, VARIABLES, Mode, Settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
PAGE = ROOT / "docs" / "operations.md"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
_COMMAND = re.compile(r"(?:/opt/ecard/\.venv/bin/|[\s\"])(ecard(?: (?:[A-Za-z/-][^\s\"'\];`]*|'[^']*'))+)")


def text(path: Path) -> str:
    return path.read_text("utf-8")


def commands(path: Path) -> list[list[str]]:
    """Every command of `ecard` that a file names, in shell and in JSON form."""
    page = re.sub(r"\s*\\\n#?\s*", " ", text(path).replace('", "', " "))
    return [shlex.split(found[1]) for found in _COMMAND.finditer(page) if not found[1].startswith("ecard ecard/")]


@pytest.mark.parametrize("path", [*FILES, PAGE], ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    named = set(re.findall(r"\b(?:ECARD_[A-Z_]+|PROMETHEUS_[A-Z_]+|WEB_CONCURRENCY)\b", text(path)))
    assert named <= set(VARIABLES)


@pytest.mark.parametrize("path", [DEPLOY / "compose.yml", *UNITS], ids=lambda path: path.name)
def test_every_command_that_is_named_exists(path: Path) -> None:
    found = commands(path)
    assert found or path.stem in {"ecard-service", "ecard-urgent"}
    for _, *words in found:
        options = cli._parser().parse_args([word.rstrip(",") for word in words])
        assert callable(options.handler)


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_as_nobody_special_and_may_do_little(unit: Path) -> None:
    page = text(unit)
    for line in ("User=ecard", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "EnvironmentFile=/etc/ecard/ecard.env"):
        assert line in page
    wanted = re.findall(r"ECARD_REDIS_FILE=/run/credentials/(\S+)/redis", page)
    assert wanted in ([], [unit.name])
    assert all(named in {path.name for path in UNITS} for named in re.findall(r"\becard-[a-z]+\.service\b", page))


def test_a_timer_has_its_unit() -> None:
    timers = sorted((DEPLOY / "systemd").glob("*.timer"))
    assert timers
    assert all(timer.with_suffix(".service") in UNITS for timer in timers)


def test_gunicorn_is_started_as_it_is_configured() -> None:
    for path in (*(DEPLOY / "systemd" / f"ecard-{name}.service" for name in ("service", "urgent")), DEPLOY / "Dockerfile"):
        assert "python:webapp.production" in text(path)
        assert "wsgi:app" in text(path)


def environment() -> dict[str, str]:
    return dict(line.split("=", 1) for line in text(DEPLOY / "ecard.env").splitlines() if line and not line.startswith("#"))


def test_the_settings_that_are_shown_are_complete_but_for_what_only_the_host_has(tmp_path: Path) -> None:
    told = environment()
    assert told[MODE] == Mode.PRODUCTION
    with pytest.raises(SetupError) as refused:
        Settings.from_environ({**told, "ECARD_REDIS_FILE": "/run/credentials/ecard-service.service/redis"})
    assert set(refused.value.facts) <= {"ECARD_REDIS_FILE", "folder"}, "the file and the office are not here, and nothing else is wrong"
    del told["ECARD_OFFICE"]
    assert Settings.from_environ({**told, "ECARD_PUBLISHED": str(tmp_path)}).is_production


def test_what_is_said_for_one_unit_is_not_overruled_by_what_is_said_for_all() -> None:
    for unit in UNITS:
        own = re.findall(r"^Environment=([A-Z_]+)=", text(unit), re.MULTILINE)
        assert not set(own) & environment().keys(), "systemd lets a file of settings overrule a unit"


def test_what_is_urgent_has_a_process_of_its_own() -> None:
    page = text(DEPLOY / "nginx" / "ecard.conf")
    (found,) = re.findall(r"location ~ (\S+) \{\s+proxy_pass http://ecard_urgent;", page)
    paths = {"/v1/time", "/v1/me", "/v1/credentials", "/v1/phones", "/v1/spoken", "/v1/office/cards", "/v1/journal"}
    assert all(re.match(found, start) for start in _URGENT)
    assert {path for path in paths if re.match(found, path)} == {path for path in paths if order_of(path) is Order.URGENT} == set()
    assert "--bind 127.0.0.1:8081 --workers 1" in text(DEPLOY / "systemd" / "ecard-urgent.service")
    assert page.count("server 127.0.0.1:8081") == 1
    weight = re.search(r"^CPUWeight=(\d+)$", text(DEPLOY / "systemd" / "ecard-urgent.service"), re.MULTILINE)
    shares = re.search(r"^    cpu_shares: (\d+) ", text(DEPLOY / "compose.yml"), re.MULTILINE)
    assert weight is not None
    assert shares is not None
    assert int(weight[1]) / 100 == int(shares[1]) / 1024 > 1
    assert int(environment()["ECARD_PROCESSES"]) == int(environment()["WEB_CONCURRENCY"]) + 1


def test_the_proxy_is_the_one_hop_that_is_counted() -> None:
    page = text(DEPLOY / "nginx" / "ecard.conf")
    servers = page.split("\nserver {")[1:]
    assert environment()[PROXIES] == "1"
    assert len(servers) == 2
    for server in servers:
        assert "X-Forwarded-For   $remote_addr;" in server, "replaced, not added to: a client's own word does not come through"
        assert "X-Forwarded-Host  $host;" in server
        assert "client_body_timeout" in server
        assert "limit_req" in server
    assert "$proxy_add_x_forwarded_for" not in page
    assert "location /console   { return 404; }" in servers[0]
    assert "location / { return 404; }" in servers[1]


def test_nothing_secret_stands_in_it() -> None:
    for path in FILES:
        page = text(path)
        assert not re.search(r"redis(s)?://:[^$@\s]+@", page)
        assert not re.search(r"(?i)password\s*[:=]\s*['\"]?[a-z0-9]{6,}", page), path


def test_the_page_on_operations_names_every_setting_and_every_limit() -> None:
    page = text(PAGE)
    assert [name for name in VARIABLES if name not in page] == []
    assert [kind.value for kind in Kind if f"`{kind.value}`" not in page] == []
