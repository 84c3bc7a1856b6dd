"""Moulds: the bytes of one real thing with holes where another one's values go. Filling a mould is one join, so that millions can be cast.

Every value has two spellings: the bytes that are hashed and signed (canonical CBOR), and the text that COPY reads. A mould is cut from either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NULL = b"\\N"


@dataclass(frozen=True)
class Mould:
    """What is to be joined: holes by number, and fixed pieces by their place behind the holes."""

    fixed: list[bytes]
    order: tuple[int, ...]

    @classmethod
    def cut(cls, data: bytes, marks: dict[bytes, int], fixed: list[bytes], holes: int) -> Mould:
        """Cut the values of `marks` out of `data`; fixed pieces go to the end of `fixed`, which is shared by all moulds of a life."""
        found = re.split(b"(" + b"|".join(map(re.escape, sorted(marks, key=len, reverse=True))) + b")", data) if marks else [data]
        return cls.of([marks[piece] if at % 2 else piece for at, piece in enumerate(found)], fixed, holes)

    @classmethod
    def of(cls, pieces: Sequence[int | bytes], fixed: list[bytes], holes: int) -> Mould:
        """A mould of holes and fixed pieces, in order."""
        order: list[int] = []
        open_piece = b""
        for piece in pieces:
            if isinstance(piece, bytes):
                open_piece += piece
                continue
            if open_piece:
                order.append(_place(open_piece, fixed, holes))
                open_piece = b""
            order.append(piece)
        if open_piece:
            order.append(_place(open_piece, fixed, holes))
        return cls(fixed=fixed, order=tuple(order))

    def pour(self) -> Callable[[list[bytes]], bytes]:
        """A function that fills the mould from a list of holes and fixed pieces."""
        if len(self.order) == 1:
            only = self.order[0]
            return lambda values: values[only]
        get = itemgetter(*self.order)
        return lambda values: b"".join(get(values))


def _place(piece: bytes, fixed: list[bytes], holes: int) -> int:
    fixed.append(piece)
    return holes + len(fixed) - 1


def cell(value: object) -> bytes:
    """A value as COPY reads it."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, bytes | memoryview):
        return spelled(bytes(value))
    return str(value).encode().replace(b"\\", b"\\\\").replace(b"\t", b"\\t").replace(b"\n", b"\\n")


def spelled(data: bytes) -> bytes:
    """Bytes as COPY reads them."""
    return b"\\\\x" + data.hex().encode()
