"""One neighbour, as it is told things: a thread and a stream of its own, so that a neighbour who is away costs nobody else anything."""

from __future__ import annotations

import socket
from collections import deque
from contextlib import suppress
from threading import Condition, Thread
from typing import TYPE_CHECKING

from codes.errors import CardError, InputError
from codes.passage import HeardMessage
from verify import faults
from verify.carrying import decode_held, encode_held
from verify.frames import BODY, HEARD, MANIFEST, OFFER, PASSAGE, REFUSED, WANTS, read_frame, send_frame
from verify.hearing import wanted_bytes

if TYPE_CHECKING:
    from codes.passage import PassageMessage
    from verify.carrying import Carrier
    from verify.frames import Frame
    from verify.group import Member

ANSWER_S = 2.0
"""Seconds for an answer; one that takes longer is away."""
AGAIN_S = 1.0
"""Seconds between two attempts to reach one who is away."""
OFFER_S = 30.0
"""Seconds after which it is asked at the latest what it lacks, and so whether it is there."""
MOST_WAITING = 1024
"""Passages kept for one who is away; beyond that the oldest go, which are over by then."""


class Pending:
    """A passage on its way to those neighbours who are there."""

    def __init__(self, waiting: set[str]) -> None:
        self._changed = Condition()
        self._waiting = waiting
        self._knew = False

    def settle(self, terminal: str, *, knew: bool = False) -> None:
        """This neighbour has heard it, or cannot."""
        with self._changed:
            self._waiting.discard(terminal)
            self._knew = self._knew or knew
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until all have heard it, at most so long; whether one had accepted before."""
        with self._changed:
            self._changed.wait_for(lambda: self._knew or not self._waiting, seconds)
            return self._knew


class Link:
    """The stream to one neighbour."""

    def __init__(self, member: Member, carrier: Carrier, *, again: float = AGAIN_S) -> None:
        self.member = member
        self._carrier = carrier
        self._again = again
        self._changed = Condition()
        self._queue: deque[tuple[PassageMessage, Pending]] = deque()
        self._must_offer = True
        self._stopped = False
        self._stream: socket.socket | None = None
        self.is_there = False
        """Whether it answered last time."""
        self._thread = Thread(target=self._run, name=f"neighbour {member.terminal}", daemon=True)

    def start(self) -> None:
        """Begin to talk."""
        self._thread.start()

    def tell(self, message: PassageMessage, pending: Pending) -> None:
        """Have it told of a passage."""
        with self._changed:
            while len(self._queue) >= MOST_WAITING:
                self._queue.popleft()[1].settle(self.member.terminal)
            self._queue.append((message, pending))
            self._changed.notify()

    def offer(self) -> None:
        """Have it asked what it lacks."""
        with self._changed:
            self._must_offer = True
            self._changed.notify()

    def stop(self) -> None:
        """End; what is on its way is let go."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join(ANSWER_S * 2)

    def _run(self) -> None:
        while not self._stopped:
            try:
                self._talk()
            except (OSError, CardError):
                self._hang_up()
                with self._changed:
                    self._changed.wait_for(lambda: self._stopped, self._again)
        self._hang_up()

    def _talk(self) -> None:
        """Say what there is to say; wait for more. Raises `OSError`, `InputError`."""
        if self._stream is None:
            self._stream = socket.create_connection(self.member.address, timeout=ANSWER_S)
            self._stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._must_offer = True
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._must_offer or self._stopped, OFFER_S)
            passage = self._queue[0] if self._queue else None
            if passage is None:
                self._must_offer = False
        if self._stopped:
            return
        if passage is not None:  # before everything else: somebody stands in front of a gate
            knew = self._tell(self._stream, passage[0])
            passage[1].settle(self.member.terminal, knew=knew)
            with self._changed, suppress(ValueError):  # the oldest may have had to go meanwhile
                self._queue.remove(passage)
        else:
            self._bring(self._stream)
        self.is_there = True

    def _tell(self, stream: socket.socket, message: PassageMessage) -> bool:
        """Whether it knew. An answer that is refused, or signed by another, is no answer."""
        kind, content = _ask(stream, (PASSAGE, message.raw))
        if kind == REFUSED:
            return False
        if kind != HEARD:
            raise InputError(faults.NEIGHBOUR_FRAME, wrong="no answer to a passage")
        heard = HeardMessage.from_bytes(content)
        heard.check(self.member.key)
        if (heard.says.terminal, heard.says.digest) != (self.member.terminal, message.digest):
            raise InputError(faults.NEIGHBOUR_UNKNOWN)
        return heard.says.knew

    def _bring(self, stream: socket.socket) -> None:
        """Ask what it lacks, and bring it."""
        kind, content = _ask(stream, (OFFER, encode_held(self._carrier.held())))
        wants = decode_held(content) if kind == WANTS else []
        for wanted in wants:
            room = 0
            for frame in self._carrier.way(wanted):
                if frame[0] == BODY and len(frame[1]) != room:
                    return
                answer = _ask(stream, frame)
                room = wanted_bytes(answer) if frame[0] == MANIFEST else 0
                if self._queue and not room:  # the rest another time
                    self._must_offer = True
                    return

    def _hang_up(self) -> None:
        self.is_there = False
        if self._stream is not None:
            with suppress(OSError):
                self._stream.close()
            self._stream = None
        with self._changed:
            for _, pending in self._queue:
                pending.settle(self.member.terminal)


def _ask(stream: socket.socket, frame: Frame) -> Frame:
    send_frame(stream, frame)
    answer = read_frame(stream)
    if answer is None:
        raise InputError(faults.NEIGHBOUR_FRAME, wrong="no answer")
    return answer
