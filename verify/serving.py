"""`ecard-terminal serve`: the agent from its start to its end by SIGTERM, with everything that runs beside it."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack, contextmanager
from random import SystemRandom
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

from verify.agent import Agent
from verify.agent_http import http_handler
from verify.agent_line import line_handler
from verify.agent_reader import installed_reader
from verify.agent_serving import Busy, Loopback
from verify.asking import Asking
from verify.cli import INTERRUPTED
from verify.fetching import Server
from verify.following import Follower
from verify.group import read_group
from verify.neighbours import Neighbours
from verify.state import StateDirectory
from verify.syncing import Sync
from verify.terminal import Terminal
from verify.terminal_key import terminal_signer

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from verify.cli import Streams
    from verify.syncing import Part

END_S = 2.0
"""Seconds for which what runs in the background is waited for at the end; whatever it writes may be cut anywhere."""
_ENDS = {signal.SIGINT, signal.SIGTERM}


def serve(options: Namespace, *, now: Callable[[], datetime], streams: Streams) -> int:
    """Answer until told to stop; the ports are told as one JSON line. Returns the exit status.

    Raises `InputError` server-url; `SetupError`: agent-port, group-file, terminal-key, and those of `Terminal`.
    """
    directory = StateDirectory(options.state)
    server = Server(options.server) if options.server else None
    group = read_group(options.group, own=directory.load().terminal) if options.group else None
    with _signals_waited_for(), ExitStack() as ending:
        agent = Agent(Terminal(options.state), directory, now=now, entropy=os.urandom, reader=installed_reader())
        ending.callback(agent.close)
        busy = Busy()
        ending.callback(busy.drain)
        origins = frozenset(options.origin)
        http = Loopback(options.port, lambda port: http_handler(agent, busy, port=port, origins=origins))
        ending.callback(http.stop)
        line = None if options.line_port is None else Loopback(options.line_port, lambda _: line_handler(agent, busy))
        if line is not None:
            ending.callback(line.stop)
        if group is not None:
            signer = terminal_signer(directory)
            neighbours = Neighbours(
                group, own=directory.load().terminal, directory=directory, gate=agent, signer=signer, now=lambda: int(now().timestamp())
            )
            ending.callback(neighbours.close)
            neighbours.start()
            agent.group = neighbours
        if server is not None:
            agent.asking = Asking(server, terminal_signer(directory), now=lambda: int(now().timestamp()), entropy=os.urandom)
            ending.enter_context(_following(directory, server, now=now, streams=streams, metered=options.metered))
        for loopback in (http, line):
            if loopback is not None:
                loopback.start()
        streams.answer({"http": http.port, "line": line.port if line else None, "group": group.bind.port if group else None})
        return INTERRUPTED if signal.sigwait(_ENDS) == signal.SIGINT else 0


@contextmanager
def _signals_waited_for() -> Iterator[None]:
    """Signals to stop interrupt nothing: they wait until they are asked for. Threads that are started inside do not get them either."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _following(directory: StateDirectory, server: Server, *, now: Callable[[], datetime], streams: Streams, metered: bool) -> Iterator[None]:
    """Stay current meanwhile; what goes wrong is told to people."""
    stopped = Event()
    sync = Sync(directory, server, terminal_signer(directory))

    def tell(parts: list[Part]) -> None:
        for part in parts:
            if part.error is not None:
                title, hint = part.error.fault.title, part.error.fault.hint
                streams.tell(f"{part.part}：{title.zh}。{hint.zh}\n{part.part}: {title.en}. {hint.en}\n")

    follower = Follower(
        sync, server, now=lambda: int(now().timestamp()), elapsed=monotonic, chance=SystemRandom().random, pause=stopped.wait, metered=metered
    )
    thread = Thread(target=follower.run, args=(tell,), name="following", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        server.close()
        thread.join(END_S)
