"""Settings are complete, or refused with everything that is missing at once."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from codes.errors import SetupError
from webapp import create_app, faults
from webapp.office.founding import found
from webapp.settings import (
    APP_ORIGIN,
    CONCURRENCY,
    CONSOLE_ORIGIN,
    DEBUG,
    FLASK_DEBUG,
    METRICS,
    METRICS_FOLDER,
    MODE,
    OFFICE,
    PROCESSES,
    PROXIES,
    PUBLISHED,
    REDIS,
    REDIS_FILE,
    STREAMS,
    STREAMS_PER_ADDRESS,
    Mode,
    Settings,
    may_read,
)

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_settings_are_read_from_what_they_are_given(tmp_path: Path) -> None:
    assert Settings.from_environ({PUBLISHED: str(tmp_path), "PATH": "/bin"}) == Settings(published=tmp_path)


def test_what_may_be_said_is_read_too(tmp_path: Path) -> None:
    told = {PUBLISHED: str(tmp_path), REDIS: "redis://:secret@127.0.0.1/0", STREAMS: "50", STREAMS_PER_ADDRESS: "5", PROXIES: "1"}
    settings = Settings.from_environ(told)
    assert settings == Settings(published=tmp_path, redis=told[REDIS], streams=50, streams_per_address=5, proxies=1)
    assert "secret" not in repr(settings)
    assert Settings.from_environ(told, instead={PUBLISHED: "/elsewhere"}).published == Path("/elsewhere")


@pytest.mark.error("settings")
@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({}, {PUBLISHED: "missing"}),
        ({PUBLISHED: "  "}, {PUBLISHED: "missing"}),
        ({PUBLISHED: "demo/published"}, {PUBLISHED: "not an absolute path"}),
        ({OFFICE: "office"}, {OFFICE: "not an absolute path"}),
        ({PUBLISHED: "/p", REDIS: "http://127.0.0.1"}, {REDIS: "not the address of a Redis"}),
        ({STREAMS: "many", PROXIES: "-1"}, {PUBLISHED: "missing", STREAMS: "not a whole number", PROXIES: "not a whole number"}),
        ({PUBLISHED: "/p", STREAMS_PER_ADDRESS: "１２"}, {STREAMS_PER_ADDRESS: "not a whole number"}),
        ({PUBLISHED: "/p", MODE: "Production"}, {MODE: "not one of development, embedded, production"}),
        ({PUBLISHED: "/p", PROCESSES: "0", CONCURRENCY: "-2"}, {PROCESSES: "not one at least", CONCURRENCY: "not a whole number"}),
        ({PUBLISHED: "/p", METRICS: "10.0.0.0/8,everybody"}, {METRICS: "not addresses or networks with commas between them"}),
        ({PUBLISHED: "/p", METRICS_FOLDER: "figures"}, {METRICS_FOLDER: "not an absolute path"}),
        ({PUBLISHED: "/p", APP_ORIGIN: "https://card.example.org/"}, {APP_ORIGIN: "not an origin: https://host"}),
        ({PUBLISHED: "/p", REDIS: "redis://a", REDIS_FILE: "/f"}, {REDIS_FILE: f"and {REDIS}: one of them"}),
        ({PUBLISHED: "/p", REDIS_FILE: "/nowhere/at/all"}, {REDIS_FILE: "FileNotFoundError"}),
        ({MODE: "development", PUBLISHED: "/p", DEBUG: "yes"}, {DEBUG: "neither 0 nor 1"}),
        ({OFFICE: "/o", PUBLISHED: "/p", PROCESSES: "2"}, {REDIS: "missing: there are several processes"}),
    ],
)
def test_what_is_missing_or_unusable_is_named(told: dict[str, str], wrong: dict[str, str]) -> None:
    with pytest.raises(SetupError) as refused:
        Settings.from_environ(told)
    assert refused.value.fault is faults.SETTINGS
    assert refused.value.facts == wrong


@pytest.mark.threat("G18")
@pytest.mark.parametrize("mode", [None, Mode.EMBEDDED, Mode.PRODUCTION])
@pytest.mark.parametrize("name", [DEBUG, FLASK_DEBUG])
def test_debugging_starts_nowhere_but_in_development(mode: str | None, name: str) -> None:
    told = {PUBLISHED: "/p", name: "1", **({MODE: mode} if mode else {})}
    with pytest.raises(SetupError) as refused:
        Settings.from_environ(told)
    assert refused.value.facts == {name: "only in development"}
    assert Settings.from_environ({**told, MODE: Mode.DEVELOPMENT}).debug is (name == DEBUG)


@pytest.mark.threat("G18")
def test_an_application_is_in_debug_only_when_its_settings_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FLASK_DEBUG, "1")
    assert create_app(Settings(published=tmp_path)).debug is False
    assert create_app(Settings(published=tmp_path, mode=Mode.DEVELOPMENT, debug=True)).debug is True


def test_production_wants_everything_and_says_so_at_once(tmp_path: Path) -> None:
    found(tmp_path / "office", ["CN-CQ"], database="record.db", at=NOW)
    told = {MODE: "production", OFFICE: str(tmp_path / "office")}
    with pytest.raises(SetupError) as refused:
        Settings.from_environ(told)
    assert refused.value.facts == {
        **dict.fromkeys((APP_ORIGIN, CONSOLE_ORIGIN, PROXIES, REDIS_FILE, PROCESSES), "missing"),
        OFFICE: "its database is a file; in production it is a PostgreSQL",
    }
    page = tmp_path / "office" / "office.toml"
    page.write_text(page.read_text("utf-8").replace('"record.db"', '"postgresql://ecard@db/ecard"'), "utf-8")
    secret = tmp_path / "redis"
    secret.write_text("rediss://:secret@redis/0\n", "utf-8")
    secret.chmod(0o600)
    told |= {REDIS_FILE: str(secret), PROXIES: "1", CONCURRENCY: "4", METRICS: "10.0.0.0/8,::1"}
    told |= {APP_ORIGIN: "https://card.example.org", CONSOLE_ORIGIN: "https://console.example.org"}
    settings = Settings.from_environ(told)
    assert settings.redis == "rediss://:secret@redis/0"
    assert "secret" not in repr(settings).replace(str(secret), "")
    assert (settings.processes, settings.published, settings.is_production) == (4, tmp_path / "office" / "published", True)
    assert [may_read(settings.metrics, address) for address in ("10.9.8.7", "::ffff:10.1.1.1", "::1", "127.0.0.1", "nobody")] == [
        *(True, True, True, False, False)
    ]
    for name, origin, wrong in (
        (APP_ORIGIN, "http://card.example.org", {APP_ORIGIN: "not https"}),
        (CONSOLE_ORIGIN, "https://card.example.org:8443", {CONSOLE_ORIGIN: f"the host of {APP_ORIGIN}"}),
    ):
        with pytest.raises(SetupError) as refused:
            Settings.from_environ({**told, name: origin})
        assert refused.value.facts == wrong
    secret.chmod(0o604)
    with pytest.raises(SetupError) as refused:
        Settings.from_environ(told)
    assert refused.value.facts == {REDIS_FILE: "others may read it"}


def test_nobody_may_read_figures_in_production_unless_named() -> None:
    assert Settings.from_environ({PUBLISHED: "/p", MODE: "production"}).metrics == ()
    assert may_read(Settings.from_environ({PUBLISHED: "/p"}).metrics, "127.0.0.1")


def test_an_office_brings_its_own_published_folder(tmp_path: Path) -> None:
    with pytest.raises(SetupError) as refused:
        Settings.from_environ({OFFICE: str(tmp_path)})
    assert refused.value.fault is faults.OFFICE_MISSING
    assert Settings.from_environ({OFFICE: str(tmp_path), PUBLISHED: "/p"}) == Settings(published=Path("/p"), office=tmp_path)


def test_the_wsgi_entry_refuses_to_start_without_settings() -> None:
    start = subprocess.run([sys.executable, "-c", "import wsgi"], cwd=ROOT, env={}, capture_output=True, text=True, check=False)
    assert start.returncode != 0
    assert f"[settings: {PUBLISHED}=missing]" in start.stderr


def test_the_wsgi_entry_starts_with_them(tmp_path: Path) -> None:
    start = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import wsgi; wsgi.app.test_client"], cwd=ROOT, env={PUBLISHED: str(tmp_path)}, check=False
    )
    assert start.returncode == 0
