"""What a terminal answers to its neighbours: passages it takes into its memory, and status objects, which prove themselves.

A message counts if a member of the group signed it, about now, and it was not heard before. The same bytes again are answered as the first time, because
an answer may get lost, and change nothing, because whoever recorded them may send them later.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from codes import cbor
from codes.errors import CardError, InputError
from codes.passage import HeardMessage, Hearing, PassageMessage
from verify import faults
from verify.carrying import decode_held, done, encode_held
from verify.frames import BODY, HEARD, MANIFEST, OBJECT, OFFER, PASSAGE, REFUSED, WANTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from codes.keys import Signer
    from codes.passage import GivenPassage
    from verify.carrying import Carrier
    from verify.frames import Frame
    from verify.group import Group

SKEW = 10
"""Seconds by which the clocks of one station may differ."""
MOST_HEARD = 1 << 16
"""Messages that are remembered as heard."""


class Gate(Protocol):
    """The memory that neighbours share."""

    def bounds(self) -> tuple[int, int]:
        """For how many seconds an acceptance refuses, and how far codes may run ahead. Raises `SetupError`."""
        ...

    def learn(self, says: GivenPassage, *, now: int) -> bool:
        """Remember a neighbour's acceptance, or that it did not happen; whether this gate had accepted before. Raises `SetupError`."""
        ...


class Listening:
    """The answering half of one terminal; for several threads."""

    def __init__(self, group: Group, gate: Gate, carrier: Carrier, signer: Signer, *, own: str, now: Callable[[], int]) -> None:
        self._group, self._gate, self._carrier, self._signer, self._own, self._now = group, gate, carrier, signer, own, now
        self._alone = Lock()
        self._heard: dict[bytes, tuple[int, bytes]] = {}
        """By digest: until when it is remembered, and what was answered."""
        self.refused: Counter[str] = Counter()
        """How many messages were refused, by code."""

    def conversation(self) -> Conversation:
        """One stream's worth."""
        return Conversation(self, self._carrier, self._now)

    def passage(self, data: bytes) -> Frame:
        """The answer to a passage message."""
        with self._alone:
            try:
                return HEARD, self._hear(PassageMessage.from_bytes(data))
            except CardError as error:
                self.refused[error.code] += 1
                return REFUSED, error.code.encode()

    def _hear(self, message: PassageMessage) -> bytes:
        says, now = message.says, self._now()
        member = self._group.members.get(says.terminal)
        if member is None:
            raise InputError(faults.NEIGHBOUR_UNKNOWN)
        message.check(member.key)
        passback, future = self._gate.bounds()
        if not now - passback - SKEW <= says.iat <= now + SKEW or says.until > now + passback + SKEW or says.made > now + future + SKEW:
            raise InputError(faults.NEIGHBOUR_TIME, behind_s=now - says.iat)
        if message.digest in self._heard:
            self.refused[faults.NEIGHBOUR_AGAIN.code] += 1
            return self._heard[message.digest][1]
        knew = self._gate.learn(says, now=now)
        answer = HeardMessage.issue(Hearing(self._own, now, message.digest, knew), self._signer).raw
        self._remember(message.digest, now + passback + 2 * SKEW, answer, now)
        return answer

    def _remember(self, digest: bytes, until: int, answer: bytes, now: int) -> None:
        if len(self._heard) >= MOST_HEARD:
            self._heard = {key: kept for key, kept in self._heard.items() if kept[0] >= now}
            while len(self._heard) >= MOST_HEARD:
                del self._heard[next(iter(self._heard))]
        self._heard[digest] = until, answer


class Conversation:
    """One stream from a neighbour: a snapshot's body is taken after its manifest only, and no longer than that says."""

    def __init__(self, listening: Listening, carrier: Carrier, now: Callable[[], int]) -> None:
        self._listening, self._carrier, self._now = listening, carrier, now
        self._manifest = b""
        self.body = 0
        """Bytes of the body that is waited for."""

    def answer(self, frame: Frame) -> Frame:
        """The answer to a frame. Raises `InputError` neighbour-frame for a kind that is no question."""
        kind, content = frame
        if kind == PASSAGE:
            return self._listening.passage(content)
        if kind == OFFER:
            try:
                return WANTS, encode_held(self._carrier.lacking(decode_held(content)))
            except CardError as error:
                return REFUSED, error.code.encode()
        if kind == MANIFEST:
            self._manifest, self.body = content, self._carrier.body_bytes(content)
            return done(self.body)
        if kind == BODY:
            self._carrier.take(self._manifest, content, now=self._now())
            self._manifest, self.body = b"", 0
            return done()
        if kind == OBJECT:
            self._carrier.take(content, now=self._now())
            return done()
        raise InputError(faults.NEIGHBOUR_FRAME, wrong="not a question")


def wanted_bytes(answer: Frame) -> int:
    """How many bytes of a body the other wants; 0 where that cannot be read."""
    with suppress(InputError):
        count = cbor.decode(answer[1])
        return count if type(count) is int and count > 0 else 0
    return 0
