"""Strict deterministic CBOR: RFC 8949 section 4.2.1 narrowed to what this house puts on the wire.

Values are `int` (64 bit and its negatives), `bytes`, `str`, `bool`, `list`, `dict` with integer or text keys, and `Tag18`. Nothing else exists: no
floats, no null, no other tag, no indefinite length, no length or integer that could be shorter, no unsorted or repeated key, no byte after the
item, no more than eight levels. So for every value there is exactly one encoding, and `encode(decode(data)) == data` whenever `decode` returns.

The decoder walks the bytes once and allocates nothing that the bytes do not pay for.
"""

from __future__ import annotations

from codes import faults
from codes.errors import InputError

MAX_DEPTH = 8
"""Levels of arrays, maps and tags that an item may have."""
MAX_BYTES = 4096
"""Bytes an item may have unless its place takes more."""
MAX_CONTAINERS = 1024
"""Arrays, maps and tags that a longer item may have: a small container costs a hundred times its encoding in memory."""

_LONG = {25: (2, 0x100), 26: (4, 0x1_0000), 27: (8, 0x1_0000_0000)}
"""Bytes of the argument after each longer head, and the smallest argument that needs them."""


class Tag18:
    """A COSE_Sign1 tag as it was read: the tagged item and the exact bytes it came from, tag included."""

    __slots__ = ("item", "raw")

    def __init__(self, item: Value, raw: bytes) -> None:
        self.item = item
        self.raw = raw


Value = int | bytes | str | bool | list["Value"] | dict[int | str, "Value"] | Tag18


def decode(data: bytes, *, limit: int = MAX_BYTES) -> Value:
    """Read exactly one item from all of `data`, at most `limit` bytes of it.

    Raises `InputError` with one of the cbor-* codes; no other exception, whatever the bytes.
    """
    if len(data) > limit:
        raise InputError(faults.CBOR_SIZE, size=len(data), limit=limit)
    try:
        if len(data) > MAX_BYTES:
            _count_containers(data)
        value, end = _item(data, 0, 0)
    except IndexError:
        raise InputError(faults.CBOR_TRUNCATED, size=len(data)) from None
    if end != len(data):
        raise InputError(faults.CBOR_TRUNCATED if end > len(data) else faults.CBOR_TRAILING, size=len(data), end=end)
    return value


def _count_containers(data: bytes) -> None:
    """Go from head to head, past the strings, without keeping anything."""
    at = containers = 0
    while at < len(data):
        head, argument = data[at], data[at] & 0x1F
        at += 1
        if argument > 23 and head < 0xE0:
            argument, at = _argument(data, at, argument)
        if 0x40 <= head < 0x80:
            at += argument
        elif 0x80 <= head < 0xE0:
            containers += 1
            if containers > MAX_CONTAINERS:
                raise InputError(faults.CBOR_SIZE, containers=containers, limit=MAX_CONTAINERS)


