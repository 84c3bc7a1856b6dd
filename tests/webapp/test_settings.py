"""Settings are complete, or refused with everything that is missing at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from codes.errors import SetupError
from webapp import faults
from webapp.settings import OFFICE, PROXIES, PUBLISHED, REDIS, STREAMS, STREAMS_PER_ADDRESS, Settings

ROOT = Path(__file__).resolve().parents[2]


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
    ],
)
def test_what_is_missing_or_unusable_is_named(told: dict[str, str], wrong: dict[str, str]) -> None:
    with pytest.raises(SetupError) as refused:
        Settings.from_environ(told)
    assert refused.value.fault is faults.SETTINGS
    assert refused.value.facts == wrong


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
