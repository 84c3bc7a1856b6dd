"""`ecard tap` at a reader of the real stack: the programs themselves, each in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from physical.vpcd_service import missing
from tests.physical.real.conftest import IN_CI
from tests.physical.real.test_programs import surroundings
from tests.webapp.officehouse import COUNTER, Shell
from tests.webapp.test_office import founded, shell

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["founded", "shell"]


@pytest.fixture
def reader(shell: Shell) -> Iterator[tuple[str, str, str]]:
    """A card in its holder's hand, in a virtual reader: its reference, the reader's name, the service's socket."""
    if missing() is not None and not IN_CI:
        pytest.skip(f"there is no virtual reader without {missing()} (make deps)")
    card = shell.active()
    words = [sys.executable, "-m", "physical", "--json", "virtual", str(shell.home / "chip.img")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, encoding="utf-8") as keeping:
        assert keeping.stdout is not None
        said = json.loads(keeping.stdout.readline())
        yield card, said["reader"], said["environment"].partition("=")[2]
        keeping.send_signal(signal.SIGTERM)
        keeping.wait()


@pytest.mark.real_reader
@pytest.mark.threat("E05")
def test_a_card_in_a_reader_is_stopped_and_opened_by_taps(shell: Shell, reader: tuple[str, str, str]) -> None:
    card, name, socket = reader

    def tap() -> Any:
        program = "import sys; from webapp.cli import main; sys.exit(main())"
        words = [sys.executable, "-c", program, "tap", "--office", str(shell.folder), "--reader", name, "--json"]
        told = subprocess.run(words, capture_output=True, check=False, env=surroundings(socket), text=True, encoding="utf-8")
        assert told.returncode == 0, told.stdout + told.stderr
        return json.loads(told.stdout)["scripts"]

    assert tap() == [{"seq": 1, "state": "active"}]
    shell.done("card", "report-loss", card, "--as", "clerk-1", *COUNTER, "--evidence", "written-loss-report", "--yes")
    assert tap() == [{"seq": 2, "state": "suspended"}]
    assert tap() == []
    shell.done("card", "withdraw-loss", card, "--as", "clerk-1", *COUNTER, "--yes")
    assert tap() == [{"seq": 3, "state": "active"}]
