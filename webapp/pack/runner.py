"""Running somebody else's terminal over a pack, and saying plainly what it got wrong (FORMATS sections 5 and 6).

Cases of one scene, instant and challenge share one run of the program; a sequence has runs of its own. Every run works on a copy of the terminal's
state, so that the pack stays as it was. A program that hangs, dies or talks nonsense fails the cases it did not answer, and is started again for the rest.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codes.reasons import Reason
from webapp.pack.case import instant
from webapp.pack.process import run
from webapp.pack.reader import read_cases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from webapp.pack.case import Case, Scan
    from webapp.pack.process import Finished

_RESTARTS = 3
_STATE_UNUSABLE = 3
_LINE_LIMIT = 1 << 16
"""Bytes that an answer may have."""
_LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One scan that was not answered as it should be."""

    case: str
    scan: int
    """Its place in the case, from 0."""
    expected: dict[str, Any]
    got: dict[str, Any] | None
    """What the program said of the same members; None where it said nothing usable."""
    problem: str
    """"differs", "not JSON", "not an object", "no answer" or "too many answers", and how the program ended where that says more."""


@dataclass(slots=True, kw_only=True)
class Account:
    """What the whole run came to."""

    passed: list[str] = field(default_factory=list)
    failed: dict[str, list[Mismatch]] = field(default_factory=dict)
    unjudged: list[str] = field(default_factory=list)
    """Cases that need one memory over several instants, which a command line with --at does not keep."""
    health: dict[str, str] = field(default_factory=dict)
    """By terminal, what is wrong with the answer to `health`; empty where nothing is."""

    @property
    def is_good(self) -> bool:
        """Nothing failed."""
        return not self.failed and not any(self.health.values())

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        failed = {
            name: [{"scan": wrong.scan, "problem": wrong.problem, "expected": wrong.expected, "got": wrong.got} for wrong in wrongs]
            for name, wrongs in sorted(self.failed.items())
        }
        return {"good": self.is_good, "passed": sorted(self.passed), "failed": failed, "unjudged": sorted(self.unjudged), "health": self.health}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Scans for one run of the program: (case, place in the case, scan)."""

    scene: str
    scans: tuple[tuple[str, int, Scan], ...]

    def arguments(self) -> list[str]:
        scan = self.scans[0][2]
        challenge = [] if scan.challenge is None else ["--challenge", scan.challenge.hex()]
        return ["--at", instant(scan.at), *challenge]


def run_pack(folder: Path, command: Sequence[str], *, timeout: float = 60, jobs: int = 2) -> Account:
    """Run `command` over every case of the pack. `timeout` is seconds per start of the program.

    Raises `SetupError`: pack-unreadable, pack-command.
    """
    cases = read_cases(folder)
    account = Account(unjudged=[case.name for case in cases if _needs_memory(case)])
    batches = list(_batches(case for case in cases if not _needs_memory(case)))
    scenes = sorted({case.scene for case in cases})
    with ThreadPoolExecutor(jobs) as pool:
        found = pool.map(lambda batch: _judge(folder, command, batch, timeout), batches)
        health = pool.map(lambda scene: _ask_health(folder, command, scene, timeout), scenes)
        wrongs = [wrong for of_batch in found for wrong in of_batch]
        account.health = dict(zip(scenes, health, strict=True))
    for wrong in wrongs:
        account.failed.setdefault(wrong.case, []).append(wrong)
    judged = {name for batch in batches for name, _, _ in batch.scans}
    account.passed = sorted(judged - account.failed.keys())
    return account


def _needs_memory(case: Case) -> bool:
    return len({scan.at for scan in case.scans}) > 1


def _batches(cases: Iterable[Case]) -> Iterator[_Batch]:
    shared: dict[tuple[str, int, bytes | None], list[tuple[str, int, Scan]]] = {}
    for case in cases:
        if case.ordered:
            numbered = [(case.name, number, scan) for number, scan in enumerate(case.scans)]
            for _, together in groupby(numbered, key=lambda entry: (entry[2].at, entry[2].challenge)):
                yield _Batch(scene=case.scene, scans=tuple(together))
        else:
            (scan,) = case.scans
            shared.setdefault((case.scene, scan.at, scan.challenge), []).append((case.name, 0, scan))
    for (scene, _, _), scans in shared.items():
        yield _Batch(scene=scene, scans=tuple(scans))


def _judge(folder: Path, command: Sequence[str], batch: _Batch, timeout: float) -> list[Mismatch]:
    """Run one batch; after a program that stopped early, go on behind the scan that it stopped at, a few times."""
    wrongs: list[Mismatch] = []
    left = batch.scans
    for _ in range(_RESTARTS + 1):
        finished = _start(folder, command, _Batch(scene=batch.scene, scans=left), timeout)
        answered = min(len(finished.lines), len(left))
        wrongs += [
            wrong
            for (name, number, scan), line in zip(left, finished.lines, strict=False)
            if (wrong := _compare(name, number, scan, line)) is not None
        ]
        if len(finished.lines) > len(left):
            wrongs += [_failure(left[-1], "too many answers", finished)]
        if answered == len(left) or _declined(left, finished):
            return wrongs
        wrongs.append(_failure(left[answered], "no answer", finished))
        left = left[answered + 1 :]
        if not left:
            return wrongs
    return wrongs + [_failure(entry, "no answer", finished) for entry in left]


def _declined(left: Sequence[tuple[str, int, Scan]], finished: Finished) -> bool:
    """Exit status 3 and no answer: how section 5 says for all lines at once that the terminal is not ready. Right where every line should hear that."""
    silent = not finished.lines and finished.ended == "exit" and finished.status == _STATE_UNUSABLE
    return silent and all(scan.expect.reason is Reason.TERMINAL_NOT_READY for _, _, scan in left)


def _start(folder: Path, command: Sequence[str], batch: _Batch, timeout: float) -> Finished:
    with _copy(folder / "terminal" / batch.scene) as state:
        arguments = [*command, "scan", "--state", str(state), *batch.arguments()]
        lines = [scan.text for _, _, scan in batch.scans]
        return run(arguments, lines=lines, timeout=timeout, limit=_LINE_LIMIT * (len(lines) + 1))


class _copy:  # noqa: N801 because it is used as a function, in a with statement
    """A copy of a state directory for one run, under its own name; gone afterwards."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._room = tempfile.TemporaryDirectory()

    def __enter__(self) -> Path:
        room = Path(self._room.name) / self._state.name
        shutil.copytree(self._state, room)
        return room

    def __exit__(self, *_: object) -> None:
        self._room.cleanup()


