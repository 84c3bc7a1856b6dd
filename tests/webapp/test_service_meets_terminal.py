"""The real service, the real publisher and a real terminal: what one sends, the other takes, over the wire and with nothing between them bent."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.webapp.chainhouse import embedded, program
from tests.webapp.officehouse import COUNTER
from tests.webapp.test_office import founded, shell
from tests.webapp.test_office_terminals import register, terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.webapp.chainhouse import Server
    from tests.webapp.officehouse import Shell

__all__ = ["founded", "shell"]


@pytest.fixture
def server(shell: Shell) -> Iterator[Server]:
    started = embedded(shell.home / "log", "--office", str(shell.folder))
    yield started
    started.end()


def gate(shell: Shell, verb: str, *words: str, lines: str = "") -> list[dict[str, Any]]:
    """`ecard-terminal`, as a program, in the machine's own time; what it answered."""
    run = subprocess.run(
        [program("ecard-terminal"), verb, "--state", str(shell.home / "T-1"), *words], input=lines, capture_output=True, text=True, check=False
    )
    assert run.returncode in {0, 1}, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def synced(shell: Shell, server: Server) -> dict[str, str]:
    """One round of a terminal; what became of each part."""
    return {part["part"]: part["outcome"] for page in gate(shell, "sync", "--server", server.url) for part in page["parts"]}


def test_a_loss_reaches_a_terminal_over_the_service_and_the_office_learns_that_it_did(shell: Shell, server: Server) -> None:
    shell.done(*register(terminal(shell)))
    card = shell.with_phone()
    shell.done("publish")
    assert "refused" not in synced(shell, server).values()
    (accepted,) = gate(shell, "scan", lines=shell.plain("code", "--phone", shell.phone).out)
    assert accepted["verdict"] == "accepted"
    shell.done("card", "report-loss", card, "--of", "card", "--as", "clerk-2", *COUNTER, "--evidence", "written-loss-report", "--yes")
    shell.done("publish")
    assert "taken" in synced(shell, server).values()
    (refused,) = gate(shell, "scan", lines=shell.plain("code", "--phone", shell.phone).out)
    assert (refused["verdict"], refused["reason"]) == ("refused", "suspended")
    clock = shell.done("terminal", "loss-clock", card)
    assert clock["confirmed"] == [{"region": "CN-CQ", "scene": "metro", "confirmed": 1, "registered": 1}], json.dumps(clock)


@pytest.mark.threat("C13")
def test_a_journal_goes_up_once_however_often_it_is_sent(shell: Shell, server: Server) -> None:
    shell.done(*register(terminal(shell)))
    shell.with_phone()
    shell.done("publish")
    synced(shell, server)
    gate(shell, "scan", lines=shell.plain("code", "--phone", shell.phone).out)
    for sent in (1, 0):
        (page,) = gate(shell, "upload", "--server", server.url)
        assert (page["sent"], page["seq"]) == (sent, 1)
    (known,) = shell.done("terminal", "list")["terminals"]
    assert known["journal"]["seq"] == 1
