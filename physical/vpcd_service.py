"""A reader service of our own: pcscd with virtual readers, at a socket of its own, beside whatever service the machine has.

    with VirtualReaders() as virtual:
        pcsc.speak_to(virtual.path)
        virtual.ports[0].insert(card)

The virtual readers listen for cards on every address of their machine. Where we may (root), the service therefore lives in a network of its own that
holds nothing but a loopback; programs reach it through its socket, which is a path. Elsewhere it listens on random high ports for as long as it runs.
The driver keeps one card per copy of its file and slot, so each reader gets a copy of its own.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Self

from codes.errors import SetupError
from physical import faults
from physical.transport_deadline import Worker
from physical.vpcd import Port

if TYPE_CHECKING:
    from types import TracebackType

DAEMON = Path("/usr/sbin/pcscd")
DRIVERS = Path("/usr/lib/pcsc/drivers/serial")
DRIVER = "libifdvpcd.so"
MOST_READERS = 8
NAME = "Virtual SSC Reader"

_SLOTS = 2
_FIRST_PORT = 36_200
_START, _STOP, _AGAIN = 5.0, 10.0, 0.01
_CLONE_NEWNET = 0x4000_0000
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_SOCKET = "pcscd.sock"
_LAUNCH = 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@" 3<&0 0</dev/null'
"""Socket activation: the socket as descriptor 3, and a process id that only the process itself knows in time."""


def missing() -> str | None:
    """What stands in the way of virtual readers, if anything does."""
    return next((str(path) for path in (DAEMON, DRIVERS / DRIVER) if not path.is_file()), None)


class VirtualReaders:
    """`count` readers of two slots each, and `ports` to put cards into, two per reader. A context manager. Raises `SetupError` virtual-reader."""

    def __init__(self, *, count: int = 1) -> None:
        if not 0 < count <= MOST_READERS:
            msg = f"a service has 1 to {MOST_READERS} readers"
            raise ValueError(msg)
        self._count = count
        self._held = ExitStack()
        self._daemon: subprocess.Popen[bytes] | None = None
        self.ports: tuple[Port, ...] = ()

    def __enter__(self) -> Self:
        if (lacking := missing()) is not None:
            raise SetupError(faults.VIRTUAL_READER, missing=lacking)
        with self._held:
            self._folder = Path(self._held.enter_context(tempfile.TemporaryDirectory(prefix="ecard-reader-")))
            self._indoors = self._held.enter_context(Worker())
            self._apart = self._indoors.run(_move_apart, seconds=_START)
            self._first = _FIRST_PORT if self._apart else _free_ports(self._count * _SLOTS)
            self._configure()
            self.start()
            self._held.callback(self.stop)
            self._held = self._held.pop_all()
        self.ports = tuple(Port(partial(self._plug_in, number)) for number in range(self._count * _SLOTS))
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, where: TracebackType | None) -> None:
        for port in self.ports:
            port.remove()
        self._held.close()

    @property
    def names(self) -> tuple[str, ...]:
        """The readers' names as PC/SC lists them, one for each of `ports`."""
        return tuple(f"{NAME} {number // _SLOTS + 1} 00 {number % _SLOTS:02}" for number in range(self._count * _SLOTS))

    @property
    def path(self) -> Path:
        """Where clients find the service: PCSCLITE_CSOCK_NAME."""
        return self._folder / _SOCKET

    def start(self) -> None:
        """Start the service, or start it again; its readers are there as soon as it answers."""
        with closing(socket.socket(socket.AF_UNIX)) as listening, (self._folder / "log").open("ab") as log:
            self.path.unlink(missing_ok=True)
            listening.bind(str(self.path))
            listening.listen(64)
            command = ["/bin/sh", "-c", _LAUNCH, "sh", str(DAEMON), "--foreground", "--config", str(self._folder / "readers")]
            if _asks_polkit():
                command.append("--disable-polkit")
            self._daemon = self._indoors.run(
                lambda: subprocess.Popen(  # noqa: S603 because the program and its arguments are ours
                    command, stdin=listening.fileno(), stdout=log, stderr=log, start_new_session=True
                ),
                seconds=_START,
            )

    def stop(self, *, by: signal.Signals = signal.SIGTERM) -> None:
        """Stop the service; who talks to it finds it gone."""
        daemon, self._daemon = self._daemon, None
        self.path.unlink(missing_ok=True)
        if daemon is None:
            return
        daemon.send_signal(by)
        try:
            daemon.wait(_STOP)
        except subprocess.TimeoutExpired:  # it waits for a card that does not answer
            daemon.kill()
            daemon.wait()

    def _configure(self) -> None:
        (self._folder / "readers").mkdir()
        for number in range(self._count):
            driver, port = self._folder / f"reader{number}.so", self._first + number * _SLOTS
            shutil.copyfile(DRIVERS / DRIVER, driver)
            entry = f'FRIENDLYNAME "{NAME} {number + 1}"\nDEVICENAME /dev/null:{port}\nLIBPATH {driver}\nCHANNELID {port}\n'
            (self._folder / "readers" / f"reader{number}").write_text(entry, "ascii")

    def _plug_in(self, number: int) -> socket.socket:
        """A connection to a slot, which a service that was started just now opens a little later."""
        address, waiting = ("127.0.0.1", self._first + number), Event()
        for _ in range(round(_START / _AGAIN)):
            try:
                wire = self._indoors.run(lambda: socket.create_connection(address, timeout=_START), seconds=2 * _START)
            except OSError:
                if self._daemon is None or self._daemon.poll() is not None:
                    break
                waiting.wait(_AGAIN)
            else:
                wire.settimeout(None)
                return wire
        raise SetupError(faults.VIRTUAL_READER, slot=number, running=self._daemon is not None and self._daemon.poll() is None)


def _move_apart() -> bool:
    """Move this thread, and what it starts, into a network of its own with nothing but a loopback. False where that is not allowed."""
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET) != 0:
        return False
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP))
    return True


def _free_ports(count: int) -> int:
    """The first of `count` neighbouring ports that are free right now."""
    while True:
        with ExitStack() as held:
            first = held.enter_context(closing(socket.create_server(("127.0.0.1", 0)))).getsockname()[1]
            try:
                for port in range(first + 1, first + count):
                    held.enter_context(closing(socket.create_server(("127.0.0.1", port))))
            except (OSError, OverflowError):
                continue
            return int(first)


def _asks_polkit() -> bool:
    """Whether this pcscd would ask a desktop who may use readers (built so from version 2.0 on)."""
    told = subprocess.run([str(DAEMON), "--help"], capture_output=True, check=False, env={"PATH": os.defpath})  # noqa: S603 because it is a fixed path
    return b"disable-polkit" in told.stdout + told.stderr
