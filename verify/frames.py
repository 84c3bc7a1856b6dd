"""How neighbours put messages on a stream: a letter, a length, the bytes. Nothing longer than its kind may be is read.

P  a passage          answered by H, that it was heard, or X
O  what I hold        CBOR [* [region, space, epoch, seq, time]]; answered by W, the same of what the other lacks, or X
S  a delta or heartbeat        answered by K, taken or not: what proves itself is judged by who gets it
M  a snapshot's manifest       answered by K: the body is wanted, CBOR how many bytes of it; 0 for none
D  a snapshot's body           answered by K
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from codes.chain_delta import MAX_DELTA_BYTES
from codes.chain_snapshot import MAX_BODY_BYTES, MAX_MANIFEST_BYTES
from codes.errors import InputError
from codes.passage import MAX_MESSAGE
from verify import faults

if TYPE_CHECKING:
    import socket

Frame = tuple[bytes, bytes]
"""Kind and content."""
PASSAGE, HEARD, REFUSED = b"P", b"H", b"X"
OFFER, WANTS, OBJECT, MANIFEST, BODY, DONE = b"O", b"W", b"S", b"M", b"D", b"K"
MAX_OFFER = 4096
LONGEST = {
    PASSAGE: MAX_MESSAGE,
    HEARD: MAX_MESSAGE,
    REFUSED: 64,
    OFFER: MAX_OFFER,
    WANTS: MAX_OFFER,
    OBJECT: MAX_DELTA_BYTES,
    MANIFEST: MAX_MANIFEST_BYTES,
    BODY: MAX_BODY_BYTES,
    DONE: 16,
}
_HEAD = struct.Struct(">cI")
_PIECE = 1 << 16


def send_frame(stream: socket.socket, frame: Frame) -> None:
    """Send a frame. Raises `OSError`."""
    kind, content = frame
    stream.sendall(_HEAD.pack(kind, len(content)) + content)


def read_frame(stream: socket.socket, *, body: int = 0) -> Frame | None:
    """The next frame, None at the end of the stream. `body` is how long a snapshot's body may be.

    Raises `OSError`; `InputError` neighbour-frame for an unknown kind, a length beyond its kind's, and an end in the middle.
    """
    head = stream.recv(1)
    if not head:
        return None
    kind, length = _HEAD.unpack(head + _exactly(stream, _HEAD.size - 1))
    longest = body if kind == BODY else LONGEST.get(kind)
    if longest is None or length > longest:
        raise InputError(faults.NEIGHBOUR_FRAME, wrong="kind or length")
    return kind, _exactly(stream, length)


def _exactly(stream: socket.socket, length: int) -> bytes:
    content = bytearray()
    while len(content) < length:
        piece = stream.recv(min(length - len(content), _PIECE))
        if not piece:
            raise InputError(faults.NEIGHBOUR_FRAME, wrong="ended early")
        content += piece
    return bytes(content)
