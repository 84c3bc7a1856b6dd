"""From a loss report to a gate that refuses: a real office, publisher, service and terminals, and a crowd of listeners beside them, on one machine."""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from codes.claims import Audience
from codes.reasons import Reason
from ecard.lifecycle import Evidence
from ecard.model import CardRef
from ecard.stopping import LossOf
from tests.bench.feed import crowd
from tests.bench.measure import Figure, show
from tests.webapp.chainhouse import program
from tests.webapp.officehouse import PEOPLE, Answer, Shell
from verify.terminal import Terminal
from verify.verdict import Refused
from webapp.office.opening import open_office
from webapp.phones.phone import Phone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.office.opening import OpenOffice

CONNECTED, REAL = 1000, 5
LOSSES = 20
_FLOOR_S = 3.0
_LOOK_S = 0.005
_PATIENCE_S = 30.0
_FOUND = (Evidence.IN_PERSON, Evidence.IDENTITY_DOCUMENT)
_REPORT = (Evidence.WRITTEN_REPORT, *_FOUND)


class Office(Shell):
    """Runs `ecard` as programs of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder.parent

    def plain(self, *words: str) -> Answer:
        done = subprocess.run([program("ecard"), *words], capture_output=True, text=True, check=False, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        return Answer(done.returncode, done.stdout, done.stderr)


def figures() -> Iterator[Figure]:
    """`status.propagation_p99_s`: from the return of the report until the gates refuse the lost phone's code and the others have the version; and parts."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        shell, card = _founded(Path(folder))
        stack.enter_context(_program("ecard", "publish", "--follow", "--office", str(shell.folder)))
        while not (shell.folder / "published" / "chain" / "CN-CQ" / "phone" / "head.cbor").is_file():
            sleep(_LOOK_S)
        connected = stack.enter_context(crowd(CONNECTED - REAL, ECARD_OFFICE=str(shell.folder)))
        gates = [stack.enter_context(_gate(shell, f"T-{number}", connected.server.url)) for number in range(REAL)]
        office = stack.enter_context(open_office(shell.folder, at=_now()))
        reports, refused = _losses(office, card, Path(shell.phone), gates)
        heard = connected.collect()
    phones = sorted(list(times) for version, times in heard.items() if version.startswith("CN-CQ/phone/"))
    received = [at - report for report in reports for at in next(times for times in phones if times[0] > report)]
    late = statistics.quantiles(received, n=100)[98]
    whole = statistics.quantiles([*refused, *received], n=100)[98]
    yield Figure(name="status.propagation_p99_s", value=whole, unit="s", floor=_FLOOR_S, ratio=whole / _FLOOR_S)
    yield Figure(name="status.propagation_gates_worst_s", value=max(refused), unit="s", floor=_FLOOR_S, ratio=max(refused) / _FLOOR_S)
    yield Figure(name="status.propagation_gates_p50_s", value=statistics.median(refused), unit="s")
    yield Figure(name="status.propagation_receipt_p99_s", value=late, unit="s", floor=_FLOOR_S, ratio=late / _FLOOR_S)


def _founded(home: Path) -> tuple[Office, CardRef]:
    """An office with one holder, whose phone has credentials."""
    shell = Office(home / "office")
    shell.plain("office", "init", str(shell.folder), "--region", "CN-CQ")
    for ref, (person, roles) in PEOPLE.items():
        says = [word for role in roles for word in ("--role", role)]
        shell("office", "operator", ref, "--person", person, *says, "--point", "hall-1")
    shell("office", "point", "hall-1", "--name", "办事大厅", "--kind", "centre", "--as", "sup-1")
    shell("office", "reader", "reader-1", "--as", "sup-1")
    card = CardRef(shell.with_phone())
    shell("publish")
    return shell, card


@contextmanager
def _gate(shell: Office, name: str, url: str) -> Iterator[Terminal]:
    """A registered terminal that follows the service; what it judges by is looked at without a word to it."""
    state, root = shell.home / name, shell.folder / "published" / "metadata" / "1.root.json"
    words = [program("ecard-terminal"), "init", "--state", str(state), "--root", str(root), "--scene", "metro", "--terminal", name]
    key = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)["key"]
    shell("terminal", "register", name, "--key", key, "--venue", "演示站", "--scene", "metro", "--as", "sup-1")
    with _program("ecard-terminal", "sync", "--state", str(state), "--server", url, "--follow") as following:
        assert following.stdout is not None
        assert b'"parts"' in following.stdout.readline()
        yield Terminal(state, read_only=True)


def _losses(office: OpenOffice, card: CardRef, phone: Path, gates: list[Terminal]) -> tuple[list[float], list[float]]:
    """Report the card lost, and find it again, over and over: when each report had returned, and how long each gate took to refuse after it."""
    clerk = office.settings.operator("clerk-2").acting()
    reports, refused = [], []
    _until(gates, phone, stopped=False)
    for _ in range(LOSSES):
        office.desk.report_loss(card, of=LossOf.CARD, actor=clerk, evidence=_REPORT, at=_now())
        reports.append(monotonic())
        refused += [at - reports[-1] for at in _until(gates, phone, stopped=True)]
        office.desk.withdraw_loss(card, of=LossOf.CARD, actor=clerk, evidence=_FOUND, at=_now())
        _until(gates, phone, stopped=False)
    return reports, refused


def _until(gates: list[Terminal], phone: Path, *, stopped: bool) -> list[float]:
    """When each gate first judged a fresh code by that status. One that has just let the same phone through says so instead of accepting it again."""
    code = Phone(phone).make_code(Audience.GENERAL, at=_now()).to_text()
    waiting, found, end = list(gates), [], monotonic() + _PATIENCE_S
    while waiting:
        for gate in tuple(waiting):
            verdict = gate.verifier().verify(code, at=_now())
            if (isinstance(verdict, Refused) and verdict.reason is Reason.SUSPENDED) == stopped:
                waiting.remove(gate)
                found.append(monotonic())
            assert monotonic() < end, verdict
        sleep(_LOOK_S)
    return found


@contextmanager
def _program(name: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([program(name), *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"PYTHONUNBUFFERED": "1"})
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - because these programs live in the machine's own time


if __name__ == "__main__":
    show(*figures())
