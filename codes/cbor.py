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

_LENGTH_OF_ARGUMENT = {24: 1, 25: 2, 26: 4, 27: 8}
_SMALLEST_ARGUMENT = {24: 24, 25: 0x100, 26: 0x1_0000, 27: 0x1_0000_0000}


class Tag18:
    """A COSE_Sign1 tag as it was read: the tagged item and the exact bytes it came from, tag included."""

    __slots__ = ("item", "raw")

    def __init__(self, item: Value, raw: bytes) -> None:
        self.item = item
        self.raw = raw


Value = int | bytes | str | bool | list["Value"] | dict[int | str, "Value"] | Tag18


def decode(data: bytes) -> Value:
    """Read exactly one item from all of `data`.

    Raises `InputError` with one of the cbor-* codes; no other exception, whatever the bytes.
    """
    try:
        value, end = _item(data, 0, 0)
    except IndexError:
        raise InputError(faults.CBOR_TRUNCATED, size=len(data)) from None
    if end != len(data):
        raise InputError(faults.CBOR_TRAILING, at=end, extra=len(data) - end)
    return value


def _item(data: bytes, at: int, depth: int) -> tuple[Value, int]:  # noqa: C901, PLR0911, PLR0912 because one branch per major type, in the order they are common, is what makes it one quick page
    head = data[at]
    if head < 24:  # small unsigned integer: the commonest item
        return head, at + 1
    major = head >> 5
    if major == 7:
        return _simple(head, at)
    argument = head & 0x1F
    at += 1
    if argument >= 24:
        argument, at = _argument(data, at, argument)
    if major == 2:
        end = at + argument
        chunk = data[at:end]
        if len(chunk) != argument:
            raise InputError(faults.CBOR_TRUNCATED, size=len(data))
        return chunk, end
    if major == 3:
        end = at + argument
        if end > len(data):
            raise InputError(faults.CBOR_TRUNCATED, size=len(data))
        try:
            return data[at:end].decode(), end
        except UnicodeDecodeError:
            raise InputError(faults.CBOR_TEXT, at=at) from None
    if major == 0:
        return argument, at
    if major == 1:
        return ~argument, at
    if depth == MAX_DEPTH:
        raise InputError(faults.CBOR_DEPTH, at=at, limit=MAX_DEPTH)
    if major == 5:
        return _map(data, at, depth + 1, argument)
    if major == 4:
        if argument > len(data) - at:  # every item costs a byte: a longer claim can only be truncated
            raise InputError(faults.CBOR_TRUNCATED, size=len(data))
        items: list[Value] = []
        for _ in range(argument):
            item, at = _item(data, at, depth + 1)
            items.append(item)
        return items, at
    if argument != 18:
        raise InputError(faults.CBOR_TAG, at=at, tag=argument)
    item, end = _item(data, at, depth + 1)
    return Tag18(item, data[at - 1 : end]), end


def _map(data: bytes, at: int, depth: int, count: int) -> tuple[Value, int]:
    if 2 * count > len(data) - at:
        raise InputError(faults.CBOR_TRUNCATED, size=len(data))
    entries: dict[int | str, Value] = {}
    last = b""
    for _ in range(count):
        start = at
        if 0x80 <= data[at]:  # the first byte tells the type: neither integer nor text
            raise InputError(faults.CBOR_KEY_TYPE, at=at)
        key, at = _item(data, at, depth)
        encoded = data[start:at]
        if encoded <= last:
            raise InputError(faults.CBOR_DUPLICATE_KEY if encoded == last else faults.CBOR_KEY_ORDER, at=start)
        last = encoded
        if isinstance(key, bytes):
            raise InputError(faults.CBOR_KEY_TYPE, at=start)
        entries[key], at = _item(data, at, depth)  # type: ignore[index]  # because the first byte and the line above leave integers and text only
    return entries, at


def _argument(data: bytes, at: int, info: int) -> tuple[int, int]:
    """Read the argument that follows a head byte with additional information 24 or more."""
    size = _LENGTH_OF_ARGUMENT.get(info)
    if size is None:
        raise InputError(faults.CBOR_INDEFINITE if info == 31 else faults.CBOR_RESERVED, at=at - 1)
    end = at + size
    if end > len(data):
        raise InputError(faults.CBOR_TRUNCATED, size=len(data))
    argument = int.from_bytes(data[at:end])
    if argument < _SMALLEST_ARGUMENT[info]:
        raise InputError(faults.CBOR_NOT_SHORTEST, at=at - 1)
    return argument, end


def _simple(head: int, at: int) -> tuple[bool, int]:
    if head == 0xF4:
        return False, at + 1
    if head == 0xF5:
        return True, at + 1
    if head == 0xFF:
        raise InputError(faults.CBOR_INDEFINITE, at=at)
    raise InputError(faults.CBOR_RESERVED if head in {0xFC, 0xFD, 0xFE} else faults.CBOR_SIMPLE, at=at)


def encode(value: Value) -> bytes:
    """Write `value` in its one encoding. `TypeError` or `OverflowError` for what the profile has no encoding for: our own bug, never the world's."""
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
        return head(4, len(value)) + b"".join(map(encode, value))
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(key + item for key, item in sorted((_key(key), encode(item)) for key, item in value.items()))
    if isinstance(value, Tag18):
        return value.raw
    msg = f"no CBOR encoding for {type(value).__name__}"
    raise TypeError(msg)


def _key(key: int | str) -> bytes:
    if isinstance(key, bool) or not isinstance(key, int | str):
        msg = f"no CBOR map key of type {type(key).__name__}"
        raise TypeError(msg)
    return encode(key)


def head(major: int, argument: int) -> bytes:
    """The initial bytes of an item: `major` 0-7 and its argument in the shortest form."""
    if argument < 24:
        return bytes((major << 5 | argument,))
    for info, size in _LENGTH_OF_ARGUMENT.items():
        if argument < 1 << 8 * size:
            return bytes((major << 5 | info,)) + argument.to_bytes(size)
    msg = f"{argument} does not fit in 64 bits"
    raise OverflowError(msg)
