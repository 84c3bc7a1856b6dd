"""What a vector is, and how a family of them is written down."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from codes.cbor import Tag18

if TYPE_CHECKING:
    from codes.errors import Fault

Json = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One input and the one right outcome.

    `given` holds the input as "hex" or "text" (written "times" times over, where that is said) and whatever else the reader is told.
    """

    name: str
    do: str
    given: dict[str, Json]
    expect: dict[str, Json]
    comment: str
    spec: str = ""

    def to_json(self, spec: str) -> dict[str, Json]:
        """The case as it stands in a file of its family."""
        return {"name": self.name, "do": self.do, **self.given, "expect": self.expect, "spec": self.spec or spec, "comment": self.comment}


@dataclass(slots=True, kw_only=True)
class Family:
    """A file of cases about one thing."""

    name: str
    about: str
    spec: str
    cases: list[Case] = field(default_factory=list)

    def good(self, name: str, do: str, source: bytes | str, says: Json, comment: str, **given: Json) -> None:
        """An input that must be read, and what it says."""
        self.cases.append(Case(name=name, do=do, given=as_input(source) | given, expect={"ok": says}, comment=comment))

    def bad(self, name: str, do: str, source: bytes | str, fault: Fault, comment: str, **given: Json) -> None:
        """An input that must be refused, and with which code. Its name says so, as in the conformance pack."""
        self.cases.append(Case(name=f"{name}_fail", do=do, given=as_input(source) | given, expect={"code": fault.code}, comment=comment))

    def write(self) -> str:
        """The file's text: the same for the same cases."""
        page = {"family": self.name, "about": self.about, "spec": self.spec, "cases": [case.to_json(self.spec) for case in self.cases]}
        return json.dumps(page, ensure_ascii=False, indent=1) + "\n"


def as_input(source: bytes | str) -> dict[str, Json]:
    """Bytes as hexadecimal, text as text."""
    return {"hex": source.hex()} if isinstance(source, bytes) else {"text": source}


def value_to_json(value: object) -> Json:
    """A CBOR value in JSON: integers beyond 2^53 as {"int": "..."}, byte strings as {"hex": ...}, maps as {"map": [[key, value], ...]}, tag 18 as {"18": ...}."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) < 1 << 53 else {"int": str(value)}
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, list):
        return [value_to_json(item) for item in value]
    if isinstance(value, dict):
        return {"map": [[value_to_json(key), value_to_json(item)] for key, item in value.items()]}
    if isinstance(value, Tag18):
        return {"18": value_to_json(value.item)}
    msg = f"no CBOR value of type {type(value).__name__}"
    raise TypeError(msg)
