"""A lax CBOR writer and reader for tests: every way of writing an item that the strict layer must refuse can be asked for here.

A `Node` is one item with its spelling: how wide its argument is, whether its length is indefinite, whether a byte string holds another item. It is
written from RFC 8949 alone and shares no line with codes.cbor, so that it can stand witness against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

UINT, NINT, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE = range(8)
_WIDTHS = {24: 1, 25: 2, 26: 4, 27: 8}


@dataclass(slots=True, eq=False)
class Node:
    """One item and its spelling. `items` are the elements of an array, the keys and values of a map in turn, or the one item under a tag or inside a
    byte string; `argument` is the number, the simple value or the tag."""

    major: int
    argument: int = 0
    chunk: bytes = b""
    items: list[Node] | None = None
    width: int = 0
    """Bytes of the argument; 0 for the shortest form."""
    indefinite: bool = False
    raw: bytes | None = None
    """Written as it stands, whatever it is."""

    def write(self) -> bytes:
        """The bytes of this item in its spelling."""
        if self.raw is not None:
            return self.raw
        if self.major in (BYTES, TEXT):
            body = self.chunk if self.items is None else b"".join(item.write() for item in self.items)
            if self.indefinite:
                return bytes((self.major << 5 | 31,)) + head(self.major, len(body), self.width) + body + b"\xff"
            return head(self.major, len(body), self.width) + body
        if self.major in (ARRAY, MAP):
            items = self.items or []
            body = b"".join(item.write() for item in items)
            if self.indefinite:
                return bytes((self.major << 5 | 31,)) + body + b"\xff"
            return head(self.major, len(items) // (2 if self.major == MAP else 1), self.width) + body
        if self.major == TAG:
            return head(TAG, self.argument, self.width) + b"".join(item.write() for item in self.items or [])
        return head(self.major, self.argument, self.width)

    def walk(self) -> Iterator[Node]:
        """This item and every item inside it."""
        yield self
        for item in self.items or ():
            yield from item.walk()

    def get(self, key: int | str) -> Node:
        """The value under `key` of a map."""
        items, wanted = self.items or [], of(key).write()
        return next(value for name, value in zip(items[::2], items[1::2], strict=True) if name.write() == wanted)

    def put(self, key: object, value: object) -> None:
        """Set or add a member, keys kept in bytewise order."""
        items, wanted = self.items or [], of(key).write()
        members = [(name, item) for name, item in zip(items[::2], items[1::2], strict=True) if name.write() != wanted]
        members.append((of(key), of(value)))
        self.items = [item for member in sorted(members, key=lambda member: member[0].write()) for item in member]

    def drop(self, key: int | str) -> None:
        """Take a member out."""
        items, wanted = self.items or [], of(key).write()
        self.items = [item for name, value in zip(items[::2], items[1::2], strict=True) if name.write() != wanted for item in (name, value)]


def head(major: int, argument: int, width: int = 0) -> bytes:
    """Initial byte and argument, in `width` bytes if it fits there, else in the shortest form."""
    width = width if argument < 256**width else 0
    if not width and argument < 24:
        return bytes((major << 5 | argument,))
    for info, size in _WIDTHS.items():
        if size == width or (not width and argument < 256**size):
            return bytes((major << 5 | info,)) + argument.to_bytes(size, "big")
    msg = f"{argument} does not fit"
    raise ValueError(msg)


def of(value: object) -> Node:
    """The node of a Python value: bool, int, bytes, str, list, dict (sorted bytewise), or a node as it stands."""
    if isinstance(value, Node):
        return value
    if isinstance(value, bool):
        return Node(SIMPLE, 21 if value else 20)
    if isinstance(value, int):
        return Node(UINT, value) if value >= 0 else Node(NINT, -1 - value)
    if isinstance(value, bytes):
        return Node(BYTES, chunk=value)
    if isinstance(value, str):
        return Node(TEXT, chunk=value.encode())
    if isinstance(value, list):
        return Node(ARRAY, items=[of(item) for item in value])
    if isinstance(value, dict):
        members = sorted(((of(key), of(item)) for key, item in value.items()), key=lambda member: member[0].write())
        return Node(MAP, items=[item for member in members for item in member])
    msg = f"no node for {type(value).__name__}"
    raise TypeError(msg)


def putting(key: object, value: object) -> Callable[[Node], None]:
    """A change that sets or adds a member of a map."""

    def change(node: Node) -> None:
        node.put(key, value)

    return change


def dropping(key: int | str) -> Callable[[Node], None]:
    """A change that takes a member out of a map."""

    def change(node: Node) -> None:
        node.drop(key)

    return change


def tag(number: int, item: object) -> Node:
    """An item under a tag."""
    return Node(TAG, number, items=[of(item)])


def wrap(item: object) -> Node:
    """A byte string that holds one encoded item."""
    return Node(BYTES, items=[of(item)])


def literal(spelling: str) -> Node:
    """An item spelled out in hexadecimal."""
    return Node(SIMPLE, raw=bytes.fromhex(spelling))


def read(data: bytes) -> Node:
    """The node of canonical bytes. Protected header and payload of a COSE_Sign1 are opened too."""
    node, end = _read(data, 0)
    if end != len(data):
        msg = "more than one item"
        raise ValueError(msg)
    return node


def _read(data: bytes, at: int) -> tuple[Node, int]:
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    argument = info
    if size := _WIDTHS.get(info, 0):
        argument, at = int.from_bytes(data[at : at + size], "big"), at + size
    if major in (BYTES, TEXT):
        return Node(major, chunk=data[at : at + argument]), at + argument
    node = Node(major, argument)
    if major in (ARRAY, MAP, TAG):
        node.items = []
        for _ in range({ARRAY: argument, MAP: 2 * argument, TAG: 1}[major]):
            item, at = _read(data, at)
            node.items.append(item)
    if major == TAG and node.items and node.items[0].items:
        for part in (node.items[0].items[0], node.items[0].items[2]):
            part.items, part.chunk = [read(part.chunk)], b""
    return node, at
