"""Bytes with their meaning beside them, as codes/FORMAT.md shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.vectors import loose
from tests.vectors.loose import ARRAY, BYTES, MAP, TAG, Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LINE_BYTES = 16


def listing(data: bytes, meaning: Mapping[str, str]) -> list[str]:
    """Offset, bytes and meaning of an item, line by line."""
    rows = list(annotate(loose.read(data), 0, 0, "", meaning))
    if b"".join(found for _, _, found, _ in rows) != data:
        msg = "the annotated example leaves out bytes"
        raise ValueError(msg)
    return printed(rows)


def printed(rows: Iterable[tuple[int, int, bytes, str]]) -> list[str]:
    """Rows of offset, depth, bytes and meaning as lines."""
    lines = []
    for at, depth, found, means in rows:
        indent = "  " * depth
        for start in range(0, len(found), LINE_BYTES):
            chunk = found[start : start + LINE_BYTES]
            said = f"{indent}{means}" if start == 0 else ""
            lines.append(f"{at + start:3}  {chunk.hex(' '):{3 * LINE_BYTES}} {said}".rstrip())
    return lines


def annotate(node: Node, at: int, depth: int, path: str, meaning: Mapping[str, str], *, key: bytes = b"") -> Iterator[tuple[int, int, bytes, str]]:
    """Offset, depth, bytes and meaning of an item and what is inside it. A key and the head of its value share a line."""
    written = node.write()
    if node.major in (ARRAY, MAP, TAG) or (node.major == BYTES and node.items is not None):
        inside = b"".join(item.write() for item in node.items or [])
        yield at, depth, key + written[: len(written) - len(inside)], meaning[path]
        at += len(key) + len(written) - len(inside)
        items = node.items or []
        if node.major == MAP:
            for name, value in zip(items[::2], items[1::2], strict=True):
                yield from annotate(value, at, depth + 1, f"{path}/{label(name)}", meaning, key=name.write())
                at += len(name.write()) + len(value.write())
        else:
            for number, item in enumerate(items):
                yield from annotate(item, at, depth + 1, f"{path}/{number}", meaning)
                at += len(item.write())
    else:
        yield at, depth, key + written, meaning[path]


def label(key: Node) -> str:
    """A map key as the paths write it."""
    if key.major == loose.TEXT:
        return key.chunk.decode()
    return str(key.argument if key.major == loose.UINT else -1 - key.argument)
