"""Split-stream Rice coding: sets of numbers below a limit, as few bytes as chance allows and nothing to lie with.

A block holds one or more sets over the same numbers 0 to `universe` - 1:

    block       = count of each set (varint) ‖ remainders ‖ quotients
    varint      = seven bits a byte, low ones first, the top bit set on all bytes but the last; shortest form only
    remainders  = of every gap of every set in turn, its low k bits; then zero bits to the end of the byte
    quotients   = of every gap of every set in turn, the rest of it as so many 0 bits and a 1; then zero bits to the end of the byte

A gap is the count of numbers left out since the one before. Bits are written high bit first. The parameter k of a set is not written: it follows from
count and universe (`parameter`), so a block has one spelling, and its length is bounded, from both sides, by its counts.

Two ways through the same bits: in plain Python, and in one sweep of numpy (extra `sync`) where the block is large and numpy is there. They agree on every
block, good or bad. numpy is imported nowhere else, and not before it is needed.

    rice.decode(rice.encode([[3, 5], [4]], universe=8), universe=8, sets=2, limit=8)  ->  [array('Q', [3, 5]), array('Q', [4])]
"""

from __future__ import annotations

import re
from array import array
from itertools import accumulate, islice
from typing import TYPE_CHECKING, NamedTuple

from codes import faults
from codes.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

MAX_UNIVERSE = 1 << 36
"""Largest `universe`: sums of gaps stay far inside 64 bits."""
SWEEP = 2048
"""Numbers in a block from which a sweep with numpy is quicker, once numpy is loaded."""
Packed = bytes | bytearray | memoryview
"""An array of two-bit values, low bits first: what a Token Status List inflates to."""

_SLOTS = tuple(tuple(byte >> shift & 3 for shift in (0, 2, 4, 6)) for byte in range(256))
"""The four values that each byte holds."""


class _Block(NamedTuple):
    """A block cut into its parts, every length checked, no bit of it read."""

    counts: Sequence[int]
    parameters: Sequence[int]
    remainders: bytes
    quotients: bytes


