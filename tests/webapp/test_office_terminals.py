"""`ecard terminal`: a terminal from init to a journal that was taken in, as an office and its terminal use the shell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.verify.city import command
from tests.webapp.officehouse import COUNTER
from tests.webapp.test_office import founded, shell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.webapp.officehouse import Shell

__all__ = ["founded", "shell"]


def terminal(shell: Shell, name: str = "T-1") -> str:
    """A terminal of this office; its key as `init` printed it."""
    root = shell.folder / "published" / "metadata" / "1.root.json"
    (status, (page,), _) = command("init", "--state", shell.home / name, "--root", root, "--scene", "metro", "--terminal", name)
    assert status == 0
    return str(page["key"])


def register(key: str, *words: str) -> tuple[str, ...]:
    return ("terminal", "register", "T-1", "--key", key, "--venue", "两路口站", "--scene", "metro", "--as", "sup-1", *words)


def test_a_terminal_is_registered_listed_and_ended(shell: Shell) -> None:
    key = terminal(shell)
    assert shell("terminal", "list").out.startswith("没有登记任何终端")
    made = shell.done(*register(key, "--place", "29.563,106.5516"))
    assert (made["venue"], made["place"]) == ("两路口站", {"latitude": 29.563, "longitude": 106.5516})
    assert shell.refused(*register(terminal(shell, "T-other"))) == (1, "terminal-known")
    assert [item["terminal"] for item in shell.done("terminal", "list")["terminals"]] == ["T-1"]
    assert "日志至 / journal to" in shell("terminal", "list").out
    assert shell.done("terminal", "end", "T-1", "--as", "sup-1")["ended"]
    assert "已停用 / ended" in shell("terminal", "list").out
    assert shell.refused("terminal", "end", "T-9", "--as", "sup-1") == (1, "terminal-unknown")


def test_nothing_to_look_at_is_said_and_findings_are_decided(shell: Shell) -> None:
    assert shell("terminal", "findings").out.startswith("没有待核查的事项")
    assert shell.refused("terminal", "decide", "0" * 32, "--as-decided", "explained", "--as", "clerk-1") == (1, "finding-unknown")


def test_a_file_that_is_no_journal_is_refused(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "journal.bin"
    file.write_bytes(b"nothing")
    assert shell.refused("terminal", "take", str(file)) == (2, "journal-upload")


def test_a_card_that_is_not_stopped_has_no_loss_clock_and_a_lost_one_has(shell: Shell) -> None:
    shell.done(*register(terminal(shell)))
    card = shell.active()
    assert shell.done("terminal", "loss-clock", card) == {"stopped": False}
    assert shell("terminal", "loss-clock", card).out.startswith("此卡没有停用")
    shell.done("card", "report-loss", card, "--of", "card", "--as", "clerk-2", *COUNTER, "--evidence", "written-loss-report", "--yes")
    clock = shell.done("terminal", "loss-clock", card)
    assert (clock["stopped"], clock["confirmed"]) == (True, [{"region": "CN-CQ", "scene": "metro", "confirmed": 0, "registered": 1}])
    assert "已确认 / confirmed 0/1" in shell("terminal", "loss-clock", card).out


@pytest.mark.parametrize("words", [("--key", "zz"), ("--key", "00"), ("--place", "north"), ("--place", "inf,0")])
def test_unusable_arguments_say_what_is_wanted(shell: Shell, words: tuple[str, str]) -> None:
    given = dict(zip(*[iter(register(terminal(shell))[3:])] * 2, strict=False)) | {words[0]: words[1]}
    answer = shell("terminal", "register", "T-1", *[part for pair in given.items() for part in pair])
    assert answer.status == 2
    assert json.dumps(words[1])[1:-1] in answer.err
