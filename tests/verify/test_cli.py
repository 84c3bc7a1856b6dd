"""The command line as a gate maker meets it: lines in, verdicts out, whatever the lines are."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest

from tests.verify.city import DAY, HOUR, NOW, City, Gate, code, command, when
from verify import Accepted, Inconclusive, Verifier, open_terminal
from verify.cli import INTERRUPTED, NOBODY_READS, Streams, run

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = ["verdict", "reason", "number", "notes", "iss", "profile", "fare", "as_of", "status_age_s", "step", "hint"]
AT = "2026-09-21T14:00:00Z"


def lines(*texts: str) -> bytes:
    return "".join(f"{text}\n" for text in texts).encode()


def test_the_fixture_and_the_time_of_day_agree() -> None:
    assert when(NOW).isoformat() == AT.replace("Z", "+00:00")


def test_scan_answers_each_line_with_the_keys_of_the_format_in_order(gate: Gate) -> None:
    status, answers, err = gate.command("scan", lines=lines(code(NOW), code(NOW), "https://example.org/"))
    assert (status, err) == (0, "")
    assert [(answer["verdict"], answer["reason"]) for answer in answers] == [("accepted", None), ("refused", "replayed"), ("refused", "unknown-format")]
    assert all(list(answer)[: len(KEYS)] == KEYS for answer in answers)
    assert {"code", "facts", "colour", "tone", "public"} <= answers[1].keys()


@pytest.mark.threat("A09")
@pytest.mark.parametrize(
    "line",
    [b"", b"\0\0", b"\xff\xfe\xfd", b"SC1:\xff", b"weixin://pay/1", b"SC1:" + b"A" * (1 << 20), b"x" * (1 << 20), "电子社保卡".encode(), b"SC1:" + b"\0"],
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
        ["init", "--state", "x", "--root", "r", "--scene", "metro", "--terminal", "T-1", "--region", "Chongqing"],
    ],
)
def test_unusable_arguments_are_told_in_both_languages(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        command(*arguments)
    assert exit_.value.code == 2
    said = capsys.readouterr().err
    assert "参数不可用" in said
    assert "unusable arguments" in said


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
    arguments = ("--scene", "metro", "--terminal", "T-0007")
    root = city.folder / "metadata" / "1.root.json"
    status, answers, _ = command("init", "--state", tmp_path / "new", "--root", root, *arguments)
    assert (status, answers[0]["terminal"]) == (0, "T-0007")
    again = command("init", "--state", tmp_path / "new", "--root", root, *arguments)
    assert (again[0], json.loads(again[2])["code"]) == (3, "state-exists")
    for wrong, said in ((city.folder / "metadata" / "timestamp.json", "trust-root"), (tmp_path / "none.json", "import-unreadable")):
        status, _, err = command("init", "--state", tmp_path / "other", "--root", wrong, *arguments)
        assert (status, json.loads(err)["code"]) == (2, said)
    assert not (tmp_path / "other").exists()


def test_import_reports_every_part_and_refusals_reach_people(gate: Gate, city: City) -> None:
    status, answers, err = gate.command("import", city.folder)
    assert (status, answers[0]["taken"], answers[0]["kept"], err) == (0, 0, 3, "")
    city.token("sl:c1000", by="thief CN-CQ", iat=NOW + HOUR)
    status, answers, err = gate.command("import", city.folder)
    assert (status, answers[0]["refused"]) == (1, 1)
    refused = next(part for part in answers[0]["parts"] if part["outcome"] == "refused")
    assert (refused["part"], refused["code"]) == ("c1000.cwt", "status-key-unknown")
    assert len(err.splitlines()) == 2, "one line in each language"


def test_a_running_scan_follows_an_import_between_two_lines(gate: Gate, city: City) -> None:
    """The lines come one by one; between the second and the third, somebody imports a list that stops this card."""

    class Slow(io.BytesIO):
        def readline(self, size: int | None = -1) -> bytes:
            if self.tell() == len(lines(code(NOW), code(NOW + 15))):
                city.token("sl:c1000", iat=NOW + 60, values={7: 2})
                assert gate.take(at=NOW + 60)["c1000.cwt"].outcome == "taken"
            return super().readline(size)

    texts = lines(code(NOW), code(NOW + 15), code(NOW + 90))
    out = io.BytesIO()
    times = iter([NOW, NOW + 15, NOW + 90])
    run(["scan", "--state", str(gate.path)], now=lambda: when(next(times)), streams=Streams(lines=Slow(texts), out=out, err=io.StringIO()))
    assert [json.loads(line)["reason"] for line in out.getvalue().splitlines()] == [None, "replayed", "suspended"]


def test_a_state_that_breaks_under_a_running_scan_makes_lines_inconclusive_not_the_process_dead(gate: Gate) -> None:
    class Vandal(io.BytesIO):
        def readline(self, size: int | None = -1) -> bytes:
            state = gate.path / "state.json"
            if self.tell() == 0:
                return super().readline(size)
            if state.exists():
                self.kept = state.read_bytes()
                state.unlink()
            else:
                state.write_bytes(self.kept)
            return super().readline(size)

    out = io.BytesIO()
    texts = lines(code(NOW), code(NOW, "BBBBBBBB"), code(NOW, "CCCCCCCC"))
    run(["scan", "--state", str(gate.path)], now=lambda: when(NOW), streams=Streams(lines=Vandal(texts), out=out, err=io.StringIO()))
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(answer["verdict"], answer["reason"]) for answer in answers] == [
        ("accepted", None),
        ("inconclusive", "terminal-not-ready"),
        ("accepted", None),
    ]
    assert (answers[1]["step"], answers[1]["code"]) == (-1, "state-missing")


@pytest.mark.error("state-locked")
def test_two_scanners_do_not_share_a_memory(gate: Gate) -> None:
    verifier = open_terminal(gate.path)
    status, _, err = gate.command("scan", lines=lines(code(NOW)))
    assert (status, json.loads(err)["code"]) == (3, "state-locked")
    assert gate.command("scan", "--at", AT, lines=lines(code(NOW)))[1][0]["verdict"] == "accepted", "a judgement at a given time writes nothing"
    del verifier
    assert gate.command("scan", lines=lines(code(NOW)))[1][0]["verdict"] == "accepted"


def test_a_state_that_cannot_be_used_releases_the_lock(gate: Gate) -> None:
    (gate.path / "replay").write_bytes(b"junk")
    assert json.loads(gate.command("scan")[2])["code"] == "replay-damaged"
    (gate.path / "replay").unlink()
    assert gate.command("scan", lines=lines(code(NOW)))[1][0]["verdict"] == "accepted"


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
    assert page["journal"] == {"kept": False, "depth": 0}
    assert page["replay"] == {"depth": 0}
    assert gate.command("health", at=NOW)[1][0]["replay"] == {"depth": 1}


def test_health_says_what_is_wrong(gate: Gate, city: City, tmp_path: Path) -> None:
    late = gate.command("health", at=NOW + 2 * DAY)[1][0]
    assert (late["ready"], late["trust"]["expired"]) == (False, True)
    slow = gate.command("health", at=NOW - DAY)[1][0]
    assert (slow["ready"], slow["clock"]["state"], slow["clock"]["behind_s"]) == (False, "below-floor", DAY)
    assert slow["problems"][0]["code"] == "clock-below-floor"
    next(gate.path.glob("status/c1000-*.cwt")).write_bytes(b"")
    (gate.path / "replay").write_bytes(b"junk")
    spoilt = gate.command("health")[1][0]
    assert [problem["code"] for problem in spoilt["problems"]] == ["replay-damaged", "status-damaged"]
    assert Gate(tmp_path / "new", city).command("health")[1][0]["problems"][0]["code"] == "trust-absent"


class Commanded(io.BytesIO):
    """Input that does something before a given read."""

    def __init__(self, content: bytes, act: Callable[[], None]) -> None:
        super().__init__(content)
        self.act = act
        self.reads = 0

    def readline(self, size: int | None = -1) -> bytes:
        self.reads += 1
        if self.reads == 2:
            self.act()
        return super().readline(size)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, INTERRUPTED)])
def test_a_signal_while_waiting_ends_the_scan_cleanly(gate: Gate, number: signal.Signals, status: int) -> None:
    before = signal.getsignal(number)
    source = Commanded(lines(code(NOW), code(NOW, "BBBBBBBB")), lambda: signal.raise_signal(number))
    out = io.BytesIO()
    streams = Streams(lines=source, out=out, err=io.StringIO())
    assert run(["scan", "--state", str(gate.path)], now=lambda: when(NOW), streams=streams) == status
    assert len(out.getvalue().splitlines()) == 1
    assert signal.getsignal(number) is before


def test_a_signal_while_judging_lets_the_line_be_answered(gate: Gate) -> None:
    def now() -> Any:
        signal.raise_signal(signal.SIGTERM)
        return when(NOW)

    out = io.BytesIO()
    streams = Streams(lines=io.BytesIO(lines(code(NOW), code(NOW, "BBBBBBBB"))), out=out, err=io.StringIO())
    assert run(["scan", "--state", str(gate.path)], now=now, streams=streams) == 0
    assert [json.loads(line)["verdict"] for line in out.getvalue().splitlines()] == ["accepted"]


def test_ctrl_c_during_another_verb_has_its_exit_status(gate: Gate, city: City) -> None:
    def now() -> Any:
        raise KeyboardInterrupt

    streams = Streams(lines=io.BytesIO(), out=io.BytesIO(), err=io.StringIO())
    assert run(["import", "--state", str(gate.path), str(city.folder)], now=now, streams=streams) == INTERRUPTED


def test_a_reader_that_has_gone_ends_the_scan_quietly(gate: Gate) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    out: BinaryIO
    with os.fdopen(writing, "wb") as out:
        streams = Streams(lines=io.BytesIO(lines(code(NOW))), out=out, err=io.StringIO())
        assert run(["scan", "--state", str(gate.path)], now=lambda: when(NOW), streams=streams) == NOBODY_READS


def test_the_program_speaks_utf_8_on_any_system_and_answers_at_once(gate: Gate) -> None:
    surroundings = {"PYTHONPATH": str(Path(__file__).parents[2]), "LC_ALL": "C", "PYTHONIOENCODING": "latin-1", "PYTHONCOERCECLOCALE": "0"}
    program = [sys.executable, "-m", "verify", "scan", "--state", str(gate.path), "--at", AT]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=surroundings) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(lines(code(NOW)))
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        assert (answer["verdict"], answer["hint"]["zh"]) == ("accepted", "请继续办理。")
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0


def test_memory_does_not_grow_with_the_line(gate: Gate) -> None:
    """64 MiB without a line end, fed while we look: the program takes them and answers once."""
    surroundings = {"PYTHONPATH": str(Path(__file__).parents[2])}
    script = (
        "import resource, sys; from verify.__main__ import main; status = main(); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(status)"
    )
    program = [sys.executable, "-c", script, "scan", "--state", str(gate.path), "--at", AT]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=surroundings) as process:
        assert process.stdin is not None
        source = process.stdin

        def feed() -> None:
            for _ in range(64):
                source.write(b"A" * (1 << 20))
            source.close()

        feeder = threading.Thread(target=feed)
        feeder.start()
        assert process.stdout is not None
        assert process.stderr is not None
        answers, said = process.stdout.read().splitlines(), process.stderr.read()
        feeder.join()
    assert len(answers) == 1
    assert int(said) < 150 * 1024, "KiB"
