"""Requests and answers in one canonical form, so that a request can be recognised and its answer given again.

    JSON, keys sorted, no blanks: null, true, 7, "text"; everything else is a list that begins with its kind
    ["b", hex]  ["l", item ..]  ["s", item ..] sorted  ["m", [key, value] ..] sorted  ["t", seconds]  ["d", date]
    ["e", class, value]  ["o", class, [name, value] ..]

A class is written "module:name" and must be a frozen object or an enumeration of this house. Nothing else can come back out of an answer.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import importlib
import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime
from typing import Any

_HOUSE = ("codes.", "ecard.")


def encode(value: object) -> bytes:
    """The one encoding of a value. `TypeError` for what has none: a bug of the command, never of its caller."""
    return json.dumps(_plain(value), ensure_ascii=True, separators=(",", ":")).encode()


def decode(data: bytes) -> Any:
    """The value again. `ValueError` when the bytes are not an encoding, or name a class that is not, or no longer, of this house."""
    try:
        return _value(json.loads(data))
    except (ImportError, AttributeError, TypeError, KeyError, IndexError) as error:
        msg = "not an answer of this house"
        raise ValueError(msg) from error


def _plain(value: object) -> object:
    kind: Any = type(value)
    if isinstance(value, enum.Enum):
        return ["e", _name(kind), _plain(value.value)]
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, bytes | bytearray):
        return ["b", bytes(value).hex()]
    if isinstance(value, datetime):
        return ["t", value.astimezone(UTC).timestamp()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    fields = _fields(kind)
    if fields is not None:
        return ["o", _name(kind), *([name, _plain(getattr(value, name))] for name in fields)]
    if isinstance(value, tuple | list):
        return ["l", *map(_plain, value)]
    if isinstance(value, AbstractSet):
        return ["s", *sorted(map(_plain, value), key=json.dumps)]
    if isinstance(value, Mapping):
        return ["m", *sorted(([_plain(key), _plain(member)] for key, member in value.items()), key=_first)]
    raise TypeError(type(value).__name__)


def _first(pair: list[object]) -> str:
    """By what the members of a mapping are ordered: no two have one key."""
    return json.dumps(pair[0])


@functools.cache
def _fields(kind: type) -> tuple[str, ...] | None:
    """Names of the fields of objects of ours; None when it is another kind."""
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    return getattr(kind, "_fields", None) if issubclass(kind, tuple) else None


@functools.cache
def _name(kind: type) -> str:
    name = f"{kind.__module__}:{kind.__qualname__}"
    if not name.startswith(_HOUSE):
        raise TypeError(name)
    return name


def _value(plain: Any) -> Any:
    if not isinstance(plain, list):
        return plain
    kind, *rest = plain
    match kind:
        case "b":
            return bytes.fromhex(rest[0])
        case "t":
            return datetime.fromtimestamp(rest[0], UTC)
        case "d":
            return date.fromisoformat(rest[0])
        case "l":
            return tuple(map(_value, rest))
        case "s":
            return frozenset(map(_value, rest))
        case "m":
            return {_value(key): _value(member) for key, member in rest}
        case "e":
            return _class(rest[0], enum.Enum)(_value(rest[1]))
        case "o":
            return _class(rest[0], object)(**{name: _value(member) for name, member in rest[1:]})
    raise ValueError(kind)


def _class(name: str, base: type) -> Any:
    module, _, inner = name.partition(":")
    if not module.startswith(_HOUSE):
        raise ValueError(name)
    found = getattr(importlib.import_module(module), inner)
    if not (
        isinstance(found, type) and issubclass(found, base) and (base is enum.Enum or dataclasses.is_dataclass(found) or hasattr(found, "_fields"))
    ):
        raise ValueError(name)
    return found
