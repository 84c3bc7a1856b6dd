"""The terminals of one gate group, on the station's own network: what one accepted the others refuse, with the uplink cut; one uplink keeps all current.

Each terminal has a stream to every other (`telling`) and listens for theirs (`hearing`). Nothing here is needed to judge: without neighbours a gate
judges as it always does.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import BoundedSemaphore, Event, Thread
from typing import TYPE_CHECKING, Any

from codes.errors import CardError, SetupError
from codes.passage import PassageMessage
from verify import faults
from verify.carrying import Carrier
from verify.frames import read_frame, send_frame
from verify.hearing import Listening
from verify.telling import Link, Pending

if TYPE_CHECKING:
    from collections.abc import Callable

    from codes.keys import Signer
    from codes.passage import GivenPassage
    from verify.group import Group
    from verify.hearing import Gate
    from verify.state import StateDirectory

LOOK_S = 1.0
"""Seconds between two looks whether the chains have gone on."""
SILENCE_S = 90.0
"""A stream that says nothing for so long is dead."""
_PAUSE_S = 0.05
STREAMS_EACH = 4
"""Streams that are held open for each member."""


class Neighbours:
    """The group as one terminal sees it."""

    def __init__(
        self,
        group: Group,
        *,
        own: str,
        directory: StateDirectory,
        gate: Gate,
        signer: Signer,
        now: Callable[[], int],
        look: float = LOOK_S,
    ) -> None:
        """Listen. Raises `SetupError` agent-port."""
        self._signer, self._look = signer, look
        self._carrier = Carrier(directory)
        self._listening = Listening(group, gate, self._carrier, signer, own=own, now=now)
        self._hosts = {member.address.host for member in group.members.values()}
        self._room = BoundedSemaphore(STREAMS_EACH * (len(group.members) + 1))
        self._links = [Link(member, self._carrier, again=min(1.0, look)) for member in group.members.values()]
        family = socket.AF_INET6 if ":" in group.bind.host else socket.AF_INET
        try:
            self._socket = socket.create_server(group.bind, family=family)
        except OSError as error:
            raise SetupError(faults.AGENT_PORT, port=group.bind.port, problem=error.strerror) from None
        self._stopped = Event()
        self._streams: set[socket.socket] = set()
        """Those of neighbours."""
        self._threads = [Thread(target=run, name=run.__name__, daemon=True) for run in (self._accept, self._watch)]

    def start(self) -> None:
        """Begin to talk and to answer."""
        for thread in self._threads:
            thread.start()
        for link in self._links:
            link.start()

    def share(self, says: GivenPassage) -> Pending:
        """Tell everybody of a passage; who is there can be waited for."""
        message = PassageMessage.issue(says, self._signer)
        pending = Pending({link.member.terminal for link in self._links if link.is_there})
        for link in self._links:
            link.tell(message, pending)
        return pending

    def health(self) -> dict[str, Any]:
        """Who is there, and how many messages were refused, by code."""
        there = {link.member.terminal: link.is_there for link in self._links}
        return {"there": there, "refused": dict(self._listening.refused)}

    def close(self) -> None:
        """End all streams."""
        self._stopped.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for stream in list(self._streams):
            with suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)
        for link in self._links:
            link.stop()

    def _watch(self) -> None:
        """Whoever brings it, an import, a sync or a neighbour: what is new is offered."""
        before = None
        while not self._stopped.wait(self._look):
            held = self._carrier.held()
            if held != before:
                before = held
                for link in self._links:
                    link.offer()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                stream, address = self._socket.accept()
            except OSError:  # closed, or a stream that was gone before it was taken
                self._stopped.wait(_PAUSE_S)
                continue
            if address[0] in self._hosts and self._room.acquire(blocking=False):
                self._streams.add(stream)
                Thread(target=self._answer, args=(stream,), daemon=True).start()
            else:
                stream.close()

    def _answer(self, stream: socket.socket) -> None:
        """One neighbour's stream, to its end. What cannot be read ends it."""
        conversation = self._listening.conversation()
        try:
            with stream, suppress(OSError, CardError):
                stream.settimeout(SILENCE_S)
                stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while (frame := read_frame(stream, body=conversation.body)) is not None:
                    send_frame(stream, conversation.answer(frame))
        finally:
            self._streams.discard(stream)
            self._room.release()