def _item(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    """The item at `at`, and where it ends.

    What claims more than there is ends in an `IndexError`, or beyond the data: a slice is never longer than what is there, every item of a container
    costs a byte, and `decode` looks at the end once.
    """
    head = data[at]
    at += 1
    if head < 0x18:
        return head, at
    if head >= 0xE0:
        return _simple(head, at)
    argument = head & 0x1F
    if argument > 23:
        argument, at = _argument(data, at, argument)
    if head < 0x40:
        return (argument if head < 0x20 else ~argument), at
    end = at + argument
    if head < 0x60:
        return data[at:end], end
    if head < 0x80:
        try:  # costs nothing where it is not needed
            return data[at:end].decode(), end
        except UnicodeDecodeError:
            raise InputError(faults.CBOR_TRUNCATED if end > len(data) else faults.CBOR_TEXT, size=len(data)) from None
    if depth == MAX_DEPTH:
        raise InputError(faults.CBOR_DEPTH, at=at, limit=MAX_DEPTH)
    depth += 1
    if head < 0xA0:
        items: list[Value] = []
        for _ in range(argument):
            item, at = _item(data, at, depth)
            items.append(item)
        return items, at
    if head < 0xC0:
        return _map(data, at, depth, argument)
    if argument != 18:
        raise InputError(faults.CBOR_TAG, at=at, tag=argument)
    item, end = _item(data, at, depth)
    return Tag18(item, data[at - 1 : end]), end


def _map(data: bytes, at: int, depth: int, count: int) -> tuple[Value, int]:
    entries: dict[int | str, Value] = {}
    last_head, last_start, last_end = -1, at, at
    for _ in range(count):
        start, head = at, data[at]
        if head < 0x18:  # an integer in one byte, the commonest key
            key: Value = head
            at += 1
        elif 0x20 <= head < 0x38:
            key = 0x1F - head
            at += 1
        elif head < 0x40 or 0x60 <= head < 0x80:
            key, at = _item(data, at, depth)
        else:  # told by the first byte, so that 1, 1.0 and true can never meet as one key
            raise InputError(faults.CBOR_KEY_TYPE, at=at)
        if head <= last_head and data[start:at] <= data[last_start:last_end]:  # a larger first byte is order enough
            raise InputError(faults.CBOR_DUPLICATE_KEY if data[start:at] == data[last_start:last_end] else faults.CBOR_KEY_ORDER, at=start)
        last_head, last_start, last_end = head, start, at
        entries[key], at = _item(data, at, depth)  # type: ignore[index]  # because the branches above leave integers and text only
    return entries, at


def _argument(data: bytes, at: int, extra: int) -> tuple[int, int]:
    """The argument that follows a head byte with additional information 24 or more, and where it ends."""
    if extra == 24:
        argument, end = data[at], at + 1
        if argument < 24:
            raise InputError(faults.CBOR_NOT_SHORTEST, at=at - 1)
        return argument, end
    form = _LONG.get(extra)
    if form is None:
        raise InputError(faults.CBOR_INDEFINITE if extra == 31 else faults.CBOR_RESERVED, at=at - 1)
    size, smallest = form
    end = at + size
    argument = int.from_bytes(data[at:end])
    if argument < smallest:
        raise InputError(faults.CBOR_TRUNCATED if end > len(data) else faults.CBOR_NOT_SHORTEST, at=at - 1)
    return argument, end


def _simple(head: int, at: int) -> tuple[bool, int]:
    if head == 0xF4:
        return False, at
    if head == 0xF5:
        return True, at
    if head == 0xFF:
        raise InputError(faults.CBOR_INDEFINITE, at=at - 1)
    raise InputError(faults.CBOR_RESERVED if head in {0xFC, 0xFD, 0xFE} else faults.CBOR_SIMPLE, at=at - 1)


def encode(value: Value) -> bytes:
    """Write `value` in its one encoding. `TypeError` or `OverflowError` for what the profile has no encoding for: our own bug, never the world's."""
    return _encode(value)


def _encode(value: object) -> bytes:
    if value is True:
        return b"\xf5"
    if value is False:
        return b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, ~value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return head(3, len(text)) + text
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(_encode, value))
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(key + item for key, item in sorted((_key(key), _encode(item)) for key, item in value.items()))
    if isinstance(value, Tag18):
        return value.raw
    msg = f"no CBOR encoding for {type(value).__name__}"
    raise TypeError(msg)


def _key(key: object) -> bytes:
    if isinstance(key, bool) or not isinstance(key, int | str):
        msg = f"no CBOR map key of type {type(key).__name__}"
        raise TypeError(msg)
    return _encode(key)


def head(major: int, argument: int) -> bytes:
    """The initial bytes of an item: `major` 0-7 and its argument in the shortest form."""
    if argument < 24:
        return bytes((major << 5 | argument,))
    for size in (1, 2, 4, 8):
        if argument < 1 << 8 * size:
            return bytes((major << 5 | 23 + size.bit_length(),)) + argument.to_bytes(size)
    msg = f"{argument} does not fit in 64 bits"
    raise OverflowError(msg)
