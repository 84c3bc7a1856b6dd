"""Settings are complete, or refused with everything that is missing at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from codes.errors import SetupError
from webapp import faults
from webapp.settings import PUBLISHED, Settings

ROOT = Path(__file__).resolve().parents[2]


def test_settings_are_read_from_what_they_are_given(tmp_path: Path) -> None:
    assert Settings.from_environ({PUBLISHED: str(tmp_path), "PATH": "/bin"}) == Settings(published=tmp_path)


@pytest.mark.error("settings")
@pytest.mark.parametrize(
    ("told", "wrong"), [({}, "missing"), ({PUBLISHED: "  "}, "missing"), ({PUBLISHED: "demo/published"}, "not an absolute path")]
)
def test_what_is_missing_or_unusable_is_named(told: dict[str, str], wrong: str) -> None:
    with pytest.raises(SetupError) as refused:
        Settings.from_environ(told)
    assert refused.value.fault is faults.SETTINGS
    assert refused.value.facts == {PUBLISHED: wrong}


def test_the_wsgi_entry_refuses_to_start_without_settings() -> None:
    start = subprocess.run([sys.executable, "-c", "import wsgi"], cwd=ROOT, env={}, capture_output=True, text=True, check=False)
    assert start.returncode != 0
    assert f"[settings: {PUBLISHED}=missing]" in start.stderr


def test_the_wsgi_entry_starts_with_them(tmp_path: Path) -> None:
    start = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import wsgi; wsgi.app.test_client"], cwd=ROOT, env={PUBLISHED: str(tmp_path)}, check=False
    )
    assert start.returncode == 0
