"""Ways to change a code: blindly as text and bytes, and knowingly as a tree of items that can be respelled and signed again."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from codes import base45
from codes.presentation import PREFIX
from tests.fuzz.judge import Mutant
from tests.vectors import cast, loose
from tests.vectors.cast import CodeTree
from tests.vectors.loose import ARRAY, BYTES, MAP, TAG, TEXT, Node

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.fuzz.judge import Subject

INTERESTING = (
    0x00,
    0x01,
    0x17,
    0x18,
    0x19,
    0x1B,
    0x1C,
    0x1F,
    0x20,
    0x38,
    0x40,
    0x58,
    0x5F,
    0x60,
    0x7F,
    0x80,
    0x9F,
    0xA0,
    0xBF,
    0xD2,
    0xF4,
    0xF5,
    0xF6,
    0xFB,
    0xFF,
)
STRANGE = ("\n", "\r", "\t", "\0", "\u00a0", "\u2028", "\ufeff", "a", "z", "?", "０", "Ａ", "К", "\u212a", "\ud800", "😀", "=", "_", ";")


# ---------------------------------------------------------------------------------------------------------------- text


def change_text(rng: Random, subject: Subject, others: tuple[Subject, ...]) -> str:
    """Replace, insert, lose, exchange or repeat characters."""
    text = subject.text
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at, act = rng.randrange(len(text)), rng.randrange(8)
        letter = rng.choice(STRANGE) if rng.random() < 0.2 else rng.choice(base45.ALPHABET)
        if act <= 1:
            text = text[:at] + letter + text[at + 1 :]
        elif act == 2:
            text = text[:at] + letter + text[at:]
        elif act == 3 and len(text) > 1:
            text = text[:at] + text[at + rng.randint(1, 3) :] or letter
        elif act == 4:
            text = text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
        elif act == 5:
            text = text[: at + rng.randint(1, 9)] + text[at:]
        elif act == 6:
            text = text[:at] + text[at:].swapcase() if rng.random() < 0.5 else text + letter * rng.randint(1, 3)
        else:
            text = text[:at] + rng.choice(others).text[at:]
    return text


def respell_group(rng: Random, subject: Subject, _others: tuple[Subject, ...]) -> str:
    """Write a group of Base45 as a number that a lax reader would cut down to the same bytes."""
    body = subject.text[len(PREFIX) :]
    whole = len(body) // 3 * 3
    if len(body) % 3 and rng.random() < 0.3:
        return PREFIX + body[:whole] + digits(value(body[whole:]) + 256 * rng.randint(1, 6), 2)
    at = rng.randrange(0, whole, 3)
    return PREFIX + body[:at] + digits(value(body[at : at + 3]) + 65536, 3) + body[at + 3 :]


def value(group: str) -> int:
    """The number of a group."""
    return sum(base45.ALPHABET.index(letter) * 45**power for power, letter in enumerate(group))


def digits(number: int, size: int) -> str:
    """A group of so many characters, as near to the number as it can hold."""
    return "".join(base45.ALPHABET[min(number, 45**size - 1) // 45**power % 45] for power in range(size))


# --------------------------------------------------------------------------------------------------------------- bytes


def flip_bits(rng: Random, subject: Subject, _others: tuple[Subject, ...]) -> bytes:
    """Turn one to three bits."""
    data = bytearray(subject.kbt)
    for _ in range(rng.randint(1, 3)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def set_bytes(rng: Random, subject: Subject, _others: tuple[Subject, ...]) -> bytes:
    """Put bytes that mean something in CBOR."""
    data = bytearray(subject.kbt)
    for _ in range(rng.choice((1, 1, 2))):
        data[rng.randrange(len(data))] = rng.choice(INTERESTING)
    return bytes(data)


def insert_bytes(rng: Random, subject: Subject, _others: tuple[Subject, ...]) -> bytes:
    """Put bytes in between, or after."""
    at = rng.randint(0, len(subject.kbt))
    return subject.kbt[:at] + bytes(rng.choice(INTERESTING) for _ in range(rng.choice((1, 1, 2, 8)))) + subject.kbt[at:]


def delete_bytes(rng: Random, subject: Subject, _others: tuple[Subject, ...]) -> bytes:
    """Take bytes out, or cut the end off."""
    at = rng.randrange(len(subject.kbt))
    return subject.kbt[:at] if rng.random() < 0.2 else subject.kbt[:at] + subject.kbt[at + rng.choice((1, 1, 2, 32)) :]


def repeat_bytes(rng: Random, subject: Subject, _others: tuple[Subject, ...]) -> bytes:
    """Write a stretch twice, or copy it elsewhere."""
    start, size, to = rng.randrange(len(subject.kbt)), rng.randint(1, 80), rng.randrange(len(subject.kbt))
    stretch = subject.kbt[start : start + size]
    keep = 0 if rng.random() < 0.5 else len(stretch)
    return subject.kbt[:to] + stretch + subject.kbt[to + keep :]


def splice(rng: Random, subject: Subject, others: tuple[Subject, ...]) -> bytes:
    """Put part of another code in its place."""
    other = rng.choice(others).kbt
    start, end = sorted((rng.randint(0, len(subject.kbt)), rng.randint(0, len(subject.kbt))))
    return subject.kbt[:start] + other[start:end] + subject.kbt[end:]


# ---------------------------------------------------------------------------------------------------------------- tree


def respell(rng: Random, tree: CodeTree) -> None:
    """The same items in another spelling: wider heads, indefinite lengths, other order, repeated members, tags, bytes after."""
    nodes = [node for node in tree.root.walk() if node.raw is None]
    for _ in range(rng.choice((1, 1, 1, 3))):
        node, act = rng.choice(nodes), rng.randrange(7)
        items = node.items or []
        if act == 0:
            node.width = rng.choice((1, 2, 4, 8))
        elif act == 1 and node.major in (BYTES, TEXT, ARRAY, MAP):
            node.indefinite = True
        elif act == 2 and node.major == MAP and len(items) > 2:
            pairs = [items[at : at + 2] for at in range(0, len(items), 2)]
            rng.shuffle(pairs)
            node.items = [item for pair in pairs for item in pair]
        elif act == 3 and items and node.major in (MAP, ARRAY):
            size = 2 if node.major == MAP else 1
            at = rng.randrange(0, len(items), size)
            node.items = [*items[: at + size], *items[at : at + size], *items[at + size :]]
        elif act == 4:
            node.raw = loose.head(TAG, rng.choice((0, 1, 2, 17, 18, 24, 28, 61, 98, 55799))) + node.write()
        elif act == 5 and node.major == BYTES:
            node.chunk, node.items = cast.content(node) + bytes((rng.choice(INTERESTING),)), None
        else:
            same_number(rng, node)


def same_number(rng: Random, node: Node) -> None:
    """A number, a truth or a text as something that some language takes for the same."""
    if node.major == loose.UINT:
        number = node.argument
        spellings = [
            b"\xfb" + struct.pack(">d", number),
            b"\xfa" + struct.pack(">f", number),
            b"\xc2" + loose.of(number.to_bytes(8, "big")).write(),
            loose.of(str(number)).write(),
        ]
        node.raw = rng.choice([*spellings, b"\xf5"] if number == 1 else spellings)
    elif node.major == loose.SIMPLE:
        node.raw = rng.choice((b"\xf8\x14", b"\xf8\x15", b"\x00", b"\x01", b"\xf6", b"\xf7"))
    elif node.major in (BYTES, TEXT) and node.items is None:
        node.major = BYTES + TEXT - node.major


def stuff(rng: Random, tree: CodeTree) -> None:
    """Put a member into a header or a claims map, signed or unsigned, or take one out."""
    maps = [node for node in tree.root.walk() if node.major == MAP]
    node = rng.choice(
        [
            cast.parts_of(tree.root)[1],
            cast.parts_of(tree.credential)[1],
            tree.header,
            tree.credential_header,
            tree.claims,
            tree.credential_claims,
            *maps,
        ]
    )
    key = rng.choice((1, 2, 3, 4, 5, 6, 11, 13, 16, 17, 38, 39, 65535, -65537, -65538, -65541, "kid", "status_list"))
    items = node.items or []
    if items and rng.random() < 0.3:
        at = rng.randrange(0, len(items), 2)
        node.items = items[:at] + items[at + 2 :]
    else:
        node.put(key, rng.choice((0, 1, -9, b"", b"12345678", "general", [], {}, True, [1], {1: 2})))


def high_s(rng: Random, tree: CodeTree) -> None:
    """The malleable twin of one signature, or of both."""
    which = rng.randrange(3)
    for root in [tree.root, tree.credential][which % 2 : which % 2 + 1] if which < 2 else [tree.root, tree.credential]:
        signature = cast.parts_of(root)[3]
        signature.chunk = cast.high_s(signature.chunk)


def exchange(rng: Random, tree: CodeTree) -> None:
    """Exchange two items, or put one in the place of the other."""
    nodes = [node for node in tree.root.walk() if node is not tree.root]
    first, second = rng.choice(nodes), rng.choice(nodes)
    if rng.random() < 0.5:
        first.raw, second.raw = second.write(), first.write()
    else:
        first.raw = second.write()


TREE: tuple[Callable[[Random, CodeTree], None], ...] = (respell, respell, respell, stuff, stuff, high_s, exchange)
AS_BYTES = (flip_bits, flip_bits, set_bytes, insert_bytes, delete_bytes, repeat_bytes, splice)
AS_TEXT = (change_text, change_text, respell_group)


def knowing(rng: Random, subject: Subject) -> Mutant:
    """Change the tree of a code; sometimes the holder signs the change, sometimes the issuer too."""
    tree, change, signed = CodeTree(root=loose.read(subject.kbt)), rng.choice(TREE), rng.random()
    try:
        change(rng, tree)
        if signed < 0.15:
            tree.sealed()
        elif signed < 0.35:
            tree.resealed()
    except (IndexError, StopIteration, ValueError):  # the change took away what would be signed
        signed = 1.0
    who = "issuer" if signed < 0.15 else "holder" if signed < 0.35 else "nobody"
    return Mutant(f"{change.__name__}, signed by {who}", tree.text(), by_holder=signed < 0.35, by_issuer=signed < 0.15)


def mutant(rng: Random, subject: Subject, others: tuple[Subject, ...]) -> Mutant:
    """One changed code."""
    kind = rng.random()
    if kind < 0.25:
        change = rng.choice(AS_TEXT)
        return Mutant(change.__name__, change(rng, subject, others))
    if kind < 0.65:
        alter = rng.choice(AS_BYTES)
        return Mutant(alter.__name__, cast.as_text(alter(rng, subject, others)))
    return knowing(rng, subject)


def large(rng: Random) -> Mutant:
    """Up to 64 KiB of something."""
    unit = rng.choice([bytes((byte,)) for byte in INTERESTING] + [b"\xa1\x00", b"\xd2\x84", b"\x81\x80", b"\x9b" + b"\xff" * 8])
    size = rng.choice((796, 797, 4096, 43_000))
    text = cast.as_text((unit * size)[:size])
    return Mutant("large", text if rng.random() < 0.7 else rng.choice(STRANGE) * (1 << 16))
