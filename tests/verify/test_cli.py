"""The command line as a gate maker meets it: lines in, verdicts out, whatever the lines are."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.verify.city import AT, DAY, HOUR, NOW, City, Gate, code, command, lines, when
from verify import Accepted, Inconclusive, Verifier, open_terminal
from verify.__main__ import main
from verify.arguments import Arguments
from verify.cli import INTERRUPTED, STATE_UNUSABLE, Streams, run
from verify.terminal import Terminal
from verify.trust_source import MAX_METADATA

KEYS = ["verdict", "reason", "number", "notes", "iss", "profile", "fare", "as_of", "status_age_s", "step", "hint"]


def test_the_fixture_and_the_time_of_day_agree() -> None:
    assert when(NOW).isoformat() == AT.replace("Z", "+00:00")


def test_scan_answers_each_line_with_the_keys_of_the_format_in_order(gate: Gate) -> None:
    status, answers, err = gate.command("scan", lines=lines(code(NOW), code(NOW), "https://example.org/"))
    assert (status, err) == (0, "")
    assert [(answer["verdict"], answer["reason"]) for answer in answers] == [
        ("accepted", None),
        ("refused", "replayed"),
        ("refused", "unknown-format"),
    ]
    assert all(list(answer)[: len(KEYS)] == KEYS for answer in answers)
    assert {"code", "facts", "colour", "tone", "public"} <= answers[1].keys()


@pytest.mark.threat("A09")
@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\0\0",
        b"\xff\xfe\xfd",
        b"SC1:\xff",
        b"weixin://pay/1",
        b"SC1:" + b"A" * (1 << 20),
        b"x" * (1 << 20),
        "电子社保卡".encode(),
        b"SC1:" + b"\0",
    ],
    ids=["empty", "nul", "not utf-8", "not utf-8 inside", "another scheme", "1 MB of ours", "1 MB", "chinese", "nul inside"],
)
def test_a_bad_line_gets_one_verdict_and_the_next_line_is_judged_as_if_it_had_not_been(gate: Gate, line: bytes) -> None:
    status, answers, _ = gate.command("scan", lines=line + b"\r\n" + lines(code(NOW)))
    assert status == 0
    assert [answer["verdict"] for answer in answers] == ["refused", "accepted"]
    assert answers[0]["reason"] in {"unknown-format", "malformed"}


def test_a_line_ends_with_newline_or_carriage_return_and_newline_or_the_input(gate: Gate) -> None:
    texts = [code(NOW, sub).encode() for sub in ("AAAAAAAA", "BBBBBBBB", "CCCCCCCC")]
    _, answers, _ = gate.command("scan", lines=texts[0] + b"\r\n" + texts[1] + b"\n" + texts[2])
    assert [answer["verdict"] for answer in answers] == ["accepted"] * 3


def test_a_terminal_without_trust_answers_every_line_that_it_is_not_ready(city: City, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "new", city)
    status, answers, err = gate.command("scan", lines=lines(code(NOW), "anything"))
    assert (status, err) == (0, "")
    assert [(answer["verdict"], answer["reason"], answer["step"], answer["code"]) for answer in answers] == [
        ("inconclusive", "terminal-not-ready", -1, "trust-absent")
    ] * 2
    terminal = Terminal(gate.path)
    gate.take()
    assert isinstance(terminal.verifier().verify(code(NOW), at=when(NOW)), Accepted)


def test_nothing_in_nothing_out(gate: Gate) -> None:
    assert gate.command("scan") == (0, [], "")


def test_with_a_given_time_nothing_is_written_and_each_run_starts_fresh(gate: Gate) -> None:
    before = gate.snapshot()
    for _ in range(2):
        _, answers, _ = gate.command("scan", "--at", AT, lines=lines(code(NOW), code(NOW)), at=NOW + 300 * DAY)
        assert [answer["reason"] for answer in answers] == [None, "replayed"]
    assert gate.snapshot() == before


def test_scan_remembers_across_runs(gate: Gate) -> None:
    assert gate.command("scan", lines=lines(code(NOW)))[1][0]["verdict"] == "accepted"
    assert gate.command("scan", lines=lines(code(NOW)), at=NOW + 5)[1][0]["reason"] == "replayed"


def test_scan_as_another_scene(gate: Gate) -> None:
    for scene in ("hall", "library", "metro", "shared"):
        assert gate.command("scan", "--at", AT, "--scene", scene, lines=lines(code(NOW)))[1][0]["verdict"] == "accepted", scene
    status, answers, err = gate.command("scan", "--scene", "opera")
    assert (status, answers, json.loads(err)["code"]) == (3, [], "scene-unknown")


@pytest.mark.error("scene-unknown")
@pytest.mark.error("scene-ambiguous")
def test_a_scene_of_two_regions_must_name_one(city: City, tmp_path: Path) -> None:
    either = Gate(tmp_path / "either", city, scene="shared")
    either.take()
    status, _, err = either.command("scan", lines=lines(code(NOW)))
    assert (status, json.loads(err)["code"], "--region" in json.loads(err)["hint"]["en"]) == (3, "scene-ambiguous", True)
    named = Gate(tmp_path / "named", city, scene="shared", region="CN-SC")
    named.take()
    assert named.command("scan", lines=lines(code(NOW)))[1][0]["verdict"] == "accepted"
    wrong = Gate(tmp_path / "wrong", city, scene="metro", region="CN-SC")
    wrong.take()
    assert json.loads(wrong.command("scan")[2])["code"] == "scene-unknown"


def test_a_challenge_reaches_the_decision(gate: Gate) -> None:
    _, answers, _ = gate.command("scan", "--challenge", "00" * 16, lines=lines(code(NOW)))
    assert answers[0]["reason"] == "challenge-mismatch"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["sync", "--state", "x"],
        ["upload", "--state", "x"],
        ["scan"],
        ["scan", "--state", "x", "--at", "noon"],
        ["scan", "--state", "x", "--at", "2026-09-21T13:00:00"],
        ["scan", "--state", "x", "--at", "1960-09-21T13:00:00Z"],
        ["scan", "--state", "x", "--at", "0001-01-01T00:00:00+14:00"],
        ["scan", "--state", "x", "--challenge", "zz"],
        ["scan", "--state", "x", "--challenge", "00"],
        ["scan", "--state", "x", "--scene", "a b"],
        ["scan", "--stat", "x"],
        ["scan", "--state"],
        ["health", "--state", "x", "y"],
        ["health", "--help=x"],
        ["init", "--state", "x", "--root", "r", "--scene", "metro", "--terminal", "T-1", "--region", "Chongqing"],
        ["init", "--state", "x", "--root", "r", "--scene", "metro", "--terminal", "T 1"],
    ],
)
def test_unusable_arguments_are_told_in_both_languages(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        command(*arguments)
    assert exit_.value.code == 2
    said = capsys.readouterr().err
    assert "参数不可用" in said
    assert "unusable arguments" in said
    wrong = said.partition("unusable arguments: ")[2]
    assert " / " in wrong, "argparse's own sentences too"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in wrong.partition(" / ")[0])


def test_what_argparse_may_come_to_say_is_told_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        Arguments(prog="x").error("a sentence of tomorrow")
    assert capsys.readouterr().err.endswith("unusable arguments: a sentence of tomorrow\n")


@pytest.mark.error("state-missing")
@pytest.mark.parametrize("verb", ["scan", "health", "import"])
def test_a_missing_state_is_told_with_what_to_do(tmp_path: Path, city: City, verb: str) -> None:
    arguments = [city.folder] if verb == "import" else []
    (tmp_path / "empty").mkdir()
    status, answers, err = command(verb, "--state", tmp_path / "empty", *arguments)
    error = json.loads(err)
    assert (status, answers, error["code"]) == (3, [], "state-missing")
    assert error["hint"]["zh"]
    assert error["title"]["en"]


def test_init_makes_a_state_from_a_root_and_nothing_from_anything_else(city: City, tmp_path: Path) -> None:
    arguments = ("--scene", "metro", "--terminal", "T-0007", "--region", "CN-CQ")
    root = city.folder / "metadata" / "1.root.json"
    status, answers, _ = command("init", "--state", tmp_path / "new", "--root", root, *arguments)
    assert (status, answers[0]["terminal"]) == (0, "T-0007")
    again = command("init", "--state", tmp_path / "new", "--root", root, *arguments)
    assert (again[0], json.loads(again[2])["code"]) == (3, "state-exists")
    for wrong, said in ((city.folder / "metadata" / "timestamp.json", "trust-root"), (tmp_path / "none.json", "import-unreadable")):
        status, _, err = command("init", "--state", tmp_path / "other", "--root", wrong, *arguments)
        assert (status, json.loads(err)["code"]) == (2, said)
    loop = tmp_path / "loop.json"
    loop.symlink_to(loop)
    large = city.write("large.json", b"{" + b" " * MAX_METADATA)
    for wrong, said in ((loop, "import-unreadable"), (city.folder, "import-unreadable"), (city.folder / "large.json", "trust-root")):
        status, _, err = command("init", "--state", tmp_path / "other", "--root", wrong, *arguments)
        assert (status, json.loads(err)["code"]) == (2, said), wrong
        assert "held" not in err, "there is nothing yet that could be kept"
    assert len(large) > MAX_METADATA
    assert not (tmp_path / "other").exists()


def test_a_root_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "root.json")
    status, _, err = command("init", "--state", tmp_path / "new", "--root", tmp_path / "root.json", "--scene", "metro", "--terminal", "T-1")
    assert (status, json.loads(err)["code"]) == (2, "import-link")


def test_a_state_whose_trust_is_damaged_is_told_before_any_line(gate: Gate) -> None:
    (gate.path / "trust" / "2" / "metadata" / "CN-CQ.json").unlink()
    status, answers, err = gate.command("scan", lines=lines(code(NOW)))
    assert (status, answers, json.loads(err)["code"]) == (3, [], "trust-damaged")


@pytest.mark.error("scan-unreadable")
def test_an_input_that_cannot_be_read_is_told_with_what_to_do(gate: Gate) -> None:
    """The memory of a process is a file whose first byte no kernel gives."""
    out, err = io.BytesIO(), io.StringIO()
    with Path("/proc/self/mem").open("rb") as unreadable:
        status = run(["scan", "--state", str(gate.path)], now=lambda: when(NOW), streams=Streams(lines=unreadable, out=out, err=err))
    assert (status, out.getvalue(), json.loads(err.getvalue())["code"]) == (2, b"", "scan-unreadable")


@pytest.mark.threat("C15")
@pytest.mark.error("answers-unwritable")
@pytest.mark.parametrize("verb", ["scan", "health"])
def test_answers_that_find_a_full_disk_end_the_program_with_its_status_and_a_hint(gate: Gate, verb: str) -> None:
    err = io.StringIO()
    with Path("/dev/full").open("wb") as full:
        streams = Streams(lines=io.BytesIO(lines(code(NOW))), out=full, err=err)
        assert run([verb, "--state", str(gate.path)], now=lambda: when(NOW), streams=streams) == STATE_UNUSABLE
    said = json.loads(err.getvalue())
    assert (said["code"], said["facts"]["problem"]) == ("answers-unwritable", os.strerror(errno.ENOSPC))


def test_complaints_that_find_a_full_disk_are_dropped(tmp_path: Path) -> None:
    with Path("/dev/full").open("w", buffering=1) as full:
        streams = Streams(lines=io.BytesIO(), out=io.BytesIO(), err=full)
        assert run(["health", "--state", str(tmp_path)], now=lambda: when(NOW), streams=streams) == STATE_UNUSABLE


def test_import_reports_every_part_and_refusals_reach_people(gate: Gate, city: City) -> None:
    status, answers, err = gate.command("import", city.folder)
    assert (status, answers[0]["taken"], answers[0]["kept"], err) == (0, 0, 3, "")
    city.token("sl:c1000", by="thief CN-CQ", iat=NOW + HOUR)
    status, answers, err = gate.command("import", city.folder)
    assert (status, answers[0]["refused"]) == (1, 1)
    refused = next(part for part in answers[0]["parts"] if part["outcome"] == "refused")
    assert (refused["part"], refused["code"]) == ("c1000.cwt", "status-key-unknown")
    assert len(err.splitlines()) == 2, "one line in each language"


def test_the_library_door_gives_a_verifier(gate: Gate) -> None:
    verifier = open_terminal(gate.path, read_only=True)
    assert isinstance(verifier, Verifier)
    assert isinstance(verifier.verify(code(NOW), at=when(NOW)), Accepted)
    assert isinstance(verifier.verify(code(NOW), at=when(NOW + 2 * DAY)), Inconclusive)


def test_health_says_what_is_there_and_how_old(gate: Gate) -> None:
    gate.command("scan", lines=lines(code(NOW)))
    _, [page], _ = gate.command("health", at=NOW + 2 * HOUR)
    assert page["ready"] is True
    assert page["trust"]["version"] == 1
    assert page["trust"]["age"] == {"zh": "2 小时前更新", "en": "updated 2 hours ago"}
    assert page["status"]["CN-CQ"]["age_s"] == 2 * HOUR
    assert page["clock"] == {"state": "ok", "now": "2026-09-21T16:00:00Z", "floor": AT, "behind_s": 0}
    assert page["journal"] == {"kept": False, "depth": 0, "dropped": 0}
    assert page["replay"] == {"depth": 0}
    assert gate.command("health", at=NOW)[1][0]["replay"] == {"depth": 1}


def test_health_says_what_is_wrong(gate: Gate, city: City, tmp_path: Path) -> None:
    late = gate.command("health", at=NOW + 2 * DAY)[1][0]
    assert (late["ready"], late["trust"]["expired"], late["problems"][0]["code"]) == (False, True, "trust-expired")
    slow = gate.command("health", at=NOW - DAY)[1][0]
    assert (slow["ready"], slow["clock"]["state"], slow["clock"]["behind_s"]) == (False, "below-floor", DAY)
    assert slow["problems"][0]["code"] == "clock-below-floor"
    next(gate.path.glob("status/c1000-*.cwt")).write_bytes(b"")
    (gate.path / "replay").write_bytes(b"junk")
    spoilt = gate.command("health")[1][0]
    assert [problem["code"] for problem in spoilt["problems"]] == ["replay-damaged", "status-damaged"]
    assert Gate(tmp_path / "new", city).command("health")[1][0]["problems"][0]["code"] == "trust-absent"


def test_the_program_is_the_same_command_line_with_the_real_clock(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "argv", ["ecard-terminal", "health", "--state", str(gate.path)])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    for _ in range(2):
        assert main() == 0
        assert json.loads(capfdbinary.readouterr().out)["terminal"] == "T-0001"
        monkeypatch.setattr(sys, "stderr", io.StringIO())


def test_ctrl_c_during_another_verb_has_its_exit_status(gate: Gate, city: City) -> None:
    def now() -> Any:
        raise KeyboardInterrupt

    streams = Streams(lines=io.BytesIO(), out=io.BytesIO(), err=io.StringIO())
    assert run(["import", "--state", str(gate.path), str(city.folder)], now=now, streams=streams) == INTERRUPTED
