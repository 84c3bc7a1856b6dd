"""Tag, length, value, read strictly: of the records of a social security card (LD/T 32.3) and of BER-TLV templates (ISO/IEC 7816-4 section 5.2.2).

Everything adds up to the last byte, or `InputError` tlv-shape. What is read is written again to the same bytes.
"""

from __future__ import annotations

from typing import NamedTuple

from codes.errors import InputError
from physical import faults

MAX_TEMPLATE = 65_536
"""Bytes of the largest template that is looked at."""
_MAX_TAG, _MAX_LENGTH = 3, 4


class Tlv(NamedTuple):
    """One data object."""

    tag: int
    value: bytes


def read_record(record: bytes) -> Tlv:
    """One record as the card returns it: one byte of tag, one of length, and exactly so many of value."""
    if len(record) < 2 or len(record) != 2 + record[1] or record[0] in {0x00, 0xFF}:
        raise InputError(faults.TLV_SHAPE, size=len(record))
    return Tlv(record[0], record[2:])


def write_record(tag: int, value: bytes) -> bytes:
    """A record for the card. `ValueError` for what has no encoding."""
    if not 0 < tag < 0xFF or len(value) > 0xFF:
        msg = "a record has a tag of 1 to 254 and at most 255 bytes"
        raise ValueError(msg)
    return bytes((tag, len(value))) + value


def read_objects(template: bytes) -> tuple[Tlv, ...]:
    """BER-TLV objects standing one behind the other, of which those inside another are not opened. No filler bytes, no indefinite or padded length."""
    if len(template) > MAX_TEMPLATE:
        raise InputError(faults.TLV_SHAPE, size=len(template))
    found, at = [], 0
    while at < len(template):
        tag, at = _tag(template, at)
        length, at = _length(template, at)
        if length > len(template) - at:
            raise InputError(faults.TLV_SHAPE, at=at, missing=length - len(template) + at)
        found.append(Tlv(tag, template[at : at + length]))
        at += length
    return tuple(found)


def write_objects(*objects: Tlv) -> bytes:
    """BER-TLV objects, each in its one shortest spelling. `ValueError` for a tag that is none."""
    written = b""
    for tag, value in objects:
        name = tag.to_bytes(max(1, (tag.bit_length() + 7) // 8))
        try:
            well = _tag(name + b"\0", 0) == (tag, len(name))
        except InputError:
            well = False
        if not well:
            msg = f"{tag:#x} is not a BER-TLV tag"
            raise ValueError(msg)
        size = len(value)
        long = size.to_bytes((size.bit_length() + 7) // 8)
        written += name + (bytes((size,)) if size < 0x80 else bytes((0x80 | len(long),)) + long) + value
    return written


def only(template: bytes, tag: int) -> bytes:
    """The value of the one object that the template is."""
    objects = read_objects(template)
    if len(objects) != 1 or objects[0].tag != tag:
        raise InputError(faults.TLV_SHAPE, tag=f"{tag:X}", objects=len(objects))
    return objects[0].value


def _tag(template: bytes, at: int) -> tuple[int, int]:
    """The tag at `at`, and where it ends: one byte, or up to three whose last has no high bit."""
    start, first = at, template[at]
    at += 1
    if first & 0x1F == 0x1F:
        while True:
            if at == len(template) or at - start == _MAX_TAG:
                raise InputError(faults.TLV_SHAPE, at=start)
            at += 1
            if not template[at - 1] & 0x80:
                break
        if template[start + 1] == 0x80 or (at - start == 2 and template[start + 1] < 0x1F):
            raise InputError(faults.TLV_SHAPE, at=start)  # a long tag for a small number
    elif first == 0x00:
        raise InputError(faults.TLV_SHAPE, at=start)
    return int.from_bytes(template[start:at]), at


def _length(template: bytes, at: int) -> tuple[int, int]:
    """The length at `at`, and where it ends: shortest form only."""
    if at == len(template):
        raise InputError(faults.TLV_SHAPE, at=at)
    first = template[at]
    at += 1
    if first < 0x80:
        return first, at
    size = first & 0x7F
    digits = template[at : at + size]
    if not 0 < size <= _MAX_LENGTH or len(digits) != size or digits[0] == 0 or int.from_bytes(digits) < 0x80:
        raise InputError(faults.TLV_SHAPE, at=at)
    return int.from_bytes(digits), at + size
