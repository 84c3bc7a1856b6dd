"""`ecard-terminal init | scan | serve | import | export | sync | upload | health` (FORMATS section 5). What a program reads goes to standard output, what a person reads to standard error.

Exit status: 0 done, every line judged (also when told to stop by SIGTERM); 1 something of an import was refused, and nothing of that part was taken;
2 unusable arguments, files or standard input; 3 state unusable, or answers cannot be written; 130 interrupted at the keyboard; 141 whoever read the
answers has gone.
"""

from __future__ import annotations

import json
import os
import signal
from contextlib import contextmanager
from dataclasses import dataclass
from random import SystemRandom
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from codes import cbor
from codes.errors import CardError, InputError, SetupError
from verify import faults
from verify.arguments import UNUSABLE, parser

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from types import FrameType

    from verify.syncing import Part

SOMETHING_REFUSED, STATE_UNUSABLE, INTERRUPTED, NOBODY_READS = 1, 3, 130, 141
LONGEST_LINE = 8192
"""Bytes of a line that are looked at. A code has at most 1,200 characters, so what is cut off could not have changed the verdict."""
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """Where lines come from, where answers go, where people read."""

    lines: BinaryIO
    out: BinaryIO
    err: TextIO

    def answer(self, page: dict[str, Any]) -> None:
        """One JSON object, one line, at once. Raises `BrokenPipeError` when nobody reads, `SetupError` answers-unwritable."""
        try:
            self.out.write(json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            self.out.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise SetupError(faults.ANSWERS_UNWRITABLE, problem=error.strerror) from error

    def complain(self, error: CardError) -> None:
        """One JSON object on the people's side: code, title, hint, facts."""
        self.tell(json.dumps(faults.told(error.fault, error.facts), ensure_ascii=False) + "\n")

    def tell(self, text: str) -> None:
        """Write to the people's side; where that is full too there is nobody left to tell."""
        try:
            self.err.write(text)
            self.err.flush()
        except OSError:
            _stop_writing(self.err)


def run(arguments: Sequence[str], *, now: Callable[[], datetime], streams: Streams) -> int:
    """Run one command line; `now` is the clock. Returns the exit status; `SystemExit` only from the argument parser."""
    options = parser().parse_args(arguments)
    verbs = {"init": _init, "scan": _scan, "serve": _serve, "import": _import, "export": _export, "health": _health, "upload": _upload, "sync": _sync}
    verb = verbs[options.verb]
    try:
        return verb(options, now, streams)
    except CardError as error:
        streams.complain(error)
        if error.fault is faults.ANSWERS_UNWRITABLE:
            _stop_writing(streams.out)
        return STATE_UNUSABLE if isinstance(error, SetupError) else UNUSABLE
    except BrokenPipeError:
        _stop_writing(streams.out)
        return NOBODY_READS
    except KeyboardInterrupt:
        return INTERRUPTED


def _init(options: Namespace, now: Callable[[], datetime], streams: Streams) -> int:  # noqa: ARG001 because all verbs are called alike
    from verify.importing import Folder  # noqa: PLC0415 because each verb brings only what it needs
    from verify.state import StateDirectory  # noqa: PLC0415 because of the same
    from verify.terminal import make_state  # noqa: PLC0415 because of the same
    from verify.terminal_key import terminal_signer  # noqa: PLC0415 because of the same
    from verify.trust_source import MAX_METADATA  # noqa: PLC0415 because of the same

    try:
        file = options.root.resolve()
        root = Folder(file.parent).read(file.name, MAX_METADATA)
    except (OSError, RuntimeError):  # a loop of links
        root = None
    except InputError as error:
        if error.fault is not faults.IMPORT_TOO_LARGE:
            raise
        raise InputError(faults.TRUST_ROOT, **error.facts) from None  # there is no terminal yet that could keep what it held
    if root is None:
        raise InputError(faults.IMPORT_UNREADABLE, file=options.root.name)
    directory = StateDirectory(options.state)
    state = make_state(directory, root, terminal=options.terminal, scene=options.scene, region=options.region)
    key = terminal_signer(directory).public_key
    page = {"terminal": state.terminal, "scene": state.scene, "region": state.region, "generation": state.generation}
    streams.answer(page | {"key": cbor.encode(key.to_cbor()).hex()})
    return 0


def _import(options: Namespace, now: Callable[[], datetime], streams: Streams) -> int:
    from verify.importing import import_folder  # noqa: PLC0415 because each verb brings only what it needs
    from verify.state import StateDirectory  # noqa: PLC0415 because of the same

    report = import_folder(StateDirectory(options.state), options.path, now=int(now().timestamp()))
    outcomes = [part.outcome for part in report]
    streams.answer({outcome: outcomes.count(outcome) for outcome in ("taken", "kept", "refused")} | {"parts": [part.to_json() for part in report]})
    for part in report:
        if part.fault is not None:
            streams.tell(f"{part.part}：{part.fault.title.zh}。{part.fault.hint.zh}\n{part.part}: {part.fault.title.en}. {part.fault.hint.en}\n")
    return SOMETHING_REFUSED if "refused" in outcomes else 0


def _export(options: Namespace, now: Callable[[], datetime], streams: Streams) -> int:  # noqa: ARG001 because all verbs are called alike
    from verify.exporting import export_folder  # noqa: PLC0415 because each verb brings only what it needs
    from verify.state import StateDirectory  # noqa: PLC0415 because of the same

    streams.answer({"parts": [part.to_json() for part in export_folder(StateDirectory(options.state), options.path)]})
    return 0


def _health(options: Namespace, now: Callable[[], datetime], streams: Streams) -> int:
    from verify.health import health  # noqa: PLC0415 because each verb brings only what it needs
    from verify.state import StateDirectory  # noqa: PLC0415 because of the same

    streams.answer(health(StateDirectory(options.state), now=int(now().timestamp())))
    return 0


def _sync(options: Namespace, now: Callable[[], datetime], streams: Streams) -> int:
    from verify.fetching import Server  # noqa: PLC0415 because each verb brings only what it needs
    from verify.following import Follower  # noqa: PLC0415 because of the same
    from verify.state import StateDirectory  # noqa: PLC0415 because of the same
    from verify.syncing import Sync  # noqa: PLC0415 because of the same
    from verify.terminal_key import terminal_signer  # noqa: PLC0415 because of the same

    directory = StateDirectory(options.state)
    directory.mark()  # before a key is made: a directory that was mistyped is left as it was
    server = Server(options.server)
    sync = Sync(directory, server, terminal_signer(directory))
    refused = False

    def tell(parts: list[Part]) -> None:
        nonlocal refused
        refused = any(part.error is not None for part in parts)
        streams.answer({"parts": [part.to_json() for part in parts]})
        for part in parts:
            if part.error is not None:
                title, hint = part.error.fault.title, part.error.fault.hint
                streams.tell(f"{part.part}：{title.zh}。{hint.zh}\n{part.part}: {title.en}. {hint.en}\n")

    try:
        if not options.follow:
            tell(sync.round(now=int(now().timestamp())))
            return SOMETHING_REFUSED if refused else 0
        stopped = Event()
        with _stopping(stopped.set):
            follower = Follower(
                sync,
                server,
                now=lambda: int(now().timestamp()),
                elapsed=monotonic,
                chance=SystemRandom().random,
                pause=stopped.wait,
                metered=options.metered,
            )
            follower.run(tell)
        return 0
    finally:
        server.close()


def _upload(options: Namespace, now: Callable[[], datetime], streams: Streams) -> int:
    from verify.fetching import Server  # noqa: PLC0415 because each verb brings only what it needs
    from verify.state import StateDirectory  # noqa: PLC0415 because of the same
    from verify.terminal_key import terminal_signer  # noqa: PLC0415 because of the same
    from verify.uploading import save, upload  # noqa: PLC0415 because of the same

    directory = StateDirectory(options.state)
    signer = terminal_signer(directory)
    if options.out is not None:
        done = save(directory, options.out, signer, now=int(now().timestamp()))
    else:
        server = Server(options.server)
        try:
            done = upload(directory, server, signer, now=lambda: int(now().timestamp()))
        finally:
            server.close()
    streams.answer({"sent": done.sent, "seq": done.seq, "left": done.left})
    return 0


def _scan(options: Namespace, now: Callable[[], datetime], streams: Streams) -> int:
    from verify.terminal import Terminal  # noqa: PLC0415 because it brings python-tuf, which wrong arguments need not wait for

    terminal = Terminal(options.state, read_only=options.at is not None, scene=options.scene)
    try:
        with _stoppable() as stop:
            while (line := stop.next_line(streams.lines)) is not None:
                text = (
                    line.removesuffix(b"\n").removesuffix(b"\r").decode(errors="replace")
                )  # what is not UTF-8 cannot be a code, and is judged as such
                streams.answer(terminal.judge(text, at=options.at or now(), challenge=options.challenge).to_json())
            return stop.status
    finally:
        terminal.close()


def _serve(options: Namespace, now: Callable[[], datetime], streams: Streams) -> int:
    from verify.serving import serve  # noqa: PLC0415 because each verb brings only what it needs

    return serve(options, now=now, streams=streams)


class _Stopped(BaseException):
    """Somebody asked us to stop while we waited for a line."""


class _Stop:
    """Lines until the end or until we are asked to stop. A line that is being judged is judged and answered first."""

    def __init__(self) -> None:
        self.status = 0
        self._asked = False
        self._waiting = False

    def ask(self, number: int, _frame: FrameType | None) -> None:
        """The signal handler."""
        self._asked = True
        self.status = INTERRUPTED if number == signal.SIGINT else 0
        if self._waiting:
            raise _Stopped

    def next_line(self, lines: BinaryIO) -> bytes | None:
        """The next line, cut to the bytes that matter and drained to its end; None at the end. Raises `InputError` scan-unreadable."""
        try:
            self._waiting = True  # before the question, so that no signal falls between the question and the wait
            if self._asked:
                return None
            line = lines.readline(LONGEST_LINE)
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = lines.readline(_CHUNK)
        except _Stopped:
            return None
        except OSError as error:
            raise InputError(faults.SCAN_UNREADABLE, problem=error.strerror) from error
        finally:
            self._waiting = False
        return line or None


@contextmanager
def _stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Until told by SIGTERM or at the keyboard."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop()
        raise _Stopped

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except _Stopped:
        return
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _stoppable() -> Iterator[_Stop]:
    stop = _Stop()
    before = {number: signal.signal(number, stop.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop_writing(out: BinaryIO | TextIO) -> None:
    """Let the interpreter close its output without a second complaint."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, out.fileno())
    os.close(nowhere)