def parameter(count: int, universe: int) -> int:
    """Bits of a remainder for `count` numbers out of `universe`: the best there is for numbers drawn by chance, floor(log2(0.9625 universe / count))."""
    return max((77 * universe // (80 * count)).bit_length() - 1, 0) if count else 0


def varint(number: int) -> bytes:
    """The bytes of one number, seven bits each, low ones first."""
    spelled = bytearray()
    while number > 0x7F:
        spelled.append(number & 0x7F | 0x80)
        number >>= 7
    spelled.append(number)
    return bytes(spelled)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at `at`, at most 42 bits of it, and where it ends. Raises `InputError` status-block."""
    number = 0
    for shift, byte in zip(range(0, 42, 7), islice(data, at, None), strict=False):
        number |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            if not byte and shift:
                break
            return number, at
    raise InputError(faults.STATUS_BLOCK, wrong="varint", at=at)


def encode(sets: Iterable[Sequence[int]], *, universe: int) -> bytes:
    """The block of these sets, each in rising order. `ValueError` for a set that is not, or has a number outside: our own bug."""
    gaps = [_gaps(numbers, universe) for numbers in sets]
    pairs = [(gap, parameter(len(some), universe)) for some in gaps for gap in some]
    remainders = "".join(format(gap & (1 << k) - 1, f"0{k}b") for gap, k in pairs if k)
    quotients = "".join("0" * (gap >> k) + "1" for gap, k in pairs)
    return b"".join((*(varint(len(some)) for some in gaps), _to_bytes(remainders), _to_bytes(quotients)))


def _gaps(numbers: Sequence[int], universe: int) -> list[int]:
    gaps = [number - before - 1 for before, number in zip((-1, *numbers), numbers, strict=False)]
    if gaps and not (min(gaps) >= 0 and numbers[-1] < universe <= MAX_UNIVERSE):
        msg = f"numbers rise and lie below {universe}, and that is at most {MAX_UNIVERSE}"
        raise ValueError(msg)
    return gaps


def _to_bytes(bits: str) -> bytes:
    size = (len(bits) + 7) // 8
    return int(bits.ljust(8 * size, "0") or "0", 2).to_bytes(size)


def _to_bits(data: bytes) -> str:
    return format(int.from_bytes(data), f"0{8 * len(data)}b") if data else ""


def decode(data: bytes, *, universe: int, sets: int, limit: int) -> list[array[int]]:
    """The sets of a block, each an `array('Q')` in rising order, at most `limit` numbers in all. Nothing is allocated that `data` does not pay for.

    Raises `InputError` status-block: a count beyond universe or limit, a length that the counts exclude, more or fewer quotients than counted, bits set in
    the padding, a number beyond the universe, a varint that could be shorter.
    """
    block = _cut(data, universe, sets, limit)
    if _sweeps(sum(block.counts)):
        return [array("Q", numbers.astype("uint64").tobytes()) for numbers in _swept(block, universe)]
    return [array("Q", numbers) for numbers in _plain(block, universe)]


def encode_values(packed: Packed, values: Sequence[int]) -> bytes:
    """The block of a two-bit array: for each of `values`, in this order, the set of places that hold it. Places that hold none of them are not told."""
    if not _sweeps(len(packed)):
        places: dict[int, list[int]] = {value: [] for value in range(4)}
        for found in re.finditer(rb"[^\0]", packed):
            first = 4 * found.start()
            for slot, value in enumerate(_SLOTS[found[0][0]]):
                places[value].append(first + slot)
        return encode([places[value] for value in values], universe=4 * len(packed))
    import numpy as np  # noqa: PLC0415 because numpy is an extra, and loading it costs more than most blocks

    row = np.frombuffer(packed, np.uint8)
    filled = np.flatnonzero(row)
    held = (row[filled][:, None] >> np.arange(0, 8, 2)) & 3
    numbers = 4 * filled[:, None] + np.arange(4)
    gaps = [np.diff(numbers[held == value], prepend=-1) - 1 for value in values]
    ks = [parameter(len(some), 4 * len(packed)) for some in gaps]
    low = [((some[:, None] >> np.arange(k - 1, -1, -1)) & 1).astype(np.uint8).ravel() for some, k in zip(gaps, ks, strict=True)]
    ends = np.cumsum(np.concatenate([(some >> k) + 1 for some, k in zip(gaps, ks, strict=True)])) - 1
    quotients = np.zeros(ends[-1] + 1 if len(ends) else 0, np.uint8)
    quotients[ends] = 1
    return b"".join((*(varint(len(some)) for some in gaps), np.packbits(np.concatenate(low)).tobytes(), np.packbits(quotients).tobytes()))


def decode_values(data: bytes, *, entries: int, values: Sequence[int]) -> bytearray:
    """The two-bit array of `entries` places (a multiple of 4) behind what `encode_values` wrote; places in no set hold 0.

    Raises `InputError` status-block: what `decode` refuses, and a place in two sets.
    """
    block = _cut(data, entries, len(values), entries)
    if not _sweeps(sum(block.counts)):
        packed = bytearray(entries // 4)
        for value, numbers in zip(values, _plain(block, entries), strict=True):
            for number in numbers:
                shift = 2 * (number & 3)
                if packed[number >> 2] >> shift & 3:
                    raise InputError(faults.STATUS_BLOCK, wrong="twice")
                packed[number >> 2] |= value << shift
        return packed
    import numpy as np  # noqa: PLC0415 because numpy is an extra, and loading it costs more than most blocks

    held = np.zeros(entries, np.uint8)
    for value, places in zip(values, _swept(block, entries), strict=True):
        if held[places].any():
            raise InputError(faults.STATUS_BLOCK, wrong="twice")
        held[places] = value
    return bytearray((held[::4] | held[1::4] << 2 | held[2::4] << 4 | held[3::4] << 6).tobytes())


def _cut(data: bytes, universe: int, sets: int, limit: int) -> _Block:
    counts, at, total = [], 0, 0
    for _ in range(sets):
        count, at = read_varint(data, at)
        total += count
        if count > universe or total > limit:
            raise InputError(faults.STATUS_BLOCK, wrong="count", count=total, limit=min(limit, universe))
        counts.append(count)
    parameters = [parameter(count, universe) for count in counts]
    low_bits = sum(count * k for count, k in zip(counts, parameters, strict=True))
    middle = at + (low_bits + 7) // 8
    longest = total + sum(universe >> k for count, k in zip(counts, parameters, strict=True) if count)
    if not (total + 7) // 8 <= len(data) - middle <= (longest + 7) // 8:
        raise InputError(faults.STATUS_BLOCK, wrong="length", size=len(data), counted=total)
    if low_bits & 7 and data[middle - 1] & 0xFF >> (low_bits & 7):
        raise InputError(faults.STATUS_BLOCK, wrong="padding")
    return _Block(counts, parameters, data[at:middle], data[middle:])


def _sweeps(size: int) -> bool:
    if size < SWEEP:
        return False
    try:
        import numpy  # noqa: F401, ICN001, PLC0415 because this asks whether the extra is there, and when it is worth loading
    except ImportError:
        return False
    return True


def _plain(block: _Block, universe: int) -> Iterator[list[int]]:
    zeros = [len(run) for run in _to_bits(block.quotients).split("1")]
    if len(zeros) - 1 != sum(block.counts) or zeros[-1] > 7:
        raise InputError(faults.STATUS_BLOCK, wrong="quotients")
    low, nth, at = _to_bits(block.remainders), 0, 0
    for count, k in zip(block.counts, block.parameters, strict=True):
        steps = [(zeros[nth + number] << k) + 1 for number in range(count)]
        if k:
            steps = [step + int(low[start : start + k], 2) for step, start in zip(steps, range(at, at + count * k, k), strict=True)]
        numbers = list(islice(accumulate(steps, initial=-1), 1, None))
        if count and numbers[-1] >= universe:
            raise InputError(faults.STATUS_BLOCK, wrong="number", limit=universe)
        yield numbers
        nth, at = nth + count, at + count * k


def _swept(block: _Block, universe: int) -> Iterator[Numbers]:
    import numpy as np  # noqa: PLC0415 because numpy is an extra, and loading it costs more than most blocks

    ends = np.flatnonzero(np.unpackbits(np.frombuffer(block.quotients, np.uint8)))
    if len(ends) != sum(block.counts) or 8 * len(block.quotients) - int(ends[-1]) > 8:
        raise InputError(faults.STATUS_BLOCK, wrong="quotients")
    quotients = np.diff(ends, prepend=-1).astype(np.int64) - 1
    low, nth, at = np.unpackbits(np.frombuffer(block.remainders, np.uint8)), 0, 0
    for count, k in zip(block.counts, block.parameters, strict=True):
        steps = (quotients[nth : nth + count] << k) + 1
        for bit, column in enumerate(low[at : at + count * k].reshape(count, k).T):
            steps += column.astype(np.int64) << (k - 1 - bit)
        numbers = np.cumsum(steps) - 1
        if count and numbers[-1] >= universe:
            raise InputError(faults.STATUS_BLOCK, wrong="number", limit=universe)
        yield numbers
        nth, at = nth + count, at + count * k