def _compare(name: str, number: int, scan: Scan, line: str) -> Mismatch | None:
    expected = {"notes": [], **scan.expect.to_json()}
    got: dict[str, Any] | None = None
    try:
        page = json.loads(line)
    except (ValueError, RecursionError):
        problem = f"not JSON: {line[:_LONGEST_QUOTE]!r}"
    else:
        if isinstance(page, dict):
            got = {member: page.get(member) for member in expected}
            got["notes"] = got["notes"] or []
            problem = "" if _same(got, expected) else "differs"
        else:
            problem = f"not an object: {line[:_LONGEST_QUOTE]!r}"
    return Mismatch(case=name, scan=number, expected=expected, got=got, problem=problem) if problem else None


def _same(got: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Equal in type too: a step of 1.0 or true is not 1. Notes are a set on both sides."""
    notes = got["notes"], expected["notes"]
    if not isinstance(notes[0], list) or sorted(map(str, notes[0])) != sorted(notes[1]):
        return False
    return all(got[member] == wanted and type(got[member]) is type(wanted) for member, wanted in expected.items() if member != "notes")


def _failure(entry: tuple[str, int, Scan], problem: str, finished: Finished) -> Mismatch:
    name, number, scan = entry
    how = f"{problem} ({finished.ended} {finished.status})"
    words = finished.last_words.strip().rpartition("\n")[2][:_LONGEST_QUOTE]
    return Mismatch(case=name, scan=number, expected={"notes": [], **scan.expect.to_json()}, got=None, problem=f"{how}: {words}" if words else how)


def _ask_health(folder: Path, command: Sequence[str], scene: str, timeout: float) -> str:
    """What is wrong with the answer, or nothing. What it says depends on the real time; that it is said does not."""
    with _copy(folder / "terminal" / scene) as state:
        finished = run([*command, "health", "--state", str(state)], lines=[], timeout=timeout, limit=_LINE_LIMIT * 16)
    if finished.ended != "exit":
        return f"{finished.ended} {finished.status}"
    try:
        page = json.loads("\n".join(finished.lines))
    except (ValueError, RecursionError):
        return "not JSON"
    return "" if isinstance(page, dict) else "not an object"
