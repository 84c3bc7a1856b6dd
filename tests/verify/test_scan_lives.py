"""A scan that runs for months: imports under it, signals, readers that go, lines without end."""

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

from tests.verify.city import AT, NOW, City, Gate, code, lines, when
from verify import open_terminal
from verify.cli import INTERRUPTED, NOBODY_READS, Streams, run

if TYPE_CHECKING:
    from collections.abc import Callable


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
    answers = [gate.command("scan", lines=lines(code(at)), at=at)[1][0] for at in (NOW, NOW + 11)]
    assert [answer.get("code") for answer in answers] == ["replay-cut", None], "what the file knew is lost, so the next code it is"


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
        "import re, sys; from verify.__main__ import main; status = main(); "
        "print(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1], file=sys.stderr); sys.exit(status)"
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
